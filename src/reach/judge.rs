//! One statement against one class of actions on one resource: the evaluator's own function, asked once for all requests
//! that it cannot tell apart.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::bond::{Bond, Place};
use super::classes;
use super::{ANY, Class, Reach, Rule, keys};
use crate::arn::Arn;
use crate::catalogue::{Catalogued, Quick};
use crate::context::{Context, Rest};
use crate::eval::{self, bearing};
use crate::pattern::NoVariables;
use crate::policy::Effect;
use crate::request::Request;
use crate::snapshot::{Layer, Reading};
use crate::truth::Truth;

/// What was judged so far.
#[derive(Debug)]
pub struct Judge<'r, 'a> {
    pub(super) reach: &'r Reach<'a>,
    /// By resource and profile; profile 0 has no context.
    requests: HashMap<(u32, u32), Request, Quick>,
    /// By statement and resource: whether the one is about the other, where that hangs on nothing else.
    about: HashMap<(u32, u32), Truth, Quick>,
    /// By statement, what of the resource it hangs on, and what of the action.
    known: HashMap<(u32, u64, u64), Truth, Quick>,
    /// By what splits actions: on which side of each.
    profiles: HashMap<SmallVec<[u64; 2]>, u32, Quick>,
    /// By resource: a number that those have of which nothing but the match is another.
    kin: Vec<u32>,
    /// By two statements: what the one says of the other.
    pub(super) bonds: HashMap<(u32, u32), Bond, Quick>,
    /// By two statements: what the resources of the one are to the other's.
    pub(super) places: HashMap<(u32, u32), Place, Quick>,
}

/// A class as it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'c> {
    pub(super) class: &'c Class,
    /// Its first action, which stands for all.
    pub(super) first: u32,
}

impl<'r, 'a> Judge<'r, 'a> {
    /// Nothing judged yet.
    pub fn new(reach: &'r Reach<'a>) -> Self {
        Self {
            reach,
            requests: HashMap::default(),
            about: HashMap::default(),
            known: HashMap::default(),
            profiles: HashMap::default(),
            kin: kin(reach),
            bonds: HashMap::default(),
            places: HashMap::default(),
        }
    }

    /// The classes of the actions of which an Allow of one of these layers may be, in the order of their first actions.
    /// What no policy decides ([`eval::beyond_policies`]) is in none.
    pub fn classes(&self, allowed_by: &[Layer]) -> Vec<Class> {
        self.reach.classes(allowed_by)
    }

    /// The class with the action that stands for it.
    pub(super) fn ask<'c>(&self, class: &'c Class) -> Asked<'c> {
        Asked { class, first: class.first() }
    }

    /// The number of what a context of the class's requests depends on; 0 where the statement does not look at it.
    pub(super) fn profile(&mut self, in_context: bool, asked: Asked<'_>) -> u32 {
        if !in_context {
            return 0;
        }
        let splits = 0..self.reach.splits.len();
        let mut mark: SmallVec<[u64; 2]> = SmallVec::new();
        for (at, split) in splits.enumerate() {
            if at % 64 == 0 {
                mark.push(0);
            }
            if let Some(word) = mark.last_mut() {
                *word |= u64::from(self.is_split(split, asked)) << (at % 64);
            }
        }
        mark.push(self.kind(asked));
        self.profile_of(mark)
    }

    fn profile_of(&mut self, mark: SmallVec<[u64; 2]>) -> u32 {
        let next = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX - 1) + 1;
        *self.profiles.entry(mark).or_insert(next)
    }

    fn is_split(&self, split: usize, asked: Asked<'_>) -> bool {
        self.reach.splits.get(split).is_some_and(|split| split.contains(asked.first))
    }

    /// What takes no resource is asked on another one, resource control policies do not reach all, and what the catalogue does
    /// not know is like nothing else.
    fn kind(&self, asked: Asked<'_>) -> u64 {
        if self.reach.names.unknowns().contains(&asked.first) {
            u64::from(asked.first) + 4
        } else {
            let is_star = Catalogued::get().star().contains(asked.first);
            u64::from(is_star) << 1 | u64::from(classes::is_reached(asked.first))
        }
    }

    /// What of the class's actions a statement hangs on: on which side of its own splits they are.
    fn mark(&mut self, rule: &Rule<'_>, asked: Asked<'_>) -> u64 {
        const ROOM: usize = 24;
        if !rule.in_context {
            return 0;
        }
        // Whom a statement names hangs on more than its keys.
        if rule.layer.document_kind().has_principals() || rule.splits.len() > ROOM {
            return 1 << 63 | u64::from(self.profile(true, asked));
        }
        let sides = rule.splits.iter().map(|split| self.is_split(*split as usize, asked));
        let sides = sides.fold(0, |sides, side| sides << 1 | u64::from(side));
        self.kind(asked) << ROOM | sides
    }

    /// Whether a statement that is about the class's actions applies to every request for them on a resource (`Yes`), to
    /// none, or to some.
    pub(super) fn applies(&mut self, rule: usize, resource: u32, asked: Asked<'_>) -> Truth {
        let reach = self.reach;
        let Some(one) = reach.rules.get(rule) else { return Truth::No };
        let mut place = u64::from(resource);
        if !one.about.has_variables {
            let about = self.is_about(rule, one, resource);
            if about == Truth::No {
                return Truth::No;
            }
            // Whom a statement names hangs on whose resource it is, and of which service.
            let own = one.layer.document_kind().has_principals();
            let kin = self.kin.get(resource as usize).filter(|_| !own).copied().unwrap_or(resource);
            place = (about as u64 + 1) << 32 | u64::from(kin);
        }
        let key = (u32::try_from(rule).unwrap_or(u32::MAX), place, self.mark(one, asked));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let certain = one.statement.action.state == crate::policy::State::Given;
        let action = if certain { Truth::Yes } else { Truth::Unknown };
        let mut truth = self.beside_action(rule, one, resource, asked).and(action);
        if one.statement.effect == Effect::Unknown {
            truth = truth.and(Truth::Unknown);
        }
        self.known.insert(key, truth);
        truth
    }

    /// Whether all elements of a statement match but the action.
    fn beside_action(&mut self, number: usize, rule: &Rule<'_>, resource: u32, asked: Asked<'_>) -> Truth {
        let statement = rule.statement;
        if rule.about.has_variables || statement.principal.is_some() || rule.layer.document_kind().has_principals() {
            let profile = self.profile(rule.in_context, asked);
            return eval::beside_action(statement, rule.layer, self.request(resource, profile, asked.first)).any();
        }
        let doubt = if statement.doubtful { Truth::Unknown } else { Truth::Yes };
        let truth = doubt.and(self.is_about(number, rule, resource));
        if truth == Truth::No || statement.conditions.is_empty() {
            return truth;
        }
        let request = self.in_context(rule, resource, asked);
        truth.and(Truth::all(statement.conditions.iter().map(|block| eval::condition(block, request))))
    }

    /// A request of which the context is that of requests for the class on a resource, as far as a statement tests it.
    pub(super) fn in_context(&mut self, rule: &Rule<'_>, resource: u32, asked: Asked<'_>) -> &Request {
        let alike = self.kin.get(resource as usize).copied().unwrap_or(resource);
        // Of what the statement does not test, the request need not know.
        let own = 1 << 62 | self.mark(rule, asked);
        let profile = self.profile_of(SmallVec::from([u64::from(rule.tests), own]));
        self.request_for(alike, profile, asked.first, Some(&rule.about.keys))
    }

    /// Whether a statement without variables is about a resource.
    pub(super) fn is_about(&mut self, number: usize, rule: &Rule<'_>, resource: u32) -> Truth {
        let key = (u32::try_from(number).unwrap_or(u32::MAX), resource);
        if let Some(known) = self.about.get(&key) {
            return *known;
        }
        let reach = self.reach;
        let names_it = resource != ANY && rule.resources.iter().any(|own| own.number == resource);
        let truth = if names_it || rule.about.on_everything {
            Truth::Yes
        } else {
            let named = reach.named.get(resource as usize);
            named.map_or(Truth::Unknown, |named| {
                eval::resource(&rule.statement.resource, &named.resource, &NoVariables).truth
            })
        };
        self.about.insert(key, truth);
        truth
    }

    /// The request for an action on a resource.
    pub(super) fn request(&mut self, resource: u32, profile: u32, first: u32) -> &Request {
        self.request_for(resource, profile, first, None)
    }

    /// The same as far as somebody looks at these keys alone; `None` = at all that policies test. A profile stands for one
    /// or the other.
    fn request_for(&mut self, resource: u32, profile: u32, first: u32, keys: Option<&[Arc<str>]>) -> &Request {
        let reach = self.reach;
        self.requests.entry((resource, profile)).or_insert_with(|| {
            let named = reach.named.get(resource as usize).map(|named| named.resource.clone());
            let resource = named.unwrap_or_else(|| reach.base.resource.clone());
            let caller = reach.base.caller.clone();
            if profile == 0 {
                let rest = Rest { complete: false, service: None, principal_tags: None };
                return Request { caller, action: reach.base.action.clone(), resource, context: Context::new(rest) };
            }
            let action = reach.action(first).unwrap_or_else(|| reach.base.action.clone());
            let carries = action.known.map(|_| move |key: &str| keys::carries(first, key));
            match keys {
                Some(keys) => reach.common.request_for_keys(action, (resource, false), reach.snapshot, (keys, carries)),
                None => reach.common.request(action, (resource, false), reach.snapshot, carries),
            }
        })
    }

    /// Whether the resource control policies have a say in requests for the class on a resource.
    pub(super) fn is_reached(&mut self, resource: u32, asked: Asked<'_>) -> bool {
        let snapshot = self.reach.snapshot;
        let profile = self.profile(true, asked);
        let request = self.request(resource, profile, asked.first);
        matches!(bearing(Layer::ResourceControl, request, snapshot).0, Reading::Levels(_))
    }
}

/// By resource: the number of the first one of which a context tells the same, which is what its ARN says beside the name.
/// What the policies of some resources alone say of them hangs on all of it.
fn kin(reach: &Reach<'_>) -> Vec<u32> {
    let apart = Layer::ALL.into_iter().any(|layer| reach.snapshot.layers.attached(layer).next().is_some());
    let mut first: HashMap<(&str, &str, &str), u32> = HashMap::new();
    let numbered = (0..).zip(&reach.named);
    numbered
        .map(|(number, named)| match Arn::parse(named.resource.text()) {
            Some(arn) if !apart => *first.entry((arn.partition, arn.region, arn.account)).or_insert(number),
            Some(_) | None => number,
        })
        .collect()
}
