//! Which statements an edit adds, changes and removes.

use super::value::Json;

/// What becomes of a statement. Indices are those of the document before.
#[derive(Debug, PartialEq)]
pub(super) enum Step<'a> {
    Changed(usize, &'a Json),
    Added(&'a Json),
    Removed(usize),
}

/// The statements of a document; none of a text that is no policy document.
pub(super) fn read(text: &str) -> Vec<Json> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(Json::Object(members)) = serde_json::from_str(text) else { return Vec::new() };
    match members.into_iter().find(|(key, _)| key == "Statement") {
        Some((_, Json::List(items))) => items,
        Some((_, statement @ Json::Object(_))) => vec![statement],
        Some(_) | None => Vec::new(),
    }
}

/// The way from `before` to `after`: between the statements that stay as they are, the first of what was there becomes
/// the first of what is there now, and so on; what is left is added or removed.
pub(super) fn steps<'a>(before: &[Json], after: &'a [Json]) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let (mut old, mut new) = (0, 0);
    for (kept_old, kept_new) in kept(before, after).into_iter().chain([(before.len(), after.len())]) {
        let mut statements = after.iter().take(kept_new).skip(new);
        for index in old..kept_old {
            steps.push(statements.next().map_or(Step::Removed(index), |statement| Step::Changed(index, statement)));
        }
        steps.extend(statements.map(Step::Added));
        (old, new) = (kept_old + 1, kept_new + 1);
    }
    steps
}

/// A longest common subsequence, as pairs of indices.
fn kept(before: &[Json], after: &[Json]) -> Vec<(usize, usize)> {
    // lengths[i][j]: of what follows before[i] and after[j].
    let mut lengths: Vec<Vec<usize>> = vec![vec![0; after.len() + 1]];
    for old in before.iter().rev() {
        let below = lengths.last().map_or(&[][..], Vec::as_slice);
        let mut row = vec![0];
        // From the right: `right` is the cell to the right, the pair those below it.
        for (new, pair) in after.iter().zip(below.windows(2)).rev() {
            let right = row.last().copied().unwrap_or(0);
            let (down, diagonal) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            row.push(if old == new { diagonal + 1 } else { right.max(down) });
        }
        row.reverse();
        lengths.push(row);
    }
    lengths.reverse();
    let length = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(old), Some(new)) = (before.get(i), after.get(j)) {
        if old == new {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if length(i + 1, j) >= length(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
