//! Resource types, and whether an ARN is of a type that an action takes.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use smallvec::SmallVec;

use super::{Action, Names, Row, Service};
use crate::arn::Arn;
use crate::pattern::{ArnPattern, NoVariables, Pattern, Syntax};
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

    /// The pattern of its ARNs in a partition.
    pub fn form_in(&self, partition: &str) -> ArnPattern {
        ArnPattern::resource(&with_stars(&self.arn().replace("${Partition}", partition)), false)
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
        let Some(given) = GivenArn::of(arn) else { return Fit::NotKnown };
        let fitting = Fitting::new(&given, self.service());
        let taken = self.types_taken();
        let types: Vec<_> = fitting.among(&taken).map(|kind| kind.name()).collect();
        if types.is_empty() && !given.everything { Fit::No } else { Fit::Fits(types) }
    }

    /// The resource types that it takes, by their numbers among those of its service.
    pub fn types_taken(&self) -> Vec<usize> {
        let shapes = shapes(self.service());
        self.resource_types().filter_map(|own| shapes.iter().position(|shape| shape.kind == own.kind)).collect()
    }
}

/// An ARN that is asked about, taken apart.
#[derive(Debug)]
pub struct GivenArn {
    /// It is `*`.
    everything: bool,
    fields: Fields,
}

impl GivenArn {
    /// Of an ARN, which may hold wildcards and policy variables; `None` where the text is none.
    pub fn of(arn: &str) -> Option<Self> {
        let everything = !arn.is_empty() && arn.chars().all(|letter| letter == '*');
        (everything || arn.starts_with("arn:")).then(|| Self { everything, fields: Fields::new(arn) })
    }
}

/// An ARN, held against the resource types of a service as far as it is asked.
#[derive(Debug)]
pub struct Fitting<'g> {
    given: &'g GivenArn,
    service: Service,
    shapes: Arc<[Shape]>,
    /// By type: whether every ARN of those that are asked about is of it, none, or some.
    truths: SmallVec<[Cell<Option<Truth>>; 16]>,
}

impl<'g> Fitting<'g> {
    /// Held against the types of a service.
    pub fn new(given: &'g GivenArn, service: Service) -> Self {
        let shapes = shapes(service);
        let truths = shapes.iter().map(|_| Cell::new(None)).collect();
        Self { given, service, shapes, truths }
    }

    /// The service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// Whether it may be of one of these types of the service, by number ([`Action::types_taken`]).
    pub fn is_of(&self, taken: &[usize]) -> bool {
        self.given.everything || self.among(taken).next().is_some()
    }

    /// Those of the types that it may be of. What lies in a resource of a type is not of the type, unless the type in which it
    /// lies so is taken too.
    fn among(&self, taken: &[usize]) -> impl Iterator<Item = ResourceType> {
        let fits = |at: &&usize| {
            let shape = self.shapes.get(**at);
            let covers = |other: &usize| !taken.contains(other) && self.truth(*other) == Truth::Yes;
            self.truth(**at) != Truth::No && !shape.is_some_and(|shape| shape.below.iter().any(covers))
        };
        taken.iter().filter(fits).filter_map(|at| Some(self.shapes.get(*at)?.kind))
    }

    fn truth(&self, at: usize) -> Truth {
        let (Some(shape), Some(known)) = (self.shapes.get(at), self.truths.get(at)) else { return Truth::No };
        known.get().unwrap_or_else(|| {
            let truth = shape.fields.matches_all_of(&self.given.fields);
            known.set(Some(truth));
            truth
        })
    }
}

/// A resource type with the patterns of its ARNs.
#[derive(Debug)]
struct Shape {
    kind: ResourceType,
    fields: Fields,
    /// The numbers of the types that lie in it.
    below: Vec<usize>,
}

/// The types of services, by prefix.
type ByService = HashMap<&'static str, Arc<[Shape]>>;

static SHAPES: LazyLock<RwLock<ByService>> = LazyLock::new(RwLock::default);

/// The resource types of a service, compiled once for the process.
fn shapes(service: Service) -> Arc<[Shape]> {
    let known = SHAPES.read().ok().and_then(|known| known.get(service.prefix()).cloned());
    known.unwrap_or_else(|| {
        let kinds: Vec<ResourceType> = service.resource_types().collect();
        let shape = |kind: &ResourceType| {
            let below = kinds.iter().enumerate().filter(|(_, other)| kind.is_above(other)).map(|(at, _)| at).collect();
            Shape { kind: *kind, fields: Fields::new(kind.arn()), below }
        };
        let new: Arc<[Shape]> = kinds.iter().map(shape).collect();
        if let Ok(mut known) = SHAPES.write() {
            known.insert(service.prefix(), Arc::clone(&new));
        }
        new
    })
}

/// The patterns of an ARN's fields, or of the whole text where it has fewer.
#[derive(Debug)]
struct Fields {
    text: String,
    fields: Option<[Pattern; 5]>,
}

impl Fields {
    /// `${…}` stands for any text, and so does what is missing of a short ARN.
    fn new(arn: &str) -> Self {
        let mut text = with_stars(arn);
        let names_something = text.strip_prefix("arn:").is_some_and(|rest| !rest.is_empty());
        if names_something && Arn::parse(&text).is_none() {
            // Compared as a whole: a `*` in it may reach over fields.
            text.push('*');
        }
        let fields = Arn::parse(&text)
            .map(|arn| [arn.partition, arn.service, arn.region, arn.account, arn.resource].map(pattern));
        Self { text, fields }
    }

    /// Whether every ARN that `given` stands for is matched, none, or some.
    fn matches_all_of(&self, given: &Self) -> Truth {
        match (&self.fields, &given.fields) {
            (Some(fields), Some(given)) => {
                // The name first, which tells most types apart.
                let pairs = fields.iter().zip(given).rev();
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
