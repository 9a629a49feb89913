//! `diagnose run`: real commands, signals and terminals; what the command does is what it does without us.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]

mod answer;
mod exits;
mod signals;
mod streams;
mod terminal;

use std::path::Path;
use std::process::{Command, Output};

/// What AWS answers where the boundary of MyRole, in `fixtures/accounts/landing-zone.json`, denies.
const DENIAL: &str = "An error occurred (AccessDenied) when calling the TerminateInstances operation: User: \
    arn:aws:sts::123456789012:assumed-role/MyRole/ci is not authorized to perform: ec2:TerminateInstances on resource: \
    arn:aws:ec2:eu-west-1:123456789012:instance/i-1 because no permissions boundary allows the ec2:TerminateInstances action";

fn account() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/landing-zone.json").to_str().unwrap().to_owned()
}

/// `diagnose run -- COMMAND`, with no settings of AWS and no colours.
fn run(command: &[&str]) -> Command {
    with(&["--offline"], command)
}

/// The same with flags of its own.
fn with(flags: &[&str], command: &[&str]) -> Command {
    let mut run = Command::new(env!("CARGO_BIN_EXE_diagnose"));
    run.arg("run").args(flags).arg("--").args(command);
    run.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", "/nonexistent");
    run
}

/// A command that says on both streams what it is told to, and exits with a code.
fn says(code: u8) -> Vec<String> {
    let script = format!("echo result; echo '{DENIAL}' >&2; exit {code}");
    vec!["sh".to_owned(), "-c".to_owned(), script]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs it in a terminal of 60 columns through Python's `pty`; `script` is Python that has `terminal` (a descriptor) and
/// `child` (the process id), and prints what the test wants to see.
fn in_terminal(command: &Command, script: &str) -> Output {
    const START: &str = r#"
import fcntl, os, pty, select, signal, struct, sys, termios, time
argv = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 60, 0, 0))
    os.execv(argv[0], argv)
seen = b""
def until(text, seconds=30):
    """Reads until `text` is seen; None = until the end."""
    global seen
    end = time.time() + seconds
    while text is None or text not in seen:
        if not select.select([terminal], [], [], max(0, end - time.time()))[0]:
            sys.exit("nothing more came: %r" % seen)
        try:
            block = os.read(terminal, 65536)
        except OSError:
            block = b""
        if not block:
            assert text is None, "ended without %r: %r" % (text, seen)
            return
        seen += block
def code():
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"#;
    let mut python = Command::new("python3");
    python.arg("-c").arg(format!("{START}{script}")).arg(command.get_program()).args(command.get_args());
    python.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}
