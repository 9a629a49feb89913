//! An Allow about what is asked that fails on its conditions alone: its author let that pass for some calls, and not for this
//! one. First of all the call can be made so that it meets them; no edit lets it pass without.
//!
//! Source: IAM User Guide, "Grant least privilege access", "Use IAM policy conditions to further restrict access".

use std::rc::Rc;

use super::allow::{Attempt, Wanted};
use super::grant::Ground;
use super::place::Place;
use super::plan::{GaveUp, Planner};
use super::scope::written;
use super::widen::Widened;
use super::{Change, Warning, warn, ways, words};
use crate::catalogue::Fit;
use crate::condition::Condition;
use crate::eval::{self, Naming};
use crate::policy::{Document, Effect, Statement};
use crate::request::{Request, Resource};
use crate::snapshot::{Layer, Policy, Reading};
use crate::truth::Truth;

/// A statement that fails on its conditions alone.
struct Miss<'a> {
    place: Place,
    number: usize,
    policy: &'a Policy,
    document: &'a Document,
    statement: &'a Statement,
    /// It is about all that was asked, as far as it goes by everything else.
    whole: bool,
}

impl<'a> Miss<'a> {
    fn failing(&self, request: &Request) -> Vec<&'a Condition> {
        let failing = self.statement.conditions.iter().filter(|block| eval::condition(block, request) == Truth::No);
        failing.filter_map(|block| block.condition.as_ref()).collect()
    }

    /// How the request could meet it; `None` where nothing can be done about one of its conditions.
    fn ways(&self, request: &Request) -> Option<String> {
        let each: Option<Vec<String>> =
            self.failing(request).into_iter().map(|condition| ways::into(condition, request)).collect();
        each.map(|each| words::and(&each))
    }

    fn widened(&self, request: &Request, ways: Option<String>) -> Option<Widened> {
        let is_clear = self.whole && self.statement.conditions.iter().all(|block| block.condition.is_some());
        let failing = self.failing(request);
        let of = || Widened::of(self.place, self.number, self.document, &failing, request, ways);
        if is_clear { of() } else { None }
    }
}

/// Questions that one widened condition would answer, and what is said where it does not.
pub(super) struct Group {
    /// `None`: no Allow fails on its conditions alone.
    pub(super) under: Option<Rc<Widened>>,
    pub(super) asks: Vec<usize>,
    pub(super) left: Option<GaveUp>,
}

/// What an edit allows: these actions on these resources.
#[derive(Debug)]
pub(super) struct Allowed {
    pub(super) draft: usize,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// Under conditions that others are allowed it under, with the request's values.
    pub(super) under: Option<Rc<Widened>>,
    /// Conditions that others are allowed it under, and that a new statement does not ask for.
    pub(super) lost: Vec<String>,
}

impl Planner<'_> {
    /// Questions that lack an Allow at a level, by the condition that stops them. Those that no wider condition should let
    /// pass are given up.
    pub(super) fn by_condition(&mut self, layer: Layer, ground: Ground, asks: &[usize]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for ask in asks {
            let (under, left) = match self.missed(layer, ground, *ask) {
                Some((left, None)) => {
                    self.give_up(*ask, layer, left);
                    self.unmet.push((*ask, layer));
                    continue;
                }
                Some((left, Some(widened))) => (Some(Rc::new(widened)), Some(left)),
                None => (None, None),
            };
            match groups.iter_mut().find(|group| group.under == under) {
                Some(group) => group.asks.push(*ask),
                None => groups.push(Group { under, asks: vec![*ask], left }),
            }
        }
        groups
    }

    /// What to do about the conditions of the Allow statements that fail on them alone, and the smallest edit of them, if there
    /// is one. `None` where no statement does.
    fn missed(&self, layer: Layer, ground: Ground, ask: usize) -> Option<(GaveUp, Option<Widened>)> {
        let request = self.work.asks.get(ask)?.request;
        let misses = misses(self.level(ground), layer, request);
        let first = misses.first()?;
        let mut text = match first.ways(request) {
            Some(ways) => format!("it allows this once you {ways}"),
            None => format!(
                "{} has one region only, so whoever wrote the statement has to let that pass",
                request.action.service().unwrap_or("the service")
            ),
        };
        for other in misses.iter().skip(1).take(2) {
            if let Some(ways) = other.ways(request) {
                text += &format!("; {}, Statement[{}], once you {ways}", other.policy.name, other.number);
            }
        }
        let left = self.because_of_statement(ground.snapshot, first.place, first.number, first.document, text);
        let ways: Vec<String> = misses.iter().take(3).filter_map(|miss| miss.ways(request)).collect();
        let ways = (!ways.is_empty()).then(|| ways.join(", or "));
        // What one of them guards by more than the circumstances of the call, the others do not open.
        let all: Option<Vec<Widened>> = misses.iter().map(|miss| miss.widened(request, ways.clone())).collect();
        Some((left, all.and_then(|all| all.into_iter().next())))
    }

    /// The policies of a level, with their places.
    fn level(&self, ground: Ground) -> impl Iterator<Item = (Place, &Policy)> {
        let now = self.work.now.get(ground.snapshot);
        let reading = now.and_then(|now| now.layers.readings(ground.place.layer).nth(ground.place.reading));
        let levels = if let Some(Reading::Levels(levels)) = reading { levels.as_slice() } else { &[] };
        let policies = levels.get(ground.place.level).map_or(&[][..], |level| &level.policies);
        policies.iter().enumerate().map(move |(policy, one)| (Place { policy, ..ground.place }, one))
    }

    /// Notes what an attempt allows that worked.
    pub(super) fn allow_in(&mut self, draft: usize, attempt: &Attempt, ground: Ground, wanted: Wanted<'_>) {
        let adds = matches!(attempt.changes.as_slice(), [Change::AddStatement(_)]) && wanted.under.is_none();
        let lost = if adds { self.not_asked_for(ground, &wanted) } else { Vec::new() };
        let Wanted { actions, resources, under, .. } = wanted;
        self.allowed.push(Allowed { draft, actions, resources, under, lost });
    }

    /// What Allow statements of the level about the same actions ask for, elsewhere or of others, and a statement of its own
    /// for what is wanted would not: `aws:SourceIp IpAddress 10.0.0.0/8`.
    fn not_asked_for(&self, ground: Ground, wanted: &Wanted<'_>) -> Vec<String> {
        let Some(request) = wanted.requests.first() else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        for (_, policy) in self.level(ground) {
            let Ok(document) = &policy.document else { continue };
            for one in document.statements.iter().filter(|one| is_about(document, one, wanted.layer, request)) {
                let asked = one.conditions.iter().filter_map(|block| block.condition.as_ref());
                let asked: Vec<String> =
                    asked.map(|one| format!("{} {}", one.written_key, one.wanted(false))).collect();
                let asked = words::and(&asked);
                if !asked.is_empty() && !found.contains(&asked) {
                    found.push(asked);
                }
            }
        }
        found
    }
}

/// Whether an Allow is about the action, on resources that it can be asked on.
fn is_about(document: &Document, statement: &Statement, layer: Layer, request: &Request) -> bool {
    let takes = |text: &str| request.action.known.is_none_or(|known| known.fit(text) != Fit::No);
    let resources = &statement.resource;
    let fits = !layer.document_kind().has_resources()
        || resources.negated
        || resources.patterns.iter().filter_map(|pattern| written(document, pattern.span)).any(|text| takes(&text));
    statement.effect == Effect::Allow && eval::action(&statement.action, request) == Truth::Yes && fits
}

/// The Allow statements of some policies that fail on their conditions alone, those of which most are met first.
fn misses<'a>(policies: impl Iterator<Item = (Place, &'a Policy)>, layer: Layer, request: &Request) -> Vec<Miss<'a>> {
    let mut found: Vec<Miss<'a>> = Vec::new();
    for (place, policy) in policies {
        let Ok(document) = &policy.document else { continue };
        for (number, statement) in document.statements.iter().enumerate() {
            let resource = eval::resource_of(statement, layer, request).truth;
            // Of a resource that nobody named, a part is as good.
            let is_part = resource == Truth::Unknown && matches!(request.resource, Resource::Pattern { .. });
            let fails = statement.conditions.iter().any(|block| eval::condition(block, request) == Truth::No);
            let applies = statement.effect == Effect::Allow
                && !statement.doubtful
                && eval::action(&statement.action, request) == Truth::Yes
                && (resource == Truth::Yes || is_part)
                && names_caller(statement, layer, request);
            if applies && fails {
                found.push(Miss { place, number, policy, document, statement, whole: !is_part });
            }
        }
    }
    // Stable: among equals the first in the document stays first.
    found.sort_by_key(|miss| miss.failing(request).len());
    found
}

fn names_caller(statement: &Statement, layer: Layer, request: &Request) -> bool {
    if !layer.document_kind().has_principals() {
        return statement.principal.is_none();
    }
    eval::naming(statement.principal.as_ref(), statement.effect, layer, request) != Naming::NOT
}

/// What to know of the conditions that were widened, and of those that a new statement does without.
pub(super) fn warnings(planner: &Planner<'_>, draft: usize) -> Vec<Warning> {
    let allowed: Vec<_> = planner.allowed.iter().filter(|one| one.draft == draft).collect();
    let mut list: Vec<Warning> = Vec::new();
    let ways: Vec<String> = unique(allowed.iter().filter_map(|one| one.under.as_ref()?.ways.clone()));
    if !ways.is_empty() {
        let text = format!("first see whether you can {}: then this policy need not change", ways.join(", or "));
        list.push(warn::warning("settled-otherwise", text));
    }
    let opened = unique(allowed.iter().filter_map(|one| Some(one.under.as_ref()?.shown())));
    if !opened.is_empty() {
        let text = format!(
            "somebody lets this pass under a condition on purpose, and the edit lets {} pass too; ask its owner first",
            words::and(&opened)
        );
        list.push(warn::warning("condition-is-a-guard", text));
    }
    let lost = unique(allowed.iter().flat_map(|one| one.lost.clone()));
    if !lost.is_empty() {
        let text = format!(
            "elsewhere this is allowed under a condition alone, which the added statement does not ask for: {}",
            words::list(&lost)
        );
        list.push(warn::warning("condition-lost", text));
    }
    list
}

/// What a new statement allows in circumstances in which others about the same do not.
pub(super) fn opened(planner: &Planner<'_>, draft: usize) -> Vec<String> {
    let mut found = Vec::new();
    for one in planner.allowed.iter().filter(|one| one.draft == draft) {
        for (action, resource) in one.actions.iter().flat_map(|action| one.resources.iter().map(move |of| (action, of)))
        {
            found.extend(one.lost.iter().map(|condition| format!("{action} on {resource} without {condition}")));
        }
    }
    unique(found.into_iter())
}

fn unique(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}
