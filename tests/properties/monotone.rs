//! More Deny never allows more, more Allow never allows less; every level must allow; what denies, blocks.

use diagnose::eval::{Block, DenyKind, Idle, LayerDecision, Outcome, Verdict, evaluate};
use diagnose::snapshot::Layer;
use proptest::prelude::*;

use super::cases;
use super::document::{PolicyModel, StatementModel};
use super::model::ReadingModel;
use super::plain::any_world;
use super::strategies::{Openness, statement, world};

/// The order of what a request may hope for: denied < undetermined < allowed.
pub(super) fn hope(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Denied => 0,
        Verdict::Undetermined => 1,
        Verdict::Allowed => 2,
    }
}

proptest! {
    #![proptest_config(cases(128))]

    /// In any layer. So what was denied stays denied, and what was not allowed does not become so.
    #[test]
    fn a_deny_more_never_raises_a_verdict(
        world in any_world(Openness::ALL), deny in statement(Just(false)), at in any::<prop::sample::Index>(),
    ) {
        let mut more = world.clone();
        let mut documents = more.documents(|_| true);
        prop_assume!(!documents.is_empty());
        let document = at.get_mut(documents.as_mut_slice());
        let place = at.index(document.len() + 1);
        document.insert(place, deny);
        prop_assert!(hope(more.verdict()) <= hope(world.verdict()), "{:?} became {:?}", world.verdict(), more.verdict());
    }

    /// In any layer: what was allowed stays allowed, what was undetermined is not denied.
    #[test]
    fn an_allow_more_never_lowers_a_verdict(
        world in any_world(Openness::ALL), allow in statement(Just(true)), at in any::<prop::sample::Index>(),
    ) {
        let mut more = world.clone();
        let mut documents = more.documents(|_| true);
        prop_assume!(!documents.is_empty());
        let document = at.get_mut(documents.as_mut_slice());
        let place = at.index(document.len() + 1);
        document.insert(place, allow);
        prop_assert!(hope(more.verdict()) >= hope(world.verdict()), "{:?} became {:?}", world.verdict(), more.verdict());
    }

    /// A Deny that applies for certain denies, whatever else there is, in every layer that has a say.
    #[test]
    fn a_deny_of_everything_denies(world in any_world(Openness::ALL), at in any::<prop::sample::Index>()) {
        let mut more = world;
        let layers: Vec<Layer> = Layer::ALL
            .into_iter()
            .filter(|layer| matches!(more.reading(*layer), ReadingModel::Levels(_)))
            .collect();
        prop_assume!(!layers.is_empty());
        let layer = *at.get(&layers);
        let mut documents = more.documents(|one| one == layer);
        prop_assume!(!documents.is_empty());
        at.get_mut(documents.as_mut_slice()).push(StatementModel::all(false));
        let snapshot = more.snapshot(None);
        let decision = evaluate(&more.request(), &snapshot);
        if decision.layers[layer as usize].idle == Idle::None {
            prop_assert_eq!(decision.verdict, Verdict::Denied);
            let block = Block { layer, deny: DenyKind::Explicit };
            prop_assert!(decision.blocked_by.contains(&block), "{:?}", decision.blocked_by);
        }
    }

    /// What a layer says that has no say changes nothing, not even if it denies everything.
    #[test]
    fn a_layer_without_a_say_has_none(world in any_world(Openness::ALL)) {
        let snapshot = world.snapshot(None);
        let decision = evaluate(&world.request(), &snapshot);
        let before = (decision.verdict, decision.blocked_by.clone());
        let wanted = |layer: &&LayerDecision<'_>| !world.counts_idle_resource(layer.idle);
        for idle in decision.layers.iter().filter(|layer| layer.idle != Idle::None).filter(wanted) {
            // Whose policies they are is in their ARNs.
            let mut other = world.readings[idle.layer as usize].clone();
            let managers: Vec<_> = other.levels_mut().iter().flatten().filter_map(|policy| policy.manager).collect();
            let deny = PolicyModel::of(vec![StatementModel::all(false)]);
            let mut policies = vec![deny.clone()];
            policies.extend(managers.into_iter().map(|own| PolicyModel { manager: Some(own), ..deny.clone() }));
            let other = world.with(idle.layer, ReadingModel::Levels(vec![policies]));
            let snapshot = other.snapshot(None);
            let decision = evaluate(&other.request(), &snapshot);
            prop_assert_eq!(&before, &(decision.verdict, decision.blocked_by), "{:?}", idle.layer);
        }
    }

    /// A layer stops a request if any of its levels does alone, and allows it if all of them do.
    #[test]
    fn every_level_must_allow(world in world(Openness::ALL)) {
        let snapshot = world.snapshot(None);
        let whole = evaluate(&world.request(), &snapshot);
        for (layer, reading) in world.readings.iter().enumerate() {
            let ReadingModel::Levels(levels) = reading else { continue };
            let unread = levels.iter().flatten().any(|policy| policy.statements.is_none());
            if whole.layers[layer].idle != Idle::None || (unread && levels.len() > 1) {
                continue;
            }
            let alone = levels.iter().map(|level| {
                let mut one = world.clone();
                one.readings[layer] = ReadingModel::Levels(vec![level.clone()]);
                one.answer().layers[layer].1
            });
            let alone: Vec<Outcome> = alone.collect();
            let outcome = whole.layers[layer].outcome;
            prop_assert_eq!(outcome.blocks(), alone.iter().any(|one| one.blocks()), "{:?}", alone);
            prop_assert_eq!(outcome == Outcome::Allow, alone.iter().all(|one| *one == Outcome::Allow), "{:?}", alone);
        }
    }

    /// A request is denied if and only if something blocks it, and what blocks it says so. No layer denies explicitly, and
    /// no ceiling allows nothing, without blocking.
    #[test]
    fn denied_is_what_something_blocks(world in any_world(Openness::ALL)) {
        let snapshot = world.snapshot(None);
        let decision = evaluate(&world.request(), &snapshot);
        prop_assert_eq!(decision.verdict == Verdict::Denied, !decision.blocked_by.is_empty());
        for (number, block) in decision.blocked_by.iter().enumerate() {
            let one = &decision.layers[block.layer as usize];
            let outcome = if block.deny == DenyKind::Explicit { Outcome::ExplicitDeny } else { Outcome::ImplicitDeny };
            prop_assert_eq!(one.outcome, outcome, "{:?}", block);
            // In listing order, each once.
            prop_assert!(decision.blocked_by[number + 1..].iter().all(|other| other.layer > block.layer));
        }
        for one in &decision.layers {
            let must = match one.outcome {
                Outcome::ExplicitDeny => true,
                Outcome::ImplicitDeny => {
                    matches!(one.layer, Layer::ServiceControl | Layer::ResourceControl | Layer::VpcEndpoint)
                }
                Outcome::Allow | Outcome::Undetermined | Outcome::NotChecked | Outcome::NotApplicable => false,
            };
            let blocks = decision.blocked_by.iter().any(|block| block.layer == one.layer);
            prop_assert!(blocks || !must, "{:?}", one);
        }
    }
}
