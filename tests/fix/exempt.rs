//! A Deny that lists whom it spares: over all its forms, the edit spares the caller what was asked, and nobody anything else.

use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::{Fix, FixKind};
use diagnose::snapshot::{Layer, Policy};
use serde_json::{Value, json};

use super::world::{ROLE, World, allow, boundary, inline, sound};

const ACTIONS: [&str; 2] = ["s3:PutObject", "s3:DeleteObject"];
const RESOURCES: [&str; 3] = ["arn:aws:s3:::b/one", "arn:aws:s3:::b/two", "arn:aws:s3:::other/three"];
const ADMIN: &str = "arn:aws:iam::123456789012:role/Admin";
const PEER: &str = "arn:aws:iam::123456789012:role/Peer";

fn world(who: &str, policy: Policy) -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))]).who(who).set(Layer::Boundary, policy)
}

/// What each principal may do, over all that there is.
fn may(policy: &Policy) -> Vec<(&'static str, &'static str, &'static str, Verdict)> {
    let mut all = Vec::new();
    for who in [ROLE, PEER, ADMIN] {
        let world = world(who, policy.clone());
        for action in ACTIONS {
            for resource in RESOURCES {
                let verdict = evaluate(&world.request(action, resource), &world.snapshot).verdict;
                all.push((who, action, resource, verdict));
            }
        }
    }
    all
}

#[track_caller]
fn is_least(before: &Policy, fix: &Fix, asked: (&str, &str)) {
    sound(fix);
    let after = Policy::new("Boundary", None, before.origin.clone(), None, &fix.edited.as_ref().unwrap().after);
    for (then, now) in may(before).into_iter().zip(may(&after)) {
        let is_asked = (now.0, now.1, now.2) == (ROLE, asked.0, asked.1);
        assert_eq!(now.3, if is_asked { Verdict::Allowed } else { then.3 }, "{now:?}: {fix:#?}");
    }
    assert!(fix.newly_allowed.is_empty(), "{:?}", fix.newly_allowed);
}

#[test]
fn every_form_of_it() {
    let (one, two) = (RESOURCES[0], RESOURCES[1]);
    let actions = [json!("s3:PutObject"), json!(["s3:PutObject"]), json!(ACTIONS)];
    let resources = [
        ("Resource", json!("*")),
        ("Resource", json!(["*"])),
        ("Resource", json!(one)),
        ("Resource", json!([one])),
        ("NotResource", json!(two)),
        ("NotResource", json!([two])),
    ];
    let lists = [json!(ADMIN), json!([ADMIN])];
    let mut count = 0;
    for operator in ["ArnNotLike", "ArnNotEquals", "StringNotEquals", "StringNotLike", "ArnNotLikeIfExists"] {
        for (action, (element, resource)) in actions.iter().flat_map(|one| resources.iter().map(move |two| (one, two)))
        {
            for list in &lists {
                let mut deny: Value = json!({"Sid": "Guard", "Effect": "Deny", "Action": action});
                deny[*element] = resource.clone();
                deny["Condition"] = json!({operator: {"aws:PrincipalArn": list}});
                let before = boundary(&json!([allow("*", "*"), deny]));
                let fix = world(ROLE, before.clone()).fix("s3:PutObject", one);
                assert_eq!(fix.kind, FixKind::NarrowDeny, "{deny:#} {fix:#?}");
                is_least(&before, &fix, ("s3:PutObject", one));
                count += 1;
            }
        }
    }
    assert_eq!(count, 5 * 3 * 6 * 2);
}
