//! What holds for every run: the same bytes twice, and no noise when nobody reads.

use std::io::Read as _;
use std::process::Stdio;

use super::program::{account, diagnose, on_account, on_logs};

#[test]
fn the_same_input_gives_the_same_bytes() {
    for arguments in [
        "--role MyRole --action ec2:TerminateInstances -v",
        "--role Deployer --action cloudformation:CreateStack -o json",
        "--user alice --action s3:GetObject --action iam:PassRole --verbose",
        "--role Deployer --action iam:CreatePolicyVersion --output jsonl",
    ] {
        let first = on_account(arguments).outcome();
        for _ in 0..3 {
            assert_eq!(on_account(arguments).outcome(), first);
        }
    }
}

#[test]
fn the_time_of_the_run_is_not_in_the_answer() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}}}"#;
    for format in ["human", "json", "jsonl"] {
        let run = || {
            let run = diagnose("-v --action s3:GetObject --no-boundary --identity-policy policy.json --output");
            run.arg(format).file("policy.json", policy).outcome()
        };
        let first = run();
        assert_eq!(first.code, 1);
        assert_eq!(run(), first);
    }
}

/// A stream that is closed from the start (`>&-`) takes nothing and changes nothing.
#[cfg(unix)]
#[test]
fn closed_streams_change_no_exit_code() {
    for (arguments, code) in
        [("--role MyRole --action ec2:TerminateInstances", 1), ("--role Nobody --action s3:GetObject", 4)]
    {
        let (command, _home) = on_account(arguments).into_std();
        for closed in [">&-", "2>&-", ">&- 2>&- <&-"] {
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-c", &format!("exec \"$@\" {closed}"), "sh"])
                .arg(command.get_program())
                .args(command.get_args());
            let status = shell.current_dir(command.get_current_dir().unwrap()).output().unwrap().status;
            assert_eq!(status.code(), Some(code), "{arguments} {closed}");
        }
    }
}

/// What is no text is refused in one line that says where.
#[cfg(unix)]
#[test]
fn bytes_that_are_no_text() {
    use std::os::unix::ffi::OsStringExt as _;

    let bytes = |text: &[u8]| std::ffi::OsString::from_vec(text.to_vec());
    let argument = "error: an argument is not UTF-8 text\n";
    for (run, line) in [
        (diagnose("--offline --role R --action").arg(bytes(b"s3:\xff")), argument),
        (diagnose("--action s3:GetObject --identity-policy").arg(bytes(b"\xff.json")), argument),
        (
            diagnose("--action s3:GetObject --identity-policy p").file("p", b"{\"Version\": \"\xff\"}"),
            "error: could not read `p`: it is no text (byte 14 is not UTF-8)\n",
        ),
    ] {
        let found = run.outcome();
        assert_eq!((found.code, found.stderr.as_str()), (2, line));
    }
}

/// A run of every command that writes, with its exit code.
#[cfg(target_os = "linux")]
fn every_command() -> Vec<(super::program::Run, i32)> {
    let suite =
        "[[test]]\nsnapshot = \"account.json\"\nrole = \"MyRole\"\naction = \"s3:GetObject\"\nexpect = \"allowed\"\n";
    let mut all = vec![
        (on_account("--role MyRole --action ec2:TerminateInstances"), 1),
        (on_account("--role MyRole --action ec2:TerminateInstances --fix cli"), 1),
        (on_account("--role MyRole --action ec2:*"), 1),
        (on_account("--role Deployer --action cloudformation:CreateStack -o jsonl"), 3),
        (on_account("gap --role MyRole"), 0),
        (on_account("audit -o sarif --fail-on any"), 1),
        (on_account("snapshot --role MyRole"), 0),
        (on_logs("AWSLogs -o markdown"), 0),
        (diagnose("trail --sql athena --table t"), 0),
        (diagnose("test suite.toml -o junit").file("account.json", account()).file("suite.toml", suite), 1),
    ];
    let plain = ["--help", "-h", "--version", "gap --help", "help run", "man", "completions bash", "completions fish"];
    all.extend(plain.map(|arguments| (diagnose(arguments), 0)));
    all
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    for (run, _) in every_command() {
        let (mut command, _home) = run.into_std();
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {stderr}");
        let last = stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("error: could not write to standard output: "), "{command:?}: {stderr}");
    }
}

/// `diagnose … | head -1`: whoever has read enough is no error, and the exit code stays that of the answer.
#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_leaves_is_no_error() {
    // Before the first byte, and behind it.
    for read in [0, 1] {
        for (run, code) in every_command() {
            let (mut command, _home) = run.into_std();
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let mut stdout = child.stdout.take().unwrap();
            stdout.read_exact(&mut vec![0; read]).unwrap();
            drop(stdout);
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{command:?}: {stderr}");
            assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{command:?}: {stderr}");
        }
    }
}

#[test]
fn nothing_is_left_in_the_folder_or_at_home() {
    let (mut command, home) = on_account("--role MyRole --action ec2:TerminateInstances").into_std();
    command.output().unwrap();
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["account.json"]);
}
