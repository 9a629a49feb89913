//! Explicit denies: every Deny statement that applies has to spare the request, or none is touched.

use super::draft::Origin;
use super::narrow;
use super::place::{Place, place_of};
use super::plan::{GaveUp, Narrowed, Planner};
use crate::eval::{DenyKind, StatementRef};
use crate::snapshot::Layer;

/// How many statements of a layer are narrowed for one question.
const MOST: usize = 12;

impl Planner<'_> {
    /// Takes the explicit denies of a layer away.
    pub(super) fn explicit(&mut self, layer: Layer) {
        for ask in 0..self.work.asks.len() {
            if self.gave_up(ask, layer) {
                continue;
            }
            let (saved, narrowed) = (self.work.changes(), self.narrowed.len());
            for _ in 0..MOST {
                if self.work.block(ask, layer) != Some(DenyKind::Explicit) {
                    break;
                }
                if let Err(why) = self.narrow_first(ask, layer) {
                    self.work.restore(&saved);
                    self.narrowed.truncate(narrowed);
                    self.give_up(ask, layer, why);
                    break;
                }
                self.changed = true;
            }
        }
    }

    /// Narrows the first Deny that applies; nothing is begun where one of them cannot be.
    fn narrow_first(&mut self, ask: usize, layer: Layer) -> Result<(), GaveUp> {
        let denies = self.deciding(ask, layer);
        let request = self.work.asks.get(ask).map(|one| one.request).ok_or_else(GaveUp::default)?;
        let snapshot = self.work.snapshot_of(ask);
        let mut first = None;
        for (place, statement) in &denies {
            let draft = self
                .work
                .draft_at(snapshot, *place, layer, request)
                .map_err(|why| self.because(snapshot, *place, why))?;
            let document = self.work.document(draft).ok_or_else(GaveUp::default)?;
            let found = narrow::forms(&document, *statement, layer, request);
            let found = found.map_err(|why| self.because_of_statement(snapshot, *place, *statement, &document, why))?;
            if first.is_none() {
                first = Some((draft, *statement, found));
            }
        }
        let (draft, statement, forms) = first.ok_or_else(GaveUp::default)?;
        let before = self.work.drafts.get(draft).and_then(|one| one.origin(statement));
        for form in forms {
            let works = |planner: &Self| planner.deciding(ask, layer).len() < denies.len();
            if self.try_it(draft, &form.attempt, works) {
                let (action, resources) = (request.action.text.clone(), form.opened);
                if let Some(statement) = self.guarding(draft, before, &action) {
                    let (whom, spelled) = (form.whom, form.spelled);
                    let one = Narrowed { draft, statement, action, resources, whom, spelled };
                    if !self.narrowed.contains(&one) {
                        self.narrowed.push(one);
                    }
                }
                return Ok(());
            }
        }
        let place = denies.first().map_or(Place { layer, reading: 0, level: 0, policy: 0 }, |(place, _)| *place);
        let why = self.too_large.take().unwrap_or_else(|| {
            "no smaller form of the statement spares the request; it is its document's only one, or has to be rewritten by hand"
                .to_owned()
        });
        Err(self.because(snapshot, place, why))
    }

    /// The statement of the document as it was that denied an action: of one that was added, the one that it keeps a part of.
    fn guarding(&self, draft: usize, origin: Option<Origin>, action: &str) -> Option<usize> {
        if let Some(Origin::Old(statement)) = origin {
            return Some(statement);
        }
        let mut before = self.narrowed.iter().rev().filter(|one| one.draft == draft);
        let same = before.clone().find(|one| one.action == action);
        same.or_else(|| before.next()).map(|one| one.statement)
    }

    /// The Deny statements that stop a question now, where they stand.
    pub(super) fn deciding(&self, ask: usize, layer: Layer) -> Vec<(Place, usize)> {
        let Some(decision) = self.work.decide(ask) else { return Vec::new() };
        let Some(now) = self.work.now.get(self.work.snapshot_of(ask)) else { return Vec::new() };
        let Some(one) = decision.layers.iter().find(|one| one.layer == layer) else { return Vec::new() };
        if self.work.block(ask, layer) != Some(DenyKind::Explicit) {
            return Vec::new();
        }
        let place = |at: &StatementRef| {
            let ground = place_of(one.reading, layer, at.level as usize, now)?;
            Some((Place { policy: at.policy as usize, ..ground }, at.statement as usize))
        };
        one.deciding.iter().filter_map(place).collect()
    }
}
