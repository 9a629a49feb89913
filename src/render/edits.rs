//! The edits of many results: each once, with what it comes to for all that need it; then what no edit helps.

use super::human::fixes::{helps, newly};
use super::human::name;
use crate::report::{FixReport, ResultReport};

/// An edit, or that there is none for a layer.
pub(super) struct Listed<'a> {
    /// The fix where it stands first.
    pub(super) fix: &'a FixReport,
    /// A heading.
    pub(super) title: String,
    /// What it does, or what to do instead, with the proof.
    pub(super) text: String,
    /// Whether any request that needs it passes, as far as is known, after all edits.
    pub(super) helps: bool,
}

/// Every edit of the results, then every layer that is left as it is, each once.
pub(super) fn listed(results: &[ResultReport]) -> Vec<Listed<'_>> {
    let mut edits = Vec::new();
    let mut left: Vec<Listed<'_>> = Vec::new();
    for (number, result) in results.iter().enumerate() {
        for (place, fix) in result.fixes.iter().enumerate().filter(|(_, fix)| fix.same_as.is_none()) {
            if fix.kind != "none" {
                edits.push(edit(fix, &needing(results, (number, place))));
            } else if !left.iter().any(|one| one.fix.layer == fix.layer && one.fix.summary == fix.summary) {
                let title = format!("No edit for the {}, for {}", name(fix.layer), result.action);
                left.push(Listed { fix, title, text: format!("{}.", fix.summary), helps: false });
            }
        }
    }
    edits.extend(left);
    edits
}

/// The results that need the edit that stands first at this place.
fn needing(results: &[ResultReport], at: (usize, usize)) -> Vec<&ResultReport> {
    let is_it = |number: usize, place: usize, fix: &FixReport| {
        fix.same_as.map_or((number, place) == at, |same| (same.result, same.fix) == at)
    };
    let needs = |(number, result): &(usize, &ResultReport)| {
        result.fixes.iter().enumerate().any(|(place, fix)| is_it(*number, place, fix))
    };
    results.iter().enumerate().filter(needs).map(|(_, result)| result).collect()
}

fn edit<'a>(fix: &'a FixReport, needing: &[&ResultReport]) -> Listed<'a> {
    let helps = needing.iter().any(|result| helps(result));
    let title = if fix.apart {
        "To be decided on its own"
    } else if helps {
        "Fix for those that need it"
    } else {
        "Fix, of no use alone"
    };
    let text = format!("{}. Checked: {}.", fix.summary, proof(fix, needing));
    Listed { fix, title: title.to_owned(), text, helps }
}

/// What the evaluator said of all that need the edit, with every other edit in place.
fn proof(fix: &FixReport, needing: &[&ResultReport]) -> String {
    let ending = |verdict: &str| -> Vec<&ResultReport> {
        let ends = |result: &&ResultReport| result.fixes.last().is_some_and(|last| last.verified.verdict == verdict);
        needing.iter().copied().filter(ends).collect()
    };
    let (passing, open, stopped) = (ending("allowed"), ending("undetermined"), ending("denied"));
    let mut parts: Vec<String> = Vec::new();
    if !passing.is_empty() {
        let edits = |result: &&ResultReport| result.fixes.iter().filter(|fix| fix.kind != "none").count();
        let others = if passing.iter().any(|result| edits(result) > 1) { ", with the other fixes" } else { "" };
        let (those, is) = (those(passing.len(), needing.len(), true), if passing.len() == 1 { "is" } else { "are" });
        parts.push(format!("{those} {is} then allowed{others}, {}", newly(fix, &who(needing))));
    }
    if !open.is_empty() {
        let those = those(open.len(), needing.len(), parts.is_empty());
        parts.push(format!("nothing denies {those} then{}", depending(&open)));
    }
    if !stopped.is_empty() {
        let (those, stays) =
            (those(stopped.len(), needing.len(), parts.is_empty()), if stopped.len() == 1 { "stays" } else { "stay" });
        parts.push(format!("{those} {stays} denied{}", by(&stopped)));
    }
    parts.join("; ")
}

/// `the request`, `the 6 requests that need it`, `4 of the 6 requests that need it`; where that was said before, `2`.
fn those(some: usize, all: usize, first: bool) -> String {
    match (some, all) {
        (_, 1) => "the request".to_owned(),
        (some, all) if some == all => format!("the {all} requests that need it"),
        (some, all) if first => format!("{some} of the {all} requests that need it"),
        (some, _) => some.to_string(),
    }
}

fn who(needing: &[&ResultReport]) -> String {
    let mut all = needing.iter().map(|result| result.principal.shown.as_str());
    let first = all.next().unwrap_or_default();
    if all.all(|other| other == first) { first.to_owned() } else { "those who asked".to_owned() }
}

/// What the answers depend on, where that is the same for all.
fn depending(open: &[&ResultReport]) -> String {
    let of = |result: &&ResultReport| {
        let last = result.fixes.last()?;
        last.warnings.iter().find(|warning| warning.code == "depends-on").map(|warning| warning.text.clone())
    };
    let mut all = open.iter().map(of);
    let first = all.next().flatten().filter(|first| all.all(|other| other.as_ref() == Some(first)));
    let each = if open.len() > 1 { "of each, " } else { "" };
    first.map_or_else(String::new, |text| format!("; {each}{text}"))
}

/// The layers that still block any of them.
fn by(stopped: &[&ResultReport]) -> String {
    let mut names: Vec<String> = Vec::new();
    let last = stopped.iter().filter_map(|result| result.fixes.last());
    for block in last.flat_map(|last| &last.verified.blocked_by) {
        let name = name(block.layer);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { String::new() } else { format!(" by {}", names.join(", ")) }
}
