//! Entries of an account's lists that are not of the shape that they should have: of each of these only the ARN is read,
//! where that can be, and the rest is read as if nothing were wrong.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::SourceError;
use super::files::shown_path;
use crate::principal::Principal;
use crate::snapshot::{BrokenEntry, Layer, Reading, Snapshot, Source, Unread};

/// What is wrong with an entry.
pub(super) const SHAPE: &str = "a field is missing, or holds another kind of value than it should";

/// A list of a source.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    /// Of a list of principals: whether an ARN is one of theirs.
    pub(super) holds: Option<fn(&str) -> bool>,
}

/// An entry that could not be read.
#[derive(Debug)]
pub(super) struct Broken<'a> {
    list: &'static List,
    /// Its number in the list, from 0.
    number: usize,
    arn: Option<String>,
    /// Its text, and the line of it, from 0, on which something is wrong, with the column, from 1.
    text: &'a str,
    line: usize,
    column: usize,
}

impl Broken<'_> {
    /// Whether it stands in this list.
    pub(super) fn is_in(&self, list: &List) -> bool {
        self.list.name == list.name
    }

    /// Where it stands, `principals[2]`.
    pub(super) fn at(&self) -> String {
        format!("{}[{}]", self.list.name, self.number)
    }

    /// Whether it may be any role or user.
    fn hides_principal(&self) -> bool {
        self.list.holds.is_some_and(|holds| !self.arn.as_deref().is_some_and(holds))
    }

    /// As an audit tells it; `line_of` tells the line of a part of the source's text.
    pub(super) fn told(&self, line_of: impl Fn(&str) -> Option<usize>) -> BrokenEntry {
        BrokenEntry {
            at: self.at(),
            hides_principal: self.hides_principal(),
            arn: self.arn.clone(),
            problem: SHAPE,
            line: line_of(self.text).map(|line| line + self.line),
            text: self.text.to_owned(),
        }
    }

    /// Where in the file at `path`, whose text is `whole`, it is broken.
    fn error(&self, path: &str, whole: &str) -> SourceError {
        let at = (self.text.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
        let before = at.and_then(|at| whole.get(..at)).unwrap_or_default();
        let indent = before.rsplit('\n').next().map_or(0, str::len);
        let column = if self.line == 0 { indent + self.column } else { self.column };
        let line = before.matches('\n').count() + self.line + 1;
        SourceError::Entry { path: shown_path(path).to_owned(), line, column: column.max(1), problem: SHAPE }
    }
}

/// An entry of a list whose ARN, which stands on a line of the source's file, is that of nobody.
pub(super) fn of_nobody(list: &str, arn: &str, problem: &'static str, line: Option<usize>) -> BrokenEntry {
    let (at, text) = (list.to_owned(), arn.to_owned());
    BrokenEntry { at, arn: Some(text.clone()), problem, line, hides_principal: true, text }
}

/// That nobody of the name is there, unless an entry without a readable ARN may be it. `whole` is the text of the file.
pub(super) fn may_hide(path: &str, whole: &str, broken: &[Broken<'_>], error: SourceError) -> SourceError {
    let hiding = broken.iter().find(|broken| broken.hides_principal());
    match (error, hiding) {
        (SourceError::NoSuchPrincipal { .. }, Some(broken)) => broken.error(path, whole),
        (error, _) => error,
    }
}

/// Where the entry of an ARN is broken. `whole` is the text of the file.
pub(super) fn refused(path: &str, whole: &str, broken: &[Broken<'_>], arn: &str) -> SourceError {
    let its = broken.iter().find(|broken| broken.arn.as_deref() == Some(arn));
    its.map_or_else(|| SourceError::NotASnapshot { path: path.to_owned() }, |broken| broken.error(path, whole))
}

/// A role or user of which nothing but the ARN could be read.
pub(super) fn unread(principal: Principal) -> Snapshot {
    let mut snapshot = Snapshot::without_policies(Source::Snapshot, principal);
    for layer in [Layer::Identity, Layer::Boundary] {
        snapshot.layers.set(layer, reading());
        let operation = "iam:GetAccountAuthorizationDetails".to_owned();
        snapshot.unread.push(Unread { layer, operation, reason: "malformed-reply".to_owned() });
    }
    snapshot
}

/// What is known of a layer of which the entry cannot be read.
pub(super) fn reading() -> Reading {
    Reading::Failed { reason: format!("its entry cannot be read: {SHAPE}") }
}

/// The ARN of an entry, as the formats spell its name.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, alias = "Arn")]
    arn: Cow<'a, str>,
}

/// Reads a list entry by entry; `unread` is what stands for one of which at most the ARN could be read.
pub(super) fn read<'a, T: Deserialize<'a>>(
    list: &'static List,
    entries: Vec<&'a RawValue>,
    unread: impl Fn(Option<Cow<'a, str>>) -> Option<T>,
    broken: &mut Vec<Broken<'a>>,
) -> Vec<T> {
    let mut read = Vec::new();
    for (number, raw) in entries.into_iter().enumerate() {
        match serde_json::from_str(raw.get()) {
            Ok(entry) => read.push(entry),
            Err(error) => {
                let arn = serde_json::from_str(raw.get()).ok().map(|Named { arn }| arn);
                let line = error.line().saturating_sub(1);
                let named = arn.as_deref().map(str::to_owned);
                broken.push(Broken { list, number, arn: named, text: raw.get(), line, column: error.column() });
                read.extend(unread(arn));
            }
        }
    }
    read
}
