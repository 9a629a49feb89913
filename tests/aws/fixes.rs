//! The commands of a fix, run as they are printed by a POSIX shell and the real AWS CLI against the account: the request is
//! then allowed, and its neighbours are denied as before.

mod boundaries;
mod organization;
mod resources;

use std::process::{Command, Output};

use serde_json::{Value, json};

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

    /// What is said now: `allowed`, or what blocks, each a layer with the `Sid` of every Deny that applies: `boundary Guard`.
    #[track_caller]
    fn said(&self, others: &Option<Value>, who: [&str; 2], action: &str, resource: &str) -> String {
        let outcome = self.run(others, who, action, resource, &["-o", "json"]);
        let report: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
        let result = &report["results"][0];
        if result["verdict"] != "denied" {
            return result["verdict"].as_str().unwrap().to_owned();
        }
        let list = |value: &Value| value.as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let blocker = |block: &Value| {
            let all = list(&result["layers"]);
            let layer = all.iter().find(|layer| layer["layer"] == block["layer"]).unwrap();
            let denies = list(&layer["statements"]).into_iter();
            let denies =
                denies.filter(|one| one["effect"] == "Deny" && one["applies"] == "yes" && block["deny"] == "explicit");
            std::iter::once(text(&block["layer"]))
                .chain(denies.map(|one| text(&one["sid"])))
                .collect::<Vec<_>>()
                .join(" ")
        };
        list(&result["blocked_by"]).iter().map(blocker).collect::<Vec<_>>().join(", ")
    }

    /// As [`Self::said`], with what is fetched now.
    #[track_caller]
    fn is(&self, who: [&str; 2], action: &str, resource: &str, expected: &str) {
        let others = self.others.map(|fetch| fetch());
        assert_eq!(self.said(&others, who, action, resource), expected, "{action} on {resource:?}");
    }

    /// Denied now, allowed after the printed commands, while another action on the same resource stays denied, and so does
    /// the same action on another resource: each with what blocks it then. The commands.
    #[track_caller]
    fn fixed(&self, action: (&str, &str), resource: (&str, &str)) -> String {
        self.fixed_beside(&[(action.0, self.resource, action.1), (self.action, resource.0, resource.1)])
    }

    /// Of an action that takes no resource but `*`: there is no other resource on which it could stay denied.
    #[track_caller]
    fn fixed_without_resource(&self, action: (&str, &str)) -> String {
        self.fixed_beside(&[(action.0, "", action.1)])
    }

    #[track_caller]
    fn fixed_beside(&self, neighbours: &[(&str, &str, &str)]) -> String {
        let others = self.others.map(|fetch| fetch());
        for (action, resource) in
            neighbours.iter().map(|(action, resource, _)| (*action, *resource)).chain([(self.action, self.resource)])
        {
            let said = self.said(&others, self.who, action, resource);
            assert!(said != "allowed" && said != "undetermined", "{action} on {resource:?} is {said} before");
        }
        let printed = self.run(&others, self.who, self.action, self.resource, &["--fix", "cli"]);
        assert_eq!(printed.code, 1, "{printed:#?}");
        sh(&printed.stdout, &self.url);
        let others = self.others.map(|fetch| fetch());
        let said = self.said(&others, self.who, self.action, self.resource);
        assert_eq!(said, "allowed", "{}", printed.stdout);
        for (action, resource, by) in neighbours {
            let said = self.said(&others, self.who, action, resource);
            assert_eq!(said, *by, "{action} on {resource:?} after\n{}", printed.stdout);
        }
        printed.stdout
    }
}

const QUEUES: [&str; 3] = [
    "arn:aws:sqs:eu-south-2:123456789012:FixOne",
    "arn:aws:sqs:eu-south-2:123456789012:FixTwo",
    "arn:aws:sqs:eu-south-2:123456789012:FixThree",
];

/// Of one statement about one queue.
fn on_queue(action: &str, queue: &str) -> String {
    let one = json!({"Sid": "One", "Effect": "Allow", "Action": [action], "Resource": queue});
    json!({"Version": "2012-10-17", "Statement": [one]}).to_string()
}

/// To send a message to the first queue.
fn sending(role: &str) -> Denial<'_> {
    Denial::new(role, "sqs:SendMessage", QUEUES[0])
}

/// What stays denied of it by the layers without a Deny.
fn unlike(by: &str) -> [(&'static str, &str); 2] {
    [("sqs:DeleteQueue", by), (QUEUES[1], by)]
}

#[test]
fn an_allow_of_the_boundary_is_extended() {
    let boundary = on_queue("sqs:ReceiveMessage", QUEUES[0]);
    Account::new().bounded_role("FixExtended", &allow(&["sqs:*"]), &boundary);
    let [action, resource] = unlike("boundary");
    let script = sending("FixExtended").fixed(action, resource);
    assert!(script.contains("create-policy-version") && !script.contains("AllowSqs"), "{script}");
}

#[test]
fn a_resource_is_added_to_the_boundary() {
    let boundary = on_queue("sqs:SendMessage", QUEUES[2]);
    Account::new().bounded_role("FixRaised", &allow(&["sqs:*"]), &boundary);
    let [action, resource] = unlike("boundary");
    let script = sending("FixRaised").fixed(action, resource);
    assert!(script.contains(QUEUES[2]) && !script.contains("AllowSqs"), "{script}");
}

#[test]
fn a_statement_is_added_to_the_boundary_and_the_oldest_of_five_versions_goes() {
    let account = Account::new();
    let narrow = on_queue("sqs:ReceiveMessage", QUEUES[2]);
    account.bounded_role("FixAdded", &allow(&["sqs:*"]), &narrow);
    let boundary = "arn:aws:iam::123456789012:policy/FixAdded-Boundary";
    for _ in 0..4 {
        account.version(boundary, &narrow, true);
    }
    let [action, resource] = unlike("boundary");
    let script = sending("FixAdded").fixed(action, resource);
    assert!(script.contains("delete-policy-version") && script.contains("AllowSqsSendMessage"), "{script}");
}

#[test]
fn an_action_without_resources_is_added_to_the_boundary() {
    Account::new().bounded_role("FixEverywhere", &allow(&["ec2:*"]), &allow(&["ec2:DescribeVpcs"]));
    let denial = Denial::new("FixEverywhere", "ec2:DescribeInstances", "");
    let script = denial.fixed_without_resource(("ec2:DescribeImages", "boundary"));
    assert!(script.contains("create-policy-version"), "{script}");
}

#[test]
fn a_missing_identity_allow_becomes_an_inline_policy() {
    Account::new().role("FixAttached");
    let [action, resource] = unlike("identity");
    let script = sending("FixAttached").fixed(action, resource);
    assert!(script.contains("put-role-policy"), "{script}");
}

#[test]
fn an_inline_policy_is_extended_in_its_place() {
    let account = Account::new();
    account.role("FixInline");
    account.inline("FixInline", "Own", &on_queue("sqs:ReceiveMessage", QUEUES[0]));
    let [action, resource] = unlike("identity");
    let script = sending("FixInline").fixed(action, resource);
    assert!(script.contains("--policy-name Own"), "{script}");
}

#[test]
fn identity_and_boundary_are_mended_in_one_go() {
    let receiving = on_queue("sqs:ReceiveMessage", QUEUES[0]);
    Account::new().bounded_role("FixBoth", &receiving, &receiving);
    let [action, resource] = unlike("identity, boundary");
    sending("FixBoth").fixed(action, resource);
}

#[test]
fn a_resource_is_added_to_the_statement_about_the_action() {
    let account = Account::new();
    account.role("FixResource");
    account.inline("FixResource", "Own", &on_queue("sqs:SendMessage", QUEUES[2]));
    let [action, resource] = unlike("identity");
    let script = sending("FixResource").fixed(action, resource);
    assert!(script.contains("--policy-name Own") && script.contains(QUEUES[2]), "{script}");
}

#[test]
fn a_user_gets_an_inline_policy_for_one_resource() {
    Account::new().user("/", "fix.user");
    let [action, resource] = unlike("identity");
    let script = Denial { who: ["--user", "fix.user"], ..sending("") }.fixed(action, resource);
    assert!(script.contains("put-user-policy"), "{script}");
}

#[test]
fn a_managed_policy_of_the_account_is_extended() {
    let account = Account::new();
    account.role("FixManaged");
    let own = account.managed("FixManaged-Own", &on_queue("sqs:ReceiveMessage", QUEUES[0]));
    account.attach("FixManaged", &own);
    let [action, resource] = unlike("identity");
    let script = sending("FixManaged").fixed(action, resource);
    assert!(script.contains("create-policy-version"), "{script}");
}

/// From another address, what is allowed from one is denied as before.
#[test]
fn a_value_is_added_to_a_condition() {
    let account = Account::new();
    account.role("FixCondition");
    let one = json!({
        "Sid": "One", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUES[0],
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    });
    account.inline("FixCondition", "Own", &json!({"Version": "2012-10-17", "Statement": [one]}).to_string());
    let elsewhere = Denial { flags: &["--context", "aws:SourceIp=198.51.100.2"], ..sending("FixCondition") };
    let [action, resource] = unlike("identity");
    let here = Denial { flags: &["--context", "aws:SourceIp=198.51.100.1"], ..sending("FixCondition") };
    let script = here.fixed(action, resource);
    assert!(script.contains("198.51.100.1/32") && script.contains("--policy-name Own"), "{script}");
    elsewhere.is(elsewhere.who, elsewhere.action, elsewhere.resource, "identity");
    let office = Denial { flags: &["--context", "aws:SourceIp=203.0.113.9"], ..sending("FixCondition") };
    office.is(office.who, office.action, office.resource, "allowed");
}

#[test]
fn a_deny_of_an_inline_policy_is_narrowed() {
    let account = Account::new();
    account.role("FixDenied");
    account.inline("FixDenied", "All", &allow(&["*"]));
    let guard =
        json!({"Sid": "Guard", "Effect": "Deny", "Action": ["sqs:SendMessage", "sqs:DeleteQueue"], "Resource": "*"});
    account.inline("FixDenied", "Own", &json!({"Version": "2012-10-17", "Statement": [guard]}).to_string());
    let script = sending("FixDenied")
        .fixed(("sqs:DeleteQueue", "identity Guard"), (QUEUES[1], "identity KeepDenyingSqsSendMessage"));
    assert!(script.contains("put-role-policy"), "{script}");
}

#[test]
fn the_script_is_for_the_account_that_was_asked() {
    let account = Account::new();
    account.role("FixProfile");
    account.inline("FixProfile", "Own", &on_queue("sqs:ReceiveMessage", QUEUES[0]));
    let profile = format!("[other]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n");
    let ask = ["--role", "FixProfile", "--action", "sqs:SendMessage", "--resource", QUEUES[0]];
    let args = [&ask[..], &["--profile", "other", "--region", "eu-south-2", "--fix", "cli"]].concat();
    let program = Program::bare(moto::url()).file(".aws/credentials", &profile);
    let script = program.run(&args).stdout;
    assert!(script.starts_with("# with credentials of account 123456789012:\n["), "{script}");
    let named = format!(" --profile other --endpoint-url {} --region eu-south-2 ", moto::url());
    assert_eq!(script.matches("aws ").count(), script.matches(&named).count(), "{script}");

    let run = |script: &str| {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        std::fs::write(home.path().join(".aws/credentials"), &profile).unwrap();
        let mut shell = as_administrator("sh", "http://127.0.0.1:9", home.path());
        shell.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        shell.args(["-c", script]).output().unwrap()
    };
    let denial = Denial::new("FixProfile", "sqs:SendMessage", QUEUES[0]);
    let stopped = run(&script.replace("= 123456789012", "= 111122223333"));
    assert_eq!(stopped.status.code(), Some(1), "{stopped:#?}");
    denial.is(denial.who, "sqs:SendMessage", QUEUES[0], "identity");
    succeeded(run(&script), &script);
    denial.is(denial.who, "sqs:SendMessage", QUEUES[0], "allowed");
}
