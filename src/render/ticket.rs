//! For a ticket: the answer in Markdown, as GitHub, GitLab and Jira take it.

use std::fmt::Write as _;

use super::edits::listed;
use super::human::fixes::{capital, helps, sentence, shown_warnings, titles};
use super::human::{IN_FULL, LAYER_HEAD, layer_rows, note_lines, on, pointed_at, rows};
use super::markdown::{code, fenced, table, text};
use super::snippet::snippet;
use super::{FixLook, Look};
use crate::report::{FixReport, Report, ResultReport, StatementReport};

/// The columns of a snippet: a ticket is no terminal.
const WIDTH: usize = 100;

/// The whole report, one heading a result; the width and the colours of `look` do not matter.
pub fn markdown(report: &Report, look: Look) -> Vec<u8> {
    let look = Look { width: WIDTH, color: false, ..look };
    if report.results.len() > IN_FULL && !look.verbose {
        return list(&report.results, look).into_bytes();
    }
    let results: Vec<String> = report.results.iter().map(|result| one(result, look)).collect();
    results.join("\n").into_bytes()
}

/// Many results: a row each, and every edit once.
fn list(results: &[ResultReport], look: Look) -> String {
    let list = rows(results);
    let head: Vec<&str> = list.head.iter().map(String::as_str).collect();
    let cells: Vec<Vec<String>> = list.rows.iter().map(|row| row.iter().map(|cell| text(cell)).collect()).collect();
    let mut out = format!("## {}\n\n{}\n{}\n", text(&list.title), table(&head, &cells), text(&list.count));
    items(&mut out, list.notes.iter().map(String::as_str));
    edits(&mut out, results, look);
    out
}

/// Every edit once, and what no edit helps.
pub(super) fn edits(out: &mut String, results: &[ResultReport], look: Look) {
    if look.fix == FixLook::None {
        return;
    }
    for one in listed(results) {
        let _ = write!(out, "\n### {}\n\n{}\n", text(&one.title), capital(&text(&one.text)));
        warnings(out, one.fix, look, true);
        if one.helps || look.verbose {
            edit(out, one.fix, look);
        }
    }
}

fn one(result: &ResultReport, look: Look) -> String {
    let mut out = format!("## {}: {} on {}\n\n", result.verdict, code(&result.action), text(&on(result)));
    let _ = write!(out, "For {}. {}\n\n", text(&result.principal.shown), text(&result.explanation));
    let (rows, silent) = layer_rows(result);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| text(cell)).collect()).collect();
    out.push_str(&table(&LAYER_HEAD, &cells));
    if !silent.is_empty() {
        let _ = write!(out, "\nNot checked: {}\n", silent.join(", "));
    }
    for found in pointed_at(result, look.verbose) {
        arrow(&mut out, found, look);
    }
    let notes = note_lines(result, look.verbose);
    items(&mut out, notes.iter().map(String::as_str));
    if look.fix != FixLook::None {
        fixes(&mut out, result, look);
    }
    out
}

fn arrow(out: &mut String, found: &StatementReport, look: Look) {
    let arn = found.policy_arn.as_ref().map_or_else(String::new, |arn| format!(", {}", code(arn)));
    let statement = code(&format!("Statement[{}]{}", found.index, found.sid_shown));
    let _ = write!(out, "\n{}{arn}, {statement}:\n\n", code(&found.policy_shown));
    if let Some(place) = &found.snippet {
        out.push_str(&fenced("text", &snippet(place, look)));
    }
    if look.verbose {
        let why = found.why.iter().map(|why| format!("{}: {}", why.element, why.detail));
        let lines: Vec<String> = why.chain([format!("applies: {}", found.applies)]).collect();
        items(out, lines.iter().map(String::as_str));
    }
}

/// A list; nothing, not even an empty line, of no items.
pub(super) fn items<'a>(out: &mut String, lines: impl Iterator<Item = &'a str>) {
    for (number, line) in lines.enumerate() {
        let gap = if number == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}- {}", text(line));
    }
}

fn fixes(out: &mut String, result: &ResultReport, look: Look) {
    let mut runs = false;
    for (fix, (title, what)) in result.fixes.iter().zip(titles(result)) {
        let _ = write!(out, "\n### {}\n\n{}\n", text(&title), capital(&text(&what)));
        warnings(out, fix, look, false);
        if fix.kind != "none" && fix.same_as.is_none() && (helps(result) || look.verbose) {
            edit(out, fix, look);
            runs |= !fix.steps.is_empty();
        }
    }
    if runs && !result.verify.is_empty() {
        let _ = write!(out, "\nThen ask again:\n\n{}", fenced("sh", &result.verify));
    }
}

fn warnings(out: &mut String, fix: &FixReport, look: Look, listed: bool) {
    let all: Vec<String> = shown_warnings(fix, look.verbose, listed).map(|one| sentence(fix, one)).collect();
    items(out, all.iter().map(String::as_str));
}

/// What changes, in the form that was asked for, and the commands.
pub(super) fn edit(out: &mut String, fix: &FixReport, look: Look) {
    let Some(edited) = &fix.edited else { return };
    let shown = match look.fix {
        FixLook::None | FixLook::Commands => None,
        FixLook::Diff => Some(("diff", edited.diff.as_str())),
        FixLook::Document => Some(("json", edited.after.as_str())),
        FixLook::Terraform => fix.terraform.as_deref().map(|text| ("hcl", text)),
    };
    if let Some((language, lines)) = shown {
        let _ = write!(out, "\n{}", fenced(language, lines));
    }
    if matches!(look.fix, FixLook::Commands | FixLook::Diff) && !fix.steps.is_empty() {
        let _ = write!(out, "\n{}", fenced("sh", &fix.steps.join("\n")));
    }
}
