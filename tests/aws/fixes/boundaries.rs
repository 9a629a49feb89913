//! Boundaries: carved, copied, of users, shared.

use super::super::stand_in::StandIn;
use super::{Account, Denial, Program, QUEUES, allow, moto, on_queue, sending, sh, unlike};

const KEYS: [&str; 2] = ["arn:aws:s3:::fix/one", "arn:aws:s3:::fix/two"];

/// A role that may do everything, within all but what these statements deny.
fn guarded(role: &str, denies: &str) {
    let boundary = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "*"}}, {denies}]}}"#
    );
    Account::new().bounded_role(role, &allow(&["*"]), &boundary);
}

/// To delete the first key.
fn deleting(role: &str) -> Denial<'_> {
    Denial::new(role, "s3:DeleteObject", KEYS[0])
}

#[test]
fn a_deny_of_one_action_spares_the_resource() {
    let denies = r#"{"Sid": "Guard", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
        {"Sid": "Other", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}"#;
    guarded("FixCarved", denies);
    let script = deleting("FixCarved").fixed(("s3:PutObject", "boundary Other"), (KEYS[1], "boundary Guard"));
    assert!(script.contains("NotResource") && !script.contains("KeepDenying"), "{script}");
}

#[test]
fn a_deny_elsewhere_than_on_some_resources_spares_one_more() {
    let denies = r#"{"Sid": "Guard", "Effect": "Deny", "Action": "s3:DeleteObject", "NotResource": "arn:aws:s3:::free/*"},
        {"Sid": "Other", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}"#;
    guarded("FixElsewhere", denies);
    let script = deleting("FixElsewhere").fixed(("s3:PutObject", "boundary Other"), (KEYS[1], "boundary Guard"));
    assert!(script.contains("free/*") && !script.contains("KeepDenying"), "{script}");
}

#[test]
fn a_deny_of_several_actions_is_split() {
    let deny = r#"{"Sid": "Guard", "Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "*"}"#;
    guarded("FixSplit", deny);
    deleting("FixSplit").fixed(("s3:PutObject", "boundary Guard"), (KEYS[1], "boundary KeepDenyingS3DeleteObject"));
}

#[test]
fn a_deny_on_several_resources_keeps_the_others() {
    let deny = r#"{"Sid": "Guard", "Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::fix/one", "arn:aws:s3:::fix/two"]}"#;
    guarded("FixListed", deny);
    deleting("FixListed").fixed(("s3:PutObject", "boundary Guard"), (KEYS[1], "boundary KeepDenyingS3DeleteObject"));
}

#[test]
fn an_action_is_taken_out_of_a_deny_of_one_resource() {
    let boundary = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::fix/one"},
        {"Sid": "Guard", "Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "arn:aws:s3:::fix/one"}]}"#;
    Account::new().bounded_role("FixTakenOut", &allow(&["*"]), boundary);
    let script = deleting("FixTakenOut").fixed(("s3:PutObject", "boundary Guard"), (KEYS[1], "boundary"));
    assert!(!script.contains("KeepDenying"), "{script}");
}

#[test]
fn a_deny_of_all_but_some_actions_spares_one_more() {
    guarded("FixAllBut", r#"{"Sid": "Guard", "Effect": "Deny", "NotAction": ["sqs:*", "iam:*"], "Resource": "*"}"#);
    let script = deleting("FixAllBut")
        .fixed(("s3:PutObject", "boundary Guard"), (KEYS[1], "boundary KeepDenyingS3DeleteObject"));
    assert!(script.contains("NotAction"), "{script}");
}

#[test]
fn a_pattern_spares_one_action_on_one_resource() {
    guarded("FixPattern", r#"{"Sid": "Guard", "Effect": "Deny", "Action": "sqs:*M*", "Resource": "*"}"#);
    let script = sending("FixPattern")
        .fixed(("sqs:DeleteMessage", "boundary KeepDenyingSqsActions"), (QUEUES[1], "boundary Guard"));
    assert!(script.contains("NotResource"), "{script}");
}

#[test]
fn a_pattern_is_spelled_out_without_what_was_asked() {
    guarded("FixSpelled", r#"{"Sid": "Guard", "Effect": "Deny", "Action": "ec2:DescribeVpc*", "Resource": "*"}"#);
    let denial = Denial::new("FixSpelled", "ec2:DescribeVpcs", "");
    denial.fixed_without_resource(("ec2:DescribeVpcEndpoints", "boundary KeepDenyingEc2Actions"));
}

#[test]
fn a_deny_that_lists_whom_it_spares_lists_one_more_for_one_resource() {
    let deny = r#"{"Sid": "Guard", "Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/Admin"}}}"#;
    guarded("FixSpared", deny);
    let boundary = "arn:aws:iam::123456789012:policy/FixSpared-Boundary";
    let account = Account::new();
    account.role_at("/", "FixSparedToo", Some(boundary));
    account.inline("FixSparedToo", "All", &allow(&["*"]));
    let denial = deleting("FixSpared");
    denial.fixed(("s3:PutObject", "boundary Guard"), (KEYS[1], "boundary KeepDenyingS3DeleteObject"));
    denial.is(["--role", "FixSparedToo"], "s3:DeleteObject", KEYS[0], "boundary KeepDenyingS3DeleteObject2");
}

#[test]
fn a_boundary_of_aws_is_copied_and_the_copy_becomes_the_boundary() {
    let account = Account::new();
    account.role_at("/", "FixCopied", Some("arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"));
    account.inline("FixCopied", "All", &allow(&["*"]));
    let denial = sending("FixCopied");
    let [action, resource] = unlike("boundary");
    let script = denial.fixed(action, resource);
    assert!(script.contains("create-policy") && script.contains("put-role-permissions-boundary"), "{script}");
    denial.is(denial.who, "sqs:GetQueueUrl", QUEUES[1], "allowed");
}

#[test]
fn roles_of_one_message_are_switched_to_one_copy() {
    let account = Account::new();
    for role in ["FixCopyOne", "FixCopyTwo"] {
        account.role_at("/", role, Some("arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"));
        account.inline(role, "All", &allow(&["*"]));
    }
    let topic = "arn:aws:sns:eu-south-2:123456789012:topic";
    let line = |role: &str, action: &str| {
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/{role}/s is not authorized to perform: {action} on resource: \
             {topic} because no permissions boundary allows the {action} action\n"
        )
    };
    let text = line("FixCopyOne", "sns:Publish") + &line("FixCopyTwo", "sns:Subscribe");
    let printed = Program::new(moto::url()).file("log", &text).run(&["--message", &text, "--fix", "cli"]);
    assert_eq!(printed.stdout.matches("aws iam create-policy ").count(), 1, "{printed:#?}");
    sh(&printed.stdout, moto::url());
    for (role, allowed) in [("FixCopyOne", "sns:Publish"), ("FixCopyTwo", "sns:Subscribe")] {
        let denial = Denial::new(role, allowed, topic);
        denial.is(denial.who, allowed, topic, "allowed");
        denial.is(denial.who, "sns:DeleteTopic", topic, "boundary");
        denial.is(denial.who, allowed, "arn:aws:sns:eu-south-2:123456789012:other", "boundary");
    }
}

/// A user within a boundary, which moto does not keep: a stand-in before it does.
fn bounded_user<'a>(flags: [&'a str; 2], boundary: &str) -> (StandIn, Denial<'a>) {
    let (account, name) = (Account::new(), flags[1]);
    account.user("/", name);
    account.attach_to_user(name, &account.managed(&format!("{name}-Identity"), &allow(&["sqs:*"])));
    let server = StandIn::new().user_boundary(boundary);
    let denial = Denial { who: flags, url: server.url.clone(), ..sending("") };
    (server, denial)
}

#[test]
fn the_boundary_of_a_user_is_extended() {
    let boundary = Account::new().managed("fix.bounded-Boundary", &on_queue("sqs:ReceiveMessage", QUEUES[0]));
    let (_server, denial) = bounded_user(["--user", "fix.bounded"], &boundary);
    let [action, resource] = unlike("boundary");
    let script = denial.fixed(action, resource);
    assert!(script.contains("create-policy-version"), "{script}");
}

#[test]
fn a_user_is_switched_to_the_copy_of_a_boundary_of_aws() {
    let (server, denial) = bounded_user(["--user", "fix.copied"], "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    let [action, resource] = unlike("boundary");
    let script = denial.fixed(action, resource);
    assert!(script.contains("create-policy") && script.contains("put-user-permissions-boundary"), "{script}");
    assert!(server.actions().contains(&"PutUserPermissionsBoundary".to_owned()));
}
