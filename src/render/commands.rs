//! The commands of all fixes as one script, and nothing else; what there is to say about them goes elsewhere, but for what
//! would make them harm or mislead if it were not read: that they are not all that is needed, and whose credentials they need.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::human::fixes::helps;
use super::human::{IN_FULL, on};
use super::safe::clean;
use crate::report::{FixReport, ResultReport};

/// The commands that need the same credentials.
struct Part<'a> {
    credentials: &'a str,
    guard: &'a [String],
    lines: Vec<&'a str>,
}

/// The script: every edit once, by whose credentials it needs, then the commands that ask again.
/// What has to be decided on its own is no part of it.
pub fn commands(results: &[ResultReport]) -> Vec<u8> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let (mut verify, mut foreign): (Vec<&str>, bool) = (Vec::new(), false);
    for result in results {
        for fix in result.fixes.iter().filter(|fix| fix.same_as.is_none() && !fix.apart && !fix.steps.is_empty()) {
            foreign |= fix.account.as_ref().is_some_and(|account| Some(account) != result.principal.account.as_ref());
            let lines = fix.steps.iter().map(String::as_str);
            match parts.iter_mut().find(|part| part.credentials == fix.credentials) {
                Some(part) => part.lines.extend(lines),
                None => parts.push(Part { credentials: &fix.credentials, guard: &fix.guard, lines: lines.collect() }),
            }
        }
        if has_part(result) && !result.verify.is_empty() && !verify.contains(&result.verify.as_str()) {
            verify.push(&result.verify);
        }
    }
    if parts.is_empty() {
        return Vec::new();
    }
    let mut script: String = results.iter().filter_map(of_no_use).collect();
    if parts.len() > 1 {
        script.push_str(&comment("not to be run at once: each part needs the credentials of another account"));
    }
    let has_titles = foreign || parts.len() > 1;
    for part in &parts {
        if has_titles || !part.guard.is_empty() {
            script.push_str(&comment(&format!("with credentials of {}:", part.credentials)));
        }
        part.guard.iter().for_each(|line| line_of(&mut script, line));
        part.lines.iter().for_each(|line| line_of(&mut script, line));
    }
    if has_titles && !verify.is_empty() {
        script.push_str(&comment("then ask again, with the credentials that this was asked with:"));
    }
    verify.iter().for_each(|line| line_of(&mut script, line));
    script.into_bytes()
}

fn line_of(script: &mut String, line: &str) {
    let _ = writeln!(script, "{line}");
}

/// Whether some command is for this question.
fn has_part(result: &ResultReport) -> bool {
    result.fixes.iter().any(|fix| !fix.apart && (!fix.steps.is_empty() || fix.same_as.is_some()))
}

/// That a question stays denied after all of its commands, and what remains.
fn of_no_use(result: &ResultReport) -> Option<String> {
    if helps(result) || !has_part(result) {
        return None;
    }
    Some(comment(&no_use(result)))
}

/// `of no use alone for s3:GetObject on …: the request stays denied by …`.
pub(in crate::render) fn no_use(result: &ResultReport) -> String {
    let remains = result.fixes.last().and_then(|fix| fix.warnings.iter().find(|warning| warning.code == "remains"));
    let remains = remains.map_or_else(String::new, |warning| format!(": {}", warning.text));
    format!("of no use alone for {} on {}{remains}", result.action, on(result))
}

/// A line that no shell reads anything into, whatever stands in it: one that is pasted is not a comment to every shell.
///
/// Source: zsh manual, "Comments" (`INTERACTIVE_COMMENTS` is not set).
fn comment(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || " _@%+:,.-/*?".contains(letter);
    let text = text.replace(" (", ", ").replace([')', '\''], "");
    let plain: String = text.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    format!("# {plain}\n")
}

/// What to know before the script is run, a line each: for standard error.
pub fn notes_on_commands(results: &[ResultReport]) -> String {
    let without: Vec<&ResultReport> = results.iter().filter(|result| result.fixes.is_empty()).collect();
    let mut lines: Vec<String> = match without.as_slice() {
        few if few.len() <= IN_FULL => {
            few.iter().map(|result| format!("note: no commands: {} is {}", result.action, result.verdict)).collect()
        }
        many => vec![format!("note: no commands for {} requests, which no edit of a policy is to change", many.len())],
    };
    lines.extend(results.iter().flat_map(of_result));
    told(lines)
}

/// As [`notes_on_commands`], where nobody asked for each of the results: only of those that have fixes.
pub fn notes_on_fixes(results: &[ResultReport]) -> String {
    told(results.iter().flat_map(of_result).collect())
}

/// Each line once.
fn told(mut lines: Vec<String>) -> String {
    let mut said = HashSet::new();
    lines.retain(|line| said.insert(line.clone()));
    lines.iter().map(|line| format!("{}\n", clean(line))).collect()
}

fn of_result(result: &ResultReport) -> impl Iterator<Item = String> {
    let edits = result.fixes.iter().filter(|fix| fix.same_as.is_none());
    edits.flat_map(|fix| {
        let apart = fix.apart && !fix.steps.is_empty();
        let left_out = apart.then(|| {
            let again = if result.verify.is_empty() {
                String::new()
            } else {
                format!("; its commands: {} --fix cli", result.verify)
            };
            format!("note: left out of the script, to be decided on its own: {}{again}", fix.summary)
        });
        left_out.into_iter().chain(of_fix(fix))
    })
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

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn nothing_in_a_comment_is_run() {
        let hostile = "x\n$(id) `id` 'a (e:id:) =(id) <(id) ~ !1 ; id & | \u{202e}";
        let line = comment(hostile);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains(['$', '`', '\'', '(', ')', '<', ';', '&', '|', '!', '~', '=', '\u{202e}']), "{line}");
        assert_eq!(comment("the organization (management account 9)"), "# the organization, management account 9\n");
    }
}
