//! One run, from arguments to bytes and an exit code. IO happens here and in `source`.

mod ask;

use std::ffi::OsString;
use std::io::IsTerminal;

use anyhow::anyhow;
use clap::{CommandFactory, Parser};

use crate::cli::{Cli, ColorChoice, Command, DiagnoseArgs, Format, OutputArgs, SnapshotArgs, SourceArgs};
use crate::derive;
use crate::eval::{Verdict, evaluate};
use crate::explain::explain;
use crate::principal::Principal;
use crate::render::{self, Look, clean};
use crate::report::{Answer, FindingReport, ResultReport, UnreadReport, report, result};
use crate::request::Request;
use crate::snapshot::Snapshot;
use crate::source::{self, Ask, Files, LooseFile, Overlay, SourceError};

/// What a run leaves: bytes for standard output, lines for standard error, the exit code.
#[derive(Debug, Default)]
pub struct Exit {
    /// The exit code of the contract.
    pub code: u8,
    /// For standard output; empty with the codes 2 and 4.
    pub stdout: Vec<u8>,
    /// For standard error.
    pub stderr: String,
}

/// Exit codes. Source: the README's table, which a test holds against these.
mod code {
    pub(super) const ALLOWED: u8 = 0;
    pub(super) const DENIED: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const UNDETERMINED: u8 = 3;
    pub(super) const NOT_ASKED: u8 = 4;
}

/// An error with its exit code.
#[derive(Debug)]
struct Failure {
    code: u8,
    lines: Vec<String>,
}

impl Failure {
    fn usage(error: impl std::fmt::Display) -> Self {
        Self { code: code::USAGE, lines: vec![error.to_string()] }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let code = if error.is_input() { code::USAGE } else { code::NOT_ASKED };
        Self { code, lines: vec![format!("{:#}", anyhow!(error))] }
    }
}

impl From<Vec<SourceError>> for Failure {
    fn from(errors: Vec<SourceError>) -> Self {
        Self { code: code::USAGE, lines: errors.iter().map(ToString::to_string).collect() }
    }
}

/// Runs the program with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 {
        return Exit { code: code::USAGE, stderr: Cli::command().render_help().to_string(), ..Exit::default() };
    }
    let outcome = match Cli::try_parse_from(&arguments) {
        Err(_) => return command_line_exit(&arguments),
        Ok(Cli { command: Some(Command::Snapshot(args)), .. }) => snapshot(&args),
        Ok(Cli { command: None, diagnose }) => self::diagnose(&diagnose),
    };
    outcome.unwrap_or_else(|failure| Exit {
        code: failure.code,
        stdout: Vec::new(),
        stderr: failure.lines.iter().map(|line| format!("error: {}\n", clean(line))).collect(),
    })
}

/// Help, the version, or what is wrong with the arguments. They are quoted there, so they are made harmless first.
fn command_line_exit(arguments: &[OsString]) -> Exit {
    let harmless = arguments.iter().map(|argument| clean(&argument.to_string_lossy()).into_owned());
    match Cli::try_parse_from(harmless) {
        Ok(_) => {
            Exit { code: code::USAGE, stderr: "error: an argument is not UTF-8 text\n".to_owned(), ..Exit::default() }
        }
        Err(error) if error.use_stderr() => {
            Exit { code: code::USAGE, stderr: error.render().to_string(), ..Exit::default() }
        }
        Err(help) => Exit { stdout: help.render().to_string().into_bytes(), ..Exit::default() },
    }
}

fn diagnose(args: &DiagnoseArgs) -> Result<Exit, Failure> {
    let requests = ask::requests(&args.request).map_err(Failure::usage)?;
    let principal = ask::principal(&args.principal).map_err(Failure::usage)?;
    let given = ask::given(&args.request).map_err(Failure::usage)?;
    let snapshot = read(principal, &ask::assumed_roles(&requests), &args.source)?;
    let mut asked: Vec<Request> = Vec::new();
    for (action, resource) in requests {
        let request = derive::request(&given, action, resource, args.request.exact_resource, &snapshot);
        // An action that takes no resource is one question, whatever resources were named.
        let is_same =
            |one: &Request| one.action.lower == request.action.lower && one.resource.text() == request.resource.text();
        if !asked.iter().rev().take_while(|one| one.action.lower == request.action.lower).any(is_same) {
            asked.push(request);
        }
    }
    let results = asked.iter().map(|request| answer(request, &snapshot, args.output.verbose)).collect();
    Ok(finish(&snapshot, results, &args.output))
}

fn answer(request: &Request, snapshot: &Snapshot, verbose: bool) -> ResultReport {
    let decision = evaluate(request, snapshot);
    let explanation = explain(&decision, request, verbose);
    result(&Answer { request, snapshot, decision: &decision, explanation: &explanation })
}

fn finish(snapshot: &Snapshot, results: Vec<ResultReport>, output: &OutputArgs) -> Exit {
    let code = if output.exit_zero { code::ALLOWED } else { worst(&results) };
    if output.quiet {
        return Exit { code, ..Exit::default() };
    }
    let report = report(snapshot, results);
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

fn snapshot(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let principal = ask::principal(&args.principal).map_err(Failure::usage)?;
    let Some(principal) = principal else {
        return Err(Failure::usage("name the principal to save: --role, --user or --principal"));
    };
    let snapshot = read(Some(principal), &[], &args.source)?;
    let taken_at = format!("{:.0}", jiff::Timestamp::now());
    let text = render::escape_json(&source::to_json(&snapshot, &taken_at)?);
    let mut exit = Exit::default();
    let lacks: Vec<String> =
        snapshot.unread.iter().map(|unread| format!("{} ({})", unread.operation, unread.reason)).collect();
    if !lacks.is_empty() {
        exit.stderr = format!("warning: the snapshot lacks what could not be read: {}\n", clean(&lacks.join(", ")));
    }
    match &args.out {
        None => exit.stdout = text.into_bytes(),
        Some(path) => {
            source::write_file(path, &text)?;
        }
    }
    Ok(exit)
}

fn loose(list: &[String]) -> Vec<LooseFile> {
    list.iter().map(|text| LooseFile::parse(text)).collect()
}

/// Everything known about the principal, from the source that was asked for.
fn read(principal: Option<Principal>, roles: &[String], args: &SourceArgs) -> Result<Snapshot, Failure> {
    let overlay = Overlay {
        identity: loose(&args.identity_policy),
        boundary: args.boundary.as_deref().map(LooseFile::parse),
        no_boundary: args.no_boundary,
        session: loose(&args.session_policy),
        resource: loose(&args.resource_policy),
        endpoint: loose(&args.vpc_endpoint_policy),
        service_control: loose(&args.scp),
        resource_control: loose(&args.rcp),
    };
    let mut files = Files::default();
    let mut snapshot = match (&args.snapshot, principal) {
        (Some(path), Some(principal)) => source::read_snapshot(&mut files, path, Ask { principal: &principal, roles })?,
        (Some(_), None) => {
            return Err(Failure::usage("name the principal in the snapshot: --role, --user or --principal"));
        }
        (None, None) if overlay.has_files() => Overlay::alone(Principal::unknown()),
        (None, None) => {
            return Err(Failure::usage(
                "name the principal: --role, --user or --principal; or give policy files with --identity-policy and --boundary",
            ));
        }
        (None, Some(principal)) if overlay.is_whole() || (args.offline && overlay.has_files()) => {
            Overlay::alone(principal)
        }
        (None, Some(_)) if args.offline => {
            return Err(Failure::usage(
                "--offline needs policies from files: --snapshot FILE, or --identity-policy FILE and --boundary FILE",
            ));
        }
        (None, Some(principal)) => from_aws(Ask { principal: &principal, roles }, args)?,
    };
    overlay.apply(&mut files, &mut snapshot)?;
    Ok(snapshot)
}

fn from_aws(ask: Ask<'_>, args: &SourceArgs) -> Result<Snapshot, Failure> {
    let options = source::aws::AwsOptions {
        profile: args.profile.clone(),
        region: args.region.clone(),
        endpoint_url: args.endpoint_url.clone(),
        ..source::aws::AwsOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::usage(format!("could not start: {error}")))?;
    Ok(runtime.block_on(source::aws::read(ask, &options)).map_err(SourceError::from)?)
}
