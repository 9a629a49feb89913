//! How fast requests are decided: identity policies and a boundary, documents loaded, on one core.
//!
//! After divan's table, three figures on lines of their own: a full scan in which no statement matches.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on has failed, and its figures are its output"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::eval::{Outcome, Verdict, evaluate};
use diagnose::principal::Principal;
use diagnose::request::{Action, Caller, Request, Resource};
use diagnose::snapshot::{Layer, Layers, Level, Origin, Policy, Reading, Snapshot, Source};
use diagnose::truth::Truth;
use divan::Bencher;
use divan::counter::ItemsCount;

const SIZES: [usize; 3] = [1, 200, 1200];

/// About what fits into the 6,144 characters of a managed policy.
const STATEMENTS_A_POLICY: usize = 25;

fn main() {
    divan::main();
    if std::env::args().any(|argument| argument == "--bench") {
        for statements in SIZES {
            let noun = if statements == 1 { "statement" } else { "statements" };
            println!("decisions/s, {statements} {noun} a layer: {}", grouped(decisions_a_second(statements)));
        }
    }
}

/// No statement is about the action; many begin as it does.
#[divan::bench(args = SIZES)]
fn none_matches(bencher: Bencher<'_, '_>, statements: usize) {
    run(bencher, &exact(), &snapshot(statements, other_actions));
}

/// Every statement is about the action, none about the resource.
#[divan::bench(args = SIZES)]
fn none_matches_by_resource(bencher: Bencher<'_, '_>, statements: usize) {
    run(bencher, &exact(), &snapshot(statements, other_resources));
}

/// No statement is about the action; the request stands for every instance.
#[divan::bench(args = SIZES)]
fn resource_pattern(bencher: Bencher<'_, '_>, statements: usize) {
    run(bencher, &pattern(), &snapshot(statements, other_actions));
}

/// Every statement is about the action, so that its resources are compared with the request's pattern.
#[divan::bench(args = SIZES)]
fn resource_pattern_against_resources(bencher: Bencher<'_, '_>, statements: usize) {
    run(bencher, &pattern(), &snapshot(statements, other_resources));
}

/// Seven levels of service control policies, of five policies each, above identity policies and a boundary that allow.
#[divan::bench]
fn seven_levels_of_five_policies(bencher: Bencher<'_, '_>) {
    let policy = |name: &str, text: &str| Policy::new(name, None, Origin::CustomerManaged, None, text);
    let full = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let guards = [
        full,
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["iam:*Boundary", "organizations:LeaveOrganization"], "Resource": "*"}]}"#,
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "route53:*", "support:*"],
            "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}}]}"#,
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/guest-*"}}}]}"#,
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["s3:PutBucketPublicAccessBlock", "ec2:*Vpc*"], "Resource": "*"}]}"#,
    ];
    let level = || Level { target: None, policies: guards.iter().map(|text| policy("Guard", text)).collect() };
    let mut layers = Layers::default();
    layers.set(Layer::ServiceControl, Reading::Levels((0..7).map(|_| level()).collect()));
    layers.set(Layer::Identity, Reading::policies(vec![policy("All", full)]));
    layers.set(Layer::Boundary, Reading::policies(vec![policy("All", full)]));
    let request = exact();
    let principal = (*request.caller.principal).clone();
    let snapshot =
        Snapshot { source: Source::Files, principal, tags: None, trust_policy: None, layers, unread: Vec::new() };
    let decision = evaluate(&request, &snapshot);
    assert_eq!(decision.verdict, Verdict::Allowed, "every level is looked at");
    run(bencher, &request, &snapshot);
}

fn run(bencher: Bencher<'_, '_>, request: &Request, snapshot: &Snapshot) {
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| evaluate(black_box(request), black_box(snapshot)));
}

/// The best of ten windows of a tenth of a second: what else the machine does is not measured.
fn decisions_a_second(statements: usize) -> u128 {
    let (request, snapshot) = (exact(), snapshot(statements, other_actions));
    let window = || {
        let (start, mut decisions) = (Instant::now(), 0_u128);
        loop {
            for _ in 0..64 {
                black_box(evaluate(black_box(&request), black_box(&snapshot)));
            }
            decisions += 64;
            let spent = start.elapsed();
            if spent >= Duration::from_millis(100) {
                return decisions * 1_000_000_000 / spent.as_nanos();
            }
        }
    };
    (0..10).map(|_| window()).max().unwrap()
}

/// `1234567` as `1,234,567`.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn exact() -> Request {
    request(Resource::new("arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0", true))
}

fn pattern() -> Request {
    request(Resource::new("arn:aws:ec2:us-east-1:123456789012:instance/*", false))
}

fn request(resource: Resource) -> Request {
    let rest = Rest { complete: false, service: Some("ec2".to_owned()), principal_tags: None };
    let mut context = Context::new(rest);
    for (key, value) in [
        ("aws:PrincipalArn", "arn:aws:iam::123456789012:role/MyRole"),
        ("aws:PrincipalAccount", "123456789012"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:SecureTransport", "true"),
    ] {
        context.set(key, Fact::Value(Value::one(value)), Basis::Given);
    }
    let principal = Principal::from_arn("arn:aws:iam::123456789012:role/MyRole").unwrap();
    let caller = Caller { principal: principal.into(), has_boundary: Truth::Yes };
    Request { caller, action: Action::parse("ec2:TerminateInstances").unwrap(), resource, context }
}

fn snapshot(statements: usize, statement: fn(usize) -> String) -> Snapshot {
    let numbers: Vec<usize> = (0..statements).collect();
    let policy = |numbers: &[usize]| {
        let list: Vec<String> = numbers.iter().map(|number| statement(*number)).collect();
        let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", list.join(", "));
        let policy = Policy::new("P", None, Origin::CustomerManaged, None, &text);
        assert!(policy.document.as_ref().unwrap().findings.is_empty());
        policy
    };
    let policies = || numbers.chunks(STATEMENTS_A_POLICY).map(policy).collect();
    let mut layers = Layers::default();
    layers.set(Layer::Identity, Reading::policies(policies()));
    layers.set(Layer::Boundary, Reading::policies(policies()));
    let snapshot = Snapshot {
        source: Source::Files,
        principal: Principal::from_arn("arn:aws:iam::123456789012:role/MyRole").unwrap(),
        tags: None,
        trust_policy: None,
        layers,
        unread: Vec::new(),
    };
    let decision = evaluate(&exact(), &snapshot);
    let scanned = decision.layers.iter().filter(|layer| layer.outcome == Outcome::ImplicitDeny).count();
    assert_eq!(scanned, 2, "a full scan of both layers, without a match");
    snapshot
}

/// What the policies of a team that works with EC2 look like, without the one action.
fn other_actions(number: usize) -> String {
    match number % 12 {
        0 => allow(r#""ec2:RunInstances", "ec2:TerminateClientVpnConnections""#, &instance(number), ""),
        1 => allow(r#""ec2:Describe*", "ec2:Get*""#, "*", ""),
        2 => {
            allow(r#""s3:GetObject", "s3:PutObject", "s3:DeleteObject""#, &format!("arn:aws:s3:::team-{number}/*"), "")
        }
        3 => allow(r#""s3:ListBucket""#, &format!("arn:aws:s3:::team-{number}"), &strings("s3:prefix", "home/*")),
        4 => allow(
            r#""ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances""#,
            &instance(number),
            &strings("aws:ResourceTag/team", "payments"),
        ),
        5 => allow(r#""logs:*""#, &format!("arn:aws:logs:*:123456789012:log-group:/aws/lambda/f-{number}:*"), ""),
        6 => deny(r#""iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary""#, "*"),
        7 => allow(
            r#""sqs:SendMessage", "sqs:ReceiveMessage""#,
            &format!("arn:aws:sqs:us-east-1:123456789012:jobs-{number}"),
            "",
        ),
        8 => allow(r#""ec2:*Volume", "ec2:CreateTags""#, "arn:aws:ec2:*:123456789012:volume/*", ""),
        9 => allow(
            r#""dynamodb:GetItem", "dynamodb:Query""#,
            &format!("arn:aws:dynamodb:us-east-1:123456789012:table/t-{number}"),
            "",
        ),
        10 => deny(r#""ec2:DeleteVpc*", "ec2:TerminateClientVpn*""#, &instance(number)),
        _ => {
            allow(r#""elasticloadbalancing:*", "autoscaling:Terminate*""#, "*", &strings("aws:RequestedRegion", "eu-*"))
        }
    }
}

/// The action, each time on something else.
fn other_resources(number: usize) -> String {
    let action = match number % 3 {
        0 => r#""ec2:TerminateInstances""#,
        1 => r#""ec2:RunInstances", "ec2:Terminate*""#,
        _ => r#""ec2:*""#,
    };
    let resource = match number % 4 {
        0 => instance(number),
        1 => format!("arn:aws:ec2:us-east-1:123456789012:volume/vol-{number:x}"),
        2 => format!("arn:aws:ec2:eu-*:123456789012:instance/*-{number}"),
        _ => "arn:aws:ec2:*:111122223333:instance/*".to_owned(),
    };
    let condition = if number.is_multiple_of(5) { strings("aws:ResourceTag/team", "payments") } else { String::new() };
    allow(action, &resource, &condition)
}

fn instance(number: usize) -> String {
    format!("arn:aws:ec2:us-east-1:123456789012:instance/i-{number:017x}")
}

fn strings(key: &str, value: &str) -> String {
    format!(r#", "Condition": {{"StringLike": {{"{key}": "{value}"}}}}"#)
}

fn allow(actions: &str, resource: &str, condition: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"{condition}}}"#)
}

fn deny(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Deny", "Action": [{actions}], "Resource": "{resource}"}}"#)
}
