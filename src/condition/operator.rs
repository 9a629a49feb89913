//! The names of condition operators.

/// `ForAllValues:`, `ForAnyValue:`, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// For single-valued keys.
    None,
    /// Every value of the request; true of none.
    ForAllValues,
    /// At least one value of the request; false of none.
    ForAnyValue,
}

/// What is compared, without negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum Base {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    /// ArnEquals and ArnLike behave identically.
    ArnLike,
    Null,
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The set prefix.
    pub set: SetOperator,
    /// What is compared.
    pub base: Base,
    /// A `Not` operator: none of the values may match.
    pub negated: bool,
    /// The suffix `IfExists`: a missing key meets it.
    pub if_exists: bool,
    /// AWS's spelling without prefix and suffix.
    pub name: &'static str,
}

const NAMES: [(&str, Base, bool); 27] = [
    ("StringEquals", Base::StringEquals, false),
    ("StringNotEquals", Base::StringEquals, true),
    ("StringEqualsIgnoreCase", Base::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Base::StringEqualsIgnoreCase, true),
    ("StringLike", Base::StringLike, false),
    ("StringNotLike", Base::StringLike, true),
    ("NumericEquals", Base::NumericEquals, false),
    ("NumericNotEquals", Base::NumericEquals, true),
    ("NumericLessThan", Base::NumericLessThan, false),
    ("NumericLessThanEquals", Base::NumericLessThanEquals, false),
    ("NumericGreaterThan", Base::NumericGreaterThan, false),
    ("NumericGreaterThanEquals", Base::NumericGreaterThanEquals, false),
    ("DateEquals", Base::DateEquals, false),
    ("DateNotEquals", Base::DateEquals, true),
    ("DateLessThan", Base::DateLessThan, false),
    ("DateLessThanEquals", Base::DateLessThanEquals, false),
    ("DateGreaterThan", Base::DateGreaterThan, false),
    ("DateGreaterThanEquals", Base::DateGreaterThanEquals, false),
    ("Bool", Base::Bool, false),
    ("BinaryEquals", Base::BinaryEquals, false),
    ("IpAddress", Base::IpAddress, false),
    ("NotIpAddress", Base::IpAddress, true),
    ("ArnEquals", Base::ArnLike, false),
    ("ArnLike", Base::ArnLike, false),
    ("ArnNotEquals", Base::ArnLike, true),
    ("ArnNotLike", Base::ArnLike, true),
    ("Null", Base::Null, false),
];

impl Operator {
    /// The operator of a name in any case, or `None` where AWS has none of that name.
    pub fn parse(text: &str) -> Option<Self> {
        let (set, rest) = match text.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => (SetOperator::ForAllValues, rest),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => (SetOperator::ForAnyValue, rest),
            Some(_) => return None,
            None => (SetOperator::None, text),
        };
        let suffix = rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at));
        let (rest, if_exists) = match suffix {
            Some((name, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (name, true),
            Some(_) | None => (rest, false),
        };
        let (name, base, negated) = NAMES.into_iter().find(|(name, ..)| name.eq_ignore_ascii_case(rest))?;
        if base == Base::Null && if_exists {
            return None;
        }
        Some(Self { set, base, negated, if_exists, name })
    }

    /// The operator that holds exactly where this one does not: `StringEquals` of `StringNotEquals`. Others have none.
    pub fn opposite(&self) -> Option<&'static str> {
        if self.set != SetOperator::None || self.if_exists {
            return None;
        }
        let same = |(_, base, negated): &&(&str, Base, bool)| *base == self.base && *negated != self.negated;
        NAMES.iter().find(same).map(|(name, ..)| *name)
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = match self.set {
            SetOperator::None => "",
            SetOperator::ForAllValues => "ForAllValues:",
            SetOperator::ForAnyValue => "ForAnyValue:",
        };
        write!(f, "{prefix}{}{}", self.name, if self.if_exists { "IfExists" } else { "" })
    }
}
