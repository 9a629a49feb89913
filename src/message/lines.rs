//! Lines of plain text: gutters and time stamps dropped, lines that a table's column cut put together.

use super::table;
use super::words::find;

/// Drops what stands before and behind the text of each line, and mends the breaks that are certain.
pub(super) fn unfold(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let has_bold = find(text, "**").is_some();
    let mut unfolded = String::with_capacity(text.len());
    let mut at = 0;
    let mut after_colon = false;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let (taken, joined) = match table::column(rest) {
            Some((taken, joined)) => (taken, Some(joined)),
            None => (1, None),
        };
        let content = strip(joined.as_deref().unwrap_or(line), after_colon);
        after_colon = content.trim_end().ends_with([':', '/']);
        if has_bold {
            push_without_bold(content, &mut unfolded);
        } else {
            unfolded.push_str(content);
        }
        unfolded.push('\n');
        at += taken;
    }
    unfolded
}

/// The content of a line. Behind a colon a lone `*` is a resource, not a bullet.
fn strip(line: &str, after_colon: bool) -> &str {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(' ');
        let stripped = gutter(trimmed, after_colon)
            .or_else(|| timestamp(trimmed))
            .or_else(|| super::wrap::build_step(trimmed))
            .or_else(|| compose_prefix(trimmed))
            .or_else(|| runner_prefix(trimmed))
            .or_else(|| syslog_prefix(trimmed));
        match stripped {
            Some(behind) if behind.len() < trimmed.len() => rest = behind,
            _ => return end(trimmed),
        }
    }
}

/// Drops the right-hand edge of a box, and Markdown's spaces.
fn end(line: &str) -> &str {
    let line = line.trim_end();
    let inner = line.trim_end_matches(['│', '┃', '║', '|']);
    if inner.ends_with(' ') { inner.trim_end() } else { line }
}

fn gutter(line: &str, after_colon: bool) -> Option<&str> {
    const BOX: [char; 23] = [
        '│', '┃', '║', '╷', '╵', '╭', '╰', '├', '└', '┌', '─', '━', '▌', '▏', '┆', '┊', '•', '·', '❯', '✖', '✗', '✘',
        '❌',
    ];
    if let Some(behind) = line.strip_prefix(BOX) {
        return Some(behind);
    }
    let marks = ["|", ">", "#", "//", "*", "$", "##[error]", "::error::"];
    let behind = marks.iter().rev().find_map(|mark| Some((*mark, line.strip_prefix(mark)?)));
    match behind {
        Some(("##[error]" | "::error::", behind)) => Some(behind),
        Some(("*", _)) if after_colon => None,
        Some((_, behind)) if behind.is_empty() || behind.starts_with(' ') => Some(behind),
        Some((">" | "#", behind)) if behind.starts_with(['>', '#']) => Some(behind),
        _ => None,
    }
}

/// `2026-06-03T20:19:44.1536797Z `, `12:07:04  `, `2021-07-15 08:22:51,615 `, `[10:15:02] `
pub(super) fn timestamp(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[').unwrap_or(line);
    let length = inner.bytes().take(40).take_while(|byte| byte.is_ascii_digit() || b":.,-TZ+/".contains(byte)).count();
    let stamp = inner.get(..length)?;
    let digits = stamp.bytes().filter(u8::is_ascii_digit).count();
    let is_time = stamp.bytes().filter(|byte| *byte == b':').count() >= 2 && digits >= 6;
    // An account's id is no time.
    let short = stamp.split(|letter: char| !letter.is_ascii_digit()).all(|run| run.len() <= 10);
    let is_date = digits == 8 && stamp.len() == 10 && !stamp.contains(':');
    let behind = inner.get(length..)?;
    let behind = behind.strip_prefix(']').unwrap_or(behind);
    (stamp.starts_with(|first: char| first.is_ascii_digit())
        && (is_time || is_date)
        && short
        && behind.starts_with(' '))
    .then_some(behind)
}

/// `polaris-1        | `, as docker compose prints it.
fn compose_prefix(line: &str) -> Option<&str> {
    let bar = line.bytes().take(48).position(|byte| byte == b'|')?;
    let name = line.get(..bar)?;
    let word = name.trim_end();
    let is_name = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    (is_name && word.ends_with(|last: char| last.is_ascii_digit()) && name.ends_with(' '))
        .then(|| line.get(bar + 1..))?
}

/// `Nov 22 10:00:00 host app[12]: `, as syslog writes it (RFC 3164, section 4.1).
fn syslog_prefix(line: &str) -> Option<&str> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = MONTHS.iter().find_map(|month| line.strip_prefix(month))?.strip_prefix(' ')?.trim_start();
    let (day, rest) = rest.split_once(' ')?;
    let (time, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    let (tag, behind) = rest.split_once(": ")?;
    let is_day = day.len() <= 2 && day.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = time.len() == 8 && time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-[]".contains(&byte));
    (is_day && is_time && is_tag).then_some(behind)
}

/// `STDOUT tofu: `, as Terragrunt prints it; `stderr F `, as the runtimes of containers do (CRI).
fn runner_prefix(line: &str) -> Option<&str> {
    if let Some(behind) =
        ["stdout F ", "stderr F ", "stdout P ", "stderr P "].iter().find_map(|mark| line.strip_prefix(mark))
    {
        return Some(behind);
    }
    let rest = ["STDOUT ", "STDERR "].iter().find_map(|stream| line.strip_prefix(stream))?;
    ["terraform: ", "tofu: "].iter().find_map(|tool| rest.strip_prefix(tool))
}

/// Drops Markdown's `**` around words; runs of `*` that mask something stay.
fn push_without_bold(line: &str, unfolded: &mut String) {
    let mut rest = line;
    let mut open = false;
    while let Some(at) = find(rest, "**") {
        let run = rest.get(at..).unwrap_or_default();
        let length = run.bytes().take_while(|byte| *byte == b'*').count();
        let before = rest.get(..at).unwrap_or_default();
        let behind = run.get(length..).unwrap_or_default();
        let opens = !open && before.chars().next_back().is_none_or(char::is_whitespace) && begins_word(behind);
        let closes = open && behind.chars().next().is_none_or(|next| !next.is_alphanumeric());
        unfolded.push_str(before);
        if length == 2 && (opens || closes) {
            open = opens;
        } else {
            unfolded.push_str(run.get(..length).unwrap_or_default());
        }
        rest = behind;
    }
    unfolded.push_str(rest);
}

fn begins_word(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.contains("**")
}

/// Whether a line begins something of its own.
pub(super) fn is_fresh(line: &str) -> bool {
    const STARTS: [&str; 12] = [
        "User:",
        "An error",
        "Error",
        "ERROR",
        "Caused by",
        "AccessDenied",
        "UnauthorizedOp",
        "Resource handler",
        "You are not",
        "operation error",
        "upload failed",
        "denied:",
    ];
    STARTS.iter().any(|start| line.starts_with(start)) || timestamp(line.trim_start()).is_some()
}

/// Whether it is one of the words of AWS's sentence, in lower case.
pub(super) fn is_of_sentence(word: &str) -> bool {
    const WORDS: [&str; 34] = [
        "user",
        "is",
        "not",
        "authorized",
        "to",
        "perform",
        "on",
        "resource",
        "because",
        "no",
        "identity-based",
        "resource-based",
        "policy",
        "allows",
        "the",
        "action",
        "with",
        "an",
        "a",
        "in",
        "explicit",
        "deny",
        "permissions",
        "boundary",
        "session",
        "service",
        "control",
        "vpc",
        "endpoint",
        "trust",
        "role",
        "this",
        "operation",
        "calling",
    ];
    WORDS.contains(&word)
}

/// Whether two words of the sentence would become one.
pub(super) fn glues_words(before: &str, behind: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or_default().to_ascii_lowercase();
    let first = behind.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let first = first.trim_end_matches(['.', ',', '"', ':']);
    let is_word = is_of_sentence(last.strip_suffix(':').unwrap_or(&last));
    let whole_word = last.len() >= 4 && is_word;
    whole_word && behind.starts_with(|first: char| first.is_ascii_alphanumeric())
        || is_word && (is_of_sentence(first) || first.starts_with("arn:"))
        || last.contains(':') && ["is", "because", "with", "on"].contains(&first)
}
