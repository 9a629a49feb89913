//! From questions to answers, and from answers to bytes.

use std::io::IsTerminal as _;

use super::ask::{Question, Subjects};
use super::policies::Policies;
use super::{Exit, Failure, code};
use crate::cli::{ColorChoice, DiagnoseArgs, Format, OutputArgs};
use crate::confront::confront;
use crate::derive;
use crate::eval::{Verdict, evaluate};
use crate::explain::{Caveat, explain};
use crate::render::{self, Look, clean};
use crate::report::{Answer, FindingReport, MessageReport, ResultReport, UnreadReport, report, result};
use crate::request::Request;
use crate::snapshot::{Layer, Snapshot};

/// The answers to all requests of a question.
pub(super) fn answers(
    question: &Question,
    policies: &mut Policies<'_>,
    args: &DiagnoseArgs,
) -> Result<Vec<ResultReport>, Failure> {
    let subjects = Subjects::of(&question.requests, &question.given);
    let snapshot = policies.of(question.principal.as_ref(), &subjects, question.denial.is_some())?;
    let mut asked: Vec<Request> = Vec::new();
    for (action, resource) in &question.requests {
        let (action, resource) = (action.clone(), resource.clone());
        let request = derive::request(&question.given, action, resource, question.exact, &snapshot);
        // An action that takes no resource is one question, whatever resources were named.
        let is_same =
            |one: &Request| one.action.lower == request.action.lower && one.resource.text() == request.resource.text();
        if !asked.iter().rev().take_while(|one| one.action.lower == request.action.lower).any(is_same) {
            asked.push(request);
        }
    }
    Ok(asked.iter().map(|request| answer(request, question, &snapshot, args.output.verbose)).collect())
}

fn answer(request: &Request, question: &Question, snapshot: &Snapshot, verbose: bool) -> ResultReport {
    let denial = question.denial.as_ref();
    let mut decision = evaluate(request, snapshot);
    let differences = denial.map(|denial| confront(&mut decision, denial, request)).unwrap_or_default();
    let mut explanation = explain(&decision, request, verbose);
    if denial.is_some() && decision.verdict == Verdict::Denied {
        // AWS denied it with those in place.
        let could_allow = |caveat: &Caveat| matches!(caveat, Caveat::NotChecked(Layer::Resource | Layer::Trust));
        explanation.caveats.retain(|caveat| !could_allow(caveat));
    }
    let differences = if question.is_another { Vec::new() } else { differences };
    explanation.caveats.splice(..0, differences.into_iter().map(Caveat::Differs));
    result(&Answer { request, snapshot, denial, decision: &decision, explanation: &explanation })
}

/// The bytes and the exit code of some results.
pub(super) fn finish(
    snapshots: Vec<&Snapshot>,
    message: Option<MessageReport>,
    results: Vec<ResultReport>,
    output: &OutputArgs,
) -> Exit {
    let code = if output.exit_zero { code::ALLOWED } else { worst(&results) };
    if output.quiet {
        return Exit { code, ..Exit::default() };
    }
    let report = report(&snapshots, message, results);
    let stdout = match output.output {
        Format::Json => render::json(&report),
        Format::Jsonl => render::jsonl(&report.results),
        Format::Human => render::human(&report, look(output)),
    };
    // One JSON object has a place for them; the others have not.
    let stderr = match output.output {
        Format::Json => String::new(),
        Format::Human => warnings(&report.findings),
        Format::Jsonl => warnings(&report.findings) + &not_read(&report.unread),
    };
    Exit { code, stdout, stderr }
}

/// The exit code of several results: the worst, a denial before an open question.
fn worst(results: &[ResultReport]) -> u8 {
    let any = |verdict: Verdict| results.iter().any(|result| result.verdict == verdict.code());
    if any(Verdict::Denied) {
        code::DENIED
    } else if any(Verdict::Undetermined) {
        code::UNDETERMINED
    } else {
        code::ALLOWED
    }
}

fn warnings(findings: &[FindingReport]) -> String {
    let line = |found: &FindingReport| format!("warning: {}: {}\n", clean(&found.place_shown), clean(&found.text));
    findings.iter().map(line).collect()
}

fn not_read(unread: &[UnreadReport]) -> String {
    let line = |one: &UnreadReport| format!("warning: not read: {} ({}, {})\n", one.layer, one.operation, one.reason);
    unread.iter().map(line).map(|line| clean(line.trim_end()).into_owned() + "\n").collect()
}

/// The columns of a terminal, and of a file or pipe.
const WIDTH: usize = 100;

fn look(output: &OutputArgs) -> Look {
    let terminal = std::io::stdout().is_terminal();
    // no-color.org: whatever the value, if there is one.
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let color = match output.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => !no_color && (terminal || forced),
    };
    let width = terminal_size::terminal_size().filter(|_| terminal).map_or(WIDTH, |(width, _)| usize::from(width.0));
    Look { width: width.clamp(40, 160), color, verbose: output.verbose }
}
