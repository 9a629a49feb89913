//! An answer in which some entries are not of the shape that AWS gives them: of each of these only the ARN is read, where
//! that can be, and the rest is read as if nothing were wrong.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{Entity, Managed, Page};
use crate::source::error::SourceError;
use crate::source::files::shown_path;

/// What is wrong with an entry.
pub(super) const SHAPE: &str = "a field is missing, or holds another kind of value than it should";

/// An entry that could not be read.
#[derive(Debug)]
pub(super) struct Broken<'a> {
    /// The list, and its number there, from 0.
    pub(super) at: (&'static str, usize),
    pub(super) arn: Option<String>,
    /// Its text, and the line of it, from 0, on which something is wrong, with the column, from 1.
    pub(super) text: &'a str,
    pub(super) line: usize,
    column: usize,
}

impl Broken<'_> {
    /// Whether it may be any role or user.
    pub(super) fn hides_principal(&self) -> bool {
        let is_person = matches!(self.at.0, "RoleDetailList" | "UserDetailList");
        is_person && !self.arn.as_deref().is_some_and(super::is_person_arn)
    }

    /// Where in the file at `path`, whose text is `whole`, it is broken.
    pub(super) fn error(&self, path: &str, whole: &str) -> SourceError {
        let at = (self.text.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
        let before = at.and_then(|at| whole.get(..at)).unwrap_or_default();
        let indent = before.rsplit('\n').next().map_or(0, str::len);
        let column = if self.line == 0 { indent + self.column } else { self.column };
        let line = before.matches('\n').count() + self.line + 1;
        SourceError::Syntax {
            path: shown_path(path).to_owned(),
            line,
            column: column.max(1),
            problem: SHAPE.to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lists<'a> {
    #[serde(borrow, default)]
    role_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    user_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    group_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    policies: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    is_truncated: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
}

/// Reads all pages of `text`; `None` where they are no lists at all.
pub(super) fn pages(text: &str) -> Option<(Page<'_>, Vec<Broken<'_>>)> {
    let mut all = Page::default();
    let mut broken = Vec::new();
    for page in serde_json::Deserializer::from_str(text).into_iter::<Lists<'_>>() {
        let page = page.ok()?;
        let entity = |arn| Entity { arn, is_broken: true, ..Entity::default() };
        let managed = |arn| Managed { arn, is_broken: true, ..Managed::default() };
        all.role_detail_list.extend(read("RoleDetailList", page.role_detail_list, entity, &mut broken));
        all.user_detail_list.extend(read("UserDetailList", page.user_detail_list, entity, &mut broken));
        all.group_detail_list.extend(read("GroupDetailList", page.group_detail_list, entity, &mut broken));
        all.policies.extend(read("Policies", page.policies, managed, &mut broken));
        all.is_truncated = page.is_truncated;
    }
    Some((all, broken))
}

fn read<'a, T: Deserialize<'a>>(
    list: &'static str,
    entries: Option<Vec<&'a RawValue>>,
    unread: impl Fn(Cow<'a, str>) -> T,
    broken: &mut Vec<Broken<'a>>,
) -> Vec<T> {
    let mut read = Vec::new();
    for (number, raw) in entries.into_iter().flatten().enumerate() {
        match serde_json::from_str(raw.get()) {
            Ok(entry) => read.push(entry),
            Err(error) => {
                let arn = serde_json::from_str(raw.get()).ok().map(|Named { arn }| arn);
                let line = error.line().saturating_sub(1);
                let named = arn.as_deref().map(str::to_owned);
                broken.push(Broken { at: (list, number), arn: named, text: raw.get(), line, column: error.column() });
                read.extend(arn.map(&unread));
            }
        }
    }
    read
}
