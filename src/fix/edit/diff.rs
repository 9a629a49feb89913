//! Unified diffs, as `diff -u` and `git diff` write them.
//!
//! Lines end at line feeds only, as `patch` reads them: a carriage return before one is part of its line, so documents
//! with CRLF keep it.

use std::borrow::Cow;
use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// What makes `after` of `before`; empty where they are the same.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let groups = group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), CONTEXT);
    let mut out = String::new();
    if before == after {
        return out;
    }
    let name = harmless(name);
    // A tab behind a name with spaces, as diff and git write it: `patch` reads the name up to there.
    let end = if name.contains(' ') { "\t" } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "--- a/{name}{end}\n+++ b/{name}{end}");
    for group in &groups {
        let (from, to) = (extent(group, DiffOp::old_range), extent(group, DiffOp::new_range));
        let _ = writeln!(out, "@@ -{from} +{to} @@");
        for op in group {
            let (removed, added) = match op.tag() {
                DiffTag::Equal => (' ', None),
                DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => ('-', Some('+')),
            };
            put(&mut out, removed, old.get(op.old_range()));
            if let Some(added) = added {
                put(&mut out, added, new.get(op.new_range()));
            }
        }
    }
    out
}

/// The lines that a hunk covers on one side: `start,length` counted from 1, `line before,0` where there are none.
fn extent(group: &[DiffOp], side: impl Fn(&DiffOp) -> std::ops::Range<usize>) -> String {
    let start = group.first().map_or(0, |op| side(op).start);
    let length = group.last().map_or(0, |op| side(op).end) - start;
    match length {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        _ => format!("{},{length}", start + 1),
    }
}

fn put(out: &mut String, mark: char, lines: Option<&[&str]>) {
    for line in lines.unwrap_or_default() {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The name without what ends a line, moves a cursor or turns the direction of writing, and as a relative path.
fn harmless(name: &str) -> Cow<'_, str> {
    let name = name.trim_start_matches('/');
    let bad = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if name.is_empty() {
        Cow::Borrowed("policy")
    } else if name.contains(bad) {
        Cow::Owned(name.replace(bad, "_"))
    } else {
        Cow::Borrowed(name)
    }
}
