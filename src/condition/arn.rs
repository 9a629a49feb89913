//! `ArnEquals`, `ArnLike`: the six fields of an ARN, each matched on its own.

use super::texts::Texts;
use crate::arn::Arn;
use crate::pattern::{ArnPattern, Pattern, Variables};
use crate::truth::Truth;

/// The compiled values; `None` is no ARN pattern and matches nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values(Vec<Option<Pattern>>);

pub(super) fn compile(values: &[Box<str>], variables: bool) -> Values {
    Values(values.iter().map(|value| ArnPattern::condition(value, variables)).collect())
}

impl Values {
    pub(super) fn matches(&self, item: &str, variables: &impl Variables) -> Truth {
        if Arn::parse(item).is_none() {
            return Truth::No;
        }
        Truth::any(self.0.iter().flatten().map(|pattern| pattern.matches(item, variables)))
    }

    pub(super) fn matches_like(&self, item: &Pattern, variables: &impl Variables) -> Truth {
        Truth::any(self.0.iter().flatten().map(|pattern| pattern.matches_all_of(item, variables)))
    }

    /// The texts that a positive operator accepts, or a negated one.
    pub(super) fn texts(&self, negated: bool) -> Texts<'_> {
        Texts { patterns: self.0.iter().flatten().collect(), negated, arns: true, fold_case: false }
    }

    pub(super) fn variable_keys(&self) -> Vec<&str> {
        self.0.iter().flatten().flat_map(Pattern::variables).map(|variable| &*variable.key).collect()
    }

    pub(super) fn readable(&self) -> Vec<bool> {
        self.0.iter().map(Option::is_some).collect()
    }
}
