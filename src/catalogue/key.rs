//! Condition keys: their types, and whether a request for an action ever carries them.

use std::collections::HashMap;

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
        Sought::new(key).in_service(self.service()).carries(self)
    }
}

/// A condition key that is looked for in services: what of the answer hangs on neither service nor action.
#[derive(Debug)]
pub struct Sought<'k> {
    key: &'k str,
    global: Option<GlobalKey>,
    /// The key's prefix, where the service of that prefix has the key and says with which actions.
    home: Option<&'k str>,
}

impl<'k> Sought<'k> {
    /// A key; case does not matter.
    pub fn new(key: &'k str) -> Self {
        let is_its_own = |known: ConditionKey| known.matches(key) && known.reach != Reach::NotSaid;
        let prefix = key.split_once(':').map(|(prefix, _)| prefix);
        let home = prefix.filter(|prefix| service(prefix).is_some_and(|own| own.condition_keys().any(is_its_own)));
        Self { key, global: global_key(key), home }
    }

    /// What a service says of it.
    pub fn in_service(&self, service: Service) -> Said<'_> {
        let is_tag = is_request_tag(self.key);
        let (mut own, mut request_tags) = (Vec::new(), Vec::new());
        for known in service.condition_keys() {
            if known.matches(self.key) {
                own.push(known);
            }
            if is_tag && is_request_tag(known.name) {
                request_tags.push(known);
            }
        }
        Said { sought: self, prefix: service.prefix(), own, request_tags, listed: HashMap::new() }
    }
}

/// What a service says of a condition key.
#[derive(Debug)]
pub struct Said<'s> {
    sought: &'s Sought<'s>,
    prefix: &'static str,
    /// The service's keys that it may be.
    own: Vec<ConditionKey>,
    /// Where it is a tag of requests: the service's keys that are.
    request_tags: Vec<ConditionKey>,
    /// By where the profile of actions stands: whether they list the key, and whether any tag of requests.
    listed: HashMap<usize, (Truth, bool)>,
}

impl Said<'_> {
    /// The answer for all actions of the service, where it is the same.
    pub fn of_all(&self) -> Option<Carries> {
        if !self.own.is_empty() || starts_with(self.sought.key, "aws:") || is_omitted(self.sought.key) {
            return None;
        }
        Some(if self.sought.global.is_some() { Carries::Unknown } else { no_if(self.is_foreign()) })
    }

    /// Whether requests for an action of the service never carry it: [`Action::carries`] is `No`.
    pub fn is_never(&mut self, action: &Action) -> bool {
        // Which is told without reading what the types of its resources list.
        let on_a_resource = starts_with(self.sought.key, "aws:resourcetag/") && !action.takes_only_star();
        !on_a_resource && self.carries(action) == Carries::No
    }

    fn carries(&mut self, action: &Action) -> Carries {
        let key = self.sought.key;
        if is_omitted(key) && OMITTED.iter().any(|(name, _)| name.eq_ignore_ascii_case(&action.text())) {
            return Carries::Yes;
        }
        let Self { own, request_tags, listed, .. } = self;
        let (listed, lists_tag) = *listed.entry(action.profile_start()).or_insert_with(|| {
            let listed = own.iter().map(|known| action.lists(*known)).fold(Truth::No, Truth::or);
            let tags = || request_tags.iter().any(|known| action.lists(*known) == Truth::Yes);
            (listed, listed != Truth::Yes && tags())
        });
        if listed == Truth::Yes {
            return Carries::Yes;
        }
        if starts_with(key, "aws:") {
            return self.global(action, lists_tag);
        }
        if self.sought.global.is_some() || listed == Truth::Unknown {
            return Carries::Unknown;
        }
        let absent = |known: &ConditionKey| match known.reach {
            Reach::Listed => true,
            Reach::WideOnResources => action.takes_only_star(),
            Reach::NotSaid | Reach::Wide => false,
        };
        no_if(if self.own.is_empty() { self.is_foreign() } else { self.own.iter().all(absent) })
    }

    /// Of a key `aws:…` that the action does not list for certain.
    fn global(&self, action: &Action, lists_tag: bool) -> Carries {
        if starts_with(self.sought.key, "aws:resourcetag/") {
            return no_if(action.takes_only_star());
        }
        if is_request_tag(self.sought.key) {
            return no_if(!action.may_carry_tags() && !lists_tag);
        }
        match self.sought.global {
            Some(global) if global.presence == Presence::Always => Carries::Yes,
            Some(_) | None => Carries::Unknown,
        }
    }

    /// Whether it is known as a key of another service alone. Services whose prefixes begin alike share keys.
    fn is_foreign(&self) -> bool {
        self.sought.home.is_some_and(|home| !starts_with(home, self.prefix) && !starts_with(self.prefix, home))
    }
}

fn is_omitted(key: &str) -> bool {
    OMITTED.iter().any(|(_, own)| own.eq_ignore_ascii_case(key))
}

fn is_request_tag(key: &str) -> bool {
    starts_with(key, "aws:requesttag/") || key.eq_ignore_ascii_case("aws:tagkeys")
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
