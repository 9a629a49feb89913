//! An Allow that fails on its conditions alone: nothing is allowed without them.

use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::Fix;
use diagnose::snapshot::{Layer, Origin, Policy, Reading};
use serde_json::{Value, json};

use super::world::{World, allow, allowed, boundary, document, has_warning, inline, managed, nothing, statements};

const KEY: &str = "arn:aws:s3:::b/key";
const OFFICE: &str = "203.0.113.0/24";
const HERE: &str = "198.51.100.1";

fn under(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn ip(range: impl Into<Value>) -> Value {
    json!({"IpAddress": {"aws:SourceIp": range.into()}})
}

/// An identity policy that allows under a condition.
fn asking(action: &str, resource: &str, condition: Value) -> World {
    World::new(vec![inline("Own", &json!([under(allow(action, resource), condition)]))])
}

/// What is left as it is: the summary, and that nothing says who else should change it.
#[track_caller]
fn left(fixes: &[Fix], layer: &str, instead: &str) {
    let [fix] = fixes else { panic!("{fixes:#?}") };
    nothing(fix, layer, instead);
    assert!(fix.summary.starts_with("leave ") && fix.summary.contains("Statement[0]"), "{}", fix.summary);
    has_warning(fix, "remains", "until it meets the condition");
    assert_eq!(fix.warnings.len(), 1, "{fix:#?}");
}

#[test]
fn what_shows_who_calls_is_to_be_shown() {
    let user = "arn:aws:iam::123456789012:user/x";
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let fixes = asking("iam:DeleteUser", user, mfa.clone()).fixes("iam:DeleteUser", user);
    left(&fixes, "identity", "it allows this once you sign in with MFA (aws:MultiFactorAuthPresent Bool true)");
    let age = json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}});
    let world = asking("iam:DeleteUser", user, age).context("aws:MultiFactorAuthAge", "7200");
    left(&world.fixes("iam:DeleteUser", user), "identity", "sign in with MFA");
    let https = json!({"Bool": {"aws:SecureTransport": "true"}});
    let world = asking("s3:GetObject", KEY, https).context("aws:SecureTransport", "false");
    left(&world.fixes("s3:GetObject", KEY), "identity", "call by HTTPS");
    // Nor where no resource was named: it was granted on some, under the condition.
    left(&asking("s3:GetObject", "arn:aws:s3:::b/*", mfa).fixes("s3:GetObject", "*"), "identity", "sign in with MFA");
}

#[test]
fn what_keeps_a_new_principal_within_limits_is_to_be_set() {
    let role = "arn:aws:iam::123456789012:role/x";
    let condition = json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/B"}});
    for other in [None, Some("arn:aws:iam::123456789012:policy/Wide")] {
        let mut world = asking("iam:CreateRole", role, condition.clone());
        if let Some(other) = other {
            world = world.context("iam:PermissionsBoundary", other);
        }
        left(&world.fixes("iam:CreateRole", role), "identity", "set such a permissions boundary in the call");
    }
}

#[test]
fn a_tag_that_depends_on_another_is_to_be_set() {
    let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf";
    let condition = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    let world = asking("secretsmanager:GetSecretValue", secret, condition);
    let fixes =
        world.tag("team", "blue").context("aws:ResourceTag/team", "red").fixes("secretsmanager:GetSecretValue", secret);
    left(&fixes, "identity", "have the resource tagged so");
    assert!(fixes[0].summary.contains("aws:PrincipalTag/team is blue"), "{}", fixes[0].summary);
}

#[test]
fn a_trust_policy_keeps_its_conditions() {
    let role = "arn:aws:iam::123456789012:role/Target";
    for (condition, instead) in [
        (
            json!({"StringEquals": {"sts:ExternalId": "abc"}}),
            "give such an external ID (sts:ExternalId StringEquals abc)",
        ),
        (json!({"Bool": {"aws:MultiFactorAuthPresent": true}}), "sign in with MFA"),
        (json!({"StringEquals": {"aws:PrincipalTag/a": "b"}}), "have the principal tagged so"),
    ] {
        let trust = json!([{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole",
            "Condition": condition,
        }]);
        let world =
            World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Trust, inline("trust", &trust));
        left(&world.fixes("sts:AssumeRole", role), "trust", instead);
    }
}

#[test]
fn another_value_goes_beside_those_that_pass() {
    let world = asking("s3:GetObject", KEY, ip(OFFICE)).context("aws:SourceIp", HERE);
    let fix = world.fix("s3:GetObject", KEY);
    allowed(&fix, "extend-allow", "identity", "Own", &[], &["settled-otherwise", "condition-is-a-guard"]);
    let here = format!("{HERE}/32");
    assert_eq!(statements(&fix)[0]["Condition"], ip(json!([&here, OFFICE])));
    assert!(fix.summary.contains("with aws:SourceIp 198.51.100.1/32"), "{}", fix.summary);
    has_warning(
        &fix,
        "settled-otherwise",
        "call from a network that it lets pass (aws:SourceIp IpAddress 203.0.113.0/24)",
    );
    has_warning(&fix, "condition-is-a-guard", "aws:SourceIp 198.51.100.1/32");
}

#[test]
fn a_wide_statement_keeps_its_condition_and_one_of_its_own_gets_the_value() {
    let instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";
    let region = |name: &str| json!({"StringEquals": {"aws:RequestedRegion": name}});
    let policy = boundary(&json!([under(allow("*", "*"), region("eu-west-1"))]));
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, policy);
    let fix = world.fix("ec2:TerminateInstances", instance);
    let codes = ["settled-otherwise", "condition-is-a-guard", "shared-boundary", "last-resort"];
    allowed(&fix, "add-allow", "boundary", "Boundary", &[], &codes);
    let mut own = under(allow("ec2:TerminateInstances", instance), region("us-east-1"));
    own["Sid"] = json!("AllowEc2TerminateInstances");
    assert_eq!(statements(&fix), json!([under(allow("*", "*"), region("eu-west-1")), own]));
    has_warning(&fix, "settled-otherwise", "call for a resource in a region that it lets pass");
}

/// The conditions that the request meets stay conditions.
#[test]
fn what_is_met_is_asked_for_as_before() {
    let both = |prefix: &str| json!({"StringLike": {"s3:prefix": prefix}, "Bool": {"aws:SecureTransport": "true"}});
    let aws = managed("arn:aws:iam::aws:policy/Lists", "v1", &json!([under(allow("s3:*", "*"), both("home/*"))]));
    let world = World::new(vec![aws]).context("s3:prefix", "work/").context("aws:SecureTransport", "true");
    let fix = world.fix("s3:ListBucket", "arn:aws:s3:::b");
    allowed(&fix, "attach", "identity", "AllowS3ListBucket", &[], &["settled-otherwise", "condition-is-a-guard"]);
    assert_eq!(statements(&fix)[0]["Condition"], both("work/"));
}

#[test]
fn a_value_is_the_one_asked_and_no_pattern() {
    let prefix = |operator: &str, value: &str| {
        let world = asking("s3:ListBucket", "arn:aws:s3:::b", json!({operator: {"s3:prefix": "home/"}}));
        world.context("s3:prefix", value).fixes("s3:ListBucket", "arn:aws:s3:::b")
    };
    // Listing all of the bucket is more than another prefix, and a wildcard would stand for others.
    for (operator, value) in [("StringLike", ""), ("StringEquals", ""), ("StringLike", "*"), ("StringLike", "a?")] {
        left(&prefix(operator, value), "identity", "list by such a prefix");
    }
    let fixes = prefix("StringEquals", "*");
    assert_eq!(statements(&fixes[0])[0]["Condition"]["StringEquals"]["s3:prefix"], json!(["*", "home/"]));
    let fixes = prefix("StringLike", "${aws:username}");
    let written = &statements(&fixes[0])[0]["Condition"]["StringLike"]["s3:prefix"];
    assert_eq!(*written, json!(["${$}{aws:username}", "home/"]));
}

/// With the edit, other values are denied as before, and so are other actions and resources.
#[test]
fn values_that_are_not_listed_stay_denied() {
    let wide = ["s3:*", "s3:GetObject"];
    for (action, resource) in wide.iter().flat_map(|action| ["*", "arn:aws:s3:::b/*", KEY].map(|on| (*action, on))) {
        let world = |here: &str| asking(action, resource, ip(OFFICE)).context("aws:SourceIp", here);
        let fix = world(HERE).fix("s3:GetObject", KEY);
        let text = &fix.edited.as_ref().unwrap().after;
        let after = Policy::new("Own", None, Origin::Inline, None, text);
        for here in [HERE, "198.51.100.2", "203.0.113.9"] {
            for (action, resource) in
                [("s3:GetObject", KEY), ("s3:PutObject", KEY), ("s3:GetObject", "arn:aws:s3:::b/other")]
            {
                let before = world(here);
                let mut made = before.snapshot.clone();
                let reading = made.layers.readings_mut(Layer::Identity).next().unwrap();
                if let Reading::Levels(levels) = &mut *reading
                    && fix.kind.code() == "attach"
                {
                    levels[0].policies.push(after.clone());
                } else {
                    *reading = Reading::policies(vec![after.clone()]);
                }
                let request = before.request(action, resource);
                let (then, now) = (evaluate(&request, &before.snapshot).verdict, evaluate(&request, &made).verdict);
                let is_asked = (here, action, resource) == (HERE, "s3:GetObject", KEY);
                assert_eq!(now, if is_asked { Verdict::Allowed } else { then }, "{here} {action} {resource}: {fix:#?}");
            }
        }
    }
}

#[test]
fn a_statement_of_others_under_conditions_lends_none_and_that_is_said() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let text = document(&json!([under(allow("s3:GetObject", "arn:aws:s3:::other/*"), mfa)]));
    let fix = World::new(vec![Policy::new("Own", None, Origin::File, None, &text)]).fix("s3:GetObject", KEY);
    let newly = format!("s3:GetObject on {KEY} without aws:MultiFactorAuthPresent Bool true");
    allowed(&fix, "add-allow", "identity", "Own", &[newly.as_str()], &["condition-lost"]);
    has_warning(&fix, "condition-lost", "aws:MultiFactorAuthPresent Bool true");
}

#[test]
fn one_of_two_ways_is_enough() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let own = json!([under(allow("s3:GetObject", "*"), mfa), under(allow("s3:*", KEY), ip(OFFICE))]);
    let fixes = World::new(vec![inline("Own", &own)]).context("aws:SourceIp", HERE).fixes("s3:GetObject", KEY);
    left(&fixes, "identity", "sign in with MFA");
    assert!(fixes[0].summary.contains("; Own, Statement[1], once you call from a network"), "{}", fixes[0].summary);
}

#[test]
fn two_questions_from_one_place_are_one_edit() {
    let policy = json!([under(allow("s3:*", "*"), ip(OFFICE))]);
    let mut own = Policy::new("own", None, Origin::File, None, &document(&policy));
    own.file = Some(diagnose::snapshot::FileRef { path: "own.json".to_owned(), start: None });
    let world = World::new(vec![own]).context("aws:SourceIp", HERE);
    let all = world.plan(&[("s3:GetObject", KEY), ("s3:PutObject", KEY)]);
    let added = &statements(&all[0][0])[1];
    assert_eq!(added["Action"], json!(["s3:GetObject", "s3:PutObject"]));
    assert_eq!(added["Condition"], ip(format!("{HERE}/32")));
    assert!(all[1][0].same_as.is_some());
}
