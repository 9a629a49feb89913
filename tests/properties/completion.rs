//! What is certain stays so, whatever the unknown turns out to be; and of the known nothing is uncertain.

use diagnose::condition::{Condition, Operator};
use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::eval::{Decision, Outcome, Verdict, evaluate, judge};
use diagnose::snapshot::{Layer, Snapshot};
use diagnose::truth::Truth;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::cases;
use super::model::{ReadingModel, World, all_statements};
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

/// Verdict and layers that were certain `before` are the same `after`, of `closed`.
fn decision_stays(before: &Decision<'_>, after: &Decision<'_>, closed: &World) -> Result<(), TestCaseError> {
    if before.verdict != Verdict::Undetermined {
        prop_assert_eq!(before.verdict, after.verdict, "of {:?}", closed.request);
    }
    for (before, after) in before.layers.iter().zip(&after.layers) {
        let unchanged = match before.outcome {
            Outcome::Undetermined => true,
            // What cannot be asked of a layer for one action can for another.
            Outcome::NotChecked | Outcome::NotApplicable => {
                matches!(after.outcome, Outcome::NotChecked | Outcome::NotApplicable)
            }
            // That the layer stops the request is certain; a Deny that was unknown may turn out to do it.
            Outcome::ImplicitDeny => after.outcome.blocks(),
            certain @ (Outcome::Allow | Outcome::ExplicitDeny) => after.outcome == certain,
        };
        prop_assert!(unchanged, "{before:?} {after:?} of {:?}", closed.request);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(256))]

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
        for (layer, reading) in Layer::ALL.into_iter().zip(&mut open.readings) {
            let counts = matches!(layer, Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session);
            let ReadingModel::Levels(levels) = reading else { continue };
            if !counts {
                continue;
            }
            for policy in levels.iter_mut().flatten().filter(|_| random.below(3) == 0) {
                policy.statements = None;
            }
        }
        let (before, after) = (open.snapshot(None), world.snapshot(None));
        decision_stays(&evaluate(&open.request(), &before), &evaluate(&world.request(), &after), &world)?;
    }

    /// A complete context, an exact action and resource, every document read: allowed or denied.
    #[test]
    fn with_everything_known_nothing_is_undetermined(world in world(Openness::NONE)) {
        let answer = world.answer();
        prop_assert_ne!(answer.verdict, Verdict::Undetermined);
        for (layer, outcome, _) in answer.layers {
            prop_assert_ne!(outcome, Outcome::Undetermined, "{:?}", layer);
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
    for _ in 0..300 {
        let world = strategy.new_tree(&mut runner).unwrap().current();
        verdicts[world.verdict() as usize] += 1;
        let (request, snapshot) = (world.request(), world.snapshot(None));
        for statement in all_statements(&snapshot) {
            truths[judge(statement.1, statement.0, &request).any() as usize] += 1;
        }
    }
    assert!(verdicts.into_iter().all(|count| count >= 15), "{verdicts:?}");
    assert!(truths.into_iter().all(|count| count >= 50), "{truths:?}");
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
