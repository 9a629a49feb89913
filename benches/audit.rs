//! How long an audit takes, and that it grows as the account does: made accounts of 500, 5,000 and 50,000 roles with six
//! policies each (four managed, two of their own), nine of ten under one of eight boundaries, one broken document among them;
//! conditions, variables, `NotAction` and Denys as in accounts that people have.
//!
//! Everything counts: reading the file's text, compiling the policies, the gap over the whole catalogue, the findings.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench that cannot go on has failed, and its figures are its output"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use diagnose::audit::{Audit, Code, Scope, audit};
use diagnose::derive::Given;
use diagnose::source::{Files, SnapshotFile};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [usize; 3] = [500, 5_000, 50_000];

fn main() {
    for roles in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("account.json");
        std::fs::write(&path, account(roles)).unwrap();
        let megabytes = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
        let mut times: Vec<f64> = (0..5).map(|_| run(path.to_str().unwrap(), roles)).collect();
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!(
            "audit of {roles} roles ({megabytes:.0} MB): {median:.2} s, {:.0} µs a role",
            median * 1e6 / roles as f64
        );
    }
}

fn run(path: &str, roles: usize) -> f64 {
    let start = Instant::now();
    let file = SnapshotFile::open(&mut Files::default(), path).unwrap();
    let account = file.account().unwrap();
    let given = Given::nothing(jiff::Timestamp::UNIX_EPOCH);
    let scope = Scope { given, codes: Vec::new(), principals: Vec::new(), others: account.others(), file: None };
    let found: Audit = black_box(audit(account.len(), |index| account.member(index), &scope));
    let taken = start.elapsed().as_secs_f64();
    assert_eq!(found.rows.len(), roles);
    assert_eq!(found.findings.iter().filter(|one| one.code == Code::PolicyBroken).count(), 1);
    taken
}

const SERVICES: [&str; 12] =
    ["s3", "ec2", "dynamodb", "sqs", "sns", "lambda", "logs", "kms", "rds", "ecs", "secretsmanager", "iam"];
const VERBS: [&str; 5] = ["Get*", "List*", "Describe*", "Put*", "*"];
const CONDITIONS: [&str; 6] = [
    r#"{"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}"#,
    r#"{"Bool": {"aws:SecureTransport": "true"}}"#,
    r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#,
    r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}"#,
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}, "Null": {"aws:TokenIssueTime": "false"}}"#,
    r#"{"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}"#,
];

/// A document of three statements; `number` tells it from others. Every third has a condition, some a variable in a
/// resource, one of twenty is a `NotAction`, one of twenty a Deny.
fn document(number: usize) -> String {
    let statement = |at: usize| {
        let unlike = number * 3 + at;
        let service = SERVICES[(number * 3 + at * 5) % SERVICES.len()];
        let action = |more: usize| format!("\"{service}:{}\"", VERBS[(number + at + more) % VERBS.len()]);
        let (actions, wide) = match unlike % 20 {
            7 => (r#""NotAction": ["iam:*", "organizations:*"]"#.to_owned(), true),
            _ => (format!("\"Action\": [{}, {}]", action(0), action(1)), at == 0),
        };
        let resource = match unlike % 5 {
            _ if wide => "*".to_owned(),
            3 => "arn:aws:s3:::home/${aws:PrincipalTag/team}/*".to_owned(),
            _ => format!("arn:aws:{service}:eu-west-1:123456789012:app-{number}-{at}/*"),
        };
        let effect = if unlike % 20 == 13 { "Deny" } else { "Allow" };
        let condition = match unlike % 3 {
            1 => format!(r#", "Condition": {}"#, CONDITIONS[unlike / 3 % CONDITIONS.len()]),
            _ => String::new(),
        };
        format!(r#"{{"Effect": "{effect}", {actions}, "Resource": "{resource}"{condition}}}"#)
    };
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}, {}, {}]}}"#, statement(0), statement(1), statement(2))
}

/// As they are in the field: services, regions, the boundary's own protection, and who may be made under it.
fn boundary(number: usize) -> String {
    let services: Vec<String> =
        (0..8).map(|at| format!("\"{}:*\"", SERVICES[(number + at) % SERVICES.len()])).collect();
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{}], "Resource": "*"}},
        {{"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "support:*"], "Resource": "*",
          "Condition": {{"StringNotEquals": {{"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}}}}},
        {{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Resource": "*",
          "Condition": {{"StringEquals": {{"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/B{number}"}}}}}},
        {{"Effect": "Deny", "Action": ["iam:Delete*Boundary", "iam:CreatePolicyVersion"], "Resource": "*"}}]}}"#,
        services.join(", ")
    )
}

fn account(roles: usize) -> String {
    const ARN: &str = "arn:aws:iam::123456789012";
    let managed = (roles / 50).max(20);
    let mut text = String::from("{\"RoleDetailList\": [\n");
    for role in 0..roles {
        let own = |at: usize| match (role, at) {
            (7, 0) => "\"{ no policy\"".to_owned(),
            _ => document(role * 2 + at + managed),
        };
        let attached: Vec<String> = (0..4)
            .map(|at| (role + at * 7) % managed)
            .map(|at| format!(r#"{{"PolicyName": "P{at}", "PolicyArn": "{ARN}:policy/P{at}"}}"#))
            .collect();
        let bounded = format!(r#""PermissionsBoundary": {{"PermissionsBoundaryArn": "{ARN}:policy/B{}"}},"#, role % 8);
        let _ = writeln!(
            text,
            r#"{{"Arn": "{ARN}:role/r{role}", "RoleName": "r{role}", {} "Tags": [{{"Key": "team", "Value": "t{}"}}],
            "AttachedManagedPolicies": [{}],
            "RolePolicyList": [{{"PolicyName": "A", "PolicyDocument": {}}}, {{"PolicyName": "B", "PolicyDocument": {}}}]}}{}"#,
            if role % 10 == 0 { "" } else { &bounded },
            role % 40,
            attached.join(", "),
            own(0),
            own(1),
            if role + 1 == roles { "" } else { "," },
        );
    }
    text.push_str("], \"Policies\": [\n");
    let policy = |name: String, document: String| {
        format!(
            r#"{{"Arn": "{ARN}:policy/{name}", "PolicyName": "{name}", "DefaultVersionId": "v1",
            "PolicyVersionList": [{{"VersionId": "v1", "IsDefaultVersion": true, "Document": {document}}}]}}"#
        )
    };
    let all = (0..managed).map(|at| policy(format!("P{at}"), document(at)));
    let all: Vec<String> = all.chain((0..8).map(|at| policy(format!("B{at}"), boundary(at)))).collect();
    text.push_str(&all.join(",\n"));
    text.push_str("]}\n");
    text
}
