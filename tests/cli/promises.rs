//! What holds for every run: the same bytes twice, and no noise when nobody reads.

use std::process::Stdio;

use super::program::{diagnose, on_account};

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

#[test]
fn a_reader_that_leaves_is_no_error() {
    for arguments in ["--role MyRole --action ec2:TerminateInstances --output json", "--help"] {
        let (mut command, _home) = on_account(arguments).into_std();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(if arguments == "--help" { 0 } else { 1 }));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    for run in [
        on_account("--role MyRole --action ec2:TerminateInstances"),
        on_account("snapshot --role MyRole"),
        diagnose("--help"),
    ] {
        let (mut command, _home) = run.into_std();
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn nothing_is_left_in_the_folder_or_at_home() {
    let (mut command, home) = on_account("--role MyRole --action ec2:TerminateInstances").into_std();
    command.output().unwrap();
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["account.json"]);
}
