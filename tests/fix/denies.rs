//! Any Deny statements: what an edit of them opens, for the caller and for others, is what was asked and what it lists; it
//! closes nothing, and leads to no more permissions than were asked for.

use diagnose::snapshot::Layer;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use super::narrow::{ASKABLE, PEER, edited, opened, pairs, verdict, world};
use super::world::ROLE;

/// The same questions every run; `PROPTEST_CASES=1000` asks others.
fn drawing() -> Config {
    let hunt = Config { failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => hunt,
        None => Config { cases: 24, rng_seed: RngSeed::Fixed(1), ..hunt },
    }
}

const ACTIONS: [&str; 24] = [
    "*",
    "*:*",
    "ec2:*",
    "ec2:*Instances",
    "ec2:StopInstances",
    "ec2:Terminate*",
    "ec2:TerminateInstances",
    "iam:*",
    "iam:Pass*",
    "iam:PassRole",
    "iam:Get*",
    "s3:*",
    "s3:*Object",
    "s3:Delete*",
    "s3:DeleteBucket",
    "s3:DeleteObject*",
    "s3:Get*",
    "s3:GetObject",
    "s3:P?tObject",
    "s3:Put*",
    "s3:PutObject",
    "S3:putobject",
    "ssm:Start*",
    "sts:*",
];

const RESOURCES: [&str; 14] = [
    "*",
    "*",
    "*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0",
    "arn:aws:iam::123456789012:role/admin*",
    "arn:aws:iam::123456789012:role/admin1",
    "arn:aws:s3:::*",
    "arn:aws:s3:::*/x",
    "arn:aws:s3:::d",
    "arn:aws:s3:::d/*",
    "arn:aws:s3:::d/x",
    "arn:aws:s3:::d/y",
    "arn:aws:s3:::e/*",
];

fn some(items: &'static [&'static str]) -> impl Strategy<Value = Value> {
    (subsequence(items, 1..=3).prop_shuffle(), any::<bool>()).prop_map(|(items, alone)| match items.as_slice() {
        [one] if alone => json!(one),
        many => json!(many),
    })
}

fn one_in(count: u8) -> impl Strategy<Value = bool> {
    (0..count).prop_map(|drawn| drawn == 0)
}

fn deny(layer: Layer) -> impl Strategy<Value = Value> {
    let principals = [
        json!("*"),
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": ROLE}),
        json!({"AWS": "arn:aws:iam::123456789012:root"}),
        json!({"AWS": [PEER, ROLE]}),
    ];
    let conditions = [
        json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/Admin"}}),
        json!({"StringNotEquals": {"aws:PrincipalTag/team": "other"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
    ];
    let elements = (some(&ACTIONS), one_in(7), some(&RESOURCES), one_in(7));
    (elements, select(principals.to_vec()), proptest::option::weighted(0.1, select(conditions.to_vec()))).prop_map(
        move |((actions, not_action, resources, not_resource), principal, condition)| {
            let mut one = json!({"Effect": "Deny"});
            if layer == Layer::Resource {
                one["Principal"] = principal;
            }
            one[if not_action { "NotAction" } else { "Action" }] = actions;
            one[if not_resource { "NotResource" } else { "Resource" }] = resources;
            if let Some(condition) = condition {
                one["Condition"] = condition;
            }
            one
        },
    )
}

/// Whether an entry of the list, `ACTION on RESOURCE`, holds the pair.
fn is_listed(list: &[String], action: &str, resource: &str) -> bool {
    let covers = |entry: &String| {
        let (actions, resources) = entry.split_once(" on ").unwrap();
        let matches = |pattern: &str, text: &str| {
            let syntax = diagnose::pattern::Syntax { wildcards: true, variables: false, fold_case: true };
            let pattern = diagnose::pattern::Pattern::parse(pattern, syntax);
            pattern.matches(&text.to_lowercase(), &diagnose::pattern::NoVariables) == diagnose::truth::Truth::Yes
        };
        matches(actions, action) && matches(resources, resource)
    };
    list.iter().any(covers)
}

fn is_kept(layer: Layer, statements: &[Value], asked: &[usize]) -> Result<(), TestCaseError> {
    let all: Vec<(&'static str, &'static str)> = pairs()
        .filter(|(action, resource)| {
            ASKABLE.contains(action) && (layer == Layer::Boundary || resource.contains(":::d"))
        })
        .collect();
    let mut asked: Vec<_> = asked.iter().map(|at| all[at % all.len()]).collect();
    asked.sort_unstable();
    asked.dedup();
    let world = world(layer, &json!(statements));
    let planned = world.plan(&asked);
    let Some(fix) = planned.iter().flatten().find(|fix| fix.edited.is_some()) else { return Ok(()) };
    prop_assert!(planned.iter().flatten().all(|one| one.edited.is_none() || one.edited == fix.edited));
    let text = &fix.edited.as_ref().unwrap().after;
    let after = edited(&world, layer, fix);
    for ((action, resource), fixes) in asked.iter().zip(&planned) {
        if let Some(last) = fixes.last() {
            prop_assert_eq!(verdict(&after, action, resource), last.verified.verdict, "{}", text);
            let gave_up = last.summary.contains("no smaller form");
            prop_assert!(!gave_up, "{} on {}: {}", action, resource, text);
        }
    }
    let mut others = Vec::new();
    for (who, action, resource) in opened(&world, layer, fix) {
        if who == "caller" {
            let is_asked = asked.contains(&(action, resource));
            let may = is_asked || is_listed(&fix.newly_allowed, action, resource);
            prop_assert!(may, "{action} on {resource} is not in {:?} of {asked:?}: {text}", fix.newly_allowed);
            let leads = action == "iam:PassRole" || action == "sts:AssumeRole";
            prop_assert!(is_asked || !leads, "{action} on {resource} of {asked:?}: {text}");
        } else if layer == Layer::Resource {
            others.push((action, resource));
        }
    }
    let told = fix.warnings.iter().any(|warning| warning.code == "spares-everybody");
    prop_assert!(others.is_empty() || told, "{others:?} of {asked:?}: {text}");
    let escalates = fix.warnings.iter().any(|warning| warning.code == "escalation");
    let asked_for = asked.iter().any(|(action, _)| *action == "iam:PassRole" || *action == "sts:AssumeRole");
    prop_assert!(asked_for || !escalates, "{asked:?}: {:#?}", fix);
    Ok(())
}

proptest! {
    #![proptest_config(drawing())]

    #[test]
    fn of_a_boundary(statements in proptest::collection::vec(deny(Layer::Boundary), 1..4), asked in proptest::collection::vec(0..1000_usize, 1..4)) {
        is_kept(Layer::Boundary, &statements, &asked)?;
    }

    #[test]
    fn of_a_bucket(statements in proptest::collection::vec(deny(Layer::Resource), 1..4), asked in proptest::collection::vec(0..1000_usize, 1..4)) {
        is_kept(Layer::Resource, &statements, &asked)?;
    }
}
