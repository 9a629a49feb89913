//! What stands between the parts of lists and objects: brackets, commas, line breaks, indentation.

use super::tree::{Range, parts, slice};

/// How an author lays out one list or object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// Behind the opening bracket.
    pub open: String,
    /// Between two parts, with the comma.
    pub comma: String,
    /// Before the closing bracket.
    pub close: String,
}

impl Shape {
    /// Of a list or object that is not empty. `inline` is the comma of a list on one line, for what has one part only.
    pub(super) fn of(text: &str, container: &Range, inline: &str) -> Option<Self> {
        let parts = parts(text, container);
        let (first, last) = (parts.first()?, parts.last()?);
        let open = slice(text, container.start + 1..first.start);
        let close = slice(text, last.end..container.end.saturating_sub(1));
        let gaps = gaps(text, &parts);
        // Where some parts share a line, the break is what tells the layout.
        let gap = gaps.iter().rev().find(|gap| gap.contains('\n')).or(gaps.last());
        let comma = gap.map_or_else(|| first_comma(open, inline), |gap| comma(gap));
        let tidy = |gap: &str| line_break(gap).unwrap_or(gap).to_owned();
        Some(Self { open: tidy(open), comma, close: tidy(close) })
    }

    /// A part a line.
    pub(super) fn block(line_end: &str, base: &str, unit: &str) -> Self {
        Self {
            open: format!("{line_end}{base}{unit}"),
            comma: format!(",{line_end}{base}{unit}"),
            close: format!("{line_end}{base}"),
        }
    }

    /// All parts on one line.
    pub(super) fn inline(comma: &str) -> Self {
        Self { open: String::new(), comma: comma.to_owned(), close: String::new() }
    }

    /// Whether it takes more than one line.
    pub(super) fn breaks(&self) -> bool {
        [&self.open, &self.comma, &self.close].iter().any(|gap| gap.contains('\n'))
    }

    /// The list of `parts`.
    pub(super) fn list(&self, parts: &[String]) -> String {
        self.between('[', parts, ']')
    }

    /// The object of the members `parts`.
    pub(super) fn object(&self, parts: &[String]) -> String {
        self.between('{', parts, '}')
    }

    fn between(&self, open: char, parts: &[String], close: char) -> String {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        format!("{open}{}{}{}{close}", self.open, parts.join(&self.comma), self.close)
    }
}

/// What stands between each two parts.
pub(super) fn gaps<'a>(text: &'a str, parts: &[Range]) -> Vec<&'a str> {
    parts.iter().zip(parts.iter().skip(1)).map(|(one, next)| slice(text, one.end..next.start)).collect()
}

/// The last line break of a gap with the indentation behind it: without blank lines and trailing spaces before it.
pub(super) fn line_break(gap: &str) -> Option<&str> {
    let feed = gap.rfind('\n')?;
    let start = if gap.get(..feed)?.ends_with('\r') { feed - 1 } else { feed };
    gap.get(start..)
}

/// The white space that begins a text.
pub(super) fn leading(text: &str) -> &str {
    slice(text, 0..text.len() - text.trim_start_matches([' ', '\t']).len())
}

/// The indentation of the line in which a byte stands.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let start = slice(text, 0..at).rfind('\n').map_or(0, |feed| feed + 1);
    leading(slice(text, start..text.len()))
}

/// The indentation of a line whose first character is this one.
pub(super) fn own_line(text: &str, at: usize) -> Option<&str> {
    let feed = slice(text, 0..at).rfind('\n')?;
    Some(slice(text, feed + 1..at)).filter(|indent| indent.trim().is_empty())
}

/// The longest line, in characters, of those on which a range stands.
pub(super) fn width(text: &str, range: &Range) -> usize {
    let start = slice(text, 0..range.start).rfind('\n').map_or(0, |feed| feed + 1);
    let end = slice(text, range.end..text.len()).find('\n').map_or(text.len(), |feed| range.end + feed);
    slice(text, start..end).lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// The comma of a gap, without the author's blank lines and trailing spaces around it.
fn comma(gap: &str) -> String {
    let (before, behind) = gap.split_once(',').unwrap_or(("", gap));
    if let Some(line_break) = line_break(behind) {
        format!(",{line_break}")
    } else if let Some(line_break) = line_break(before) {
        // The comma leads the line.
        format!("{line_break},{behind}")
    } else {
        gap.to_owned()
    }
}

/// The comma of a list that has none yet.
fn first_comma(open: &str, inline: &str) -> String {
    line_break(open).map_or_else(|| inline.to_owned(), |line_break| format!(",{line_break}"))
}

/// Where a new part goes in as number `place`, and the text that goes in there.
///
/// It takes its comma from the parts beside it, but a line break from wherever one is if it is to `wrap`.
pub(super) fn insertion(
    text: &str,
    container: &Range,
    place: usize,
    new: &str,
    inline: &str,
    wrap: bool,
) -> (usize, String) {
    let parts = parts(text, container);
    let gaps = gaps(text, &parts);
    let open = parts.first().map_or("", |first| slice(text, container.start + 1..first.start));
    let breaking = gaps.iter().find(|gap| wrap && gap.contains('\n'));
    let nearest = breaking.or_else(|| gaps.get(place.saturating_sub(1))).or(gaps.last());
    let comma = nearest.map_or_else(|| first_comma(open, inline), |gap| comma(gap));
    match (parts.get(place), parts.last()) {
        (Some(next), _) => (next.start, format!("{new}{comma}")),
        (None, Some(last)) => (last.end, format!("{comma}{new}")),
        (None, None) => (container.start + 1, new.to_owned()),
    }
}

/// What goes out with the part number `place`, where others stay.
pub(super) fn removal(text: &str, container: &Range, place: usize) -> Option<Range> {
    let parts = parts(text, container);
    let part = parts.get(place)?;
    let before = place.checked_sub(1).and_then(|before| parts.get(before));
    let next = parts.get(place + 1);
    match (before, next) {
        // A part that starts its line goes with the line; one that does not leaves the line break to the one before it.
        (Some(before), Some(_)) if !slice(text, before.end..part.start).contains('\n') => Some(before.end..part.end),
        (_, Some(next)) => Some(part.start..next.start),
        (Some(before), None) => Some(before.end..part.end),
        (None, None) => None,
    }
}
