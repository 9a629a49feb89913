//! The calls of a group that are asked again: few that stand for all.
//!
//! What a policy says of a call hangs on its resource and on its circumstances, and only on those circumstances that a
//! policy tests. So the last call on each of some resources is kept, the last in each of some circumstances, and which
//! condition keys were not the same in all of the group's calls: where no policy tests any of those, one circumstance
//! stands for all.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use jiff::Timestamp;

use crate::message::Denial;

/// How many of a group's resources are kept: the first ones by name.
pub const LISTED: usize = 20;

/// How many different circumstances of a group are kept: the latest ones.
pub const CIRCUMSTANCES: usize = 8;

/// How many different resources and calls of a group are told apart.
const COUNTED: usize = 10_000;

/// The id of whoever has the credentials, `AROA…:session`.
const USER_ID: &str = "aws:userid";

/// Condition keys that differ from session to session of the same caller: they make no other circumstances, unless a
/// policy tests them.
const OF_SESSION: [&str; 3] = [USER_ID, "aws:tokenissuetime", "aws:useragent"];

/// The tags of the resource, which are no circumstance: whoever asks on this resource meets them.
const OF_RESOURCE: &str = "aws:resourcetag/";

/// Of requests either through a VPC endpoint or not: what is missing where another is there is known of all.
const OF_NETWORK: [&str; 4] = ["aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];

/// When a call was made, and its event's id: what tells which of two is the later.
type At = (Option<Timestamp>, Option<String>);

/// A refused call of a group.
#[derive(Debug, Clone, Default)]
pub struct Call {
    at: At,
    /// What was refused: one denial for each of the group's actions.
    pub denials: Vec<Denial>,
    /// The unique id of who made it.
    pub user_id: Option<String>,
}

impl Call {
    /// A call made at a time, and its event's id.
    pub(super) fn new(at: At, denials: Vec<Denial>, user_id: Option<String>) -> Self {
        Self { at, denials, user_id }
    }

    /// Its circumstances, by their keys in lower case and sorted.
    fn circumstances(&self) -> BTreeMap<String, Vec<String>> {
        let context = self.denials.first().map(|denial| denial.context.as_slice()).unwrap_or_default();
        let own = context.iter().map(|(key, values)| (key.to_ascii_lowercase(), values.clone()));
        let id = self.user_id.iter().map(|id| (USER_ID.to_owned(), vec![id.clone()]));
        own.filter(|(key, _)| !key.starts_with(OF_RESOURCE)).chain(id).collect()
    }

    /// The same call, nothing said of some condition keys.
    fn without(&self, keys: &[&str]) -> Self {
        let mut call = self.clone();
        for denial in &mut call.denials {
            denial.context.retain(|(key, _)| !keys.contains(&key.to_ascii_lowercase().as_str()));
        }
        call.user_id = call.user_id.filter(|_| !keys.contains(&USER_ID));
        call
    }

    fn resources(&self) -> impl Iterator<Item = &String> {
        self.denials.iter().filter_map(|denial| denial.resource.as_ref())
    }
}

/// The calls of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    latest: Rc<Call>,
    by_resource: BTreeMap<String, Rc<Call>>,
    by_circumstances: Vec<(u64, Rc<Call>)>,
    /// The circumstances of the first call.
    first: Option<BTreeMap<String, Vec<String>>>,
    varying: BTreeSet<String>,
    resources: HashSet<u64>,
    /// Resources in circumstances.
    distinct: HashSet<u64>,
}

/// Calls that are asked again.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The calls. What differs from session to session and is tested by a policy is left out of them: it is unknown.
    pub calls: Vec<Call>,
    /// How many others there are for which none of these stands.
    pub unseen: usize,
}

impl Calls {
    pub(super) fn add(&mut self, call: Call) {
        let call = Rc::new(call);
        let circumstances = call.circumstances();
        match &self.first {
            None => {
                self.latest = Rc::clone(&call);
                self.first = Some(circumstances.clone());
            }
            Some(first) => {
                let differs = |one: &BTreeMap<String, Vec<String>>, other: &BTreeMap<String, Vec<String>>| {
                    let here = one.iter().filter(|(key, values)| other.get(*key) != Some(*values));
                    here.map(|(key, _)| key.clone()).collect::<Vec<_>>()
                };
                if *first != circumstances {
                    let found = [differs(first, &circumstances), differs(&circumstances, first)].concat();
                    self.varying.extend(found);
                }
                later(&mut self.latest, &call);
            }
        }
        let of_call: Vec<_> = circumstances.iter().filter(|(key, _)| !OF_SESSION.contains(&key.as_str())).collect();
        let number = hash(&of_call);
        match self.by_circumstances.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => later(known, &call),
            None => self.by_circumstances.push((number, Rc::clone(&call))),
        }
        if self.by_circumstances.len() > CIRCUMSTANCES
            && let Some((first, _)) =
                self.by_circumstances.iter().enumerate().min_by_key(|(_, (_, call))| call.at.clone())
        {
            // One that comes again later than the others comes back.
            self.by_circumstances.remove(first);
        }
        for resource in call.resources() {
            self.resource(resource, &call);
        }
        if self.distinct.len() < COUNTED {
            self.distinct.insert(hash(&(number, call.resources().collect::<Vec<_>>())));
        }
    }

    fn resource(&mut self, resource: &str, call: &Rc<Call>) {
        if self.resources.len() < COUNTED {
            self.resources.insert(hash(&resource));
        }
        match self.by_resource.get_mut(resource) {
            Some(known) => later(known, call),
            None => {
                self.by_resource.insert(resource.to_owned(), Rc::clone(call));
                if self.by_resource.len() > LISTED {
                    self.by_resource.pop_last();
                }
            }
        }
    }

    pub(super) fn latest(&self) -> &Call {
        &self.latest
    }

    /// Those that are kept; one may come several times.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Call> {
        let circumstances = self.by_circumstances.iter().map(|(_, call)| call);
        self.by_resource.values().chain(circumstances).map(|call| &**call)
    }

    pub(super) fn listed(&self) -> impl Iterator<Item = &String> {
        self.by_resource.keys()
    }

    /// How many resources there are beyond those that are listed.
    pub(super) fn more_resources(&self) -> usize {
        self.resources.len().saturating_sub(self.by_resource.len())
    }

    /// The calls that stand for all, where the policies test some condition keys, given in lower case.
    pub(super) fn chosen(&self, is_tested: impl Fn(&str) -> bool) -> Chosen {
        let differs = |key: &str| self.varying.contains(key);
        let network = OF_NETWORK.iter().any(|key| differs(key)) && OF_NETWORK.iter().any(|key| is_tested(key));
        let of_call = |key: &String| !OF_SESSION.contains(&key.as_str()) && is_tested(key);
        let matter = network || self.varying.iter().any(of_call);
        let mut calls: Vec<&Rc<Call>> = Vec::new();
        let circumstances = self.by_circumstances.iter().map(|(_, call)| call).filter(|_| matter);
        let latest = [&self.latest].into_iter().filter(|_| self.by_resource.is_empty());
        for call in self.by_resource.values().chain(circumstances).chain(latest) {
            if !calls.iter().any(|known| Rc::ptr_eq(known, call)) {
                calls.push(call);
            }
        }
        let unseen = if matter { self.distinct.len().saturating_sub(calls.len()) } else { self.more_resources() };
        let open: Vec<&str> = OF_SESSION.into_iter().filter(|key| differs(key) && is_tested(key)).collect();
        Chosen { calls: calls.into_iter().map(|call| call.without(&open)).collect(), unseen }
    }
}

/// Keeps the later of two calls; of several at the same second the one with the greatest id.
fn later(known: &mut Rc<Call>, call: &Rc<Call>) {
    if call.at > known.at {
        *known = Rc::clone(call);
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
