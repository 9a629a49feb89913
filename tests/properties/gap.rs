//! The gap and the evaluator say the same of every action on every resource that it takes.

use std::sync::LazyLock;

use diagnose::catalogue::Fit;
use diagnose::catalogue::{ActionSet, Catalogued};
use diagnose::context::{Fact, Value};
use diagnose::derive::{self, Given};
use diagnose::eval::{DenyKind, LayerDecision, Outcome, evaluate};
use diagnose::gap::{Gap, gap, summary};
use diagnose::pattern::{ArnPattern, NoVariables};
use diagnose::reach::Extent;
use diagnose::request::{Action, Request, Resource};
use diagnose::snapshot::{Layer, Reading, Snapshot};
use diagnose::truth::Truth;
use proptest::prelude::*;

use super::callers::{OTHER, OWN};
use super::cases;
use super::document::ConditionModel;
use super::model::World;
use super::random::Random;
use super::strategies::{Openness, world};
use super::vocabulary::{ACTIONS, ARNS, KEYS};

const CEILINGS: [Layer; 5] =
    [Layer::ServiceControl, Layer::ResourceControl, Layer::VpcEndpoint, Layer::Boundary, Layer::Session];

/// Actions that no policy names, beside those that many do.
const MORE: [&str; 6] = [
    "s3:CreateBucket",
    "iam:GetRole",
    "cloudfront:ListDistributions",
    "ec2:CreateTags",
    "kms:RetireGrant",
    "none:null",
];

fn nothing_given() -> Given {
    Given::nothing("2026-11-22T00:00:00Z".parse().unwrap())
}

/// Keys of which a resource's ARN tells the value, with values that policies ask for.
const OF_RESOURCES: [(&str, [&str; 2]); 2] =
    [("aws:RequestedRegion", ["us-east-1", "eu-west-1"]), ("aws:ResourceAccount", [OWN, OTHER])];

fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(key, _)| *key).chain(OF_RESOURCES.iter().map(|(key, _)| *key))
}

/// Lets some statements ask for what resources' ARNs tell.
fn ask_of_resources(world: &mut World, random: &mut Random) {
    for statement in world.documents(|_| true).into_iter().flatten() {
        let (key, values) = *random.pick(&OF_RESOURCES);
        if random.below(3) == 0 {
            let operator = *random.pick(&["StringEquals", "StringNotEquals"]);
            let values = vec![(*random.pick(&values)).to_owned()];
            statement.conditions.retain(|own| own.operator != operator);
            statement.conditions.push(ConditionModel { operator: operator.to_owned(), key: key.to_owned(), values });
        }
    }
}

/// A request in some circumstances of which the gap may not know, but which contradict nothing that it knows.
fn request(action: &Action, arn: &str, values: &[String], random: &mut Random, snapshot: &Snapshot) -> Request {
    let mut given = nothing_given();
    let resource = Resource::new(arn, true);
    let known = derive::request(&given, action.clone(), resource.clone(), false, snapshot);
    for key in keys() {
        if *known.context.fact(&key.to_lowercase()) == Fact::Unknown && random.below(3) != 0 {
            let value = Value { items: vec![random.pick(values).clone()], list: random.below(4) == 0 };
            given.keys.push((key.to_owned(), value));
        }
    }
    let mut request = derive::request(&given, action.clone(), resource, false, snapshot);
    for key in keys() {
        if *request.context.fact(&key.to_lowercase()) == Fact::Unknown {
            request.context.set(key, Fact::Absent, diagnose::context::Basis::Given);
        }
    }
    request
}

/// Every action with the resources that it takes.
static REQUESTS: LazyLock<Vec<(Action, Vec<&'static str>)>> = LazyLock::new(|| {
    let resources = |action: &Action| {
        let fits = |arn: &&&str| **arn != "*" && action.known.is_none_or(|known| known.fit(arn) != Fit::No);
        if action.takes_only_star() { vec!["*"] } else { ARNS.iter().filter(fits).copied().collect() }
    };
    let actions = ACTIONS.into_iter().chain(MORE).map(|text| Action::parse(text).unwrap());
    actions.map(|action| (action.clone(), resources(&action))).collect()
});

fn is_on(patterns: &[String], arn: &str) -> bool {
    patterns.iter().any(|text| {
        // A variable may hold anything.
        let mut text = text.clone();
        while let Some(start) = text.find("${") {
            let end = text[start..].find('}').unwrap() + start;
            text.replace_range(start..=end, "*");
        }
        text == "*" || ArnPattern::resource(&text, false).matches(arn, &NoVariables).truth == Truth::Yes
    })
}

fn number(gap: &Gap<'_>, action: &Action) -> Option<u32> {
    let all = Catalogued::get();
    all.number(&action.lower)
        .or_else(|| gap.names.unknowns().find(|at| gap.names.text(*at).to_lowercase() == action.lower))
}

/// What the gap says of one request.
fn check(gap: &Gap<'_>, request: &Request, snapshot: &Snapshot) -> Result<(), TestCaseError> {
    let decision = evaluate(request, snapshot);
    let layer = |layer: Layer| decision.layers.iter().find(|one| one.layer == layer).unwrap();
    let (action, arn) = (&request.action.text, request.resource.text());
    let identity = layer(Layer::Identity);
    // What the catalogue does not know has a number where an Allow names it; a wildcard may match it beside.
    let Some(number) = number(gap, &request.action) else { return Ok(()) };
    for (of, unused) in &gap.unused {
        if unused.contains(number) {
            prop_assert!(identity.outcome != Outcome::Allow, "{action} on {arn}: unused and granted");
        } else if layer(*of).outcome == Outcome::Allow {
            prop_assert!(
                gap.granted.contains(number),
                "{action} on {arn}: allowed by {of:?}, not granted, and not unused"
            );
        }
    }
    if identity.outcome != Outcome::Allow {
        return Ok(());
    }
    prop_assert!(gap.granted.contains(number), "{action} on {arn} is granted");
    if gap.blocked.contains(number) && !gap.partly.contains(number) {
        let blocks = CEILINGS.iter().any(|of| layer(*of).outcome.blocks());
        prop_assert!(blocks, "nothing of {action} is to pass, and it does on {arn}");
    }
    for of in CEILINGS {
        let ceiling: &LayerDecision<'_> = layer(of);
        let entry = gap.entries.iter().find(|entry| entry.layer == of && entry.actions.contains(&number));
        let Some(entry) = entry else {
            prop_assert!(!ceiling.outcome.blocks(), "{of:?} blocks {action} on {arn}");
            continue;
        };
        prop_assert!(is_on(&entry.granted_on, arn), "{action} is granted on {arn}: {entry:?}");
        match entry.extent {
            Extent::Everywhere => {
                prop_assert!(ceiling.outcome.blocks(), "{of:?} does not block {action} on {arn}: {entry:?}");
                if entry.deny == DenyKind::Explicit {
                    prop_assert_eq!(ceiling.outcome, Outcome::ExplicitDeny, "{} on {}", action, arn);
                }
            }
            Extent::Partly if ceiling.outcome == Outcome::Allow => {
                prop_assert!(is_on(&entry.allowed_on, arn), "{of:?} lets {action} on {arn} pass: {entry:?}");
            }
            Extent::Partly => {}
            Extent::Nothing => prop_assert!(false, "an entry about nothing"),
        }
    }
    Ok(())
}

/// Worlds of a role or a user.
fn worlds(open: Openness) -> impl Strategy<Value = World> {
    let is_one = |world: &World| world.who.text.contains(":role/") || world.who.text.contains(":user/");
    world(open).prop_filter("of a role or a user", is_one).boxed()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_gap_agrees_with_the_evaluator(world in worlds(Openness::ALL), seed in any::<u64>()) {
        let (mut world, mut random) = (world, Random(seed));
        ask_of_resources(&mut world, &mut random);
        let mut values = world.condition_values();
        values.push("alice".to_owned());
        let mut snapshot = world.snapshot(None);
        for layer in [Layer::Resource, Layer::Trust] {
            snapshot.layers.set(layer, Reading::Absent);
        }
        let given = nothing_given();
        let gap = gap(&snapshot, &given);
        let counted = summary(&snapshot, &given);
        prop_assert_eq!(counted.granted, gap.granted.len());
        prop_assert_eq!(&counted.blocked, &gap.blocked);
        prop_assert_eq!(counted.partly, gap.partly.len());
        prop_assert_eq!(counted.effective, gap.granted.without(&gap.blocked).len());
        let blocked: ActionSet = gap.entries.iter().flat_map(|entry| entry.actions.clone()).collect();
        prop_assert_eq!(&blocked, &gap.blocked);
        for (action, resources) in REQUESTS.iter() {
            for arn in resources {
                check(&gap, &request(action, arn, &values, &mut random, &snapshot), &snapshot)?;
            }
        }
    }

    #[test]
    fn policies_under_themselves_have_no_gap(world in worlds(Openness { documents: false, ..Openness::ALL })) {
        let mut snapshot = world.snapshot(None);
        let identity = snapshot.layers.get(Layer::Identity).clone();
        for layer in CEILINGS {
            snapshot.layers.set(layer, Reading::Absent);
        }
        for layer in [Layer::ServiceControl, Layer::Boundary, Layer::Session] {
            snapshot.layers.set(layer, identity.clone());
        }
        let gap = gap(&snapshot, &nothing_given());
        prop_assert!(gap.blocked.is_empty(), "{:?}", gap.entries);
    }
}
