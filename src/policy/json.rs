//! JSON with positions: values stay raw slices of the document, so where a slice lies is where the value stands.
//!
//! Raw slices are validated without recursion, and the policy language is four levels deep, so depth cannot hurt.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Span;

/// What is wrong with a text that is no JSON, without the place.
pub(crate) fn problem(text: &str, error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or(&words);
    match text.trim_start_matches('\u{feff}').trim_start().chars().next() {
        None => "it is empty".to_owned(),
        Some('{' | '[' | '"') if error.is_eof() => format!("{words} (the file is cut short)"),
        Some('{' | '[' | '"') => words.to_owned(),
        Some(_) => "it is no JSON".to_owned(),
    }
}

/// A member of an object, duplicates kept.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub key: String,
    pub value: &'a RawValue,
}

/// The kinds of JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
        }
    }
}

pub(super) fn kind(value: &RawValue) -> Kind {
    match value.get().bytes().next() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

/// Where `value` lies in `text`, of which it is a slice.
pub(crate) fn span(text: &str, value: &RawValue) -> Span {
    let start = (value.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: number(start), end: number(start + value.get().len()) }
}

pub(crate) fn members(value: &RawValue) -> Option<Vec<Member<'_>>> {
    serde_json::from_str::<Members<'_>>(value.get()).ok().map(|members| members.0)
}

pub(crate) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str::<Items<'_>>(value.get()).ok().map(|items| items.0)
}

pub(super) fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The text of a string, a number or a boolean; `None` of anything else.
pub(super) fn scalar(value: &RawValue) -> Option<String> {
    match kind(value) {
        Kind::String => string(value),
        Kind::Number | Kind::Bool => Some(value.get().to_owned()),
        Kind::Object | Kind::Array | Kind::Null => None,
    }
}

/// A single value stands for a list of one.
pub(super) fn one_or_many(value: &RawValue) -> Vec<&RawValue> {
    match kind(value) {
        Kind::Array => items(value).unwrap_or_default(),
        Kind::Object | Kind::String | Kind::Number | Kind::Bool | Kind::Null => vec![value],
    }
}

/// How deep values are broken into lines; a policy is not half as deep.
const DEPTH: usize = 32;

/// The value over several lines, two spaces a level. Order, duplicates, numbers and strings stay as they are written.
pub(super) fn pretty(value: &RawValue) -> String {
    let mut out = String::with_capacity(value.get().len() * 2);
    write(value, 0, &mut out);
    out
}

fn write(value: &RawValue, depth: usize, out: &mut String) {
    let parts: Vec<(Option<String>, &RawValue)> = match kind(value) {
        _ if depth >= DEPTH => Vec::new(),
        Kind::Object => members(value).unwrap_or_default().into_iter().map(|m| (Some(m.key), m.value)).collect(),
        Kind::Array => items(value).unwrap_or_default().into_iter().map(|item| (None, item)).collect(),
        Kind::String | Kind::Number | Kind::Bool | Kind::Null => Vec::new(),
    };
    if parts.is_empty() {
        out.push_str(value.get());
        return;
    }
    let (open, close) = if kind(value) == Kind::Object { ('{', '}') } else { ('[', ']') };
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    out.push(open);
    for (number, (key, part)) in parts.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        if let Some(key) = key {
            out.push_str(&serde_json::Value::String(key).to_string());
            out.push_str(": ");
        }
        write(part, depth + 1, out);
    }
    line(out, depth);
    out.push(close);
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            members.push(Member { key, value });
        }
        Ok(Members(members))
    }
}

struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Items(items))
    }
}
