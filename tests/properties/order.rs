//! What AWS says does not matter does not matter.

use diagnose::eval::evaluate;
use proptest::prelude::*;

use super::cases;
use super::model::{ReadingModel, World, answer};
use super::random::Random;
use super::strategies::{Openness, world};

/// The same policies and request in other words: every order, and the letter case of actions and of condition keys.
fn reworded(world: &World, random: &mut Random) -> World {
    let mut world = world.clone();
    for reading in &mut world.readings {
        let ReadingModel::Levels(levels) = reading else { continue };
        random.shuffle(levels);
        for policies in levels {
            random.shuffle(policies);
            for statements in policies.iter_mut().filter_map(|policy| policy.statements.as_mut()) {
                random.shuffle(statements);
                for statement in statements {
                    random.shuffle(&mut statement.actions);
                    random.shuffle(&mut statement.resources);
                    random.shuffle(&mut statement.conditions);
                    if let Some(principal) = &mut statement.principal {
                        random.shuffle(&mut principal.entries);
                    }
                    for action in &mut statement.actions {
                        *action = random.recase(action);
                    }
                    for condition in &mut statement.conditions {
                        condition.key = random.recase(&condition.key);
                        random.shuffle(&mut condition.values);
                    }
                }
            }
        }
    }
    world.request.action = random.recase(&world.request.action);
    for (key, _) in &mut world.request.facts {
        *key = random.recase(key);
    }
    world
}

proptest! {
    #![proptest_config(cases(128))]

    /// The order of levels, policies, statements, elements, items and values; the letter case of actions and keys; a
    /// single value or a list of one.
    #[test]
    fn other_words_for_the_same_change_nothing(world in world(Openness::ALL), seed in any::<u64>()) {
        let mut random = Random(seed);
        let other = reworded(&world, &mut random);
        let snapshot = other.snapshot(Some(random));
        prop_assert_eq!(answer(&evaluate(&other.request(), &snapshot)), world.answer());
    }
}
