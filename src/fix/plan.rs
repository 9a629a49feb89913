//! From denials to fixes: layer by layer, every edit tried and proven.

use super::allow::Attempt;
use super::narrow::{Spelled, Whom};
use super::place::Place;
use super::scope::{Basis, Scope};
use super::unmet::Allowed;
use super::work::Work;
use super::{Ask, Fix, FixedDocument, verify};
use crate::eval::{Evidence, Verdict};
use crate::policy::Document;
use crate::request::ActionNote;
use crate::snapshot::Layer;

/// The fixes of each question, in the order in which they are to be made: one for every document that has to change,
/// and one of kind [`super::FixKind::Nothing`] for every layer that no edit helps. Empty where the question is not
/// denied, where AWS refuses the request whatever the policies say, and where it was not said what is meant: the action is
/// most likely a slip of the hand, or which key it is that an alias stands for.
pub fn plan(asks: &[Ask<'_>]) -> Vec<Vec<Fix>> {
    plan_some(asks, &(0..asks.len()).collect::<Vec<_>>())
}

/// As [`plan`], of the questions of these numbers alone.
pub(super) fn plan_some(asks: &[Ask<'_>], chosen: &[usize]) -> Vec<Vec<Fix>> {
    let is_meant = |at: &usize| asks.get(*at).is_some_and(|ask| is_said(ask));
    let meant: Vec<usize> = chosen.iter().copied().filter(is_meant).collect();
    let kept: Vec<Ask<'_>> = meant.iter().filter_map(|at| asks.get(*at).copied()).collect();
    let mut all = vec![Vec::new(); asks.len()];
    for (at, mut fixes) in meant.iter().zip(planned(&kept)) {
        for (question, _) in fixes.iter_mut().filter_map(|fix| fix.same_as.as_mut()) {
            *question = meant.get(*question).copied().unwrap_or(*question);
        }
        if let Some(place) = all.get_mut(*at) {
            *place = fixes;
        }
    }
    all
}

/// Whether it is known what is asked: not so where the catalogue does not know the action and knows one much like it, and
/// where a key is named by its alias, for a policy can name the key alone.
fn is_said(ask: &Ask<'_>) -> bool {
    !ask.request.action.notes.iter().any(|note| match note {
        ActionNote::Unknown { similar } => !similar.is_empty(),
        ActionNote::KeyOfAlias { .. } => true,
        ActionNote::Operation { .. }
        | ActionNote::Derived { .. }
        | ActionNote::NoPermission { .. }
        | ActionNote::ResourceBelieved
        | ActionNote::ResourceIgnored { .. } => false,
    })
}

fn planned(asks: &[Ask<'_>]) -> Vec<Vec<Fix>> {
    if asks.iter().all(|ask| ask.decision.verdict != Verdict::Denied) {
        return vec![Vec::new(); asks.len()];
    }
    let mut planner = Planner::new(asks);
    planner.run();
    verify::fixes(&mut planner)
}

/// Why a layer is left as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct GaveUp {
    pub(super) document: Option<Box<FixedDocument>>,
    /// What has to be done instead.
    pub(super) why: String,
    pub(super) too_large: bool,
}

/// A fix in the making.
pub(super) struct Planner<'a> {
    pub(super) work: Work<'a>,
    /// By question and layer.
    pub(super) given_up: Vec<(usize, Layer, GaveUp)>,
    /// Whether anything was changed since this was last set to `false`.
    pub(super) changed: bool,
    /// What was exempted from Deny statements.
    pub(super) narrowed: Vec<Narrowed>,
    /// What was allowed.
    pub(super) allowed: Vec<Allowed>,
    /// What is left because of conditions that the request does not meet, by question and layer.
    pub(super) unmet: Vec<(usize, Layer)>,
    /// Where the resources of an edit come from, by question.
    pub(super) scopes: Vec<(usize, Scope)>,
    /// By snapshot: how many actions removing the boundary would make effective.
    pub(super) beyond: Vec<Option<usize>>,
    /// Why the last attempt failed, if it was because of the size of the document.
    pub(super) too_large: Option<String>,
}

/// What was exempted from a Deny statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Narrowed {
    pub(super) draft: usize,
    /// The statement, by its number before all edits; of one that an edit adds, the one that it keeps a part of.
    pub(super) statement: usize,
    pub(super) action: String,
    /// On what the statement does not deny it any more.
    pub(super) resources: Vec<String>,
    /// Who was exempted.
    pub(super) whom: Whom,
    /// The patterns that were spelled out for it.
    pub(super) spelled: Option<Spelled>,
}

impl<'a> Planner<'a> {
    fn new(asks: &'a [Ask<'a>]) -> Self {
        Self {
            work: Work::new(asks),
            given_up: Vec::new(),
            changed: false,
            narrowed: Vec::new(),
            allowed: Vec::new(),
            unmet: Vec::new(),
            scopes: Vec::new(),
            beyond: Vec::new(),
            too_large: None,
        }
    }

    fn run(&mut self) {
        for ask in 0..self.work.asks.len() {
            self.leave_what_was_not_read(ask);
        }
        // What an edit uncovers comes in the second round.
        for _ in 0..3 {
            self.changed = false;
            for layer in Layer::ALL {
                self.explicit(layer);
                self.implicit(layer);
            }
            if !self.changed {
                break;
            }
        }
    }

    /// Layers that only the text of the denial names.
    fn leave_what_was_not_read(&mut self, ask: usize) {
        let Some(one) = self.work.asks.get(ask) else { return };
        let by_message = one.decision.layers.iter().filter(|layer| layer.evidence == Evidence::Message);
        let blocking: Vec<Layer> = by_message.filter(|layer| layer.outcome.blocks()).map(|layer| layer.layer).collect();
        let arn = one.denial.and_then(|denial| denial.policy_arn.clone());
        for layer in blocking {
            let document = arn.as_deref().map(|arn| {
                Box::new(FixedDocument {
                    name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
                    arn: Some(arn.to_owned()),
                    ..FixedDocument::default()
                })
            });
            let why = super::words::read_first(layer);
            self.given_up.push((ask, layer, GaveUp { document, why, too_large: false }));
        }
    }

    pub(super) fn gave_up(&self, ask: usize, layer: Layer) -> bool {
        self.given_up.iter().any(|(of, at, _)| *of == ask && *at == layer)
    }

    pub(super) fn give_up(&mut self, ask: usize, layer: Layer, why: GaveUp) {
        if !self.gave_up(ask, layer) {
            self.given_up.push((ask, layer, why));
        }
    }

    /// That the policy at a place cannot be changed.
    pub(super) fn because(&self, snapshot: usize, place: Place, why: String) -> GaveUp {
        let there = self.work.now.get(snapshot).and_then(|now| Some((place.policy(now)?, place.attached_to(now))));
        let document = there.map(|(policy, attached_to)| Box::new(FixedDocument::of(policy, attached_to)));
        GaveUp { document, why, too_large: false }
    }

    /// That one of its statements cannot be.
    pub(super) fn because_of_statement(
        &self,
        snapshot: usize,
        place: Place,
        statement: usize,
        document: &Document,
        why: String,
    ) -> GaveUp {
        let mut gave_up = self.because(snapshot, place, String::new());
        let name = gave_up.document.as_ref().map_or("", |document| &document.name);
        let sid = document.statements.get(statement).and_then(|one| one.sid.as_deref()).filter(|sid| !sid.is_empty());
        let sid = sid.map_or_else(String::new, |sid| format!(" ({sid})"));
        gave_up.why = format!("leave {name}, Statement[{statement}]{sid}, as it is: {why}");
        gave_up
    }

    /// Makes an attempt; what does not do what it should is taken back.
    pub(super) fn try_it(&mut self, draft: usize, attempt: &Attempt, works: impl Fn(&Self) -> bool) -> bool {
        let Some(one) = self.work.drafts.get(draft) else { return false };
        let saved = one.changes.clone();
        let Some(changes) = one.with(&attempt.changes) else { return false };
        if !self.work.change(draft, changes) {
            return false;
        }
        let excess = self.work.excess(draft);
        let kept = excess.is_none() && works(self);
        self.too_large = excess.or(self.too_large.take());
        if !kept {
            self.work.change(draft, saved);
        }
        kept
    }

    /// Where the resources of the edits for a question come from.
    pub(super) fn basis(&self, ask: usize) -> Option<Basis> {
        self.scopes.iter().find(|(of, _)| *of == ask).map(|(_, scope)| scope.basis)
    }
}
