//! Which actions the statements of a principal's policies are about, and what of a grant passes the ceilings.
//!
//! Over all actions of the catalogue, without as many evaluations: actions about which exactly the same statements are
//! make one class ([`Class`]), and a class is judged once, by the evaluator's own functions, on each resource that an
//! Allow of the identity policies names. What else of a request depends on its action splits the classes further: whether
//! it takes a resource and of which type, which condition keys it never carries, in which region it is made.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities".

mod actions;
mod bond;
mod classes;
mod judge;
mod keys;
mod names;
mod rules;
mod told;
mod types;
mod weigh;

pub use judge::Judge;
pub(crate) use keys::carries;
pub use names::Names;
pub use told::Told;
pub use weigh::{Cell, Extent, Passage, Weighed};

use std::ops::Range;

use smallvec::SmallVec;

use crate::catalogue::{ActionSet, Catalogued, Ranges, holds};
use crate::derive;
use crate::pattern::ArnPattern;
use crate::policy::{About, Document, Statement};
use crate::request::{Request, Resource};
use crate::snapshot::{Layer, Policy, Snapshot};
use actions::Actions;
use keys::Split;

/// What is known of the policies of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All were read and understood.
    Read,
    /// Read: there is none.
    Absent,
    /// Nobody read it, and it does not count; the reason, where there is one.
    NotChecked(Option<String>),
    /// Some of it could not be read or understood; what could is used. The reason.
    Unclear(String),
}

impl Standing {
    /// The name in JSON output.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Absent => "absent",
            Self::NotChecked(_) => "not-checked",
            Self::Unclear(_) => "unclear",
        }
    }
}

/// A layer that may stop what the identity policies grant.
#[derive(Debug)]
pub struct Ceiling {
    /// The layer.
    pub layer: Layer,
    /// What is known of it.
    pub standing: Standing,
    /// Its levels among the sides.
    sides: Range<usize>,
}

/// A statement of the principal's policies.
#[derive(Debug)]
pub struct Rule<'a> {
    /// The policy that it stands in.
    pub policy: &'a Policy,
    /// Its document.
    pub document: &'a Document,
    /// The statement.
    pub statement: &'a Statement,
    /// Its number in the document, from 0.
    pub index: u32,
    /// The layer.
    pub layer: Layer,
    /// What it is about, whoever has it.
    about: &'a About,
    /// Its conditions, variables or principals depend on the rest of the request.
    in_context: bool,
    /// What it tests that depends on the action: numbers of `Reach::splits`.
    splits: SmallVec<[u32; 2]>,
    /// The same for statements that test the same.
    tests: u32,
    /// The resources that it names; of an Allow.
    resources: SmallVec<[Own<'a>; 2]>,
}

/// A resource that a statement names.
#[derive(Debug, Clone, Copy)]
struct Own<'a> {
    /// Its number.
    number: u32,
    /// The actions of the statement that may take it; `None` = all.
    taken_by: Option<&'a Ranges>,
}

impl Own<'_> {
    /// Whatever resource.
    const ANY: Self = Self { number: ANY, taken_by: None };

    /// Whether the resource may be of a type that an action of the statement takes; so it is where that is not known.
    fn fits(&self, action: u32) -> bool {
        self.taken_by.is_none_or(|taken_by| holds(taken_by, action) || action >= Catalogued::get().len())
    }
}

/// The statements of one level of a layer.
#[derive(Debug)]
struct Side {
    rules: Range<usize>,
    /// It allows what no statement of it does: as RCPs do, and as far as it was not read.
    allows: bool,
}

/// A resource that statements name, or all.
#[derive(Debug)]
struct Named<'a> {
    text: &'a str,
    resource: Resource,
    /// As the policy has it.
    written: Option<&'a ArnPattern>,
}

/// [`Named`] number 0: whatever resource.
const ANY: u32 = 0;
/// [`Named`] number 1: the literal `*`, for actions that take no resource.
const STAR: u32 = 1;

/// Actions about which exactly the same statements are, and of which a request depends on them in no other way.
#[derive(Debug)]
pub struct Class {
    /// The statements, as bits.
    rules: Bits,
    /// The actions, by number.
    actions: Actions,
    /// They take no resource.
    is_star: bool,
}

/// One bit a number.
type Bits = SmallVec<[u64; 4]>;

impl Class {
    /// The numbers of the actions, ascending.
    pub fn actions(&self) -> impl Iterator<Item = u32> + '_ {
        self.actions.iter()
    }

    /// How many actions there are.
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether there is none, which never is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the actions to a set.
    pub fn add_to(&self, set: &mut ActionSet) {
        self.actions.add_to(set);
    }

    fn first(&self) -> u32 {
        self.actions.first()
    }

    fn has(&self, rule: usize) -> bool {
        has_bit(&self.rules, rule)
    }
}

fn has_bit(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
}

/// The policies of a principal as classes of actions.
#[derive(Debug)]
pub struct Reach<'a> {
    /// Everything known of the principal.
    pub snapshot: &'a Snapshot,
    common: derive::Common,
    /// What is known of the identity policies.
    pub identity: Standing,
    /// Every layer that may stop what they grant, in listing order.
    pub ceilings: Vec<Ceiling>,
    /// The actions.
    pub names: Names,
    /// The request for every action on every resource.
    base: Request,
    rules: Vec<Rule<'a>>,
    /// The identity policies, then level by level those of the ceilings.
    sides: Vec<Side>,
    splits: Vec<Split>,
    named: Vec<Named<'a>>,
    /// The partition of all that the principal reaches, where it is known.
    partition: Option<String>,
}

impl<'a> Reach<'a> {
    /// The ceilings of which something was read, with their places in `ceilings`.
    pub fn read_ceilings(&self) -> impl Iterator<Item = (usize, &Ceiling)> {
        self.ceilings.iter().enumerate().filter(|(_, ceiling)| !ceiling.sides.is_empty())
    }

    /// The statement of a number.
    pub fn statement(&self, number: usize) -> Option<&Rule<'a>> {
        self.rules.get(number)
    }

    /// What is known of a layer.
    pub fn standing(&self, layer: Layer) -> Standing {
        let found = self.ceilings.iter().find(|ceiling| ceiling.layer == layer);
        found.map_or_else(|| self.identity.clone(), |ceiling| ceiling.standing.clone())
    }
}
