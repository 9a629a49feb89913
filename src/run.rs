//! One run, from arguments to bytes and an exit code. IO happens here and in `source`.

mod again;
mod answer;
mod ask;
mod audit;
mod command;
mod gap;
mod manual;
mod paste;
mod policies;
mod test;
mod trail;

use std::ffi::OsString;
use std::io::IsTerminal as _;

use anyhow::anyhow;
use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command, DiagnoseArgs, SnapshotArgs};
use crate::redact::Redactor;
use crate::render::{self, clean};
use crate::report;
use crate::source::{self, Files, SourceError};
use answer::Stream;
pub use command::end_by;
use paste::Pasted;
use policies::Policies;

/// What a run leaves: bytes for standard output, lines for standard error, the exit code.
#[derive(Debug, Default)]
pub struct Exit {
    /// The exit code of the contract.
    pub code: u8,
    /// For standard output; empty with the codes 2 and 4.
    pub stdout: Vec<u8>,
    /// For standard error.
    pub stderr: String,
    /// The signal that ended the command of `diagnose run`: the program ends in the same way.
    pub signal: Option<i32>,
}

impl Exit {
    /// Success with these bytes.
    fn of(stdout: Vec<u8>) -> Self {
        Self { stdout, ..Self::default() }
    }
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
#[derive(Debug, Clone)]
struct Failure {
    code: u8,
    lines: Vec<String>,
    /// The arguments ask for nothing.
    nothing_asked: bool,
    /// The source holds nothing of this principal, and may of others.
    of_principal: bool,
    /// AWS did not answer, and may of another principal.
    is_unanswered: bool,
}

impl Failure {
    fn usage(error: impl std::fmt::Display) -> Self {
        Self::new(code::USAGE, vec![error.to_string()])
    }

    fn new(code: u8, lines: Vec<String>) -> Self {
        Self { code, lines, nothing_asked: false, of_principal: false, is_unanswered: false }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let code = if error.is_input() { code::USAGE } else { code::NOT_ASKED };
        let (of_principal, is_unanswered) = (error.is_of_principal(), error.is_unanswered());
        Self { of_principal, is_unanswered, ..Self::new(code, vec![format!("{:#}", anyhow!(error))]) }
    }
}

impl From<Vec<SourceError>> for Failure {
    fn from(errors: Vec<SourceError>) -> Self {
        Self::new(code::USAGE, errors.iter().map(ToString::to_string).collect())
    }
}

/// Runs the program with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let is_bare = arguments.len() <= 1;
    if is_bare && std::io::stdin().is_terminal() {
        return short_help();
    }
    let mut redactor = redactor(&arguments);
    let outcome = match Cli::try_parse_from(&arguments) {
        Err(_) => return command_line_exit(&arguments, &mut redactor),
        Ok(Cli { command: Some(Command::Gap(args)), .. }) => gap::gap(&args, &mut redactor),
        Ok(Cli { command: Some(Command::Snapshot(args)), .. }) => snapshot(&args),
        Ok(Cli { command: Some(Command::Trail(args)), .. }) => trail::trail(&args, &mut redactor),
        Ok(Cli { command: Some(Command::Test(args)), .. }) => test::test(&args, &mut redactor),
        Ok(Cli { command: Some(Command::Audit(args)), .. }) => audit::audit(&args, &mut redactor),
        Ok(Cli { command: Some(Command::Completions(args)), .. }) => Ok(Exit::of(manual::completions(args.shell))),
        Ok(Cli { command: Some(Command::Man), .. }) => Ok(Exit::of(manual::page())),
        Ok(Cli { command: Some(Command::Run(args)), .. }) => command::run(args, &mut redactor),
        Ok(Cli { command: None, diagnose }) => match self::diagnose(&diagnose, &mut redactor) {
            // Nothing was asked and nothing piped in.
            Err(failure) if is_bare && failure.nothing_asked => return short_help(),
            outcome => outcome,
        },
    };
    outcome.unwrap_or_else(|failure| Exit {
        code: failure.code,
        stderr: failure.lines.iter().map(|line| format!("error: {}\n", clean(&redactor.line(line)))).collect(),
        ..Exit::default()
    })
}

/// What takes the names out of the answer and of errors, if that is asked for; it knows what was typed already.
fn redactor(arguments: &[OsString]) -> Redactor {
    let mut redactor = Redactor::new(arguments.iter().any(|argument| argument == "--redact"));
    if !redactor.is_on() {
        return redactor;
    }
    let texts: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let command = Cli::command();
    let flags: Vec<&str> = std::iter::once(&command)
        .chain(command.get_subcommands())
        .flat_map(|one| one.get_arguments().filter_map(clap::Arg::get_long))
        .chain(["help", "version"])
        .collect();
    redactor.arguments(texts.iter().map(String::as_str), |name| flags.contains(&name));
    let is_place = |name: &str| matches!(name, "AWS_REGION" | "AWS_DEFAULT_REGION" | "AWS_EC2_METADATA_DISABLED");
    let of_somebody = |name: &str| name.starts_with("AWS_") || matches!(name, "HOME" | "USER" | "LOGNAME" | "HOSTNAME");
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if of_somebody(&name) && !is_place(&name) {
            redactor.variable_of_environment(&value.to_string_lossy());
        }
    }
    redactor
}

/// What a bare call prints: it fits one screen, which the list of flags does not.
const SHORT_HELP: &str = "{about-with-newline}\n{usage-heading} {usage}\n\nCommands:\n{subcommands}{after-help}\n";

fn short_help() -> Exit {
    let help = Cli::command().help_template(SHORT_HELP).render_help();
    Exit { code: code::USAGE, stderr: help.to_string(), ..Exit::default() }
}

/// Help, the version, or what is wrong with the arguments. They are quoted there, so they are made harmless first.
fn command_line_exit(arguments: &[OsString], redactor: &mut Redactor) -> Exit {
    let harmless = arguments.iter().map(|argument| clean(&argument.to_string_lossy()).into_owned());
    match Cli::try_parse_from(harmless) {
        Ok(_) => {
            Exit { code: code::USAGE, stderr: "error: an argument is not UTF-8 text\n".to_owned(), ..Exit::default() }
        }
        Err(error) if error.use_stderr() => {
            let lines = error.render().to_string();
            let stderr = lines.split_inclusive('\n').map(|line| redactor.line(line)).collect();
            Exit { code: code::USAGE, stderr, ..Exit::default() }
        }
        Err(help) => Exit { stdout: help.render().to_string().into_bytes(), ..Exit::default() },
    }
}

fn diagnose(args: &DiagnoseArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    let mut files = Files::default();
    let flags = ask::Flags::read(args).map_err(Failure::usage)?;
    let pasted = paste::read(args, &mut files)?;
    if pasted.is_none() && flags.actions.is_empty() {
        return Err(Failure { nothing_asked: true, ..Failure::usage(ask::AskError::NoAction) });
    }
    if pasted.is_none() && flags.principal.is_none() && args.source.snapshot.is_some() {
        return Err(Failure::usage(policies::NO_PRINCIPAL_IN_SNAPSHOT));
    }
    let mut policies = Policies::open(&args.source, &mut files)?;
    let Some(pasted) = pasted else {
        let results = answer::answers(&[flags.alone()], &mut policies, &args.source, &args.output)?;
        return Ok(answer::finish(policies.read(), None, results, args, redactor, Stream::Output));
    };
    of_message(pasted, &flags, &mut policies, args, redactor, Stream::Output)
}

/// The answer to a message, drawn for the stream that it goes to.
fn of_message(
    mut pasted: Pasted,
    flags: &ask::Flags,
    policies: &mut Policies<'_>,
    args: &DiagnoseArgs,
    redactor: &mut Redactor,
    stream: Stream,
) -> Result<Exit, Failure> {
    redactor.message(&pasted.message);
    pasted.decode(policies)?;
    redactor.message(&pasted.message);
    let results = answer::answers(&pasted.questions(flags)?, policies, &args.source, &args.output)?;
    let message = report::message(&pasted.message);
    let mut exit = answer::finish(policies.read(), Some(message), results, args, redactor, stream);
    exit.stderr.push_str(&redactor.text(&pasted.notes()));
    Ok(exit)
}

fn snapshot(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let principal = ask::principal(&args.principal).map_err(Failure::usage)?;
    let Some(principal) = principal else {
        return Err(Failure::usage("name the principal to save: --role, --user or --principal"));
    };
    let subjects = ask::subjects(&args.resource).map_err(Failure::usage)?;
    let mut policies = Policies::open(&args.source, &mut Files::default())?;
    let snapshot = policies.of(Some(&principal), &subjects, false)?;
    let taken_at = format!("{:.0}", jiff::Timestamp::now());
    let text = render::escape_json(source::to_json(&snapshot, &taken_at)?);
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
