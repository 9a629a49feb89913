//! The gap of one principal in full: each action that is blocked, by what, and what of it is left.

use crate::catalogue::ActionSet;
use crate::derive::Given;
use crate::eval::DenyKind;
use crate::policy::{Document, FindingCode, Statement};
use crate::reach::{Ceiling, Extent, Judge, Names, Reach, Rule, Standing};
use crate::snapshot::{Layer, Policy, Snapshot};

/// What the identity policies grant that ceilings stop.
#[derive(Debug, Clone)]
pub struct Gap<'a> {
    /// The actions.
    pub names: Names,
    /// What is known of the identity policies.
    pub identity: Standing,
    /// What is known of each ceiling, in listing order.
    pub ceilings: Vec<(Layer, Standing)>,
    /// The actions that the identity policies grant on some resource, under some circumstances.
    pub granted: ActionSet,
    /// Those of which a ceiling stops all or some.
    pub blocked: ActionSet,
    /// Those of them of which something passes all ceilings, or may.
    pub partly: ActionSet,
    /// How they are blocked, in the order of the actions, then of the layers.
    pub entries: Vec<Entry<'a>>,
    /// By layer: what it allows and no identity policy grants.
    pub unused: Vec<(Layer, ActionSet)>,
}

/// Actions that one ceiling blocks in one way.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The numbers of the actions, ascending.
    pub actions: Vec<u32>,
    /// The ceiling.
    pub layer: Layer,
    /// How much of what is granted it stops; never nothing.
    pub extent: Extent,
    /// In which way.
    pub deny: DenyKind,
    /// The Deny that stops it, certainly or perhaps.
    pub denied_by: Option<Decider<'a>>,
    /// The resources on which the identity policies grant the actions, as written.
    pub granted_on: Vec<String>,
    /// On which the ceiling lets some of it pass, or all.
    pub allowed_on: Vec<String>,
    /// The conditions on which it depends what passes.
    pub conditions: Vec<String>,
    /// The statements that grant what does not pass.
    pub granted_by: Vec<Decider<'a>>,
    /// The other ceilings that stop some of it as well, where nothing passes all of them though each lets some.
    pub closed_with: Vec<Layer>,
}

/// A statement, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Its document.
    pub document: &'a Document,
    /// The statement.
    pub statement: &'a Statement,
    /// Its number in the document, from 0.
    pub index: u32,
}

impl<'a> Decider<'a> {
    fn of(rule: &Rule<'a>) -> Self {
        Self { policy: rule.policy, document: rule.document, statement: rule.statement, index: rule.index }
    }
}

/// Layers of which it is told what nobody uses: those that are there for the principal alone.
const OWN: [Layer; 2] = [Layer::Boundary, Layer::Session];

/// The gap of a principal.
pub fn gap<'a>(snapshot: &'a Snapshot, given: &Given) -> Gap<'a> {
    let reach = Reach::new(snapshot, given);
    let mut judge = Judge::new(&reach);
    let own: Vec<usize> =
        reach.read_ceilings().filter(|(_, ceiling)| OWN.contains(&ceiling.layer)).map(|(number, _)| number).collect();
    let mut gap = Gap {
        names: reach.names.clone(),
        identity: understood(snapshot, Layer::Identity, reach.identity.clone()),
        ceilings: reach
            .ceilings
            .iter()
            .map(|ceiling| (ceiling.layer, understood(snapshot, ceiling.layer, ceiling.standing.clone())))
            .collect(),
        granted: ActionSet::new(),
        blocked: ActionSet::new(),
        partly: ActionSet::new(),
        entries: Vec::new(),
        unused: own.iter().filter_map(|at| reach.ceilings.get(*at)).map(|one| (one.layer, ActionSet::new())).collect(),
    };
    for class in judge.classes(&[Layer::Identity, Layer::Boundary, Layer::Session]) {
        let weighed = judge.weigh(&class);
        if weighed.cells.is_empty() {
            let ceilings = own.iter().filter_map(|at| reach.ceilings.get(*at));
            for (ceiling, (_, set)) in ceilings.zip(&mut gap.unused) {
                if judge.is_allowed_by(ceiling, &class) {
                    class.add_to(set);
                }
            }
            continue;
        }
        class.add_to(&mut gap.granted);
        let worst = weighed.extent_of_all();
        let blocking: Vec<(usize, &Ceiling)> =
            reach.read_ceilings().filter(|(number, _)| weighed.extent(*number) != Extent::Nothing).collect();
        for (number, ceiling) in &blocking {
            let extent = weighed.extent(*number);
            let others = blocking.iter().map(|(_, other)| other.layer).filter(|other| *other != ceiling.layer);
            let is_closed = worst == Extent::Everywhere && extent == Extent::Partly;
            let told = judge.told(&class, &weighed, *number);
            gap.entries.push(Entry {
                actions: class.actions().collect(),
                layer: ceiling.layer,
                extent,
                deny: told.deny,
                denied_by: told.denied_by.map(Decider::of),
                granted_on: told.granted_on,
                allowed_on: told.allowed_on,
                conditions: told.conditions,
                granted_by: told.granted_by.into_iter().map(Decider::of).collect(),
                closed_with: others.filter(|_| is_closed).collect(),
            });
        }
        if worst != Extent::Nothing {
            class.add_to(&mut gap.blocked);
        }
        if worst == Extent::Partly {
            class.add_to(&mut gap.partly);
        }
    }
    gap
}

/// What AWS would refuse was read, and is not understood.
fn understood(snapshot: &Snapshot, layer: Layer, standing: Standing) -> Standing {
    if standing != Standing::Read {
        return standing;
    }
    let refused = |policy: &Policy| {
        let document = policy.document.as_ref().ok()?;
        let malformed = document.findings.iter().find(|found| found.code == FindingCode::Malformed).cloned();
        let first = malformed.or_else(|| document.findings_as(layer.document_kind()).into_iter().next())?;
        Some(format!("{} cannot be understood: {}", policy.name, first.text))
    };
    snapshot.layers.policies(layer).find_map(refused).map_or(standing, Standing::Unclear)
}
