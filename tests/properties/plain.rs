//! Random worlds whose statements are about everything: what remains is who is named, in which layer, and what is known.

use diagnose::context::{Fact, Rest, Value};
use diagnose::snapshot::Layer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::callers::{CALLERS, OTHER, OWN, PROVIDERS};
use super::document::{ConditionModel, PolicyModel, StatementModel};
use super::model::{OwnerModel, ReadingModel, RequestModel, World};
use super::strategies::{Openness, finish, principal, resources_of, world};
use super::vocabulary::ACTIONS;

/// A Deny only now and then, and seldom under a condition: one Deny that applies decides everything.
fn statement() -> impl Strategy<Value = StatementModel> {
    let under = prop_oneof![8 => Just(None), 1 => select(vec!["alice", "bob"]).prop_map(Some)];
    (prop::bool::weighted(0.88), principal(), under).prop_map(|(allow, principal, under)| {
        let condition = |value: &str| ConditionModel {
            operator: "StringEquals".to_owned(),
            key: "aws:username".to_owned(),
            values: vec![value.to_owned()],
        };
        StatementModel {
            principal,
            conditions: under.map(condition).into_iter().collect(),
            ..StatementModel::all(allow)
        }
    })
}

/// `weights`: not checked, absent, failed, read; at most so many levels, and policies in each.
fn reading(open: Openness, weights: [u32; 4], levels: usize, policies: usize) -> impl Strategy<Value = ReadingModel> {
    let [not_checked, absent, failed, read] = weights;
    let (not_checked, failed) = if open.readings { (not_checked, failed) } else { (0, 0) };
    let manager = || prop_oneof![12 => Just(None), 1 => Just(Some(OWN)), 1 => Just(Some(OTHER))];
    let unread = if open.documents { 0.03 } else { 0.0 };
    let policy =
        (vec(statement(), 0..3), manager(), prop::bool::weighted(unread)).prop_map(|(all, manager, unread)| {
            PolicyModel { manager, statements: (!unread).then_some(all), ..PolicyModel::of(Vec::new()) }
        });
    prop_oneof![
        not_checked => Just(ReadingModel::NotChecked),
        absent => Just(ReadingModel::Absent),
        failed => Just(ReadingModel::Failed),
        read => vec(vec(policy, 1..=policies), 1..=levels).prop_map(ReadingModel::Levels),
    ]
}

fn plain(open: Openness) -> impl Strategy<Value = World> {
    let readings = (
        reading(open, [20, 20, 1, 8], 2, 2),
        reading(open, [20, 20, 1, 8], 2, 2),
        reading(open, [20, 20, 1, 6], 1, 1),
        reading(open, [4, 4, 1, 20], 1, 2),
        reading(open, [4, 4, 1, 20], 1, 1),
        reading(open, [2, 6, 1, 20], 1, 2),
        reading(open, [10, 20, 1, 20], 1, 1),
        reading(open, [10, 20, 1, 20], 1, 2),
    )
        .prop_map(|(scp, rcp, endpoint, resource, trust, identity, boundary, session)| {
            vec![scp, rcp, endpoint, resource, trust, identity, boundary, session]
        });
    let unknown = u32::from(open.readings);
    let owner =
        prop_oneof![5 => Just(OwnerModel::Own), 3 => Just(OwnerModel::Other), unknown => Just(OwnerModel::Unknown)];
    let value = |text: &str| Fact::Value(Value::one(text));
    let name =
        prop_oneof![2 => Just(value("alice")), 1 => Just(Fact::Absent), u32::from(open.context) => Just(Fact::Unknown)];
    let provider = prop_oneof![
        4 => Just(value(PROVIDERS[0])), u32::from(open.context) => Just(Fact::Absent),
        u32::from(open.context) => Just(Fact::Unknown),
    ];
    let request = (select(&ACTIONS[..]), any::<Index>(), owner, name, provider).prop_map(
        |(action, at, owner, name, provider)| RequestModel {
            action: action.to_owned(),
            resource: (*at.get(&resources_of(action))).to_owned(),
            exact: true,
            owner,
            provider,
            facts: vec![("aws:username".to_owned(), name)],
            rest: Rest { complete: true, service: None, principal_tags: None },
        },
    );
    (0..CALLERS.len(), readings, request).prop_map(move |(who, readings, request)| {
        let mut world = World { who: &CALLERS[who], readings, request };
        for layer in Layer::ALL {
            // Only an organization's policies have somebody who manages them.
            if !matches!(layer, Layer::ServiceControl | Layer::ResourceControl) {
                for policy in world.readings[layer as usize].levels_mut().iter_mut().flatten() {
                    policy.manager = None;
                }
            }
        }
        finish(world, open)
    })
}

/// Plain worlds, and some of all others.
pub(super) fn any_world(open: Openness) -> impl Strategy<Value = World> {
    prop_oneof![1 => world(open), 5 => plain(open)]
}
