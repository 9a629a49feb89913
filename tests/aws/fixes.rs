//! The commands of a fix, run as they are printed by a POSIX shell and the real AWS CLI against the account: the request is
//! then allowed, and its neighbours are denied as before.

use std::process::Command;

use super::account::{Account, KEY_ID, SECRET_KEY, allow};
use super::moto;
use super::program::Program;

/// Asks for the commands, runs them, and asks again.
#[track_caller]
fn fixes(role: &str, action: &str, neighbours: &[&str]) -> String {
    let ask = |action: &str| Program::new(moto::url()).ask(["--role", role], action);
    ask(action).result(1).verdict("denied");
    let printed = Program::new(moto::url()).run(&["--role", role, "--action", action, "--fix", "cli"]);
    assert_eq!(printed.code, 1, "{printed:#?}");
    let home = tempfile::tempdir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_diagnose")).parent().unwrap().to_owned();
    let mut folders = vec![program, moto::cli().parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let output = Command::new("sh")
        .args(["-eu", "-c", &printed.stdout])
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", home.path())
        .env("AWS_ENDPOINT_URL", moto::url())
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{output:#?}", printed.stdout);
    ask(action).result(0).verdict("allowed");
    for neighbour in neighbours {
        ask(neighbour).result(1).verdict("denied");
    }
    printed.stdout
}

#[test]
fn an_allow_of_the_boundary_is_extended() {
    Account::new().bounded_role("FixExtended", &allow(&["ec2:*"]), &allow(&["ec2:Describe*"]));
    let script = fixes("FixExtended", "ec2:TerminateInstances", &["ec2:StopInstances", "s3:GetObject"]);
    assert!(script.contains("create-policy-version"), "{script}");
}

#[test]
fn a_statement_is_added_to_the_boundary_and_the_oldest_of_five_versions_goes() {
    let account = Account::new();
    let narrow = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:team-*"}]}"#;
    account.bounded_role("FixAdded", &allow(&["ec2:*"]), narrow);
    let boundary = "arn:aws:iam::123456789012:policy/FixAdded-Boundary";
    for _ in 0..4 {
        account.version(boundary, narrow, true);
    }
    let script = fixes("FixAdded", "ec2:TerminateInstances", &["ec2:StopInstances"]);
    assert!(script.contains("delete-policy-version"), "{script}");
}

#[test]
fn a_deny_of_the_boundary_is_narrowed() {
    let guarded = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Guard", "Effect": "Deny", "Action": ["ec2:TerminateInstances", "ec2:StopInstances"], "Resource": "*"}]}"#;
    Account::new().bounded_role("FixNarrowed", &allow(&["ec2:*"]), guarded);
    fixes("FixNarrowed", "ec2:TerminateInstances", &["ec2:StopInstances"]);
}

#[test]
fn a_missing_identity_allow_becomes_an_inline_policy() {
    Account::new().role("FixAttached");
    let script = fixes("FixAttached", "sqs:SendMessage", &["sqs:DeleteQueue"]);
    assert!(script.contains("put-role-policy"), "{script}");
}

#[test]
fn an_inline_policy_is_extended_in_its_place() {
    let account = Account::new();
    account.role("FixInline");
    account.inline("FixInline", "Own", &allow(&["sqs:ReceiveMessage"]));
    let script = fixes("FixInline", "sqs:SendMessage", &["sqs:DeleteQueue"]);
    assert!(script.contains("--policy-name Own"), "{script}");
}

#[test]
fn identity_and_boundary_are_mended_in_one_go() {
    Account::new().bounded_role("FixBoth", &allow(&["sqs:ReceiveMessage"]), &allow(&["sqs:ReceiveMessage"]));
    fixes("FixBoth", "sqs:SendMessage", &["sqs:DeleteQueue"]);
}
