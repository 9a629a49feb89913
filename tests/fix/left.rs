//! What no edit of a document helps: nothing is invented.

use diagnose::confront::confront;
use diagnose::eval::evaluate;
use diagnose::fix::{Ask, Fix, plan};
use diagnose::message;
use diagnose::snapshot::{Layer, Origin, Policy, Reading};
use serde_json::json;

use super::world::{World, allow, boundary, deny, has_warning, inline, managed, nothing, seen};

const KEY: &str = "arn:aws:s3:::b/key";

#[test]
fn a_layer_that_only_the_message_names_is_to_be_read_first() {
    let text = "User: arn:aws:iam::123456789012:role/MyRole is not authorized to perform: s3:PutObject on resource: \
                \"arn:aws:s3:::b/key\" because no permissions boundary allows the s3:PutObject action";
    let world = World::new(Vec::new()).reading(Layer::Boundary, Reading::not_checked());
    let found = message::read(text.as_bytes());
    let denial = &found.denials[0];
    let request = world.request("s3:PutObject", KEY);
    let mut decision = evaluate(&request, &world.snapshot);
    confront(&mut decision, denial, &request);
    let ask = Ask { request: &request, snapshot: &world.snapshot, decision: &decision, denial: Some(denial) };
    let fixes = plan(&[ask]).remove(0);
    assert_eq!(fixes.iter().map(|fix| seen(fix).kind).collect::<Vec<_>>(), ["attach", "none"]);
    nothing(&fixes[1], "boundary", "--boundary FILE");
    has_warning(&fixes[1], "remains", "permissions boundary");
}

#[test]
fn a_boundary_that_cannot_be_read_has_no_fix() {
    let unread =
        Policy::unread("Gone", Some("arn:aws:iam::1:policy/Gone".to_owned()), Origin::CustomerManaged, "denied");
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, unread);
    assert!(world.fixes("s3:PutObject", KEY).is_empty());
}

#[test]
fn what_iam_refuses_has_no_fix() {
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]);
    let aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert!(world.fixes("iam:CreatePolicyVersion", aws).is_empty());
}

#[test]
fn what_is_undetermined_has_no_fix() {
    let world = World::new(vec![inline("Some", &json!([allow("s3:*", "arn:aws:s3:::b/*")]))]);
    assert!(world.fixes("s3:PutObject", "*").is_empty());
}

#[test]
fn a_document_without_room_is_left() {
    let names: Vec<String> = (0..220).map(|number| format!("sqs:AnActionOfNumber{number:05}")).collect();
    let full = boundary(&json!([allow(names, "*")]));
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, full);
    let fix = world.fix("s3:PutObject", KEY);
    nothing(&fix, "boundary", "make room");
    has_warning(&fix, "too-large", "larger than AWS accepts");
    has_warning(&fix, "remains", "boundary");
}

#[test]
fn a_document_that_no_call_takes_is_left() {
    let actions: Vec<String> = (0..6000).map(|number| format!("sqs:AnActionOfNumber{number:05}")).collect();
    let huge = boundary(&json!([allow(actions, "*")]));
    let length = huge.text().len();
    let fix =
        World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, huge).fix("s3:PutObject", KEY);
    nothing(&fix, "boundary", &format!("it has {length} bytes, and AWS accepts no policy of more than 131072"));
}

/// The inline policies of a role, of a user and of a group count together.
#[test]
fn an_owner_without_room_for_inline_policies_is_left() {
    let filled = |origin: Origin, most: usize| {
        let names: Vec<String> = (0..most / 27).map(|number| format!("sqs:AnActionOfNumber{number:05}")).collect();
        // Half of the room is another policy's.
        let halves: Vec<Policy> = names
            .chunks(names.len() / 2 + 1)
            .map(|half| Policy { origin: origin.clone(), ..inline("Filling", &json!([allow(half.to_vec(), "*")])) })
            .collect();
        halves
    };
    let user = "arn:aws:iam::123456789012:user/alice";
    for (who, most) in [("arn:aws:iam::123456789012:role/MyRole", 10_240), (user, 2_048)] {
        let fix = |of: usize| World::new(filled(Origin::Inline, of)).who(who).fix("s3:PutObject", KEY);
        has_warning(
            &fix(most),
            "too-large",
            &format!("more than the {most} characters that AWS accepts of them together"),
        );
        assert_eq!(fix(most - 700).kind.code(), "attach");
    }
    let devs = || Origin::Group("Devs".to_owned());
    let guard = || {
        let statements = json!([allow("*", "*"), deny("s3:PutObject", "*")]);
        Policy { origin: devs(), ..inline("Guard", &statements) }
    };
    let fix = |of: usize| {
        let all = std::iter::once(guard()).chain(filled(devs(), of)).collect();
        World::new(all).who(user).fix("s3:PutObject", KEY)
    };
    let names_the_key = |fix: &Fix| fix.edited.as_ref().unwrap().after.contains(KEY);
    assert!(names_the_key(&fix(4_000)));
    // What spares more takes less room.
    let smaller = fix(5_120);
    assert!(!names_the_key(&smaller) && smaller.newly_allowed == ["s3:PutObject on *"], "{smaller:#?}");
}

/// ReadOnlyAccess is larger than a policy of the account may be.
#[test]
fn a_boundary_of_aws_that_is_too_large_to_copy_is_left() {
    let names: Vec<String> = (0..250).map(|number| format!("sqs:AnActionOfNumber{number:05}")).collect();
    let statements = json!([allow("s3:*", "*"), allow(names, "*"), deny("s3:PutObject", KEY)]);
    let large = managed("arn:aws:iam::aws:policy/ReadOnlyAccess", "v130", &statements);
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, large);
    nothing(&world.fix("ec2:RunInstances", "*"), "boundary", "write a boundary of the account's own: a copy of AWS's");
    // Taking something out does not make it small enough.
    nothing(&world.fix("s3:PutObject", KEY), "boundary", "and AWS accepts 6144");
}
