//! Of fixes, on any input: made in the documents that they name, they give the verdict that they promise, and what they
//! newly allow is what they list.

use diagnose::catalogue::Fit;
use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::{Ask, Fix, FixKind, edit, plan};
use diagnose::request::{Action, Request, Resource};
use diagnose::snapshot::{Layer, Level, Origin, Policy, Reading, Snapshot};
use proptest::prelude::*;

use super::model::World;
use super::obvious::glob_text;
use super::strategies::{Openness, world};
use super::vocabulary::{ACTIONS, ARNS};

/// The edited documents in their places: found by name, not by what the fix remembers.
fn made(snapshot: &Snapshot, fixes: &[Fix]) -> Snapshot {
    let mut after = snapshot.clone();
    for fix in fixes.iter().filter(|fix| fix.kind != FixKind::Nothing) {
        let text = &fix.edited.as_ref().unwrap().after;
        let policy = Policy::new(fix.document.name.as_str(), None, Origin::Inline, None, text);
        assert!(policy.document.is_ok(), "{text}");
        let Some(Reading::Levels(levels)) = after.layers.readings_mut(fix.layer).next() else {
            let level = Level { target: None, policies: vec![policy] };
            after.layers.set(fix.layer, Reading::Levels(vec![level]));
            continue;
        };
        let mut all = levels.iter_mut().flat_map(|level| &mut level.policies);
        match all.find(|there| there.name == policy.name) {
            Some(there) => *there = policy,
            None => match levels.first_mut() {
                Some(level) => level.policies.push(policy),
                None => levels.push(Level { target: None, policies: vec![policy] }),
            },
        }
    }
    after
}

fn fixes_of(requests: &[Request], snapshot: &Snapshot) -> Vec<Vec<Fix>> {
    let decisions: Vec<_> = requests.iter().map(|request| evaluate(request, snapshot)).collect();
    let asks: Vec<Ask<'_>> = requests
        .iter()
        .zip(&decisions)
        .map(|(request, decision)| Ask { request, snapshot, decision, denial: None })
        .collect();
    plan(&asks)
}

fn with(world: &World, action: &str, resource: &str) -> Request {
    let request = world.request();
    Request { action: Action::parse(action).unwrap(), resource: Resource::new(resource, true), ..request }
}

/// Whether `ACTION on RESOURCE` holds this pair.
fn is_listed(list: &[String], action: &str, resource: &str) -> bool {
    list.iter().any(|entry| {
        let (actions, resources) = entry.split_once(" on ").unwrap();
        let resources = resources.split("${").map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        let resources = resources.collect::<Vec<_>>().join("*");
        let reaches = resources == "*" || glob_text(&resources, resource) || diagnose_covers(&resources, resource);
        glob_text(&actions.to_lowercase(), &action.to_lowercase()) && reaches
    })
}

/// Resource patterns go by the fields of an ARN, and leave some out.
fn diagnose_covers(pattern: &str, resource: &str) -> bool {
    let pattern = diagnose::pattern::ArnPattern::resource(pattern, false);
    pattern.matches(resource, &diagnose::pattern::NoVariables).truth != diagnose::truth::Truth::No
}

fn applies(action: &str, resource: &str) -> bool {
    let known = diagnose::catalogue::action(action).unwrap();
    if known.takes_only_star() { resource == "*" } else { known.fit(resource) != Fit::No }
}

proptest! {
    #![proptest_config(super::cases(48))]

    #[test]
    fn a_fix_made_gives_the_verdict_that_it_promised(world in world(Openness::NONE)) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        let fixes = fixes_of(std::slice::from_ref(&request), &snapshot).remove(0);
        let before = evaluate(&request, &snapshot);
        prop_assert!(before.verdict == Verdict::Denied || fixes.is_empty());
        for fix in &fixes {
            prop_assert!(before.blocked_by.iter().any(|block| block.layer == fix.layer), "{:#?}", fix);
        }
        let Some(last) = fixes.last() else { return Ok(()) };
        let made = made(&snapshot, &fixes);
        let after = evaluate(&request, &made);
        prop_assert_eq!(after.verdict, last.verified.verdict, "{:#?}", fixes);
        prop_assert_eq!(after.blocked_by.to_vec(), last.verified.blocked_by.clone());
        let told = last.warnings.iter().any(|warning| matches!(warning.code, "remains" | "depends-on"));
        prop_assert_eq!(told, after.verdict != Verdict::Allowed, "{:#?}", last);
        if after.verdict != Verdict::Allowed {
            let none = fixes.iter().any(|fix| fix.kind == FixKind::Nothing);
            prop_assert!(none || after.verdict == Verdict::Undetermined, "{:#?}", fixes);
        }
    }

    #[test]
    fn what_a_fix_newly_allows_is_what_it_lists(world in world(Openness::NONE)) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        let fixes = fixes_of(std::slice::from_ref(&request), &snapshot).remove(0);
        let listed: Vec<String> = fixes.iter().flat_map(|fix| fix.newly_allowed.clone()).collect();
        let made = made(&snapshot, &fixes);
        for action in ACTIONS {
            for resource in ARNS.iter().copied().filter(|resource| applies(action, resource)) {
                let other = with(&world, action, resource);
                let opened = evaluate(&other, &made).verdict == Verdict::Allowed
                    && evaluate(&other, &snapshot).verdict != Verdict::Allowed;
                let asked = action.eq_ignore_ascii_case(&request.action.text)
                    && (resource == request.resource.text() || request.resource.text() == "*");
                prop_assert!(
                    !opened || asked || is_listed(&listed, action, resource),
                    "{action} on {resource} is not in {listed:?}: {fixes:#?}"
                );
            }
        }
    }

    #[test]
    fn an_edited_document_is_as_sound_as_before(world in world(Openness::NONE)) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        for fix in fixes_of(&[request], &snapshot).remove(0) {
            let Some(edited) = &fix.edited else { continue };
            let document = diagnose::policy::Document::parse(&edited.after).unwrap();
            // A resource that AWS refuses was asked for, and is written as it was asked.
            let count = |document: &diagnose::policy::Document| {
                let asked = diagnose::policy::FindingCode::UnmatchableResource;
                document.findings.iter().filter(|finding| finding.code != asked).count()
            };
            let before = diagnose::policy::Document::parse(&edited.before).map_or(0, |document| count(&document));
            prop_assert!(count(&document) <= before, "{:#?}", document.findings);
            prop_assert!(edit::size(&edited.after) <= 10_240);
            let mut value = serde_json::from_str(&edited.before).unwrap_or_default();
            let patch: json_patch::Patch = serde_json::from_value(edited.patch.clone()).unwrap();
            json_patch::patch(&mut value, &patch).unwrap();
            prop_assert_eq!(value, serde_json::from_str::<serde_json::Value>(&edited.after).unwrap());
        }
    }

    #[test]
    fn several_questions_are_all_answered_and_no_more_than_asked(
        world in world(Openness::NONE),
        others in proptest::collection::vec((0..ACTIONS.len(), 0..ARNS.len()), 1..4),
    ) {
        let snapshot = world.snapshot(None);
        let pairs = others.iter().map(|(action, resource)| (ACTIONS[*action], ARNS[*resource]));
        let mut requests: Vec<Request> =
            pairs.filter(|(action, resource)| applies(action, resource)).map(|(a, r)| with(&world, a, r)).collect();
        requests.push(world.request());
        let all = fixes_of(&requests, &snapshot);
        // Each document once, in the order of the layers.
        let mut once: Vec<Fix> = all.iter().flatten().filter(|fix| fix.same_as.is_none()).cloned().collect();
        once.sort_by_key(|fix| fix.layer);
        let names: std::collections::BTreeSet<_> =
            once.iter().filter(|fix| fix.edited.is_some()).map(|fix| (fix.layer, fix.document.name.clone())).collect();
        prop_assert_eq!(names.len(), once.iter().filter(|fix| fix.edited.is_some()).count());
        let made = made(&snapshot, &once);
        for (request, fixes) in requests.iter().zip(&all) {
            if let Some(last) = fixes.last() {
                prop_assert_eq!(evaluate(request, &made).verdict, last.verified.verdict, "{:#?}", fixes);
            }
        }
        let listed: Vec<String> = once.iter().flat_map(|fix| fix.newly_allowed.clone()).collect();
        for action in ACTIONS {
            for resource in ARNS.iter().copied().filter(|resource| applies(action, resource)) {
                let other = with(&world, action, resource);
                let opened = evaluate(&other, &made).verdict == Verdict::Allowed
                    && evaluate(&other, &snapshot).verdict != Verdict::Allowed;
                let asked = requests.iter().any(|request| {
                    action.eq_ignore_ascii_case(&request.action.text)
                        && (resource == request.resource.text() || request.resource.text() == "*")
                });
                prop_assert!(!opened || asked || is_listed(&listed, action, resource), "{action} on {resource}: {once:#?}");
            }
        }
    }
}

#[test]
fn random_worlds_have_fixes_of_every_kind_that_they_can_have() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..120 {
        let world = world(Openness::NONE).new_tree(&mut runner).unwrap().current();
        let snapshot = world.snapshot(None);
        for fix in fixes_of(&[world.request()], &snapshot).remove(0) {
            seen.insert((fix.kind.code(), fix.layer == Layer::Boundary));
        }
    }
    for wanted in
        [("add-allow", true), ("extend-allow", true), ("narrow-deny", true), ("attach", false), ("none", false)]
    {
        assert!(seen.contains(&wanted), "no {wanted:?} in {seen:?}");
    }
}
