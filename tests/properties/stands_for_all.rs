//! A certain verdict on a pattern holds for every resource, and every action, that the pattern matches.

use diagnose::request::Action;
use diagnose::snapshot::Layer;
use proptest::prelude::*;
use proptest::sample::select;

use super::cases;
use super::completion::Certain;
use super::model::{ReadingModel, World};
use super::obvious;
use super::random::Random;
use super::strategies::{Openness, world};
use super::vocabulary::{ACTIONS, ARNS, WITHOUT_RESOURCE, filled};

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

/// What is certain of `world` is so of whatever its resource and its action stand for; of the actions, the `wanted` ones.
fn holds_of_all(world: &World, mut random: Random, wanted: impl Fn(&str) -> bool) -> Result<(), TestCaseError> {
    let (mut near_resources, mut near_actions) = (Vec::new(), Vec::new());
    for statement in world.clone().documents(|_| true).into_iter().flatten() {
        near_resources.append(&mut statement.resources);
        near_actions.append(&mut statement.actions);
    }
    let snapshot = world.snapshot(None);
    let certain = Certain::of(world, &snapshot);
    if !world.request.exact {
        let drawn = resources(&world.request.resource, &near_resources, &mut random);
        for resource in
            drawn.into_iter().filter(|one| is_asked_with(&world.request.resource, one, &world.request.action))
        {
            let mut one: World = world.clone();
            one.request.resource = resource;
            one.request.exact = true;
            certain.holds_of(&one)?;
        }
    }
    if world.request.action.contains(['*', '?']) {
        let all = actions(&world.request.action, &near_actions, &mut random);
        for action in all.into_iter().filter(|action| wanted(action)) {
            let mut one = world.clone();
            one.request.action = action;
            certain.holds_of(&one)?;
        }
    }
    Ok(())
}

/// Whether an action needs the caller's permission on a resource. Those that do not are known to the catalogue, and asked
/// by their names.
fn needs_permission(action: &str) -> bool {
    let is = |other: &&str| other.eq_ignore_ascii_case(action);
    let by_token = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
    !WITHOUT_RESOURCE.iter().chain(&by_token).any(is)
}

/// Whether what `pattern` stands for holds of `resource` too: of its policies, where the action can be about it. A key's
/// policy has to allow, an alias has none, and which of them it is has to stand in the pattern.
fn is_asked_with(pattern: &str, resource: &str, action: &str) -> bool {
    let kind = |arn: &str| {
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        (fields.len() == 6 && fields[2] == "kms").then(|| fields[5].split('/').next().map(str::to_owned)).flatten()
    };
    can_be_about(action, resource) && kind(pattern) == kind(resource)
}

/// Whether an action can be about a resource: it is of its service, or may be of any.
fn can_be_about(action: &str, resource: &str) -> bool {
    let service = action.split_once(':').map_or("", |(service, _)| service).to_lowercase();
    let service = if service == "sts" { "iam" } else { &service };
    let of_resource = resource.split(':').nth(2).unwrap_or("*");
    service.contains(['*', '?']) || of_resource.contains(['*', '?']) || of_resource == service
}

proptest! {
    #![proptest_config(cases(128))]

    /// Of actions, those of one service, none of which makes anybody a role: the same layers have a say in each.
    #[test]
    fn a_certain_verdict_on_a_pattern_holds_for_all_it_matches(world in world(Openness::ALL), seed in any::<u64>()) {
        let service = world.request.action.split_once(':').map_or("*", |(service, _)| service);
        let wanted = if service.contains(['*', '?']) {
            |_: &str| false
        } else {
            |action: &str| needs_permission(action) && !action.to_lowercase().starts_with("sts:")
        };
        holds_of_all(&world.with(Layer::Trust, ReadingModel::Absent), Random(seed), wanted)?;
    }

    /// Of all actions of one service, whether they are about a resource or not. A pattern over several services is read by
    /// its resource, of which actions of another service are not, and so says nothing of those.
    #[test]
    fn a_certain_verdict_on_actions_holds_whatever_layers_have_a_say(
        world in world(Openness::ALL), seed in any::<u64>(), action in select(&["s3:*", "kms:*", "ec2:*", "sqs:*", "dynamodb:*"][..]),
    ) {
        let mut world = world;
        action.clone_into(&mut world.request.action);
        world.request.rest.service = None;
        let resource = world.request.resource.clone();
        // Whether a KMS resource is a key or an alias, which has no policy, decides what its policy is worth.
        let may_be_alias = resource.contains("kms") || resource.contains(['*', '?']);
        prop_assume!(!may_be_alias);
        let wanted = |action: &str| needs_permission(action) && can_be_about(action, &resource);
        holds_of_all(&world, Random(seed), wanted)?;
    }
}
