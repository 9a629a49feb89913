//! The subject of a sentence: everything between "User:" and "is not authorized".

use super::words::Text;

/// How far "User:" may stand before "is not": an ARN has up to 2,048 bytes, but those of principals are short.
const LONGEST: usize = 700;

/// Who was refused.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) principal: Option<String>,
    /// Where the sentence starts.
    pub(super) start: usize,
}

/// The subject before the word "not".
pub(super) fn before(text: &Text, not: usize, from: usize) -> Subject {
    let end = text.skip_back(not, |byte| byte.is_ascii_whitespace());
    let is = end.checked_sub(2).filter(|is| *is >= from && text.lower(*is, end) == "is");
    let Some(is) = is.filter(|is| !text.before(*is).is_some_and(|byte| byte.is_ascii_alphanumeric())) else {
        return Subject { principal: None, start: not };
    };
    labelled(text, is, from).unwrap_or_else(|| bare(text, is, from))
}

/// "User: P is", "User P is", "Principal [P] is", "User is".
fn labelled(text: &Text, is: usize, from: usize) -> Option<Subject> {
    let back = text.floor(is.saturating_sub(LONGEST)).max(from);
    let labels = ["user:", "user ", "user\n", "principal ["];
    let (start, label) = labels.iter().filter_map(|label| Some((last_word(text, label, back, is)?, *label))).max()?;
    let between = text.part(start + label.len(), is);
    let words = between.split_whitespace().count();
    let is_name = words <= 1 || label == "user:" && is_whole(between);
    if !is_name || between.contains(". ") && !between.contains("arn:") {
        return None;
    }
    Some(Subject { principal: name(between), start })
}

/// The last place of a label that is a word of its own, not the end of a name.
fn last_word(text: &Text, label: &str, from: usize, to: usize) -> Option<usize> {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/$.@=+,:".contains(&byte);
    let mut end = to;
    for _ in 0..8 {
        let start = text.rfind(label, from, end)?;
        if !text.before(start).is_some_and(of_name) {
            return Some(start);
        }
        end = start;
    }
    None
}

/// Whether several words are one principal: an ARN that is broken over lines or has its middle left out, `<assumed role>`.
fn is_whole(between: &str) -> bool {
    let trimmed = between.trim();
    let in_brackets = trimmed.starts_with('<') && trimmed.ends_with('>') && trimmed.len() < 80;
    let arns = between.matches("arn:").count();
    in_brackets
        || (arns == 1 && trimmed.starts_with("arn:"))
        || trimmed.split('\n').all(|line| !line.trim().contains(' '))
}

/// The name: its lines put together, since no principal holds a space; a redaction `arn:aws:sts:: ... :role` keeps its own.
fn name(between: &str) -> Option<String> {
    let joined: String = between.split('\n').map(str::trim).collect();
    let name = joined.trim_matches(|edge: char| edge.is_whitespace() || "\"'[]()`,:".contains(edge));
    // Slack's links.
    let name = name
        .strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'))
        .filter(|arn| arn.starts_with("arn:"))
        .unwrap_or(name);
    let is_name = name.bytes().any(|byte| byte.is_ascii_alphanumeric()) || name == "***";
    is_name.then(|| name.to_owned())
}

/// A name without "User:": an ARN or a part of one, a service's name; no word of prose.
fn bare(text: &Text, is: usize, from: usize) -> Subject {
    let end = text.skip_back(is, |byte| byte.is_ascii_whitespace() || b"\"'`".contains(&byte));
    let start = text.skip_back(end, |byte| !byte.is_ascii_whitespace() && !b"\"'`([".contains(&byte)).max(from);
    let start = without_fragment(text, start, from);
    let word = text.part(start, end);
    let lower = word.to_ascii_lowercase();
    let none = Subject { principal: None, start: if is_label(&lower) { start } else { is } };
    let of_arn = lower.contains(":assumed-role/") || lower.starts_with("assumed-role/") || lower.starts_with("arn:");
    let is_subject = of_arn || begins_clause(text, start) || follows_noun(text, start);
    let is_name =
        !is_prose(&lower) && word.bytes().any(|byte| byte.is_ascii_alphanumeric()) && !word.ends_with(['.', ',', ':']);
    match is_subject && is_name && word.len() < LONGEST {
        true => Subject { principal: name(&word.replace('\n', "")), start },
        false => none,
    }
}

/// Where an ARN starts whose last piece stands alone on a line before "is not authorized".
fn without_fragment(text: &Text, start: usize, from: usize) -> usize {
    let line = text.skip_back(start, |byte| byte.is_ascii_whitespace());
    let before = text.skip_back(line, |byte| !byte.is_ascii_whitespace() && byte != b'"').max(from);
    let of_arn = text.lower(before, line).starts_with("arn:") && text.part(line, start).contains('\n');
    if of_arn && !text.lower(start, start + 4).starts_with("arn:") { before } else { start }
}

fn is_label(lower: &str) -> bool {
    matches!(lower, "user" | "user:")
}

/// Whether a sentence or a quotation starts there.
fn begins_clause(text: &Text, start: usize) -> bool {
    let before = text.skip_back(start, |byte| byte == b' ');
    text.before(before).is_none_or(|byte| b"\n:\"'`([".contains(&byte))
}

/// "role MyRole is", "service lambda.amazonaws.com is"
fn follows_noun(text: &Text, start: usize) -> bool {
    let end = text.skip_back(start, |byte| byte == b' ');
    let noun = text.skip_back(end, |byte| byte.is_ascii_alphabetic());
    matches!(text.lower(noun, end), "role" | "user" | "principal" | "service" | "session")
}

fn is_prose(lower: &str) -> bool {
    const WORDS: [&str; 32] = [
        "it",
        "he",
        "she",
        "they",
        "you",
        "that",
        "which",
        "this",
        "who",
        "user",
        "role",
        "entity",
        "principal",
        "account",
        "caller",
        "identity",
        "request",
        "still",
        "and",
        "but",
        "service",
        "session",
        "client",
        "operation",
        "profile",
        "i",
        "function",
        "policy",
        "there",
        "user:",
        "key",
        "task",
    ];
    WORDS.contains(&lower)
}
