//! Denials that are the same: who, which action, which layer, which policy.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::Denied;
use super::calls::{Call, Calls, Chosen};
use crate::eval::DenyKind;
use crate::message::event::Event;
use crate::message::{Denial, Other};
use crate::snapshot::Layer;

/// Who made a call, as groups name them: a role stands for all its sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Who {
    /// The ARN; of a session, that of its role where the event has it. A service's name, `anonymous`.
    pub arn: Option<String>,
    /// Where there is no ARN, the unique id that the event has instead.
    pub id: Option<String>,
    /// The account, where there is no ARN.
    pub account: Option<String>,
    /// The kind of identity, where there is no ARN: CloudTrail's `userIdentity.type`.
    pub kind: Option<String>,
}

impl Who {
    /// Who was refused in an event: who made the call, unless the sentence prints another principal (the role of a
    /// function, of a stack).
    pub fn of(event: &Event, printed: Option<&str>) -> Self {
        let identity = &event.identity;
        if let Some(other) = printed.filter(|text| !event.is_caller(text)) {
            return Self { arn: Some(other.to_owned()), ..Self::default() };
        }
        let arn = event.role().or(identity.arn.as_deref()).or(printed.filter(|text| text.starts_with("arn:")));
        let service = || identity.invoked_by.as_deref().filter(|_| identity.kind.as_deref() == Some("AWSService"));
        if let Some(arn) = arn.or_else(service).or(printed) {
            return Self { arn: Some(arn.to_owned()), ..Self::default() };
        }
        if identity.account.as_deref() == Some("ANONYMOUS_PRINCIPAL") {
            return Self { arn: Some("anonymous".to_owned()), ..Self::default() };
        }
        Self { arn: None, id: identity.id.clone(), account: identity.account.clone(), kind: identity.kind.clone() }
    }
}

/// What the denials of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    who: Who,
    actions: Vec<String>,
    layer: Option<Layer>,
    deny: Option<DenyKind>,
    policy_arn: Option<String>,
    other: Option<&'static str>,
}

/// Denials that are the same.
#[derive(Debug, Clone)]
pub struct Group {
    /// Who.
    pub who: Who,
    /// The action in AWS's spelling; several where CloudTrail does not say which of the operation's was refused.
    pub actions: Vec<String>,
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
    /// In how many of them the message is encoded.
    pub encoded: u64,
    /// The action is not known: the operation's name stands for it.
    pub is_guess: bool,
    /// What refused it, where that was no policy of IAM's.
    pub other: Option<Other>,
    calls: Calls,
}

/// Groups in the making.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<Key, Group>,
    ids: HashSet<u128>,
    repeated: u64,
    sign_ins: u64,
}

impl Groups {
    /// Counts a refused call, if it was not counted before: the same event may stand in several files.
    pub fn add(&mut self, denied: Denied) {
        let is_known = denied.id.as_deref().is_some_and(|id| !self.ids.insert(number(id)));
        if denied.is_sign_in {
            self.sign_ins += u64::from(!is_known);
            return;
        }
        if is_known {
            self.repeated += 1;
            return;
        }
        let Denied { time, id, who, user_id, denials, is_one_of, is_guess, encoded, other, is_sign_in: _ } = denied;
        // One call, whichever of its actions was refused.
        let calls = if is_one_of { vec![denials] } else { denials.into_iter().map(|denial| vec![denial]).collect() };
        for denials in calls {
            let Some(first) = denials.first() else { continue };
            let key = Key {
                who: who.clone(),
                actions: denials.iter().map(|denial| denial.action.clone()).collect(),
                layer: first.layer,
                deny: first.deny,
                policy_arn: first.policy_arn.clone(),
                other: other.as_ref().map(|other| other.code),
            };
            let group = self.groups.entry(key).or_insert_with_key(Group::new);
            group.is_guess |= is_guess;
            group.encoded += u64::from(encoded);
            group.other.clone_from(&other);
            group.add(time, Call::new((time, id.clone()), denials, user_id.clone()));
        }
    }

    /// How many refused calls were counted before, in another file or page.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// How many sign-ins failed, each once; they are in no group.
    pub fn sign_ins(&self) -> u64 {
        self.sign_ins
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
        let other = group.other.as_ref().map(|other| other.code);
        (group.who.clone(), group.actions.clone(), group.layer, deny, group.policy_arn.clone(), other)
    };
    groups.sort_by(|one, other| {
        let hurts = (other.count, other.last).cmp(&(one.count, one.last));
        hurts.then_with(|| name(one).cmp(&name(other)))
    });
}

impl Group {
    fn new(key: &Key) -> Self {
        let Key { who, actions, layer, deny, policy_arn, other: _ } = key.clone();
        Self {
            who,
            actions,
            layer,
            deny,
            policy_arn,
            count: 0,
            first: None,
            last: None,
            encoded: 0,
            is_guess: false,
            other: None,
            calls: Calls::default(),
        }
    }

    fn add(&mut self, time: Option<Timestamp>, call: Call) {
        self.count += 1;
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        self.calls.add(call);
    }

    /// The latest of its calls, of several at the same second the one with the greatest id.
    pub fn latest(&self) -> &Call {
        self.calls.latest()
    }

    /// What its latest call was refused.
    pub fn sample(&self) -> Option<&Denial> {
        self.latest().denials.first()
    }

    /// Its calls that are kept.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.kept()
    }

    /// The resources, the first [`super::LISTED`] of them by name.
    pub fn resources(&self) -> impl Iterator<Item = &String> {
        self.calls.listed()
    }

    /// How many further ones there are; 10,000 are told apart.
    pub fn more_resources(&self) -> usize {
        self.calls.more_resources()
    }

    /// The calls that are to be asked again, where the policies test these condition keys, given in lower case.
    pub fn asked_again(&self, is_tested: impl Fn(&str) -> bool) -> Chosen {
        self.calls.chosen(is_tested)
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
