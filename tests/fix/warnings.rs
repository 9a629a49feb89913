//! What one is told before a fix is made.

use diagnose::snapshot::{Layer, Origin, Policy, Sharing, Use, Versions};
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

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/Boundary";

fn arn(of: &str) -> String {
    format!("arn:aws:iam::123456789012:{of}")
}

#[track_caller]
fn said(world: &World, code: &str) -> Option<String> {
    let fix = world.fix("s3:PutObject", KEY);
    fix.warnings.into_iter().find(|warning| warning.code == code).map(|warning| warning.text)
}

#[test]
fn a_shared_boundary_says_of_how_many() {
    let mut world = all().set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])));
    has_warning(&world.fix("s3:PutObject", KEY), "shared-boundary", "may be the boundary of other principals");
    world.snapshot.layers.boundary_users = Some(7);
    has_warning(&world.fix("s3:PutObject", KEY), "shared-boundary", "is also the boundary of 6 others");
    world.snapshot.layers.boundary_users = Some(1);
    assert!(world.fix("s3:PutObject", KEY).warnings.iter().all(|warning| warning.code != "shared-boundary"));
}

/// Who has the boundary in the source, whether that is everybody, how many IAM counted, and what is said.
type Sharers<'a> = (&'a [&'a str], bool, Option<usize>, Option<String>);

/// Three others by name and the rest by number; the caller is none of them.
#[test]
fn a_shared_boundary_says_whose_it_is() {
    let ends = ": the edit raises the ceiling of all of them";
    let open = ", and perhaps of principals that the snapshot does not hold";
    let cases: [Sharers<'_>; 8] = [
        (&["role/MyRole"], true, None, None),
        (&["role/MyRole"], false, None, Some(format!("may be the boundary of other principals too{ends}"))),
        (&["role/MyRole"], false, Some(1), None),
        (&["role/x/A", "role/MyRole"], true, None, Some(format!("is also the boundary of role A{ends}"))),
        (&["role/A", "user/b", "role/MyRole"], false, None, {
            Some(format!("is also the boundary of role A and user b{open}{ends}"))
        }),
        (&["role/A", "role/MyRole"], false, Some(3), {
            Some(format!("is also the boundary of role A and one other{ends}"))
        }),
        // A count of another time.
        (&["role/A", "user/b", "role/MyRole"], false, Some(2), {
            Some(format!("is also the boundary of role A and user b{open}{ends}"))
        }),
        (&["role/A", "role/B", "role/C", "role/D", "user/e", "role/MyRole"], true, None, {
            Some(format!("is also the boundary of role A, role B, role C and 2 others{ends}"))
        }),
    ];
    for (holders, is_whole, count, wanted) in cases {
        let mut sharing = Sharing::default();
        holders.iter().for_each(|holder| sharing.note(Use::Boundary, BOUNDARY, &arn(holder)));
        if is_whole {
            sharing.is_whole();
        }
        count.into_iter().for_each(|count| sharing.counted(Use::Boundary, BOUNDARY, count));
        let mut world = all().set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])));
        world.snapshot.layers.sharing = Some(sharing.into());
        let wanted = wanted.map(|text| format!("Boundary (v3) {text}"));
        assert_eq!(said(&world, "shared-boundary"), wanted, "{holders:?}");
    }
}

#[test]
fn a_shared_policy_says_whose_it_is() {
    let shared = arn("policy/Shared");
    let policy = || managed("arn:aws:iam::123456789012:policy/Shared", "v2", &json!([allow("s3:GetObject", KEY)]));
    let alone = World::new(vec![policy()]);
    let of_all = "the edit is for all of them";
    assert_eq!(said(&alone, "shared-policy"), Some(format!("Shared (v2) may be attached to others too: {of_all}")));
    let with = |holders: &[(Use, &str)]| {
        let mut sharing = Sharing::default();
        holders.iter().for_each(|(how, holder)| sharing.note(*how, &shared, &arn(holder)));
        sharing.is_whole();
        let mut world = alone.clone();
        world.snapshot.layers.sharing = Some(sharing.into());
        world
    };
    let own = (Use::Attachment, "role/MyRole");
    assert_eq!(said(&with(&[own]), "shared-policy"), None);
    assert_eq!(
        said(&with(&[(Use::Attachment, "group/x/Devs"), own]), "shared-policy"),
        Some(format!("Shared (v2) is also attached to group Devs: {of_all}"))
    );
    // A policy that is attached to one and the boundary of another.
    let both = with(&[own, (Use::Boundary, "role/Limited")]);
    assert_eq!(said(&both, "shared-policy"), None);
    let raises = "the edit raises the ceiling of all of them";
    assert_eq!(
        said(&both, "shared-boundary"),
        Some(format!("Shared (v2) is also the boundary of role Limited: {raises}"))
    );
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
    has_warning(&fix, "permission-set", "change permission set Dev and");
    // Once is enough.
    assert!(!fix.editable && fix.warnings.iter().all(|warning| warning.code != "generated"), "{fix:#?}");
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
    // Where the source lists them, the number says nothing.
    let said = |count: usize, oldest: &str| {
        let seventh: Policy = managed("arn:aws:iam::123456789012:policy/Boundary", "v7", &json!([allow("ec2:*", "*")]));
        let versions = Some(Versions { count, oldest: Some(oldest.to_owned()) });
        let fix = all().set(Layer::Boundary, Policy { versions, ..seventh }).fix("s3:PutObject", KEY);
        fix.warnings.into_iter().find(|warning| warning.code == "version-limit").map(|warning| warning.text)
    };
    assert_eq!(said(4, "v3"), None);
    assert_eq!(said(5, "v3").as_deref(), Some("5 versions exist: v3, the oldest that is not the default, is deleted"));
}

#[test]
fn a_copy_has_a_name_that_is_free() {
    let aws = |path: &str, actions: &str| {
        managed(&format!("arn:aws:iam::aws:policy/{path}"), "v1", &json!([allow(actions, "*")]))
    };
    let named = |names: Option<&[&str]>| {
        let mut world = all().set(Layer::Boundary, aws("ReadOnly", "ec2:*"));
        let lower = |names: &[&str]| std::sync::Arc::new(names.iter().map(|name| name.to_lowercase()).collect());
        world.snapshot.layers.policy_names = names.map(lower);
        world.fix("s3:PutObject", KEY)
    };
    let fix = named(None);
    assert_eq!(fix.document.arn.as_deref(), Some("arn:aws:iam::123456789012:policy/ReadOnly-boundary"));
    has_warning(&fix, "name-may-be-taken", "a policy ReadOnly-boundary already");
    let fix = named(Some(&["Other"]));
    assert_eq!(fix.document.name, "ReadOnly-boundary");
    assert!(fix.warnings.iter().all(|warning| warning.code != "name-may-be-taken"));
    let fix = named(Some(&["readonly-Boundary", "ReadOnly-boundary2"]));
    assert_eq!(fix.document.arn.as_deref(), Some("arn:aws:iam::123456789012:policy/ReadOnly-boundary3"));
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

/// Whatever layer is opened.
#[test]
fn a_way_to_more_for_the_caller_itself_is_told_apart() {
    let own = "arn:aws:iam::123456789012:role/MyRole";
    let other = "arn:aws:iam::123456789012:role/Other";
    let world = World::new(vec![managed("arn:aws:iam::123456789012:policy/Mine", "v1", &json!([allow("ec2:*", "*")]))]);
    let world = world.set(Layer::Boundary, boundary(&json!([allow("*", "*")])));
    let said = |action: &str, resource: &str| {
        let fix = world.fix(action, resource);
        assert_eq!(fix.layer, Layer::Identity);
        fix.warnings.iter().find(|warning| warning.code == "escalation").map(|warning| warning.text.clone()).unwrap()
    };
    let (lifts, grants) = ("role MyRole among them: it could lift the very limit", "it could give itself whatever");
    for (action, resource, wanted, not) in [
        ("iam:PutRolePermissionsBoundary", own, lifts, grants),
        ("iam:PutRolePermissionsBoundary", "arn:aws:iam::123456789012:role/My*", lifts, grants),
        ("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/Boundary", lifts, grants),
        ("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/Mine", grants, lifts),
        ("iam:AttachRolePolicy", own, grants, lifts),
        ("iam:AttachRolePolicy", other, "ESCALATION", "among them"),
        ("iam:PutRolePermissionsBoundary", other, "ESCALATION", "among them"),
        ("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/Other", "ESCALATION", "among them"),
        ("iam:PutUserPolicy", "arn:aws:iam::123456789012:user/*", "ESCALATION", "among them"),
        ("iam:PassRole", own, "ESCALATION", "among them"),
        // Whoever else becomes the role has no more than the role.
        ("iam:UpdateAssumeRolePolicy", own, "ESCALATION", "among them"),
        // The default version cannot be deleted.
        ("iam:DeletePolicyVersion", "arn:aws:iam::123456789012:policy/Boundary", "ESCALATION", "among them"),
    ] {
        let text = said(action, resource);
        assert!(text.contains(wanted) && !text.contains(not), "{action} {resource}: {text}");
    }
    let fix = World::new(Vec::new()).fix("iam:PutRolePermissionsBoundary", own);
    assert!(
        fix.warnings.iter().all(|warning| !warning.text.contains("among them")),
        "there is no boundary to lift: {fix:#?}"
    );
}
