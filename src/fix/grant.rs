//! Implicit denies: what a level of a layer lacks is allowed in one of its documents, or in a new one.

use std::rc::Rc;

use super::allow::{self, Attempt, Wanted};
use super::draft::{Base, EMPTY};
use super::place::{Place, place_of};
use super::plan::{GaveUp, Planner};
use super::scope::scope;
use super::target::editable;
use super::widen::Widened;
use super::{Change, literal};
use crate::eval::DenyKind;
use crate::policy::{Document, Version};
use crate::snapshot::{Layer, Origin};

/// A level of a layer that lacks an Allow, in one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) snapshot: usize,
    pub(super) place: Place,
}

/// Something that could be done in a document that is there.
struct Way {
    draft: usize,
    version: Version,
    attempt: Attempt,
    /// It changes a statement that is there.
    extends: bool,
}

impl<'a> Planner<'a> {
    /// Adds what is needed for a layer to allow.
    pub(super) fn implicit(&mut self, layer: Layer) {
        for _ in 0..32 {
            let open: Vec<(usize, Ground)> = (0..self.work.asks.len())
                .filter(|ask| !self.gave_up(*ask, layer))
                .filter_map(|ask| Some((ask, self.ground(ask, layer)?)))
                .collect();
            let Some((_, ground)) = open.first().copied() else { return };
            let asks: Vec<usize> = open.iter().filter(|(_, one)| *one == ground).map(|(ask, _)| *ask).collect();
            for group in self.by_condition(layer, ground, &asks) {
                for asks in self.rectangles(&group.asks) {
                    match self.allow(ground, layer, &asks, group.under.as_ref()) {
                        Ok(()) => self.changed = true,
                        Err(why) => {
                            let why = group.left.clone().filter(|_| !why.too_large).unwrap_or(why);
                            asks.iter().for_each(|ask| self.give_up(*ask, layer, why.clone()));
                        }
                    }
                }
            }
        }
    }

    /// The level that lacks an Allow, if the layer implicitly denies.
    fn ground(&self, ask: usize, layer: Layer) -> Option<Ground> {
        if self.work.block(ask, layer)? != DenyKind::Implicit {
            return None;
        }
        let decision = self.work.decide(ask)?;
        let one = decision.layers.iter().find(|one| one.layer == layer)?;
        let snapshot = self.work.snapshot_of(ask);
        let place = place_of(one.reading, layer, one.level as usize, self.work.now.get(snapshot)?);
        // What has no reading of its own (no policy of the resource) is the layer's first.
        let place = place.unwrap_or(Place { layer, reading: 0, level: 0, policy: 0 });
        Some(Ground { snapshot, place })
    }

    /// Groups questions so that each group asks every one of its actions on every one of its resources: together they
    /// allow no more than each alone.
    fn rectangles(&self, asks: &[usize]) -> Vec<Vec<usize>> {
        let mut by_action: Vec<(&str, Vec<String>, Vec<usize>)> = Vec::new();
        for ask in asks {
            let Some(one) = self.work.asks.get(*ask) else { continue };
            let found = scope(one.request, one.snapshot, Version::V2012).resources;
            match by_action.iter_mut().find(|(own, ..)| own.eq_ignore_ascii_case(&one.request.action.text)) {
                Some((_, resources, of)) => {
                    add_each(resources, found);
                    of.push(*ask);
                }
                None => by_action.push((&one.request.action.text, found, vec![*ask])),
            }
        }
        let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for (_, resources, of) in by_action {
            let same =
                |other: &Vec<String>| other.len() == resources.len() && resources.iter().all(|one| other.contains(one));
            match groups.iter_mut().find(|(other, _)| same(other)) {
                Some((_, all)) => all.extend(of),
                None => groups.push((resources, of)),
            }
        }
        groups.into_iter().map(|(_, asks)| asks).collect()
    }

    /// What questions of one group want, as a document of this version writes it.
    fn wanted(&self, layer: Layer, asks: &[usize], under: Option<&Rc<Widened>>, version: Version) -> Wanted<'a> {
        let asked = self.work.asks;
        let (requests, actions, resources) = (Vec::new(), Vec::new(), Vec::new());
        let mut wanted = Wanted { layer, requests, actions, resources, under: under.cloned() };
        for one in asks.iter().filter_map(|ask| asked.get(*ask)) {
            let action = &one.request.action.text;
            if !wanted.actions.iter().any(|own| own.eq_ignore_ascii_case(action)) {
                wanted.actions.push(action.clone());
            }
            wanted.requests.push(one.request);
            add_each(&mut wanted.resources, scope(one.request, one.snapshot, version).resources);
        }
        if wanted.resources.iter().any(|one| one == "*") {
            wanted.resources = vec!["*".to_owned()];
        }
        wanted
    }

    /// Allows what is asked in a document of the level: by an extension of a statement if one fits, else by a statement of
    /// its own, else by a policy of its own.
    fn allow(
        &mut self,
        ground: Ground,
        layer: Layer,
        asks: &[usize],
        under: Option<&Rc<Widened>>,
    ) -> Result<(), GaveUp> {
        let wanted = self.wanted(layer, asks, under, Version::V2012);
        let request = *wanted.requests.first().ok_or_else(GaveUp::default)?;
        if layer == Layer::Resource
            && wanted.resources.iter().any(|one| one == "*")
            && !request.action.takes_only_star()
        {
            let why = "name the resource (--resource ARN): its own policy has to allow".to_owned();
            return Err(GaveUp { why, ..self.because(ground.snapshot, ground.place, String::new()) });
        }
        let (ways, mut why) = self.ways(ground, layer, asks, under);
        let works = |planner: &Self| asks.iter().all(|ask| planner.ground(*ask, layer) != Some(ground));
        self.too_large = None;
        for way in &ways {
            if self.try_it(way.draft, &way.attempt, works) {
                let wanted = self.wanted(layer, asks, under, way.version);
                self.did(way.draft, &way.attempt, ground, wanted, asks);
                return Ok(());
            }
        }
        let can_be_new = self.work.can_begin(ground.snapshot, ground.place, layer);
        if can_be_new && why.is_none() && ways.iter().all(|way| way.extends) {
            let empty = empty().ok_or_else(GaveUp::default)?;
            let name = allow::sid(&empty, "Allow", &wanted.actions);
            let draft = self.work.draft_behind(ground.snapshot, ground.place, layer, &name, request);
            match (draft, allow::addition(&empty, &wanted)) {
                (Some(draft), Ok(attempt)) if self.try_it(draft, &attempt, works) => {
                    self.did(draft, &attempt, ground, wanted, asks);
                    return Ok(());
                }
                (_, Err(reason)) => why = Some(self.because(ground.snapshot, ground.place, reason.to_owned())),
                _ => {}
            }
        }
        Err(self.failed(ground, layer, why))
    }

    /// What could be done in the documents that are there, the least first, and why not in others.
    fn ways(
        &mut self,
        ground: Ground,
        layer: Layer,
        asks: &[usize],
        under: Option<&Rc<Widened>>,
    ) -> (Vec<Way>, Option<GaveUp>) {
        let asked = self.work.asks;
        let requests = || asks.iter().filter_map(|ask| asked.get(*ask)).map(|one| one.request);
        let places = self.work.now.get(ground.snapshot).map(|now| editable(now, ground.place, layer));
        let (mut ways, mut why) = (Vec::new(), None);
        for place in places.into_iter().flatten() {
            let Some(request) = requests().next() else { break };
            let draft = match self.work.draft_at(ground.snapshot, place, layer, request) {
                Ok(draft) => draft,
                Err(reason) => {
                    why.get_or_insert(self.because(ground.snapshot, place, reason));
                    continue;
                }
            };
            let Some(document) = self.work.document(draft) else { continue };
            let version = document.version;
            // A policy of its own can say what one in the old language cannot.
            if layer == Layer::Identity && requests().any(|one| !literal::can_be_said(&one.resource, version)) {
                continue;
            }
            let wanted = self.wanted(layer, asks, under, version);
            let way = |extends: bool| move |attempt| Way { draft, version, attempt, extends };
            ways.extend(allow::extensions(&document, place, &wanted).into_iter().map(way(true)));
            let file = self.work.drafts.get(draft).is_some_and(|one| one.policy.origin == Origin::File);
            if layer != Layer::Identity || file || self.is_new(draft) {
                match allow::addition(&document, &wanted) {
                    Ok(attempt) => ways.push(way(false)(attempt)),
                    Err(reason) => _ = why.get_or_insert(self.because(ground.snapshot, place, reason.to_owned())),
                }
            }
        }
        // More actions in a statement are less of a change than more resources.
        ways.sort_by_key(|way| match way.attempt.changes.as_slice() {
            [Change::AddResources { .. }] => 1,
            _ if way.extends => 0,
            _ => 2,
        });
        (ways, why)
    }

    /// Notes what a document allows now.
    fn did(&mut self, draft: usize, attempt: &Attempt, ground: Ground, wanted: Wanted<'_>, asks: &[usize]) {
        let version = self.work.document(draft).map_or(Version::V2012, |document| document.version);
        self.allow_in(draft, attempt, ground, wanted);
        for ask in asks {
            let Some(one) = self.work.asks.get(*ask) else { continue };
            if !self.scopes.iter().any(|(of, _)| of == ask) {
                self.scopes.push((*ask, scope(one.request, one.snapshot, version)));
            }
        }
    }

    fn is_new(&self, draft: usize) -> bool {
        self.work.drafts.get(draft).is_some_and(|one| one.base == Base::New)
    }

    fn failed(&mut self, ground: Ground, layer: Layer, why: Option<GaveUp>) -> GaveUp {
        if let Some(why) = self.too_large.take() {
            return GaveUp { too_large: true, ..self.because(ground.snapshot, ground.place, why) };
        }
        why.unwrap_or_else(|| self.because(ground.snapshot, ground.place, super::words::no_document(layer)))
    }
}

/// A document that is not there yet.
fn empty() -> Option<Document> {
    Document::parse(EMPTY).ok()
}

fn add_each(list: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}
