//! What of a class's grants passes the ceilings.

use smallvec::SmallVec;

use super::judge::{Asked, Judge};
use super::{Ceiling, Class, Own, Rule, STAR, Side};
use crate::eval::DenyKind;
use crate::policy::Effect;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// How much of what is granted a ceiling stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Nothing.
    Nothing,
    /// Some of it certainly or perhaps: on some resources, or where a condition does not hold.
    Partly,
    /// All of it.
    Everywhere,
}

impl Extent {
    /// The name in JSON output; nothing is not told.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Partly => "partly",
            Self::Everywhere => "everywhere",
        }
    }
}

/// What a statement grants: its number, and the number of the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub(super) rule: usize,
    pub(super) resource: u32,
}

/// How a ceiling meets a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// How much of it it stops.
    pub extent: Extent,
    /// In which way.
    pub deny: DenyKind,
    /// The Deny that stops it, certainly or perhaps.
    pub(super) denies: Option<usize>,
    /// The Allow statements that let some of it pass, or all.
    pub(super) allows: SmallVec<[usize; 2]>,
}

impl Passage {
    fn new(extent: Extent) -> Self {
        Self { extent, deny: DenyKind::Implicit, denies: None, allows: SmallVec::new() }
    }
}

/// The Allow statements of a level of a ceiling (by its place), one of which has to let a request pass.
type Gate = (usize, SmallVec<[usize; 2]>);

/// What the ceilings leave of a class's grants.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// What is granted; nothing where it is empty.
    pub cells: SmallVec<[Cell; 2]>,
    /// By ceiling, in the order of `Reach::ceilings`: how each meets each cell.
    pub passages: SmallVec<[SmallVec<[Passage; 2]>; 2]>,
    /// By cell: each ceiling lets some of it pass, and no request passes all of them.
    closed: SmallVec<[bool; 2]>,
}

impl Weighed {
    /// Each grant: the number of its statement, and whether the ceilings stop all of it.
    pub fn grants(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        self.cells.iter().enumerate().map(|(at, cell)| {
            let stops = |ceiling: &SmallVec<[Passage; 2]>| {
                ceiling.get(at).is_some_and(|passage| passage.extent == Extent::Everywhere)
            };
            (cell.rule, self.passages.iter().any(stops) || self.closed.get(at).is_some_and(|closed| *closed))
        })
    }

    /// How much all ceilings together stop of all that is granted.
    pub fn extent_of_all(&self) -> Extent {
        if self.grants().all(|(_, is_stopped)| is_stopped) {
            Extent::Everywhere
        } else if self.passages.iter().flatten().any(|passage| passage.extent != Extent::Nothing) {
            Extent::Partly
        } else {
            Extent::Nothing
        }
    }

    /// How much a ceiling stops of all that is granted.
    pub fn extent(&self, ceiling: usize) -> Extent {
        let Some(passages) = self.passages.get(ceiling) else { return Extent::Nothing };
        let all = |extent| passages.iter().all(|passage| passage.extent == extent);
        if all(Extent::Nothing) {
            Extent::Nothing
        } else if all(Extent::Everywhere) {
            Extent::Everywhere
        } else {
            Extent::Partly
        }
    }
}

impl Judge<'_, '_> {
    /// What is granted of a class, and what the ceilings leave of it.
    pub fn weigh(&mut self, class: &Class) -> Weighed {
        let asked = self.ask(class);
        let reach = self.reach;
        let mut weighed = Weighed { cells: self.granted(0, asked), passages: SmallVec::new(), closed: SmallVec::new() };
        if weighed.cells.is_empty() {
            return weighed;
        }
        let mut gates: SmallVec<[SmallVec<[Gate; 2]>; 2]> = weighed.cells.iter().map(|_| SmallVec::new()).collect();
        for (number, ceiling) in reach.ceilings.iter().enumerate() {
            let each = weighed.cells.iter().zip(&mut gates);
            let passages = each.map(|(cell, gates)| self.passage((number, ceiling), *cell, asked, gates)).collect();
            weighed.passages.push(passages);
        }
        weighed.closed = gates.iter().map(|gates| self.are_closed(gates)).collect();
        weighed
    }

    /// Whether no request passes some gate of one ceiling and some gate of another.
    fn are_closed(&mut self, gates: &[Gate]) -> bool {
        let mut rest = gates;
        while let Some(((ceiling, allows), others)) = rest.split_first() {
            rest = others;
            let apart = others.iter().filter(|(other, _)| other != ceiling);
            if apart.into_iter().any(|(_, others)| self.all_exclude(allows, others)) {
                return true;
            }
        }
        false
    }

    /// Whether no request is one to which one of these statements applies, and one of the others.
    fn all_exclude(&mut self, statements: &[usize], others: &[usize]) -> bool {
        statements.iter().all(|one| others.iter().all(|other| self.exclude(*one, *other)))
    }

    /// Whether the layer by itself allows some request for the class's actions.
    pub fn is_allowed_by(&mut self, ceiling: &Ceiling, class: &Class) -> bool {
        let asked = self.ask(class);
        ceiling.sides.clone().all(|side| !self.granted(side, asked).is_empty())
    }

    /// What the Allow statements of a side grant, but for what a Deny of it certainly takes away.
    fn granted(&mut self, side: usize, asked: Asked<'_>) -> SmallVec<[Cell; 2]> {
        let reach = self.reach;
        let mut cells = SmallVec::new();
        let Some(side) = reach.sides.get(side) else { return cells };
        for number in side.rules.clone().filter(|number| asked.class.has(*number)) {
            let Some(rule) = reach.rules.get(number).filter(|rule| rule.statement.effect != Effect::Deny) else {
                continue;
            };
            let (star, any) = ([Own { number: STAR, taken_by: None }], [Own::ANY]);
            let resources = match (asked.class.is_star, rule.about.on_everything) {
                (true, _) => &star[..],
                (false, true) => &any,
                (false, false) => &rule.resources,
            };
            for resource in resources.iter().filter(|own| own.fits(asked.first)).map(|own| own.number) {
                let cell = Cell { rule: number, resource };
                if self.applies(number, resource, asked) != Truth::No && !self.is_taken_away(side, cell, asked) {
                    cells.push(cell);
                }
            }
        }
        cells
    }

    fn is_taken_away(&mut self, side: &Side, cell: Cell, asked: Asked<'_>) -> bool {
        let reach = self.reach;
        side.rules.clone().any(|number| {
            let denies = reach.rules.get(number).is_some_and(|rule| rule.statement.effect == Effect::Deny);
            denies && asked.class.has(number) && self.surely(number, cell, asked) == Truth::Yes
        })
    }

    /// How a ceiling meets a grant: as the level does that stops most of it. Adds the gates through which it is to pass.
    fn passage(
        &mut self,
        (number, ceiling): (usize, &Ceiling),
        cell: Cell,
        asked: Asked<'_>,
        gates: &mut SmallVec<[Gate; 2]>,
    ) -> Passage {
        if ceiling.layer == Layer::ResourceControl
            && !ceiling.sides.is_empty()
            && !self.is_reached(cell.resource, asked)
        {
            return Passage::new(Extent::Nothing);
        }
        let rank = |one: &Passage| (one.extent, one.deny == DenyKind::Explicit);
        let mut worst = Passage::new(Extent::Nothing);
        let own = gates.len();
        for side in ceiling.sides.clone() {
            let passage = self.at_side(side, cell, asked);
            if passage.extent == Extent::Partly && !passage.allows.is_empty() {
                let before = gates.get(own..).unwrap_or_default();
                if before.iter().any(|(_, others)| self.all_exclude(&passage.allows, others)) {
                    worst = Passage::new(Extent::Everywhere);
                }
                gates.push((number, passage.allows.clone()));
            }
            if rank(&passage) > rank(&worst) {
                worst = passage;
            }
        }
        worst
    }

    fn at_side(&mut self, side: usize, cell: Cell, asked: Asked<'_>) -> Passage {
        let reach = self.reach;
        let Some(side) = reach.sides.get(side) else { return Passage::new(Extent::Nothing) };
        let (mut deny, mut allow) = (Truth::No, Truth::from(side.allows));
        let (mut denies, mut allows) = (None, SmallVec::new());
        for number in side.rules.clone().filter(|number| asked.class.has(*number)) {
            let Some(rule) = reach.rules.get(number) else { continue };
            let truth = self.surely(number, cell, asked);
            if truth == Truth::No {
                continue;
            }
            let denies_more = rule.statement.effect != Effect::Allow && truth > deny;
            if denies_more && !self.is_denied_already(number, cell, asked) {
                (deny, denies) = (truth, Some(number));
            }
            if rule.statement.effect != Effect::Deny && is_of_a_type(rule, asked) {
                allow = allow.or(truth);
                allows.push(number);
            }
        }
        let (extent, kind) = match (deny, allow) {
            (Truth::Yes, _) => (Extent::Everywhere, DenyKind::Explicit),
            (_, Truth::No) => (Extent::Everywhere, DenyKind::Implicit),
            (_, Truth::Unknown) => (Extent::Partly, DenyKind::Implicit),
            (Truth::Unknown, Truth::Yes) => (Extent::Partly, DenyKind::Explicit),
            (Truth::No, Truth::Yes) => (Extent::Nothing, DenyKind::Implicit),
        };
        let denies = denies.filter(|_| kind == DenyKind::Explicit);
        if side.allows {
            // Whatever the resource.
            allows.clear();
        }
        Passage { extent, deny: kind, denies, allows }
    }
}

/// Whether the statement names a resource of a type that the actions take.
fn is_of_a_type(rule: &Rule<'_>, asked: Asked<'_>) -> bool {
    asked.class.is_star || rule.about.on_everything || rule.resources.iter().any(|own| own.fits(asked.first))
}
