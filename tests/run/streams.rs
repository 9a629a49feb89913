//! Standard input, output and error are passed through byte for byte, as they come.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{run, text};

#[test]
fn all_bytes_pass() {
    let all: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for script in ["cat", "cat >&2"] {
        let mut command = run(&["sh", "-c", script]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = all.clone();
        let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let (passed, other) =
            if script == "cat" { (output.stdout, output.stderr) } else { (output.stderr, output.stdout) };
        assert!(passed == all && other.is_empty(), "{script}");
    }
}

#[test]
fn a_question_without_line_end_is_seen_before_it_is_answered() {
    let mut command = run(&["sh", "-c", "printf 'Continue? ' >&2; read answer; echo \"$answer\""]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut asked = [0; 10];
    child.stderr.as_mut().unwrap().read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"Continue? ");
    child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap().stdout), "yes\n");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_however_much_is_written() {
    let script = "head -c 100000000 /dev/zero | tr '\\0' 'x' >&2; grep VmHWM /proc/$PPID/status";
    let output = run(&["sh", "-c", script]).stderr(Stdio::null()).output().unwrap();
    let peak: u64 = text(&output.stdout).split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 40_000, "{peak} kB");
}

/// Something that was left running holds standard error open.
#[test]
fn what_is_left_running_is_not_waited_for() {
    let started = Instant::now();
    let status = run(&["sh", "-c", "sleep 20 >/dev/null & echo late >&2; exit 3"]).status().unwrap();
    assert_eq!(status.code(), Some(3));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// Whoever reads standard error leaves: the command is told as it would be without us.
#[test]
fn a_reader_that_leaves_ends_the_command() {
    let exe = env!("CARGO_BIN_EXE_diagnose");
    let script = format!("\"{exe}\" run --offline -- sh -c 'yes >&2' 2>&1 >/dev/null | head -n 1");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert_eq!(text(&output.stdout), "y\n");
}

#[test]
fn a_pipe_stays_a_pipe() {
    let output = run(&["sh", "-c", "test -t 2; echo $?"]).output().unwrap();
    assert_eq!(text(&output.stdout), "1\n");
}
