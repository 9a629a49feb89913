//! `StringEquals`, `StringEqualsIgnoreCase`, `StringLike`: text, with policy variables.

use super::Base;
use super::texts::Texts;
use crate::pattern::{Pattern, Syntax, Variables};
use crate::truth::Truth;

/// The compiled values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    patterns: Vec<Pattern>,
    fold_case: bool,
}

pub(super) fn compile(base: Base, values: &[Box<str>], variables: bool) -> Values {
    let fold_case = base == Base::StringEqualsIgnoreCase;
    let syntax = Syntax { wildcards: base == Base::StringLike, variables, fold_case };
    Values { patterns: values.iter().map(|value| Pattern::parse(value, syntax)).collect(), fold_case }
}

impl Values {
    pub(super) fn matches(&self, item: &str, variables: &impl Variables) -> Truth {
        let folded = self.fold_case.then(|| item.to_lowercase());
        let item = folded.as_deref().unwrap_or(item);
        Truth::any(self.patterns.iter().map(|pattern| pattern.matches(item, variables)))
    }

    pub(super) fn matches_like(&self, item: &Pattern, variables: &impl Variables) -> Truth {
        if self.fold_case {
            return Truth::Unknown;
        }
        Truth::any(self.patterns.iter().map(|pattern| pattern.matches_all_of(item, variables)))
    }

    /// The texts that a positive operator accepts, or a negated one.
    pub(super) fn texts(&self, negated: bool) -> Texts<'_> {
        Texts { patterns: self.patterns.iter().collect(), negated, arns: false, fold_case: self.fold_case }
    }

    pub(super) fn variable_keys(&self) -> Vec<&str> {
        self.patterns.iter().flat_map(Pattern::variables).map(|variable| &*variable.key).collect()
    }
}
