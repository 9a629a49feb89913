//! SCPs and RCPs: every level that blocks.

use diagnose::snapshot::{Layer, Policy};
use serde_json::{Value, json};

use super::world::{World, allow, allowed, deny, has_warning, inline, managed, nothing, statements};

fn scp(id: &str, statements: &Value) -> Policy {
    let arn = format!("arn:aws:organizations::999999999999:policy/o-abc/service_control_policy/p-{id}");
    Policy { name: id.to_owned(), version: None, ..managed(&arn, "v1", statements) }
}

fn full_access() -> Policy {
    let arn = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
    managed(arn, "v1", &json!([allow("*", "*")]))
}

fn world() -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))])
}

const KEY: &str = "arn:aws:s3:::b/key";

#[test]
fn every_level_that_blocks_is_edited() {
    let levels = vec![
        ("r-root", vec![full_access()]),
        ("ou-team", vec![scp("team", &json!([allow("ec2:*", "*")]))]),
        ("123456789012", vec![scp("account", &json!([allow("s3:List*", "*")]))]),
    ];
    let fixes = world().levels(Layer::ServiceControl, levels).fixes("s3:PutObject", KEY);
    assert_eq!(fixes.len(), 2, "{fixes:#?}");
    assert_eq!((fixes[0].document.name.as_str(), fixes[1].document.name.as_str()), ("team", "account"));
    assert_eq!(fixes[0].document.attached_to.as_deref(), Some("ou-team"));
    assert_eq!(fixes[0].verified.verdict.code(), "denied");
    allowed(&fixes[1], "add-allow", "scp", "account", &[], &["shared-scp", "changed-by-others"]);
    has_warning(&fixes[0], "changed-by-others", "management account 999999999999");
}

#[test]
fn a_level_without_a_policy_gets_one_that_allows_what_was_asked_and_no_more() {
    let levels = vec![("r-root", vec![full_access()]), ("ou-team", Vec::new())];
    let fix = world().levels(Layer::ServiceControl, levels).fix("s3:PutObject", KEY);
    allowed(&fix, "attach", "scp", "AllowS3PutObject", &[], &["shared-scp", "changed-by-others", "empty-level"]);
    assert_eq!(
        (&statements(&fix)[0]["Action"], &statements(&fix)[0]["Resource"]),
        (&json!("s3:PutObject"), &json!(KEY))
    );
    assert_eq!(fix.document.attached_to.as_deref(), Some("ou-team"));
    has_warning(&fix, "empty-level", "FullAWSAccess was detached by mistake");
}

#[test]
fn a_policy_of_aws_that_does_not_allow_is_not_alone_in_its_level_then() {
    let some = "arn:aws:organizations::aws:policy/service_control_policy/p-Some";
    let levels =
        vec![("r-root", vec![full_access()]), ("ou-team", vec![managed(some, "v1", &json!([allow("ec2:*", "*")]))])];
    let fix = world().levels(Layer::ServiceControl, levels).fix("s3:PutObject", KEY);
    allowed(&fix, "attach", "scp", "AllowS3PutObject", &[], &["shared-scp", "changed-by-others"]);
}

#[test]
fn a_level_that_has_no_id_gets_none() {
    let fixes = world().levels(Layer::ServiceControl, vec![("team", Vec::new())]).fixes("s3:PutObject", KEY);
    nothing(&fixes[0], "scp", "attach a service control policy");
    has_warning(&fixes[0], "remains", "the organization");
}

#[test]
fn an_scp_that_denies_is_narrowed() {
    let guard = scp("guard", &json!([deny(["s3:PutObject", "s3:DeleteObject"], "*")]));
    let world = world().levels(Layer::ServiceControl, vec![("r-root", vec![full_access(), guard])]);
    let fix = world.fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "scp", "guard", &[], &["deny-is-a-guard", "shared-scp", "changed-by-others"]);
}

#[test]
fn what_is_opened_for_everybody_below_is_said() {
    let guard = scp("guard", &json!([deny(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::prod/*")]));
    let world = world().levels(Layer::ServiceControl, vec![("ou-team", vec![full_access(), guard])]);
    let fix = world.fix("s3:PutObject", "arn:aws:s3:::prod/key");
    has_warning(&fix, "shared-scp", "applies to every principal under ou-team, and so does the edit");
    let start = "exempt s3:PutObject on arn:aws:s3:::prod/* from the Deny";
    assert!(fix.summary.starts_with(start), "{}", fix.summary);
}

#[test]
fn a_region_guard_is_left_and_says_what_the_request_has_to_be() {
    let mut guard = deny("*", "*");
    guard["Condition"] = json!({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}});
    let world =
        world().levels(Layer::ServiceControl, vec![("r-root", vec![full_access(), scp("guard", &json!([guard]))])]);
    let fix = world.fix("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:jobs");
    nothing(&fix, "scp", "aws:RequestedRegion StringEquals eu-west-1");
    // IAM has no other region.
    let fix = world.fix("iam:GetRole", "arn:aws:iam::123456789012:role/x");
    nothing(&fix, "scp", "has to exempt it");
}

#[test]
fn an_rcp_that_denies_is_narrowed() {
    let mut statement = deny(["s3:PutObject", "s3:DeleteObject"], "*");
    statement["Principal"] = json!("*");
    let arn = "arn:aws:organizations::999999999999:policy/o-abc/resource_control_policy/p-guard";
    let guard = Policy { version: None, ..managed(arn, "v1", &json!([statement])) };
    let fix = world().levels(Layer::ResourceControl, vec![("r-root", vec![guard])]).fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "rcp", "p-guard", &[], &["deny-is-a-guard", "shared-scp", "changed-by-others"]);
    assert_eq!(statements(&fix)[1]["Principal"], "*");
}

/// A Deny that spares some is one for calls of another kind first of all.
#[test]
fn what_settles_a_guard_without_an_edit_comes_before_the_exemption() {
    let guard = |actions: Value, key: &str, value: &str| {
        let mut guard = deny(actions, "*");
        guard["Condition"] = json!({
            "StringNotEquals": {key: value},
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/Admin"},
        });
        let levels = vec![("r-root", vec![full_access(), scp("guard", &json!([guard]))])];
        world().levels(Layer::ServiceControl, levels)
    };
    let queue = "arn:aws:sqs:us-east-1:123456789012:jobs";
    let fix = guard(json!("sqs:SendMessage"), "aws:RequestedRegion", "eu-west-1").fix("sqs:SendMessage", queue);
    assert_eq!(fix.warnings[0].code, "settled-otherwise");
    let text = "call in a region that it lets pass (aws:RequestedRegion StringEquals eu-west-1)";
    has_warning(&fix, "settled-otherwise", text);
    assert_eq!(fix.verified.verdict.code(), "allowed");
    let fix = guard(json!("*"), "aws:RequestedRegion", "eu-west-1").fix("sqs:SendMessage", queue);
    nothing(&fix, "scp", &format!("as it is: {text}; otherwise its owner has to decide whether"));
    let world = guard(json!("sqs:SendMessage"), "aws:SourceVpce", "vpce-1").context("aws:SourceVpce", "vpce-2");
    has_warning(&world.fix("sqs:SendMessage", queue), "settled-otherwise", "call from a network that it lets pass");
    // The caller cannot choose where IAM is, nor what tags it has.
    let role = "arn:aws:iam::123456789012:role/x";
    let fix = guard(json!("iam:GetRole"), "aws:RequestedRegion", "eu-west-1").fix("iam:GetRole", role);
    assert!(fix.warnings.iter().all(|warning| warning.code != "settled-otherwise"), "{:?}", fix.warnings);
    let fix = guard(json!("sqs:SendMessage"), "aws:PrincipalTag/team", "x").fix("sqs:SendMessage", queue);
    assert!(fix.warnings.iter().all(|warning| warning.code != "settled-otherwise"), "{:?}", fix.warnings);
}

#[test]
fn what_a_deny_narrowed_by_resource_still_denies_is_said() {
    let world = |deny: Value| {
        world().levels(Layer::ServiceControl, vec![("r-root", vec![full_access(), scp("guard", &json!([deny]))])])
    };
    let summary = |deny: Value| world(deny).fix("s3:PutObject", KEY).summary;
    let spared = "exempt s3:PutObject on arn:aws:s3:::b/key from the Deny of Statement[0]";
    for (statement, rest) in [
        (deny("s3:PutObject", "*"), "which goes on denying s3:PutObject on everything else in guard (v1)"),
        (deny(["s3:PutObject", "s3:DeleteObject"], "*"), "which goes on denying s3:PutObject elsewhere in guard (v1)"),
        (deny("s3:*", "*"), "which goes on denying s3:* on everything else, and the rest of it there, in guard (v1)"),
    ] {
        assert_eq!(summary(statement).replace(" (v1)", ""), format!("{spared}, {rest}").replace(" (v1)", ""));
    }
}
