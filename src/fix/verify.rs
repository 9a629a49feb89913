//! The proof: every question is asked again with each edit in place, one after the other.

use super::draft::{Base, Draft};
use super::plan::{GaveUp, Planner};
use super::work::decide;
use super::{Change, Fix, FixKind, FixedDocument, Verified, beyond, blast, unmet, warn, words};
use crate::eval::{Block, Verdict};
use crate::principal::Principal;
use crate::snapshot::{Layer, Snapshot};

/// One entry of a question's list.
#[derive(Debug, Clone)]
enum Entry {
    Draft(usize),
    Left(Layer, GaveUp),
}

/// The fixes of every question.
pub(super) fn fixes(planner: &mut Planner<'_>) -> Vec<Vec<Fix>> {
    let used = used(planner);
    let needed = needed(planner, &used);
    let stages = blast::stages(planner, &used);
    planner.beyond = without_boundaries(planner, &used);
    let mut all: Vec<Vec<Fix>> = Vec::new();
    let mut first: Vec<(usize, (usize, usize))> = Vec::new();
    for ask in 0..planner.work.asks.len() {
        let mut entries: Vec<(Layer, Entry)> = Vec::new();
        for draft in needed.get(ask).into_iter().flatten() {
            if let Some(one) = planner.work.drafts.get(*draft) {
                entries.push((one.layer, Entry::Draft(*draft)));
            }
        }
        for (_, layer, why) in planner.given_up.iter().filter(|(of, ..)| *of == ask) {
            entries.push((*layer, Entry::Left(*layer, why.clone())));
        }
        // Stable: the documents of a layer stay in their order.
        entries.sort_by_key(|(layer, _)| *layer);
        let list: Vec<usize> = entries.iter().filter_map(|(_, entry)| draft_of(entry)).collect();
        let mut proof = Proof::new(planner, ask);
        let mut fixes = Vec::new();
        for (number, (_, entry)) in entries.iter().enumerate() {
            let fix = match entry {
                Entry::Draft(draft) => {
                    let Some(verified) = proof.with(*draft) else { continue };
                    let mut fix = fix(planner, ask, *draft, verified, &stages);
                    match first.iter().find(|(known, _)| known == draft) {
                        Some((_, at)) => fix.same_as = Some(*at),
                        None => first.push((*draft, (ask, number))),
                    }
                    fix
                }
                Entry::Left(layer, why) => {
                    let Some(verified) = proof.now() else { continue };
                    left(*layer, why, verified)
                }
            };
            fixes.push(fix);
        }
        warn::add(planner, ask, &list, &mut fixes);
        all.push(fixes);
    }
    all
}

/// Of each snapshot whose boundary is edited, how many actions removing it would make effective.
fn without_boundaries(planner: &Planner<'_>, used: &[usize]) -> Vec<Option<usize>> {
    let drafts: Vec<_> = used.iter().filter_map(|at| planner.work.drafts.get(*at)).collect();
    let count = |number: usize| {
        let edited = drafts
            .iter()
            .any(|draft| draft.layer == Layer::Boundary && draft.places.iter().any(|(of, _)| *of == number));
        let ask = planner.work.of.iter().position(|of| *of == number).and_then(|at| planner.work.asks.get(at));
        ask.filter(|_| edited).and_then(beyond::without_boundary)
    };
    (0..planner.work.base.len()).map(count).collect()
}

fn draft_of(entry: &Entry) -> Option<usize> {
    match entry {
        Entry::Draft(draft) => Some(*draft),
        Entry::Left(..) => None,
    }
}

/// The drafts that change something, in the order of the fixes.
fn used(planner: &Planner<'_>) -> Vec<usize> {
    let drafts = &planner.work.drafts;
    let mut used: Vec<usize> =
        (0..drafts.len()).filter(|at| drafts.get(*at).is_some_and(|one| one.edited.is_some())).collect();
    let rank = |at: &usize| {
        let draft = drafts.get(*at)?;
        let (snapshot, place) = draft.places.first()?;
        Some((draft.layer, *snapshot, place.reading, place.level, place.policy))
    };
    used.sort_by_key(rank);
    used
}

/// Which drafts each question needs: those without which its answer is another.
fn needed(planner: &mut Planner<'_>, used: &[usize]) -> Vec<Vec<usize>> {
    let count = planner.work.asks.len();
    let answer =
        |planner: &Planner<'_>, ask: usize| planner.work.decide(ask).map(|one| (one.verdict, one.blocked_by.to_vec()));
    let with: Vec<Option<(Verdict, Vec<Block>)>> = (0..count).map(|ask| answer(planner, ask)).collect();
    let mut needed = vec![Vec::new(); count];
    for draft in used {
        let Some(changes) = planner.work.drafts.get(*draft).map(|one| one.changes.clone()) else { continue };
        planner.work.change(*draft, Vec::new());
        for (ask, list) in needed.iter_mut().enumerate() {
            let denied = planner.work.asks.get(ask).is_some_and(|one| one.decision.verdict == Verdict::Denied);
            if denied && with.get(ask) != Some(&answer(planner, ask)) {
                list.push(*draft);
            }
        }
        planner.work.change(*draft, changes);
    }
    needed
}

/// A question asked on a snapshot that grows by one edit after the other.
struct Proof<'p, 'a> {
    planner: &'p Planner<'a>,
    ask: usize,
    number: usize,
    snapshot: Option<Snapshot>,
}

impl<'p, 'a> Proof<'p, 'a> {
    fn new(planner: &'p Planner<'a>, ask: usize) -> Self {
        Self { planner, ask, number: planner.work.snapshot_of(ask), snapshot: None }
    }

    fn with(&mut self, draft: usize) -> Option<Verified> {
        let base = self.planner.work.base.get(self.number)?;
        let snapshot = self.snapshot.get_or_insert_with(|| (*base).clone());
        put(self.planner, draft, self.number, snapshot);
        self.now()
    }

    fn now(&self) -> Option<Verified> {
        let snapshot = match &self.snapshot {
            Some(snapshot) => snapshot,
            None => self.planner.work.base.get(self.number)?,
        };
        let decision = decide(self.planner.work.asks.get(self.ask)?, snapshot)?;
        Some(Verified { verdict: decision.verdict, blocked_by: decision.blocked_by.to_vec() })
    }
}

/// Puts the edited document of a draft into a snapshot.
pub(super) fn put(planner: &Planner<'_>, draft: usize, number: usize, snapshot: &mut Snapshot) {
    let Some(one) = planner.work.drafts.get(draft) else { return };
    for (_, place) in one.places.iter().filter(|(of, _)| *of == number) {
        let now = planner.work.now.get(number).and_then(|now| place.policy(now));
        if let Some(policy) = now {
            // Behind the last policy, whichever number it had while others were tried.
            let place = if one.base == Base::New { place.behind(snapshot) } else { *place };
            place.put(snapshot, policy.clone());
        }
    }
}

fn fix(planner: &Planner<'_>, ask: usize, draft: usize, verified: Verified, stages: &[(usize, Vec<String>)]) -> Fix {
    let newly = stages.iter().find(|(of, _)| *of == draft).map(|(_, newly)| newly.clone()).unwrap_or_default();
    let newly = [newly, unmet::opened(planner, draft)].concat();
    let mut fix = Fix {
        layer: Layer::Identity,
        kind: FixKind::Nothing,
        document: FixedDocument::default(),
        editable: true,
        account: None,
        summary: String::new(),
        edited: None,
        verified,
        switched: Vec::new(),
        newly_allowed: newly,
        warnings: Vec::new(),
        same_as: None,
        apart: false,
    };
    let Some(one) = planner.work.drafts.get(draft) else { return fix };
    fix.layer = one.layer;
    fix.kind = kind(one.base, one.layer, &one.changes);
    fix.document = one.document.clone();
    fix.edited.clone_from(&one.edited);
    if one.base == Base::Copied {
        fix.switched = switched(planner, one);
    }
    fix.summary = words::summary(planner, ask, one, &fix.switched);
    fix
}

/// Whose boundary a copy becomes, each once.
fn switched(planner: &Planner<'_>, draft: &Draft) -> Vec<Principal> {
    let mut all: Vec<Principal> = Vec::new();
    for (number, _) in &draft.places {
        let who = planner.work.base.get(*number).map(|snapshot| &snapshot.principal);
        let is_known =
            |who: &Principal| all.iter().any(|one| (&one.entity_arn, &one.name) == (&who.entity_arn, &who.name));
        if let Some(who) = who.filter(|who| !is_known(who)) {
            all.push(who.clone());
        }
    }
    all
}

pub(super) fn kind(base: Base, layer: Layer, changes: &[Change]) -> FixKind {
    let narrows = |change: &Change| {
        matches!(
            change,
            Change::RemoveActions { .. }
                | Change::ExceptResources { .. }
                | Change::ExceptActions { .. }
                | Change::ExceptPrincipals { .. }
        )
    };
    match base {
        Base::Copied => FixKind::ReplaceBoundary,
        Base::New if matches!(layer, Layer::Identity | Layer::ServiceControl) => FixKind::Attach,
        Base::New => FixKind::AddAllow,
        Base::Edited if changes.iter().any(narrows) => FixKind::NarrowDeny,
        Base::Edited if changes.iter().any(|change| matches!(change, Change::AddStatement(_))) => FixKind::AddAllow,
        Base::Edited => FixKind::ExtendAllow,
    }
}

/// A layer that is left as it is.
fn left(layer: Layer, why: &GaveUp, verified: Verified) -> Fix {
    Fix {
        layer,
        kind: FixKind::Nothing,
        document: why.document.as_deref().cloned().unwrap_or_default(),
        editable: false,
        account: None,
        summary: why.why.clone(),
        edited: None,
        verified,
        switched: Vec::new(),
        newly_allowed: Vec::new(),
        warnings: warn::of_left(why),
        same_as: None,
        apart: false,
    }
}
