//! Several questions of one run: one edit a document, and never more than the sum.

use diagnose::eval::evaluate;
use diagnose::fix::commands::{AwsCli, commands};
use diagnose::fix::{Ask, Fix, plan};
use diagnose::snapshot::Layer;
use serde_json::json;

use super::world::{World, allow, boundary, deny, inline, managed, statements};

const A: &str = "arn:aws:s3:::a/1";
const B: &str = "arn:aws:s3:::b/2";

fn capped() -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))])
        .set(Layer::Boundary, boundary(&json!([allow("ec2:*", "*")])))
}

#[test]
fn a_grid_of_actions_and_resources_is_one_statement() {
    let all = capped().plan(&[("s3:GetObject", A), ("s3:GetObject", B), ("s3:PutObject", A), ("s3:PutObject", B)]);
    for (number, fixes) in all.iter().enumerate() {
        assert_eq!(fixes.len(), 1, "{number}");
        assert_eq!(fixes[0].edited, all[0][0].edited);
        assert_eq!(fixes[0].same_as, (number > 0).then_some((0, 0)));
        assert_eq!(fixes[0].verified.verdict.code(), "allowed");
        assert!(fixes[0].newly_allowed.is_empty(), "{:?}", fixes[0].newly_allowed);
    }
    let found = statements(&all[0][0]);
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(found[1]["Action"], json!(["s3:GetObject", "s3:PutObject"]));
    assert_eq!(found[1]["Resource"], json!([A, B]));
}

#[test]
fn what_is_no_grid_is_not_filled_up() {
    let all = capped().plan(&[("s3:GetObject", A), ("s3:PutObject", B)]);
    let found = statements(&all[0][0]);
    assert_eq!(found.as_array().unwrap().len(), 3, "{found:#}");
    assert!(all.iter().flatten().all(|fix| fix.newly_allowed.is_empty()));
}

#[test]
fn one_deny_spares_all_that_was_asked() {
    let world = World::new(vec![inline("All", &json!([allow("*", "*")]))])
        .set(Layer::Boundary, boundary(&json!([allow("*", "*"), deny(["s3:GetObject", "s3:PutObject"], "*")])));
    let all = world.plan(&[("s3:GetObject", A), ("s3:GetObject", B), ("s3:PutObject", A)]);
    assert!(all.iter().all(|fixes| fixes.len() == 1 && fixes[0].verified.verdict.code() == "allowed"), "{all:#?}");
    let found = statements(&all[0][0]);
    let spared: Vec<_> = found.as_array().unwrap().iter().filter(|one| one["Effect"] == "Deny").collect();
    assert_eq!(spared.len(), 2, "{found:#}");
    assert_eq!((&spared[0]["Action"], &spared[0]["NotResource"]), (&json!(["s3:PutObject"]), &json!(A)));
    assert_eq!((&spared[1]["Action"], &spared[1]["NotResource"]), (&json!(["s3:GetObject"]), &json!([A, B])));
    assert!(all.iter().flatten().all(|fix| fix.newly_allowed.is_empty()), "{:?}", all[0][0].newly_allowed);
}

#[test]
fn a_question_that_is_allowed_has_no_fix() {
    let all = capped().plan(&[("ec2:RunInstances", "*"), ("s3:PutObject", B)]);
    assert!(all[0].is_empty());
    assert_eq!(all[1][0].same_as, None);
}

#[test]
fn new_identity_policies_become_one() {
    let all = World::new(Vec::new()).plan(&[("s3:GetObject", A), ("sqs:SendMessage", "*")]);
    assert_eq!((all[0].len(), all[1].len()), (1, 1));
    assert_eq!(all[0][0].edited, all[1][0].edited);
    assert_eq!(statements(&all[0][0]).as_array().unwrap().len(), 2);
}

#[test]
fn roles_under_one_boundary_of_aws_share_the_copy() {
    let of_aws = || managed("arn:aws:iam::aws:policy/PowerUserAccess", "v6", &json!([allow("ec2:*", "*")]));
    let world = |name: &str| {
        let role = format!("arn:aws:iam::123456789012:role/{name}");
        let world = World::new(vec![inline("All", &json!([allow("*", "*")]))]).set(Layer::Boundary, of_aws());
        world.who(&role)
    };
    let (one, two) = (world("One"), world("Two"));
    let requests =
        [one.request("s3:GetObject", A), two.request("s3:PutObject", B), two.request("ec2:RunInstances", "*")];
    let snapshots = [&one.snapshot, &two.snapshot, &two.snapshot];
    let decisions: Vec<_> =
        requests.iter().zip(snapshots).map(|(request, snapshot)| evaluate(request, snapshot)).collect();
    let asks: Vec<Ask<'_>> = (0..3)
        .map(|at| Ask { request: &requests[at], snapshot: snapshots[at], decision: &decisions[at], denial: None })
        .collect();
    let all = plan(&asks);
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!(all[0][0].edited, all[1][0].edited);
    assert_eq!(all[1][0].same_as, Some((0, 0)));
    assert_eq!(statements(&all[0][0]).as_array().unwrap().len(), 3);
    let names = |fix: &Fix| fix.switched.iter().map(|who| who.name.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(
        (names(&all[0][0]), names(&all[1][0])),
        (vec!["One".into(), "Two".into()], vec!["One".into(), "Two".into()])
    );
    let script = commands(&all[0][0], &one.snapshot.principal, &AwsCli::default(), "").join("\n");
    assert_eq!(script.matches("create-policy ").count(), 1, "{script}");
    assert_eq!(script.matches("put-role-permissions-boundary --role-name").count(), 2, "{script}");
    // Who did not need it keeps its boundary.
    let alone = plan(&asks[1..]);
    assert_eq!(names(&alone[0][0]), ["Two"]);
}
