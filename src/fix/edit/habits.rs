//! What an author does where a document gives several choices: how lists are laid out, what stands behind a colon, how far
//! a level is indented.

use super::document::{Document, Statement};
use super::layout::{Shape, gaps, line_indent, own_line, width};
use super::tree::{Range, is_list, members, one_or_many, parts, slice};

/// Elements whose values are lists of strings; the `Not…` form fills the same slot.
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// A line that an edit makes longer than this is broken where the author breaks such lines.
const WIDTH: usize = 120;

/// The name of an element without `Not`.
pub(super) fn slot(name: &str) -> &str {
    name.strip_prefix("Not").unwrap_or(name)
}

/// An author's habits, as seen from one statement: its own first, then those of the statements before and behind it.
#[derive(Debug)]
pub(super) struct Habits<'a> {
    pub document: &'a Document<'a>,
    /// The statement.
    pub near: usize,
    /// What ends a line.
    pub line_end: &'static str,
    /// What stands between key and value, with the colon.
    pub colon: &'a str,
    /// What stands between two parts on one line, with the comma.
    pub comma: &'a str,
    /// One level of indentation.
    pub unit: &'a str,
    /// The elements of the statement stand on lines of their own.
    pub broken: bool,
}

impl<'a> Habits<'a> {
    pub(super) fn of(document: &'a Document<'a>, near: usize) -> Self {
        let text = document.text;
        let first = text.find('\n').and_then(|feed| text.get(..feed));
        let line_end = if first.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" };
        let near_first = || nearest(document, near);
        let keys = near_first().flat_map(|(_, one)| &one.members).chain(&document.top);
        let mut colons = keys.map(|member| slice(text, member.key_at.end..member.value.start));
        let colon = colons.find(|colon| !colon.contains('\n') && colon.len() <= 3).unwrap_or(": ");
        let lists = near_first().flat_map(|(_, one)| &one.members).filter(|member| is_list(text, &member.value));
        let statements = near_first().map(|(_, one)| one.at.clone());
        let all = lists.map(|member| member.value.clone()).chain(statements);
        let mut commas = all.flat_map(|container| gaps(text, &parts(text, &container)));
        let comma = commas.find(|gap| !gap.contains('\n') && gap.len() <= 3);
        let comma = comma.unwrap_or(if colon.ends_with(':') { "," } else { ", " });
        let broken = match document.statements.get(near) {
            Some(one) => breaks(text, &one.at),
            None => text.contains('\n'),
        };
        let unit = near_first().find_map(|(_, one)| unit(text, one)).or_else(|| {
            let indent = line_indent(text, document.list.key_at.start);
            (!indent.is_empty()).then_some(indent)
        });
        Self { document, near, line_end, colon, comma, unit: unit.unwrap_or("  "), broken }
    }

    /// The layout for the list of an element that has none yet; `base` is the indentation of the element's line.
    pub(super) fn list(&self, name: &str, base: &str) -> Shape {
        match self.lists(name).first() {
            _ if !self.broken => self.one_line(name),
            Some(list) if list.shape.breaks() => Shape::block(self.line_end, base, list.unit),
            Some(list) => list.shape.clone(),
            None => Shape::block(self.line_end, base, self.unit),
        }
    }

    /// The layout for a list that became too long for its line, where the author has lists over several lines.
    pub(super) fn broken_list(&self, name: &str, base: &str) -> Option<Shape> {
        let lists = self.lists(name);
        let list = lists.iter().find(|list| list.shape.breaks()).filter(|_| self.broken)?;
        Some(Shape::block(self.line_end, base, list.unit))
    }

    /// Whether a line of this range became too long by an edit of `before`.
    pub(super) fn too_long(&self, text: &str, range: &Range, before: Option<&Range>) -> bool {
        width(text, range) > WIDTH && before.is_none_or(|before| width(self.document.text, before) <= WIDTH)
    }

    /// Whether the author writes a list where an element has a single value.
    pub(super) fn lists_one(&self, name: &str) -> bool {
        let text = self.document.text;
        let singles = |wanted: bool, own: bool| {
            nearest(self.document, self.near)
                .filter(move |(number, _)| !own || *number == self.near)
                .flat_map(|(_, one)| &one.members)
                .filter(move |member| LISTS.contains(&member.key.as_str()))
                .filter(move |member| !wanted || slot(&member.key) == slot(name))
                .filter(|member| one_or_many(text, &member.value).len() == 1)
                .map(|member| is_list(text, &member.value))
                .next()
        };
        let found = singles(true, true).or_else(|| singles(true, false)).or_else(|| singles(false, false));
        found.unwrap_or(false)
    }

    /// The layout of the nearest object under that key, and of the objects in it; `None` where it is over lines.
    pub(super) fn objects(&self, key: &str) -> [Option<Shape>; 2] {
        let text = self.document.text;
        let shape = |object: &Range| Shape::of(text, object, self.comma);
        let values = nearest(self.document, self.near)
            .filter(|(_, one)| breaks(text, &one.at) == self.broken)
            .filter_map(|(_, one)| one.element(key))
            .map(|member| &member.value);
        let mut found = values.filter_map(|value| Some((shape(value)?, members(text, value))));
        let usual = || (!self.broken).then(|| self.line_of_objects());
        let own = |shape: Shape| if shape.breaks() { usual() } else { Some(shape) };
        match found.next() {
            Some((outer, inner)) => {
                let inner = inner.iter().find_map(|member| shape(&member.value)).unwrap_or_else(|| outer.clone());
                [own(outer), own(inner)]
            }
            None => [usual(), usual()],
        }
    }

    /// The layout of objects on one line.
    pub(super) fn line_of_objects(&self) -> Shape {
        let one = self.document.statements.get(self.near).filter(|_| !self.broken);
        let shape = one.and_then(|one| Shape::of(self.document.text, &one.at, self.comma));
        shape.unwrap_or_else(|| Shape::inline(self.comma))
    }

    /// The layout of lists on one line.
    pub(super) fn one_line(&self, name: &str) -> Shape {
        let shape = self.lists(name).into_iter().map(|list| list.shape).find(|shape| !shape.breaks());
        shape.unwrap_or_else(|| Shape::inline(self.comma))
    }

    /// The lists of the document in statements of the same layout, those first that tell most about this element's.
    fn lists(&self, name: &str) -> Vec<List<'a>> {
        let text = self.document.text;
        let mut all: Vec<(_, List<'a>)> = Vec::new();
        for (number, one) in self.document.statements.iter().enumerate() {
            for member in one.members.iter().filter(|member| LISTS.contains(&member.key.as_str())) {
                let many = parts(text, &member.value).len() > 1;
                let list = is_list(text, &member.value).then(|| Shape::of(text, &member.value, self.comma)).flatten();
                if let Some(shape) = list.filter(|_| breaks(text, &one.at) == self.broken) {
                    let other = slot(&member.key) != slot(name);
                    let base = line_indent(text, member.key_at.start);
                    let first = parts(text, &member.value).first().and_then(|item| own_line(text, item.start));
                    let unit = first.and_then(|indent| indent.strip_prefix(base)).filter(|unit| !unit.is_empty());
                    let unit = unit.unwrap_or(self.unit);
                    all.push(((!many, other, number.abs_diff(self.near)), List { shape, unit }));
                }
            }
        }
        all.sort_by_key(|(rank, _)| *rank);
        all.into_iter().map(|(_, list)| list).collect()
    }
}

/// A list of the author's.
struct List<'a> {
    shape: Shape,
    /// How far its items are indented from its element.
    unit: &'a str,
}

/// The statements, the nearest to one first.
fn nearest<'a>(document: &'a Document<'a>, near: usize) -> impl Iterator<Item = (usize, &'a Statement)> {
    let mut all: Vec<(usize, &Statement)> = document.statements.iter().enumerate().collect();
    all.sort_by_key(|(number, _)| number.abs_diff(near));
    all.into_iter()
}

/// Whether the members of an object stand on several lines.
fn breaks(text: &str, object: &Range) -> bool {
    Shape::of(text, object, "").is_some_and(|shape| shape.breaks())
}

/// How far the members of a statement are indented from its brackets.
fn unit<'a>(text: &'a str, statement: &Statement) -> Option<&'a str> {
    let indent = statement.members.iter().find_map(|member| own_line(text, member.key_at.start))?;
    // The closing bracket tells best: the opening one may stand behind `"Statement": [`.
    let base = own_line(text, statement.at.end.saturating_sub(1));
    let base = base.unwrap_or_else(|| line_indent(text, statement.at.start));
    indent.strip_prefix(base).filter(|unit| !unit.is_empty())
}
