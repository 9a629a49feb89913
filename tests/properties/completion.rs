//! What is certain stays so, whatever the unknown turns out to be; and of the known nothing is uncertain.

use diagnose::condition::{Condition, Operator};
use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::eval::{Decision, Idle, Outcome, Verdict, evaluate, judge, may_be_about};
use diagnose::snapshot::{Layer, Snapshot};
use diagnose::truth::Truth;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::cases;
use super::model::{ReadingModel, World, all_statements};
use super::plain::any_world;
use super::random::Random;
use super::strategies::{Openness, world};
use super::vocabulary::{FAMILIES, OPERATORS, patterns, values};

/// What is certain of a request: its verdict, its layers and its statements.
pub(super) struct Certain<'a> {
    snapshot: &'a Snapshot,
    decision: Decision<'a>,
    statements: Vec<Truth>,
}

impl<'a> Certain<'a> {
    pub(super) fn of(world: &World, snapshot: &'a Snapshot) -> Self {
        let request = world.request();
        let decision = evaluate(&request, snapshot);
        let statements = all_statements(snapshot).map(|(layer, one)| judge(one, layer, &request).any()).collect();
        Self { snapshot, decision, statements }
    }

    /// All of it is so in `closed`, which asks the same and knows more.
    pub(super) fn holds_of(&self, closed: &World) -> Result<(), TestCaseError> {
        let request = closed.request();
        decision_stays(&self.decision, &evaluate(&request, self.snapshot), closed)?;
        for ((layer, statement), before) in all_statements(self.snapshot).zip(&self.statements) {
            if *before != Truth::Unknown {
                prop_assert_eq!(
                    *before,
                    judge(statement, layer, &request).any(),
                    "{:?} of {:?}",
                    &statement.sid,
                    closed.request
                );
            }
        }
        Ok(())
    }
}

/// Verdict, layers and blocks that were certain `before` are the same `after`, of `closed`.
pub(super) fn decision_stays(before: &Decision<'_>, after: &Decision<'_>, closed: &World) -> Result<(), TestCaseError> {
    if before.verdict != Verdict::Undetermined {
        prop_assert_eq!(before.verdict, after.verdict, "of {:?}", closed.request);
    }
    let is_blocked = |decision: &Decision<'_>, layer| decision.blocked_by.iter().any(|block| block.layer == layer);
    for (before_one, after_one) in before.layers.iter().zip(&after.layers) {
        let layer = before_one.layer;
        let still_blocked = !is_blocked(before, layer) || is_blocked(after, layer);
        prop_assert!(still_blocked, "{layer:?} by {before:?}, no more by {after:?}, of {:?}", closed.request);
        // A layer without a say in all that a pattern stands for may have one in some of it, and the other way round.
        let idle = after_one.idle != Idle::None;
        let unchanged = match before_one.outcome {
            Outcome::Undetermined => true,
            Outcome::NotChecked => after_one.outcome == Outcome::NotChecked || idle,
            // Nothing of it is there; it may turn out that something was needed. Without a say, it stays told as not read.
            Outcome::NotApplicable => {
                let unread = matches!(closed.reading(layer), ReadingModel::NotChecked);
                let still_idle = before_one.idle != Idle::None && before_one.idle == after_one.idle;
                let untold = still_idle && unread && after_one.outcome == Outcome::NotChecked;
                after_one.outcome == Outcome::NotApplicable || untold || is_blocked(after, layer)
            }
            // That nothing in it allows is certain; a Deny that was unknown may turn out to apply.
            Outcome::ImplicitDeny => after_one.outcome.blocks() || idle,
            certain @ (Outcome::Allow | Outcome::ExplicitDeny) => after_one.outcome == certain || idle,
        };
        prop_assert!(unchanged, "{before_one:?} {after_one:?} of {:?}", closed.request);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_certain_verdict_survives_every_completion(world in world(Openness::ALL), seed in any::<u64>()) {
        let mut random = Random(seed);
        let mut pool: Vec<String> = FAMILIES.into_iter().flat_map(values).map(|text| (*text).to_owned()).collect();
        let written = world.clone().condition_values();
        // What the policies name comes more often.
        pool.extend(written.iter().cycle().take(written.len() * 8).cloned());
        let snapshot = world.snapshot(None);
        let certain = Certain::of(&world, &snapshot);
        for _ in 0..8 {
            certain.holds_of(&world.complete(&pool, &mut random))?;
        }
    }

    /// So does one that was reached without some of the documents. Of layers that most callers may not read, what is
    /// missing does not count, so that reading it may change the verdict.
    #[test]
    fn a_certain_verdict_survives_every_document(world in world(Openness::ALL), seed in any::<u64>()) {
        let mut random = Random(seed);
        let mut open = world.clone();
        for layer in [Layer::Trust, Layer::Identity, Layer::Boundary, Layer::Session] {
            for policies in open.readings[layer as usize].levels_mut() {
                for policy in policies.iter_mut().filter(|_| random.below(3) == 0) {
                    policy.statements = None;
                }
            }
        }
        let (before, after) = (open.snapshot(None), world.snapshot(None));
        decision_stays(&evaluate(&open.request(), &before), &evaluate(&world.request(), &after), &world)?;
    }

    /// And one that was reached although a whole layer could not be read: whatever is in it, be it nothing.
    #[test]
    fn a_certain_verdict_survives_every_layer(world in any_world(Openness::ALL), at in 0..Layer::ALL.len()) {
        let layer = Layer::ALL[at];
        let open = world.with(layer, ReadingModel::Failed);
        let before = open.snapshot(None);
        let before = evaluate(&open.request(), &before);
        for reading in [world.readings[at].clone(), ReadingModel::Absent, ReadingModel::NotChecked] {
            let closed = world.with(layer, reading);
            let after = closed.snapshot(None);
            decision_stays(&before, &evaluate(&closed.request(), &after), &closed)?;
        }
    }

    /// A layer of which nothing is said lets every request pass that it could stop, so that reading it raises no denial.
    /// Only what can grant by itself may: the policies of resources.
    #[test]
    fn a_denial_survives_what_was_not_checked(world in any_world(Openness::ALL), at in 0..Layer::ALL.len()) {
        let layer = Layer::ALL[at];
        let open = world.with(layer, ReadingModel::NotChecked);
        if !matches!(layer, Layer::Resource | Layer::Trust) && open.verdict() == Verdict::Denied {
            prop_assert_eq!(world.verdict(), Verdict::Denied, "with {:?}", layer);
        }
    }

    /// A complete context, an exact action and resource, every document read, and it is clear who is meant: allowed or
    /// denied.
    #[test]
    fn with_everything_known_nothing_is_undetermined(world in any_world(Openness::NONE)) {
        let mut world = world;
        for (number, layer) in Layer::ALL.into_iter().enumerate() {
            if matches!(world.readings[number], ReadingModel::NotChecked) {
                world = world.with(layer, ReadingModel::Absent);
            }
        }
        let answer = world.answer();
        // Of a key and of a role, that there is no policy means that it was not read.
        let unread = |outcome: Outcome, layer: Layer| {
            outcome == Outcome::NotChecked && !matches!(layer, Layer::Resource | Layer::Trust)
        };
        let told = answer.layers.iter().all(|(_, outcome, _)| *outcome != Outcome::NotChecked);
        prop_assert!(answer.verdict != Verdict::Undetermined || !told);
        for (layer, outcome, _) in answer.layers {
            prop_assert!(outcome != Outcome::Undetermined && !unread(outcome, layer), "{:?}", layer);
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// What action and resource alone rule out applies in no context.
    #[test]
    fn a_statement_that_cannot_be_about_a_request_does_not_apply(world in world(Openness::ALL)) {
        let (request, snapshot) = (world.request(), world.snapshot(None));
        let own = all_statements(&snapshot).filter(|(layer, _)| matches!(layer, Layer::Identity | Layer::Boundary));
        for (layer, statement) in own {
            let truth = judge(statement, layer, &request).any();
            let may = may_be_about(statement, &request.action, Some(&request.resource));
            prop_assert!(may || truth == Truth::No, "{truth:?}: {statement:?}");
        }
    }
}

/// The random worlds are worth something only if all answers come up, with many statements that match.
#[test]
fn every_answer_comes_up() {
    let mut runner = TestRunner::deterministic();
    let strategy = world(Openness::ALL);
    let mut verdicts = [0_u32; 3];
    let mut truths = [0_u32; 3];
    let mut ruled_out = 0;
    for _ in 0..300 {
        let world = strategy.new_tree(&mut runner).unwrap().current();
        verdicts[world.verdict() as usize] += 1;
        let (request, snapshot) = (world.request(), world.snapshot(None));
        for statement in all_statements(&snapshot) {
            truths[judge(statement.1, statement.0, &request).any() as usize] += 1;
            let may = may_be_about(statement.1, &request.action, None);
            ruled_out += u32::from(may && !may_be_about(statement.1, &request.action, Some(&request.resource)));
        }
    }
    assert!(verdicts.into_iter().all(|count| count >= 15), "{verdicts:?}");
    assert!(truths.into_iter().all(|count| count >= 50), "{truths:?}");
    assert!(ruled_out >= 50, "{ruled_out} by their resource");
}

/// Every operator with every prefix and suffix, with no value and with one: what it says of a key that may hold anything,
/// it says of whatever the key holds.
#[test]
fn every_operator_is_certain_only_of_what_stays_so() {
    let mut held: Vec<Value> = vec![Value { items: Vec::new(), list: true }];
    for text in FAMILIES.into_iter().flat_map(values) {
        held.extend([false, true].map(|list| Value { items: vec![(*text).to_owned()], list }));
    }
    let rest = Rest { complete: true, service: None, principal_tags: None };
    let holding = |fact: Fact| {
        let mut context = Context::new(rest.clone());
        context.set("k", fact, Basis::Given);
        context
    };
    for (name, family) in OPERATORS {
        for (set, suffix) in
            ["", "ForAllValues:", "ForAnyValue:"].into_iter().flat_map(|set| [(set, ""), (set, "IfExists")])
        {
            let Some(operator) = Operator::parse(&format!("{set}{name}{suffix}")) else { continue };
            let one = values(family).iter().chain(patterns(family)).map(|value| vec![(*value).into()]);
            for written in one.chain([Vec::new()]) {
                let condition = Condition::new(operator, "k", written, true);
                let (unknown, present) =
                    (condition.holds(&holding(Fact::Unknown)), condition.holds(&holding(Fact::Present)));
                let stays = |before: Truth, fact: Fact| {
                    let after = condition.holds(&holding(fact.clone()));
                    assert!(before == Truth::Unknown || before == after, "{operator} {:?}: {fact:?}", condition.values);
                };
                stays(unknown, Fact::Absent);
                for value in &held {
                    stays(unknown, Fact::Value(value.clone()));
                    if !value.is_null() {
                        stays(present, Fact::Value(value.clone()));
                    }
                }
            }
        }
    }
}
