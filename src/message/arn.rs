//! Actions and ARNs as they stand in text, with line breaks mended where that is certain.

use super::words::Text;
use super::wrap::is_log_line;

/// Words that begin what follows a resource or ARN, never a part of one.
const FOLLOWERS: [&str; 24] = [
    "because",
    "with",
    "is",
    "on",
    "to",
    "and",
    "traceback",
    "file",
    "at",
    "status",
    "encoded",
    "(service",
    "(requesttoken",
    "go",
    "user:",
    "error",
    "error:",
    "╵",
    "or",
    "in",
    "an",
    "the",
    "not",
    "this",
];

/// `s3:PutObject`, `connect:*`, `sqs:createqueue`; also where a line break follows the colon.
pub(super) fn action(text: &Text, at: usize) -> Option<(String, usize)> {
    let at = text.skip(at, |byte| b"\"'[(".contains(&byte));
    let colon = text.skip(at, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let prefix = text.part(at, colon);
    let is_prefix = (2..=40).contains(&prefix.len()) && !prefix.starts_with('-');
    if !is_prefix || text.byte(colon) != Some(b':') || matches!(text.lower(at, colon), "arn" | "http" | "https" | "on")
    {
        return None;
    }
    let mut start = colon + 1;
    if text.byte(start) == Some(b'\n') && !text.blank_line_at(start) {
        start = text.skip_space(start);
    }
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || b"*_-".contains(&byte));
    let name = text.part(start, end);
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '*');
    (is_name && end - start <= 128).then(|| (format!("{prefix}:{name}"), end))
}

/// The ARN of a policy: where it starts a line break may cut it, which shows in its form.
///
/// IAM identifiers: `arn:P:iam::A:policy/NAME`; Organizations: `arn:P:organizations::A:policy/o-ID/TYPE/p-ID`.
pub(super) fn policy(text: &Text, start: usize) -> (String, usize) {
    let mut value = String::new();
    let mut at = start;
    loop {
        let end = word_end(text, at);
        value.push_str(text.part(at, end));
        let next = text.skip_space(end);
        let of_line = text.part(end, next);
        let breaks = of_line.contains('\n') && !text.blank_line_at(end);
        let completes = completes(text, &value, next);
        if !breaks || !completes || !policy_is_cut(&value) || is_follower(text, next) || value.len() > 400 {
            let trimmed = trim_end(&value);
            let end = end - (value.len() - trimmed.len()).min(end - at);
            return (trimmed.to_owned(), end);
        }
        at = next;
    }
}

/// Whether the next lines make a whole ARN of a policy of what is there.
fn completes(text: &Text, value: &str, next: usize) -> bool {
    let (mut whole, mut at) = (value.to_owned(), next);
    for _ in 0..4 {
        let end = word_end(text, at);
        whole.push_str(text.part(at, end));
        if !policy_is_cut(trim_end(&whole)) {
            return true;
        }
        at = text.skip_space(end);
        if is_follower(text, at) || !text.part(end, at).contains('\n') || text.blank_line_at(end) {
            return false;
        }
    }
    false
}

/// Whether the ARN cannot end there.
fn policy_is_cut(value: &str) -> bool {
    let incomplete = match value.contains(":organizations:") {
        true => !value.contains("/p-"),
        false => !value.contains(":policy/"),
    };
    colons(value) < 5 || value.ends_with([':', '/', '-']) || incomplete
}

/// Behind the word at an offset: white space, quotes, closing tags and the text's punctuation end it, but not a bracket
/// that the word itself opened: `<account>`, `(...)`, `[ID]`, `{id}`.
pub(super) fn word_end(text: &Text, at: usize) -> usize {
    let mut end = at;
    let mut open = [0_usize; 3];
    while let Some(byte) = text.byte(end) {
        let next = text.byte(end + 1);
        let before_end = || next.is_none_or(|next| next.is_ascii_whitespace() || b"\"',)}];".contains(&next));
        let bracket = open.iter_mut().zip([b"()", b"[]", b"{}"]).find(|(_, pair)| pair.contains(&byte));
        let ends = match (byte, bracket) {
            (b'(' | b'[' | b'{', Some((open, _))) => {
                *open += 1;
                false
            }
            (_, Some((open, _))) if *open > 0 => {
                *open -= 1;
                false
            }
            (b',' | b'\'' | b')' | b'}' | b']', _) => before_end(),
            (b'"' | b'\\' | b';', _) => true,
            (b'<', _) => next == Some(b'/'),
            _ => byte.is_ascii_whitespace(),
        };
        if ends {
            break;
        }
        end += 1;
    }
    end
}

/// Drops the sentence's own punctuation from the end of a word. Names may hold dots and commas, but a final one is the text's.
pub(super) fn trim_end(word: &str) -> &str {
    let trimmed = word.trim_end_matches(['"', '\'', ';', ',', '!', '?']);
    // An ellipsis says that the text was cut, and stays.
    let trimmed = if trimmed.ends_with("...") { trimmed } else { trimmed.trim_end_matches(['.', ',']) };
    match trimmed.strip_suffix(')') {
        Some(inner) if !trimmed.contains('(') => trim_end(inner),
        _ => trimmed,
    }
}

pub(super) fn colons(value: &str) -> usize {
    value.bytes().filter(|byte| *byte == b':').count()
}

/// Whether a word that is no part of an ARN starts at an offset.
pub(super) fn is_follower(text: &Text, at: usize) -> bool {
    let end = text.skip(at, |byte| !byte.is_ascii_whitespace());
    let word = text.lower(at, end);
    let line = text.part(at, text.floor(at + 24));
    word.is_empty() || is_log_line(line) || FOLLOWERS.contains(&word) || word.starts_with(['"', '}', '<', '('])
}

/// Whether parts are left out or masked: it is then no exact name.
pub(super) fn is_masked(value: &str) -> bool {
    const MARKS: [&str; 8] = ["...", "***", "<", "${", "XXX", "xxx", "####", "{"];
    let masked_account = value.split(':').nth(4).is_some_and(|account| account.contains(['*', '[', '$', 'x', 'X']));
    MARKS.iter().any(|mark| value.contains(mark)) || (value.starts_with("arn:") && masked_account)
}
