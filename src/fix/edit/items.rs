//! Changes of the lists of a statement: items in, items out, `Resource` to `NotResource`.

use serde_json::Value;

use super::document::Document;
use super::habits::Habits;
use super::layout::{insertion, line_indent, removal};
use super::state::{Op, Path, State};
use super::statement::quoted;
use super::tree::{Member, Range, is_list, members, one_or_many, slice, string};
use super::{EditError, Problem};

/// Whether two items are the same. AWS compares actions without case.
pub(super) fn same(element: &str, one: &str, other: &str) -> bool {
    if element.ends_with("Action") { one.eq_ignore_ascii_case(other) } else { one == other }
}

/// An element of a statement, with the strings it holds.
struct Element {
    member: Member,
    at: Vec<Range>,
    items: Vec<String>,
}

/// The element of that name, or what is found in it under further names.
fn element<N: AsRef<str>>(document: &Document<'_>, statement: usize, path: &[N]) -> Option<Element> {
    let (name, inner) = path.split_first()?;
    let mut member = document.statements.get(statement)?.element(name.as_ref())?.clone();
    for name in inner {
        member = members(document.text, &member.value).into_iter().find(|member| member.key == name.as_ref())?;
    }
    let at = one_or_many(document.text, &member.value);
    let items = at.iter().map(|item| string(document.text, item)).collect::<Option<_>>()?;
    Some(Element { member, at, items })
}

fn read(text: &str) -> Result<Document<'_>, EditError> {
    Document::read(text).ok_or(EditError::Inconsistent)
}

/// A statement must have this effect for a change, or the change would do the opposite.
pub(super) fn effect(state: &State, statement: usize, wanted: &'static str) -> Result<(), EditError> {
    let document = read(&state.text)?;
    let effect = document.statements.get(statement).and_then(|one| one.element("Effect"));
    match effect.and_then(|member| string(document.text, &member.value)) {
        Some(effect) if effect == wanted => Ok(()),
        _ => Err(EditError::Unfit { number: statement, problem: Problem::Effect(wanted) }),
    }
}

/// Adds what is not there yet to the list under a path of names.
pub(super) fn add(state: &mut State, statement: usize, path: &[String], new: &[String]) -> Result<(), EditError> {
    let name = path.last().map_or("", String::as_str);
    let missing = || EditError::Unfit { number: statement, problem: Problem::Without(path.join("/")) };
    let present = element(&read(&state.text)?, statement, path).ok_or_else(missing)?;
    let mut items = present.items;
    let sorted = items.is_sorted_by_key(|item| item.to_lowercase());
    let list = is_list(&state.text, &present.member.value);
    if list && !items.is_empty() {
        for item in new {
            if !items.iter().any(|old| same(name, old, item)) {
                let place = place(&items, item, sorted);
                insert(state, statement, path, place, item)?;
                items.insert(place, item.clone());
            }
        }
        return Ok(());
    }
    // A list begins: of the single value that stood there, or of none.
    let document = read(&state.text)?;
    let at = [document.path(statement), path.to_vec()].concat();
    let mut written: Vec<String> =
        present.at.iter().map(|item| slice(document.text, item.clone()).to_owned()).collect();
    let mut ops = Vec::new();
    for item in new {
        if !items.iter().any(|old| same(name, old, item)) {
            let place = place(&items, item, true);
            items.insert(place, item.clone());
            written.insert(place, quoted(item));
            ops.push(Op::Add(step(&at, [&place.to_string()]), Value::from(item.as_str())));
        }
    }
    if ops.is_empty() {
        return Ok(());
    }
    let text = lay_out(&document, statement, &present.member, name, &written);
    state.splice(present.member.value, &text)?;
    if list {
        return ops.into_iter().try_for_each(|op| state.record(op));
    }
    state.record(Op::Replace(at, items.into()))
}

/// The list of an element that had none.
fn lay_out(document: &Document<'_>, statement: usize, member: &Member, name: &str, written: &[String]) -> String {
    let habits = Habits::of(document, statement);
    let base = line_indent(document.text, member.key_at.start);
    let text = habits.list(name, base).list(written);
    let line = slice(document.text, 0..member.value.start).to_owned() + &text;
    if habits.too_long(&line, &(member.value.start..line.len()), None)
        && let Some(broken) = habits.broken_list(name, base)
    {
        return broken.list(written);
    }
    text
}

/// Where an item goes: sorted lists stay sorted.
fn place(items: &[String], new: &str, sorted: bool) -> usize {
    let new = new.to_lowercase();
    if sorted { items.partition_point(|item| item.to_lowercase() <= new) } else { items.len() }
}

/// One item into a list that has some.
fn insert(state: &mut State, statement: usize, path: &[String], place: usize, item: &str) -> Result<(), EditError> {
    let document = read(&state.text)?;
    let name = path.last().map_or("", String::as_str);
    let present = element(&document, statement, path).ok_or(EditError::Inconsistent)?;
    let value = &present.member.value;
    let habits = Habits::of(&document, statement);
    let with = |wrap: bool| {
        let (at, new) = insertion(document.text, value, place, &quoted(item), habits.comma, wrap);
        let mut text = document.text.to_owned();
        text.insert_str(at, &new);
        (text, value.start..value.end + new.len())
    };
    let (mut text, longer) = with(false);
    if habits.too_long(&text, &longer, Some(value)) {
        let base = line_indent(document.text, present.member.key_at.start);
        if slice(document.text, value.clone()).contains('\n') {
            (text, _) = with(true);
        } else if let Some(shape) = habits.broken_list(name, base) {
            let list = one_or_many(&text, &longer).into_iter().map(|item| slice(&text, item).to_owned());
            let list = shape.list(&list.collect::<Vec<_>>());
            document.text.clone_into(&mut text);
            text.replace_range(value.clone(), &list);
        }
    }
    let at = [document.path(statement), path.to_vec()].concat();
    state.text = text;
    state.record(Op::Add(step(&at, [&place.to_string()]), Value::from(item)))
}

/// Takes items out of the `Action`; `true` where none would be left, and then nothing is done.
pub(super) fn remove(state: &mut State, statement: usize, gone: &[String]) -> Result<bool, EditError> {
    let name = "Action";
    let missing = EditError::Unfit { number: statement, problem: Problem::Without(name.to_owned()) };
    let present = element(&read(&state.text)?, statement, &[name]).ok_or(missing)?;
    let goes = |item: &String| gone.iter().any(|gone| same(name, gone, item));
    if !present.items.is_empty() && present.items.iter().all(goes) {
        return Ok(true);
    }
    // From the end, so that the numbers before stay.
    let numbers = present.items.iter().enumerate().filter(|(_, item)| goes(item)).map(|(number, _)| number);
    for number in numbers.collect::<Vec<_>>().into_iter().rev() {
        let document = read(&state.text)?;
        let value = element(&document, statement, &[name]).ok_or(EditError::Inconsistent)?.member.value;
        let path = step(&document.path(statement), [name, &number.to_string()]);
        let cut = removal(document.text, &value, number).ok_or(EditError::Inconsistent)?;
        state.splice(cut, "")?;
        state.record(Op::Remove(path))?;
    }
    Ok(false)
}

/// Takes actions or resources out of what a Deny is about; `name`: `Action` or `Resource`.
pub(super) fn except(
    state: &mut State,
    statement: usize,
    name: &'static str,
    spared: &[String],
) -> Result<(), EditError> {
    let negated = format!("Not{name}");
    let document = read(&state.text)?;
    if element(&document, statement, &[&negated]).is_some() {
        return add(state, statement, &[negated], spared);
    }
    let unfit = |problem| EditError::Unfit { number: statement, problem };
    let present = element(&document, statement, &[name]);
    let present = present.ok_or_else(|| unfit(Problem::Without(name.to_owned())))?;
    // Of a narrower list, the negated element would make a Deny of nearly everything.
    let is_everything = |item: &String| !item.is_empty() && item.bytes().all(|byte| byte == b'*') || item == "*:*";
    if !present.items.iter().any(is_everything) {
        return Err(unfit(Problem::Narrow(name)));
    }
    let mut items: Vec<String> = Vec::new();
    for one in spared {
        if !items.iter().any(|item| same(name, item, one)) {
            items.push(one.clone());
        }
    }
    let Some(first) = items.first() else { return Ok(()) };
    let written: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    let habits = Habits::of(&document, statement);
    let base = line_indent(document.text, present.member.key_at.start);
    let value = &present.member.value;
    let own = super::layout::Shape::of(document.text, value, habits.comma).filter(|_| is_list(document.text, value));
    let (text, meaning) = match (own, written.as_slice()) {
        (Some(shape), _) => (shape.list(&written), Value::from(items)),
        (None, [one]) => (one.clone(), Value::from(first.as_str())),
        (None, _) => (habits.list(name, base).list(&written), Value::from(items)),
    };
    let path = document.path(statement);
    let Member { key_at, value, .. } = present.member;
    state.splice(value, &text)?;
    state.splice(key_at, &quoted(&negated))?;
    state.record(Op::Remove(step(&path, [name])))?;
    state.record(Op::Add(step(&path, [&negated]), meaning))
}

/// A path with more steps behind it.
pub(super) fn step<const N: usize>(path: &[String], more: [&str; N]) -> Path {
    path.iter().cloned().chain(more.map(str::to_owned)).collect()
}
