//! An audit in Markdown.

use std::fmt::Write as _;

use super::{OF_A_KIND, SHOWN, headline, patterns};
use crate::audit::Code;
use crate::render::markdown::{code, table, text};
use crate::report::audit::{AuditFindingReport, AuditReport, AuditedReport};

/// The whole report; `verbose`: however many there are.
pub fn markdown(report: &AuditReport, verbose: bool) -> Vec<u8> {
    let mut out = format!("## IAM audit\n\n{}\n", text(&headline(report)));
    for kind in Code::ALL {
        if kind == Code::Gap {
            gaps(&mut out, report, verbose);
        } else {
            of_a_kind(&mut out, report, kind, verbose);
        }
    }
    if !report.unread.is_empty() {
        let shown = if verbose { report.unread.len() } else { OF_A_KIND };
        out.push_str("\n### Not read\n\n");
        for lack in report.unread.iter().take(shown) {
            let policy = lack.policy.as_deref().map_or_else(String::new, |policy| format!(", {}", code(policy)));
            let (operation, reason) = (text(&lack.operation), text(&lack.reason));
            let _ = writeln!(out, "- {}, {}{policy} ({operation}, {reason})", code(&lack.principal), lack.layer);
        }
        more(&mut out, report.unread.len(), shown);
    }
    out.into_bytes()
}

/// The largest gaps.
fn gaps(out: &mut String, report: &AuditReport, verbose: bool) {
    let with_gap: Vec<&AuditedReport> = report.principals.iter().filter(|row| row.counts.blocked > 0).collect();
    if with_gap.is_empty() {
        return;
    }
    let shown = if verbose { with_gap.len() } else { SHOWN };
    let row = |row: &&AuditedReport| {
        let counts = row.counts;
        let principal = row.arn.as_deref().or(row.address.as_deref()).unwrap_or_default();
        let boundary = row.boundary.as_deref().map_or_else(|| text(&row.boundary_shown), code);
        vec![counts.blocked.to_string(), counts.granted.to_string(), code(principal), boundary, code(&patterns(row))]
    };
    let rows: Vec<Vec<String>> = with_gap.iter().take(shown).map(row).collect();
    let head = ["Blocked", "Granted", "Principal", "Boundary", "Blocked actions"];
    let _ = write!(out, "\n### Gaps\n\n{}", table(&head, &rows));
    more(out, with_gap.len(), shown);
}

/// The findings of one kind.
fn of_a_kind(out: &mut String, report: &AuditReport, kind: Code, verbose: bool) {
    let all: Vec<&AuditFindingReport> = report.findings.iter().filter(|found| found.kind == kind).collect();
    if all.is_empty() {
        return;
    }
    let shown = if verbose { all.len() } else { SHOWN };
    let rows: Vec<Vec<String>> = all.iter().take(shown).map(|found| row(found, report.baseline.is_some())).collect();
    let mut head = vec!["Severity", "Principal", "Policy", "Finding"];
    if report.baseline.is_some() {
        head.push("Baseline");
    }
    let _ = write!(
        out,
        "\n### {}\n\n{}\n\n{}",
        kind.code(),
        text(&format!("{}. {}", kind.title(), kind.advice())),
        table(&head, &rows)
    );
    more(out, all.len(), shown);
}

fn more(out: &mut String, count: usize, shown: usize) {
    if count > shown {
        let _ = writeln!(out, "\n… and {} more", count - shown);
    }
}

fn row(found: &AuditFindingReport, drift: bool) -> Vec<String> {
    let or_nothing = |name: &Option<String>| name.as_deref().map(code).unwrap_or_default();
    let policy = or_nothing(if found.policy_arn.is_some() { &found.policy_arn } else { &found.policy });
    let line = found.line.map_or_else(String::new, |line| format!(", line {line}"));
    let mut cells =
        vec![found.severity.to_owned(), or_nothing(&found.principal), format!("{policy}{line}"), text(&found.text)];
    if drift {
        cells.push(found.baseline.unwrap_or_default().to_owned());
    }
    cells
}
