//! The commands of all fixes as one script, and nothing else; what there is to say about them goes elsewhere.

use std::fmt::Write as _;

use super::safe::clean;
use crate::report::{FixReport, ResultReport};

/// The script: every edit once, then the commands that ask again.
pub fn commands(results: &[ResultReport]) -> Vec<u8> {
    let mut lines: Vec<&str> = Vec::new();
    let mut verify: Vec<&str> = Vec::new();
    for result in results {
        let of_it = result.fixes.iter().filter(|fix| fix.same_as.is_none());
        lines.extend(of_it.flat_map(|fix| &fix.steps).map(String::as_str));
        let helps = result.fixes.iter().any(|fix| !fix.steps.is_empty() || fix.same_as.is_some());
        if helps && !result.verify.is_empty() && !verify.contains(&result.verify.as_str()) {
            verify.push(&result.verify);
        }
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let mut script = String::new();
    for line in lines.into_iter().chain(verify) {
        let _ = writeln!(script, "{line}");
    }
    script.into_bytes()
}

/// What to know before the script is run, a line each: for standard error.
pub fn notes_on_commands(results: &[ResultReport]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for result in results {
        if result.fixes.is_empty() {
            lines.push(format!("note: no commands: {} is {}", result.action, result.verdict));
        }
        for fix in result.fixes.iter().filter(|fix| fix.same_as.is_none()) {
            lines.extend(of_fix(fix));
        }
    }
    lines.dedup();
    lines.iter().map(|line| format!("{}\n", clean(line))).collect()
}

fn of_fix(fix: &FixReport) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if fix.kind == "none" {
        lines.push(format!("note: no command: {}", fix.summary));
    }
    if let Some(why) = fix.no_command {
        lines.push(format!("note: no command for {}: {why}", fix.shown));
    }
    lines.extend(fix.warnings.iter().map(|warning| format!("warning: {}: {}", warning.code, warning.text)));
    lines
}
