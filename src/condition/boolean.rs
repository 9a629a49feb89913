//! `Bool` (and the values of `Null`): `true` and `false` in any case.

use crate::pattern::{Pattern, Syntax, Variables};
use crate::truth::Truth;

/// The compiled values: AWS's page on operators lets `Bool` hold variables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values(Vec<Value>);

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Plain(Option<bool>),
    Variable(Pattern),
}

pub(super) fn parse(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

pub(super) fn compile(values: &[Box<str>], variables: bool) -> Values {
    let syntax = Syntax { wildcards: false, variables, fold_case: true };
    let compile = |value: &str| match Pattern::parse(value, syntax) {
        pattern if pattern.has_variables() => Value::Variable(pattern),
        _ => Value::Plain(parse(value)),
    };
    Values(values.iter().map(|value| compile(value)).collect())
}

impl Values {
    /// A value that is neither true nor false meets nothing.
    pub(super) fn matches(&self, item: &str, variables: &impl Variables) -> Truth {
        let Some(wanted) = parse(item) else { return Truth::No };
        let text = if wanted { "true" } else { "false" };
        Truth::any(self.0.iter().map(|value| match value {
            Value::Plain(value) => (*value == Some(wanted)).into(),
            Value::Variable(pattern) => pattern.matches(text, variables),
        }))
    }

    /// Whether the other accepts every value that these do. What is neither true nor false accepts none.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let all = |value: &Value| *value == Value::Plain(None) || other.0.contains(value);
        self.0.iter().all(all) || [true, false].iter().all(|wanted| other.0.contains(&Value::Plain(Some(*wanted))))
    }

    /// Whether no value is accepted by both.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        let plain = |values: &Self| {
            values.0.iter().all(|value| match value {
                Value::Plain(_) => true,
                Value::Variable(_) => false,
            })
        };
        let shared = |value: &Value| *value != Value::Plain(None) && other.0.contains(value);
        plain(self) && plain(other) && !self.0.iter().any(shared)
    }

    pub(super) fn variable_keys(&self) -> Vec<&str> {
        let patterns = self.0.iter().filter_map(|value| match value {
            Value::Variable(pattern) => Some(pattern),
            Value::Plain(_) => None,
        });
        patterns.flat_map(Pattern::variables).map(|variable| &*variable.key).collect()
    }

    pub(super) fn readable(&self) -> Vec<bool> {
        self.0.iter().map(|value| !matches!(value, Value::Plain(None))).collect()
    }
}
