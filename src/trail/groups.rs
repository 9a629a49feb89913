//! Denials that are the same: who, which action, which layer, which policy.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::Denied;
use crate::eval::DenyKind;
use crate::message::Denial;
use crate::message::event::Event;
use crate::snapshot::Layer;

/// How many of a group's resources are kept: the first ones by name.
pub const LISTED: usize = 20;

/// How many different resources of a group are told apart.
const COUNTED: usize = 10_000;

/// Who made a call, as groups name them: a role stands for all its sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Who {
    /// The ARN; of a session, that of its role where the event has it. A service's name, `anonymous`.
    pub arn: Option<String>,
    /// Where there is no ARN, what the event has instead: a unique id, a kind of identity.
    pub id: Option<String>,
    /// The account, where there is no ARN.
    pub account: Option<String>,
}

impl Who {
    /// Who made the call of an event; `printed`: as the sentence names them.
    pub fn of(event: &Event, printed: Option<&str>) -> Self {
        let identity = &event.identity;
        let arn = event.role().or(identity.arn.as_deref()).or(printed.filter(|text| text.starts_with("arn:")));
        let service = || identity.invoked_by.as_deref().filter(|_| identity.kind.as_deref() == Some("AWSService"));
        if let Some(arn) = arn.or_else(service).or(printed) {
            return Self { arn: Some(arn.to_owned()), ..Self::default() };
        }
        if identity.account.as_deref() == Some("ANONYMOUS_PRINCIPAL") {
            return Self { arn: Some("anonymous".to_owned()), ..Self::default() };
        }
        let id = identity.id.clone().or_else(|| identity.kind.clone());
        Self { arn: None, id: Some(id.unwrap_or_else(|| "unknown".to_owned())), account: identity.account.clone() }
    }
}

/// What the denials of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    who: Who,
    action: String,
    layer: Option<Layer>,
    deny: Option<DenyKind>,
    policy_arn: Option<String>,
}

/// Denials that are the same.
#[derive(Debug, Clone)]
pub struct Group {
    /// Who.
    pub who: Who,
    /// The action in AWS's spelling.
    pub action: String,
    /// The layer that the messages name.
    pub layer: Option<Layer>,
    /// Explicit or implicit, where they say it.
    pub deny: Option<DenyKind>,
    /// The policy that they name.
    pub policy_arn: Option<String>,
    /// How many calls.
    pub count: u64,
    /// The first.
    pub first: Option<Timestamp>,
    /// The last.
    pub last: Option<Timestamp>,
    /// The resources, the first [`LISTED`] of them by name.
    pub resources: BTreeSet<String>,
    /// How many further ones there are; 10,000 are told apart.
    pub more_resources: usize,
    /// In how many of them the message is encoded.
    pub encoded: u64,
    /// The action is not known: the operation's name stands for it.
    pub is_guess: bool,
    /// The latest of them, with its request id and its circumstances.
    pub sample: Denial,
    /// The unique id of who made that call.
    pub user_id: Option<String>,
    latest: (Option<Timestamp>, Option<String>),
    distinct: HashSet<u64>,
}

/// Groups in the making.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<Key, Group>,
    ids: HashSet<u128>,
    repeated: u64,
}

impl Groups {
    /// Counts a refused call, if it was not counted before: the same event may stand in several files.
    pub fn add(&mut self, denied: Denied) {
        if denied.id.as_deref().is_some_and(|id| !self.ids.insert(number(id))) {
            self.repeated += 1;
            return;
        }
        for denial in &denied.denials {
            let key = Key {
                who: denied.who.clone(),
                action: denial.action.clone(),
                layer: denial.layer,
                deny: denial.deny,
                policy_arn: denial.policy_arn.clone(),
            };
            let group = self.groups.entry(key).or_insert_with_key(Group::new);
            group.add(&denied, denial);
        }
    }

    /// How many refused calls were counted before, in another file or page.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The groups, [sorted](sort).
    pub fn finish(self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        sort(&mut groups);
        groups
    }
}

/// Those first that hurt most: by how often, then by how recently, then by name.
pub fn sort(groups: &mut [Group]) {
    let name = |group: &Group| {
        let deny = group.deny.map(DenyKind::code);
        (group.who.clone(), group.action.clone(), group.layer, deny, group.policy_arn.clone())
    };
    groups.sort_by(|one, other| {
        let hurts = (other.count, other.last).cmp(&(one.count, one.last));
        hurts.then_with(|| name(one).cmp(&name(other)))
    });
}

impl Group {
    fn new(key: &Key) -> Self {
        let Key { who, action, layer, deny, policy_arn } = key.clone();
        Self {
            who,
            action,
            layer,
            deny,
            policy_arn,
            count: 0,
            first: None,
            last: None,
            resources: BTreeSet::new(),
            more_resources: 0,
            encoded: 0,
            is_guess: false,
            sample: Denial::default(),
            user_id: None,
            latest: (None, None),
            distinct: HashSet::new(),
        }
    }

    fn add(&mut self, denied: &Denied, denial: &Denial) {
        self.count += 1;
        if let Some(time) = denied.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        // Whichever file comes first: the latest, and of several at the same second the one with the greatest id.
        let at = (denied.time, denied.id.clone());
        if self.count == 1 || at > self.latest {
            self.latest = at;
            self.sample = denial.clone();
            self.user_id.clone_from(&denied.user_id);
        }
        self.is_guess |= denied.is_guess;
        self.encoded += u64::from(denied.encoded);
        if let Some(resource) = &denial.resource {
            self.resource(resource);
        }
    }

    fn resource(&mut self, resource: &str) {
        if self.distinct.len() < COUNTED {
            let mut hasher = DefaultHasher::new();
            resource.hash(&mut hasher);
            self.distinct.insert(hasher.finish());
        }
        if !self.resources.contains(resource) {
            self.resources.insert(resource.to_owned());
            if self.resources.len() > LISTED {
                self.resources.pop_last();
            }
        }
        self.more_resources = self.distinct.len() - self.resources.len().min(self.distinct.len());
    }
}

/// An event's id as a number: they are UUIDs; of anything else a hash.
fn number(id: &str) -> u128 {
    let digits: String = id.chars().filter(|letter| *letter != '-').collect();
    let is_uuid = digits.len() == 32 && id.len() == 36;
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    let uuid = u128::from_str_radix(&digits, 16).ok().filter(|_| is_uuid);
    uuid.unwrap_or_else(|| (hash(0) << 64) | hash(1))
}
