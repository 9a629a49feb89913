//! The gap: what the identity policies of a principal grant that a ceiling stops.
//!
//! Source: IAM User Guide, "Permissions boundaries for IAM entities" ("the effective permissions are the intersection").

mod entries;
mod patterns;

pub use entries::{Decider, Entry, Gap, gap};
pub use patterns::{by_service, compressed};

use std::collections::BTreeMap;

use crate::catalogue::ActionSet;
use crate::derive::Given;
use crate::reach::{Extent, Judge, Names, Reach, Rule, Standing};
use crate::snapshot::{Layer, Snapshot};

/// The gap of a principal in numbers, cheap enough for a whole account.
#[derive(Debug, Clone)]
pub struct Summary {
    /// How many actions the identity policies grant on some resource, under some circumstances.
    pub granted: usize,
    /// Those of them of which no ceiling stops anything.
    pub effective: usize,
    /// Those of which a ceiling stops all or some. `granted == effective + blocked.len()`.
    pub blocked: ActionSet,
    /// Those of them of which nothing passes all ceilings.
    pub everywhere: ActionSet,
    /// How many of the blocked ones are those of which something passes, or may.
    pub partly: usize,
    /// By ceiling that was read, in listing order: what it stops, everywhere or partly.
    pub by_layer: Vec<(Layer, ActionSet)>,
    /// What is known of the identity policies: unless they were read, there is more to grant.
    pub identity: Standing,
    /// What is known of the permissions boundary.
    pub boundary: Standing,
    /// The identity statements that grant something of which nothing passes the ceilings: the policy's number in the layer,
    /// and the statement's in the document.
    pub idle: Vec<(usize, u32)>,
    /// The actions.
    pub names: Names,
}

/// The gap of a principal in numbers.
pub fn summary(snapshot: &Snapshot, given: &Given) -> Summary {
    let reach = Reach::new(snapshot, given);
    let mut judge = Judge::new(&reach);
    let (mut granted, mut partly) = (0, 0);
    let (mut blocked, mut everywhere) = (ActionSet::new(), ActionSet::new());
    let mut by_layer: Vec<(Layer, ActionSet)> =
        reach.read_ceilings().map(|(_, ceiling)| (ceiling.layer, ActionSet::new())).collect();
    // By statement: whether something of its grants passes.
    let mut passing: BTreeMap<usize, bool> = BTreeMap::new();
    for class in judge.classes(&[Layer::Identity]) {
        let weighed = judge.weigh(&class);
        if weighed.cells.is_empty() {
            continue;
        }
        for (rule, is_stopped) in weighed.grants() {
            *passing.entry(rule).or_default() |= !is_stopped;
        }
        granted += class.len();
        for ((number, _), (_, set)) in reach.read_ceilings().zip(&mut by_layer) {
            if weighed.extent(number) != Extent::Nothing {
                class.add_to(set);
            }
        }
        match weighed.extent_of_all() {
            Extent::Nothing => continue,
            Extent::Partly => partly += class.len(),
            Extent::Everywhere => class.add_to(&mut everywhere),
        }
        class.add_to(&mut blocked);
    }
    let place = |rule: &Rule<'_>| {
        let number = snapshot.layers.policies(Layer::Identity).position(|policy| std::ptr::eq(policy, rule.policy))?;
        Some((number, rule.index))
    };
    let stopped = passing.into_iter().filter(|(_, passes)| !passes);
    let idle = stopped.filter_map(|(rule, _)| place(reach.statement(rule)?)).collect();
    let boundary = reach.standing(Layer::Boundary);
    let Reach { identity, names, .. } = reach;
    let effective = granted - blocked.len();
    Summary { granted, effective, blocked, everywhere, partly, by_layer, identity, boundary, idle, names }
}

#[cfg(test)]
mod tests;
