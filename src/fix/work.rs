//! The snapshots as they are with the edits found so far.

use std::rc::Rc;
use std::sync::Arc;

use super::draft::{Draft, Key};
use super::place::{Place, places};
use super::{Ask, Change};
use crate::confront::confront;
use crate::eval::{Block, Decision, DenyKind, Evidence, evaluate};
use crate::snapshot::{Layer, Policy, Snapshot};

/// The questions, and their snapshots before and after.
pub(super) struct Work<'a> {
    pub(super) asks: &'a [Ask<'a>],
    /// As they were read, each once.
    pub(super) base: Vec<&'a Snapshot>,
    /// Which snapshot each question is about.
    pub(super) of: Vec<usize>,
    /// With the edits.
    pub(super) now: Vec<Snapshot>,
    pub(super) drafts: Vec<Draft>,
}

impl<'a> Work<'a> {
    pub(super) fn new(asks: &'a [Ask<'a>]) -> Self {
        let mut base: Vec<&Snapshot> = Vec::new();
        let mut of = Vec::new();
        for ask in asks {
            let known = base.iter().position(|one| std::ptr::eq(*one, ask.snapshot));
            of.push(known.unwrap_or(base.len()));
            if known.is_none() {
                base.push(ask.snapshot);
            }
        }
        let now = base.iter().map(|one| (*one).clone()).collect();
        Self { asks, base, of, now, drafts: Vec::new() }
    }

    /// The number of the snapshot that a question is about.
    pub(super) fn snapshot_of(&self, ask: usize) -> usize {
        self.of.get(ask).copied().unwrap_or_default()
    }

    /// The answer to a question with the edits made so far.
    pub(super) fn decide(&self, ask: usize) -> Option<Decision<'_>> {
        decide(self.asks.get(ask)?, self.now.get(self.snapshot_of(ask))?)
    }

    /// How a layer stops a question now, if its policies do.
    pub(super) fn block(&self, ask: usize, layer: Layer) -> Option<DenyKind> {
        let decision = self.decide(ask)?;
        let evaluated =
            |one: &Block| decision.layers.iter().any(|it| it.layer == one.layer && it.evidence == Evidence::Evaluated);
        let found = decision.blocked_by.iter().find(|block| block.layer == layer);
        found.filter(|block| decision.refused.is_none() && evaluated(block)).map(|block| block.deny)
    }

    /// The draft of a document, if it has one.
    pub(super) fn draft(&self, key: &Key) -> Option<usize> {
        self.drafts.iter().position(|draft| draft.key == *key)
    }

    /// Every place of a document.
    pub(super) fn places(&self, key: &Key) -> Vec<(usize, Place)> {
        let of_key = |number: usize, snapshot: &Snapshot| match key {
            Key::Own(own, place) => {
                if *own == number {
                    vec![*place]
                } else {
                    Vec::new()
                }
            }
            // A copy takes the place of the boundary where that was found to block, and nowhere else.
            Key::Copy(_) => Vec::new(),
            Key::Arn(arn) => places(snapshot, |policy, _| policy.arn.as_ref() == Some(arn)),
            Key::File(path) => {
                places(snapshot, |policy, _| policy.file.as_ref().is_some_and(|file| file.path == *path))
            }
        };
        let each = self.now.iter().enumerate();
        each.flat_map(|(number, snapshot)| of_key(number, snapshot).into_iter().map(move |place| (number, place)))
            .collect()
    }

    /// Changes a document; `false`, and nothing changed, where it cannot be edited so.
    pub(super) fn change(&mut self, draft: usize, changes: Vec<Change>) -> bool {
        let Some(one) = self.drafts.get_mut(draft) else { return false };
        if changes.is_empty() {
            one.edited = None;
            one.changes = changes;
            let text = one.text.clone();
            return self.install(draft, |one| Policy {
                document: Policy::new("", None, one.policy.origin.clone(), None, &text).document,
                ..one.policy.clone()
            });
        }
        let Some((edited, document)) = one.edit(&changes) else { return false };
        one.edited = Some(Rc::new(edited));
        one.changes = changes;
        let document = Arc::new(document);
        self.install(draft, |one| Policy { document: Ok(Arc::clone(&document)), ..one.policy.clone() })
    }

    fn install(&mut self, draft: usize, policy: impl Fn(&Draft) -> Policy) -> bool {
        let Some(one) = self.drafts.get(draft) else { return false };
        for (number, place) in &one.places {
            if let Some(snapshot) = self.now.get_mut(*number) {
                place.put(snapshot, policy(one));
            }
        }
        true
    }

    /// What [`Self::restore`] wants.
    pub(super) fn changes(&self) -> Vec<Vec<Change>> {
        self.drafts.iter().map(|draft| draft.changes.clone()).collect()
    }

    /// Takes back what was changed since.
    pub(super) fn restore(&mut self, saved: &[Vec<Change>]) {
        for number in 0..self.drafts.len() {
            let then = saved.get(number).cloned().unwrap_or_default();
            if self.drafts.get(number).is_some_and(|draft| draft.changes != then) {
                self.change(number, then);
            }
        }
    }
}

/// The answer to a question on another snapshot than its own. An edit brings no condition key into a document that was not
/// in it, so that the request stays what was derived for it.
pub(super) fn decide<'s>(ask: &Ask<'_>, snapshot: &'s Snapshot) -> Option<Decision<'s>> {
    let mut decision = evaluate(ask.request, snapshot);
    if let Some(denial) = ask.denial {
        confront(&mut decision, denial, ask.request);
    }
    Some(decision)
}
