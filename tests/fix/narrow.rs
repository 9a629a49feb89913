//! A Deny that is narrowed: over all that there is to ask, by anybody, the edit opens what was asked and what it lists, and
//! closes nothing.

use diagnose::catalogue::Fit;
use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::Fix;
use diagnose::request::{Request, Resource};
use diagnose::snapshot::{Layer, Policy, Reading};
use serde_json::{Value, json};

use super::world::{ROLE, World, allow, boundary, deny, has_warning, inline, nothing, sound, statements};

const KEY: &str = "arn:aws:s3:::d/x";
const OTHER_KEY: &str = "arn:aws:s3:::d/y";
const BUCKET: &str = "arn:aws:s3:::d";
const INSTANCE: &str = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0";
const TARGET: &str = "arn:aws:iam::123456789012:role/admin1";
pub(super) const PEER: &str = "arn:aws:iam::123456789012:role/Peer";

/// Those of tomorrow among them.
const ACTIONS: [&str; 22] = [
    "ec2:DescribeInstances",
    "ec2:NewOfTomorrow",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "iam:CreatePolicyVersion",
    "iam:GetRole",
    "iam:NewOfTomorrow",
    "iam:PassRole",
    "s3:DeleteBucket",
    "s3:DeleteNewOfTomorrow",
    "s3:DeleteObject",
    "s3:DeleteObjectOfTomorrow",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "ssm:SendCommand",
    "ssm:StartSession",
    "sts:AssumeRole",
    "zzz:NewOfTomorrow",
];

const RESOURCES: [&str; 9] = [
    "*",
    BUCKET,
    KEY,
    OTHER_KEY,
    "arn:aws:s3:::e/x",
    INSTANCE,
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-0ffffffffffffffff",
    TARGET,
    "arn:aws:iam::123456789012:role/admin2",
];

/// Those of today.
pub(super) const ASKABLE: [&str; 14] = [
    "ec2:DescribeInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "iam:GetRole",
    "iam:PassRole",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "ssm:StartSession",
    "sts:AssumeRole",
];

/// The pairs that can be asked: on a resource nothing of another service that the catalogue does not know.
pub(super) fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let fits = |action: &str, resource: &str| match diagnose::catalogue::action(action) {
        Some(known) if known.takes_only_star() => resource == "*",
        Some(known) => resource != "*" && known.fit(resource) != Fit::No,
        None => resource == "*" || resource.split(':').nth(2) == action.split(':').next(),
    };
    let all = ACTIONS.iter().flat_map(|one| RESOURCES.iter().map(move |two| (*one, *two)));
    all.filter(move |(action, resource)| fits(action, resource))
}

pub(super) fn verdict(world: &World, action: &str, resource: &str) -> Verdict {
    let request = Request { resource: Resource::new(resource, true), ..world.request(action, resource) };
    evaluate(&request, &world.snapshot).verdict
}

pub(super) fn world(layer: Layer, statements: &Value) -> World {
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]);
    if layer == Layer::Boundary {
        let all: Vec<Value> = [allow("*", "*")].into_iter().chain(statements.as_array().unwrap().clone()).collect();
        return world.set(layer, boundary(&json!(all)));
    }
    world.attach(layer, BUCKET, "123456789012", Reading::policies(vec![inline("bucket policy", statements)]))
}

pub(super) fn edited(world: &World, layer: Layer, fix: &Fix) -> World {
    let text = &fix.edited.as_ref().unwrap().after;
    let policy = Policy::new("Boundary", None, diagnose::snapshot::Origin::Inline, None, text);
    let mut after = world.clone();
    if layer == Layer::Boundary {
        return after.set(layer, policy);
    }
    for reading in after.snapshot.layers.readings_mut(layer).filter(|one| matches!(one, Reading::Levels(_))) {
        *reading = Reading::policies(vec![policy.clone()]);
    }
    after
}

/// What an edit opened, for the caller and for its peer; panics where it closes something.
pub(super) fn opened(world: &World, layer: Layer, fix: &Fix) -> Vec<(&'static str, &'static str, &'static str)> {
    sound(fix);
    let after = edited(world, layer, fix);
    let mut found = Vec::new();
    for (name, who) in [("caller", ROLE), ("peer", PEER)] {
        let (then, now) = (world.clone().who(who), after.clone().who(who));
        for (action, resource) in pairs() {
            match (verdict(&then, action, resource), verdict(&now, action, resource)) {
                (Verdict::Denied, Verdict::Allowed) => found.push((name, action, resource)),
                (before, after) => assert_eq!(before, after, "{name} {action} on {resource}: {fix:#?}"),
            }
        }
    }
    found
}

/// The edit of one question opens for the caller what was asked, and nothing else, and says so.
#[track_caller]
fn is_exact(layer: Layer, statements: &Value, asked: &[(&'static str, &'static str)]) -> Fix {
    let world = world(layer, statements);
    let all = world.plan(asked);
    let fix = all[0][0].clone();
    for fixes in &all {
        assert_eq!((fixes.len(), fixes[0].verified.verdict), (1, Verdict::Allowed), "{all:#?}");
        assert_eq!(fixes[0].edited, fix.edited, "{all:#?}");
    }
    let mut found = opened(&world, layer, &fix);
    if layer == Layer::Boundary {
        // It is the boundary of both.
        found.retain(|(who, ..)| *who == "caller");
    }
    let mut wanted: Vec<_> = asked.iter().map(|(action, resource)| ("caller", *action, *resource)).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{}", fix.edited.as_ref().unwrap().after);
    assert!(fix.newly_allowed.is_empty(), "{:?}", fix.newly_allowed);
    fix
}

fn has_code(fix: &Fix, code: &str) -> bool {
    fix.warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn a_deny_of_everything_spares_one_action_on_one_resource() {
    for action in [json!("*"), json!(["*"]), json!(["s3:*", "*"]), json!(["*:*"]), json!(["ec2:*", "**"])] {
        let fix = is_exact(Layer::Boundary, &json!([deny(action, "*")]), &[("s3:PutObject", KEY)]);
        assert_eq!(statements(&fix)[1]["NotAction"].to_string().replace(['[', ']'], ""), "\"s3:PutObject\"");
        assert!(!has_code(&fix, "escalation") && !has_code(&fix, "pattern-spelled-out"), "{:?}", fix.warnings);
    }
    let two = [("s3:PutObject", KEY), ("s3:GetObject", OTHER_KEY), ("s3:PutObject", OTHER_KEY)];
    is_exact(Layer::Boundary, &json!([deny("*", "*")]), &two);
    is_exact(Layer::Boundary, &json!([deny("*", "*")]), &[("ec2:DescribeInstances", "*"), ("iam:PassRole", TARGET)]);
    let elsewhere = json!([{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::e/*"}]);
    is_exact(Layer::Boundary, &elsewhere, &two);
}

/// By one `NotAction`, which tomorrow's actions are subject to: those of the service, on the one resource.
#[test]
fn a_deny_of_a_service_spares_one_action_on_one_resource() {
    let of_instances = || json!([deny("ec2:*", "*")]);
    let fix = is_exact(Layer::Boundary, &of_instances(), &[("ec2:TerminateInstances", INSTANCE)]);
    let found = statements(&fix);
    assert_eq!((&found[1]["Action"], &found[1]["NotResource"]), (&json!("ec2:*"), &json!(INSTANCE)));
    assert_eq!(
        (&found[2]["NotAction"][0], &found[2]["Resource"]),
        (&json!("ec2:TerminateInstances"), &json!(INSTANCE))
    );
    assert!(found[2]["NotAction"].as_array().unwrap().contains(&json!("ssm:*")), "{found:#}");
    assert!(!has_code(&fix, "pattern-spelled-out"));
    let two =
        [("ec2:TerminateInstances", INSTANCE), ("ec2:StopInstances", INSTANCE), ("ec2:StopInstances", RESOURCES[6])];
    is_exact(Layer::Boundary, &of_instances(), &two);
    // What another service is denied there stays denied.
    for others in [json!(["ec2:*", "ssm:StartSession"]), json!(["ssm:Start*", "ec2:*", "s3:*"])] {
        is_exact(Layer::Boundary, &json!([deny(others, "*")]), &two);
    }
    for guard in [deny("ec2:*", INSTANCE), deny("ec2:*", [INSTANCE, KEY]), deny(["s3:*", "ec2:*"], INSTANCE)] {
        is_exact(Layer::Boundary, &json!([guard]), &[("ec2:TerminateInstances", INSTANCE)]);
    }
    is_exact(Layer::Boundary, &json!([deny("iam:*", "*")]), &[("iam:PassRole", TARGET)]);
    is_exact(Layer::Boundary, &json!([deny("s3:*", "*")]), &[("s3:PutObject", KEY)]);
}

/// Of a pattern of names no form is exact: what is not known of it is said.
#[test]
fn a_pattern_that_is_spelled_out_is_said() {
    for (guard, on) in [(deny("s3:Delete*", "*"), KEY), (deny("s3:Delete*", "arn:aws:s3:::d/*"), "arn:aws:s3:::d/*")] {
        let world = world(Layer::Boundary, &json!([guard]));
        let fix = world.fix("s3:DeleteObject", KEY);
        has_warning(&fix, "pattern-spelled-out", &format!("the pattern s3:Delete* is spelled out on {on}"));
        assert!(fix.newly_allowed.contains(&format!("s3:Delete* on {on}")), "{:?}", fix.newly_allowed);
        let mut found = opened(&world, Layer::Boundary, &fix);
        found.retain(|(who, action, resource)| *who == "caller" && (*action, *resource) != ("s3:DeleteObject", KEY));
        // Nothing that is known, but on what the edit lists, and of tomorrow's names those that are like a known one stay denied.
        let known = |action: &str| diagnose::catalogue::action(action).is_some();
        found.retain(|(_, action, resource)| {
            known(action) && !fix.newly_allowed.contains(&format!("{action} on {on}")) || *resource == RESOURCES[4]
        });
        assert!(found.is_empty(), "{found:?}");
        let after = edited(&world, Layer::Boundary, &fix);
        assert_eq!(verdict(&after, "s3:DeleteObjectOfTomorrow", KEY), Verdict::Denied);
    }
}

/// A bucket's policy is about the bucket: all of it but one object is a `NotResource`.
#[test]
fn a_deny_of_a_whole_bucket_spares_one_object_and_the_caller_alone() {
    let guard = |actions: Value, resources: Value| json!([{"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources}]);
    let objects = "arn:aws:s3:::d/*";
    for resources in
        [json!([BUCKET, objects]), json!(["arn:aws:s3:::d*", objects]), json!("*"), json!([KEY, OTHER_KEY]), json!(KEY)]
    {
        for actions in [json!("s3:PutObject"), json!(["s3:PutObject", "s3:DeleteBucket"]), json!("s3:*"), json!("*")] {
            let fix = is_exact(Layer::Resource, &guard(actions, resources.clone()), &[("s3:PutObject", KEY)]);
            assert!(!has_code(&fix, "spares-everybody"), "{:?}", fix.warnings);
        }
        is_exact(
            Layer::Resource,
            &guard(json!("s3:*"), resources.clone()),
            &[("s3:PutObject", KEY), ("s3:GetObject", KEY)],
        );
    }
    is_exact(Layer::Resource, &guard(json!(["s3:PutObject"]), json!(objects)), &[("s3:PutObject", KEY)]);
    is_exact(
        Layer::Resource,
        &guard(json!("s3:*"), json!([BUCKET, objects])),
        &[("s3:PutObject", KEY), ("s3:PutObject", OTHER_KEY)],
    );
}

#[test]
fn whom_no_condition_can_tell_apart_is_spared_with_everybody() {
    let guard =
        json!([{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "*"}]);
    let root = "arn:aws:iam::123456789012:root";
    let fix = world(Layer::Resource, &guard).who(root).fix("s3:PutObject", KEY);
    has_warning(&fix, "spares-everybody", "everybody whom the statement names");
    // Of a Deny that names the caller, nobody else is spared.
    let mut own = guard[0].clone();
    own["Principal"] = json!({"AWS": ROLE});
    let fix = is_exact(Layer::Resource, &json!([own]), &[("s3:PutObject", KEY)]);
    assert!(statements(&fix).as_array().unwrap().iter().all(|one| one.get("Condition").is_none()));
}

/// Whatever leads to more permissions is opened as it was asked, or not at all.
#[test]
fn what_leads_to_more_permissions_is_never_opened_with_more() {
    let roles = "arn:aws:iam::123456789012:role/admin*";
    for guard in [
        deny("iam:PassRole", roles),
        deny(["iam:PassRole", "iam:CreateUser"], roles),
        deny("iam:Pass*", roles),
        deny("iam:Pass*", "*"),
        deny("iam:*", roles),
        deny("*", roles),
    ] {
        let fix = world(Layer::Boundary, &json!([guard])).fix("iam:PassRole", TARGET);
        nothing(
            &fix,
            "boundary",
            "iam:PassRole leads to more permissions, and no edit of the statement opens iam:PassRole on",
        );
    }
    for guard in [deny("iam:PassRole", "*"), deny("iam:*", "*"), deny("*", "*"), deny("iam:PassRole", [TARGET, KEY])] {
        let fix = is_exact(Layer::Boundary, &json!([guard]), &[("iam:PassRole", TARGET)]);
        has_warning(&fix, "escalation", "with iam:PassRole a principal can get");
    }
    // Nor for everybody.
    let trust = json!([{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}, {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}]);
    let trusting = |who: &str| {
        let policy = Reading::policies(vec![inline("trust", &trust)]);
        World::new(vec![inline("All", &json!([allow("*", "*")]))]).who(who).attach(
            Layer::Trust,
            TARGET,
            "123456789012",
            policy,
        )
    };
    let fix = trusting(ROLE).fix("sts:AssumeRole", TARGET);
    assert_eq!(fix.verified.verdict, Verdict::Allowed);
    let kept = statements(&fix).as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&kept["Effect"], &kept["Condition"]),
        (&json!("Deny"), &json!({"ArnNotEquals": {"aws:PrincipalArn": ROLE}}))
    );
}

/// Two statements that deny the same: what is kept of one is said by the other, until that is narrowed too.
#[test]
fn overlapping_denies_are_narrowed_for_every_resource_that_was_asked() {
    let all_but = json!({"Effect": "Deny", "NotAction": ["ec2:*"], "Resource": "*"});
    let elsewhere = json!({"Effect": "Deny", "NotAction": ["ec2:*"], "NotResource": ["arn:aws:s3:::e/*"]});
    for guards in [
        json!([deny(["s3:PutObject", "s3:GetObject"], "*"), deny(["s3:PutObject"], "*")]),
        json!([deny(["s3:PutObject", "s3:GetObject"], "*"), deny(["s3:PutObject", "s3:DeleteObject"], "*")]),
        json!([deny("s3:PutObject", "*"), deny("s3:PutObject", "*")]),
        json!([all_but, deny("s3:PutObject", "*")]),
        json!([elsewhere, all_but, deny(["s3:PutObject", "s3:GetObject"], "*")]),
        json!([deny("s3:*", "*"), deny("*", "*"), deny("s3:PutObject", [KEY, OTHER_KEY])]),
    ] {
        is_exact(Layer::Boundary, &guards, &[("s3:PutObject", KEY), ("s3:PutObject", OTHER_KEY)]);
        is_exact(
            Layer::Boundary,
            &guards,
            &[("s3:PutObject", KEY), ("s3:PutObject", OTHER_KEY), ("s3:PutObject", "arn:aws:s3:::e/x")],
        );
    }
    let both = json!([all_but, deny("s3:PutObject", "*")]);
    let asked =
        [("s3:PutObject", KEY), ("s3:PutObject", OTHER_KEY), ("s3:GetObject", KEY), ("s3:GetObject", OTHER_KEY)];
    is_exact(Layer::Boundary, &both, &asked);
}
