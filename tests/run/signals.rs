//! Signals are the command's; this process waits for it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use super::{in_terminal, run, text};

fn send(signal: &str, to: &Child) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(to.id().to_string()).status().unwrap();
    assert!(status.success());
}

/// Counts what it gets of a signal for a moment after the first.
fn counts(signal: &str) -> String {
    format!(
        "n=0; i=0; trap 'n=$((n+1))' {signal}; echo ready; while [ $n = 0 ] && [ $i -lt 400 ]; do i=$((i+1)); sleep 0.05; \
         done; sleep 0.5; echo got $n; exit 42"
    )
}

#[test]
fn what_is_sent_to_diagnose_reaches_the_command_once() {
    for signal in ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2"] {
        let mut child = run(&["sh", "-c", &counts(signal)]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        send(signal, &child);
        lines.read_to_string(&mut line).unwrap();
        assert_eq!(line, "ready\ngot 1\n", "{signal}");
        assert_eq!(child.wait().unwrap().code(), Some(42), "{signal}");
    }
}

#[test]
fn keys_reach_the_command_once_and_diagnose_waits_for_it() {
    for (key, signal) in [("\\x03", "INT"), ("\\x1c", "QUIT")] {
        let script = format!("until(b'ready'); os.write(terminal, b'{key}'); until(None); print(seen, code())");
        let output = in_terminal(&run(&["sh", "-c", &counts(signal)]), &script);
        let seen = text(&output.stdout);
        assert!(seen.contains("got 1\\r\\n") && seen.ends_with(" 42\n"), "{signal}: {seen}");
    }
}

#[test]
fn a_command_that_a_key_ends_ends_diagnose() {
    let script = "until(b'ready'); os.write(terminal, b'\\x03'); until(None); print(code())";
    let output = in_terminal(&run(&["sh", "-c", "echo ready; exec sleep 60"]), script);
    assert_eq!(text(&output.stdout), "-2\n");
}

/// Ctrl-Z stops both; when they go on, the command ends as if nothing had been.
#[test]
fn job_control_is_that_of_one_job() {
    let shell = format!("{} run --offline -- sh -c 'echo ready; sleep 1; echo done'", env!("CARGO_BIN_EXE_diagnose"));
    let mut bash = Command::new(which("bash"));
    bash.args(["--norc", "-i"]).env("PATH", std::env::var_os("PATH").unwrap()).env("PS1", "$ ");
    let script = format!(
        "os.write(terminal, b\"\"\"{shell}\\n\"\"\"); until(b'\\nready'); os.write(terminal, b'\\x1a'); until(b'Stopped');\n\
         os.write(terminal, b'fg; echo code=$?; exit\\n'); until(b'\\ndone'); until(b'code=0'); until(None); code()"
    );
    in_terminal(&bash, &script);
}

fn which(name: &str) -> String {
    let output = Command::new("sh").arg("-c").arg(format!("command -v {name}")).output().unwrap();
    text(&output.stdout).trim().to_owned()
}

/// What is ignored stays ignored: `nohup diagnose run -- COMMAND` is `nohup COMMAND`.
#[test]
fn an_ignored_signal_stays_ignored() {
    let exe = env!("CARGO_BIN_EXE_diagnose");
    let script = format!("trap '' HUP; \"{exe}\" run --offline -- sh -c 'kill -HUP $$; exit 5'; echo $?");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert_eq!(text(&output.stdout), "5\n");
}

/// While the answer is made, whoever interrupts it gets the command's exit code at once.
#[test]
fn an_answer_that_takes_long_can_be_interrupted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let command = super::says(254);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let mut run = super::with(&["--endpoint-url", &url], &command);
    run.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "s");
    let started = std::time::Instant::now();
    let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It asks, and nobody answers.
    let _held = listener.accept().unwrap();
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(254));
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
}
