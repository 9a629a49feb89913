//! The fixes of many denials that nobody asked for one by one: what harms nobody becomes one edit a document, and what opens
//! a way to more permissions, or undoes part of a Deny, is an edit of its own that somebody has to decide.

use super::escalate::ESCALATING;
use super::plan::plan_some;
use super::warn::warning;
use super::{Ask, Fix, FixKind, FixedDocument};
use crate::eval::{DenyKind, Verdict};
use crate::request::Resource;
use crate::snapshot::Layer;

/// As [`super::plan`], but what has to be decided is kept apart: by action, each with the edits that it needs.
pub fn plan_apart(asks: &[Ask<'_>]) -> Vec<Vec<Fix>> {
    let denied = |at: &usize| asks.get(*at).is_some_and(|ask| ask.decision.verdict == Verdict::Denied);
    let (mut apart, mut together): (Vec<usize>, Vec<usize>) =
        (0..asks.len()).filter(denied).partition(|at| asks.get(*at).is_some_and(has_to_be_decided));
    let mut all = loop {
        let found = plan_some(asks, &together);
        // A statement that is extended may be about more than what was asked.
        let is_risky = |at: &usize| found.get(*at).is_some_and(|fixes| fixes.iter().any(is_risk));
        let (risky, rest): (Vec<usize>, Vec<usize>) = together.into_iter().partition(is_risky);
        together = rest;
        if risky.is_empty() {
            break found;
        }
        apart.extend(risky);
    };
    apart.sort_unstable();
    let name = |at: usize| asks.get(at).map(|ask| ask.request.action.lower.as_str());
    while let Some(first) = apart.first().copied() {
        let unit: Vec<usize> = apart.extract_if(.., |at| name(*at) == name(first)).collect();
        for (known, fixes) in all.iter_mut().zip(plan_some(asks, &unit)) {
            if !fixes.is_empty() {
                *known = fixes;
                known.iter_mut().for_each(|fix| fix.apart = true);
            }
        }
    }
    tell(&mut all);
    all
}

/// Whether every edit that lets the request pass is one that somebody has to decide.
fn has_to_be_decided(ask: &Ask<'_>) -> bool {
    let named = matches!(&ask.request.resource, Resource::Exact(text) if !text.contains('*'));
    let action = &ask.request.action.lower;
    let escalates = ESCALATING.iter().any(|name| name.eq_ignore_ascii_case(action));
    // Assuming one role that was named is what roles are for.
    let harmless = named && action == "sts:assumerole";
    escalates && !harmless || ask.decision.blocked_by.iter().any(|block| block.deny == DenyKind::Explicit)
}

fn is_risk(fix: &Fix) -> bool {
    fix.kind == FixKind::NarrowDeny || fix.warnings.iter().any(|warning| warning.code == "escalation")
}

/// Says of edits apart that change a document which another edit changes too, that they are no edits of the edited one.
fn tell(all: &mut [Vec<Fix>]) {
    let documents: Vec<(Layer, FixedDocument)> = all.iter().flatten().filter_map(edited).collect();
    for fix in all.iter_mut().flatten().filter(|fix| fix.apart) {
        let is_edited_again =
            edited(fix).is_some_and(|own| documents.iter().filter(|document| **document == own).count() > 1);
        if is_edited_again {
            let text = format!(
                "this is an edit of {} as it was read, without the other edits of it: make one of them, then ask again",
                super::words::shown(&fix.document)
            );
            fix.warnings.push(warning("edited-apart", text));
        }
    }
}

/// The document that a fix edits, once for each edit.
fn edited(fix: &Fix) -> Option<(Layer, FixedDocument)> {
    let is_edit = fix.edited.is_some() && fix.same_as.is_none();
    is_edit.then(|| (fix.layer, fix.document.clone()))
}
