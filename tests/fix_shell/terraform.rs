//! The HCL of each kind of fix, and what `terraform` makes of it where that is on PATH.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use diagnose::fix::terraform::terraform;
use diagnose::fix::{Fix, FixKind};
use diagnose::snapshot::{Layer, Origin};
use proptest::prelude::*;

use super::made::*;
use super::shell::{config, nasty_text};

const BEFORE: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}"#;
const EXTENDED: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"],
    "Resource": "*"}, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}"#;
const MOVED: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Sid": "B", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/${aws:username}"}]}"#;
const ADDED: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}, {"Sid": "B", "Effect": "Allow"}]}"#;
const REMOVED: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}"#;

fn hcl(mut fix: Fix, after: &str) -> String {
    fix.edited = Some(edited(BEFORE, after));
    terraform(&fix, &role()).expect("HCL")
}

/// Fails where `terraform fmt` would lay the items of a list out in another way; says nothing where there is no terraform.
fn check_layout(items: &str) {
    let lines: String = items.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("locals {{\n  Statement = [\n{lines}  ]\n}}\n");
    let mut command = Command::new("terraform");
    command.args(["fmt", "-check", "-diff", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}\n{said}");
}

/// Runs terraform on a file; `None` where there is none.
fn terraform_on(text: &str, arguments: &[&str], input: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let mut command = Command::new("terraform");
    command.args(arguments).current_dir(folder.path()).env("CHECKPOINT_DISABLE", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}\n{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Fails where terraform does not accept the items of a list, or reads something else than these statements; says nothing
/// where there is no terraform.
fn check_meaning(items: &str, statements: &serde_json::Value) {
    let text = format!("locals {{\n  Statement = [\n{items}\n  ]\n}}\n");
    if terraform_on(&text, &["validate"], "").is_none() {
        return;
    }
    let said = terraform_on(&text, &["console"], "base64encode(jsonencode(local.Statement))\n").unwrap();
    let json = base64::engine::general_purpose::STANDARD.decode(said.trim().trim_matches('"')).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), *statements, "{text}");
}

#[test]
fn the_changed_statement_and_no_other() {
    let boundary = || managed(Layer::Boundary, POLICY);
    let cases = [
        (
            EXTENDED,
            "# aws_iam_policy.Boundary: Statement[0] becomes\n{\n  Sid      = \"A\"\n  Effect   = \"Allow\"\n  Action   = \
             [\"s3:Get*\", \"s3:PutObject\"]\n  Resource = \"*\"\n},\n",
        ),
        (
            MOVED,
            "# aws_iam_policy.Boundary: Statement[1] becomes\n{\n  Sid      = \"B\"\n  Effect   = \"Allow\"\n  Action   = \
             \"s3:PutObject\"\n  Resource = \"arn:aws:s3:::b/$${aws:username}\"\n},\n",
        ),
        (ADDED, "# aws_iam_policy.Boundary: add this statement\n{\n  Sid    = \"B\"\n  Effect = \"Allow\"\n},\n"),
        (REMOVED, "# aws_iam_policy.Boundary: remove Statement[1]\n"),
    ];
    for (after, expected) in cases {
        let text = hcl(boundary(), after);
        assert_eq!(text, expected);
        check_layout(&text);
    }
    let copy = hcl(replacing("arn:aws:iam::aws:policy/PowerUserAccess"), EXTENDED);
    assert_eq!(copy.matches("\n{\n").count(), 2, "a new policy has all its statements: {copy}");
    check_layout(&copy);
}

#[test]
fn the_resource_is_named() {
    let resource = |arn: &str| attached(Layer::Resource, arn);
    let cases = [
        (inside(Origin::Inline, "P"), "aws_iam_role_policy.P: "),
        (inside(Origin::Inline, "1 a,b"), "aws_iam_role_policy._1_a_b (1 a,b): "),
        (inside(Origin::Inline, "a\nb\u{1b}"), "aws_iam_role_policy.a_b_ (a\\u{a}b\\u{1b}): "),
        (inside(Origin::Group("g".into()), "P"), "aws_iam_group_policy.P: "),
        (inside(Origin::File, "policies/dev.json"), "aws_iam_policy.dev: "),
        (attaching("P"), "aws_iam_role_policy.P, new; for role MyRole\n"),
        (
            replacing("arn:aws:iam::aws:policy/P"),
            "aws_iam_policy.P-boundary, new; permissions_boundary of role MyRole\n",
        ),
        (managed(Layer::ServiceControl, "arn:aws:organizations::1:policy/o-a/s/p-1"), "aws_organizations_policy.p-1: "),
        (attached(Layer::VpcEndpoint, "vpce-0abc"), "aws_vpc_endpoint_policy.vpce-0abc: "),
        (attached(Layer::Trust, "arn:aws:iam::123456789012:role/a/R"), "aws_iam_role.R, assume_role_policy: "),
        (resource("arn:aws:s3:::my.bucket"), "aws_s3_bucket_policy.my_bucket (my.bucket): "),
        (resource("arn:aws:kms:r:123456789012:key/0-1"), "aws_kms_key._0-1 (0-1), policy: "),
        (resource("arn:aws:sqs:r:123456789012:q"), "aws_sqs_queue_policy.q: "),
        (resource("arn:aws:dynamodb:r:123456789012:table/T/stream/s"), "aws_dynamodb_resource_policy.T: "),
        (resource("arn:aws:newthing:r:123456789012:x/y"), "the policy of arn:aws:newthing:r:123456789012:x/y: "),
    ];
    for (fix, place) in cases {
        let text = hcl(fix, EXTENDED);
        assert_eq!(text.get(..place.len() + 2), Some(format!("# {place}").as_str()));
        check_layout(&text);
    }
    let mut policy = resource("arn:aws:s3:::b");
    policy.kind = FixKind::Attach;
    assert!(hcl(policy, REMOVED).starts_with("# aws_s3_bucket_policy.b, new\n{\n"));
    let none = [
        (fix(Layer::Session, FixKind::AddAllow), EXTENDED),
        (managed(Layer::Identity, "arn:aws:iam::aws:policy/P"), EXTENDED),
        (resource("arn:aws:lambda:r:123456789012:function:f"), EXTENDED),
        (fix(Layer::Boundary, FixKind::Nothing), EXTENDED),
        (managed(Layer::Boundary, POLICY), BEFORE),
    ];
    for (mut fix, after) in none {
        fix.edited = Some(edited(BEFORE, after));
        assert_eq!(terraform(&fix, &role()), None);
    }
    let sso = who("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1");
    assert_eq!(terraform(&attaching("P"), &sso), None);
    let mut locked = managed(Layer::Boundary, POLICY);
    locked.editable = false;
    assert_eq!(terraform(&locked, &role()), None);
}

fn any_statement() -> impl Strategy<Value = serde_json::Value> {
    let text = || nasty_text().prop_map(serde_json::Value::from);
    let one_or_many = || prop_oneof![text(), prop::collection::vec(text(), 0..5).prop_map(serde_json::Value::from)];
    let condition = prop::collection::btree_map(nasty_text(), one_or_many(), 0..4)
        .prop_map(|keys| serde_json::Value::Object(keys.into_iter().collect()));
    (one_or_many(), one_or_many(), condition).prop_map(|(action, resource, condition)| {
        serde_json::json!({"Action": action, "Resource": resource, "Condition": {"StringLike": condition}, "Sid": "a"})
    })
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn terraform_finds_nothing_to_format(statements in prop::collection::vec(any_statement(), 1..6)) {
        let text = hcl(managed(Layer::Boundary, POLICY), &serde_json::json!({"Statement": statements}).to_string());
        check_layout(&text);
    }

    #[test]
    fn terraform_reads_what_was_meant(statements in prop::collection::vec(any_statement(), 1..6)) {
        // Terraform composes accents; AWS takes no character that only stands on another.
        let document = serde_json::json!({"Statement": statements}).to_string().replace("e\u{301}", "é");
        let text = hcl(attaching("P"), &document);
        let statements: serde_json::Value = serde_json::from_str(&document).unwrap();
        check_meaning(&text, &statements["Statement"]);
    }
}
