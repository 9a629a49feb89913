//! Whole statements: a new one in the style of the last, and one taken out.

use serde_json::{Map, Value};

use super::document::{Document, Statement};
use super::habits::Habits;
use super::layout::{Shape, insertion, leading, line_break, line_indent, removal};
use super::state::{Op, State};
use super::tree::{self, slice};
use super::{EditError, NewStatement, Problem};

/// The elements in the order of AWS's own documents.
const ORDER: [&str; 6] = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

/// A string as JSON. What IAM refuses in the text of a document, all above U+00FF, is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for letter in Value::from(text).to_string().chars() {
        if letter > '\u{ff}' {
            out.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(letter);
        }
    }
    out
}

/// Adds a statement behind the last one, unless the document has one that says the same, and then it is `false`; those that
/// are `gone` are about to be removed, and say nothing.
pub(super) fn add(state: &mut State, new: &NewStatement, gone: &[usize]) -> Result<bool, EditError> {
    let document = Document::read(&state.text).ok_or(EditError::Inconsistent)?;
    let last = document.statements.len().saturating_sub(1);
    let habits = Habits::of(&document, last);
    let elements = elements(new, &habits, sid(new, &document).as_deref())?;
    let value = Value::Object(elements.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    let statements = state.value.get("Statement").ok_or(EditError::Inconsistent)?;
    let olds = statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice);
    let mut staying = olds.iter().enumerate().filter(|(number, _)| !gone.contains(number));
    if staying.any(|(_, old)| meaning(old) == meaning(&value)) {
        return Ok(false);
    }
    let text = document.text;
    let container = document.list.value.clone();
    let (at, written) = match document.statements.last() {
        None => {
            let base = line_indent(text, document.list.key_at.start);
            let outer =
                if habits.broken { Shape::block(habits.line_end, base, habits.unit) } else { Shape::inline("") };
            let inner = format!("{base}{}", habits.unit);
            let own = if habits.broken {
                Shape::block(habits.line_end, &inner, habits.unit)
            } else {
                Shape::inline(habits.comma)
            };
            (container, outer.list(&[write(&habits, &elements, &own)]))
        }
        Some(one) => {
            let own = Shape::of(text, &one.at, habits.comma).ok_or(EditError::Inconsistent)?;
            let new = write(&habits, &elements, &own);
            if document.single {
                let old = slice(text, container.clone());
                (container, format!("[{old}{}{new}]", habits.comma))
            } else {
                let (at, new) = insertion(text, &container, document.statements.len(), &new, habits.comma, false);
                (at..at, new)
            }
        }
    };
    let op = if document.single {
        Op::Replace(document.path(0), Value::Array(vec![statements.clone(), value]))
    } else {
        Op::Add(document.path(document.statements.len()), value)
    };
    state.splice(at, &written)?;
    state.record(op).map(|()| true)
}

/// Takes a statement out, where others stay.
pub(super) fn remove(state: &mut State, number: usize) -> Result<(), EditError> {
    let document = Document::read(&state.text).ok_or(EditError::Inconsistent)?;
    // AWS refuses a document without statements.
    if document.single || document.statements.len() < 2 {
        return Err(EditError::NothingLeft);
    }
    let path = document.path(number);
    let cut = removal(document.text, &document.list.value, number).ok_or(EditError::Inconsistent)?;
    state.splice(cut, "")?;
    state.record(Op::Remove(path))
}

/// A `Sid` of letters and digits that no statement of the document has.
fn sid(new: &NewStatement, document: &Document<'_>) -> Option<String> {
    let mut wanted: String = new.sid.as_ref()?.chars().filter(char::is_ascii_alphanumeric).collect();
    if wanted.is_empty() {
        "Statement".clone_into(&mut wanted);
    }
    let sids = document.statements.iter().filter_map(|one| one.element("Sid"));
    let taken: Vec<String> = sids.filter_map(|sid| tree::string(document.text, &sid.value)).collect();
    let free = |sid: &String| !taken.iter().any(|taken| taken.eq_ignore_ascii_case(sid));
    let numbered = (2..=taken.len() + 2).map(|number| format!("{wanted}{number}"));
    std::iter::once(wanted.clone()).chain(numbered).find(free)
}

/// The elements in the order in which the last statement has them.
fn elements(
    new: &NewStatement,
    habits: &Habits<'_>,
    sid: Option<&str>,
) -> Result<Vec<(&'static str, Value)>, EditError> {
    let list = |name: &'static str, items: &[String]| match items {
        [] => Err(EditError::NewStatement(Problem::Without(name.to_owned()))),
        [one] if !habits.lists_one(name) => Ok((name, Value::from(one.as_str()))),
        many => Ok((name, Value::from(many))),
    };
    if !["Allow", "Deny"].contains(&new.effect) {
        return Err(EditError::NewStatement(Problem::Effect("Allow\" or \"Deny")));
    }
    let mut all: Vec<(&'static str, Value)> = sid.map(|sid| ("Sid", Value::from(sid))).into_iter().collect();
    all.push(("Effect", Value::from(new.effect)));
    all.extend(new.principal.clone().map(|principal| ("Principal", principal)));
    match &new.not_actions {
        Some(_) if !new.actions.is_empty() => return Err(EditError::NewStatement(Problem::Both("Action"))),
        Some(spared) => all.push(list("NotAction", spared)?),
        None => all.push(list("Action", &new.actions)?),
    }
    match (&new.resources, &new.not_resources) {
        (Some(_), Some(_)) => return Err(EditError::NewStatement(Problem::Both("Resource"))),
        (Some(resources), None) => all.push(list("Resource", resources)?),
        (None, Some(resources)) => all.push(list("NotResource", resources)?),
        (None, None) => {}
    }
    all.extend(new.condition.clone().map(|condition| ("Condition", condition)));
    if let Some(last) = habits.document.statements.last() {
        let order = order(last);
        all.sort_by_key(|(name, _)| order.iter().position(|slot| *slot == super::habits::slot(name)));
    }
    Ok(all)
}

/// The order of elements that a statement shows, with places for those it does not have.
fn order(last: &Statement) -> Vec<&'static str> {
    let slots = last
        .members
        .iter()
        .filter_map(|member| ORDER.into_iter().find(|slot| *slot == super::habits::slot(&member.key)));
    let mut order: Vec<&'static str> = slots.collect();
    let usual = order.is_sorted_by_key(|slot| ORDER.iter().position(|one| one == slot));
    if !usual && order.is_sorted() {
        // Tools write keys in the order of the alphabet.
        let mut all = ORDER.to_vec();
        all.sort_unstable();
        return all;
    }
    let mut before: Option<&'static str> = None;
    for slot in ORDER {
        if !order.contains(&slot) {
            let at = before.and_then(|before| order.iter().position(|one| *one == before)).map_or(0, |at| at + 1);
            order.insert(at, slot);
        }
        before = Some(slot);
    }
    order
}

/// The text of a statement.
fn write(habits: &Habits<'_>, elements: &[(&'static str, Value)], shape: &Shape) -> String {
    let line = line_break(&shape.comma).or_else(|| line_break(&shape.open)).unwrap_or_default();
    let base = leading(line.trim_start_matches(['\r', '\n']));
    let member = |(name, value): &(&'static str, Value)| {
        let key = format!("\"{name}\"{}", habits.colon);
        let value = match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(inline).collect();
                let text = habits.list(name, base).list(&items);
                let whole = format!("{base}{key}{text}");
                let broken = habits.broken_list(name, base);
                let broken = broken.filter(|_| habits.too_long(&whole, &(0..whole.len()), None));
                broken.map_or(text, |broken| broken.list(&items))
            }
            Value::Object(members) => {
                let [outer, inner] = habits.objects(name);
                nested(habits, members, base, &[outer, inner])
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => inline(value),
        };
        format!("{key}{value}")
    };
    shape.object(&elements.iter().map(member).collect::<Vec<_>>())
}

/// An object in a statement, `base` being the indentation of its line; layouts by depth, `None` over several lines.
fn nested(habits: &Habits<'_>, members: &Map<String, Value>, base: &str, layouts: &[Option<Shape>]) -> String {
    let line = layouts.first().cloned().flatten();
    let inner = format!("{base}{}", habits.unit);
    // In a line there is no place for lines.
    let own = |layout: &Option<Shape>| layout.clone().or_else(|| line.is_some().then(|| habits.line_of_objects()));
    let deeper: Vec<Option<Shape>> = layouts.iter().skip(1).chain(layouts.last()).map(own).collect();
    let member = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Object(members) => nested(habits, members, &inner, &deeper),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(inline).collect();
                let shape = if line.is_some() { habits.one_line("") } else { habits.list("", &inner) };
                shape.list(&items)
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => inline(value),
        };
        format!("{}{}{value}", quoted(key), habits.colon)
    };
    let parts: Vec<String> = members.iter().map(member).collect();
    line.unwrap_or_else(|| Shape::block(habits.line_end, base, habits.unit)).object(&parts)
}

/// A value that takes no lines of its own.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// What a statement says: without its `Sid`, a list of one as its item, lists in one order, actions without case.
fn meaning(statement: &Value) -> Value {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Array(items) => match items.as_slice() {
                [one] => plain(one),
                many => {
                    let mut many: Vec<Value> = many.iter().map(plain).collect();
                    many.sort_by_key(Value::to_string);
                    Value::Array(many)
                }
            },
            Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    let lower = |value: &Value| match value {
        Value::String(action) => Value::from(action.to_ascii_lowercase()),
        Value::Array(actions) => actions.iter().map(|one| one.as_str().map(str::to_ascii_lowercase)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    };
    let Value::Object(members) = statement else { return statement.clone() };
    let said = members.iter().filter(|(key, _)| *key != "Sid");
    let said = said.map(|(key, value)| {
        let value = if key.ends_with("Action") { plain(&lower(value)) } else { plain(value) };
        (key.clone(), value)
    });
    said.collect()
}
