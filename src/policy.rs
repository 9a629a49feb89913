//! Policy documents: statements with the position of every element, and what AWS would refuse in them.
//!
//! Documents are read leniently, because they are what somebody has: a statement that cannot be understood is kept and
//! counts as unknown. Source: IAM User Guide, "Grammar of the IAM JSON policy language".

mod about;
mod collect;
mod conditions;
mod elements;
mod finding;
mod heads;
pub(crate) mod json;
mod parse;
mod place;
mod principal;
mod statement;
pub mod wrapping;

pub use about::{About, OfResource, actions_matching, unknown_names};
pub use finding::{Finding, FindingCode};
pub use heads::{Heads, head_of, tail_of};
pub use place::{DocumentKind, may_lack_resource};
pub use principal::{Named, PrincipalElement, PrincipalEntry};
pub use statement::{ActionPattern, ConditionBlock, Effect, Element, ResourcePattern, State, Statement};

use std::sync::Arc;

/// A range of bytes in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

/// A place in a text, both counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place, in a larger text, of a place in a part of it that starts here.
    #[must_use]
    pub fn offset_by(self, inner: Self) -> Self {
        let column = if inner.line == 1 { self.column + inner.column - 1 } else { inner.column };
        Self { line: self.line + inner.line - 1, column }
    }
}

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {problem}", place.line, place.column)]
pub struct ParseError {
    /// Where.
    pub place: Place,
    /// What is wrong, in words.
    pub problem: String,
}

/// The `Version` element. A missing one means 2008-10-17, under which `${…}` is literal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, or absent.
    V2008,
    /// `2012-10-17`.
    V2012,
    /// Another value, which AWS refuses.
    Unknown,
}

/// A policy document.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text that positions refer to: the document's own, or its pretty-printed form where that is one line.
    pub text: Box<str>,
    /// Where each line of `text` starts, but the first.
    line_starts: Vec<u32>,
    /// The policy language version.
    pub version: Version,
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// What AWS would refuse or what surprises, in order of position.
    pub findings: Vec<Finding>,
    /// Which statements can be about an action.
    pub heads: Heads,
    /// The condition keys that it tests or uses as variables, each once, sorted: in lower case, and as written.
    pub keys: Vec<(Arc<str>, Arc<str>)>,
    /// What its statements are about, once somebody asked.
    abouts: about::Abouts,
}

impl Document {
    /// Reads the text of a document.
    ///
    /// # Errors
    /// Where the text is no JSON, or no JSON object with a `Statement`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::document(text)
    }

    /// The string that stands at a place of `text`; `None` where it is no string.
    pub fn written(&self, span: Span) -> Option<String> {
        serde_json::from_str(self.text.get(span.start as usize..span.end as usize)?).ok()
    }

    /// The line and column of a byte of `text`.
    pub fn place(&self, offset: u32) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|before| self.line_starts.get(before)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or_default();
        Place { line: line + 1, column: before.chars().count() + 1 }
    }
}

/// Where each line of a text starts, but the first.
fn line_starts(text: &str) -> Vec<u32> {
    let ends = || memchr::memchr_iter(b'\n', text.as_bytes());
    let mut starts = Vec::with_capacity(ends().count());
    starts.extend(ends().map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)));
    starts
}

/// The line and column of a byte of `text`.
pub(crate) fn place_in(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
    }
}
