//! The boundary that lets pass what the identity policies grant: their own actions, resources and conditions added to it.
//! What it denies explicitly stays denied. Proven by the gap of the edited boundary.

mod proof;

use super::edit::size;
use super::place::Place;
use super::work::Work;
use super::{Change, Fix, FixKind, FixedDocument, NewStatement, Verified, allow, warn};
use crate::catalogue::{self, ActionSet, Catalogued};
use crate::derive::{self, Given};
use crate::eval::{Block, DenyKind, Verdict};
use crate::gap::{Decider, Entry, Gap, gap};
use crate::policy::{Document, Effect, State, Statement, Version, actions_matching};
use crate::request::{Action, Resource};
use crate::snapshot::{Layer, Snapshot};
use proof::Proof;

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
    let proof = Proof::new(found, &after);
    if let Some(why) = proof.opens_nothing(snapshot) {
        return Some(left(why, described, &entries));
    }
    Some(proof.fix(draft, snapshot, &refused))
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
        !actions_matching(text).and(blocked).is_empty()
            || unknown().any(|action| found.names.text(action).eq_ignore_ascii_case(text))
    };
    let written = granted.action.patterns.iter().filter_map(|pattern| own.written(pattern.span));
    let mut actions: Vec<String> = Vec::new();
    for text in written.filter(|text| !is_slip(text)).filter(is_blocked) {
        for text in of_services(text, blocked) {
            if !actions.iter().any(|known| known.eq_ignore_ascii_case(&text)) {
                actions.push(text);
            }
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
        not_actions: None,
        resources: (!negated).then(|| resources.clone()),
        not_resources: negated.then_some(resources),
        condition,
    }))
}

/// A pattern of all services, as those of the services of which it grants something that is blocked: a boundary that says
/// `*` is none. As it is, where they are many.
fn of_services(text: String, blocked: &ActionSet) -> Vec<String> {
    const SERVICES: usize = 20;
    let Some(name) = (if text == "*" { Some("*") } else { text.strip_prefix("*:") }) else { return vec![text] };
    let blocked = actions_matching(&text).and(blocked);
    let all = Catalogued::get().services().iter();
    let services: Vec<&str> = all.filter(|(_, range)| blocked.count_in(range) > 0).map(|(prefix, _)| *prefix).collect();
    if services.is_empty() || services.len() > SERVICES {
        return vec![text];
    }
    services.into_iter().map(|prefix| format!("{prefix}:{name}")).collect()
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

/// That nothing is edited, and what to do.
fn left(why: String, document: Option<FixedDocument>, entries: &[&Entry<'_>]) -> Fix {
    let deny = entries.first().map_or(DenyKind::Implicit, |entry| entry.deny);
    let verified = Verified { verdict: Verdict::Denied, blocked_by: vec![Block { layer: Layer::Boundary, deny }] };
    Fix { summary: why, document: document.unwrap_or_default(), verified, ..nothing() }
}

fn nothing() -> Fix {
    Fix {
        layer: Layer::Boundary,
        kind: FixKind::Nothing,
        document: FixedDocument::default(),
        editable: false,
        account: None,
        summary: String::new(),
        edited: None,
        verified: Verified { verdict: Verdict::Denied, blocked_by: Vec::new() },
        switched: Vec::new(),
        newly_allowed: Vec::new(),
        warnings: Vec::new(),
        same_as: None,
        apart: false,
    }
}

#[cfg(test)]
mod tests {
    use super::of_services;
    use crate::catalogue::ActionSet;
    use crate::policy::actions_matching;

    #[test]
    fn a_pattern_of_all_services_names_those_that_are_blocked() {
        let check = |text: &str, blocked: &[&str], expected: &[&str]| {
            let mut set = ActionSet::new();
            blocked.iter().for_each(|pattern| set.insert_all(&actions_matching(pattern)));
            assert_eq!(of_services(text.to_owned(), &set), expected, "{text} where {blocked:?} is blocked");
        };
        check("*", &["iam:CreateRole", "account:*"], &["account:*", "iam:*"]);
        check("*:Describe*", &["ec2:*", "iam:*"], &["ec2:Describe*"]);
        check("*", &["*"], &["*"]);
        check("ec2:*", &["ec2:Describe*"], &["ec2:*"]);
    }
}
