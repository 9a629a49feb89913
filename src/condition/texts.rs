//! The texts that an operator accepts, as patterns.

use smallvec::SmallVec;

use crate::arn::Arn;
use crate::pattern::{Pattern, Shape, Unsettled};
use crate::truth::Truth;

/// Texts that one of some patterns matches, or that none does.
#[derive(Debug)]
pub(super) struct Texts<'c> {
    /// The patterns.
    pub(super) patterns: SmallVec<[&'c Pattern; 4]>,
    /// What no pattern matches is meant.
    pub(super) negated: bool,
    /// Only ARNs are matched.
    pub(super) arns: bool,
    /// The patterns are in lower case, and so are the texts when they are matched.
    pub(super) fold_case: bool,
}

impl Texts<'_> {
    /// Whether the empty text may be one of them.
    pub(super) fn may_be_empty(&self) -> bool {
        let empty = || self.patterns.iter().any(|pattern| pattern.matches("", &Unsettled) != Truth::No);
        self.negated || (!self.arns && empty())
    }

    /// Whether the other accepts all of them.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        match (self.negated, other.negated) {
            (false, false) => self.is_covered_by(other),
            (true, true) => other.is_covered_by(self),
            (false, true) => self.meets_none_of(other),
            (true, false) => !other.arns && other.patterns.iter().any(|pattern| pattern.is_everything()),
        }
    }

    /// Whether the other accepts none of them.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        match (self.negated, other.negated) {
            (false, false) => self.meets_none_of(other),
            (false, true) => self.is_covered_by(other),
            (true, false) => other.is_covered_by(self),
            (true, true) => false,
        }
    }

    /// Whether each text that a pattern of these matches is matched by one of the others.
    fn is_covered_by(&self, other: &Self) -> bool {
        let is_arn = |pattern: &Pattern| match pattern.shape() {
            Shape::Exactly(text) => pattern.is_literal() && Arn::parse(text).is_some(),
            Shape::StartingWith(_) | Shape::Among(_) => false,
        };
        self.patterns.iter().all(|one| {
            let is_same = |wide: &Pattern| *wide == **one && self.fold_case == other.fold_case;
            (self.arns || !other.arns || is_arn(one))
                && other.patterns.iter().any(|wide| is_same(wide) || self.held(one, other, wide) == Truth::Yes)
        })
    }

    fn meets_none_of(&self, other: &Self) -> bool {
        let is_apart = |one: &&Pattern| other.patterns.iter().all(|more| self.held(one, other, more) == Truth::No);
        self.patterns.iter().all(is_apart)
    }

    /// Whether a pattern of the others matches all that one of these does, nothing of it, or some.
    fn held(&self, one: &Pattern, other: &Self, wide: &Pattern) -> Truth {
        let literal = |pattern: &Pattern| match pattern.shape() {
            Shape::Exactly(text) if pattern.is_literal() => Some(text.to_lowercase()),
            Shape::Exactly(_) | Shape::StartingWith(_) | Shape::Among(_) => None,
        };
        match (self.fold_case, other.fold_case) {
            (false, false) | (true, true) => wide.matches_all_of(one, &Unsettled),
            (false, true) => literal(one).map_or(Truth::Unknown, |text| wide.matches(&text, &Unsettled)),
            // In another case it may be another text.
            (true, false) if wide.is_everything() => Truth::Yes,
            (true, false) => match literal(wide).map(|text| one.matches(&text, &Unsettled)) {
                Some(Truth::No) => Truth::No,
                Some(Truth::Unknown | Truth::Yes) | None => Truth::Unknown,
            },
        }
    }
}
