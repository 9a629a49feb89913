//! `diagnose run -- COMMAND`: the command as if nobody watched, and the answer behind it where AWS denied something.

mod settings;
#[cfg(unix)]
mod signals;
mod stderr;
#[cfg(unix)]
mod terminal;

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};

use super::answer::Stream;
use super::ask::Flags;
use super::paste::Pasted;
use super::policies::Policies;
use super::{Exit, Failure, code};
use crate::cli::{DiagnoseArgs, PrincipalArgs, RequestArgs, RunArgs};
use crate::message::Message;
use crate::redact::Redactor;
use crate::render::clean;
use crate::source::{self, Files};

/// Source: POSIX, Shell Command Language, "Exit Status for Commands".
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;
const BY_SIGNAL: u8 = 128;

/// Ends this process as `signal` ends one, without a core dump; returns where the system has no such thing.
#[cfg(unix)]
pub fn end_by(signal: i32) {
    signals::end_by(signal);
}

/// Ends this process as `signal` ends one; there is none of them here.
#[cfg(not(unix))]
pub fn end_by(_signal: i32) {}

/// Runs the command, and answers what AWS denied to it. The exit code is the command's.
pub(super) fn run(args: RunArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    let RunArgs { source, mut output, report, command } = args;
    if output.exit_zero {
        return Err(Failure::usage("--exit-zero: the exit code of `diagnose run` is that of the command"));
    }
    if source.names_stdin() {
        return Err(Failure::usage("standard input is the command's: give the policies as a file, not as -"));
    }
    let ended = match watch(&command) {
        Ok(ended) => ended,
        Err(failed) => return Ok(Exit { stderr: redactor.line(&failed.stderr), ..failed }),
    };
    let mut exit = Exit { code: ended.code, signal: ended.signal, ..Exit::default() };
    let quiet = std::mem::take(&mut output.quiet);
    if quiet && report.is_none() {
        return Ok(exit);
    }
    if ended.code == code::ALLOWED || ended.signal.is_some() || !is_denial(&ended.message) {
        if output.verbose && !quiet {
            exit.stderr = format!("note: {}\n", without_denial(&ended));
        }
        return Ok(exit);
    }
    let (principal, request) = (PrincipalArgs::default(), RequestArgs::default());
    let mut args = DiagnoseArgs { principal, request, source, output, expect: None };
    settings::of(&command).fill(&mut args.source);
    let answered = answer(ended.message, &args, redactor, report.as_deref());
    if !quiet {
        exit.stderr = answered.unwrap_or_else(|failure| not_diagnosed(&failure, redactor));
    }
    Ok(exit)
}

/// How a command ended, and what it wrote to standard error.
struct Ended {
    code: u8,
    signal: Option<i32>,
    message: Message,
}

/// Starts the command and waits for it.
fn watch(command: &[OsString]) -> Result<Ended, Exit> {
    let (program, arguments) = command.split_first().ok_or_else(Exit::default)?;
    let (theirs, ours) = stderr::open();
    #[cfg(unix)]
    let signals = signals::Signals::watch();
    let spawned = Command::new(program).args(arguments).stderr(theirs).spawn();
    let mut child = spawned.map_err(|error| not_started(&program.to_string_lossy(), &error))?;
    let relay = ours.relay();
    #[cfg(unix)]
    let waited = signals.map(|mut signals| signals.wait(&mut child, &relay));
    #[cfg(not(unix))]
    let waited = None;
    let status = waited.unwrap_or_else(|| child.wait().unwrap_or_default());
    let message = relay.finish();
    let signal = signal_of(status);
    let by_signal = || signal.and_then(|signal| u8::try_from(signal).ok()).map(|signal| BY_SIGNAL | signal);
    let of_status = status.code().map(|code| u8::try_from(code & 0xFF).unwrap_or(1));
    let code = of_status.or_else(by_signal).unwrap_or(1);
    #[cfg(unix)]
    signals::interruptible(code);
    Ok(Ended { code, signal, message })
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}

fn not_started(program: &str, error: &io::Error) -> Exit {
    let program = clean(program);
    let kind = error.kind();
    let code = if kind == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE };
    let line = if kind == io::ErrorKind::NotFound && program.contains('/') {
        format!("`{program}` cannot be run: there is no such file, or not the interpreter it names")
    } else if kind == io::ErrorKind::NotFound {
        format!("command not found: `{program}`; see that it is on PATH")
    } else if kind == io::ErrorKind::PermissionDenied {
        format!("`{program}` cannot be run: it is not executable")
    } else {
        format!("`{program}` cannot be run: {error}")
    };
    Exit { code, stderr: format!("error: {line}\n"), ..Exit::default() }
}

/// Whether the message tells of a request that AWS denied. An error that only says "denied" must name AWS's operation:
/// other programs say that too.
fn is_denial(message: &Message) -> bool {
    !message.denials.is_empty()
        || !message.unfinished.is_empty()
        || message.bare.iter().any(|bare| bare.operation.is_some() || bare.service.is_some())
}

fn without_denial(ended: &Ended) -> String {
    match (ended.signal, ended.message.others.first()) {
        (Some(signal), _) => format!("not diagnosed: signal {signal} ended the command"),
        (None, _) if ended.code == 0 => "not diagnosed: the command succeeded".to_owned(),
        (None, Some(other)) => format!("no denial by a policy on standard error: {}; {}", other.what, other.next),
        (None, None) => "no denial by AWS on standard error".to_owned(),
    }
}

/// The answer for standard error; a line on where it is, if it has a file.
fn answer(
    message: Message,
    args: &DiagnoseArgs,
    redactor: &mut Redactor,
    report: Option<&str>,
) -> Result<String, Failure> {
    let flags = Flags::read(args).map_err(Failure::usage)?;
    let mut policies = Policies::open(&args.source, &mut Files::default())?;
    let stream = if report.is_some() { Stream::File } else { Stream::Error };
    let Exit { stdout, stderr, .. } =
        super::of_message(Pasted::of(message), &flags, &mut policies, args, redactor, stream)?;
    let text = String::from_utf8_lossy(&stdout);
    match report {
        None => Ok(format!("\n{text}{stderr}")),
        Some(path) => {
            source::write_file(path, &text)?;
            Ok(format!("note: AWS denied what the command asked for; the answer is in {}\n{stderr}", clean(path)))
        }
    }
}

fn not_diagnosed(failure: &Failure, redactor: &mut Redactor) -> String {
    let mut line = |line: &str| format!("note: AWS denied something, not diagnosed: {}\n", clean(&redactor.line(line)));
    failure.lines.iter().map(|text| line(text)).collect()
}
