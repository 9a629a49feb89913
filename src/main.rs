//! The program: arguments in, bytes and an exit code out.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

/// A whole account is millions of small allocations on all cores.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bad usage or input: standard output that cannot be written is one.
const CANNOT_WRITE: u8 = 2;

fn main() -> ExitCode {
    let exit = diagnose::run::run(std::env::args_os());
    let mut stderr = std::io::stderr();
    // Nobody is left to be told that standard error is closed.
    let _ = stderr.write_all(exit.stderr.as_bytes());
    let mut stdout = std::io::stdout();
    match stdout.write_all(&exit.stdout).and_then(|()| stdout.flush()) {
        // A reader that has closed its end (`| head`) has what it wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let _ = writeln!(stderr, "error: could not write to standard output: {error}");
            ExitCode::from(CANNOT_WRITE)
        }
        Ok(()) | Err(_) => {
            if let Some(signal) = exit.signal {
                diagnose::run::end_by(signal);
            }
            ExitCode::from(exit.code)
        }
    }
}
