//! Hostile sizes: no stack overflow, no endless run. A run that takes longer than 100 seconds fails.

use super::program::{Outcome, diagnose};

const HALF: usize = 5 << 20;

/// Ten megabytes of brackets.
fn nested() -> String {
    format!("{}{}", "[".repeat(HALF), "]".repeat(HALF))
}

fn nested_objects() -> String {
    let count = (10 << 20) / 6;
    format!("{}1{}", "{\"a\":".repeat(count), "}".repeat(count))
}

fn on_policy(text: &str) -> Outcome {
    diagnose("--action s3:GetObject --no-boundary --identity-policy p.json").file("p.json", text).outcome()
}

fn statement(more: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Resource": "*", {more}}}]}}"#)
}

#[test]
fn depth_as_a_snapshot() {
    for text in [nested(), nested_objects(), "[".repeat(HALF)] {
        let run = diagnose("--role R --action s3:GetObject --snapshot s.json").file("s.json", text);
        run.refused_with(2);
    }
}

#[test]
fn depth_inside_a_snapshot() {
    let nested = nested();
    for (text, code) in [
        (format!(r#"{{"RoleDetailList": {nested}}}"#), 2),
        (format!(r#"{{"diagnose_snapshot": 1, "principals": [], "later": {nested}}}"#), 4),
        (format!(r#"{{"RoleDetailList": [{{"Arn": "arn:aws:iam::123456789012:role/R", "Later": {nested}}}]}}"#), 1),
        (
            format!(
                r#"{{"RoleDetailList": [{{"Arn": "arn:aws:iam::123456789012:role/R", "RolePolicyList": [{{"PolicyName": "P", "PolicyDocument": {nested}}}]}}]}}"#
            ),
            3,
        ),
    ] {
        let run = diagnose("--role R --action s3:GetObject --snapshot s.json").file("s.json", text);
        let found = run.outcome();
        assert_eq!(found.code, code, "{found}");
    }
}

#[test]
fn depth_as_a_policy() {
    for text in [nested(), nested_objects(), "[".repeat(HALF)] {
        assert_eq!(on_policy(&text).code, 2);
    }
}

#[test]
fn depth_inside_a_statement() {
    let found = on_policy(&statement(&format!(r#""Action": {}"#, nested())));
    assert_eq!(found.code, 3);
    assert!(found.stdout.len() < 10_000, "{} bytes", found.stdout.len());
}

#[test]
fn depth_inside_a_condition() {
    let found = on_policy(&statement(&format!(r#""Action": "s3:*", "Condition": {}"#, nested_objects())));
    assert_eq!(found.code, 3);
    assert!(found.stdout.len() < 10_000, "{} bytes", found.stdout.len());
}

#[test]
fn action_lists() {
    let actions: Vec<String> = (0..50_000).map(|number| format!("s3:Put{number:06}*")).collect();
    let found = on_policy(&statement(&format!(r#""Action": {}"#, serde_json::to_string(&actions).unwrap())));
    assert_eq!(found.code, 1);
    assert!(found.stdout.len() < 10_000, "{} bytes", found.stdout.len());
}

#[test]
fn a_pattern_of_stars() {
    assert_eq!(on_policy(&statement(&format!(r#""Action": "s3:{}""#, "x*".repeat(50_000)))).code, 1);
}

#[test]
fn many_statements_with_sids() {
    let each: Vec<String> = (0..20_000)
        .map(|number| format!(r#"{{"Sid": "S{number}", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}"#))
        .collect();
    assert_eq!(on_policy(&format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, each.join(","))).code, 1);
}

/// Names come from other people's accounts; a long one may be cut, not hold up the answer.
#[test]
fn a_long_sid() {
    let found = on_policy(&statement(&format!(r#""Sid": "{}", "Action": "s3:*""#, "x".repeat(1 << 20))));
    assert_eq!(found.code, 0);
    assert!(found.stdout.len() < 10_000, "{} bytes", found.stdout.len());
}

#[test]
fn many_requests() {
    let policy = statement(r#""Action": "s3:*""#);
    let run = diagnose("--no-boundary --identity-policy p.json --quiet").file("p.json", policy);
    (0..500).fold(run, |run, number| run.arg("--action").arg(format!("s3:Get{number}"))).check();
}
