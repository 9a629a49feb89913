//! More Deny never allows more, more Allow never allows less.

use diagnose::eval::Verdict;
use diagnose::snapshot::Layer;
use proptest::prelude::*;

use super::cases;
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
    #![proptest_config(cases(300))]

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
}
