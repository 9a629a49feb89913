//! The resource of a sentence, from "on resource:" to the reason or the end.

use super::arn;
use super::reason::is_of_aws;
use super::words::Text;

/// The longest resource that is looked at: an S3 key has up to 1,024 bytes.
const LONGEST: usize = 1_500;

/// What stands behind "on".
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) value: Option<String>,
    /// Not the whole or the exact resource.
    pub(super) cut: bool,
    /// Behind the clause.
    pub(super) end: usize,
}

impl Resource {
    fn none(end: usize) -> Option<Self> {
        Some(Self { end, ..Self::default() })
    }

    fn new(value: &str, cut: bool, end: usize) -> Option<Self> {
        let value = value.trim();
        let is_name = value.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte == b'*');
        // The beginning of an ARN whose rest stands in the next line is no name.
        if !is_name || matches!(value, "***" | "because" | "with" | "a" | "ar" | "arn" | "arn:") {
            return Self::none(end);
        }
        Some(Self { value: Some(value.to_owned()), cut: cut || arn::is_masked(value), end })
    }
}

/// The resource clause at an offset, white space and an ellipsis before it skipped.
pub(super) fn resource(text: &Text, at: usize) -> Option<Resource> {
    let at = text.skip(at, |byte| byte.is_ascii_whitespace() || b".'\"])".contains(&byte));
    for phrase in ["on this resource", "on the specified resource", "on the resource because", "on this object"] {
        if let Some(end) = text.phrase(at, phrase) {
            return Resource::none(end);
        }
    }
    let labels = [
        "on resource(s):",
        "on resources:",
        "on resource:",
        "on resource",
        "on the resource:",
        "on the resource",
        "for resource:",
        "for resource",
    ];
    if let Some(end) = labels.iter().find_map(|phrase| text.phrase(at, phrase)) {
        let colon = text.skip_space(end);
        let end = if text.byte(colon) == Some(b':') { colon + 1 } else { end };
        return value(text, end);
    }
    // Shortened by hand: on "arn:…".
    let start = text.skip_space(text.phrase(at, "on")?);
    let quoted = text.skip(start, |byte| byte == b'"' || byte == b'\'');
    text.phrase(quoted, "arn:").and_then(|_| value(text, start))
}

/// The value at an offset, a kind before its name, and quotes dropped.
pub(super) fn value(text: &Text, at: usize) -> Option<Resource> {
    let start = text.skip_space(at);
    if text.byte(start).is_none() || text.blank_line_at(at) {
        return Resource::none(at);
    }
    let reason = ["because", "with an explicit", "with explicit", "since"];
    if reason.iter().any(|phrase| text.phrase(start, phrase).is_some()) {
        return Resource::none(at);
    }
    if let Some(quoted) = quoted(text, start) {
        return Some(quoted);
    }
    of_kind(text, start).or_else(|| bare(text, start, start))
}

/// `"arn:aws:s3:::bucket/a key"`
fn quoted(text: &Text, start: usize) -> Option<Resource> {
    let quote = text.byte(start).filter(|byte| *byte == b'"' || *byte == b'\'')?;
    let open = text.skip(start, |byte| byte == quote);
    let limit = text.floor(open + LONGEST);
    let close = (open..limit).find(|at| text.byte(*at) == Some(quote) || text.blank_line_at(*at));
    match close.filter(|close| text.byte(*close) == Some(quote)) {
        Some(close) => {
            let close = end_of_key(text, close, limit, quote).unwrap_or(close);
            let (value, cut) = mend(text.part(open, close));
            let end = text.skip(close, |byte| byte == quote);
            if value.trim().is_empty() { Resource::none(end) } else { Resource::new(&value, cut, end) }
        }
        None => {
            let end = arn::word_end(text, open);
            Resource::new(text.part(open, end), true, end)
        }
    }
}

/// The quote that ends an S3 key in which the first one stands: the name goes on behind that, and a reason behind this.
fn end_of_key(text: &Text, first: usize, limit: usize, quote: u8) -> Option<usize> {
    text.byte(first + 1).filter(|next| next.is_ascii_alphanumeric() || b"._-/".contains(next))?;
    let line = text.find("\n", first, limit).unwrap_or(limit);
    let ends = |at: &usize| text.byte(*at) == Some(quote) && is_of_aws(text, text.skip_space(at + 1));
    (first + 1..line).find(ends)
}

/// `role NAME`, `instance profile NAME`; of `policy arn:…` the ARN.
fn of_kind(text: &Text, start: usize) -> Option<Resource> {
    const KINDS: [&str; 12] = [
        "role",
        "user",
        "group",
        "policy",
        "instance profile",
        "access key",
        "mfa",
        "server certificate",
        "saml-provider",
        "oidc-provider",
        "login profile",
        "service-linked role",
    ];
    let end = KINDS.iter().find_map(|kind| text.phrase(start, kind))?;
    let name = text.skip_space(end);
    if name == end || text.blank_line_at(end) || arn::is_follower(text, name) {
        return None;
    }
    let resource = bare(text, name, name)?;
    match resource.value.as_deref() {
        Some(value) if !value.starts_with("arn:") && !value.contains(' ') => {
            let kind: Vec<&str> = text.part(start, end).split_whitespace().collect();
            let value = format!("{} {value}", kind.join(" "));
            Some(Resource { value: Some(value), ..resource })
        }
        _ => Some(resource),
    }
}

/// A value without quotes: up to AWS's reason where one follows, else one word.
fn bare(text: &Text, start: usize, from: usize) -> Option<Resource> {
    let limit = text.floor(start + LONGEST);
    let first_word = arn::word_end(text, from).min(limit);
    let mut at = first_word;
    while at < limit {
        let next = text.skip_space(at);
        if next == at || text.blank_line_at(at) || next >= limit {
            break;
        }
        let adjacent = at == first_word;
        if is_of_aws(text, next) || (adjacent && text.phrase(next, "because").is_some()) {
            return until_reason(text, start, at);
        }
        if stops(text, next) {
            return if adjacent { one_word(text, start, first_word) } else { bounded(text, start, first_word, at) };
        }
        at = arn::word_end(text, next).max(next + 1);
        if text.part(next, at).contains("User:") {
            break;
        }
        if !text.byte(at).is_none_or(|byte| byte.is_ascii_whitespace()) {
            return bounded(text, start, first_word, at);
        }
    }
    one_word(text, start, first_word)
}

/// The words that AWS and its clients print behind a resource.
fn stops(text: &Text, at: usize) -> bool {
    const PHRASES: [&str; 8] = [
        "(service",
        "(requesttoken",
        "(sdk attempt",
        "encoded authorization",
        "go to https",
        "status code",
        "traceback",
        "user:",
    ];
    PHRASES.iter().any(|phrase| text.phrase(at, phrase).is_some()) || matches!(text.byte(at), Some(b'"' | b'}' | b'|'))
}

fn until_reason(text: &Text, start: usize, end: usize) -> Option<Resource> {
    let whole = text.part(start, end);
    let whole = whole.trim_end_matches(|last: char| last.is_whitespace() || "\"'".contains(last));
    let (value, cut) = mend(whole);
    let short = value.starts_with("arn:") && is_cut(&value);
    Resource::new(value.trim_end_matches([',', '"', '\'']), cut || short, end)
}

/// A value that something of the client's ends: several lines of one word each are its pieces.
fn bounded(text: &Text, start: usize, first_word: usize, end: usize) -> Option<Resource> {
    let whole = text.part(start, end).trim_end();
    let in_lines = whole.contains('\n') && !whole.contains(' ');
    let pieces = whole
        .split('\n')
        .skip(1)
        .all(|piece| piece.len() < 200 && !piece.contains("User:") && looks_like_a_piece(piece));
    if !in_lines || !pieces {
        return one_word(text, start, first_word);
    }
    let (value, cut) = mend(whole);
    Resource::new(arn::trim_end(&value), cut, end)
}

/// Whether a line can be the rest of a name: markup, addresses and labels are the client's.
fn looks_like_a_piece(piece: &str) -> bool {
    let starts = piece.starts_with(|first: char| first.is_ascii_alphanumeric() || ":/-_.=@+,%*".contains(first));
    starts && !piece.contains("://") && !piece.ends_with(':') && !piece.contains(['<', '>', '{', '"'])
}

/// A value without a reason behind it ends with its word; a break that surely falls inside the ARN is mended.
fn one_word(text: &Text, start: usize, first_word: usize) -> Option<Resource> {
    let mut value = text.part(start, first_word).to_owned();
    let mut end = first_word;
    loop {
        let next = text.skip_space(end);
        let only_line = text.part(end, next).contains('\n') && !text.blank_line_at(end);
        let of_arn = value.starts_with("arn:") && only_line && !arn::is_follower(text, next) && value.len() < LONGEST;
        let piece = text.part(next, arn::word_end(text, next));
        let completes = arn::colons(&value) + arn::colons(piece) >= 5 && !piece.contains("arn:");
        let continues = arn::colons(&value) < 5 && completes || text.byte(next) == Some(b':');
        if of_arn && continues && !value.ends_with("...") {
            end = arn::word_end(text, next).max(next + 1);
            value.push_str(text.part(next, end));
            continue;
        }
        let trimmed = arn::trim_end(&value);
        let trimmed = without_colon(trimmed);
        let cut = ends_open(text, end)
            || of_arn && trimmed.ends_with(['-', '/'])
            || is_cut(trimmed) && value.starts_with("arn:");
        return Resource::new(trimmed, cut, end - (value.len() - trimmed.len()).min(end - start));
    }
}

/// Whether the next line is one word that may be the rest of the name.
fn ends_open(text: &Text, end: usize) -> bool {
    let next = text.skip_space(end);
    let line_end = text.find("\n", next, text.len()).unwrap_or(text.len());
    let line = text.part(next, line_end).trim();
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.:=@+,*".contains(&byte);
    text.byte(end) == Some(b'\n') && !text.blank_line_at(end) && !line.is_empty() && line.bytes().all(of_name)
}

/// Only an ARN's last separator may end it: `arn:aws:sqs:us-east-1:111122223333:`.
fn without_colon(value: &str) -> &str {
    match value.strip_suffix(':') {
        Some(inner) if !value.starts_with("arn:") => inner,
        _ => value,
    }
}

/// Whether an ARN has too few parts.
fn is_cut(value: &str) -> bool {
    arn::colons(value) < 5
}

/// Puts the pieces of a value together, and whether it was cut at a break that is not certain.
///
/// A break behind or before a separator falls inside a name. Elsewhere it may stand for a space, as in names of Glue jobs and
/// S3 keys: where the value holds spaces it is one; in a long line without any it most likely is none, which is not certain.
fn mend(value: &str) -> (String, bool) {
    let mut lines = value.split('\n').map(str::trim).filter(|line| !line.is_empty());
    let mut mended = lines.next().unwrap_or_default().to_owned();
    let spaced = value.split('\n').any(|line| line.trim().contains(' '));
    let separator = |letter: char| "-/:_.=@+,%".contains(letter);
    let mut cut = false;
    for line in lines {
        let is_short = mended.starts_with("arn:") && arn::colons(&mended) < 5;
        let inside = mended.ends_with(separator) || line.starts_with(separator) || is_short;
        if inside {
            mended.push_str(line);
        } else if spaced {
            // A terminal's break may fall there too.
            mended.push(' ');
            mended.push_str(line);
            cut = true;
        } else if mended.len() >= 70 {
            mended.push_str(line);
            cut = true;
        } else {
            return (mended, true);
        }
    }
    (mended, cut)
}
