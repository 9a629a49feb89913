//! One condition of a statement: operator, key, values; and whether a request context meets it.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys",
//! "Conditions with multiple context keys or values"; IAM Access Analyzer, "policy check reference".

mod address;
mod arn;
mod binary;
mod boolean;
mod date;
mod line;
mod numeric;
mod operator;
mod relate;
mod string;
mod texts;

pub(crate) use date::parse as parse_date;
pub use operator::{Base, Operator, SetOperator};

use crate::context::{Context, Fact, Value};
use crate::pattern::Pattern;
use crate::truth::Truth;

/// The values of a condition, compiled for the family of its operator. `None` in a list: a value that the family cannot
/// read, which matches nothing.
#[derive(Debug, Clone)]
enum Compiled {
    String(string::Values),
    Numeric(Vec<Option<numeric::Number>>),
    Date(Vec<Option<jiff::Timestamp>>),
    Boolean(boolean::Values),
    Binary(Vec<Option<Vec<u8>>>),
    Address(Vec<Option<ipnet::IpNet>>),
    Arn(arn::Values),
    Null(Vec<Option<bool>>),
}

/// A condition: it holds if the request's value of `key` stands in the relation of `operator` to one of the values.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The key in lower case.
    pub key: Box<str>,
    /// The key as written.
    pub written_key: Box<str>,
    /// The values as written; numbers and booleans as their text.
    pub values: Vec<Box<str>>,
    compiled: Compiled,
}

/// Something about how a condition was decided that AWS's documentation leaves open, or that surprises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A plain operator on a multivalued key: it does not match; ForAllValues or ForAnyValue is needed.
    NeedsSetOperator,
    /// ForAllValues is true where the key is missing.
    ForAllValuesOfNothing,
    /// IfExists under ForAnyValue: taken to have no effect, AWS's documentation does not say.
    IfExistsIgnored,
    /// A value that is no number, date or address: taken to match nothing, negated or not.
    Unparseable,
    /// An ARN pattern with fewer than six fields: taken to match nothing.
    ShortArnPattern,
    /// An empty list of values: AWS's documentation contradicts itself.
    NoValues,
}

impl Condition {
    /// Compiles a condition. `variables`: the policy's version substitutes them.
    pub fn new(operator: Operator, key: &str, values: Vec<Box<str>>, variables: bool) -> Self {
        let compiled = match operator.base {
            Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike => {
                Compiled::String(string::compile(operator.base, &values, variables))
            }
            Base::NumericEquals
            | Base::NumericLessThan
            | Base::NumericLessThanEquals
            | Base::NumericGreaterThan
            | Base::NumericGreaterThanEquals => Compiled::Numeric(values.iter().map(|v| numeric::parse(v)).collect()),
            Base::DateEquals
            | Base::DateLessThan
            | Base::DateLessThanEquals
            | Base::DateGreaterThan
            | Base::DateGreaterThanEquals => Compiled::Date(values.iter().map(|v| date::parse(v)).collect()),
            Base::Bool => Compiled::Boolean(boolean::compile(&values, variables)),
            Base::BinaryEquals => Compiled::Binary(values.iter().map(|v| binary::parse(v)).collect()),
            Base::IpAddress => Compiled::Address(values.iter().map(|v| address::parse_range(v)).collect()),
            Base::ArnLike => Compiled::Arn(arn::compile(&values, variables)),
            Base::Null => Compiled::Null(values.iter().map(|v| boolean::parse(v)).collect()),
        };
        Self { operator, key: key.to_lowercase().into(), written_key: key.into(), values, compiled }
    }

    /// Whether the context meets the condition.
    pub fn holds(&self, context: &Context) -> Truth {
        let fact = context.fact(&self.key);
        if let Compiled::Null(wanted) = &self.compiled {
            return self.null(fact, wanted);
        }
        match (self.operator.set, fact) {
            (_, Fact::Unknown) => self.unknown(),
            // AWS: with an empty list, IfExists and ForAllValues match only where the key is missing.
            (_, Fact::Present | Fact::Like(_)) if self.is_empty_and_lenient() => Truth::No,
            (_, Fact::Value(value)) if self.is_empty_and_lenient() && !value.is_null() => Truth::No,
            (_, Fact::Present) => Truth::Unknown,
            (_, Fact::Like(pattern)) => self.one_like(pattern, context),
            (SetOperator::ForAllValues, Fact::Absent) => Truth::Yes,
            (SetOperator::ForAnyValue, Fact::Absent) => Truth::No,
            (SetOperator::None, Fact::Absent) => self.missing(),
            (SetOperator::ForAllValues, Fact::Value(value)) if value.is_null() => Truth::Yes,
            (SetOperator::ForAnyValue, Fact::Value(value)) if value.is_null() => Truth::No,
            (SetOperator::ForAllValues, Fact::Value(value)) => {
                Truth::all(value.items.iter().map(|item| self.one(item, context)))
            }
            (SetOperator::ForAnyValue, Fact::Value(value)) => {
                Truth::any(value.items.iter().map(|item| self.one(item, context)))
            }
            (SetOperator::None, Fact::Value(Value { items, list: false })) => {
                items.first().map_or_else(|| self.missing(), |item| self.one(item, context))
            }
            (SetOperator::None, Fact::Value(value)) if value.items.is_empty() => self.missing(),
            (SetOperator::None, Fact::Value(_)) => Truth::No,
        }
    }

    /// Without a value to compare: what does not match, a negated operator is content with.
    fn missing(&self) -> Truth {
        (self.operator.if_exists || self.operator.negated).into()
    }

    /// It lists no values, and its prefix or suffix lets a missing key pass.
    fn is_empty_and_lenient(&self) -> bool {
        self.values.is_empty() && (self.operator.if_exists || self.operator.set != SetOperator::None)
    }

    /// Unknown, unless there is nothing to compare with and so nothing to know.
    fn unknown(&self) -> Truth {
        let absent = match self.operator.set {
            SetOperator::ForAllValues => Truth::Yes,
            SetOperator::ForAnyValue => Truth::No,
            SetOperator::None => self.missing(),
        };
        // Without values to compare with, a positive operator that a missing key does not meet is met by no value.
        let never = self.values.is_empty() && absent == Truth::No && !self.operator.negated;
        if never { Truth::No } else { Truth::Unknown }
    }

    fn null(&self, fact: &Fact, wanted: &[Option<bool>]) -> Truth {
        match self.operator.set {
            SetOperator::ForAllValues => return Truth::Yes,
            SetOperator::ForAnyValue => return Truth::No,
            SetOperator::None => {}
        }
        let is_null = match fact {
            Fact::Unknown if wanted.contains(&Some(true)) && wanted.contains(&Some(false)) => return Truth::Yes,
            Fact::Unknown if wanted.iter().all(Option::is_none) => return Truth::No,
            Fact::Unknown => return Truth::Unknown,
            Fact::Absent => true,
            Fact::Present | Fact::Like(_) => false,
            Fact::Value(value) => value.is_null(),
        };
        wanted.contains(&Some(is_null)).into()
    }

    /// Whether one value of the request meets the operator: one of the policy's values for a positive operator, none of
    /// them for a negated one.
    fn one(&self, item: &str, context: &Context) -> Truth {
        let negated = self.operator.negated;
        match &self.compiled {
            Compiled::String(values) => values.matches(item, context).negate_if(negated),
            Compiled::Boolean(values) => values.matches(item, context),
            Compiled::Arn(values) => values.matches(item, context).negate_if(negated),
            Compiled::Binary(values) => binary::matches(item, values).into(),
            Compiled::Numeric(values) => numeric::matches(self.operator.base, negated, item, values).into(),
            Compiled::Date(values) => date::matches(self.operator.base, negated, item, values).into(),
            Compiled::Address(values) => address::matches(negated, item, values).into(),
            Compiled::Null(_) => Truth::Unknown,
        }
    }

    /// As [`Self::one`], where only a pattern of the request's value is known.
    fn one_like(&self, item: &Pattern, context: &Context) -> Truth {
        match &self.compiled {
            Compiled::String(values) => values.matches_like(item, context).negate_if(self.operator.negated),
            Compiled::Arn(values) => values.matches_like(item, context).negate_if(self.operator.negated),
            Compiled::Boolean(_)
            | Compiled::Binary(_)
            | Compiled::Numeric(_)
            | Compiled::Date(_)
            | Compiled::Address(_)
            | Compiled::Null(_) => Truth::Unknown,
        }
    }

    /// What the key has to be for the condition to hold, or not to hold: `IpAddress 10.0.0.0/8`.
    pub fn wanted(&self, not: bool) -> String {
        const SHOWN: usize = 10;
        let mut values = self.values.iter().take(SHOWN).map(|value| &**value).collect::<Vec<_>>().join(" or ");
        if self.values.len() > SHOWN {
            values += &format!(" or one of {} more", self.values.len() - SHOWN);
        }
        // Of true and false the opposite has a name, and what the one says of a missing key the other does not.
        if let (true, Base::Bool, SetOperator::None, [value]) =
            (not, self.operator.base, self.operator.set, self.values.as_slice())
            && let Some(value) = boolean::parse(value)
        {
            return format!("Bool{} {}", if self.operator.if_exists { "" } else { "IfExists" }, !value);
        }
        match (not, self.operator.opposite()) {
            (false, _) => format!("{} {values}", self.operator),
            (true, Some(opposite)) => format!("{opposite} {values}"),
            (true, None) => format!("not {} {values}", self.operator),
        }
    }

    /// The keys of policy variables in the values, lower case.
    pub fn variable_keys(&self) -> Vec<&str> {
        match &self.compiled {
            Compiled::String(values) => values.variable_keys(),
            Compiled::Boolean(values) => values.variable_keys(),
            Compiled::Arn(values) => values.variable_keys(),
            Compiled::Numeric(_)
            | Compiled::Date(_)
            | Compiled::Binary(_)
            | Compiled::Address(_)
            | Compiled::Null(_) => Vec::new(),
        }
    }

    /// The values that its family cannot read, as written.
    pub fn unreadable_values(&self) -> Vec<&str> {
        let readable: Vec<bool> = match &self.compiled {
            Compiled::String(_) => return Vec::new(),
            Compiled::Boolean(values) => values.readable(),
            Compiled::Arn(values) => values.readable(),
            Compiled::Numeric(values) => values.iter().map(Option::is_some).collect(),
            Compiled::Date(values) => values.iter().map(Option::is_some).collect(),
            Compiled::Binary(values) => values.iter().map(Option::is_some).collect(),
            Compiled::Address(values) => values.iter().map(Option::is_some).collect(),
            Compiled::Null(values) => values.iter().map(Option::is_some).collect(),
        };
        self.values.iter().zip(readable).filter(|(_, readable)| !readable).map(|(value, _)| &**value).collect()
    }

    /// What is open or surprising about how this context decided the condition.
    pub fn remark(&self, context: &Context) -> Option<Remark> {
        let fact = context.fact(&self.key);
        let listed = matches!(fact, Fact::Value(value) if value.list && !value.items.is_empty());
        match (self.operator.set, fact) {
            (SetOperator::None, _) if listed && self.operator.base != Base::Null => Some(Remark::NeedsSetOperator),
            (SetOperator::ForAllValues, Fact::Absent) => Some(Remark::ForAllValuesOfNothing),
            (SetOperator::ForAnyValue, Fact::Absent) if self.operator.if_exists => Some(Remark::IfExistsIgnored),
            (SetOperator::None, Fact::Value(_)) if self.values.is_empty() => Some(Remark::NoValues),
            (_, Fact::Value(value)) => self.unreadable(value),
            _ => None,
        }
    }

    fn unreadable(&self, value: &Value) -> Option<Remark> {
        let request = match &self.compiled {
            Compiled::Numeric(_) => value.items.iter().any(|item| numeric::parse(item).is_none()),
            Compiled::Date(_) => value.items.iter().any(|item| date::parse(item).is_none()),
            Compiled::Address(_) => value.items.iter().any(|item| address::parse(item).is_none()),
            Compiled::String(_) | Compiled::Boolean(_) | Compiled::Binary(_) | Compiled::Arn(_) | Compiled::Null(_) => {
                false
            }
        };
        let short_arn = matches!(self.compiled, Compiled::Arn(_));
        match request || !self.unreadable_values().is_empty() {
            true if short_arn => Some(Remark::ShortArnPattern),
            true => Some(Remark::Unparseable),
            false => None,
        }
    }
}
