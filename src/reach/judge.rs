//! One statement against one class of actions on one resource: the evaluator's own function, asked once for all requests
//! that it cannot tell apart.

use std::collections::HashMap;

use super::classes::Fits;
use super::list::Catalogued;
use super::{Class, Reach, Rule};
use crate::context::{Context, Rest};
use crate::derive;
use crate::eval::{self, bearing};
use crate::policy::Effect;
use crate::request::Request;
use crate::snapshot::{Layer, Reading};
use crate::truth::Truth;

/// What was judged so far.
#[derive(Debug)]
pub struct Judge<'r, 'a> {
    pub(super) reach: &'r Reach<'a>,
    /// By resource and profile; profile 0 has no context.
    requests: HashMap<(u32, u32), Request>,
    known: HashMap<(u32, u32, u32), Truth>,
    /// By what splits actions: on which side of each.
    profiles: HashMap<Vec<u64>, u32>,
    pub(super) fits: Fits,
}

/// A class as it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'c> {
    pub(super) class: &'c Class,
    /// The number of what a context of its requests depends on; 0 where no statement looks at it.
    pub(super) profile: u32,
}

impl<'r, 'a> Judge<'r, 'a> {
    /// Nothing judged yet.
    pub fn new(reach: &'r Reach<'a>) -> Self {
        Self { reach, requests: HashMap::new(), known: HashMap::new(), profiles: HashMap::new(), fits: Fits::default() }
    }

    /// The class with the number of its contexts.
    pub(super) fn ask<'c>(&mut self, class: &'c Class) -> Asked<'c> {
        let reach = self.reach;
        let looks = |(number, rule): (usize, &Rule<'_>)| rule.in_context && class.has(number);
        if !reach.rules.iter().enumerate().any(looks) {
            return Asked { class, profile: 0 };
        }
        let first = class.first();
        let mut mark = vec![0_u64; reach.splits.len() / 64 + 2];
        for (at, split) in reach.splits.iter().enumerate() {
            if split.has(first)
                && let Some(word) = mark.get_mut(at / 64)
            {
                *word |= 1 << (at % 64);
            }
        }
        // What takes no resource is asked on another one, and what the catalogue does not know is like nothing else.
        if let Some(last) = mark.last_mut() {
            let unknown = reach.names.unknowns().contains(&first);
            let star = Catalogued::get().star().contains(first);
            *last = if unknown { u64::from(first) + 2 } else { u64::from(star) };
        }
        let next = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX - 1) + 1;
        Asked { class, profile: *self.profiles.entry(mark).or_insert(next) }
    }

    /// Whether a statement that is about the class's actions applies to every request for them on a resource (`Yes`), to
    /// none, or to some.
    pub(super) fn applies(&mut self, rule: usize, resource: u32, asked: Asked<'_>) -> Truth {
        let reach = self.reach;
        let Some(one) = reach.rules.get(rule) else { return Truth::No };
        let profile = if one.in_context { asked.profile } else { 0 };
        let key = (u32::try_from(rule).unwrap_or(u32::MAX), resource, profile);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let request = self.request(resource, profile, asked.class.first());
        let certain = one.statement.action.state == crate::policy::State::Given;
        let action = if certain { Truth::Yes } else { Truth::Unknown };
        let mut truth = eval::beside_action(one.statement, one.layer, request).any().and(action);
        if one.statement.effect == Effect::Unknown {
            truth = truth.and(Truth::Unknown);
        }
        self.known.insert(key, truth);
        truth
    }

    /// The request for an action on a resource.
    pub(super) fn request(&mut self, resource: u32, profile: u32, first: u32) -> &Request {
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
            derive::request(&reach.given, action, resource, false, reach.snapshot)
        })
    }

    /// Whether the resource control policies have a say in requests for the class on a resource.
    pub(super) fn is_reached(&mut self, resource: u32, asked: Asked<'_>) -> bool {
        let snapshot = self.reach.snapshot;
        let request = self.request(resource, asked.profile, asked.class.first());
        matches!(bearing(Layer::ResourceControl, request, snapshot).0, Reading::Levels(_))
    }
}
