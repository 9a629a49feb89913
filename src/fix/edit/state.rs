//! A document while it is edited: its text, what the text means, and the operations so far.
//!
//! Text and meaning are changed side by side and compared in the end, so that a patch never says anything else than the
//! text does.

use serde_json::{Value, json};

use super::EditError;
use super::tree::Range;

/// A step into a document: the name of a member, or the number of an item.
pub(super) type Path = Vec<String>;

/// One operation of RFC 6902.
#[derive(Debug)]
pub(super) enum Op {
    Add(Path, Value),
    Replace(Path, Value),
    Remove(Path),
}

/// The document between two changes.
#[derive(Debug)]
pub(super) struct State {
    /// The text.
    pub text: String,
    /// What it means.
    pub value: Value,
    /// How it came to be.
    pub patch: Vec<Value>,
}

impl State {
    /// Replaces a part of the text by another.
    pub(super) fn splice(&mut self, at: Range, new: &str) -> Result<(), EditError> {
        if self.text.get(at.clone()).is_none() {
            return Err(EditError::Inconsistent);
        }
        self.text.replace_range(at, new);
        Ok(())
    }

    /// Does to the meaning what was done to the text.
    pub(super) fn record(&mut self, op: Op) -> Result<(), EditError> {
        let written = match &op {
            Op::Add(path, value) => json!({"op": "add", "path": pointer(path), "value": value}),
            Op::Replace(path, value) => json!({"op": "replace", "path": pointer(path), "value": value}),
            Op::Remove(path) => json!({"op": "remove", "path": pointer(path)}),
        };
        apply(&mut self.value, op).ok_or(EditError::Inconsistent)?;
        self.patch.push(written);
        Ok(())
    }
}

fn apply(root: &mut Value, op: Op) -> Option<()> {
    let (mut path, value, insert) = match op {
        Op::Add(path, value) => (path, Some(value), true),
        Op::Replace(path, value) => (path, Some(value), false),
        Op::Remove(path) => (path, None, false),
    };
    let last = path.pop()?;
    let parent = root.pointer_mut(&pointer(&path))?;
    match (parent, value) {
        (Value::Object(members), Some(value)) => {
            let before = members.insert(last, value);
            (insert || before.is_some()).then_some(())
        }
        (Value::Object(members), None) => members.remove(&last).map(|_| ()),
        (Value::Array(items), Some(value)) => {
            let at: usize = last.parse().ok()?;
            if insert {
                (at <= items.len()).then(|| items.insert(at, value))
            } else {
                items.get_mut(at).map(|item| *item = value)
            }
        }
        (Value::Array(items), None) => {
            let at: usize = last.parse().ok()?;
            (at < items.len()).then(|| drop(items.remove(at)))
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => None,
    }
}

/// A path as RFC 6901 writes it.
pub(super) fn pointer(path: &[String]) -> String {
    path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}
