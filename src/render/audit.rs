//! An audit for people: how bad it is, then the findings, the most urgent first; among them the largest gaps.

mod markdown;
mod sarif;

pub use markdown::markdown;
pub use sarif::sarif;

use std::fmt::Write as _;

use super::Look;
use super::grid::fitting;
use super::human::wrap;
use super::safe::clean;
use crate::audit::{Code, Severity};
use crate::fix::commands::quote;
use crate::report::audit::{AuditFindingReport, AuditReport, AuditedReport};

/// How many gaps, and how many findings of one kind, are shown without `--verbose`.
const SHOWN: usize = 10;
const OF_A_KIND: usize = 5;
/// How many patterns of a gap are shown in its line.
const PATTERNS: usize = 8;

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const RESET: &str = "\u{1b}[0m";

/// The whole report.
pub fn human(report: &AuditReport, look: Look) -> Vec<u8> {
    let mut out = wrap(&clean(&headline(report)), look.width, 0);
    for code in Code::ALL {
        if code == Code::Gap {
            gaps(&mut out, report, look);
        } else {
            of_a_kind(&mut out, report, code, look);
        }
    }
    rest(&mut out, report, look);
    out.into_bytes()
}

/// `findings: 2 high, 4 low; 5 principals, 3 with a gap`, and before it what is new since a baseline.
fn headline(report: &AuditReport) -> String {
    let total = report.principals.len();
    if total == 0 && report.findings.is_empty() {
        return "no principals: nothing to audit".to_owned();
    }
    let with_gap = report.principals.iter().filter(|row| row.counts.blocked > 0).count();
    let unclear = report.principals.iter().filter(|row| !row.complete).count();
    // Gaps are counted by principals.
    let others = || report.findings.iter().filter(|found| found.kind != Code::Gap);
    let count = |severity: Severity| others().filter(|found| found.weight == severity).count();
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| format!("{} {}", count(severity), severity.code()))
        .collect();
    let findings = match (parts.is_empty(), with_gap) {
        (false, _) => format!("findings: {}", parts.join(", ")),
        (true, 0) => "no findings".to_owned(),
        (true, _) => "no findings beside gaps".to_owned(),
    };
    let principals = if total == 1 { "1 principal".to_owned() } else { format!("{total} principals") };
    let gaps = if with_gap == 0 { "none with a gap".to_owned() } else { format!("{with_gap} with a gap") };
    let unclear = if unclear == 0 { String::new() } else { format!(", {unclear} not known in full") };
    let drift = report.baseline.as_ref().map_or_else(String::new, |drift| {
        format!("{} new since the baseline, {} unchanged, {} gone; ", drift.new, drift.unchanged, drift.gone)
    });
    format!("{drift}{findings}; {principals}, {gaps}{unclear}")
}

/// The patterns of a gap in one line.
fn patterns(row: &AuditedReport) -> String {
    let shown = row.blocked_patterns.iter().take(PATTERNS).cloned().collect::<Vec<_>>().join(", ");
    match row.blocked_patterns.len().checked_sub(PATTERNS) {
        Some(more) if more > 0 => format!("{shown}, … {more} more"),
        Some(_) | None => shown,
    }
}

/// The columns of gaps, and the least room of the last, with the spaces around it.
const GAP_HEAD: [&str; 5] = ["Blocked", "Granted", "Principal", "Boundary", "Blocked actions"];
const BLOCKED: usize = 24;

fn gaps(out: &mut String, report: &AuditReport, look: Look) {
    let with_gap: Vec<&AuditedReport> = report.principals.iter().filter(|row| row.counts.blocked > 0).collect();
    if with_gap.is_empty() {
        return;
    }
    let shown = if look.verbose { with_gap.len() } else { SHOWN };
    let cells = |row: &&AuditedReport| {
        let counts = [row.counts.blocked, row.counts.granted].map(|count| count.to_string());
        let names = [row.shown.clone(), row.boundary_shown.clone(), patterns(row)];
        counts.into_iter().chain(names).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = with_gap.iter().take(shown).map(cells).collect();
    out.push('\n');
    out.push_str(&wrap("Granted by identity policies, and blocked by the boundary or another ceiling:", look.width, 0));
    match fitting(&GAP_HEAD, &rows, 4, BLOCKED, look.width) {
        Some(table) => out.push_str(&table),
        None => narrow(out, &rows, look),
    }
    if with_gap.len() > shown {
        let _ = writeln!(out, " … and {} more; --verbose shows all", with_gap.len() - shown);
    }
}

/// Names and patterns over the whole line, where they have no room beside each other.
fn narrow(out: &mut String, rows: &[Vec<String>], look: Look) {
    let head = GAP_HEAD.map(str::to_owned).to_vec();
    for row in std::iter::once(&head).chain(rows) {
        let [blocked, granted, principal, boundary, patterns] = row.as_slice() else { continue };
        let text = wrap(&clean(&format!("{principal}, {boundary}")), look.width, 19);
        let _ = write!(out, " {blocked:<9}{granted:<9}{}", text.trim_start());
        out.push_str(&wrap(&clean(patterns), look.width, 19));
    }
}

fn of_a_kind(out: &mut String, report: &AuditReport, code: Code, look: Look) {
    let all: Vec<&AuditFindingReport> = report.findings.iter().filter(|found| found.kind == code).collect();
    let Some(worst) = all.iter().map(|found| found.weight).max() else { return };
    let count = if all.len() == 1 { String::new() } else { format!(" ({})", all.len()) };
    let title = format!("{}  {}: {}{count}", worst.code(), code.code(), code.title());
    let title = wrap(&title, look.width, 0);
    out.push('\n');
    match (look.color, worst) {
        (true, Severity::High) => {
            out.push_str(&title.replacen(worst.code(), &format!("{RED}{}{RESET}", worst.code()), 1))
        }
        (true, Severity::Medium) => {
            out.push_str(&title.replacen(worst.code(), &format!("{YELLOW}{}{RESET}", worst.code()), 1));
        }
        (true | false, _) => out.push_str(&title),
    }
    let shown = if look.verbose { all.len() } else { OF_A_KIND };
    for found in all.iter().take(shown) {
        let lines = wrap(&clean(&line(found, worst)), look.width, 4);
        // The mark stands where the indent is.
        let mark = if found.baseline == Some("new") { "  + " } else { "  - " };
        out.push_str(mark);
        out.push_str(lines.get(4..).unwrap_or(&lines));
    }
    if all.len() > shown {
        let _ = writeln!(out, "    … and {} more; --verbose shows all", all.len() - shown);
    }
    if worst >= Severity::Low {
        out.push_str(&wrap(&format!("To do: {}", code.advice()), look.width, 4));
    }
}

/// One finding: about whom, what, where.
fn line(found: &AuditFindingReport, worst: Severity) -> String {
    let mut line = String::new();
    if found.weight != worst {
        let _ = write!(line, "[{}] ", found.severity);
    }
    if let Some(principal) = &found.principal_shown {
        let _ = write!(line, "{principal}: ");
    }
    line.push_str(&found.text);
    match (&found.file, found.file_line, &found.policy, found.line) {
        (Some(file), Some(at), ..) => {
            let _ = write!(line, " ({file}:{at})");
        }
        (_, _, Some(policy), Some(at)) => {
            let _ = write!(line, " ({policy}, line {at})");
        }
        _ => {}
    }
    line
}

/// What was not read, and how to go on.
fn rest(out: &mut String, report: &AuditReport, look: Look) {
    let incomplete = report.principals.iter().filter(|row| !row.complete).count();
    if incomplete > 0 {
        let who = if incomplete == 1 { "1 principal".to_owned() } else { format!("{incomplete} principals") };
        let text =
            format!("Not known: of {who} some identity policies or the boundary could not be read or understood");
        let _ = write!(out, "\n{}", wrap(&text, look.width, 0));
        let shown = if look.verbose { report.unread.len() } else { OF_A_KIND };
        for lack in report.unread.iter().take(shown) {
            let policy = lack.policy.as_deref().map_or_else(String::new, |policy| format!(": {policy}"));
            let text = format!("{}, {}{policy} ({}, {})", lack.principal, lack.layer, lack.operation, lack.reason);
            out.push_str(&wrap(&clean(&text), look.width, 4));
        }
        if report.unread.len() > shown {
            let _ = writeln!(out, "    … and {} more; --verbose shows all", report.unread.len() - shown);
        }
    }
    let first =
        report.principals.first().filter(|row| row.counts.blocked > 0 && row.arn.is_some() && report.source != "plan");
    if let Some(row) = first {
        let command = format!("diagnose gap {} {}{}", row.flag, quote(&row.name), report.source_again);
        let _ = writeln!(out, "\nNext: {}", clean(&command));
    }
}
