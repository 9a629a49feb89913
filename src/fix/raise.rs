//! The boundary that lets pass what the identity policies grant: their own actions, resources and conditions added to it.
//! What it denies explicitly stays denied. Proven by the gap of the edited boundary.

use super::draft::Draft;
use super::edit::size;
use super::place::Place;
use super::work::Work;
use super::{
    Change, Fix, FixKind, FixedDocument, NewStatement, Verified, Warning, allow, escalate, verify, warn, words,
};
use crate::catalogue;
use crate::derive::{self, Given};
use crate::eval::{Block, DenyKind, Verdict};
use crate::gap::{Decider, Entry, Gap, compressed, gap};
use crate::policy::{Document, Effect, State, Statement, Version};
use crate::principal::PrincipalKind;
use crate::reach::{ActionSet, Catalogued, Extent};
use crate::request::{Action, Resource};
use crate::snapshot::{Layer, Snapshot};

/// What would close the gap that the permissions boundary makes; `None` where it makes none.
pub fn raise(found: &Gap<'_>, snapshot: &Snapshot, given: &Given) -> Option<Fix> {
    let entries: Vec<&Entry<'_>> = found.entries.iter().filter(|entry| entry.layer == Layer::Boundary).collect();
    entries.first()?;
    let base = vec![snapshot];
    let mut work = Work { asks: &[], base, of: Vec::new(), now: vec![snapshot.clone()], drafts: Vec::new() };
    let place = Place { layer: Layer::Boundary, reading: 0, level: 0, policy: 0 };
    let request = derive::request(given, Action::every(), Resource::any(), false, snapshot);
    let number = match work.draft_at(0, place, Layer::Boundary, &request) {
        Ok(number) => number,
        Err(why) => return Some(left(why, None, &entries)),
    };
    let document = work.document(number)?;
    let described = work.drafts.get(number).map(|draft| draft.document.clone());
    let Additions { changes, refused } = additions(found, &entries, &document);
    if changes.is_empty() {
        let why = refused.into_iter().next().unwrap_or_else(|| {
            "leave it as it is: what it stops it denies explicitly, and somebody did that on purpose".to_owned()
        });
        return Some(left(why, described, &entries));
    }
    if !work.change(number, changes) {
        let why = "add what the identity policies grant by hand: the document cannot be edited safely".to_owned();
        return Some(left(why, described, &entries));
    }
    let draft = work.drafts.get(number)?;
    let large = draft.edited.as_ref().map_or(0, |edited| size(&edited.after));
    if let Some(room) = work.room(draft).filter(|room| large > *room) {
        let mut fix = left(too_large(large, room), described, &entries);
        fix.warnings.push(warn::warning("too-large", too_large(large, room)));
        return Some(fix);
    }
    let after = gap(work.now.first()?, given);
    Some(proven(draft, found, &after, snapshot, &refused))
}

fn too_large(large: usize, room: usize) -> String {
    format!(
        "make room in the boundary first: with what the identity policies grant it would have {large} characters, and AWS \
         accepts {room}; a boundary cannot be split"
    )
}

/// The changes, and why some of what is granted is not among them.
struct Additions {
    changes: Vec<Change>,
    refused: Vec<String>,
}

/// What of the identity policies has to be in the boundary as well.
fn additions(found: &Gap<'_>, entries: &[&Entry<'_>], document: &Document) -> Additions {
    let mut granting: Vec<(Decider<'_>, ActionSet)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.deny == DenyKind::Implicit) {
        for by in &entry.granted_by {
            let is_it = |known: &Decider<'_>| std::ptr::eq(known.statement, by.statement);
            match granting.iter_mut().find(|(known, _)| is_it(known)) {
                Some((_, set)) => entry.actions.iter().for_each(|action| set.insert(*action)),
                None => granting.push((*by, entry.actions.iter().copied().collect())),
            }
        }
    }
    let mut additions = Additions { changes: Vec::new(), refused: Vec::new() };
    for (by, blocked) in granting {
        match addition(found, &by, &blocked, document) {
            Ok(change) => merge(&mut additions.changes, change),
            Err(why) => additions.refused.push(format!("{}, Statement[{}], {why}", by.policy.name, by.index)),
        }
    }
    additions
}

/// What one statement grants, as a change of the boundary.
fn addition(
    found: &Gap<'_>,
    by: &Decider<'_>,
    blocked: &ActionSet,
    boundary: &Document,
) -> Result<Change, &'static str> {
    let (own, granted) = (by.document, by.statement);
    if granted.action.state != State::Given || granted.effect != Effect::Allow || granted.doubtful {
        return Err("is not understood: correct it first");
    }
    if granted.action.negated {
        return Err(
            "grants by NotAction, which no statement of a boundary should repeat: name the actions that are needed",
        );
    }
    let is_blocked = |text: &String| {
        let unknown = || found.names.unknowns().filter(|action| blocked.contains(*action));
        !Catalogued::get().matching(text).and(blocked).is_empty()
            || unknown().any(|action| found.names.text(action).eq_ignore_ascii_case(text))
    };
    let written = granted.action.patterns.iter().filter_map(|pattern| own.written(pattern.span));
    let mut actions: Vec<String> = Vec::new();
    for text in written.filter(|text| !is_slip(text)).filter(is_blocked) {
        if !actions.iter().any(|known| known.eq_ignore_ascii_case(&text)) {
            actions.push(text);
        }
    }
    if actions.is_empty() {
        return Err("grants what the catalogue does not know: most likely a slip of the hand");
    }
    let resources = resources(own, granted).ok_or("names its resources in a way that is not understood")?;
    let condition = allow::element(own, granted, "Condition");
    let uses_variables = resources.iter().any(|text| text.contains("${"))
        || condition.as_ref().is_some_and(|condition| condition.to_string().contains("${"));
    if uses_variables && own.version != boundary.version {
        return Err("uses policy variables, which the boundary's Version does not know in the same way");
    }
    let at =
        boundary.statements.iter().position(|one| extends(boundary, one, granted, &resources, condition.is_some()));
    if let Some(statement) = at {
        return Ok(Change::AddActions { statement, actions });
    }
    let negated = granted.resource.negated;
    Ok(Change::AddStatement(NewStatement {
        sid: Some(allow::sid(boundary, "Allow", &actions)),
        effect: "Allow",
        principal: None,
        actions,
        resources: (!negated).then(|| resources.clone()),
        not_resources: negated.then_some(resources),
        condition,
    }))
}

/// Whether the catalogue does not know the action and knows one much like it: nobody is helped by a policy that allows it.
fn is_slip(text: &str) -> bool {
    !text.contains(['*', '?']) && catalogue::action(text).is_none() && !catalogue::similar_action(text).is_empty()
}

fn resources(document: &Document, statement: &Statement) -> Option<Vec<String>> {
    let element = &statement.resource;
    let texts: Vec<String> = element.patterns.iter().filter_map(|pattern| document.written(pattern.span)).collect();
    (element.state == State::Given && texts.len() == element.patterns.len() && !texts.is_empty()).then_some(texts)
}

/// Whether a statement of the boundary allows other actions on the same resources, without conditions.
fn extends(boundary: &Document, one: &Statement, granted: &Statement, resources: &[String], conditioned: bool) -> bool {
    let same = || {
        self::resources(boundary, one)
            .is_some_and(|own| own.len() == resources.len() && own.iter().all(|text| resources.contains(text)))
    };
    one.effect == Effect::Allow
        && !one.doubtful
        && one.action.state == State::Given
        && !one.action.negated
        && !one.action.patterns.is_empty()
        && one.conditions.is_empty()
        && !conditioned
        && one.resource.negated == granted.resource.negated
        && (boundary.version != Version::Unknown)
        && same()
}

/// Adds a change, or its actions to one that differs in nothing else.
fn merge(changes: &mut Vec<Change>, change: Change) {
    let add = |own: &mut Vec<String>, more: &[String]| {
        for text in more {
            if !own.iter().any(|known| known.eq_ignore_ascii_case(text)) {
                own.push(text.clone());
            }
        }
    };
    for known in changes.iter_mut() {
        match (known, &change) {
            (Change::AddActions { statement, actions }, Change::AddActions { statement: same, actions: more })
                if statement == same =>
            {
                return add(actions, more);
            }
            (Change::AddStatement(own), Change::AddStatement(more)) => {
                let alike = own.resources == more.resources
                    && own.not_resources == more.not_resources
                    && own.condition == more.condition;
                if alike {
                    return add(&mut own.actions, &more.actions);
                }
            }
            _ => {}
        }
    }
    let mut change = change;
    if let Change::AddStatement(new) = &mut change {
        new.sid = free(std::mem::take(&mut new.sid), changes);
    }
    changes.push(change);
}

/// The `Sid`, with a number behind it where an added statement has it already.
fn free(sid: Option<String>, changes: &[Change]) -> Option<String> {
    let sid = sid?;
    let taken = |name: &str| {
        changes.iter().any(|change| matches!(change, Change::AddStatement(own) if own.sid.as_deref() == Some(name)))
    };
    let numbered = (2..).map(|number| format!("{sid}x{number}"));
    std::iter::once(sid.clone()).chain(numbered).find(|name| !taken(name))
}

/// The edit with what the gap is after it.
fn proven(draft: &Draft, before: &Gap<'_>, after: &Gap<'_>, snapshot: &Snapshot, refused: &[String]) -> Fix {
    let of_boundary = |gap: &Gap<'_>, implicit: bool| -> ActionSet {
        let entries = gap.entries.iter().filter(|entry| entry.layer == Layer::Boundary);
        let wanted = entries.filter(|entry| !implicit || entry.deny == DenyKind::Implicit);
        wanted.flat_map(|entry| entry.actions.iter().copied()).collect()
    };
    let (then, now) = (of_boundary(before, true), of_boundary(after, true));
    let opened = then.without(&now);
    let denied = of_boundary(after, false);
    let (still, noun) = (denied.and(&opened), if opened.len() == 1 { "action" } else { "actions" });
    let shown = words::shown(&draft.document);
    let but = if still.is_empty() { "" } else { ", but for what the boundary denies explicitly" };
    let mut summary = format!(
        "allow what the identity policies grant in {shown}. Checked: {} more {noun} pass then{but}",
        opened.len()
    );
    if !now.is_empty() {
        summary += &format!(", and {} stay blocked", now.len());
    }
    let rest: Vec<&Entry<'_>> = after.entries.iter().filter(|entry| entry.layer == Layer::Boundary).collect();
    let verdict = match rest.as_slice() {
        [] => Verdict::Allowed,
        some if some.iter().all(|entry| entry.extent == Extent::Partly) => Verdict::Undetermined,
        _ => Verdict::Denied,
    };
    let everywhere = rest.iter().find(|entry| entry.extent == Extent::Everywhere).map(|entry| entry.deny);
    let mut fix = Fix {
        verified: Verified {
            verdict,
            blocked_by: everywhere.map(|deny| Block { layer: Layer::Boundary, deny }).into_iter().collect(),
        },
        kind: verify::kind(draft.base, Layer::Boundary, &draft.changes),
        document: draft.document.clone(),
        editable: true,
        account: snapshot.principal.account.clone(),
        summary,
        edited: draft.edited.clone(),
        newly_allowed: compressed(&opened, &before.names),
        ..nothing()
    };
    let of_somebody = snapshot.principal.kind != PrincipalKind::Unknown;
    let beyond = of_somebody.then(|| of_boundary(before, false).len());
    fix.warnings.extend(escalate::escalation(draft, snapshot));
    fix.warnings.extend(warn::of_document(&fix, draft, snapshot, beyond));
    fix.editable = !fix.warnings.iter().any(|warning| matches!(warning.code, "permission-set" | "service-linked"));
    fix.warnings.extend(conditions_lost(before, &opened));
    fix.warnings.extend(remains(after, refused));
    fix
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

/// That nothing is edited, and what to do.
fn left(why: String, document: Option<FixedDocument>, entries: &[&Entry<'_>]) -> Fix {
    let deny = entries.first().map_or(DenyKind::Implicit, |entry| entry.deny);
    let verified = Verified { verdict: Verdict::Denied, blocked_by: vec![Block { layer: Layer::Boundary, deny }] };
    Fix { summary: why, document: document.unwrap_or_else(verify::nameless), verified, ..nothing() }
}

fn nothing() -> Fix {
    Fix {
        layer: Layer::Boundary,
        kind: FixKind::Nothing,
        document: verify::nameless(),
        editable: false,
        account: None,
        summary: String::new(),
        edited: None,
        verified: Verified { verdict: Verdict::Denied, blocked_by: Vec::new() },
        switched: Vec::new(),
        newly_allowed: Vec::new(),
        warnings: Vec::new(),
        same_as: None,
    }
}
