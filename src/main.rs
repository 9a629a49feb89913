//! The program: arguments in, bytes and an exit code out.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = diagnose::run::run(std::env::args_os());
    // A reader that has closed its end (`| head`) has what it wanted.
    let _ = std::io::stderr().write_all(exit.stderr.as_bytes());
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(&exit.stdout).and_then(|()| stdout.flush());
    ExitCode::from(exit.code)
}
