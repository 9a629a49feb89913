//! Condition keys: their types, and whether a request for an action ever carries them.

use super::{Action, Row, Service, service, services, table};
use crate::truth::Truth;

/// The kind of a condition key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A date.
    Date,
    /// An IP address.
    IpAddress,
}

/// The type of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyType {
    /// The kind of its values.
    pub kind: KeyKind,
    /// Whether it is multivalued: a list even with a single value.
    pub list: bool,
}

impl KeyType {
    fn parse(letter: &str) -> Option<Self> {
        let kind = match letter {
            "S" | "s" => KeyKind::String,
            "A" | "a" => KeyKind::Arn,
            "B" | "b" => KeyKind::Bool,
            "N" | "n" => KeyKind::Numeric,
            "D" | "d" => KeyKind::Date,
            "I" | "i" => KeyKind::IpAddress,
            _ => return None,
        };
        Some(Self { kind, list: letter.bytes().all(|byte| byte.is_ascii_lowercase()) })
    }
}

/// How far an action's not listing a key means that it does not carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The reference associates it with some actions or types, and others do not have it.
    Listed,
    /// No action lists it: the reference does not say where it is.
    NotSaid,
    /// Most actions list it: where one does not, that may be an omission.
    Wide,
    /// Most actions with resources have it, by way of their resources only.
    WideOnResources,
}

/// A condition key of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKey {
    name: &'static str,
    key_type: KeyType,
    reach: Reach,
}

impl ConditionKey {
    pub(super) fn parse(row: Row) -> Option<Self> {
        let reach = match row.field(2) {
            "-" => Reach::NotSaid,
            "w" => Reach::Wide,
            "r" => Reach::WideOnResources,
            _ => Reach::Listed,
        };
        Some(Self { name: row.field(0), key_type: KeyType::parse(row.field(1))?, reach })
    }

    /// The key in AWS's spelling, `ec2:ResourceTag/${TagKey}`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type of its values.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// Whether `key` is this key; case does not matter, `${TagKey}` stands for any text.
    pub fn matches(&self, key: &str) -> bool {
        stands_for(self.name, key)
    }
}

/// When a global condition key is in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// In every signed request.
    Always,
    /// If the principal or its session has it.
    Principal,
    /// If the resource has it.
    Resource,
    /// It depends on the way through the network.
    Network,
    /// If a service calls.
    CallChain,
    /// If the request says it.
    Request,
}

/// A condition key that requests to every service can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalKey {
    /// The key in AWS's spelling.
    pub name: &'static str,
    /// The type of its values.
    pub key_type: KeyType,
    /// When it is in a request.
    pub presence: Presence,
    /// Whether the row was confirmed by AWS's documentation.
    pub confirmed: bool,
}

impl GlobalKey {
    fn parse(row: Row) -> Option<Self> {
        let presence = match row.field(2) {
            "+" => Presence::Always,
            "p" => Presence::Principal,
            "r" => Presence::Resource,
            "n" => Presence::Network,
            "c" => Presence::CallChain,
            "q" => Presence::Request,
            _ => return None,
        };
        let key_type = KeyType::parse(row.field(1))?;
        Some(Self { name: row.field(0), key_type, presence, confirmed: row.field(3) != "?" })
    }
}

/// The global condition key of a name; case does not matter.
pub fn global_key(key: &str) -> Option<GlobalKey> {
    table("g").filter(|row| stands_for(row.field(0), key)).find_map(GlobalKey::parse)
}

/// The type of a condition key of any service or a global one; case does not matter. Where services differ about a
/// key, the one whose prefix it has is right.
pub fn condition_key(key: &str) -> Option<KeyType> {
    let of = |service: Service| service.condition_keys().find(|known| known.matches(key)).map(|known| known.key_type);
    let own = || key.split_once(':').and_then(|(prefix, _)| service(prefix)).and_then(of);
    global_key(key).map(|global| global.key_type).or_else(own).or_else(|| services().find_map(of))
}

/// Keys that the reference does not list for an action though AWS's guides use them with it.
/// Source: DynamoDB Developer Guide, "Using IAM with DynamoDB transactions".
const OMITTED: [(&str, &str); 1] = [("dynamodb:ConditionCheckItem", "dynamodb:EnclosingOperation")];

/// Whether a request for an action ever carries a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// It can.
    Yes,
    /// Never.
    No,
    /// The reference does not say.
    Unknown,
}

impl Action {
    /// Whether a request for this action ever carries `key`; case does not matter.
    ///
    /// The reference lists a service's own keys for each action, so that an own key which it gives to other actions is
    /// not carried. It promises nothing about:
    /// - global keys, which it lists here and there only: never `No`, but for the tags of a resource where the action has no
    ///   resource, and the tags of a request where no operation of the action takes any;
    /// - keys of a resource type that the action leaves out where it lists others for the type;
    /// - keys that no action lists, and keys that nearly every action lists, where one left out may be an omission;
    /// - keys that it does not know, which may be newer, and keys of identity providers, which travel with sessions.
    pub fn carries(&self, key: &str) -> Carries {
        if OMITTED
            .iter()
            .any(|(action, own)| action.eq_ignore_ascii_case(&self.text()) && own.eq_ignore_ascii_case(key))
        {
            return Carries::Yes;
        }
        let own = || self.service().condition_keys().filter(|known| known.matches(key));
        let listed = own().map(|known| self.lists(known)).fold(Truth::No, Truth::or);
        if listed == Truth::Yes {
            return Carries::Yes;
        }
        if starts_with(key, "aws:") {
            return self.carries_global(key);
        }
        if global_key(key).is_some() || listed == Truth::Unknown {
            return Carries::Unknown;
        }
        let absent = |known: ConditionKey| match known.reach {
            Reach::Listed => true,
            Reach::WideOnResources => self.takes_only_star(),
            Reach::NotSaid | Reach::Wide => false,
        };
        no_if(if own().next().is_some() { own().all(absent) } else { self.is_foreign(key) })
    }

    /// The same for a key `aws:…` that the action does not list for certain.
    fn carries_global(&self, key: &str) -> Carries {
        let is_request_tag = |key: &str| starts_with(key, "aws:requesttag/") || key.eq_ignore_ascii_case("aws:tagkeys");
        if starts_with(key, "aws:resourcetag/") {
            return no_if(self.takes_only_star());
        }
        if is_request_tag(key) {
            let lists_other = self.condition_keys().any(|known| is_request_tag(known.name));
            return no_if(!self.may_carry_tags() && !lists_other);
        }
        match global_key(key) {
            Some(global) if global.presence == Presence::Always => Carries::Yes,
            Some(_) | None => Carries::Unknown,
        }
    }

    /// Whether `key` is known as a key of another service alone. Services whose prefixes begin alike share keys.
    fn is_foreign(&self, key: &str) -> bool {
        let Some((prefix, _)) = key.split_once(':') else { return false };
        let own = self.service().prefix();
        let related = starts_with(prefix, own) || starts_with(own, prefix);
        let is_its_own = |known: ConditionKey| known.matches(key) && known.reach != Reach::NotSaid;
        !related && service(prefix).is_some_and(|other| other.condition_keys().any(is_its_own))
    }
}

fn no_if(absent: bool) -> Carries {
    if absent { Carries::No } else { Carries::Unknown }
}

/// Whether the short form of a key in a profile is the key `name` of the service `prefix`.
pub(super) fn short_matches(short: &str, prefix: &str, name: &str) -> bool {
    match short {
        "+q" => name.eq_ignore_ascii_case("aws:RequestTag/${TagKey}"),
        "+r" => name.eq_ignore_ascii_case("aws:ResourceTag/${TagKey}"),
        "+k" => name.eq_ignore_ascii_case("aws:TagKeys"),
        _ if short.starts_with(':') => {
            starts_with(name, prefix) && name.get(prefix.len()..).is_some_and(|rest| rest.eq_ignore_ascii_case(short))
        }
        _ => name.eq_ignore_ascii_case(short),
    }
}

/// Whether a key of the reference, maybe with `${TagKey}`, `<key>`, `tag-key` or nothing after a slash, stands for `key`.
fn stands_for(template: &str, key: &str) -> bool {
    if template.eq_ignore_ascii_case(key) {
        return true;
    }
    let (before, after) = match template.split_once("${") {
        Some((before, variable)) => (before, variable.split_once('}').map_or("", |(_, after)| after)),
        None => match template.strip_suffix("tag-key").or(template.strip_suffix("<key>")) {
            Some(before) => (before, ""),
            None if template.ends_with('/') => (template, ""),
            None => return false,
        },
    };
    let Some(rest) = key.get(before.len()..).filter(|rest| !rest.is_empty() && starts_with(key, before)) else {
        return false;
    };
    after.is_empty()
        || rest.char_indices().skip(1).any(|(at, _)| rest.get(at..).is_some_and(|end| stands_for(after, end)))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}
