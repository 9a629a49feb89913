//! What of a class's grants passes the ceilings.

use smallvec::SmallVec;

use super::judge::{Asked, Judge};
use super::{ANY, Ceiling, Class, Rule, STAR, Side};
use crate::eval::DenyKind;
use crate::policy::{ConditionBlock, Effect, State, Version};
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
    fn free() -> Self {
        Self { extent: Extent::Nothing, deny: DenyKind::Implicit, denies: None, allows: SmallVec::new() }
    }
}

/// What the ceilings leave of a class's grants.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// What is granted; nothing where it is empty.
    pub cells: SmallVec<[Cell; 2]>,
    /// By ceiling, in the order of `Reach::ceilings`: how each meets each cell.
    pub passages: SmallVec<[SmallVec<[Passage; 2]>; 2]>,
}

impl Weighed {
    /// Each grant: the number of its statement, and whether a ceiling stops all of it.
    pub fn grants(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        self.cells.iter().enumerate().map(|(at, cell)| {
            let stops = |ceiling: &SmallVec<[Passage; 2]>| {
                ceiling.get(at).is_some_and(|passage| passage.extent == Extent::Everywhere)
            };
            (cell.rule, self.passages.iter().any(stops))
        })
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
        let cells = self.granted(0, asked);
        let mut passages = SmallVec::new();
        if !cells.is_empty() {
            for ceiling in &reach.ceilings {
                passages.push(cells.iter().map(|cell| self.passage(ceiling, *cell, asked)).collect());
            }
        }
        Weighed { cells, passages }
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
            let resources: SmallVec<[u32; 2]> = match (asked.class.is_star, rule.on_everything) {
                (true, _) => std::iter::once(STAR).collect(),
                (false, true) => std::iter::once(ANY).collect(),
                (false, false) => rule.resources.clone(),
            };
            for resource in resources {
                let cell = Cell { rule: number, resource };
                if !asked.class.is_star && !reach.fits(asked.first, resource, &mut self.fits) {
                    continue;
                }
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

    /// How a ceiling meets a grant: as the level does that stops most of it.
    fn passage(&mut self, ceiling: &Ceiling, cell: Cell, asked: Asked<'_>) -> Passage {
        if ceiling.layer == Layer::ResourceControl
            && !ceiling.sides.is_empty()
            && !self.is_reached(cell.resource, asked)
        {
            return Passage::free();
        }
        let rank = |one: &Passage| (one.extent, one.deny == DenyKind::Explicit);
        let mut worst: Option<Passage> = None;
        for side in ceiling.sides.clone() {
            let passage = self.at_side(side, cell, asked);
            if worst.as_ref().is_none_or(|worst| rank(&passage) > rank(worst)) {
                worst = Some(passage);
            }
        }
        worst.unwrap_or_else(Passage::free)
    }

    fn at_side(&mut self, side: usize, cell: Cell, asked: Asked<'_>) -> Passage {
        let reach = self.reach;
        let Some(side) = reach.sides.get(side) else { return Passage::free() };
        let (mut deny, mut allow) = (Truth::No, Truth::from(side.allows));
        let (mut denies, mut allows) = (None, SmallVec::new());
        for number in side.rules.clone().filter(|number| asked.class.has(*number)) {
            let Some(rule) = reach.rules.get(number) else { continue };
            let truth = self.surely(number, cell, asked);
            if truth == Truth::No {
                continue;
            }
            if rule.statement.effect != Effect::Allow && truth > deny {
                (deny, denies) = (truth, Some(number));
            }
            if rule.statement.effect != Effect::Deny && self.is_of_a_type(rule, asked) {
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

    /// Whether the statement names a resource of a type that the actions take.
    fn is_of_a_type(&mut self, rule: &Rule<'_>, asked: Asked<'_>) -> bool {
        let reach = self.reach;
        asked.class.is_star
            || rule.on_everything
            || rule.resources.iter().any(|resource| reach.fits(asked.first, *resource, &mut self.fits))
    }

    /// Whether a statement applies to every request that a cell grants, to none, or to some: what both statements ask for
    /// in the same words is nothing that the request could fail.
    fn surely(&mut self, number: usize, cell: Cell, asked: Asked<'_>) -> Truth {
        let truth = self.applies(number, cell.resource, asked);
        let reach = self.reach;
        if truth != Truth::Unknown || number == cell.rule {
            return truth;
        }
        let (Some(rule), Some(grant)) = (reach.rules.get(number), reach.rules.get(cell.rule)) else { return truth };
        if !is_plain(rule) || !is_plain(grant) {
            return truth;
        }
        let granted =
            |block: &ConditionBlock| grant.statement.conditions.iter().any(|own| is_same(own, block, rule, grant));
        let excluded = |block: &ConditionBlock| grant.statement.conditions.iter().any(|own| is_opposite(own, block));
        if rule.statement.conditions.iter().any(excluded) {
            return Truth::No;
        }
        let profile = self.profile(rule.in_context, asked);
        let request = self.request(cell.resource, profile, asked.first);
        let holds = |block: &ConditionBlock| crate::eval::condition(block, request) == Truth::Yes || granted(block);
        if !rule.statement.conditions.iter().all(holds) {
            return truth;
        }
        let same_resource = rule.statement.resource.state == State::Given
            && !rule.statement.resource.negated
            && rule.resources.contains(&cell.resource)
            && cell.resource != ANY;
        let by_resource = if rule.with_variables {
            crate::eval::resource_of(rule.statement, rule.layer, request).truth
        } else {
            self.is_about(number, rule, cell.resource, asked)
        };
        if same_resource || by_resource == Truth::Yes { Truth::Yes } else { truth }
    }
}

/// Whether its elements are all understood and it names nobody.
fn is_plain(rule: &Rule<'_>) -> bool {
    let statement = rule.statement;
    !statement.doubtful
        && statement.principal.is_none()
        && statement.action.state == State::Given
        && statement.effect != Effect::Unknown
}

/// Whether two conditions are the same test.
fn is_same(own: &ConditionBlock, other: &ConditionBlock, rule: &Rule<'_>, grant: &Rule<'_>) -> bool {
    let (Some(own), Some(other)) = (&own.condition, &other.condition) else { return false };
    let variables = own.values.iter().any(|value| value.contains("${"));
    let one_language = |one: Version, other: Version| one == other;
    own.operator == other.operator
        && own.key == other.key
        && own.values == other.values
        && (!variables || one_language(rule.document.version, grant.document.version))
}

/// Whether the one holds only where the other does not.
fn is_opposite(own: &ConditionBlock, other: &ConditionBlock) -> bool {
    let (Some(own), Some(other)) = (&own.condition, &other.condition) else { return false };
    let plain = !own.values.iter().any(|value| value.contains("${"));
    plain
        && own.key == other.key
        && own.values == other.values
        && own.operator.set == other.operator.set
        && own.operator.base == other.operator.base
        && own.operator.negated != other.operator.negated
        && own.operator.opposite().is_some()
        && other.operator.opposite().is_some()
}
