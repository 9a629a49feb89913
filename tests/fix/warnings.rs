//! What one is told before a fix is made.

use diagnose::snapshot::{Layer, Origin, Policy};
use serde_json::json;

use super::world::{World, allow, boundary, deny, has_warning, inline, managed};

const KEY: &str = "arn:aws:s3:::b/key";

fn all() -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))])
}

#[test]
fn the_way_out_of_the_boundary_is_loud() {
    let keep = deny(["iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary"], "*");
    let world = all().set(Layer::Boundary, boundary(&json!([allow("*", "*"), keep])));
    let fix = world.fix("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/Boundary");
    assert_eq!(fix.warnings[0].code, "escalation");
    has_warning(&fix, "escalation", "lift the very limit");
    has_warning(&fix, "deny-is-a-guard", "iam:DeleteRolePermissionsBoundary");
}

#[test]
fn passing_roles_is_an_escalation_and_reading_is_none() {
    let codes = |action: &str| {
        let fix = World::new(Vec::new()).fix(action, "*");
        fix.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert!(codes("iam:PassRole").contains(&"escalation"));
    assert!(codes("sts:AssumeRole").contains(&"escalation") || codes("sts:AssumeRole").is_empty());
    assert!(!codes("iam:GetRole").contains(&"escalation"));
    let fix = World::new(Vec::new()).fixes("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/x").remove(0);
    has_warning(&fix, "escalation", "iam:PutRolePolicy");
}

#[test]
fn a_shared_boundary_says_of_how_many() {
    let mut world = all().set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])));
    has_warning(&world.fix("s3:PutObject", KEY), "shared-boundary", "may be the boundary of other principals");
    world.snapshot.layers.boundary_users = Some(7);
    has_warning(&world.fix("s3:PutObject", KEY), "shared-boundary", "7 principals");
    world.snapshot.layers.boundary_users = Some(1);
    assert!(world.fix("s3:PutObject", KEY).warnings.iter().all(|warning| warning.code != "shared-boundary"));
}

#[test]
fn what_is_generated_is_changed_at_its_source() {
    for (name, part) in [
        ("aws-controltower-guard", "Control Tower"),
        ("AWSControlTowerExecution", "Control Tower"),
        ("AWSAccelerator-Boundary", "Landing Zone Accelerator"),
        ("cdk-hnb659fds-permissions-boundary", "CDK"),
    ] {
        let arn = format!("arn:aws:iam::123456789012:policy/{name}");
        let world = all().set(Layer::Boundary, managed(&arn, "v1", &json!([allow("ec2:*", "*")])));
        has_warning(&world.fix("s3:PutObject", KEY), "generated", part);
    }
    let world = World::new(Vec::new()).tag("aws:cloudformation:stack-name", "app");
    has_warning(&world.fix("s3:PutObject", KEY), "generated", "stack app");
    let fix = World::new(Vec::new()).fix("s3:PutObject", KEY);
    assert!(fix.warnings.is_empty(), "{:?}", fix.warnings);
}

#[test]
fn roles_of_identity_center_and_of_services_are_not_edited() {
    let arn = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef";
    let fix = World::new(Vec::new()).who(arn).fix("s3:PutObject", KEY);
    has_warning(&fix, "permission-set", "permission set");
    assert!(!fix.editable);
    let arn = "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let fix = World::new(Vec::new()).who(arn).fix("s3:PutObject", KEY);
    has_warning(&fix, "service-linked", "IAM refuses");
    assert!(!fix.editable);
}

#[test]
fn five_versions_are_told_of() {
    let fifth: Policy = managed("arn:aws:iam::123456789012:policy/Boundary", "v5", &json!([allow("ec2:*", "*")]));
    has_warning(
        &all().set(Layer::Boundary, fifth).fix("s3:PutObject", KEY),
        "version-limit",
        "oldest that is not the default",
    );
}

#[test]
fn the_policy_of_a_group_is_for_all_of_its_members() {
    let group = Policy {
        origin: Origin::Group("Devs".to_owned()),
        ..inline("Guard", &json!([allow("*", "*"), deny(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::b/*")]))
    };
    let fix = World::new(vec![group]).who("arn:aws:iam::123456789012:user/MyUser").fix("s3:PutObject", KEY);
    has_warning(&fix, "shared-policy", "the group Devs: the edit is for all of its members");
}

#[test]
fn the_owner_of_a_bucket_is_named_though_its_arn_names_none() {
    let statement =
        json!([{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "*"}]);
    let bucket = || inline("bucket policy", &statement);
    let fixes = all().set(Layer::Resource, bucket()).owned_by("999999999999").fixes("s3:PutObject", KEY);
    has_warning(&fixes[0], "changed-by-others", "the owner of the resource (account 999999999999)");
    let fixes = all().set(Layer::Resource, bucket()).owned_by("123456789012").fixes("s3:PutObject", KEY);
    assert!(fixes[0].warnings.iter().all(|warning| warning.code != "changed-by-others"), "{fixes:#?}");
}
