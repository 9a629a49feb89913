//! The answer follows where the command fails because AWS denied something, and nowhere else.

use std::process::Output;

use super::{DENIAL, account, says, text, with};

fn output(flags: &[&str], command: &[String]) -> Output {
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    with(flags, &command).output().unwrap()
}

#[test]
fn behind_the_commands_own_words_on_standard_error() {
    let found = output(&["--snapshot", &account()], &says(254));
    assert_eq!(text(&found.stdout), "result\n", "standard output is the command's");
    let stderr = text(&found.stderr);
    let answer = stderr.strip_prefix(&format!("{DENIAL}\n\n")).expect("the command's words, then the answer");
    assert!(answer.starts_with("denied  ec2:TerminateInstances on "), "{answer}");
    assert!(answer.contains("The permissions boundary blocks it") && answer.contains("\nFix: "), "{answer}");
    assert!(!answer.contains('\u{1b}'), "no colours where nobody sees them");
}

#[test]
fn not_where_it_succeeds_or_fails_otherwise() {
    let other =
        vec!["sh".to_owned(), "-c".to_owned(), "echo 'permission denied: (403) Forbidden' >&2; exit 1".to_owned()];
    let on_output = vec!["sh".to_owned(), "-c".to_owned(), format!("echo '{DENIAL}'; exit 1")];
    let expired =
        "An error occurred (ExpiredToken) when calling the ListBuckets operation: The provided token has expired.";
    let expired = vec!["sh".to_owned(), "-c".to_owned(), format!("echo '{expired}' >&2; exit 254")];
    for (command, verbose) in [
        (says(0), "note: not diagnosed: the command succeeded\n"),
        (other, "note: no denial by AWS on standard error\n"),
        (on_output, "note: no denial by AWS on standard error\n"),
        (expired, "note: no denial by a policy on standard error: "),
    ] {
        let alone = std::process::Command::new(&command[0]).args(&command[1..]).output().unwrap();
        let found = output(&["--snapshot", &account()], &command);
        assert_eq!((text(&found.stdout), text(&found.stderr)), (text(&alone.stdout), text(&alone.stderr)));
        assert_eq!(found.status.code(), alone.status.code());
        let told = text(&output(&["-v", "--snapshot", &account()], &command).stderr);
        let note = told.strip_prefix(&text(&alone.stderr)).unwrap();
        assert!(note.starts_with(verbose) && note.lines().count() == 1, "{note}");
    }
}

#[test]
fn an_answer_that_fails_is_one_line() {
    for (flags, line) in [
        (vec!["--snapshot", "/no/such.json"], "note: AWS denied something, not diagnosed: "),
        (vec!["--endpoint-url", "nonsense"], "note: AWS denied something, not diagnosed: "),
        (
            vec!["--profile", "nobody"],
            "note: AWS denied something, not diagnosed: no usable AWS credentials: profile `nobody`",
        ),
    ] {
        let stderr = text(&output(&flags, &says(254)).stderr);
        let note = stderr.strip_prefix(&format!("{DENIAL}\n")).unwrap();
        assert!(note.starts_with(line) && note.lines().count() == 1, "{note}");
    }
}

/// The profile is the command's: named in its own words.
#[test]
fn the_profile_of_the_command_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let aws = folder.path().join("aws");
    std::fs::write(&aws, format!("#!/bin/sh\necho '{DENIAL}' >&2\nexit 254\n")).unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&aws).status().unwrap();
    let aws = aws.to_str().unwrap();
    for command in [
        vec![aws, "ec2", "terminate-instances", "--profile", "of-the-command"],
        vec!["env", "AWS_PROFILE=of-the-command", aws, "ec2", "terminate-instances"],
    ] {
        let found = text(&with(&[], &command).output().unwrap().stderr);
        assert!(found.contains("profile `of-the-command` is not in"), "{found}");
        let found = text(&with(&["--profile", "mine"], &command).output().unwrap().stderr);
        assert!(found.contains("profile `mine` is not in"), "{found}");
    }
}

#[test]
fn quiet_adds_nothing() {
    let found = output(&["-q", "--snapshot", &account()], &says(254));
    assert_eq!((text(&found.stdout), text(&found.stderr)), ("result\n".to_owned(), format!("{DENIAL}\n")));
}

#[test]
fn a_report_is_written_where_it_was_named_and_only_where_something_was_denied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("denial.json");
    let flags = ["-o", "json", "--report", path.to_str().unwrap(), "--snapshot", &account()];
    output(&flags, &says(0));
    assert!(!path.exists());
    let found = output(&flags, &says(1));
    let line = format!("note: AWS denied what the command asked for; the answer is in {}\n", path.display());
    assert_eq!(text(&found.stderr), format!("{DENIAL}\n{line}"));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["results"][0]["blocked_by"][0]["layer"], "boundary");
    assert_eq!(report["message"]["client"], "aws-cli");

    let first = std::fs::read(&path).unwrap();
    let found = output(&[&["-q"][..], &flags].concat(), &says(1));
    assert_eq!((text(&found.stderr), std::fs::read(&path).unwrap()), (format!("{DENIAL}\n"), first));
}
