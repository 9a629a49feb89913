//! Fixes for a person: what each does, its proof, what to know before, and the lines that change.

use std::fmt::Write as _;

use super::{GREEN, RED, RESET, name, wrap};
use crate::render::commands::no_use;
use crate::render::edits::listed;
use crate::render::safe::{clean, clean_in_place};
use crate::render::{FixLook, Look};
use crate::report::{FixReport, ResultReport, WarningReport};

/// How many lines of an edit are shown without `--verbose`.
const LINES: usize = 40;

/// The fixes of a result.
pub(super) fn fixes(out: &mut String, result: &ResultReport, look: Look) {
    if look.fix == FixLook::None || result.fixes.is_empty() {
        return;
    }
    let helps = helps(result);
    for (fix, (title, text)) in result.fixes.iter().zip(titles(result)) {
        out.push('\n');
        // What does without an edit comes before the edit.
        for warning in fix.warnings.iter().filter(|warning| warning.code == SETTLED) {
            paragraph(out, &format!("{}.", capital(&warning.text)), look);
        }
        paragraph(out, &format!("{title}: {text}"), look);
        warnings(out, fix, look, false);
        if fix.kind != "none" && fix.same_as.is_none() && (helps || look.verbose || look.fix != FixLook::Diff) {
            if !helps && look.fix == FixLook::Terraform {
                block(out, &format!("# {}", no_use(result)));
            }
            edit(out, fix, look);
        }
        last_resort(out, fix, look);
    }
    let has_commands = result.fixes.iter().any(|fix| !fix.steps.is_empty() && fix.same_as.is_none());
    if helps && has_commands && look.fix == FixLook::Diff {
        out.push_str(OTHER_FORMS);
    }
}

/// Whether the request passes, as far as is known, after all fixes. What stays denied for another reason is not worth
/// reading line by line.
pub(in crate::render) fn helps(result: &ResultReport) -> bool {
    result.fixes.last().is_some_and(|last| last.verified.verdict != "denied")
}

/// Of every fix its title and what it does, with the proof.
pub(in crate::render) fn titles(result: &ResultReport) -> Vec<(String, String)> {
    let edits = result.fixes.iter().filter(|fix| fix.kind != "none").count();
    let alone = if helps(result) { "" } else { ", of no use alone" };
    let mut number = 0;
    let mut title = |fix: &FixReport| {
        if fix.kind == "none" {
            return (format!("No edit for the {}", name(fix.layer)), format!("{}.", fix.summary));
        }
        number += 1;
        let title = if edits > 1 { format!("Fix {number} of {edits}") } else { "Fix".to_owned() };
        let again = if fix.same_as.is_some() { ", as above" } else { "" };
        (format!("{title}{again}{alone}"), format!("{}. {}", fix.summary, proof(fix, &result.principal.shown)))
    };
    result.fixes.iter().map(&mut title).collect()
}

/// The edits of a list of results.
pub(in crate::render) fn of_list(out: &mut String, results: &[ResultReport], look: Look) {
    if look.fix == FixLook::None {
        return;
    }
    let all = listed(results);
    for one in &all {
        out.push('\n');
        paragraph(out, &format!("{}: {}", one.title, one.text), look);
        warnings(out, one.fix, look, true);
        if one.helps || look.verbose || look.fix != FixLook::Diff {
            edit(out, one.fix, look);
        }
        last_resort(out, one.fix, look);
    }
    if look.fix == FixLook::Diff && all.iter().any(|one| one.helps && !one.fix.steps.is_empty()) {
        out.push_str(OTHER_FORMS);
    }
}

/// Where the other forms of the fixes are.
const OTHER_FORMS: &str = "As commands: --fix cli. As HCL: --fix terraform\n";

pub(in crate::render) fn paragraph(out: &mut String, text: &str, look: Look) {
    let wrapped = wrap(&clean(text), look.width, 2);
    out.push_str(wrapped.get(2..).unwrap_or(&wrapped));
}

/// What the evaluator said of the principal that asked; whom else a shared document is for, a warning says.
fn proof(fix: &FixReport, who: &str) -> String {
    match fix.verified.verdict {
        "allowed" => {
            format!("Checked: the request is then allowed, {}.", newly(fix, who))
        }
        "denied" => {
            let layers: Vec<String> = fix.verified.blocked_by.iter().map(|block| name(block.layer)).collect();
            if layers.is_empty() {
                String::new()
            } else {
                format!("Checked: still denied then by {}.", layers.join(", "))
            }
        }
        _ => {
            let depends = fix.warnings.iter().find(|warning| warning.code == "depends-on");
            let depends = depends.map_or_else(String::new, |warning| format!("; {}", warning.text));
            format!("Checked: nothing denies the request then{depends}.")
        }
    }
}

/// What else an edit allows.
pub(in crate::render) fn newly(fix: &FixReport, who: &str) -> String {
    // A list of names stands in the place of a pattern: what it lets pass of it, nobody knows yet.
    let spelled = fix.warnings.iter().any(|warning| warning.code == "pattern-spelled-out");
    let of_pattern = |entry: &String| match entry.split_once(" on ") {
        Some((action, resource)) if spelled && action.contains('*') => {
            format!("what of {action} the catalogue does not know, on {resource}")
        }
        _ => entry.clone(),
    };
    match fix.newly_allowed.iter().map(of_pattern).collect::<Vec<_>>().as_slice() {
        [] => format!("and nothing else is, for {}", who.split(" (").next().unwrap_or(who)),
        [only] => format!("and so is {only}"),
        [one, two] => format!("and so are {one} and {two}"),
        [one, two, rest @ ..] => format!("and so are {one}, {two} and {} more", rest.len()),
    }
}

/// Those that people should know before; the others with `--verbose`. `listed`: in a list of edits, where the proof says of
/// all requests together what the last edit of one says of that.
pub(in crate::render) fn shown_warnings(
    fix: &FixReport,
    verbose: bool,
    listed: bool,
) -> impl Iterator<Item = &WarningReport> {
    fix.warnings.iter().filter(move |warning| match warning.code {
        "version-limit" | "name-may-be-taken" | "role-stays-limited" => verbose,
        // The proof says it.
        "depends-on" => fix.kind == "none",
        // The title says it.
        "too-large" => false,
        "remains" => fix.kind == "none" || !listed,
        _ => true,
    })
}

pub(in crate::render) fn warnings(out: &mut String, fix: &FixReport, look: Look, listed: bool) {
    // The last resort stands behind the edit, which is what to do first.
    let shown = shown_warnings(fix, look.verbose, listed).filter(|warning| warning.code != LAST_RESORT);
    for warning in shown.filter(|warning| listed || warning.code != SETTLED) {
        let line = marked("! ", &sentence(fix, warning), look);
        if look.color && warning.code == "escalation" {
            let _ = writeln!(out, "{RED}{}{RESET}", line.trim_end());
        } else {
            out.push_str(&line);
        }
    }
}

/// The code of the warning that says how to do without the fix.
const SETTLED: &str = "settled-otherwise";

/// The code of the warning that names what is never the fix.
const LAST_RESORT: &str = "last-resort";

/// What nobody should begin with.
pub(in crate::render) fn last_resort(out: &mut String, fix: &FixReport, look: Look) {
    for warning in fix.warnings.iter().filter(|warning| warning.code == LAST_RESORT) {
        out.push_str(&marked("", &sentence(fix, warning), look));
    }
}

/// A sentence of its own, indented under its fix.
fn marked(mark: &str, text: &str, look: Look) -> String {
    let wrapped = wrap(&clean(&format!("{mark}{text}.")), look.width, 2 + mark.len());
    let indented = wrapped.get(mark.len()..).unwrap_or(&wrapped);
    indented.to_owned()
}

/// A warning as the beginning of a sentence; the name of a policy stays as it is.
pub(in crate::render) fn sentence(fix: &FixReport, warning: &WarningReport) -> String {
    let begins_with_name = fix.policy.as_deref().is_some_and(|name| warning.text.starts_with(name));
    if begins_with_name { warning.text.clone() } else { capital(&warning.text) }
}

pub(in crate::render) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(in crate::render) fn edit(out: &mut String, fix: &FixReport, look: Look) {
    let Some(edited) = &fix.edited else { return };
    match look.fix {
        FixLook::None | FixLook::Commands => {}
        FixLook::Diff => diff(out, &edited.diff, look),
        FixLook::Document => block(out, &edited.after),
        FixLook::Terraform => match &fix.terraform {
            Some(text) => block(out, text),
            None => out.push_str("  (no form in HCL)\n"),
        },
    }
}

/// A text without the indentation that it has from what it stood in: all lines but the first begin with it.
fn block(out: &mut String, text: &str) {
    let clean = clean_in_place(text).replace('\t', "    ");
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = clean.lines().skip(1).filter(|line| !line.trim().is_empty()).map(spaces).min().unwrap_or(0);
    for line in clean.lines() {
        let own = common.min(spaces(line));
        let _ = writeln!(out, "{}", line.get(own..).unwrap_or(line).trim_end_matches(' '));
    }
}

/// The changed lines of a diff with one line around them.
fn diff(out: &mut String, text: &str, look: Look) {
    let clean = clean_in_place(text).replace('\t', "    ");
    let body: Vec<&str> = clean.lines().skip_while(|line| !line.starts_with("@@")).collect();
    let is_change = |at: usize| body.get(at).is_some_and(|line| line.starts_with(['+', '-']));
    let is_near = |at: usize| is_change(at) || is_change(at + 1) || at.checked_sub(1).is_some_and(is_change);
    let kept: Vec<usize> = (0..body.len())
        .filter(|at| body.get(*at).is_some_and(|line| !line.starts_with(['@', '\\'])) && is_near(*at))
        .collect();
    let common = kept.iter().filter_map(|at| body.get(*at)).map(|line| indent(line)).min().unwrap_or(0);
    let most = if look.verbose { usize::MAX } else { LINES };
    let mut last = None;
    for at in kept.iter().take(most) {
        if last.is_some_and(|last| last + 1 != *at) {
            out.push_str("  ...\n");
        }
        last = Some(*at);
        let line = body.get(*at).copied().unwrap_or_default();
        let (mark, rest) = line.split_at_checked(1).unwrap_or((line, ""));
        let shown = format!("  {mark} {}", rest.get(common..).unwrap_or_default());
        let shown = shown.trim_end();
        let color = match mark {
            "+" => GREEN,
            "-" => RED,
            _ => "",
        };
        if look.color && !color.is_empty() {
            let _ = writeln!(out, "{color}{shown}{RESET}");
        } else {
            let _ = writeln!(out, "{shown}");
        }
    }
    if kept.len() > most {
        let _ = writeln!(out, "  ... {} more lines; all with --verbose", kept.len() - most);
    }
}

/// The spaces behind the mark of a line.
fn indent(line: &str) -> usize {
    let rest = line.get(1..).unwrap_or_default();
    rest.len() - rest.trim_start_matches(' ').len()
}
