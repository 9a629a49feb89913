//! The permissions boundary: its one policy, or a copy of it.

use diagnose::snapshot::Layer;
use serde_json::json;

use super::world::{World, allow, allowed, boundary, deny, has_warning, inline, managed, nothing, statements};

fn everything() -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))])
}

const KEY: &str = "arn:aws:s3:::b/key";
const SHARED: [&str; 2] = ["shared-boundary", "last-resort"];
const SPELLED: [&str; 4] = ["deny-is-a-guard", "pattern-spelled-out", "shared-boundary", "last-resort"];

#[test]
fn an_action_on_any_resource_goes_into_the_statement_that_is_about_any() {
    let world = everything().set(Layer::Boundary, boundary(&json!([allow(["ec2:Describe*", "s3:*"], "*")])));
    let fix = world.fix("ec2:TerminateInstances", "*");
    allowed(&fix, "extend-allow", "boundary", "Boundary", &[], &SHARED);
    assert_eq!(statements(&fix), json!([allow(["ec2:Describe*", "ec2:TerminateInstances", "s3:*"], "*")]));
    assert_eq!(
        fix.edited.unwrap().patch,
        json!([{"op": "add", "path": "/Statement/0/Action/1", "value": "ec2:TerminateInstances"}])
    );
}

#[test]
fn one_resource_never_goes_into_a_statement_about_all() {
    let world = everything().set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])));
    let fix = world.fix("s3:PutObject", KEY);
    allowed(&fix, "add-allow", "boundary", "Boundary", &[], &SHARED);
    let mut added = allow("s3:PutObject", KEY);
    added["Sid"] = json!("AllowS3PutObject");
    assert_eq!(statements(&fix), json!([allow("ec2:*", "*"), added]));
}

#[test]
fn an_action_without_resources_goes_to_the_star() {
    let world = everything().set(Layer::Boundary, boundary(&json!([allow("s3:*", "arn:aws:s3:::b/*")])));
    let fix = world.fix("ec2:DescribeInstances", "*");
    allowed(&fix, "add-allow", "boundary", "Boundary", &[], &SHARED);
    assert_eq!(statements(&fix)[1]["Resource"], "*");
}

#[test]
fn without_a_resource_the_identity_policies_say_on_what() {
    let world = World::new(vec![inline("Own", &json!([allow("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])]))])
        .set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])));
    let fix = world.fix("s3:PutObject", "*");
    // Objects only: the bucket itself is nothing that objects are put into.
    assert_eq!(statements(&fix)[1]["Resource"], "arn:aws:s3:::b/*");
    assert!(fix.summary.contains("no resource was named"), "{}", fix.summary);
    assert_eq!(fix.verified.verdict.code(), "undetermined");
    has_warning(&fix, "depends-on", "which resource it is");
    assert!(fix.newly_allowed.is_empty(), "{:?}", fix.newly_allowed);
}

#[test]
fn a_statement_whose_conditions_do_not_hold_is_not_extended() {
    let mut office = allow("ec2:*", KEY);
    office["Condition"] = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let world = everything().set(Layer::Boundary, boundary(&json!([office])));
    let fix = world.clone().context("aws:SourceIp", "192.0.2.1").fix("s3:PutObject", KEY);
    allowed(&fix, "add-allow", "boundary", "Boundary", &[], &SHARED);
    let fix = world.context("aws:SourceIp", "203.0.113.7").fix("s3:PutObject", KEY);
    allowed(&fix, "extend-allow", "boundary", "Boundary", &[], &SHARED);
}

#[test]
fn a_resource_is_added_where_nothing_else_follows() {
    let only_reads = boundary(&json!([allow("s3:GetObject", "arn:aws:s3:::a/*")]));
    let fix = everything().set(Layer::Boundary, only_reads).fix("s3:GetObject", KEY);
    allowed(&fix, "extend-allow", "boundary", "Boundary", &[], &SHARED);
    assert_eq!(statements(&fix), json!([allow("s3:GetObject", ["arn:aws:s3:::a/*", KEY])]));
    // s3:PutObject would follow.
    let reads_and_writes = boundary(&json!([allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*")]));
    let fix = everything().set(Layer::Boundary, reads_and_writes).fix("s3:GetObject", KEY);
    allowed(&fix, "add-allow", "boundary", "Boundary", &[], &SHARED);
    // No object is listed as a bucket is.
    let of_buckets = boundary(&json!([allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::a/*")]));
    let fix = everything().set(Layer::Boundary, of_buckets).fix("s3:GetObject", KEY);
    allowed(&fix, "extend-allow", "boundary", "Boundary", &[], &SHARED);
}

#[test]
fn a_deny_of_listed_actions_keeps_the_others_and_the_other_resources() {
    let guard = boundary(&json!([allow("*", "*"), deny(["s3:DeleteObject", "s3:PutObject"], "*")]));
    let fix = everything().set(Layer::Boundary, guard).fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &["deny-is-a-guard", "shared-boundary", "last-resort"]);
    let kept = json!({"Sid": "KeepDenyingS3PutObject", "Effect": "Deny", "Action": "s3:PutObject", "NotResource": KEY});
    let mut found = statements(&fix);
    // Whether one item stands alone or in a list, is the style of the document.
    for at in [1, 2] {
        for element in ["Action", "NotResource"] {
            if let Some([only]) = found[at][element].as_array().map(Vec::as_slice) {
                found[at][element] = only.clone();
            }
        }
    }
    assert_eq!(found, json!([allow("*", "*"), deny("s3:DeleteObject", "*"), kept]));
    has_warning(&fix, "deny-is-a-guard", "s3:DeleteObject, s3:PutObject everywhere");
}

#[test]
fn a_deny_of_one_action_spares_the_resource() {
    let guard = boundary(&json!([allow("*", "*"), deny("s3:PutObject", "*")]));
    let fix = everything().set(Layer::Boundary, guard).fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &["deny-is-a-guard", "shared-boundary", "last-resort"]);
    assert_eq!(statements(&fix)[1], json!({"Effect": "Deny", "Action": "s3:PutObject", "NotResource": KEY}));
}

#[test]
fn a_deny_of_everything_goes_on_denying_all_but_what_was_asked() {
    let guard = boundary(&json!([allow("*", "*"), deny("*", "*")]));
    let fix = everything().set(Layer::Boundary, guard).fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &["deny-is-a-guard", "shared-boundary", "last-resort"]);
    let kept = json!({"Sid": "KeepDenyingS3PutObject", "Effect": "Deny", "Action": "s3:PutObject", "NotResource": KEY});
    let all_but = json!({"Effect": "Deny", "NotAction": "s3:PutObject", "Resource": "*"});
    assert_eq!(statements(&fix), json!([allow("*", "*"), all_but, kept]));
}

#[test]
fn a_deny_of_all_but_some_actions_spares_one_more() {
    let guard = json!({"Effect": "Deny", "NotAction": ["ec2:*"], "Resource": "*"});
    let fix = everything().set(Layer::Boundary, boundary(&json!([allow("*", "*"), guard]))).fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &["deny-is-a-guard", "shared-boundary", "last-resort"]);
    assert_eq!(statements(&fix)[1]["NotAction"], json!(["ec2:*", "s3:PutObject"]));
    assert_eq!(statements(&fix)[2]["NotResource"], json!(KEY));
}

#[test]
fn a_pattern_of_few_actions_is_spelled_out_where_no_resource_is_named() {
    let guard = boundary(&json!([allow("*", "*"), deny("sqs:Delete*", "*")]));
    let fix = everything().set(Layer::Boundary, guard).fix("sqs:DeleteMessage", "*");
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &["sqs:Delete* on *"], &SPELLED);
    assert_eq!(statements(&fix)[1]["Action"], "sqs:DeleteQueue*");
    let wide = boundary(&json!([allow("*", "*"), deny("ec2:*", "*")]));
    nothing(
        &everything().set(Layer::Boundary, wide).fix("ec2:TerminateInstances", "*"),
        "boundary",
        "pattern of many actions",
    );
}

#[test]
fn a_boundary_of_aws_is_replaced_by_a_copy() {
    let of_aws = managed("arn:aws:iam::aws:policy/PowerUserAccess", "v6", &json!([allow("s3:*", "*")]));
    let fix = everything().set(Layer::Boundary, of_aws).fix("ec2:RunInstances", "*");
    allowed(
        &fix,
        "replace-boundary",
        "boundary",
        "PowerUserAccess-boundary",
        &[],
        &["aws-managed", "name-may-be-taken", "last-resort"],
    );
    assert_eq!(fix.document.arn.as_deref(), Some("arn:aws:iam::123456789012:policy/PowerUserAccess-boundary"));
}

#[test]
fn removing_the_boundary_is_the_last_resort_and_counted() {
    let world =
        World::new(vec![inline("Own", &json!([allow(["sqs:SendMessage", "sqs:DeleteQueue", "s3:GetObject"], "*")]))])
            .set(Layer::Boundary, boundary(&json!([allow("s3:*", "*"), deny("s3:GetObject", "arn:aws:s3:::x/*")])));
    let fix = world.fix("sqs:SendMessage", "*");
    has_warning(&fix, "last-resort", ": 2 actions would become effective");
    has_warning(&fix, "last-resort", "delete-role-permissions-boundary");
}

const ADMIN: &str = "arn:aws:iam::123456789012:role/Admin";
const GUARD: [&str; 3] = ["deny-is-a-guard", "shared-boundary", "last-resort"];

/// A boundary whose Deny lists whom it spares.
fn sparing(mut deny: serde_json::Value, condition: &serde_json::Value) -> World {
    deny["Condition"] = condition.clone();
    everything().set(Layer::Boundary, boundary(&json!([allow("*", "*"), deny])))
}

#[test]
fn a_deny_that_lists_whom_it_spares_spares_one_more() {
    let condition = json!({"ArnNotLike": {"aws:PrincipalArn": ADMIN}});
    let fix = sparing(deny("ec2:TerminateInstances", "*"), &condition).fix("ec2:TerminateInstances", "*");
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &GUARD);
    assert_eq!(
        statements(&fix)[1]["Condition"],
        json!({"ArnNotLike": {"aws:PrincipalArn": [ADMIN, super::world::ROLE]}})
    );
    assert!(fix.summary.contains("for role MyRole alone"), "{}", fix.summary);
}

#[test]
fn of_several_actions_and_resources_the_list_spares_the_asked_ones() {
    let condition = json!({"StringNotEquals": {"aws:PrincipalArn": [ADMIN]}, "Bool": {"aws:SecureTransport": "true"}});
    let world =
        sparing(deny(["s3:PutObject", "s3:DeleteObject"], "*"), &condition).context("aws:SecureTransport", "true");
    let fix = world.fix("s3:PutObject", KEY);
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[], &GUARD);
    let found = statements(&fix);
    assert_eq!((&found[1]["Action"], &found[1]["Condition"]), (&json!(["s3:DeleteObject"]), &condition));
    assert_eq!((&found[2]["NotResource"], &found[2]["Condition"]), (&json!(KEY), &condition), "{found:#}");
    let wider = json!({"StringNotEquals": {"aws:PrincipalArn": [ADMIN, super::world::ROLE]}, "Bool": {"aws:SecureTransport": "true"}});
    assert_eq!((&found[3]["Resource"], &found[3]["Condition"]), (&json!(KEY), &wider), "{found:#}");
}

#[test]
fn a_guard_of_a_pattern_is_its_owners_to_open() {
    let condition = json!({"ArnNotLike": {"aws:PrincipalArn": ADMIN}});
    let fix = sparing(deny("s3:*", "*"), &condition).fix("s3:PutObject", KEY);
    nothing(&fix, "boundary", "spares those whom its aws:PrincipalArn lists");
    // A list that the caller is not to be in spares nobody.
    let condition = json!({"ArnLike": {"aws:PrincipalArn": super::world::ROLE}});
    nothing(&sparing(deny("s3:PutObject", "*"), &condition).fix("s3:PutObject", KEY), "boundary", "aws:PrincipalArn");
}

#[test]
fn a_pattern_spares_one_action_on_one_resource_and_denies_the_others_there() {
    let queue = "arn:aws:sqs:eu-west-1:123456789012:one";
    let guard = boundary(&json!([allow("*", "*"), deny(["sqs:Delete*", "sqs:PurgeQueue"], "*")]));
    let fix = everything().set(Layer::Boundary, guard).fix("sqs:DeleteMessage", queue);
    let newly = format!("sqs:Delete* on {queue}");
    allowed(&fix, "narrow-deny", "boundary", "Boundary", &[&newly], &SPELLED);
    let found = statements(&fix);
    let patterns = json!(["sqs:Delete*", "sqs:PurgeQueue"]);
    assert_eq!((&found[1]["Action"], &found[1]["NotResource"]), (&patterns, &json!(queue)));
    let others = json!(["sqs:DeleteQueue*", "sqs:PurgeQueue"]);
    assert_eq!((&found[2]["Action"], &found[2]["Resource"]), (&others, &json!(queue)));
}
