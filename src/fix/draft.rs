//! A document with the changes that were found for it so far.

use std::rc::Rc;

use serde_json::Value;

use super::place::Place;
use super::{Change, Edited, FixedDocument, NewStatement, edit};
use crate::policy::{Document, State};
use crate::snapshot::{Layer, Policy};

/// Which document it is: the same one may stand in several places, and in the snapshots of several principals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A managed policy.
    Arn(String),
    /// A file.
    File(String),
    /// The copy, with this ARN, of a boundary that cannot be edited.
    Copy(String),
    /// A policy of this snapshot alone.
    Own(usize, Place),
}

/// How a document comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// It is there and is edited.
    Edited,
    /// It is there, cannot be edited, and is replaced by an edited copy.
    Copied,
    /// It is new.
    New,
}

/// The text that a new document starts from.
pub(super) const EMPTY: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}";

/// A document with its changes.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Which document.
    pub(super) key: Key,
    /// The layer for which it is changed.
    pub(super) layer: Layer,
    /// Where it stands, by number of snapshot.
    pub(super) places: Vec<(usize, Place)>,
    /// The policy that stands there once it is edited, but for its document.
    pub(super) policy: Policy,
    /// What users are told of it.
    pub(super) document: FixedDocument,
    /// How it comes to be.
    pub(super) base: Base,
    /// The text before.
    pub(super) text: String,
    /// The changes, by numbers of the statements of `text`.
    pub(super) changes: Vec<Change>,
    /// The changes made.
    pub(super) edited: Option<Rc<Edited>>,
}

/// Where a statement of the changed document comes from.
pub(super) enum Origin {
    /// It was there, with this number.
    Old(usize),
    /// It is the one that the change with this number adds.
    Added(usize),
}

impl Draft {
    /// The changes with one more, which counts the statements of the changed document.
    pub(super) fn with(&self, more: &[Change]) -> Option<Vec<Change>> {
        let own = self.without_said();
        let mut changes = own.changes.clone();
        for change in more {
            own.add(&mut changes, change)?;
        }
        Some(changes)
    }

    /// Without the statements that stand in the document already: once the one that says the same says something else, they
    /// would come back.
    fn without_said(&self) -> Self {
        let said = edit::said_already(&self.text, &self.changes);
        let kept = self.changes.iter().enumerate().filter(|(number, _)| !said.contains(number));
        Self { changes: kept.map(|(_, change)| change.clone()).collect(), ..self.clone() }
    }

    fn add(&self, changes: &mut Vec<Change>, change: &Change) -> Option<()> {
        let Some((statement, _)) = change.parts() else {
            if !changes.iter_mut().any(|known| takes_in(known, change)) {
                changes.push(change.clone());
            }
            return Some(());
        };
        let at = self.origin(statement)?;
        match at {
            Origin::Old(number) => {
                let moved = renumbered(change, number);
                match changes.iter_mut().find(|known| same_kind(known, &moved)) {
                    Some(known) => extend(known, &moved),
                    None => {
                        // What is added stands behind what is changed.
                        let behind = changes.iter().position(|known| matches!(known, Change::AddStatement(_)));
                        changes.insert(behind.unwrap_or(changes.len()), moved);
                    }
                }
                Some(())
            }
            Origin::Added(number) => {
                let Some(Change::AddStatement(added)) = changes.get_mut(number) else { return None };
                amend(added, change)?;
                if added.actions.is_empty() && added.not_actions.is_none() {
                    changes.remove(number);
                }
                Some(())
            }
        }
    }

    /// Where a statement of the document as it is changed now comes from; of those that are added, the number is that of the
    /// changes that say something.
    pub(super) fn origin(&self, statement: usize) -> Option<Origin> {
        let before = Document::parse(&self.text).ok()?;
        let is_gone = |number: usize| {
            let removed = self
                .changes
                .iter()
                .find(|change| matches!(change, Change::RemoveActions { statement, .. } if *statement == number));
            let removed = removed.and_then(Change::parts).map(|(_, actions)| actions.len());
            let there = before.statements.get(number).map(|one| &one.action);
            matches!((removed, there), (Some(removed), Some(there))
                if there.state == State::Given && removed >= there.patterns.len())
        };
        let kept: Vec<usize> = (0..before.statements.len()).filter(|number| !is_gone(*number)).collect();
        if let Some(old) = kept.get(statement) {
            return Some(Origin::Old(*old));
        }
        let added = self.changes.iter().enumerate().filter(|(_, change)| matches!(change, Change::AddStatement(_)));
        added.map(|(number, _)| Origin::Added(number)).nth(statement - kept.len())
    }

    /// The document with these changes; `None` where it cannot be edited so, or nothing would be left in it.
    pub(super) fn edit(&self, changes: &[Change]) -> Option<(Edited, Document)> {
        let edited = edit::edit(&self.document.name, &self.text, changes).ok()?;
        let document = Document::parse(&edited.after).ok().filter(|document| !document.statements.is_empty())?;
        let edited = match self.base {
            Base::Edited => edited,
            Base::New | Base::Copied => from_nothing(&self.document.name, edited, self.base),
        };
        Some((edited, document))
    }
}

/// An edit of a document that did not exist is the whole document.
fn from_nothing(name: &str, edited: Edited, base: Base) -> Edited {
    // A copy differs from what it is a copy of by the edit, and that is what there is to see.
    if base == Base::Copied {
        return edited;
    }
    let value: Value = serde_json::from_str(&edited.after).unwrap_or_default();
    let lines: Vec<&str> = edited.after.lines().collect();
    let label: String = name.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    let added: String = lines.iter().map(|line| format!("+{line}\n")).collect();
    let ending = if edited.after.ends_with('\n') { "" } else { "\\ No newline at end of file\n" };
    Edited {
        before: String::new(),
        patch: serde_json::json!([{"op": "add", "path": "", "value": value}]),
        diff: format!("--- /dev/null\n+++ b/{label}\n@@ -0,0 +1,{} @@\n{added}{ending}", lines.len()),
        after: edited.after,
    }
}

/// Whether a statement that is added says what another one does, or comes to say it by a few more resources.
fn takes_in(known: &mut Change, new: &Change) -> bool {
    let (Change::AddStatement(known), Change::AddStatement(new)) = (known, new) else { return false };
    let same = NewStatement { resources: known.resources.clone(), sid: known.sid.clone(), ..new.clone() } == *known;
    match (&mut known.resources, &new.resources) {
        (Some(own), Some(more)) if same && new.effect == "Deny" => union(own, more.clone(), false),
        (own, more) => return same && own == more,
    }
    true
}

fn renumbered(change: &Change, number: usize) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::AddActions { statement, .. }
        | Change::AddResources { statement, .. }
        | Change::RemoveActions { statement, .. }
        | Change::ExceptResources { statement, .. }
        | Change::ExceptActions { statement, .. }
        | Change::AddPrincipals { statement, .. }
        | Change::AddValues { statement, .. }
        | Change::ExceptPrincipals { statement, .. } => *statement = number,
        Change::AddStatement(_) => {}
    }
    change
}

/// Whether they put items into, or take them out of, the same list.
fn same_kind(one: &Change, other: &Change) -> bool {
    let (Some((left, _)), Some((right, _))) = (one.parts(), other.parts()) else { return false };
    let same_condition = match (one, other) {
        (
            Change::ExceptPrincipals { operator, key, .. },
            Change::ExceptPrincipals { operator: other_operator, key: other_key, .. },
        )
        | (
            Change::AddValues { operator, key, .. },
            Change::AddValues { operator: other_operator, key: other_key, .. },
        ) => operator == other_operator && key == other_key,
        _ => true,
    };
    left == right && std::mem::discriminant(one) == std::mem::discriminant(other) && same_condition
}

fn extend(known: &mut Change, more: &Change) {
    let Some((_, items)) = more.parts() else { return };
    let items = items.to_vec();
    match known {
        Change::AddActions { actions, .. }
        | Change::RemoveActions { actions, .. }
        | Change::ExceptActions { actions, .. } => union(actions, items, true),
        Change::AddResources { resources: list, .. }
        | Change::ExceptResources { resources: list, .. }
        | Change::AddPrincipals { principals: list, .. }
        | Change::AddValues { values: list, .. }
        | Change::ExceptPrincipals { principals: list, .. } => union(list, items, false),
        Change::AddStatement(_) => {}
    }
}

/// Changes a statement that is about to be added; `None` where that makes no sense.
fn amend(added: &mut NewStatement, change: &Change) -> Option<()> {
    match change {
        Change::AddActions { actions, .. } => union(&mut added.actions, actions.clone(), true),
        Change::AddResources { resources, .. } => union(added.resources.as_mut()?, resources.clone(), false),
        Change::ExceptResources { resources, .. } => union(added.not_resources.as_mut()?, resources.clone(), false),
        Change::ExceptActions { actions, .. } => union(added.not_actions.as_mut()?, actions.clone(), true),
        Change::RemoveActions { actions, .. } => {
            added.actions.retain(|own| !actions.iter().any(|gone| gone.eq_ignore_ascii_case(own)));
        }
        Change::AddPrincipals { principals, .. } => {
            list_in(added.principal.as_mut()?, &["AWS"], principals)?;
        }
        Change::ExceptPrincipals { operator, key, principals: items, .. }
        | Change::AddValues { operator, key, values: items, .. } => {
            list_in(added.condition.as_mut()?, &[operator, key], items)?;
        }
        Change::AddStatement(_) => return None,
    }
    Some(())
}

/// Puts strings into the list (or behind the string) that stands in an object under a path of names.
pub(super) fn list_in(value: &mut Value, path: &[&str], more: &[String]) -> Option<()> {
    let mut at = value;
    for name in path {
        at = at.as_object_mut()?.get_mut(*name)?;
    }
    let own = at.as_array().map_or_else(|| std::slice::from_ref(&*at), Vec::as_slice);
    let mut all: Vec<String> = own.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    union(&mut all, more.to_vec(), false);
    *at = Value::from(all);
    Some(())
}

fn union(list: &mut Vec<String>, more: Vec<String>, fold_case: bool) {
    for item in more {
        let is_it = |own: &String| if fold_case { own.eq_ignore_ascii_case(&item) } else { *own == item };
        if !list.iter().any(is_it) {
            list.push(item);
        }
    }
}
