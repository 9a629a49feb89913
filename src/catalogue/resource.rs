//! Resource types, and whether an ARN is of a type that an action takes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use super::{Action, Names, Row, Service};
use crate::arn::Arn;
use crate::pattern::{NoVariables, Pattern, Syntax};
use crate::truth::Truth;

/// A resource type of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType(Row);

impl ResourceType {
    pub(super) fn new(row: Row) -> Self {
        Self(row)
    }

    /// AWS's name of it, `instance`.
    pub fn name(&self) -> &'static str {
        self.0.field(0)
    }

    /// The form of its ARNs, `arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}`.
    pub fn arn(&self) -> &'static str {
        self.0.field(1)
    }

    /// Its condition keys, shortened.
    pub(super) fn keys(&self) -> Names {
        Names::new(self.0.field(2))
    }

    /// Whether `other` is below it, as an object is below a bucket: its ARNs go on after a slash. Types whose last part is
    /// a path hold slashes themselves.
    fn is_above(&self, other: &Self) -> bool {
        let (own, other) = (self.arn(), other.arn());
        let path = own.rsplit_once("${").is_some_and(|(_, variable)| variable.contains("Path"));
        let below = other.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'));
        own.ends_with('}') && !path && below
    }
}

/// A resource type as an action uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceUse {
    /// The type.
    pub kind: ResourceType,
    /// Whether the reference marks it as required; that often means one of several.
    pub required: bool,
}

/// Whether an ARN is of a type that an action takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It may be of these types, by name; empty for `*` and an action that takes only `*`.
    Fits(Vec<&'static str>),
    /// It is of none of them; also any ARN for an action that takes only `*`.
    No,
    /// It is not an ARN.
    NotKnown,
}

impl Action {
    /// Whether `arn` is of a type that the action takes. The types are alternatives. Wildcards and policy variables in `arn`
    /// stand for any text; an overlap is enough.
    pub fn fit(&self, arn: &str) -> Fit {
        let everything = !arn.is_empty() && arn.chars().all(|letter| letter == '*');
        if !everything && !arn.starts_with("arn:") {
            return Fit::NotKnown;
        }
        let given = Fields::new(arn);
        let shapes = Shapes::of(self.service());
        let taken: Vec<&(ResourceType, Fields)> =
            self.resource_types().filter_map(|own| shapes.iter().find(|(kind, _)| *kind == own.kind)).collect();
        let is_taken = |kind: &ResourceType| taken.iter().any(|(own, _)| own == kind);
        let fits = |(kind, fields): &&&(ResourceType, Fields)| {
            let covers = |(other, all): &(ResourceType, Fields)| {
                kind.is_above(other) && !is_taken(other) && all.matches_all_of(&given) == Truth::Yes
            };
            fields.matches_all_of(&given) != Truth::No && !shapes.iter().any(covers)
        };
        let types: Vec<_> = taken.iter().filter(fits).map(|(kind, _)| kind.name()).collect();
        if types.is_empty() && !everything { Fit::No } else { Fit::Fits(types) }
    }
}

/// The resource types of each service with the patterns of their ARNs, compiled once for the process.
struct Shapes;

type ByService = HashMap<&'static str, Arc<Vec<(ResourceType, Fields)>>>;

static SHAPES: LazyLock<RwLock<ByService>> = LazyLock::new(RwLock::default);

impl Shapes {
    fn of(service: Service) -> Arc<Vec<(ResourceType, Fields)>> {
        let known = SHAPES.read().ok().and_then(|known| known.get(service.prefix()).cloned());
        known.unwrap_or_else(|| {
            let new = Arc::new(service.resource_types().map(|kind| (kind, Fields::new(kind.arn()))).collect());
            if let Ok(mut known) = SHAPES.write() {
                known.insert(service.prefix(), Arc::clone(&new));
            }
            new
        })
    }
}

/// The patterns of an ARN's fields, or of the whole text where it has fewer.
struct Fields {
    text: String,
    fields: Option<[Pattern; 5]>,
}

impl Fields {
    /// `${…}` stands for any text.
    fn new(arn: &str) -> Self {
        let text = with_stars(arn);
        let fields = Arn::parse(&text)
            .map(|arn| [arn.partition, arn.service, arn.region, arn.account, arn.resource].map(pattern));
        Self { text, fields }
    }

    /// Whether every ARN that `given` stands for is matched, none, or some.
    fn matches_all_of(&self, given: &Self) -> Truth {
        match (&self.fields, &given.fields) {
            (Some(fields), Some(given)) => {
                let pairs = fields.iter().zip(given);
                Truth::all(pairs.map(|(own, given)| own.matches_all_of(given, &NoVariables)))
            }
            (None, _) | (_, None) => pattern(&self.text).matches_all_of(&pattern(&given.text), &NoVariables),
        }
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, Syntax { wildcards: true, variables: false, fold_case: false })
}

fn with_stars(arn: &str) -> String {
    let mut text = String::with_capacity(arn.len());
    let mut rest = arn;
    while let Some((before, variable)) = rest.split_once("${") {
        let Some((_, after)) = variable.split_once('}') else { break };
        text.push_str(before);
        text.push('*');
        rest = after;
    }
    text.push_str(rest);
    text
}
