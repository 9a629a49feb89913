//! `NumericEquals` and its kind: the request's number stands to the left of the operator.

use std::cmp::Ordering;

use super::Base;

/// A number: whole ones are compared exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Decimal(f64),
}

pub(super) fn parse(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse() {
        return Some(Number::Whole(whole));
    }
    // Rust also reads "inf" and "nan", which are no numbers to AWS.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let decimal: f64 = text.parse().ok()?;
    (plain && decimal.is_finite()).then_some(Number::Decimal(decimal))
}

#[expect(clippy::cast_precision_loss, reason = "only where the other side is a decimal anyway")]
fn compare(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
        (Number::Whole(a), Number::Decimal(b)) => (a as f64).partial_cmp(&b),
        (Number::Decimal(a), Number::Whole(b)) => a.partial_cmp(&(b as f64)),
        (Number::Decimal(a), Number::Decimal(b)) => a.partial_cmp(&b),
    }
}

/// Whether an ordering of request and policy value is what the operator asks for.
pub(super) fn accepts(base: Base, ordering: Ordering) -> bool {
    match base {
        Base::NumericLessThan | Base::DateLessThan => ordering.is_lt(),
        Base::NumericLessThanEquals | Base::DateLessThanEquals => ordering.is_le(),
        Base::NumericGreaterThan | Base::DateGreaterThan => ordering.is_gt(),
        Base::NumericGreaterThanEquals | Base::DateGreaterThanEquals => ordering.is_ge(),
        Base::NumericEquals
        | Base::DateEquals
        | Base::StringEquals
        | Base::StringEqualsIgnoreCase
        | Base::StringLike
        | Base::Bool
        | Base::BinaryEquals
        | Base::IpAddress
        | Base::ArnLike
        | Base::Null => ordering.is_eq(),
    }
}

/// One of the values for a positive operator, none of them for a negated one; what is no number meets neither.
pub(super) fn matches(base: Base, negated: bool, item: &str, values: &[Option<Number>]) -> bool {
    let Some(item) = parse(item) else { return false };
    let test = |value: &Option<Number>| {
        value.and_then(|value| compare(item, value)).is_some_and(|ordering| accepts(base, ordering) != negated)
    };
    if negated { values.iter().all(test) } else { values.iter().any(test) }
}
