//! Policy documents as they stand inside a snapshot: an object, a JSON string, or URL-encoded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

use super::files::shown_path;
use crate::policy::wrapping::decoded;
use crate::policy::{Document, Place};
use crate::snapshot::{FileRef, Origin, Policy, Unreadable};

/// The document's own text.
pub(super) fn text(raw: &RawValue) -> Cow<'_, str> {
    if !raw.get().starts_with('"') {
        return Cow::Borrowed(raw.get());
    }
    let inner: String = serde_json::from_str(raw.get()).unwrap_or_default();
    decoded(&inner).into_owned().into()
}

/// A policy from a document that may be missing.
pub(super) fn policy(
    name: &str,
    arn: Option<String>,
    origin: Origin,
    version: Option<String>,
    document: Option<&RawValue>,
) -> Policy {
    Shelf::default().policy(name, arn, origin, version, document)
}

/// Documents that stand in a source more than once, as those of managed policies and of roles made from one template do:
/// each is compiled once. One that stands there once is not kept, so that a large account does not fill the memory.
#[derive(Debug, Default)]
pub(super) struct Shelf<'a> {
    /// By the raw text; `None` = seen once.
    seen: Mutex<HashMap<&'a str, Option<Compiled>>>,
    /// Where the source's lines are, if policies are to say on which they stand.
    lines: Option<Arc<Lines<'a>>>,
}

type Compiled = Result<Arc<Document>, Unreadable>;

impl<'a> Shelf<'a> {
    /// One whose policies say where they stand.
    pub(super) fn placed(lines: Arc<Lines<'a>>) -> Self {
        Self { lines: Some(lines), ..Self::default() }
    }

    /// A policy from a document that may be missing.
    pub(super) fn policy(
        &self,
        name: &str,
        arn: Option<String>,
        origin: Origin,
        version: Option<String>,
        document: Option<&'a RawValue>,
    ) -> Policy {
        let Some(raw) = document.filter(|raw| raw.get() != "null") else {
            return Policy::unread(name, arn, origin, "the snapshot does not hold its document");
        };
        let document = self.compiled(raw);
        // A document that is shown in another form than it stands there has its own lines.
        let as_it_is = document.as_ref().is_ok_and(|document| *document.text == *raw.get());
        let file = self.lines.as_ref().filter(|_| as_it_is).and_then(|lines| lines.file_of(raw.get()));
        Policy { name: name.to_owned(), arn, origin, version, versions: None, document, file }
    }

    fn compiled(&self, raw: &'a RawValue) -> Compiled {
        let seen = self.lock().get(raw.get()).cloned();
        if let Some(Some(known)) = seen {
            return known;
        }
        let compiled = Policy::new("", None, Origin::Inline, None, &text(raw)).document;
        let kept = seen.is_some().then(|| compiled.clone());
        self.lock().insert(raw.get(), kept);
        compiled
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<&'a str, Option<Compiled>>> {
        // Whoever panicked inside left the map whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of a file, and where in it parts of its text stand.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    path: &'a str,
    text: &'a str,
    /// Where each line starts, but the first.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Of the text of the file at `path`; both are empty where there is none.
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).collect();
        Self { path, text, starts }
    }

    /// The path as it is shown; `None` where there is no file.
    pub(super) fn path(&self) -> Option<&'a str> {
        (!self.path.is_empty() && !self.text.is_empty()).then(|| shown_path(self.path))
    }

    /// The line, from 1, on which a part of the text starts; `None` where it is a copy.
    pub(super) fn line_of(&self, part: &str) -> Option<usize> {
        let at = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        let is_inside = self.path().is_some() && at + part.len() <= self.text.len();
        is_inside.then(|| self.starts.partition_point(|start| *start <= at) + 1)
    }

    fn file_of(&self, part: &str) -> Option<FileRef> {
        let line = self.line_of(part)?;
        Some(FileRef { path: self.path()?.to_owned(), start: Some(Place { line, column: 1 }) })
    }
}
