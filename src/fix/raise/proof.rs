//! What a corrected boundary opens, told from the gap before the edit and the gap after it.

use super::super::draft::Draft;
use super::super::{Fix, Verified, Warning, escalate, verify, warn, words};
use super::nothing;
use crate::catalogue::ActionSet;
use crate::eval::{Block, DenyKind, Verdict};
use crate::gap::{Entry, Gap, compressed};
use crate::principal::PrincipalKind;
use crate::reach::Extent;
use crate::snapshot::{Layer, Snapshot};

/// The gaps on both sides of an edit of the boundary.
pub(super) struct Proof<'g> {
    before: &'g Gap<'g>,
    after: &'g Gap<'g>,
    /// What the boundary did not allow and then does.
    allowed: ActionSet,
    /// Those of them of which something passes all ceilings then, or may.
    opened: ActionSet,
}

impl<'g> Proof<'g> {
    pub(super) fn new(before: &'g Gap<'g>, after: &'g Gap<'g>) -> Self {
        let allowed = missing(before).without(&missing(after));
        let opened = allowed.without(&stopped(after));
        Self { before, after, allowed, opened }
    }

    /// Why the edit is worth nothing, where it is.
    pub(super) fn opens_nothing(&self, snapshot: &Snapshot) -> Option<String> {
        if !self.opened.is_empty() || self.opens_more_of_some() {
            return None;
        }
        let others: Vec<String> = self.others(snapshot).map(|(_, by, _)| by).collect();
        Some(if others.is_empty() {
            "leave it as it is: with what the identity policies grant in it, nothing more would pass".to_owned()
        } else {
            format!("leave it as it is: what it blocks stays blocked by {}", words::list(&others))
        })
    }

    /// Whether of some action that the boundary still blocks partly, more passes than before.
    fn opens_more_of_some(&self) -> bool {
        let stopped = stopped(self.after);
        let both = missing(self.before).and(&missing(self.after)).without(&stopped);
        both.iter().any(|action| match (of_boundary(self.before, action), of_boundary(self.after, action)) {
            (Some(then), Some(now)) => {
                now.extent < then.extent
                    || now.conditions != then.conditions
                    || now.allowed_on.iter().any(|one| !then.allowed_on.contains(one))
            }
            (None, _) | (_, None) => true,
        })
    }

    /// The other ceilings that stop some of what the boundary then allows: the layer, how it is called and who can change it,
    /// and what it stops, everywhere or partly.
    fn others(&self, snapshot: &Snapshot) -> impl Iterator<Item = (Layer, String, ActionSet)> {
        let layers = self.after.ceilings.iter().map(|(layer, _)| *layer).filter(|layer| *layer != Layer::Boundary);
        layers.filter_map(move |layer| {
            let entries = self.after.entries.iter().filter(|entry| entry.layer == layer);
            let set: ActionSet = entries.flat_map(|entry| entry.actions.iter().copied()).collect();
            let set = set.and(&self.allowed);
            let by = format!("the {} ({})", layer.words(), words::who(layer, snapshot, None));
            (!set.is_empty()).then_some((layer, by, set))
        })
    }

    /// The edit as a fix.
    pub(super) fn fix(&self, draft: &Draft, snapshot: &Snapshot, refused: &[String]) -> Fix {
        let Self { before, after, opened, .. } = self;
        let noun = if opened.len() == 1 { "action passes" } else { "actions pass" };
        let now = missing(after);
        let denied = denied(after).and(&self.allowed);
        let but = if denied.is_empty() { "" } else { ", but for what the boundary denies explicitly" };
        let mut summary = format!(
            "allow what the identity policies grant in {}. Checked: {} more {noun} then{but}",
            words::shown(&draft.document),
            opened.len()
        );
        if !now.is_empty() {
            summary += &format!(", and {} {} blocked", now.len(), if now.len() == 1 { "stays" } else { "stay" });
        }
        let mut fix = Fix {
            verified: self.verified(),
            kind: verify::kind(draft.base, Layer::Boundary, &draft.changes),
            document: draft.document.clone(),
            editable: true,
            account: snapshot.principal.account.clone(),
            summary,
            edited: draft.edited.clone(),
            newly_allowed: compressed(opened, &before.names),
            ..nothing()
        };
        let of_somebody = snapshot.principal.kind != PrincipalKind::Unknown;
        let beyond = of_somebody.then(|| missing(before).len() + self::denied(before).without(&missing(before)).len());
        fix.warnings.extend(escalate::escalation(draft, snapshot, None));
        fix.warnings.extend(warn::of_document(&fix, draft, snapshot, beyond));
        fix.editable = !fix.warnings.iter().any(|warning| matches!(warning.code, "permission-set" | "service-linked"));
        fix.warnings.extend(conditions_lost(before, opened));
        fix.warnings.extend(remains(after, refused));
        fix.warnings.extend(self.others(snapshot).map(|(layer, by, set)| self.stays(layer, &by, &set)));
        fix
    }

    /// What is left of the boundary's gap then, whichever ceiling makes it.
    fn verified(&self) -> Verified {
        let concerned = missing(self.before);
        let is_rest = |entry: &&Entry<'_>| {
            entry.layer == Layer::Boundary || entry.actions.iter().any(|one| concerned.contains(*one))
        };
        let mut blocked_by: Vec<Block> = Vec::new();
        let mut verdict = Verdict::Allowed;
        for entry in self.after.entries.iter().filter(is_rest) {
            if entry.extent == Extent::Everywhere {
                verdict = Verdict::Denied;
                if !blocked_by.iter().any(|block| block.layer == entry.layer) {
                    blocked_by.push(Block { layer: entry.layer, deny: entry.deny });
                }
            } else if verdict == Verdict::Allowed {
                verdict = Verdict::Undetermined;
            }
        }
        blocked_by.sort_by_key(|block| block.layer);
        Verified { verdict, blocked_by }
    }

    /// That another ceiling stops what the boundary then allows.
    fn stays(&self, layer: Layer, by: &str, set: &ActionSet) -> Warning {
        let entries =
            self.after.entries.iter().filter(|entry| entry.layer == layer && entry.extent == Extent::Everywhere);
        let everywhere: ActionSet = entries.flat_map(|entry| entry.actions.iter().copied()).collect();
        let wholly = set.and(&everywhere);
        let (count, partly) = if wholly.is_empty() { (set.len(), " partly") } else { (wholly.len(), "") };
        let named = compressed(if wholly.is_empty() { set } else { &wholly }, &self.after.names);
        let (noun, stay) = if count == 1 { ("action", "stays") } else { ("actions", "stay") };
        let text = format!("{count} {noun} {stay}{partly} blocked by {by}: {}", words::list(&named));
        warn::warning("remains", text)
    }
}

/// What nothing in the boundary allows.
fn missing(gap: &Gap<'_>) -> ActionSet {
    let entries = gap.entries.iter().filter(|entry| entry.layer == Layer::Boundary && entry.deny == DenyKind::Implicit);
    entries.flat_map(|entry| entry.actions.iter().copied()).collect()
}

/// What the boundary stops otherwise.
fn denied(gap: &Gap<'_>) -> ActionSet {
    let entries = gap.entries.iter().filter(|entry| entry.layer == Layer::Boundary && entry.deny == DenyKind::Explicit);
    entries.flat_map(|entry| entry.actions.iter().copied()).collect()
}

/// Of what nothing passes the ceilings.
fn stopped(gap: &Gap<'_>) -> ActionSet {
    gap.blocked.without(&gap.partly)
}

fn of_boundary<'g>(gap: &'g Gap<'g>, action: u32) -> Option<&'g Entry<'g>> {
    gap.entries.iter().find(|entry| entry.layer == Layer::Boundary && entry.actions.contains(&action))
}

/// What the boundary allowed under a condition alone, which nobody asks for then.
fn conditions_lost(before: &Gap<'_>, opened: &ActionSet) -> Option<Warning> {
    let mut lost: Vec<String> = Vec::new();
    for entry in before.entries.iter().filter(|entry| entry.layer == Layer::Boundary) {
        if entry.deny == DenyKind::Implicit && !entry.conditions.is_empty() {
            let actions: Vec<String> = entry
                .actions
                .iter()
                .filter(|action| opened.contains(**action))
                .map(|action| before.names.text(*action))
                .collect();
            if !actions.is_empty() {
                lost.push(format!("{} ({})", words::list(&actions), entry.conditions.join(" and ")));
            }
        }
    }
    let text = format!(
        "the boundary allows under a condition alone, which the added statements do not ask for: {}",
        words::list(&lost)
    );
    (!lost.is_empty()).then(|| warn::warning("condition-lost", text))
}

/// What the boundary stops for good.
fn remains(after: &Gap<'_>, refused: &[String]) -> Vec<Warning> {
    let mut list: Vec<Warning> = Vec::new();
    for entry in after.entries.iter().filter(|entry| entry.layer == Layer::Boundary) {
        let Some(by) = &entry.denied_by else { continue };
        let sid = by.statement.sid.as_deref().filter(|sid| !sid.is_empty());
        let sid = sid.map_or_else(String::new, |sid| format!(" ({sid})"));
        let text = format!("the Deny of Statement[{}]{sid} stays, and what it stops stays blocked", by.index);
        if !list.iter().any(|known| known.text == text) {
            list.push(warn::warning("deny-stays", text));
        }
    }
    list.extend(refused.iter().map(|why| warn::warning("not-added", format!("not added: {why}"))));
    list
}
