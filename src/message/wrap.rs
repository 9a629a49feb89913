//! Lines that a terminal cut at its last column, put together before anything else is read.
//!
//! The gutter is cut off first, then the widths are judged: escapes of JSON and entities count as they stand on the screen.
//! A break is mended only where something proves it: one of the sentence's own words, an action of the catalogue, an ARN that
//! cannot end there, a principal, which holds no space. One proven break proves the others of the same width.

use std::borrow::Cow;

use super::lines;

/// No terminal is wider, and what is narrower is no terminal.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=300;

/// What a break between two lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// The terminal's: the lines are one.
    Proven,
    /// The writer's: two words of their own.
    Against,
    /// Inside an ARN, where a space would be unusual.
    InArn,
    Open,
}

/// Puts the lines together that are certainly one.
pub(super) fn unwrapped(text: &str) -> Cow<'_, str> {
    let of_aws = ["uthori", "arn:", "erform", "nied"].iter().any(|word| super::words::find(text, word).is_some());
    if !of_aws || !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let mut mended: Option<String> = None;
    let mut done = 0;
    let mut at = 0;
    while at < lines.len() {
        let rest = lines.get(at..).unwrap_or_default();
        match group(rest) {
            Some((taken, joined)) => {
                let whole = mended.get_or_insert_default();
                push(whole, lines.get(done..at).unwrap_or_default());
                whole.push_str(&joined);
                whole.push('\n');
                at += taken;
                done = at;
            }
            None => at += 1,
        }
    }
    let Some(mut whole) = mended else { return Cow::Borrowed(text) };
    push(&mut whole, lines.get(done..).unwrap_or_default());
    whole.pop();
    Cow::Owned(whole)
}

fn push(whole: &mut String, lines: &[&str]) {
    for line in lines {
        whole.push_str(line);
        whole.push('\n');
    }
}

/// The lines at the start that are one: how many, and their text.
fn group(lines: &[&str]) -> Option<(usize, String)> {
    let (first, second) = (lines.first()?, lines.get(1)?);
    if first.len() < *WIDTHS.start() || second.is_empty() {
        return None;
    }
    let (kind, one) = content(first);
    let (other_kind, other) = content(second);
    let same = kind == other_kind;
    let indent = if same { indent(one).min(self::indent(other)) } else { 0 };
    let mut contents: Vec<&str> = Vec::new();
    for line in lines.iter().take(400) {
        let piece = match content(line) {
            (own, piece) if same && own == kind => piece,
            _ if same && kind != 0 => break,
            _ => line.trim_end_matches('\r'),
        };
        if indent > 0 && self::indent(piece) < indent {
            break;
        }
        let piece = piece.get(indent..).unwrap_or_default();
        let width = piece.chars().count();
        contents.push(piece);
        let widest = contents.first().map_or(0, |first| first.chars().count()) + 1;
        if width == 0 || width + 2 < widest {
            break;
        }
    }
    // What is padded with spaces is a table's column, whose breaks are its own: `table` reads it.
    if contents.iter().any(|piece| piece.ends_with("  ")) {
        return None;
    }
    joined(&contents)
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|byte| *byte == b' ').count()
}

/// Joins the lines of one width, and the shorter one behind them.
fn joined(lines: &[&str]) -> Option<(usize, String)> {
    let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    let (first, second) = (*widths.first()?, *widths.get(1)?);
    // A space at a line's end is often lost.
    let width = if second == first + 1 { second } else { first };
    if !WIDTHS.contains(&width) || second == 0 || second > width {
        return None;
    }
    let mut whole = (*lines.first()?).to_owned();
    let mut taken = 1;
    let mut breaks: Vec<Break> = Vec::new();
    let mut before = first;
    for (line, line_width) in lines.iter().zip(&widths).skip(1) {
        let is_full = before == width || before + 1 == width;
        if !is_full || *line_width > width || *line_width == 0 {
            break;
        }
        let lost_space = before + 1 == width;
        let found = match lost_space {
            // Two whole words, or a hyphen's end: the break was a space.
            true if judge(&whole, line) == Break::Proven => Break::Against,
            true if lines::is_fresh(line) => Break::Against,
            true => Break::Open,
            false => judge(&whole, line),
        };
        if found == Break::Against {
            break;
        }
        let is_last = *line_width + 1 < width;
        if is_last && found == Break::Open && !may_end(&breaks, line) {
            break;
        }
        if lost_space {
            whole.push(' ');
        }
        whole.push_str(line);
        breaks.push(found);
        taken += 1;
        before = *line_width;
    }
    let count = |kind| breaks.iter().filter(|found| **found == kind).count();
    let (proven, in_arn) = (count(Break::Proven), count(Break::InArn));
    let certain = proven > 0 || (in_arn > 0 && breaks.len() >= 2 && widths.get(1) == Some(&width) && first == width);
    let one_sentence = proven > 0 || whole.matches("User:").count() <= 1;
    (certain && one_sentence && taken > 1).then_some((taken, whole))
}

/// Whether a shorter line without a sign of its own is the end of the lines before it.
fn may_end(breaks: &[Break], line: &str) -> bool {
    !breaks.is_empty() && !line.starts_with("  ") && !lines::is_fresh(line)
}

/// What the break between a text and the next line is.
fn judge(before: &str, behind: &str) -> Break {
    let next = behind.split(' ').next().unwrap_or_default();
    if before.ends_with(' ') || behind.starts_with(' ') {
        return if lines::is_fresh(behind.trim_start()) { Break::Against } else { Break::Open };
    }
    let last = before.rsplit(' ').next().unwrap_or_default();
    let (one, other) = (bare(last), bare(next));
    let whole = format!("{one}{other}");
    let is_word = |word: &str| {
        let word = word.to_ascii_lowercase();
        lines::is_of_sentence(&word) || WORDS.contains(&word.as_str())
    };
    if is_word(&whole) && (!is_word(one) || !is_word(other)) && ![one, other].contains(&"") {
        return Break::Proven;
    }
    if is_action_cut(before, one, next, behind) {
        return Break::Proven;
    }
    if lines::is_fresh(behind) || is_log_line(behind) || lines::glues_words(before, behind) {
        return Break::Against;
    }
    let action_ends = crate::catalogue::action(one).is_some() && is_word(other);
    let begins = other.starts_with("arn:") || crate::catalogue::action(other).is_some();
    if is_word(one) && one.len() > 1 && (is_word(other) || begins) || action_ends || is_aside(behind) {
        return Break::Against;
    }
    in_arn(before, last, next, behind)
}

/// A word without quotes and punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|edge: char| "\\\"'()[]{},.;:`".contains(edge))
}

/// Whether an action is cut in two: the whole one is of the catalogue, or stands again in the text.
fn is_action_cut(before: &str, one: &str, next: &str, behind: &str) -> bool {
    let perform = before.strip_suffix(one).unwrap_or_default().trim_end();
    let is_place = ["perform:", "allows the", "perform", "perform: "].iter().any(|end| perform.ends_with(end));
    // The colon may be the first of the next line.
    let raw = next.trim_end_matches(|edge: char| "\\\"'.,;)".contains(edge));
    let last = before.rsplit(' ').next().unwrap_or_default();
    if !is_place || last.is_empty() || raw.is_empty() || one.contains("arn:") {
        return false;
    }
    let whole = format!("{last}{raw}");
    let letters = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-".contains(&byte));
    if !letters(&whole) || whole.matches(':').count() != 1 {
        return false;
    }
    let rest = behind.get(raw.len()..).unwrap_or_default().trim_start_matches(['"', '\\', ' ']);
    let goes_on = ["on ", "because ", "with ", "action", "bec", "wit"].iter().any(|words| rest.starts_with(words));
    let is_known = crate::catalogue::action(&whole).is_some();
    let was_known = crate::catalogue::action(last).is_some();
    is_known && (!was_known || goes_on)
}

/// A break inside an ARN, proven where the ARN cannot end there or where a space cannot stand.
fn in_arn(before: &str, last: &str, next: &str, behind: &str) -> Break {
    let one = last.trim_start_matches(|edge: char| "\\\"'([".contains(edge));
    let starts = next.starts_with(|first: char| first.is_ascii_alphanumeric() || ":/-_.=@+*%$[".contains(first));
    let ends = one.ends_with(|last: char| last.is_ascii_alphanumeric() || ":/-_.=@+*%$]".contains(last));
    if !starts || !ends {
        return Break::Open;
    }
    let beginning = matches!(one, "a" | "ar" | "arn") && format!("{one}{next}").starts_with("arn:");
    if beginning && !next.starts_with("arn:") {
        return Break::Proven;
    }
    let label = before.strip_suffix(last).unwrap_or_default().trim_end();
    let of_user = label.ends_with("User:") && behind.get(next.len()..).is_some_and(|rest| rest.starts_with(" is "));
    if of_user {
        return Break::Proven;
    }
    if !one.starts_with("arn:") {
        return Break::Open;
    }
    let colons = |word: &str| word.matches(':').count();
    let short = colons(one) < 5;
    let completes = short && colons(one) + colons(next) >= 5 && !next.starts_with("arn:");
    if completes || next.starts_with([':', '/']) { Break::Proven } else { Break::InArn }
}

/// Whether what clients put into brackets starts there; a space stands before it.
fn is_aside(line: &str) -> bool {
    ["(Service", "(RequestToken", "(SDK ", "(truncated"].iter().any(|start| line.starts_with(start))
}

/// Whether a line begins as one of a log, a trace or a prompt does.
pub(super) fn is_log_line(line: &str) -> bool {
    const STARTS: [&str; 17] = [
        "INFO",
        "WARN",
        "DEBUG",
        "TRACE",
        "FATAL",
        "ERROR",
        "Traceback",
        "File ",
        "at ",
        "info",
        "warn",
        "debug",
        "level=",
        "time=",
        "Process ",
        "make:",
        "$ ",
    ];
    STARTS.iter().any(|start| line.starts_with(start))
}

/// Words of what clients print around AWS's sentence, which nothing else splits.
const WORDS: [&str; 38] = [
    "when",
    "error",
    "occurred",
    "accessdenied",
    "accessdeniedexception",
    "unauthorizedoperation",
    "https",
    "response",
    "statuscode",
    "requestid",
    "api",
    "handler",
    "returned",
    "message",
    "status",
    "code",
    "request",
    "id",
    "sdk",
    "attempt",
    "count",
    "requesttoken",
    "handlererrorcode",
    "encoded",
    "authorization",
    "failure",
    "hostid",
    "go",
    "complete",
    "details",
    "call",
    "following",
    "transitively",
    "through",
    "policies",
    "arn",
    "getrequestauthorizationdetails",
    "for",
];

/// The text behind a line's gutter, one space behind its mark with it, and the kind of gutter.
fn content(line: &str) -> (u32, &str) {
    let mut rest = line.trim_end_matches('\r');
    let mut kind = 0;
    for _ in 0..3 {
        let trimmed = rest.trim_start_matches(' ');
        let marked = lines::timestamp(trimmed).map(|behind| (1, behind)).or_else(|| {
            let mark = trimmed.chars().next()?;
            let number = 2 + ['│', '┃', '║', '|', '>'].iter().position(|known| *known == mark)?;
            Some((u32::try_from(number).ok()?, trimmed.get(mark.len_utf8()..)?))
        });
        let Some((number, behind)) = marked.or_else(|| build_step(trimmed).map(|behind| (7, behind))) else { break };
        kind = kind * 8 + number;
        rest = behind.strip_prefix(' ').unwrap_or(behind);
    }
    if kind > 0 {
        let inner = rest.trim_end_matches(['│', '┃', '║', '|']);
        rest = if inner.len() < rest.len() && inner.ends_with(' ') { inner.trim_end() } else { rest };
    }
    (kind, rest)
}

/// `#12 0.345 `, as Docker's builder prints it.
pub(super) fn build_step(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
    let time = rest.split(' ').next()?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_number(number) && is_number(time) && time.contains('.')).then(|| rest.get(time.len()..))?
}
