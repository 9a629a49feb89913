//! An action: its level, resource types, condition keys and dependent actions.

use std::fmt;

use super::key::short_matches;
use super::{ConditionKey, ResourceType, ResourceUse, Row, Service};
use crate::truth::Truth;

/// How AWS classifies what an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads contents or attributes.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    fn parse(letter: char) -> Option<Self> {
        match letter {
            'L' => Some(Self::List),
            'R' => Some(Self::Read),
            'W' => Some(Self::Write),
            'T' => Some(Self::Tagging),
            'P' => Some(Self::PermissionsManagement),
            _ => None,
        }
    }

    /// AWS's words, `Permissions management`.
    pub fn words(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

/// A comma-separated list of names in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names(&'static str);

impl Names {
    pub(super) fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The names, sorted.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split(',').filter(|name| !name.is_empty())
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The further actions that a request for an action may need as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependents {
    /// These, `iam:PassRole`, in AWS's spelling; maybe none.
    Known(Names),
    /// The action is newer than the last release of the reference that had them.
    NotKnown,
}

/// An action.
#[derive(Clone, Copy)]
pub struct Action {
    service: Service,
    name: &'static str,
    /// `!` the operation may carry tags, `?` the dependents are not known.
    marks: &'static str,
    dependents: &'static str,
    /// Access levels, resource types and condition keys, which it shares with other actions.
    profile: Row,
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.service == other.service && self.name == other.name
    }
}

impl Eq for Action {}

impl fmt::Debug for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Action({self})")
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service.prefix(), self.name)
    }
}

impl Action {
    /// The service that it belongs to.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The name in AWS's spelling, `TerminateInstances`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the reference says of its resource types: actions of one service with equal texts take the same ones.
    pub fn taken(&self) -> &'static str {
        self.profile.field(1)
    }

    /// The action as policies name it, `ec2:TerminateInstances`.
    pub fn text(&self) -> String {
        self.to_string()
    }

    /// The access levels; an action that tags or grants permissions has also `Write`.
    pub fn levels(&self) -> impl Iterator<Item = AccessLevel> + use<> {
        self.profile.field(0).chars().filter_map(AccessLevel::parse)
    }

    /// The resource types that it takes. They are alternatives: even several "required" ones are often one of each kind.
    pub fn resource_types(&self) -> impl Iterator<Item = ResourceUse> + use<> {
        let service = self.service;
        self.uses().filter_map(move |(name, required, _)| {
            let kind = type_of(service, name)?;
            Some(ResourceUse { kind, required })
        })
    }

    /// Whether it has no resource-level permissions: AWS evaluates it on the literal `*`.
    pub fn takes_only_star(&self) -> bool {
        self.profile.field(1).is_empty()
    }

    /// The condition keys that it lists, for itself or for its resource types. A type has keys of its own; they count where
    /// the action says nothing about the type's keys.
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<> {
        let action = *self;
        self.service.condition_keys().filter(move |key| action.lists(*key) == Truth::Yes)
    }

    /// The further actions that a request may need.
    pub fn dependents(&self) -> Dependents {
        if self.marks.contains('?') { Dependents::NotKnown } else { Dependents::Known(Names(self.dependents)) }
    }

    /// Whether its operation may carry tags though the action lists no key for them.
    pub(super) fn may_carry_tags(&self) -> bool {
        self.marks.contains('!')
    }

    /// Where the profile stands that it shares with actions of its service: they list the same keys.
    pub(super) fn profile_start(&self) -> usize {
        self.profile.0.as_ptr() as usize
    }

    /// Whether it lists a condition key of its service.
    pub(super) fn lists(&self, key: ConditionKey) -> Truth {
        let prefix = self.service.prefix();
        let has = |keys: Names| keys.iter().any(|short| short_matches(short, prefix, key.name()));
        if has(Names(self.profile.field(2))) {
            return Truth::Yes;
        }
        let of_use = |(name, _, keys): (&str, bool, &'static str)| {
            let keys = Names(keys);
            if has(keys) {
                return Truth::Yes;
            }
            match type_of(self.service, name) {
                Some(kind) if has(kind.keys()) => {
                    if keys.is_empty() {
                        Truth::Yes
                    } else {
                        Truth::Unknown
                    }
                }
                Some(_) | None => Truth::No,
            }
        };
        self.uses().map(of_use).fold(Truth::No, Truth::or)
    }

    /// Appends `ec2:terminateinstances`.
    pub fn push_lower_case(&self, text: &mut String) {
        text.push_str(self.service.prefix());
        text.push(':');
        text.extend(self.name.chars().map(|letter| letter.to_ascii_lowercase()));
    }

    /// Resource types as they stand in the profile: name, whether required, keys.
    fn uses(self) -> impl Iterator<Item = (&'static str, bool, &'static str)> {
        self.profile.field(1).split(';').filter(|text| !text.is_empty()).map(|text| {
            let (name, keys) = text.split_once('(').unwrap_or((text, ""));
            let keys = keys.strip_suffix(')').unwrap_or(keys);
            name.strip_suffix('*').map_or((name, false, keys), |name| (name, true, keys))
        })
    }
}

fn type_of(service: Service, name: &str) -> Option<ResourceType> {
    service.resource_types().find(|kind| kind.name() == name)
}

/// The actions of a service: a profile line, then those that share it.
pub(super) fn parse(service: Service) -> impl Iterator<Item = Action> {
    lines(service).map(move |(profile, line)| parse_line(service, profile, line))
}

/// The action of a name; case does not matter.
pub(super) fn find(service: Service, name: &str) -> Option<Action> {
    let is_named = |line: &str| match line.get(name.len()..) {
        Some(rest) if rest.is_empty() || rest.starts_with(['!', '?', '\t']) => {
            line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        }
        Some(_) | None => false,
    };
    let (profile, line) = lines(service).find(|(_, line)| is_named(line))?;
    Some(parse_line(service, profile, line)).filter(|action| action.name.len() == name.len())
}

/// The lines of actions, each with its profile.
fn lines(service: Service) -> impl Iterator<Item = (Row, &'static str)> {
    let mut profile = Row("");
    service.lines().filter_map(move |line| {
        // Names have more than one letter; all other lines begin with one and a tab.
        if line.as_bytes().get(1) != Some(&b'\t') {
            return Some((profile, line));
        }
        if let Some(fields) = line.strip_prefix("p\t") {
            profile = Row(fields);
        }
        None
    })
}

fn parse_line(service: Service, profile: Row, line: &'static str) -> Action {
    let (marked, dependents) = line.split_once('\t').unwrap_or((line, ""));
    let name = marked.trim_end_matches(['!', '?']);
    let marks = marked.strip_prefix(name).unwrap_or_default();
    Action { service, name, marks, dependents, profile }
}
