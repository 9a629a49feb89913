//! Edits of policy documents that keep the author's text: from changes of statements to the corrected document, an
//! RFC 6902 patch and a unified diff.
//!
//! A text is never written anew. Each change finds where its part stands and puts in, or takes out, only that, in the
//! layout that stands around it. What a change means is kept beside the text and compared with it in the end.
//!
//! Sources: RFC 6901 (JSON Pointer), RFC 6902 (JSON Patch); IAM User Guide, "Grammar of the IAM JSON policy language".

mod diff;
mod document;
mod habits;
mod items;
mod layout;
mod size;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod tree;

pub use size::size;

use serde_json::Value;

use super::{Change, Edited, NewStatement};
use crate::policy::{ParseError, Place};
use state::State;

/// Why a document is not edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is no policy document.
    #[error("{0}")]
    NoDocument(ParseError),
    /// AWS would refuse the document as it is, or a statement to be edited is not understood.
    #[error("line {}, column {}: {problem}; correct that first", place.line, place.column)]
    Unsound {
        /// Where.
        place: Place,
        /// What is wrong, in words.
        problem: String,
    },
    /// The document has no statement of that number.
    #[error("no statement number {}: the document has {count}", number + 1)]
    NoStatement {
        /// The number, counted from 0.
        number: usize,
        /// How many it has.
        count: usize,
    },
    /// A change does not fit its statement.
    #[error("statement number {}: {problem}", number + 1)]
    Unfit {
        /// The number, counted from 0.
        number: usize,
        /// Why not.
        problem: Problem,
    },
    /// The statement to be added is none.
    #[error("the new statement: {0}")]
    NewStatement(Problem),
    /// All of it is in the document already.
    #[error("nothing to change: the document is as it should be")]
    NothingToChange,
    /// A document without statements, which AWS refuses.
    #[error("no statement would be left, and AWS refuses such a document: delete the policy, or detach it")]
    NothingLeft,
    /// The text would not say what the patch says: it is not shown.
    #[error("the document cannot be edited safely in its own layout")]
    Inconsistent,
}

/// What is wrong with a statement for a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Its effect is another.
    #[error("its Effect is not \"{0}\"")]
    Effect(&'static str),
    /// It does not have the element, or has it without items.
    #[error("it has no `{0}`")]
    Without(String),
    /// The element is narrower than `*`.
    #[error("its `{0}` is not `*`: as `Not{0}` it would deny more than now")]
    Narrow(&'static str),
    /// It has two elements of which one excludes the other.
    #[error("`{0}` and `Not{0}` exclude each other")]
    Both(&'static str),
}

/// What is done to the lists of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Items go into the list under this path of names.
    Add(Vec<String>),
    RemoveActions,
    /// Items go into the `Not…` form of this element, which takes the place of one that is `*`.
    Except(&'static str),
}

impl Kind {
    /// The effect of the statements that it is for.
    fn of(change: &Change) -> Option<(Self, &'static str)> {
        let add = |path: &[&str]| Self::Add(path.iter().map(|&name| name.to_owned()).collect());
        Some(match change {
            Change::AddActions { .. } => (add(&["Action"]), "Allow"),
            Change::AddResources { .. } => (add(&["Resource"]), "Allow"),
            Change::AddPrincipals { .. } => (add(&["Principal", "AWS"]), "Allow"),
            Change::ExceptActions { .. } => (Self::Except("Action"), "Deny"),
            Change::AddValues { operator, key, .. } => (add(&["Condition", operator, key]), "Allow"),
            Change::ExceptPrincipals { operator, key, .. } => (add(&["Condition", operator, key]), "Deny"),
            Change::RemoveActions { .. } => (Self::RemoveActions, "Deny"),
            Change::ExceptResources { .. } => (Self::Except("Resource"), "Deny"),
            Change::AddStatement(_) => return None,
        })
    }
}

/// Makes the changes in a document whose text is `text`; the numbers of statements are those before all changes.
/// `name` stands in the header of the diff.
///
/// # Errors
/// Where the text is no sound policy document, where a change does not fit its statement, or where nothing changes.
pub fn edit(name: &str, text: &str, changes: &[Change]) -> Result<Edited, EditError> {
    let (state, _) = made(text, changes)?;
    finish(name, text, state)
}

/// The changes, by number, whose statement is not added because the document, with all the changes, says the same already.
pub(super) fn said_already(text: &str, changes: &[Change]) -> Vec<usize> {
    made(text, changes).map(|(_, said)| said).unwrap_or_default()
}

/// A document with changes, and the numbers of those that add nothing.
fn made(text: &str, changes: &[Change]) -> Result<(State, Vec<usize>), EditError> {
    let parts = merged(changes);
    let touched: Vec<usize> = parts.iter().map(|(statement, ..)| *statement).collect();
    document::check(text, &touched)?;
    let value: Value = serde_json::from_str(text).map_err(|_| EditError::Inconsistent)?;
    let mut state = State { text: text.to_owned(), value, patch: Vec::new() };
    let mut gone = Vec::new();
    for (statement, (kind, effect), items) in &parts {
        items::effect(&state, *statement, effect)?;
        match kind {
            Kind::Add(path) => items::add(&mut state, *statement, path, items)?,
            Kind::Except(name) => items::except(&mut state, *statement, name, items)?,
            Kind::RemoveActions => {
                if items::remove(&mut state, *statement, items)? {
                    gone.push(*statement);
                }
            }
        }
    }
    let mut said = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        if let Change::AddStatement(new) = change
            && !statement::add(&mut state, new, &gone)?
        {
            said.push(number);
        }
    }
    // Statements go last and from the end: until then numbers and the author's style stay.
    gone.sort_unstable();
    for number in gone.into_iter().rev() {
        statement::remove(&mut state, number)?;
    }
    Ok((state, said))
}

fn finish(name: &str, before: &str, state: State) -> Result<Edited, EditError> {
    if state.patch.is_empty() {
        return Err(EditError::NothingToChange);
    }
    if serde_json::from_str::<Value>(&state.text).ok().as_ref() != Some(&state.value) {
        return Err(EditError::Inconsistent);
    }
    let diff = diff::unified(name, before, &state.text);
    Ok(Edited { before: before.to_owned(), after: state.text, patch: Value::Array(state.patch), diff })
}

/// A statement, what is done to it, and the items.
type Part = (usize, (Kind, &'static str), Vec<String>);

/// The changes of statements, those of one kind and statement as one, in order.
fn merged(changes: &[Change]) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    for change in changes {
        let (Some((statement, items)), Some(kind)) = (change.parts(), Kind::of(change)) else { continue };
        match all.iter_mut().find(|(own, same, _)| *own == statement && *same == kind) {
            Some((_, _, list)) => list.extend(items.iter().cloned()),
            None => all.push((statement, kind, items.to_vec())),
        }
    }
    all
}
