//! Where one error ends and the next begins: what stands around each sentence.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::sentence::Sentence;
use super::words::Text;
use super::wrapping::Around;

/// How far the wrapping may reach before and behind a sentence.
const BEFORE: usize = 8_000;
const BEHIND: usize = 4_000;

/// Words with which clients begin an error; the line that holds one begins it.
const STARTS: [&str; 21] = [
    "an error occurred (",
    "a client error (",
    " occurred (",
    "<error",
    "resource handler returned message",
    "create_failed",
    "update_failed",
    "delete_failed",
    "operation error ",
    "caused by:",
    "failed deploy model",
    "level=error",
    "software.amazon.awssdk.services",
    "com.amazonaws.services",
    "botocore.",
    "aws::",
    "error executing \"",
    "api: ",
    "{\"",
    "error:",
    "[error]",
];

/// How many of these, the last ones, begin an error only near a line's start.
const AT_START: usize = 3;

static FIND: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(STARTS).ok());

/// The offsets at which errors begin.
pub(super) fn openers(text: &Text) -> Vec<usize> {
    let mut openers = Vec::new();
    let Some(find) = FIND.as_ref() else { return openers };
    let mut line = 0;
    for found in find.find_iter(text.lower(0, text.len())) {
        if found.start() < line {
            continue;
        }
        let start = text.rfind("\n", line, found.start()).map_or(line, |end| end + 1);
        line = text.find("\n", found.start(), text.len()).map_or(text.len(), |end| end + 1);
        let is_late = found.pattern().as_usize() >= STARTS.len() - AT_START && found.start() - start > 40;
        let is_tail = text.phrase(text.skip_space(start), "status code").is_some();
        if !is_late && !is_tail && !goes_on(text, start) {
            openers.push(start);
        }
    }
    objects(text, &mut openers);
    openers.sort_unstable();
    openers.dedup();
    openers
}

/// Whether the line before an offset announces it: "… response:" and then the body.
fn goes_on(text: &Text, start: usize) -> bool {
    let end = text.skip_back(start, |byte| byte.is_ascii_whitespace());
    start > 0
        && end > 0
        && !text.blank_line_at(end)
        && (text.before(end) == Some(b':') || text.lower(end.saturating_sub(2), end) == "?>")
}

/// Elements of a JSON array: `},{` and lines of an opening brace only.
fn objects(text: &Text, openers: &mut Vec<usize>) {
    for words in ["},{", "}, {", "\n{\n"] {
        let mut at = 0;
        while let Some(found) = text.find(words, at, text.len()) {
            at = found + words.len();
            openers.push(at - 1);
        }
    }
}

/// What stands around each sentence; no stretch belongs to two of them, but for what is between two in one error.
pub(super) fn around(text: &Text, sentences: &[Sentence], openers: &[usize]) -> Vec<Around> {
    let mut all = Vec::with_capacity(sentences.len());
    let mut before = 0;
    for (number, sentence) in sentences.iter().enumerate() {
        let next = sentences.get(number + 1).map_or(text.len(), |next| next.start);
        let opener = openers.partition_point(|opener| *opener <= sentence.start);
        let start = opener.checked_sub(1).and_then(|place| openers.get(place)).copied().unwrap_or(0);
        let next_opener = openers.get(opener..).unwrap_or_default().iter().find(|opener| **opener >= sentence.end);
        let head = if start >= before { start } else { own(text, before, sentence.start) };
        let mut end = next_opener.map_or(next, |opener| next.min(*opener));
        if end == next && number + 1 < sentences.len() {
            end = own(text, sentence.end, next).max(sentence.end);
            // Fields of one object stand behind the sentence and before the next.
            end = if end == sentence.end { next } else { end };
        }
        let far = text.floor(sentence.start.saturating_sub(BEFORE));
        let tail_end = paragraph_end(text, sentence.end, end.min(text.floor(sentence.end + BEHIND)));
        all.push(Around { head: (head.max(far).min(sentence.start), sentence.start), tail: (sentence.end, tail_end) });
        before = sentence.end;
    }
    all
}

/// Where the part of the second begins between two sentences of one error.
fn own(text: &Text, from: usize, to: usize) -> usize {
    let is_object = text.find("\"errorcode\"", from, to).is_some() || text.find("\"code\"", from, to).is_some();
    if is_object { from } else { text.rfind("\n", from, to).map_or(from, |end| end + 1) }
}

/// Wrapping in plain text ends with its paragraph; in JSON and XML it goes on.
fn paragraph_end(text: &Text, from: usize, to: usize) -> usize {
    let next = text.skip(from, |byte| byte.is_ascii_whitespace() || byte == b'.');
    if matches!(text.byte(next), Some(b'"' | b'<' | b'}' | b',' | b'\'')) {
        return to;
    }
    text.find("\n\n", from, to).unwrap_or(to)
}

/// The stretches that belong to no sentence, cut where errors begin.
pub(super) fn rest(text: &Text, around: &[Around], openers: &[usize]) -> Vec<(usize, usize)> {
    let mut rest = Vec::new();
    let mut from = 0;
    let ends = around.iter().map(|around| (around.head.0, around.tail.1)).chain([(text.len(), text.len())]);
    for (start, end) in ends {
        let first = openers.partition_point(|opener| *opener <= from);
        for opener in openers.get(first..).unwrap_or_default().iter().take_while(|opener| **opener < start) {
            rest.push((from, *opener));
            from = *opener;
        }
        if start > from {
            rest.push((from, start));
        }
        from = from.max(end);
    }
    rest
}
