//! For a person in a terminal: the first line answers, the rest proves it.

pub(super) mod fixes;

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::Look;
use super::grid::grid;
use super::safe::clean;
use super::snippet::snippet;
use crate::report::{LayerReport, Report, ResultReport, StatementReport};

pub(super) const RED: &str = "\u{1b}[1;31m";
pub(super) const GREEN: &str = "\u{1b}[1;32m";
pub(super) const YELLOW: &str = "\u{1b}[1;33m";
pub(super) const RESET: &str = "\u{1b}[0m";

/// How many arrows are drawn for one layer without `--verbose`.
const ARROWS: usize = 2;

/// The whole report.
pub fn human(report: &Report, look: Look) -> Vec<u8> {
    if report.results.len() > IN_FULL && !look.verbose {
        return list(&report.results, look).into_bytes();
    }
    let results: Vec<String> = report.results.iter().map(|result| one(result, look)).collect();
    results.join("\n").into_bytes()
}

/// How many results are shown in full without `--verbose`; more become a list.
pub(super) const IN_FULL: usize = 5;

/// The head of the column of reasons, and the least room that it gets, with the spaces around it.
const BECAUSE: &str = "Because of";
const REASON: usize = 24;

/// A list of results, a line each.
pub(super) struct List {
    /// `7 requests, for role MyRole (account 123456789012)`.
    pub(super) title: String,
    /// The columns that say something here.
    pub(super) head: Vec<String>,
    /// A row a result.
    pub(super) rows: Vec<Vec<String>>,
    /// What to know of them.
    pub(super) notes: Vec<String>,
    /// How many were allowed and how many not.
    pub(super) count: String,
}

/// One line a result, with a count.
pub(super) fn rows(results: &[ResultReport]) -> List {
    let first = results.first().map(|result| result.principal.shown.as_str()).unwrap_or_default();
    let one_principal = results.iter().all(|result| result.principal.shown == first);
    let counted = results.iter().any(|result| result.count.is_some_and(|count| count > 1));
    let resource = results.first().map(|result| result.resource.as_str()).unwrap_or_default();
    let one_resource = results.iter().all(|result| result.resource == resource);
    // The resource, which may be long, stands last: it pushes nothing away.
    let columns = |cells: [&str; 6]| {
        let [count, verdict, action, because, principal, resource] = cells;
        let shown = [
            (counted, count),
            (true, verdict),
            (true, action),
            (true, because),
            (!one_principal, principal),
            (!one_resource, resource),
        ];
        shown.into_iter().filter(|(shown, _)| *shown).map(|(_, cell)| cell.to_owned()).collect::<Vec<_>>()
    };
    let row = |result: &ResultReport| {
        let blocked: Vec<String> =
            result.blocked_by.iter().map(|block| format!("{} ({})", name(block.layer), block.deny)).collect();
        let open: Vec<&str> = result.depends_on.iter().map(|dependency| dependency.key.as_str()).collect();
        let because = if blocked.is_empty() { open.join(", ") } else { blocked.join(", ") };
        let count = result.count.map_or_else(String::new, |count| count.to_string());
        let principal = &result.principal.shown;
        columns([&count, result.verdict, &result.action, &because, principal, &result.resource])
    };
    let mut notes: Vec<String> = Vec::new();
    for caveat in results.iter().flat_map(|result| &result.caveats) {
        let names_action = matches!(caveat.code.as_str(), "unknown-action" | "operation-named" | "needs-no-permission");
        if names_action && !notes.contains(&caveat.text) {
            notes.push(caveat.text.clone());
        }
    }
    let mismatch = |result: &&ResultReport| result.caveats.iter().any(|caveat| caveat.code == "resource-type-mismatch");
    let mismatches = results.iter().filter(mismatch).count();
    if mismatches > 0 {
        notes.push(format!("{mismatches} of them do not take such a resource, by AWS's reference"));
    }
    let count = |verdict: &str| results.iter().filter(|result| result.verdict == verdict).count();
    let whereon = results.first().filter(|_| one_resource).map_or_else(String::new, |one| format!(" on {}", on(one)));
    let whom = if one_principal { first } else { "several principals" };
    List {
        title: format!("{} requests{whereon}, for {whom}", results.len()),
        head: columns(["Times", "Verdict", "Action", BECAUSE, "Principal", "Resource"]),
        rows: results.iter().map(row).collect(),
        notes,
        count: format!(
            "{} denied, {} undetermined, {} allowed. For the reasons ask for one, or add --verbose",
            count("denied"),
            count("undetermined"),
            count("allowed")
        ),
    }
}

fn list(results: &[ResultReport], look: Look) -> String {
    let list = rows(results);
    let because = list.head.iter().position(|name| *name == BECAUSE).unwrap_or_default();
    // Lines may grow wider than the terminal: actions and ARNs stay whole, so that they can be copied.
    let head: Vec<&str> = list.head.iter().map(String::as_str).collect();
    let (table, _) = grid(&head, &list.rows, because, REASON, look.width);
    let mut out = wrap(&clean(&list.title), look.width, 0);
    let _ = write!(out, "\n{table}");
    for note in &list.notes {
        fixes::paragraph(&mut out, &format!("Note: {}", note), look);
    }
    out.push('\n');
    out.push_str(&wrap(&list.count, look.width, 0));
    fixes::of_list(&mut out, results, look);
    out
}

fn one(result: &ResultReport, look: Look) -> String {
    let mut out = headline(result, look);
    out.push('\n');
    table(&mut out, result, look);
    arrows(&mut out, result, look);
    notes(&mut out, result, look);
    fixes::fixes(&mut out, result, look);
    out
}

fn headline(result: &ResultReport, look: Look) -> String {
    let color = match result.verdict {
        "allowed" => GREEN,
        "denied" => RED,
        _ => YELLOW,
    };
    let verdict = if look.color { format!("{color}{}{RESET}", result.verdict) } else { result.verdict.to_owned() };
    let indent = result.verdict.len() + 2;
    let question = format!("{} on {}, for {}", result.action, on(result), result.principal.shown);
    let question = wrap(&clean(&question), look.width, indent);
    let sentence = wrap(&clean(&result.explanation), look.width, indent);
    format!("{verdict}  {}{sentence}", question.trim_start())
}

/// What it was asked about.
pub(super) fn on(result: &ResultReport) -> String {
    match (result.any_resource, result.resource.as_str()) {
        (true, "*") => "any resource".to_owned(),
        (true, pattern) => format!("every {pattern}"),
        (false, exact) => exact.to_owned(),
    }
}

/// Breaks at spaces, every line indented; words longer than a line stay whole, so that ARNs can be copied.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.width();
        if used == 0 || used + 1 + length > room {
            if used != 0 {
                out.push('\n');
            }
            out.push_str(&" ".repeat(indent));
            used = 0;
        } else {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.push('\n');
    out
}

fn table(out: &mut String, result: &ResultReport, look: Look) {
    let (rows, silent) = layer_rows(result);
    out.push_str(&grid(&LAYER_HEAD, &rows, 2, DECIDED, look.width).0);
    if !silent.is_empty() {
        out.push_str(&wrap(&format!("not checked: {}", silent.join(", ")), look.width, 1));
    }
}

/// The columns of the table of layers, and the least room of the last, with the spaces around it.
pub(super) const LAYER_HEAD: [&str; 3] = ["Layer", "Outcome", "Decided by"];
const DECIDED: usize = 20;

/// The rows of the table of layers, and the layers that were not checked, of which there is no more to say.
pub(super) fn layer_rows(result: &ResultReport) -> (Vec<Vec<String>>, Vec<String>) {
    let (mut rows, mut silent) = (Vec::new(), Vec::new());
    for layer in shown_order(&result.layers) {
        let counts = matches!(layer.layer, "identity" | "boundary");
        match (layer.outcome, layer.decided_by.is_empty()) {
            ("not-checked", true) if !counts => silent.push(name(layer.layer)),
            ("not-applicable", _) if !counts => {}
            _ => rows.push(vec![name(layer.layer), words(layer.outcome), layer.decided_by.clone()]),
        }
    }
    (rows, silent)
}

/// Identity first, as people think of it; then the boundary, then the rest.
fn shown_order(layers: &[LayerReport]) -> impl Iterator<Item = &LayerReport> {
    let rank = |layer: &LayerReport| match layer.layer {
        "identity" => 0,
        "boundary" => 1,
        _ => 2,
    };
    let mut order: Vec<&LayerReport> = layers.iter().collect();
    order.sort_by_key(|layer| rank(layer));
    order.into_iter()
}

pub(super) fn name(layer: &str) -> String {
    match layer {
        "identity" => "identity policies".to_owned(),
        "boundary" => "permissions boundary".to_owned(),
        "session" => "session policies".to_owned(),
        "resource" => "resource policy".to_owned(),
        "trust" => "trust policy".to_owned(),
        "vpc-endpoint" => "VPC endpoint policy".to_owned(),
        other => other.to_uppercase(),
    }
}

fn words(outcome: &str) -> String {
    outcome.replace('-', " ")
}

/// Arrows into the documents: of the layers that block or leave it open, or of all with `--verbose`.
fn arrows(out: &mut String, result: &ResultReport, look: Look) {
    for found in pointed_at(result, look.verbose) {
        arrow(out, found, look);
    }
}

/// The statements that are shown in their documents.
pub(super) fn pointed_at(result: &ResultReport, verbose: bool) -> Vec<&StatementReport> {
    let mut all = Vec::new();
    for layer in shown_order(&result.layers) {
        let matters = match result.verdict {
            "denied" => result.blocked_by.iter().any(|block| block.layer == layer.layer),
            "allowed" => false,
            _ => layer.outcome == "undetermined",
        };
        let shown = layer.statements.iter().filter(|found| verbose || (matters && found.relevance != "other"));
        all.extend(shown.take(if verbose { usize::MAX } else { ARROWS }));
    }
    all
}

fn arrow(out: &mut String, found: &StatementReport, look: Look) {
    let mut title = clean(&found.policy_shown).into_owned();
    if let Some(arn) = &found.policy_arn {
        let _ = write!(title, ", {}", clean(arn));
    }
    let _ = write!(title, ", Statement[{}]{}", found.index, clean(&found.sid_shown));
    out.push('\n');
    out.push_str(&wrap(&title, look.width, 0));
    if let Some(place) = &found.snippet {
        let _ = writeln!(out, "{}", snippet(place, look).trim_end());
    }
    if look.verbose {
        for why in &found.why {
            let wrapped = wrap(&clean(&format!("{}: {}", why.element, why.detail)), look.width, 4);
            out.push_str(wrapped.get(2..).unwrap_or(&wrapped));
        }
        let _ = writeln!(out, "  applies: {}", found.applies);
    }
}

/// What would settle it, what was assumed, what was not checked.
pub(super) fn note_lines(result: &ResultReport, verbose: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(count) = result.count.filter(|count| *count > 1) {
        lines.push(format!("Note: the message holds this denial {count} times"));
    }
    for dependency in &result.depends_on {
        let flag = match dependency.key.as_str() {
            "resource" => "--resource ARN".to_owned(),
            "action" => "--action SERVICE:NAME".to_owned(),
            "principal" => "--principal ARN".to_owned(),
            key if key.contains(' ') => format!("--context '{key}=VALUE'"),
            key => format!("--context {key}=VALUE"),
        };
        let subject = match dependency.key.as_str() {
            "resource" | "action" | "principal" => format!("the {}", dependency.key),
            key => key.to_owned(),
        };
        lines.push(format!("Depends on {subject}: {}. Settle it with {flag}", dependency.allowed_when));
    }
    for layer in &result.layers {
        let flag = match layer.layer {
            "identity" => "--identity-policy FILE",
            "boundary" => "--boundary FILE",
            _ => continue,
        };
        if result.verdict == "undetermined" && layer.outcome == "undetermined" && layer.reason.is_some() {
            let name = name(layer.layer);
            lines.push(if layer.may_pass {
                format!("Settle it by asking again in a while, for the {name} could not be read now, or with {flag}")
            } else {
                format!("Settle it with credentials that may read the {name}, or with {flag}")
            });
        }
    }
    for found in &result.assumptions {
        let value = found.value.as_ref().map_or("is missing".to_owned(), |value| format!("= {value}"));
        let verb = if found.assumed { "Assumed" } else { "Derived" };
        lines.push(format!("{verb}: {} {value} ({})", found.key, found.because));
    }
    for caveat in &result.caveats {
        if verbose || caveat.is_loud {
            lines.push(format!("Note: {}", caveat.text));
        }
    }
    lines
}

fn notes(out: &mut String, result: &ResultReport, look: Look) {
    let lines = note_lines(result, look.verbose);
    if !lines.is_empty() {
        out.push('\n');
    }
    for line in lines {
        let wrapped = wrap(&clean(&line), look.width, 2);
        out.push_str(wrapped.get(2..).unwrap_or(&wrapped));
    }
}
