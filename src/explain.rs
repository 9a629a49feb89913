//! From a decision to its causes: which statements decided, which came nearest, what it depends on.
//!
//! Looks again at the few statements that matter, with the evaluator's own functions, element by element; nothing is
//! judged twice in two ways. No text for people is written here.

mod beyond;
mod likeness;
mod nearest;
mod trace;

pub use trace::{ConditionTrace, ElementKind, ElementTrace, StatementTrace, Subject};

use std::collections::BTreeMap;

use crate::catalogue::{Dependents, Fit};
use crate::condition::{Condition, Remark};
use crate::confront::Difference;
use crate::context::{Basis, Fact};
use crate::eval::{self, Decision, Evidence, Idle, LayerDecision, Outcome, StatementRef, Verdict};
use crate::policy::{ConditionBlock, Effect, Statement};
use crate::request::{ActionNote, Request};
use crate::snapshot::{Layer, Policy, Reading};
use crate::truth::Truth;

/// Why a statement is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It decided the layer.
    Deciding,
    /// An Allow statement that did not apply, and came nearest.
    Nearest,
    /// An Allow statement that has nothing to do with what was asked; no other came nearer.
    Unrelated,
    /// It was looked at (`--verbose`).
    Other,
}

/// A layer with the statements that matter.
#[derive(Debug)]
pub struct LayerExplanation<'a> {
    /// The layer.
    pub layer: Layer,
    /// What of it bears on the request.
    pub reading: &'a Reading,
    /// Where the outcome comes from.
    pub evidence: Evidence,
    /// Why it has no say, where it has none.
    pub idle: Idle,
    /// It certainly stops the request.
    pub blocks: bool,
    /// What is open in it can change the verdict.
    pub matters: bool,
    /// What it says.
    pub outcome: Outcome,
    /// The level that decided, where there are several.
    pub level: u32,
    /// The further levels that stop the request by themselves.
    pub also: Vec<u32>,
    /// The statements to show, deciding ones first.
    pub statements: Vec<StatementTrace>,
}

impl LayerExplanation<'_> {
    /// Nothing of it was read, and it stops the request all the same.
    pub fn blocks_unread(&self) -> bool {
        matches!(self.reading, Reading::NotChecked { .. })
    }
}

/// Something unknown that the verdict hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The layer.
    pub layer: Layer,
    /// What is unknown.
    pub subject: Subject,
    /// What it has to be, in the statement's own words.
    pub wanted: String,
    /// The statement denies: it must not be that.
    pub denies: bool,
}

/// A fact of the context that nobody gave and that a statement looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// The key.
    pub key: String,
    /// Its value; `None` = taken to be missing.
    pub value: Option<String>,
    /// Why.
    pub because: &'static str,
    /// It need not be so (`true`), or it follows from what is known.
    pub assumed: bool,
}

/// What the user should know beside the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caveat {
    /// The layer was not read and could change the verdict.
    NotChecked(Layer),
    /// Whose resource it is, is not known; it was taken to be the principal's account's.
    OwnerAssumed,
    /// Policies of the layer were given, and the layer has no say in the request.
    NoSay(Layer),
    /// A KMS grant could allow it; grants are no policies.
    KmsGrants,
    /// Only the credentials of an IAM user or of the root user make the call; a role has those of a session.
    SessionCredentials,
    /// S3 Block Public Access could stop it; it is no policy.
    BlockPublicAccess,
    /// A grant to the session passes the session policy: documented, not tested.
    PassesSession,
    /// The text of the denial and the policies do not say the same.
    Differs(Difference),
    /// A condition was decided in a way that AWS's documentation leaves open, or that surprises.
    Remark(Layer, Remark, Box<str>),
    /// A `*` at the end of an ARN field reaches over colons: documented, not tested.
    StarOverColons(Layer),
    /// A statement that matters lists in its NotResource a variable for which the request has no value: taken to match nothing,
    /// AWS's documentation does not say.
    NoValue(Layer, String, String),
    /// A policy could not be read or understood, and could matter.
    Unreadable(Layer, String),
    /// A statement that matters holds something that AWS would refuse.
    NotUnderstood(Layer, String),
    /// A statement about the action names a resource that AWS refuses; whether the pattern, as it reads, matches something.
    RefusedResource(Layer, String, bool),
    /// How the action was named.
    Action(ActionNote),
    /// The action takes resources of these types, and the one named is of none of them.
    ResourceType(Vec<&'static str>),
    /// The action is newer than the data on what else its requests need.
    DependentsNotKnown,
    /// Requests for the action may need these as well.
    Dependents(Vec<&'static str>),
}

/// The causes of one decision.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// Every layer, in listing order.
    pub layers: Vec<LayerExplanation<'a>>,
    /// What an undetermined verdict depends on.
    pub depends_on: Vec<Dependency>,
    /// What was filled in and mattered, by key.
    pub assumptions: Vec<Assumption>,
    /// What else could change the verdict.
    pub caveats: Vec<Caveat>,
}

/// Explains a decision. `verbose` adds every statement looked at.
pub fn explain<'a>(decision: &Decision<'a>, request: &Request, verbose: bool) -> Explanation<'a> {
    let mut layers = Vec::with_capacity(decision.layers.len());
    let mut depends_on = Vec::new();
    let mut caveats = of_action(request);
    caveats.extend(beyond::not_checked(decision, request));
    caveats.extend(beyond::beyond(decision, request));
    let mut assumptions = BTreeMap::new();
    for one in &decision.layers {
        let blocks = decision.blocked_by.iter().any(|block| block.layer == one.layer);
        // What only the message tells stands in none of the policies that were read.
        let is_told = one.evidence == Evidence::Message;
        let statements = if is_told { Vec::new() } else { statements(one, request, verbose) };
        let counts = decision.verdict == Verdict::Undetermined && one.outcome == Outcome::Undetermined && one.matters;
        if counts {
            for trace in statements.iter().filter(|trace| trace.role == Role::Deciding) {
                depends_on.extend(dependencies(one.layer, trace));
            }
        }
        layer_caveats(&mut caveats, one, &statements, blocks, counts);
        let passes =
            matches!(one.outcome, Outcome::Allow | Outcome::Undetermined) && decision.verdict != Verdict::Denied;
        if blocks || passes {
            look_up_assumptions(&mut assumptions, &mut caveats, one, request);
        }
        layers.push(LayerExplanation {
            layer: one.layer,
            reading: one.reading,
            evidence: one.evidence,
            idle: one.idle,
            blocks,
            matters: one.matters,
            outcome: one.outcome,
            level: one.level,
            also: also_blocking(one, request, blocks),
            statements,
        });
    }
    depends_on.dedup();
    Explanation { layers, depends_on, assumptions: assumptions.into_values().collect(), caveats }
}

/// What the catalogue says of the action and the resource.
fn of_action(request: &Request) -> Vec<Caveat> {
    let mut caveats: Vec<Caveat> = request.action.notes.iter().cloned().map(Caveat::Action).collect();
    let Some(known) = request.action.known else { return caveats };
    if !known.takes_only_star() && request.resource.text() != "*" && known.fit(request.resource.text()) == Fit::No {
        caveats.push(Caveat::ResourceType(known.resource_types().map(|used| used.kind.name()).collect()));
    }
    match known.dependents() {
        Dependents::Known(names) if names.is_empty() => {}
        Dependents::Known(names) => caveats.push(Caveat::Dependents(names.iter().collect())),
        Dependents::NotKnown => caveats.push(Caveat::DependentsNotKnown),
    }
    caveats
}

/// Every policy of a layer with where it stands.
pub fn every_policy(reading: &Reading) -> impl Iterator<Item = (StatementRef, &Policy)> {
    let levels = if let Reading::Levels(levels) = reading { levels.as_slice() } else { &[] };
    (0_u32..).zip(levels).flat_map(|(level, all)| {
        (0_u32..).zip(&all.policies).map(move |(policy, found)| (StatementRef { level, policy, statement: 0 }, found))
    })
}

/// Every statement of a layer with where it stands.
fn every_statement(reading: &Reading) -> impl Iterator<Item = (StatementRef, &Policy, &Statement)> {
    every_policy(reading).flat_map(|(at, policy)| {
        let statements = policy.document.as_ref().map_or(&[][..], |document| &document.statements);
        let numbered = (0_u32..).zip(statements);
        numbered.map(move |(statement, found)| (StatementRef { statement, ..at }, policy, found))
    })
}

/// The statements to show for a layer.
fn statements(one: &LayerDecision<'_>, request: &Request, verbose: bool) -> Vec<StatementTrace> {
    let (layer, reading) = (one.layer, one.reading);
    let mut traces: Vec<StatementTrace> = Vec::new();
    for (at, policy, statement) in every_statement(reading).filter(|(at, ..)| one.deciding.contains(at)) {
        traces.push(trace::statement(at, policy, statement, layer, request, Role::Deciding));
    }
    if one.outcome == Outcome::ImplicitDeny {
        for level in eval::blocking_levels(one, request) {
            let blocking = every_statement(reading).filter(|(at, ..)| at.level == level);
            traces.extend(nearest::nearest(blocking, layer, request));
        }
    }
    if verbose {
        for (at, policy, statement) in every_statement(reading) {
            if !traces.iter().any(|trace| trace.at == at) {
                traces.push(trace::statement(at, policy, statement, layer, request, Role::Other));
            }
        }
    }
    traces
}

fn also_blocking(one: &LayerDecision<'_>, request: &Request, blocks: bool) -> Vec<u32> {
    let is_layered = matches!(one.layer, Layer::ServiceControl | Layer::ResourceControl);
    let all = if blocks && is_layered { eval::blocking_levels(one, request) } else { Default::default() };
    all.into_iter().filter(|level| *level != one.level).collect()
}

fn dependencies(layer: Layer, trace: &StatementTrace) -> Vec<Dependency> {
    let denies = trace.effect == Effect::Deny;
    let unknown = trace.elements.iter().filter(|element| element.truth == Truth::Unknown);
    let each = unknown.flat_map(|element| {
        element.unknown_subjects.iter().map(|subject| Dependency {
            layer,
            subject: subject.clone(),
            wanted: element.wanted.clone(),
            denies,
        })
    });
    each.collect()
}

fn layer_caveats(
    caveats: &mut Vec<Caveat>,
    one: &LayerDecision<'_>,
    traces: &[StatementTrace],
    blocks: bool,
    counts: bool,
) {
    for trace in traces.iter().filter(|trace| trace.role == Role::Deciding) {
        if trace.star_over_colons && !caveats.contains(&Caveat::StarOverColons(one.layer)) {
            caveats.push(Caveat::StarOverColons(one.layer));
        }
        let name = policy_at(one.reading, trace.at).map_or("?", |policy| &policy.name);
        let place = format!("{name}, Statement[{}]", trace.at.statement);
        let spared = trace.elements.iter().filter(|element| element.kind == ElementKind::NotResource);
        for key in spared.flat_map(|element| &element.unset) {
            caveats.push(Caveat::NoValue(one.layer, place.clone(), key.clone()));
        }
        if trace.not_understood && counts {
            caveats.push(Caveat::NotUnderstood(one.layer, place));
        }
    }
    for trace in traces.iter().filter(|trace| trace.role != Role::Other) {
        for (remark, key) in trace.elements.iter().filter_map(|element| element.remark.as_ref()) {
            let caveat = Caveat::Remark(one.layer, *remark, key.clone());
            if !caveats.contains(&caveat) {
                caveats.push(caveat);
            }
        }
    }
    let unreadable = every_policy(one.reading).filter(|(_, policy)| policy.document.is_err());
    if !blocks || one.outcome == Outcome::ImplicitDeny {
        caveats.extend(unreadable.map(|(_, policy)| Caveat::Unreadable(one.layer, policy.name.clone())));
    }
}

/// The policy that a reference points into.
pub fn policy_at(reading: &Reading, at: StatementRef) -> Option<&Policy> {
    let Reading::Levels(levels) = reading else { return None };
    levels.get(at.level as usize)?.policies.get(at.policy as usize)
}

/// Facts that nobody gave and that made the layer say what it says.
///
/// Of a layer that denies: what its deciding Deny statements and its near misses tested. Of one that allows or is
/// open: what the Allow statements tested, and what kept a Deny from applying.
fn look_up_assumptions(
    all: &mut BTreeMap<String, Assumption>,
    caveats: &mut Vec<Caveat>,
    one: &LayerDecision<'_>,
    request: &Request,
) {
    let mut note = |caveat: Caveat| {
        if !caveats.contains(&caveat) {
            caveats.push(caveat);
        }
    };
    for (at, policy, statement) in every_statement(one.reading) {
        if eval::action(&statement.action, request) == Truth::No {
            continue;
        }
        let counts = match (one.outcome, statement.effect) {
            (Outcome::ExplicitDeny, _) => one.deciding.contains(&at),
            (Outcome::ImplicitDeny, effect) => effect != Effect::Deny,
            (_, Effect::Allow | Effect::Unknown) => one.deciding.contains(&at),
            (_, Effect::Deny) => true,
        };
        if !counts {
            continue;
        }
        for variable in statement.resource.patterns.iter().flat_map(|pattern| pattern.arn.variables()) {
            assume(all, &variable.key, request);
        }
        let matched = eval::resource_of(statement, one.layer, request);
        if statement.resource.patterns.iter().any(|pattern| pattern.refused) {
            let place = format!("{}, Statement[{}]", policy.name, at.statement);
            note(Caveat::RefusedResource(one.layer, place, matched.truth != Truth::No));
        }
        if matched.only_expanded {
            note(Caveat::StarOverColons(one.layer));
        }
        if matched.truth == Truth::No {
            continue;
        }
        let applies = eval::judge(statement, one.layer, request).any();
        // Of conditions, those made the statement fail that failed.
        let relevant = |block: &&ConditionBlock| applies != Truth::No || eval::condition(block, request) == Truth::No;
        for condition in statement.conditions.iter().filter(relevant).filter_map(|block| block.condition.as_ref()) {
            if let Some(remark) = condition.remark(&request.context) {
                note(Caveat::Remark(one.layer, remark, condition.written_key.clone()));
            }
            condition_keys(condition).for_each(|key| assume(all, key, request));
        }
    }
}

fn condition_keys(condition: &Condition) -> impl Iterator<Item = &str> {
    std::iter::once(&*condition.key).chain(condition.variable_keys())
}

fn assume(all: &mut BTreeMap<String, Assumption>, key: &str, request: &Request) {
    let mut is_clock = false;
    let (because, assumed) = match request.context.basis(key) {
        Basis::Clock => {
            is_clock = true;
            ("the answer may be another at another time", false)
        }
        Basis::Derived(because) => (because, false),
        Basis::Assumed(because) => (because, true),
        Basis::Given | Basis::None => return,
    };
    let value = match request.context.fact(key) {
        Fact::Value(_) if is_clock => Some("the time of this run".to_owned()),
        Fact::Value(value) => Some(value.items.join(", ")),
        Fact::Absent => None,
        Fact::Present | Fact::Like(_) | Fact::Unknown => return,
    };
    let name = request.context.entry(key).map_or(key, |entry| &entry.name).to_owned();
    all.entry(key.to_owned()).or_insert(Assumption { key: name, value, because, assumed });
}
