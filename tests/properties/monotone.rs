//! More Deny never allows more, more Allow never allows less, and every level and layer must allow.

use diagnose::eval::{Outcome, Verdict};
use diagnose::snapshot::Layer;
use proptest::prelude::*;

use super::cases;
use super::model::{ReadingModel, StatementModel};
use super::strategies::{Openness, statement, world};

/// The order of what a request may hope for: denied < undetermined < allowed.
fn hope(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Denied => 0,
        Verdict::Undetermined => 1,
        Verdict::Allowed => 2,
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// In any layer. So what was denied stays denied, and what was not allowed does not become so.
    #[test]
    fn a_deny_more_never_raises_a_verdict(
        world in world(Openness::ALL), deny in statement(Just(false)), at in any::<prop::sample::Index>(),
    ) {
        let mut more = world.clone();
        let mut documents = more.documents(|_| true);
        prop_assume!(!documents.is_empty());
        let document = at.get_mut(documents.as_mut_slice());
        let place = at.index(document.len() + 1);
        document.insert(place, deny);
        prop_assert!(hope(more.verdict()) <= hope(world.verdict()), "{:?} became {:?}", world.verdict(), more.verdict());
    }

    /// In the identity layer: what was allowed stays allowed, what was undetermined is not denied.
    #[test]
    fn an_identity_allow_more_never_lowers_a_verdict(
        world in world(Openness::ALL), allow in statement(Just(true)), at in any::<prop::sample::Index>(),
    ) {
        let mut more = world.clone();
        let mut documents = more.documents(|layer| layer == Layer::Identity);
        prop_assume!(!documents.is_empty());
        let document = at.get_mut(documents.as_mut_slice());
        let place = at.index(document.len() + 1);
        document.insert(place, allow);
        prop_assert!(hope(more.verdict()) >= hope(world.verdict()), "{:?} became {:?}", world.verdict(), more.verdict());
    }

    /// The same of every layer that was read with policies in it.
    #[test]
    fn an_allow_more_never_lowers_a_verdict(
        world in world(Openness::ALL), allow in statement(Just(true)), at in any::<prop::sample::Index>(),
    ) {
        let mut more = world.clone();
        let mut documents = more.documents(|_| true);
        prop_assume!(!documents.is_empty());
        let document = at.get_mut(documents.as_mut_slice());
        let place = at.index(document.len() + 1);
        document.insert(place, allow);
        prop_assert!(hope(more.verdict()) >= hope(world.verdict()), "{:?} became {:?}", world.verdict(), more.verdict());
    }

    /// A Deny that applies for certain denies, whatever else there is.
    #[test]
    fn a_deny_of_everything_denies(world in world(Openness::ALL), at in any::<prop::sample::Index>()) {
        let mut more = world;
        let mut documents = more.documents(|_| true);
        prop_assume!(!documents.is_empty());
        let everything = || vec!["*".to_owned()];
        at.get_mut(documents.as_mut_slice()).push(StatementModel {
            sid: "S".to_owned(),
            allow: false,
            not_action: false,
            actions: everything(),
            not_resource: false,
            resources: everything(),
            conditions: Vec::new(),
        });
        prop_assert_eq!(more.verdict(), Verdict::Denied);
    }

    /// A layer stops a request if any of its levels does alone, and allows it if all of them do.
    #[test]
    fn every_level_must_allow(world in world(Openness::ALL)) {
        let whole = world.answer();
        for (layer, reading) in world.readings.iter().enumerate() {
            let ReadingModel::Levels(levels) = reading else { continue };
            let alone = levels.iter().map(|level| {
                let mut one = world.clone();
                one.readings[layer] = ReadingModel::Levels(vec![level.clone()]);
                one.answer().layers[layer].1
            });
            let alone: Vec<Outcome> = alone.collect();
            let outcome = whole.layers[layer].1;
            prop_assert_eq!(outcome.blocks(), alone.iter().any(|one| one.blocks()), "{:?}", alone);
            prop_assert_eq!(outcome == Outcome::Allow, alone.iter().all(|one| *one == Outcome::Allow), "{:?}", alone);
        }
        let blocks = whole.layers.iter().any(|(_, outcome, _)| outcome.blocks());
        prop_assert_eq!(whole.verdict == Verdict::Denied, blocks);
    }
}
