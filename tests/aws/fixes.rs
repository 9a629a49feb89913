//! The commands of a fix, run as they are printed by a POSIX shell and the real AWS CLI against the account: the request is
//! then allowed, and its neighbours are denied as before.

mod boundaries;
mod organization;
mod resources;

use std::process::{Command, Output};

use serde_json::Value;

use super::account::{Account, KEY_ID, SECRET_KEY, allow};
use super::moto;
use super::program::{Outcome, Program};

/// The environment of somebody who administers moto's account.
fn as_administrator(program: &str, url: &str, home: &std::path::Path) -> Command {
    let diagnose = std::path::Path::new(env!("CARGO_BIN_EXE_diagnose")).parent().unwrap().to_owned();
    let mut folders = vec![diagnose, moto::cli().parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        // Elsewhere the AWS CLI, version 1, asks for queues at their old addresses, whatever the endpoint.
        .env("AWS_DEFAULT_REGION", "eu-south-2")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_PAGER", "")
        .current_dir(home);
    command
}

#[track_caller]
fn succeeded(output: Output, what: &str) -> String {
    assert!(output.status.success(), "{what}\n{output:#?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the AWS CLI against moto; what it prints, without the line feed behind it.
#[track_caller]
fn aws(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = as_administrator("aws", moto::url(), home.path()).args(arguments).output().unwrap();
    succeeded(output, &format!("aws {arguments:?}")).trim_end().to_owned()
}

/// Runs what was printed, unmodified.
#[track_caller]
fn sh(script: &str, url: &str) {
    let home = tempfile::tempdir().unwrap();
    let output = as_administrator("sh", url, home.path()).args(["-eu", "-c", script]).output().unwrap();
    succeeded(output, script);
}

/// A denial, and what is asked around it.
struct Denial<'a> {
    /// The principal: a flag and its value.
    who: [&'a str; 2],
    action: &'a str,
    /// The resource; empty for any.
    resource: &'a str,
    /// Further flags.
    flags: &'a [&'a str],
    url: String,
    /// What only a snapshot has: its fields, fetched by the AWS CLI as they are at the time.
    others: Option<&'a dyn Fn() -> Value>,
}

impl<'a> Denial<'a> {
    fn new(role: &'a str, action: &'a str, resource: &'a str) -> Self {
        let url = moto::url().to_owned();
        Self { who: ["--role", role], action, resource, flags: &[], url, others: None }
    }

    #[track_caller]
    fn run(&self, others: &Option<Value>, who: [&str; 2], action: &str, resource: &str, output: &[&str]) -> Outcome {
        let mut arguments = vec![who[0], who[1], "--action", action];
        if !resource.is_empty() {
            arguments.extend(["--resource", resource]);
        }
        arguments.extend(self.flags);
        arguments.extend(output);
        let program = Program::new(&self.url);
        let Some(others) = others else { return program.run(&arguments) };
        let saved = Program::new(&self.url).run(&["snapshot", who[0], who[1]]);
        let mut saved: Value = serde_json::from_str(&saved.stdout).unwrap();
        saved.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        arguments.extend(["--snapshot", "account.json"]);
        program.file("account.json", &saved.to_string()).run(&arguments)
    }

    /// Asks now, with what is fetched now.
    #[track_caller]
    fn are(&self, expected: &[(&str, [&str; 2], &str, &str)]) {
        let others = self.others.map(|fetch| fetch());
        for (verdict, who, action, resource) in expected {
            let outcome = self.run(&others, *who, action, resource, &["-o", "json"]);
            let report: Value =
                serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
            assert_eq!(report["results"][0]["verdict"], *verdict, "{action} on {resource:?}: {report:#}");
        }
    }

    /// Denied now, allowed after the printed commands; each neighbour, an action with its resource, stays denied. The
    /// commands.
    #[track_caller]
    fn fixed(&self, neighbours: &[(&str, &str)]) -> String {
        let with = |verdict| {
            let neighbours = neighbours.iter().map(|(action, resource)| ("denied", self.who, *action, *resource));
            std::iter::once((verdict, self.who, self.action, self.resource)).chain(neighbours).collect::<Vec<_>>()
        };
        self.are(&with("denied"));
        let others = self.others.map(|fetch| fetch());
        let printed = self.run(&others, self.who, self.action, self.resource, &["--fix", "cli"]);
        assert_eq!(printed.code, 1, "{printed:#?}");
        sh(&printed.stdout, &self.url);
        self.are(&with("allowed"));
        printed.stdout
    }
}

/// Asks for the commands, runs them, and asks again.
#[track_caller]
fn fixes(role: &str, action: &str, neighbours: &[&str]) -> String {
    let neighbours: Vec<(&str, &str)> = neighbours.iter().map(|action| (*action, "")).collect();
    Denial::new(role, action, "").fixed(&neighbours)
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

const QUEUES: [&str; 3] = [
    "arn:aws:sqs:eu-south-2:123456789012:FixOne",
    "arn:aws:sqs:eu-south-2:123456789012:FixTwo",
    "arn:aws:sqs:eu-south-2:123456789012:FixThree",
];

#[test]
fn a_resource_is_added_to_the_statement_about_the_action() {
    let account = Account::new();
    account.role("FixResource");
    let one = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "{}"}}]}}"#,
        QUEUES[0]
    );
    account.inline("FixResource", "Own", &one);
    let denial = Denial::new("FixResource", "sqs:SendMessage", QUEUES[1]);
    let script = denial.fixed(&[("sqs:SendMessage", QUEUES[2]), ("sqs:DeleteQueue", QUEUES[1])]);
    assert!(script.contains("--policy-name Own") && script.contains(QUEUES[0]), "{script}");
}

#[test]
fn a_user_gets_an_inline_policy_for_one_resource() {
    Account::new().user("/", "fix.user");
    let denial = Denial { who: ["--user", "fix.user"], ..Denial::new("", "sqs:SendMessage", QUEUES[0]) };
    let script = denial.fixed(&[("sqs:SendMessage", QUEUES[1]), ("sqs:ReceiveMessage", QUEUES[0])]);
    assert!(script.contains("put-user-policy"), "{script}");
}

#[test]
fn a_managed_policy_of_the_account_is_extended() {
    let account = Account::new();
    account.role("FixManaged");
    account.attach("FixManaged", &account.managed("FixManaged-Own", &allow(&["sqs:ReceiveMessage"])));
    let script = fixes("FixManaged", "sqs:SendMessage", &["sqs:DeleteQueue"]);
    assert!(script.contains("create-policy-version"), "{script}");
}
