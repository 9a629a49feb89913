//! What one condition says about another on the same key: whether who meets the one meets the other, or cannot.
//!
//! Told from operators and values alone, for every value that a request may have. Where it is not told, the answer is no:
//! neither "implies" nor "excludes" is ever wrongly true.

use super::texts::Texts;
use super::{Base, Compiled, Condition, SetOperator, line};

impl Condition {
    /// Whether every request that meets this condition meets `other` as well. `false` where that is not told.
    pub fn implies(&self, other: &Self) -> bool {
        if self.key != other.key {
            return false;
        }
        if self.operator == other.operator && self.has_values_of(other) {
            return true;
        }
        if self.values.is_empty() || other.values.is_empty() {
            return false;
        }
        if let Compiled::Null(wanted) = &other.compiled {
            let Compiled::Null(own) = &self.compiled else {
                return other.operator.set == SetOperator::None
                    && wanted.contains(&Some(false))
                    && self.needs_a_value();
            };
            let are_plain = [self, other].iter().all(|one| one.operator.set == SetOperator::None);
            return are_plain && own.iter().flatten().all(|one| wanted.contains(&Some(*one)));
        }
        if self.operator.base == Base::Null {
            // What is missing meets every ForAllValues.
            return self.is_missing() && other.operator.set == SetOperator::ForAllValues;
        }
        let fits = match (self.operator.set, other.operator.set) {
            (SetOperator::None, SetOperator::None) => !self.lets_missing() || other.lets_missing(),
            (SetOperator::ForAllValues, SetOperator::ForAllValues)
            | (SetOperator::ForAnyValue, SetOperator::ForAnyValue)
            | (SetOperator::None, SetOperator::ForAllValues) => true,
            (SetOperator::None, SetOperator::ForAnyValue) => self.needs_a_value(),
            (SetOperator::ForAllValues | SetOperator::ForAnyValue, _) => false,
        };
        fits && self.is_within(other)
    }

    /// Whether no request meets both. `false` where that is not told.
    pub fn excludes(&self, other: &Self) -> bool {
        if self.key != other.key || self.values.is_empty() || other.values.is_empty() {
            return false;
        }
        match (&self.compiled, &other.compiled) {
            (Compiled::Null(own), Compiled::Null(others)) => {
                let are_plain = [self, other].iter().all(|one| one.operator.set == SetOperator::None);
                let shared = |wanted| own.contains(&Some(wanted)) && others.contains(&Some(wanted));
                return are_plain && !shared(true) && !shared(false);
            }
            (Compiled::Null(_), _) => return self.is_missing() && other.needs_a_value(),
            (_, Compiled::Null(_)) => return other.is_missing() && self.needs_a_value(),
            _ => {}
        }
        let fits = match (self.operator.set, other.operator.set) {
            (SetOperator::None, SetOperator::None) => !self.lets_missing() || !other.lets_missing(),
            (SetOperator::None, SetOperator::ForAllValues) => self.needs_a_value(),
            (SetOperator::ForAllValues, SetOperator::None) => other.needs_a_value(),
            (SetOperator::ForAllValues, SetOperator::ForAllValues)
            | (SetOperator::ForAnyValue, SetOperator::ForAnyValue) => false,
            (SetOperator::ForAnyValue, _) | (_, SetOperator::ForAnyValue) => true,
        };
        fits && self.is_apart(other)
    }

    /// Whether the values are the same, and read in the same way: variables are none in an older version.
    fn has_values_of(&self, other: &Self) -> bool {
        self.values == other.values
            && match (&self.compiled, &other.compiled) {
                (Compiled::String(own), Compiled::String(others)) => own == others,
                (Compiled::Arn(own), Compiled::Arn(others)) => own == others,
                (Compiled::Boolean(own), Compiled::Boolean(others)) => own == others,
                _ => true,
            }
    }

    /// It is met where the key is missing.
    fn lets_missing(&self) -> bool {
        self.operator.if_exists || self.operator.negated
    }

    /// It is met where the key is missing or empty, and nowhere else.
    fn is_missing(&self) -> bool {
        matches!(&self.compiled, Compiled::Null(wanted) if !wanted.contains(&Some(false)))
            && self.operator.set == SetOperator::None
    }

    /// It is met only where the key is there and holds something.
    fn needs_a_value(&self) -> bool {
        match self.operator.set {
            SetOperator::ForAnyValue => self.operator.base != Base::Null,
            SetOperator::ForAllValues => false,
            SetOperator::None if self.lets_missing() => false,
            SetOperator::None => match &self.compiled {
                Compiled::Null(wanted) => !wanted.contains(&Some(true)),
                Compiled::String(_) | Compiled::Arn(_) => self.texts().is_some_and(|texts| !texts.may_be_empty()),
                Compiled::Numeric(_) | Compiled::Date(_) | Compiled::Boolean(_) | Compiled::Address(_) => true,
                Compiled::Binary(_) => false,
            },
        }
    }

    /// The texts that it accepts, of a family that compares texts.
    fn texts(&self) -> Option<Texts<'_>> {
        let negated = self.operator.negated;
        match &self.compiled {
            Compiled::String(values) => Some(values.texts(negated)),
            Compiled::Arn(values) => Some(values.texts(negated)),
            Compiled::Numeric(_)
            | Compiled::Date(_)
            | Compiled::Boolean(_)
            | Compiled::Binary(_)
            | Compiled::Address(_)
            | Compiled::Null(_) => None,
        }
    }

    /// Whether every single value that it accepts is accepted by the other.
    fn is_within(&self, other: &Self) -> bool {
        if let (Some(own), Some(others)) = (self.texts(), other.texts()) {
            return own.is_within(&others);
        }
        let negated = (self.operator.negated, other.operator.negated);
        match (&self.compiled, &other.compiled) {
            (Compiled::Numeric(_), Compiled::Numeric(_)) | (Compiled::Date(_), Compiled::Date(_)) => {
                self.on_line(other, line::Line::is_within)
            }
            (Compiled::Boolean(own), Compiled::Boolean(others)) => own.is_within(others),
            (Compiled::Binary(own), Compiled::Binary(others)) => {
                own.iter().flatten().all(|one| others.iter().flatten().any(|other| one == other))
            }
            (Compiled::Address(own), Compiled::Address(others)) => match negated {
                (false, false) => super::address::are_within(own, others),
                (true, true) => super::address::are_within(others, own),
                (false, true) => super::address::are_apart(own, others),
                (true, false) => false,
            },
            _ => false,
        }
    }

    /// Whether no single value is accepted by both.
    fn is_apart(&self, other: &Self) -> bool {
        if let (Some(own), Some(others)) = (self.texts(), other.texts()) {
            return own.is_apart(&others);
        }
        let negated = (self.operator.negated, other.operator.negated);
        match (&self.compiled, &other.compiled) {
            (Compiled::Numeric(_), Compiled::Numeric(_)) | (Compiled::Date(_), Compiled::Date(_)) => {
                self.on_line(other, line::Line::is_apart)
            }
            (Compiled::Boolean(own), Compiled::Boolean(others)) => own.is_apart(others),
            (Compiled::Binary(own), Compiled::Binary(others)) => {
                !own.iter().flatten().any(|one| others.iter().flatten().any(|other| one == other))
            }
            (Compiled::Address(own), Compiled::Address(others)) => match negated {
                (false, false) => super::address::are_apart(own, others),
                (false, true) => super::address::are_within(own, others),
                (true, false) => super::address::are_within(others, own),
                (true, true) => false,
            },
            _ => false,
        }
    }

    /// Holds the values of two conditions against each other, as parts of the line of numbers or of time.
    fn on_line(&self, other: &Self, test: impl Fn(&line::Line, &line::Line) -> bool) -> bool {
        let part = |condition: &Self| {
            let points: Option<Vec<line::Point>> = if let Compiled::Numeric(values) = &condition.compiled {
                values.iter().map(|value| line::of_number((*value)?)).collect()
            } else if let Compiled::Date(values) = &condition.compiled {
                values.iter().map(|value| Some(line::of_date((*value)?))).collect()
            } else {
                None
            };
            line::Line::new(condition.operator.base, condition.operator.negated, points?)
        };
        match (part(self), part(other)) {
            (Some(own), Some(others)) => test(&own, &others),
            _ => false,
        }
    }
}
