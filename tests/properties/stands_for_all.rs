//! A certain verdict on a pattern holds for every resource, and every action, that the pattern matches.

use diagnose::request::Action;
use proptest::prelude::*;

use super::cases;
use super::completion::Certain;
use super::model::World;
use super::obvious;
use super::random::Random;
use super::strategies::{Openness, world};
use super::vocabulary::{ACTIONS, ARNS, filled};

/// A text that an ARN pattern matches field by field: colons only where the resource part may have them.
fn filled_arn(pattern: &str, random: &mut Random) -> String {
    if !pattern.starts_with("arn:") {
        return filled(pattern, random, true);
    }
    let mut fields: Vec<&str> = pattern.splitn(6, ':').collect();
    fields.resize(6, "*");
    let fields: Vec<String> = fields.iter().enumerate().map(|(at, field)| filled(field, random, at == 5)).collect();
    fields.join(":")
}

/// Resources that `pattern` stands for: its wildcards filled, and those of `near` that it matches.
fn resources(pattern: &str, near: &[String], random: &mut Random) -> Vec<String> {
    let mut drawn: Vec<String> = (0..6).map(|_| filled_arn(pattern, random)).collect();
    for text in &drawn {
        assert!(obvious::arn(pattern, text), "{pattern} {text}");
    }
    let near = near.iter().map(|other| filled_arn(other, random));
    drawn.extend(near.chain(ARNS.map(str::to_owned)).filter(|text| obvious::arn(pattern, text)));
    drawn
}

/// Actions that `pattern` stands for.
fn actions(pattern: &str, near: &[String], random: &mut Random) -> Vec<String> {
    let pattern = pattern.to_lowercase();
    let letters =
        |text: String| text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == ':').collect();
    let mut drawn: Vec<String> = ACTIONS.map(str::to_owned).to_vec();
    drawn.extend((0..6).map(|_| letters(filled(&pattern, random, false))));
    drawn.extend(near.iter().map(|other| letters(filled(other, random, false))));
    let fits = |text: &String| {
        obvious::glob_text(&pattern, &text.to_lowercase()) && Action::parse(text).is_ok_and(|one| one.pattern.is_none())
    };
    drawn.into_iter().filter(fits).collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_certain_verdict_on_a_pattern_holds_for_all_it_matches(world in world(Openness::ALL), seed in any::<u64>()) {
        let mut random = Random(seed);
        let (mut near_resources, mut near_actions) = (Vec::new(), Vec::new());
        for statement in world.clone().documents(|_| true).into_iter().flatten() {
            near_resources.append(&mut statement.resources);
            near_actions.append(&mut statement.actions);
        }
        let snapshot = world.snapshot(None);
        let certain = Certain::of(&world, &snapshot);
        if !world.request.exact {
            for resource in resources(&world.request.resource, &near_resources, &mut random) {
                let mut one: World = world.clone();
                one.request.resource = resource;
                one.request.exact = true;
                certain.holds_of(&one)?;
            }
        }
        if world.request.action.contains(['*', '?']) {
            for action in actions(&world.request.action, &near_actions, &mut random) {
                let mut one = world.clone();
                one.request.action = action;
                certain.holds_of(&one)?;
            }
        }
    }
}
