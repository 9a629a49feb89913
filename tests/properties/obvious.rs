//! Matchers that are plainly right, and slow: what the real ones are held against.

/// One position of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Letter(char),
    One,
    Star,
}

pub(super) fn marks(pattern: &str) -> Vec<Mark> {
    let mark = |letter| match letter {
        '*' => Mark::Star,
        '?' => Mark::One,
        other => Mark::Letter(other),
    };
    pattern.chars().map(mark).collect()
}

/// `*` is any run of characters, `?` exactly one.
pub(super) fn glob(pattern: &[Mark], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Mark::Star, rest)), None) => glob(rest, text),
        (Some((Mark::Star, rest)), Some((_, after))) => glob(rest, text) || glob(pattern, after),
        (Some(_), None) => false,
        (Some((Mark::One, rest)), Some((_, after))) => glob(rest, after),
        (Some((Mark::Letter(own), rest)), Some((letter, after))) => own == letter && glob(rest, after),
    }
}

pub(super) fn glob_text(pattern: &str, text: &str) -> bool {
    glob(&marks(pattern), &text.chars().collect::<Vec<_>>())
}

/// An ARN's six fields one by one; the missing ones of a short pattern are `*`. What is no ARN is a plain pattern.
pub(super) fn arn(pattern: &str, text: &str) -> bool {
    if !pattern.starts_with("arn:") {
        return glob_text(pattern, text);
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let mut patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    patterns.resize(6, "*");
    fields.len() == 6 && patterns.iter().zip(fields).all(|(pattern, field)| glob_text(pattern, field))
}

/// As [`arn`], but a `*` that ends one of the first five fields may also reach over colons.
pub(super) fn arn_expanded(pattern: &str, text: &str) -> bool {
    let ends_a_field = pattern.split(':').take(5).any(|field| field.ends_with('*'));
    arn(pattern, text) || (pattern.starts_with("arn:") && ends_a_field && over_colons(pattern, 0, text))
}

/// `colons`: how many of the pattern stand before this rest of it.
fn over_colons(pattern: &str, colons: usize, text: &str) -> bool {
    let Some(mark) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[mark.len_utf8()..];
    let in_resource = colons >= 5;
    let ends_field = rest.is_empty() || rest.starts_with(':');
    let free = in_resource || (mark == '*' && ends_field);
    let letter = text.chars().next();
    let after = &text[letter.map_or(0, char::len_utf8)..];
    let takes = letter.is_some_and(|letter| free || letter != ':');
    match mark {
        '*' => over_colons(rest, colons, text) || (takes && over_colons(pattern, colons, after)),
        '?' => takes && over_colons(rest, colons, after),
        _ => letter == Some(mark) && over_colons(rest, colons + usize::from(mark == ':'), after),
    }
}
