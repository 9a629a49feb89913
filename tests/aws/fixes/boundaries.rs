//! Boundaries: carved, copied, of users, shared.

use super::super::stand_in::StandIn;
use super::{Account, Denial, Program, allow, moto, sh};

const KEYS: [&str; 2] = ["arn:aws:s3:::fix/one", "arn:aws:s3:::fix/two"];

/// A role that may do everything, within all but what this statement denies.
fn guarded(role: &str, deny: &str) {
    let boundary = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "*"}}, {deny}]}}"#
    );
    Account::new().bounded_role(role, &allow(&["*"]), &boundary);
}

#[test]
fn a_deny_of_one_action_spares_the_resource() {
    guarded("FixCarved", r#"{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}"#);
    let script = Denial::new("FixCarved", "s3:DeleteObject", KEYS[0]).fixed(&[("s3:DeleteObject", KEYS[1])]);
    assert!(script.contains("NotResource"), "{script}");
}

#[test]
fn a_deny_of_several_actions_is_split() {
    guarded("FixSplit", r#"{"Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "*"}"#);
    let neighbours = [("s3:DeleteObject", KEYS[1]), ("s3:PutObject", KEYS[0])];
    let script = Denial::new("FixSplit", "s3:DeleteObject", KEYS[0]).fixed(&neighbours);
    assert!(script.contains("KeepDenyingS3DeleteObject"), "{script}");
}

#[test]
fn a_deny_of_all_but_some_actions_spares_one_more() {
    guarded("FixAllBut", r#"{"Effect": "Deny", "NotAction": ["sqs:*", "iam:*"], "Resource": "*"}"#);
    let neighbours = [("s3:DeleteObject", KEYS[1]), ("s3:PutObject", KEYS[0])];
    let script = Denial::new("FixAllBut", "s3:DeleteObject", KEYS[0]).fixed(&neighbours);
    assert!(script.contains("NotAction"), "{script}");
}

#[test]
fn a_pattern_is_spelled_out_without_what_was_asked() {
    guarded("FixSpelled", r#"{"Effect": "Deny", "Action": "sqs:Delete*", "Resource": "*"}"#);
    super::fixes("FixSpelled", "sqs:DeleteMessage", &["sqs:DeleteQueue"]);
}

#[test]
fn a_deny_that_lists_whom_it_spares_lists_one_more_for_one_resource() {
    let deny = r#"{"Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/Admin"}}}"#;
    guarded("FixSpared", deny);
    let boundary = "arn:aws:iam::123456789012:policy/FixSpared-Boundary";
    let account = Account::new();
    account.role_at("/", "FixSparedToo", Some(boundary));
    account.inline("FixSparedToo", "All", &allow(&["*"]));
    let denial = Denial::new("FixSpared", "s3:DeleteObject", KEYS[0]);
    denial.fixed(&[("s3:DeleteObject", KEYS[1]), ("s3:PutObject", KEYS[0])]);
    denial.are(&[("denied", ["--role", "FixSparedToo"], "s3:DeleteObject", KEYS[0])]);
}

#[test]
fn a_boundary_of_aws_is_copied_and_the_copy_becomes_the_boundary() {
    let account = Account::new();
    account.role_at("/", "FixCopied", Some("arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"));
    account.inline("FixCopied", "All", &allow(&["*"]));
    let queue = |name: &str| format!("arn:aws:sqs:eu-south-2:123456789012:{name}");
    let (asked, other) = (queue("one"), queue("two"));
    let denial = Denial::new("FixCopied", "sqs:SendMessage", &asked);
    let script = denial.fixed(&[("sqs:SendMessage", &other), ("sqs:DeleteQueue", &asked)]);
    assert!(script.contains("create-policy") && script.contains("put-role-permissions-boundary"), "{script}");
    denial.are(&[("allowed", denial.who, "sqs:GetQueueUrl", &other)]);
}

#[test]
fn roles_of_one_message_are_switched_to_one_copy() {
    let account = Account::new();
    for role in ["FixCopyOne", "FixCopyTwo"] {
        account.role_at("/", role, Some("arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"));
        account.inline(role, "All", &allow(&["*"]));
    }
    let line = |role: &str, action: &str| {
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/{role}/s is not authorized to perform: {action} on resource: \
             arn:aws:sns:eu-south-2:123456789012:topic because no permissions boundary allows the {action} action\n"
        )
    };
    let text = line("FixCopyOne", "sns:Publish") + &line("FixCopyTwo", "sns:Subscribe");
    let printed = Program::new(moto::url()).file("log", &text).run(&["--message", &text, "--fix", "cli"]);
    assert_eq!(printed.stdout.matches("aws iam create-policy ").count(), 1, "{printed:#?}");
    sh(&printed.stdout, moto::url());
    let topic = "arn:aws:sns:eu-south-2:123456789012:topic";
    for (role, allowed) in [("FixCopyOne", "sns:Publish"), ("FixCopyTwo", "sns:Subscribe")] {
        let denial = Denial::new(role, allowed, topic);
        denial.are(&[
            ("allowed", denial.who, allowed, topic),
            ("denied", denial.who, "sns:DeleteTopic", topic),
            ("denied", denial.who, allowed, "arn:aws:sns:eu-south-2:123456789012:other"),
        ]);
    }
}

/// Moto keeps no boundary of a user, so a stand-in says that it has one; the edit is the policy's, which moto keeps.
#[test]
fn the_boundary_of_a_user_is_extended() {
    let account = Account::new();
    let boundary = account.managed("fix-bounded-Boundary", &allow(&["sqs:ReceiveMessage"]));
    account.user("/", "fix.bounded");
    account.attach_to_user("fix.bounded", &account.managed("fix-bounded-Identity", &allow(&["sqs:*"])));
    let server = StandIn::new().user_boundary(&boundary);
    let who = ["--user", "fix.bounded"];
    let denial = Denial { who, url: server.url.clone(), ..Denial::new("", "sqs:SendMessage", "") };
    let script = denial.fixed(&[("sqs:DeleteQueue", ""), ("sns:Publish", "")]);
    assert!(script.contains("create-policy-version"), "{script}");
}
