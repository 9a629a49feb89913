//! The smallest edit of a condition: the request's own value beside those that the condition lets pass.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators"; "IAM policy elements: Variables and tags", for
//! `${$}`.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::allow::element;
use super::exempt::written_operator;
use super::place::Place;
use super::ways::{Matter, matter};
use super::{Change, words};
use crate::condition::{Base, Condition, SetOperator};
use crate::context::Fact;
use crate::policy::{Document, Version};
use crate::request::Request;

/// What an Allow that fails on its conditions alone would have to let pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Widened {
    /// Where the statement stands.
    pub(super) place: Place,
    pub(super) statement: usize,
    /// For each condition that fails its operator and key as written, and the request's value.
    values: Vec<(String, String, String)>,
    /// The conditions of the statement, those that fail with the request's value alone.
    condition: Value,
    /// The language that they are written in.
    version: Version,
    /// How the request could meet the conditions as they are.
    pub(super) ways: Option<String>,
}

impl Widened {
    /// `None` where the request's value is not known, or where whoever has not what the condition asks for is just whom it
    /// keeps out.
    pub(super) fn of(
        place: Place,
        number: usize,
        document: &Document,
        failing: &[&Condition],
        request: &Request,
        ways: Option<String>,
    ) -> Option<Self> {
        let statement = document.statements.get(number)?;
        let mut condition = element(document, statement, "Condition")?;
        let mut values = Vec::new();
        for one in failing {
            let value = value_of(one, request, document.version)?;
            let operator = written_operator(document, statement, one)?;
            let at = condition.get_mut(&operator)?.get_mut(&*one.written_key)?;
            let is_text =
                |items: &Value| items.as_array().map_or(items.is_string(), |all| all.iter().all(Value::is_string));
            if !is_text(at) {
                return None;
            }
            *at = Value::from(value.as_str());
            values.push((operator, one.written_key.to_string(), value));
        }
        let version = document.version;
        Some(Self { place, statement: number, values, condition, version, ways })
    }

    /// The values go into the conditions of the statement.
    pub(super) fn changes(&self) -> Vec<Change> {
        let change = |(operator, key, value): &(String, String, String)| Change::AddValues {
            statement: self.statement,
            operator: operator.clone(),
            key: key.clone(),
            values: vec![value.clone()],
        };
        self.values.iter().map(change).collect()
    }

    /// The conditions of a statement of its own, with those that it has to have anyway.
    ///
    /// # Errors
    /// Why it cannot stand in a document of this language.
    pub(super) fn condition(&self, version: Version, more: Option<Value>) -> Result<Value, &'static str> {
        if version != self.version && self.condition.to_string().contains("${") {
            return Err(
                "the statement's conditions have policy variables, which this document's Version does not know",
            );
        }
        let mut all = self.condition.clone();
        for (operator, keys) in more.as_ref().and_then(Value::as_object).into_iter().flatten() {
            let Some(members) = all.as_object_mut() else { continue };
            let own = members.entry(operator.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let (Some(own), Some(keys)) = (own.as_object_mut(), keys.as_object()) {
                own.extend(keys.clone());
            }
        }
        Ok(all)
    }

    /// `aws:SourceIp 198.51.100.1/32`.
    pub(super) fn shown(&self) -> String {
        let each: Vec<String> = self.values.iter().map(|(_, key, value)| format!("{key} {value}")).collect();
        words::and(&each)
    }
}

/// A text in which nothing stands for a variable.
fn literal(text: &str, version: Version) -> String {
    if version == Version::V2012 { text.replace("${", "${$}{") } else { text.to_owned() }
}

/// The request's value as the condition would have to list it.
fn value_of(condition: &Condition, request: &Request, version: Version) -> Option<String> {
    let operator = condition.operator;
    let Fact::Value(value) = request.context.fact(&condition.key) else { return None };
    let [item] = value.items.as_slice() else { return None };
    let says_what_passes = !operator.negated && operator.set == SetOperator::None && !value.list && !item.is_empty();
    // A variable makes one thing depend on another, which a value beside it would not.
    let is_comparison = !condition.variable_keys().is_empty();
    if !says_what_passes || is_comparison || matter(&condition.key) == Matter::Proof {
        return None;
    }
    match operator.base {
        Base::StringEquals | Base::StringEqualsIgnoreCase => Some(literal(item, version)),
        // As a value of these a wildcard would stand for more.
        Base::StringLike | Base::ArnLike => (!item.contains(['*', '?'])).then(|| literal(item, version)),
        Base::IpAddress => {
            let address: IpAddr = item.parse().ok()?;
            Some(format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 }))
        }
        Base::NumericEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals
        | Base::DateEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals
        | Base::Bool
        | Base::BinaryEquals
        | Base::Null => None,
    }
}
