//! Of fixes, on any input: made in the documents that they name, they give the verdict that they promise, and what they
//! newly allow is what they list.

use std::collections::BTreeSet;

use diagnose::catalogue::Fit;
use diagnose::context::{Basis, Fact, Value as KeyValue};
use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::{Ask, Fix, FixKind, edit, plan};
use diagnose::policy::{Document, Effect, FindingCode, Statement};
use diagnose::request::{Action, Request, Resource};
use diagnose::snapshot::{Layer, Level, Origin, Policy, Reading, Snapshot};
use proptest::prelude::*;
use serde_json::Value;

use super::callers::CALLERS;
use super::mendable::{Plant, UNMET, as_another, deniable, is_same, mendable};
use super::model::World;
use super::obvious::glob_text;
use super::vocabulary::{ACTIONS, ARNS};

/// The edited documents in their places: found by name, and a new one by what it is to be attached to, not by what the fix
/// remembers.
pub(super) fn made(snapshot: &Snapshot, fixes: &[Fix]) -> Snapshot {
    let mut after = snapshot.clone();
    for fix in fixes.iter().filter(|fix| fix.kind != FixKind::Nothing) {
        let text = &fix.edited.as_ref().unwrap().after;
        let policy = Policy::new(fix.document.name.as_str(), None, Origin::Inline, None, text);
        assert!(policy.document.is_ok(), "{text}");
        let Some(Reading::Levels(levels)) = after.layers.readings_mut(fix.layer).next() else {
            after.layers.set(fix.layer, Reading::policies(vec![policy]));
            continue;
        };
        if fix.kind == FixKind::ReplaceBoundary {
            assert!(fix.switched.contains(&snapshot.principal), "{fix:#?}");
            *levels = vec![Level { target: None, policies: vec![policy] }];
            continue;
        }
        let mut all = levels.iter_mut().flat_map(|level| &mut level.policies);
        if let Some(there) = all.find(|there| there.name == policy.name) {
            *there = policy;
            continue;
        }
        let of_organization = fix.layer == Layer::ServiceControl;
        assert!(fix.edited.as_ref().unwrap().before.is_empty() && (of_organization || levels.len() < 2), "{fix:#?}");
        match levels.iter_mut().find(|level| !of_organization || level.target == fix.document.attached_to) {
            Some(level) => level.policies.push(policy),
            None => levels.push(Level { target: None, policies: vec![policy] }),
        }
    }
    after
}

/// The fixes of requests, each about one of the snapshots.
pub(super) fn planned(requests: &[(&Request, &Snapshot)]) -> Vec<Vec<Fix>> {
    let decisions: Vec<_> = requests.iter().map(|(request, snapshot)| evaluate(request, snapshot)).collect();
    let asks: Vec<Ask<'_>> = requests
        .iter()
        .zip(&decisions)
        .map(|((request, snapshot), decision)| Ask { request, snapshot, decision, denial: None })
        .collect();
    plan(&asks)
}

fn fixes_of(requests: &[Request], snapshot: &Snapshot) -> Vec<Vec<Fix>> {
    planned(&requests.iter().map(|request| (request, snapshot)).collect::<Vec<_>>())
}

/// What a fix changes, as the places of its patch without numbers: `extend-allow Resource`.
fn edits(fix: &Fix) -> BTreeSet<String> {
    let Some(edited) = &fix.edited else { return BTreeSet::from([fix.kind.code().to_owned()]) };
    let place = |operation: &Value| {
        let path = operation["path"].as_str().unwrap().split('/').skip(1);
        let names: Vec<&str> = path.filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).collect();
        format!("{} {}", fix.kind.code(), names.get(1).unwrap_or(&"")).trim_end().to_owned()
    };
    edited.patch.as_array().unwrap().iter().map(place).collect()
}

/// What is odd in a document: in its Deny statements, and how much elsewhere.
#[derive(Debug, Default)]
struct Found {
    in_denies: BTreeSet<String>,
    outside: usize,
}

fn found(document: &Document) -> Found {
    let mut all = Found::default();
    // A resource that AWS refuses was asked for, and is written as it was asked.
    for finding in document.findings.iter().filter(|finding| finding.code != FindingCode::UnmatchableResource) {
        let holds = |one: &&Statement| one.span.start <= finding.span.start && finding.span.end <= one.span.end;
        match document.statements.iter().find(holds).filter(|one| one.effect == Effect::Deny) {
            Some(_) => _ = all.in_denies.insert(finding.text.clone()),
            None => all.outside += 1,
        }
    }
    all
}

pub(super) fn with(world: &World, action: &str, resource: &str) -> Request {
    let request = world.request();
    Request { action: Action::parse(action).unwrap(), resource: Resource::new(resource, true), ..request }
}

/// Whether `ACTION on RESOURCE` holds this pair.
pub(super) fn is_listed(list: &[String], action: &str, resource: &str) -> bool {
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

/// Whether such a request can be made. One role is assumed, and its trust policy is about it alone: not `*`.
pub(super) fn applies(action: &str, resource: &str) -> bool {
    if action.starts_with("sts:AssumeRole") && resource == "*" {
        return false;
    }
    let known = diagnose::catalogue::action(action).unwrap();
    if known.takes_only_star() { resource == "*" } else { known.fit(resource) != Fit::No }
}

/// Whether a fix edits the policy of another queue or key than the one of this request: such a policy is about its own
/// alone, though the worlds hold one for all.
fn is_of_another(fixes: &[Fix], action: &str, resource: &str) -> bool {
    let service = |arn: &str| arn.split(':').nth(2).unwrap_or_default().to_owned();
    fixes.iter().filter(|fix| fix.layer == Layer::Resource).filter_map(|fix| fix.document.attached_to.as_deref()).any(
        |own| {
            matches!(&*service(own), "sqs" | "kms")
                && action.split(':').next() == Some(&*service(own))
                && own != resource
        },
    )
}

proptest! {
    #![proptest_config(super::cases(48))]

    #[test]
    fn a_fix_made_gives_the_verdict_that_it_promised(world in deniable()) {
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
    fn what_a_fix_newly_allows_is_what_it_lists(world in deniable()) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        let fixes = fixes_of(std::slice::from_ref(&request), &snapshot).remove(0);
        let listed: Vec<String> = fixes.iter().flat_map(|fix| fix.newly_allowed.clone()).collect();
        let made = made(&snapshot, &fixes);
        for action in ACTIONS {
            for resource in ARNS.iter().copied().filter(|resource| applies(action, resource)) {
                let other = with(&world, action, resource);
                let opened = evaluate(&other, &made).verdict == Verdict::Allowed
                    && evaluate(&other, &snapshot).verdict != Verdict::Allowed
                    && !is_of_another(&fixes, action, resource);
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
    fn an_edited_document_is_as_sound_as_before(world in deniable()) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        for fix in fixes_of(&[request], &snapshot).remove(0) {
            let Some(edited) = &fix.edited else { continue };
            let before = Document::parse(&edited.before).map_or_else(|_| Found::default(), |document| found(&document));
            let after = found(&Document::parse(&edited.after).unwrap());
            prop_assert!(after.outside <= before.outside, "{after:#?}");
            // A Deny of which a part is kept in a second statement says there what it said.
            prop_assert!(after.in_denies.is_subset(&before.in_denies), "{after:#?}");
            prop_assert!(edit::size(&edited.after) <= 10_240);
            let mut value = serde_json::from_str(&edited.before).unwrap_or_default();
            let patch: json_patch::Patch = serde_json::from_value(edited.patch.clone()).unwrap();
            json_patch::patch(&mut value, &patch).unwrap();
            prop_assert_eq!(value, serde_json::from_str::<serde_json::Value>(&edited.after).unwrap());
        }
    }

    #[test]
    fn several_questions_are_all_answered_and_no_more_than_asked(
        world in deniable(),
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
                    && evaluate(&other, &snapshot).verdict != Verdict::Allowed
                    && !is_of_another(&once, action, resource);
                let asked = requests.iter().any(|request| {
                    action.eq_ignore_ascii_case(&request.action.text)
                        && (resource == request.resource.text() || request.resource.text() == "*")
                });
                prop_assert!(!opened || asked || is_listed(&listed, action, resource), "{action} on {resource}: {once:#?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(super::cases(48))]

    /// What a policy grants others, and whom a Deny spares, are lists: the edit puts the caller there, and nobody else.
    #[test]
    fn what_is_for_the_caller_is_for_nobody_else(
        one in mendable(&[Plant::GrantToOthers, Plant::Exemption], true),
    ) {
        let (request, snapshot) = (one.world.request(), one.world.snapshot(None));
        let fixes = fixes_of(std::slice::from_ref(&request), &snapshot).remove(0);
        prop_assert!(fixes.iter().all(|fix| fix.layer == one.layer), "{fixes:#?}");
        for caller in (0..CALLERS.len()).filter(|caller| CALLERS[*caller].is_certain()) {
            let other = as_another(&one.world, caller);
            if is_same(&one.world, &other) {
                continue;
            }
            let (before, request) = (other.snapshot(None), other.request());
            let after = made(&before, &fixes);
            for action in ACTIONS.into_iter().filter(|action| applies(action, request.resource.text())) {
                let request = Request { action: Action::parse(action).unwrap(), ..request.clone() };
                let (then, now) = (evaluate(&request, &before), evaluate(&request, &after));
                prop_assert_eq!(then.verdict, now.verdict, "{} of {}: {:#?}", action, other.who.text, fixes);
            }
        }
    }

    /// A condition is never lost: with the fix, requests in other circumstances are answered as before, and those without MFA or
    /// the external ID never pass.
    #[test]
    fn what_a_condition_keeps_out_stays_out(one in mendable(&[Plant::Unmet], true)) {
        let (request, snapshot) = (one.world.request(), one.world.snapshot(None));
        let fixes = fixes_of(std::slice::from_ref(&request), &snapshot).remove(0);
        let made = made(&snapshot, &fixes);
        let facts = &one.world.request.facts;
        // What was planted was said last; the same may stand among random facts that no statement asks for.
        let planted =
            |row: &&[&str; 5]| facts.last() == Some(&(row[1].to_owned(), Fact::Value(KeyValue::one(row[3]))));
        for row in UNMET.iter().filter(planted) {
            let is_proof = matches!(row[1], "aws:MultiFactorAuthPresent" | "sts:ExternalId");
            for value in row[2..].iter().copied().chain(["", "x"]) {
                let mut other = request.clone();
                let fact = if value.is_empty() { Fact::Absent } else { Fact::Value(KeyValue::one(value)) };
                other.context.set(row[1], fact, Basis::Given);
                let (then, now) = (evaluate(&other, &snapshot).verdict, evaluate(&other, &made).verdict);
                let is_asked = value == row[3] && !is_proof;
                prop_assert!(then == now || is_asked, "{} {value}: {:#?}", row[1], fixes);
            }
        }
    }

    /// A boundary that several have is edited, or copied, once for all of them.
    #[test]
    fn a_boundary_of_two_is_one_edit(
        one in mendable(&[Plant::BoundaryOfAws, Plant::BoundaryOfAccount], false),
        other in 0_usize..2,
        same_action in any::<bool>(),
    ) {
        // A role and a user: neither is the other.
        let other = as_another(&one.world, [0, 3][other]);
        prop_assume!(!is_same(&one.world, &other));
        let snapshots = [one.world.snapshot(None), other.snapshot(None)];
        let mut requests = [one.world.request(), other.request()];
        if !same_action {
            requests[1].action = Action::parse("s3:ListBucket").unwrap();
            requests[1].resource = Resource::new("arn:aws:s3:::prod", true);
        }
        let asked: Vec<_> = requests.iter().zip(&snapshots).collect();
        let all = planned(&asked);
        let of_boundary: Vec<&Fix> =
            all.iter().flatten().filter(|fix| fix.layer == Layer::Boundary && fix.edited.is_some()).collect();
        if let [first, second] = of_boundary.as_slice() {
            prop_assert_eq!(&first.edited, &second.edited);
            prop_assert!(first.same_as.is_none() && second.same_as.is_some());
        }
        let listed: Vec<String> = all.iter().flatten().flat_map(|fix| fix.newly_allowed.clone()).collect();
        for ((request, snapshot), fixes) in asked.iter().zip(&all) {
            let Some(last) = fixes.last() else { continue };
            let after = made(snapshot, fixes);
            prop_assert_eq!(evaluate(request, &after).verdict, last.verified.verdict, "{:#?}", fixes);
            for action in ACTIONS {
                for resource in ARNS.iter().copied().filter(|resource| applies(action, resource)) {
                    let other = with(&one.world, action, resource);
                    let other = Request { caller: request.caller.clone(), context: request.context.clone(), ..other };
                    let opened = evaluate(&other, &after).verdict == Verdict::Allowed
                        && evaluate(&other, snapshot).verdict != Verdict::Allowed;
                    let asked = action.eq_ignore_ascii_case(&request.action.text) && resource == request.resource.text();
                    prop_assert!(
                        !opened || asked || is_listed(&listed, action, resource),
                        "{action} on {resource} is not in {listed:?}: {fixes:#?}"
                    );
                }
            }
        }
    }
}

/// The kinds of edit, by layer and by what the edit changes.
const KINDS: [&str; 28] = [
    "scp add-allow",
    "scp attach",
    "scp extend-allow Resource",
    "scp narrow-deny NotAction",
    "rcp narrow-deny Action",
    "vpc-endpoint add-allow",
    "resource add-allow",
    "resource extend-allow Principal",
    "resource narrow-deny NotResource",
    "trust extend-allow Principal",
    "identity attach",
    "identity extend-allow Action",
    "identity extend-allow Resource",
    "identity narrow-deny Action",
    "identity narrow-deny Condition",
    "identity extend-allow Condition",
    "boundary add-allow",
    "boundary extend-allow Action",
    "boundary extend-allow Resource",
    "boundary narrow-deny",
    "boundary narrow-deny Action",
    "boundary narrow-deny Condition",
    "boundary narrow-deny NotAction",
    "boundary narrow-deny NotResource",
    "boundary replace-boundary",
    "boundary replace-boundary Action",
    "session extend-allow Action",
    "session none",
];

/// Without which the properties above would say nothing of a kind of edit.
#[test]
fn random_worlds_have_fixes_of_every_kind_that_they_can_have() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        let world = deniable().new_tree(&mut runner).unwrap().current();
        let snapshot = world.snapshot(None);
        for fix in fixes_of(&[world.request()], &snapshot).remove(0) {
            seen.extend(edits(&fix).into_iter().map(|edit| format!("{} {edit}", fix.layer.code())));
        }
        if KINDS.iter().all(|kind| seen.contains(*kind)) {
            return;
        }
    }
    let missing: Vec<&str> = KINDS.into_iter().filter(|kind| !seen.contains(*kind)).collect();
    panic!("no {missing:?} in {seen:#?}");
}
