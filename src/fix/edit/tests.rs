//! Edits: exact texts for the styles of authors, and properties over random documents.

mod lists;
mod outputs;
mod properties;
mod random;
mod refusals;
mod statements;

use serde_json::Value;

use super::edit;
use crate::fix::{Change, Edited, NewStatement};
use crate::policy::Document;

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn actions(statement: usize, items: &[&str]) -> Change {
    Change::AddActions { statement, actions: strings(items) }
}

fn resources(statement: usize, items: &[&str]) -> Change {
    Change::AddResources { statement, resources: strings(items) }
}

fn without(statement: usize, items: &[&str]) -> Change {
    Change::RemoveActions { statement, actions: strings(items) }
}

fn except(statement: usize, items: &[&str]) -> Change {
    Change::ExceptResources { statement, resources: strings(items) }
}

fn allow(sid: Option<&str>, actions: &[&str], resources: &[&str]) -> NewStatement {
    NewStatement {
        sid: sid.map(str::to_owned),
        effect: "Allow",
        principal: None,
        actions: strings(actions),
        not_actions: None,
        resources: Some(strings(resources)),
        not_resources: None,
        condition: None,
    }
}

/// The edit, with all that must hold of every edit.
fn edited(before: &str, changes: &[Change]) -> Edited {
    let edited = edit("policy.json", before, changes).unwrap_or_else(|error| panic!("{error} in\n{before}"));
    assert_eq!(edited.before, before);
    assert!(Document::parse(&edited.after).is_ok(), "{}", edited.after);
    let mut value: Value = serde_json::from_str(before).unwrap();
    let patch: json_patch::Patch = serde_json::from_value(edited.patch.clone()).unwrap();
    json_patch::patch(&mut value, &patch).unwrap();
    assert_eq!(value, serde_json::from_str::<Value>(&edited.after).unwrap(), "{}", edited.patch);
    let (old, new) = sides(before, &edited.diff);
    assert_eq!(old, before, "{}", edited.diff);
    assert_eq!(new, edited.after, "{}", edited.diff);
    edited
}

/// The text with every hunk of the diff as it was, and as it becomes; what stands between hunks comes from `before`.
fn sides(before: &str, diff: &str) -> (String, String) {
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let (mut old, mut new, mut at) = (String::new(), String::new(), 0);
    let mut diff: Vec<&str> = diff.split_inclusive('\n').skip(2).collect();
    diff.reverse();
    while let Some(line) = diff.pop() {
        let ends = diff.last().is_some_and(|next| next.starts_with('\\'));
        let text = if ends { line.strip_suffix('\n').unwrap() } else { line };
        let (mark, text) = text.split_at(1);
        match mark {
            "@" => {
                let (from, length) = numbers(line.split(' ').nth(1).unwrap());
                let from = if length == 0 { from } else { from - 1 };
                for line in &lines[at..from] {
                    old.push_str(line);
                    new.push_str(line);
                }
                at = from + length;
            }
            " " => {
                old.push_str(text);
                new.push_str(text);
            }
            "-" => old.push_str(text),
            "+" => new.push_str(text),
            "\\" => {}
            other => panic!("{other:?}"),
        }
    }
    for line in &lines[at..] {
        old.push_str(line);
        new.push_str(line);
    }
    (old, new)
}

fn numbers(extent: &str) -> (usize, usize) {
    let (from, length) = extent.split_once(',').unwrap_or((extent, "1"));
    (from.trim_start_matches('-').parse().unwrap(), length.parse().unwrap())
}

/// The edit gives exactly this text; and is not made twice.
#[track_caller]
fn gives(before: &str, changes: &[Change], after: &str) {
    let edited = edited(before, changes);
    assert_eq!(edited.after, after, "\n{}\ninstead of\n{after}", edited.after);
}

/// The statements of a document in AWS's usual layout.
fn usual(elements: &str) -> String {
    let lines = elements.trim_end().lines().map(|line| format!("            {line}\n")).collect::<String>();
    format!("{{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {{\n{lines}        }}\n    ]\n}}\n")
}

/// The edit of elements in that layout.
#[track_caller]
fn gives_usual(before: &str, changes: &[Change], after: &str) {
    gives(&usual(before), changes, &usual(after));
}
