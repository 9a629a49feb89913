//! Identity policies: an own or shared policy that is about the same, else a new inline policy.

use diagnose::snapshot::{Layer, Origin, Policy, Reading};
use serde_json::json;

use super::world::{World, allow, allowed, deny, document, has_warning, inline, managed, nothing, statements};

const KEY: &str = "arn:aws:s3:::b/key";

#[test]
fn an_own_policy_about_the_same_resource_is_extended() {
    let world = World::new(vec![inline("Own", &json!([allow("s3:GetObject", KEY)]))]);
    let fix = world.fix("s3:PutObject", KEY);
    allowed(&fix, "extend-allow", "identity", "Own", &[], &[]);
    assert_eq!(statements(&fix), json!([allow(["s3:GetObject", "s3:PutObject"], KEY)]));
}

#[test]
fn a_shared_policy_is_extended_with_a_warning() {
    let shared = managed("arn:aws:iam::123456789012:policy/Shared", "v2", &json!([allow("s3:GetObject", KEY)]));
    let fix = World::new(vec![shared]).fix("s3:PutObject", KEY);
    allowed(&fix, "extend-allow", "identity", "Shared", &[], &["shared-policy"]);
}

#[test]
fn else_there_is_a_new_inline_policy() {
    let aws = managed("arn:aws:iam::aws:policy/ReadOnly", "v2", &json!([allow("s3:GetObject", KEY)]));
    let text = document(&json!([allow("s3:GetObject", KEY)]));
    let group = Policy::new("Team", None, Origin::Group("team".to_owned()), None, &text);
    let other = inline("AllowS3PutObject", &json!([allow("ec2:*", "*")]));
    let fix = World::new(vec![aws, group, other]).fix("s3:PutObject", KEY);
    // The name is taken.
    allowed(&fix, "attach", "identity", "AllowS3PutObject2", &[], &[]);
    assert_eq!(fix.edited.as_ref().unwrap().before, "");
    assert!(fix.edited.as_ref().unwrap().diff.starts_with("--- /dev/null\n"));
    let only = json!({"Sid": "AllowS3PutObject", "Effect": "Allow", "Action": "s3:PutObject", "Resource": KEY});
    assert_eq!(statements(&fix), json!([only]));
}

#[test]
fn without_any_policy_there_is_a_new_one() {
    let fix = World::new(Vec::new()).fix("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:jobs");
    allowed(&fix, "attach", "identity", "AllowSqsSendMessage", &[], &[]);
}

#[test]
fn a_file_is_edited_where_it_is() {
    let text = document(&json!([allow("ec2:*", "*")]));
    let mut policy = Policy::new("role", None, Origin::File, None, &text);
    policy.file = Some(diagnose::snapshot::FileRef { path: "role.json".to_owned(), start: None });
    let fix = World::new(vec![policy]).fix("s3:PutObject", KEY);
    allowed(&fix, "add-allow", "identity", "role", &[], &[]);
    assert_eq!(fix.document.path.as_deref(), Some("role.json"));
}

#[test]
fn a_deny_of_the_identity_is_narrowed() {
    let world = World::new(vec![inline("Own", &json!([allow("s3:*", "*"), deny("s3:DeleteObject", "*")]))]);
    let fix = world.fix("s3:DeleteObject", KEY);
    allowed(&fix, "narrow-deny", "identity", "Own", &[], &["deny-is-a-guard"]);
}

#[test]
fn a_deny_of_a_policy_of_aws_is_left() {
    let aws = managed("arn:aws:iam::aws:policy/DenyAll", "v1", &json!([deny("s3:*", "*")]));
    let fixes = World::new(vec![aws, inline("Own", &json!([allow("*", "*")]))]).fixes("s3:GetObject", KEY);
    nothing(&fixes[0], "identity", "cannot be edited");
    has_warning(&fixes[0], "remains", "identity policies");
}

#[test]
fn a_variable_in_what_was_asked_is_taken_literally() {
    let fix = World::new(Vec::new()).fix("s3:GetObject", "arn:aws:s3:::b/${aws:username}");
    allowed(&fix, "attach", "identity", "AllowS3GetObject", &[], &[]);
    assert_eq!(statements(&fix)[0]["Resource"], "arn:aws:s3:::b/${$}{aws:username}");
}

#[test]
fn identity_and_boundary_are_fixed_together() {
    let world = World::new(vec![inline("Own", &json!([allow("ec2:*", "*")]))])
        .set(Layer::Boundary, super::world::boundary(&json!([allow("ec2:*", "*")])));
    let fixes = world.fixes("s3:PutObject", KEY);
    assert_eq!(fixes.iter().map(|fix| fix.layer.code()).collect::<Vec<_>>(), ["identity", "boundary"]);
    assert_eq!(fixes[0].verified.blocked_by.len(), 1);
    assert_eq!(fixes[0].verified.verdict.code(), "denied");
    assert_eq!(fixes[1].verified.verdict.code(), "allowed");
    assert!(fixes.iter().all(|fix| fix.warnings.iter().all(|warning| warning.code != "remains")));
}

#[test]
fn a_user_gets_a_policy_of_its_own() {
    let fix = World::new(Vec::new()).who("arn:aws:iam::123456789012:user/alice").fix("s3:PutObject", KEY);
    allowed(&fix, "attach", "identity", "AllowS3PutObject", &[], &[]);
    assert!(fix.summary.contains("user alice"), "{}", fix.summary);
}

#[test]
fn what_was_not_read_is_not_invented() {
    let failed = World::new(Vec::new()).reading(Layer::Identity, Reading::Failed { reason: "denied".to_owned() });
    assert!(failed.fixes("s3:PutObject", KEY).is_empty());
}
