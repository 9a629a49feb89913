//! A wildcard in what AWS evaluated is a character of the name; one that was typed as a pattern is a pattern.

use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::Fix;
use diagnose::snapshot::{Layer, Origin, Policy, Reading};
use serde_json::json;

use super::world::{World, allow, allowed, boundary, deny, has_warning, inline, managed, seen, statements};

/// `aws s3 cp 's3://b/in/*.csv' .` asks for it.
const GLOB: &str = "arn:aws:s3:::b/in/*.c?v";
const ESCAPED: &str = "arn:aws:s3:::b/in/${*}.c${?}v";

/// A document of the old language.
fn old(name: &str, statements: &serde_json::Value) -> Policy {
    let text = json!({"Version": "2008-10-17", "Statement": statements}).to_string();
    Policy::new(name, None, Origin::Inline, None, &text)
}

#[track_caller]
fn in_place(world: &World, fix: &Fix, layer: Layer, resource: &str) -> Verdict {
    let policy = Policy::new("edited", None, Origin::Inline, None, &fix.edited.as_ref().unwrap().after);
    let after = world.clone().reading(layer, Reading::policies(vec![policy]));
    evaluate(&after.request("s3:GetObject", resource), &after.snapshot).verdict
}

#[test]
fn what_was_asked_is_allowed_and_no_pattern() {
    let world = World::new(Vec::new()).exactly();
    let fix = world.fix("s3:GetObject", GLOB);
    allowed(&fix, "attach", "identity", "AllowS3GetObject", &[], &["literal-wildcard"]);
    assert_eq!(statements(&fix)[0]["Resource"], ESCAPED);
    has_warning(&fix, "literal-wildcard", "ask with --resource and the pattern");
    assert_eq!(in_place(&world, &fix, Layer::Identity, "arn:aws:s3:::b/in/x.csv"), Verdict::Denied);
}

#[test]
fn a_pattern_that_was_typed_stays_one() {
    for pattern in ["arn:aws:s3:::b/*", "arn:aws:s3:::b/in/*.c?v"] {
        let fix = World::new(Vec::new()).fix("s3:GetObject", pattern);
        allowed(&fix, "attach", "identity", "AllowS3GetObject", &[], &[]);
        assert_eq!(statements(&fix)[0]["Resource"], pattern);
    }
    // But it holds no policy variable.
    let fix = World::new(Vec::new()).fix("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*");
    assert_eq!(statements(&fix)[0]["Resource"], "arn:aws:s3:::b/${$}{aws:username}/*");
}

/// What is to be created has no name yet.
#[test]
fn a_wildcard_of_aws_s_own_stays_one() {
    for (action, resource) in [
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:123456789012:instance/*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-??????"),
    ] {
        let fix = World::new(Vec::new()).exactly().fix(action, resource);
        assert_eq!(statements(&fix)[0]["Resource"], resource);
        assert!(fix.warnings.iter().all(|warning| warning.code != "literal-wildcard"), "{fix:#?}");
    }
}

#[test]
fn names_of_other_services_hold_them_too() {
    for (action, resource, written) in [
        (
            "s3:GetObject",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/a*",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/a${*}",
        ),
        ("s3:GetObject", "arn:aws:s3:::accesspoint/a*", "arn:aws:s3:::accesspoint/a${*}"),
        (
            "es:ESHttpGet",
            "arn:aws:es:eu-west-1:123456789012:domain/logs/app-*/_search?q=1",
            "arn:aws:es:eu-west-1:123456789012:domain/logs/app-${*}/_search${?}q=1",
        ),
    ] {
        let fix = World::new(Vec::new()).exactly().fix(action, resource);
        assert_eq!(statements(&fix)[0]["Resource"], written);
        assert_eq!(fix.newly_allowed, [""; 0]);
    }
}

#[test]
fn a_deny_spares_the_one_name() {
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).exactly();
    let world = world.set(Layer::Boundary, boundary(&json!([allow("*", "*"), deny("s3:GetObject", "*")])));
    let fix = world.fix("s3:GetObject", GLOB);
    let codes = ["deny-is-a-guard", "literal-wildcard", "shared-boundary", "last-resort"];
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &codes);
    assert_eq!(statements(&fix)[1]["NotResource"], ESCAPED);
    assert_eq!(in_place(&world, &fix, Layer::Boundary, "arn:aws:s3:::b/in/x.csv"), Verdict::Denied);
}

/// Where a policy of its own can say what the old language cannot, it is one.
#[test]
fn an_old_policy_of_the_identity_is_not_extended_by_a_pattern() {
    let world = World::new(vec![old("Old", &json!([allow("s3:GetObject", "arn:aws:s3:::b/in/x")]))]).exactly();
    let fix = world.fix("s3:GetObject", GLOB);
    allowed(&fix, "attach", "identity", "AllowS3GetObject", &[], &["literal-wildcard"]);
    assert_eq!(statements(&fix)[0]["Resource"], ESCAPED);
    // A name that would be a variable in the new policy.
    let fix = world.fix("s3:GetObject", "arn:aws:s3:::other/${aws:username}");
    assert_eq!(fix.verified.verdict, Verdict::Allowed, "{fix:#?}");
}

#[test]
fn an_old_boundary_is_opened_to_the_pattern_and_that_is_told() {
    let text = json!({"Version": "2008-10-17", "Statement": [allow("ec2:*", "*")]}).to_string();
    let arn = "arn:aws:iam::123456789012:policy/Boundary";
    let old = Policy::new("Boundary", Some(arn.to_owned()), Origin::CustomerManaged, Some("v1".to_owned()), &text);
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).exactly().set(Layer::Boundary, old);
    let fix = world.fix("s3:GetObject", GLOB);
    assert_eq!(statements(&fix)[1]["Resource"], GLOB);
    assert_eq!(seen(&fix).newly, [format!("s3:GetObject on {GLOB}")]);
    has_warning(&fix, "literal-wildcard", "every name that the pattern matches");
}

#[test]
fn a_statement_of_both_actions_gets_the_one_name() {
    let both = json!([allow(["s3:GetObject", "s3:GetObjectTagging"], "arn:aws:s3:::b/in/x")]);
    let world = World::new(vec![managed("arn:aws:iam::123456789012:policy/Mine", "v1", &both)]).exactly();
    let fixes = world.plan(&[("s3:GetObject", GLOB), ("s3:GetObjectTagging", GLOB)]);
    assert_eq!(fixes[0][0].newly_allowed, [""; 0], "{fixes:#?}");
    assert_eq!(statements(&fixes[0][0])[0]["Resource"], json!([ESCAPED, "arn:aws:s3:::b/in/x"]));
}
