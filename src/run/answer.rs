//! From questions to answers, and from answers to bytes.

use std::io::IsTerminal as _;
use std::rc::Rc;

use super::ask::{Question, Subjects};
use super::policies::Policies;
use super::{Exit, Failure, again, code};
use crate::cli::{ColorChoice, DiagnoseArgs, FixFormat, Format, OutputArgs, SourceArgs};
use crate::confront::{Difference, confront};
use crate::derive;
use crate::eval::{Decision, Verdict, evaluate};
use crate::expect::Expected;
use crate::explain::{Caveat, explain};
use crate::fix::{self, Ask, Fix};
use crate::redact::Redactor;
use crate::render::{self, FixLook, Look, clean};
use crate::report::{
    self, Answer, FindingReport, MessageReport, ResultReport, UnreadReport, WRITTEN_OUT, report, result,
};
use crate::request::Request;
use crate::snapshot::{Layer, Snapshot};

/// A request with where it comes from.
struct Asked<'q> {
    question: &'q Question,
    snapshot: Rc<Snapshot>,
    request: Request,
}

/// The answers to all requests of some questions: what was asked for together is fixed together.
pub(super) fn answers(
    questions: &[Question],
    policies: &mut Policies<'_>,
    source: &SourceArgs,
    output: &OutputArgs,
) -> Result<Vec<ResultReport>, Failure> {
    answers_with(questions, policies, source, output, fix::plan)
}

/// As [`answers`], of questions that nobody asked for one by one: what has to be decided is fixed apart.
pub(super) fn answers_apart(
    questions: &[Question],
    policies: &mut Policies<'_>,
    source: &SourceArgs,
    output: &OutputArgs,
) -> Result<Vec<ResultReport>, Failure> {
    answers_with(questions, policies, source, output, fix::plan_apart)
}

fn answers_with(
    questions: &[Question],
    policies: &mut Policies<'_>,
    source: &SourceArgs,
    output: &OutputArgs,
    plan: fn(&[Ask<'_>]) -> Vec<Vec<Fix>>,
) -> Result<Vec<ResultReport>, Failure> {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for question in questions {
        asked.extend(requests(question, policies)?);
    }
    let decided: Vec<Decided<'_>> = asked.iter().map(decide).collect();
    let mut results: Vec<ResultReport> =
        asked.iter().zip(&decided).map(|(one, decided)| answer(one, decided, output.verbose)).collect();
    if wants_fixes(output) {
        let asks: Vec<Ask<'_>> = asked
            .iter()
            .zip(&decided)
            .map(|(one, decided)| Ask {
                request: &one.request,
                snapshot: &one.snapshot,
                decision: &decided.decision,
                denial: one.question.denial.as_ref(),
            })
            .collect();
        let (whole, aws) = (results.len() <= WRITTEN_OUT, again::aws_cli(source));
        for ((result, one), fixes) in results.iter_mut().zip(&asked).zip(plan(&asks)) {
            result.verify = again::command(one.question, &one.request, source);
            let who = &one.snapshot.principal;
            result.fixes = fixes.iter().map(|found| report::fix(found, who, &aws, &result.verify, whole)).collect();
        }
    }
    Ok(results)
}

/// Fixes cost more than answers: nobody waits for what nobody sees.
fn wants_fixes(output: &OutputArgs) -> bool {
    match (output.quiet, output.output) {
        (true, _) => false,
        (false, Format::Json | Format::Jsonl) => true,
        (false, Format::Human | Format::Markdown) => output.fix != FixFormat::None,
    }
}

/// The requests of a question, each once.
fn requests<'q>(question: &'q Question, policies: &mut Policies<'_>) -> Result<Vec<Asked<'q>>, Failure> {
    let subjects = Subjects::of(&question.requests, &question.given);
    let snapshot = policies.of(question.principal.as_ref(), &subjects, question.denial.is_some())?;
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for (action, resource) in &question.requests {
        let (action, resource) = (action.clone(), resource.clone());
        let request = derive::request(&question.given, action, resource, question.exact, &snapshot);
        // An action that takes no resource is one question, whatever resources were named.
        let same_action = |one: &&Asked<'_>| one.request.action.lower == request.action.lower;
        let is_same = |one: &Asked<'_>| one.request.resource.text() == request.resource.text();
        if !asked.iter().rev().take_while(same_action).any(is_same) {
            asked.push(Asked { question, snapshot: Rc::clone(&snapshot), request });
        }
    }
    Ok(asked)
}

/// An answer, and how it differs from the text of the denial.
struct Decided<'a> {
    decision: Decision<'a>,
    differences: Vec<Difference>,
    /// Only that text says that the request is denied.
    is_told: bool,
}

fn decide<'a>(asked: &'a Asked<'_>) -> Decided<'a> {
    let mut decision = evaluate(&asked.request, &asked.snapshot);
    let evaluated = decision.verdict;
    let denial = asked.question.denial.as_ref();
    let differences = denial.map(|denial| confront(&mut decision, denial, &asked.request)).unwrap_or_default();
    let is_told = decision.verdict == Verdict::Denied && evaluated != Verdict::Denied;
    Decided { decision, differences, is_told }
}

fn answer(asked: &Asked<'_>, decided: &Decided<'_>, verbose: bool) -> ResultReport {
    let Decided { decision, differences, is_told } = decided;
    let (request, snapshot, denial) = (&asked.request, &*asked.snapshot, asked.question.denial.as_ref());
    let mut explanation = explain(decision, request, verbose);
    if denial.is_some() && decision.verdict == Verdict::Denied {
        // AWS denied it with those in place.
        let could_allow = |caveat: &Caveat| matches!(caveat, Caveat::NotChecked(Layer::Resource | Layer::Trust));
        explanation.caveats.retain(|caveat| !could_allow(caveat));
    }
    let differences = if asked.question.is_another { &[][..] } else { differences };
    explanation.caveats.splice(..0, differences.iter().cloned().map(Caveat::Differs));
    let answer = Answer { request, snapshot, denial, decision, explanation: &explanation };
    ResultReport { is_told: *is_told, ..result(&answer) }
}

/// The bytes and the exit code of some results.
pub(super) fn finish(
    snapshots: Vec<&Snapshot>,
    message: Option<MessageReport>,
    results: Vec<ResultReport>,
    args: &DiagnoseArgs,
    redactor: &mut Redactor,
    stream: Stream,
) -> Exit {
    let output = &args.output;
    let code = match args.expect {
        Some(expected) if results.iter().all(|result| expected.holds(result)) => code::ALLOWED,
        Some(_) => code::DENIED,
        None if output.exit_zero => code::ALLOWED,
        None => worst(&results),
    };
    if output.quiet {
        return Exit { code, ..Exit::default() };
    }
    let mut report = report(&snapshots, message, results);
    snapshots.iter().for_each(|snapshot| redactor.snapshot(snapshot));
    redactor.report(&mut report);
    let expectation = args.expect.map_or_else(String::new, |expected| expectation(expected, &report.results));
    let stdout = match output.output {
        Format::Json => render::json(&report),
        Format::Jsonl => render::jsonl(&report.results),
        Format::Human if output.fix == FixFormat::Cli => render::commands(&report.results),
        Format::Human => render::human(&report, look_on(output, stream)),
        Format::Markdown => render::markdown(&report, look_on(output, stream)),
    };
    // One JSON object has a place for them; the others have not.
    let stderr = match output.output {
        Format::Json => String::new(),
        Format::Human if output.fix == FixFormat::Cli => {
            warnings(&report.findings) + &render::notes_on_commands(&report.results)
        }
        Format::Human | Format::Markdown => warnings(&report.findings),
        Format::Jsonl => warnings(&report.findings) + &not_read(&report.unread),
    };
    Exit { code, stdout, stderr: stderr + &expectation, signal: None }
}

/// What was expected, and what is.
fn expectation(expected: Expected, results: &[ResultReport]) -> String {
    let mut others = results.iter().filter(|result| !expected.holds(result));
    let Some(first) = others.next() else { return format!("as expected: {expected}\n") };
    if let Some(slip) = &first.slip {
        return format!("warning: not as expected: {}\n", clean(slip));
    }
    let on = if first.resource == "*" { String::new() } else { format!(" on {}", first.resource) };
    let found = format!("{}{on} is {}", first.action, crate::expect::found(first));
    let more = match others.count() {
        0 => String::new(),
        more => format!(" (and {more} more of {} are not as expected)", results.len()),
    };
    format!("not as expected: {expected} was expected, but {}{more}\n", clean(&found))
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

pub(super) fn warnings(findings: &[FindingReport]) -> String {
    let line = |found: &FindingReport| format!("warning: {}: {}\n", clean(&found.place_shown), clean(&found.text));
    findings.iter().map(line).collect()
}

/// The reads that failed, each line once.
pub(super) fn not_read(unread: &[UnreadReport]) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for one in unread {
        let line = format!("warning: not read: {} ({}, {})", one.layer, one.operation, one.reason);
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
    let times = |times: usize| if times == 1 { String::new() } else { format!(", {times} times") };
    lines.iter().map(|(line, count)| format!("{}{}\n", clean(line), times(*count))).collect()
}

/// The columns of a terminal, and of a file or pipe.
const WIDTH: usize = 100;

/// The stream that an answer goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Output,
    /// Standard error: the output is another program's.
    Error,
    /// A file that was named.
    File,
}

impl Stream {
    /// The columns of the terminal that it is, if it is one.
    fn terminal(self) -> Option<usize> {
        let (is_terminal, size) = match self {
            Self::Output => (std::io::stdout().is_terminal(), terminal_size::terminal_size_of(std::io::stdout())),
            Self::Error => (std::io::stderr().is_terminal(), terminal_size::terminal_size_of(std::io::stderr())),
            Self::File => return None,
        };
        is_terminal.then(|| size.map_or(WIDTH, |(width, _)| usize::from(width.0)))
    }

    /// The columns of whoever reads the answer through a pager: of a narrow terminal beside a pipe. A file is always the
    /// same.
    fn pager(self) -> Option<usize> {
        #[cfg(unix)]
        if self == Self::Output {
            use std::os::fd::AsFd as _;
            use std::os::unix::fs::FileTypeExt as _;

            let ours = std::fs::File::from(std::io::stdout().as_fd().try_clone_to_owned().ok()?);
            let is_pipe = ours.metadata().ok()?.file_type().is_fifo();
            return Self::Error.terminal().filter(|_| is_pipe).map(|columns| columns.min(WIDTH));
        }
        None
    }
}

pub(super) fn look(output: &OutputArgs) -> Look {
    look_on(output, Stream::Output)
}

fn look_on(output: &OutputArgs, stream: Stream) -> Look {
    let fix = match output.fix {
        FixFormat::None => FixLook::None,
        FixFormat::Cli => FixLook::Commands,
        FixFormat::Diff => FixLook::Diff,
        FixFormat::Json => FixLook::Document,
        FixFormat::Terraform => FixLook::Terraform,
    };
    Look { verbose: output.verbose, fix, ..drawn(output.color, stream) }
}

/// The terminal's width and colours.
pub(super) fn plain_look(color: ColorChoice) -> Look {
    drawn(color, Stream::Output)
}

fn drawn(color: ColorChoice, stream: Stream) -> Look {
    let terminal = stream.terminal();
    // no-color.org: whatever the value, if there is one.
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // A terminal that knows no escape sequences.
    let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let color = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => !no_color && (forced || (terminal.is_some() && !is_dumb)),
    };
    let width = terminal.or_else(|| stream.pager()).unwrap_or(WIDTH);
    Look { width: width.clamp(40, 160), color, verbose: false, fix: FixLook::None }
}

#[cfg(test)]
mod tests {
    use super::not_read;
    use crate::report::UnreadReport;

    #[test]
    fn a_read_that_fails_again_and_again_is_told_once() {
        let unread = |operation: &str| UnreadReport {
            layer: "identity",
            operation: operation.to_owned(),
            reason: "access-denied".to_owned(),
        };
        let all = [unread("iam:GetPolicy"), unread("iam:GetRole"), unread("iam:GetPolicy"), unread("iam:GetPolicy")];
        assert_eq!(
            not_read(&all),
            "warning: not read: identity (iam:GetPolicy, access-denied), 3 times\n\
             warning: not read: identity (iam:GetRole, access-denied)\n"
        );
    }
}
