//! The gap for a person: what is blocked by service, the dangerous first, and what is left of it.

use std::fmt::Write as _;

use super::human::fixes::{capital, edit, last_resort, paragraph, warnings};
use super::human::{GREEN, RED, RESET, YELLOW, name, wrap};
use super::markdown::{code, table, text};
use super::safe::clean;
use super::{FixLook, Look, ticket};
use crate::report::{FixReport, GapReport, RowReport};

/// How many rows are shown without `--verbose`.
const ROWS: usize = 20;

/// How many patterns stand in a line without `--verbose`.
const PATTERNS: usize = 12;

/// The whole report.
pub fn gap(report: &GapReport, look: Look) -> Vec<u8> {
    let mut out = headline(report, look);
    let shown = if look.verbose { report.rows.len() } else { ROWS };
    let several = has_several_layers(report);
    for row in report.rows.iter().take(shown) {
        out.push('\n');
        self::row(&mut out, row, several, look);
    }
    if let Some(more) = more(report, shown) {
        let _ = write!(out, "\n{more}");
    }
    if !report.unused.is_empty() {
        out.push('\n');
        for (layer, patterns) in unused(report, look.verbose) {
            line(
                &mut out,
                &format!("Unused: the {} allows, and no identity policy grants: {patterns}", name(&layer)),
                look,
            );
        }
    }
    if let Some(fix) = report.fix.as_ref().filter(|_| look.fix != FixLook::None) {
        out.push('\n');
        fixed(&mut out, fix, look);
    }
    if !report.notes.is_empty() {
        out.push('\n');
    }
    for note in &report.notes {
        line(&mut out, &format!("Note: {note}"), look);
    }
    out.into_bytes()
}

fn headline(report: &GapReport, look: Look) -> String {
    let answer = wrap(&clean(&report.headline), look.width, 0);
    let color = match (report.blocked.is_empty(), report.is_unclear()) {
        (true, false) => GREEN,
        (true, true) => YELLOW,
        _ => RED,
    };
    let mut out = if look.color { format!("{color}{}{RESET}\n", answer.trim_end()) } else { answer };
    if !report.blocked.is_empty() {
        out.push_str(&wrap(&clean(&few(&report.blocked_patterns, look.verbose)), look.width, 2));
    }
    out
}

fn has_several_layers(report: &GapReport) -> bool {
    report.rows.iter().any(|row| report.rows.first().is_some_and(|first| first.layer != row.layer))
}

fn row(out: &mut String, row: &RowReport, several: bool, look: Look) {
    let layer = if several { format!(" by the {}", name(row.layer)) } else { String::new() };
    let head = format!("{}  {}{layer}  {}", row.service, row.extent, access(row));
    let head = wrap(&clean(head.trim_end()), look.width, 0);
    if look.color && is_dangerous(row) {
        let _ = writeln!(out, "{YELLOW}{}{RESET}", head.trim_end());
    } else {
        out.push_str(&head);
    }
    let actions = if look.verbose { row.actions.join(", ") } else { few(&row.patterns, false) };
    for text in std::iter::once(&actions).chain(&row.because) {
        out.push_str(&wrap(&clean(text), look.width, 2));
    }
}

fn is_dangerous(row: &RowReport) -> bool {
    row.levels.iter().any(|one| one.level == "Permissions management")
}

/// `12 Write, 3 Read`.
fn access(row: &RowReport) -> String {
    let each: Vec<String> = row.levels.iter().map(|one| format!("{} {}", one.count, one.level)).collect();
    each.join(", ")
}

/// What is not shown.
fn more(report: &GapReport, shown: usize) -> Option<String> {
    let rest = report.rows.get(shown..).filter(|rest| !rest.is_empty())?;
    let actions: usize = rest.iter().map(|row| row.actions.len()).sum();
    let noun = if rest.len() == 1 { "service" } else { "services" };
    Some(format!("... {actions} actions of {} more {noun}; all with --verbose\n", rest.len()))
}

/// By layer, the patterns of what is not used.
fn unused(report: &GapReport, verbose: bool) -> Vec<(String, String)> {
    let mut layers: Vec<(String, Vec<String>)> = Vec::new();
    for one in &report.unused {
        match layers.iter_mut().find(|(layer, _)| layer == one.layer) {
            Some((_, patterns)) => patterns.push(one.action.clone()),
            None => layers.push((one.layer.to_owned(), vec![one.action.clone()])),
        }
    }
    layers.into_iter().map(|(layer, patterns)| (layer, few(&patterns, verbose))).collect()
}

fn few(patterns: &[String], verbose: bool) -> String {
    let shown = if verbose { patterns.len() } else { PATTERNS };
    let list = patterns.iter().take(shown).cloned().collect::<Vec<_>>().join(", ");
    match patterns.len().checked_sub(shown) {
        Some(more) if more > 0 => format!("{list} and {more} more"),
        Some(_) | None => list,
    }
}

fn line(out: &mut String, text: &str, look: Look) {
    paragraph(out, text, look);
}

fn fixed(out: &mut String, fix: &FixReport, look: Look) {
    if fix.kind == "none" {
        line(out, &format!("No edit for the {}: {}.", name(fix.layer), fix.summary), look);
    } else {
        line(out, &format!("Fix: {}.", fix.summary), look);
    }
    warnings(out, fix, look, false);
    if look.fix == FixLook::Commands {
        fix.guard.iter().chain(&fix.steps).for_each(|step| out.push_str(&format!("{}\n", clean(step))));
    }
    edit(out, fix, look);
    last_resort(out, fix, look);
    if !fix.steps.is_empty() && look.fix == FixLook::Diff {
        out.push_str("As commands: --fix cli. As HCL: --fix terraform\n");
    }
}

/// The same for a ticket.
pub fn gap_markdown(report: &GapReport, look: Look) -> Vec<u8> {
    let mut out = format!("## {}\n\n", text(&report.headline));
    let several = has_several_layers(report);
    if !report.blocked.is_empty() {
        let _ = write!(out, "In short: {}\n\n", codes(&report.blocked_patterns, look.verbose));
        let shown = if look.verbose { report.rows.len() } else { ROWS };
        let cells = |row: &RowReport| {
            let actions = if look.verbose { codes(&row.actions, true) } else { codes(&row.patterns, false) };
            let layer = if several { format!(" by the {}", name(row.layer)) } else { String::new() };
            let because: Vec<String> = row.because.iter().map(|one| text(one)).collect();
            vec![actions, access(row), format!("{}{layer}", row.extent), because.join("; ")]
        };
        let rows: Vec<Vec<String>> = report.rows.iter().take(shown).map(cells).collect();
        out.push_str(&table(&["Actions", "Access", "Blocked", "Because"], &rows));
        if let Some(more) = more(report, shown) {
            let _ = write!(out, "\n{more}");
        }
    }
    for (layer, patterns) in unused(report, look.verbose) {
        let _ =
            write!(out, "\nUnused: the {} allows, and no identity policy grants: {}\n", name(&layer), text(&patterns));
    }
    if let Some(fix) = report.fix.as_ref().filter(|_| look.fix != FixLook::None) {
        let what = if fix.kind == "none" { "No edit" } else { "Fix" };
        let _ = write!(out, "\n### {what} for the {}\n\n{}.\n", name(fix.layer), capital(&text(&fix.summary)));
        ticket::items(&mut out, fix.warnings.iter().map(|warning| warning.text.as_str()));
        ticket::edit(&mut out, fix, look);
    }
    ticket::items(&mut out, report.notes.iter().map(String::as_str));
    out.into_bytes()
}

fn codes(patterns: &[String], verbose: bool) -> String {
    let shown = if verbose { patterns.len() } else { PATTERNS };
    let list = patterns.iter().take(shown).map(|one| code(one)).collect::<Vec<_>>().join(" ");
    match patterns.len().checked_sub(shown) {
        Some(more) if more > 0 => format!("{list} and {more} more"),
        Some(_) | None => list,
    }
}
