//! What one statement says of another: which of the other's conditions hold wherever the one applies, whether both can
//! apply at all, and whether the one's resources are all of the other's. Told from what is written, whatever is asked.

use super::judge::{Asked, Judge};
use super::weigh::Cell;
use super::{Rule, STAR};
use crate::policy::{Effect, ResourcePattern, State, Statement};
use crate::truth::Truth;

/// What a statement says of another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bond {
    /// No request meets the conditions of both.
    excludes: bool,
    /// As bits: the other's conditions that hold wherever the one applies.
    implied: u64,
}

/// What the resources of a statement are to another's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The other is about every resource that the one is about.
    is_within: bool,
    /// No resource is one that both are about.
    is_apart: bool,
}

impl Bond {
    fn new(one: &Rule<'_>, other: &Rule<'_>) -> Self {
        if !is_plain(one) || !is_plain(other) {
            return Self::default();
        }
        let (mut implied, mut excludes) = (0, false);
        for (at, block) in other.statement.conditions.iter().enumerate() {
            let Some(theirs) = &block.condition else { continue };
            for own in one.statement.conditions.iter().filter_map(|block| block.condition.as_ref()) {
                excludes |= own.excludes(theirs);
                if at < 64 && own.implies(theirs) {
                    implied |= 1 << at;
                }
            }
        }
        Self { excludes, implied }
    }

    fn implies(&self, condition: usize) -> bool {
        condition < 64 && self.implied & (1 << condition) != 0
    }
}

impl Judge<'_, '_> {
    /// What a statement says of another, by number.
    pub(super) fn bond(&mut self, one: usize, other: usize) -> Bond {
        let key = (number(one), number(other));
        let reach = self.reach;
        *self.bonds.entry(key).or_insert_with(|| match (reach.rules.get(one), reach.rules.get(other)) {
            (Some(one), Some(other)) => Bond::new(one, other),
            (None, _) | (_, None) => Bond::default(),
        })
    }

    /// Whether no request is one to which both statements apply. `false` where that is not told.
    pub(super) fn exclude(&mut self, one: usize, other: usize) -> bool {
        self.bond(one, other).excludes || self.place(one, other).is_apart
    }

    /// What the resources of a statement are to another's, by number.
    fn place(&mut self, one: usize, other: usize) -> Place {
        let key = (number(one), number(other));
        let reach = self.reach;
        *self.places.entry(key).or_insert_with(|| match (reach.rules.get(one), reach.rules.get(other)) {
            (Some(one), Some(other)) if is_plain(one) && is_plain(other) => {
                let (one, other) = (one.statement, other.statement);
                let is_within = is_within(one, other);
                Place { is_within, is_apart: !is_within && are_apart(one, other) }
            }
            _ => Place { is_within: false, is_apart: false },
        })
    }

    /// Whether a statement applies to every request that a cell grants, to none, or to some.
    pub(super) fn surely(&mut self, number: usize, cell: Cell, asked: Asked<'_>) -> Truth {
        let truth = self.applies(number, cell.resource, asked);
        let reach = self.reach;
        if truth != Truth::Unknown || number == cell.rule {
            return truth;
        }
        let (Some(rule), Some(grant)) = (reach.rules.get(number), reach.rules.get(cell.rule)) else { return truth };
        if !is_plain(rule) || !is_plain(grant) {
            return truth;
        }
        let bond = self.bond(cell.rule, number);
        let resource = self.is_about_cell(number, rule, cell, &[cell.rule], asked);
        if resource == Truth::Yes && self.meets_conditions(rule, &[bond], cell, asked) {
            // Also where both can never apply.
            return Truth::Yes;
        }
        if bond.excludes { Truth::No } else { resource.and(truth) }
    }

    /// Whether what a Deny of a ceiling stops of a cell, a Deny of the identity policies stops as well: then nobody misses it.
    pub(super) fn is_denied_already(&mut self, number: usize, cell: Cell, asked: Asked<'_>) -> bool {
        let reach = self.reach;
        let (Some(rule), Some(identity)) = (reach.rules.get(number), reach.sides.first()) else { return false };
        if !is_plain(rule) {
            return false;
        }
        let denies = |at: &usize| {
            asked.class.has(*at)
                && reach.rules.get(*at).is_some_and(|own| own.statement.effect == Effect::Deny && is_plain(own))
        };
        identity.rules.clone().filter(denies).any(|at| {
            let Some(own) = reach.rules.get(at) else { return false };
            let (by_deny, by_grant) = (self.bond(number, at), self.bond(cell.rule, at));
            self.meets_conditions(own, &[by_deny, by_grant], cell, asked)
                && self.is_about_cell(at, own, cell, &[number, cell.rule], asked) == Truth::Yes
        })
    }

    /// Whether all conditions of a statement hold of a cell's requests, by themselves or because of another statement that
    /// applies to them.
    fn meets_conditions(&mut self, rule: &Rule<'_>, bonds: &[Bond], cell: Cell, asked: Asked<'_>) -> bool {
        if rule.statement.conditions.is_empty() {
            return true;
        }
        let request = self.in_context(rule, cell.resource, asked);
        let mut blocks = rule.statement.conditions.iter().enumerate();
        blocks.all(|(at, block)| {
            bonds.iter().any(|bond| bond.implies(at)) || crate::eval::condition(block, request) == Truth::Yes
        })
    }

    /// Whether a statement is about all resources of a cell, none, or some, as far as others apply to its requests.
    fn is_about_cell(
        &mut self,
        number: usize,
        rule: &Rule<'_>,
        cell: Cell,
        others: &[usize],
        asked: Asked<'_>,
    ) -> Truth {
        if rule.about.on_everything {
            return Truth::Yes;
        }
        let truth = if rule.about.has_variables {
            let profile = self.profile(rule.in_context, asked);
            let request = self.request(cell.resource, profile, asked.first);
            crate::eval::resource_of(rule.statement, rule.layer, request).truth
        } else {
            self.is_about(number, rule, cell.resource)
        };
        if truth != Truth::Unknown || cell.resource == STAR {
            return truth;
        }
        let reach = self.reach;
        if let Some(written) = reach.named.get(cell.resource as usize).and_then(|named| named.written.as_ref()) {
            let mut patterns = understood(rule.statement);
            let within = |one: &ResourcePattern| written.is_within(&one.arn);
            let told = match rule.statement.resource.negated {
                false if patterns.any(within) => Truth::Yes,
                true if patterns.any(within) => Truth::No,
                _ => Truth::Unknown,
            };
            if told != Truth::Unknown {
                return told;
            }
        }
        let is_about_all =
            reach.lists_types(rule, asked.first) || others.iter().any(|other| self.place(*other, number).is_within);
        if is_about_all { Truth::Yes } else { Truth::Unknown }
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

/// The patterns of resources that match something.
fn understood(statement: &Statement) -> impl Iterator<Item = &ResourcePattern> {
    let is_given = statement.resource.state == State::Given;
    statement.resource.patterns.iter().filter(move |pattern| is_given && !pattern.never)
}

/// Whether the other statement is about every resource that the one is about. `false` where that is not told.
fn is_within(one: &Statement, other: &Statement) -> bool {
    if [one, other].iter().any(|of| of.resource.state != State::Given || of.resource.patterns.is_empty()) {
        return false;
    }
    let each = |of, test: &dyn Fn(&ResourcePattern) -> bool| understood(of).all(test);
    match (one.resource.negated, other.resource.negated) {
        (false, false) => each(one, &|own| understood(other).any(|wide| own.arn.is_within(&wide.arn))),
        (true, true) => each(other, &|not| understood(one).any(|wide| not.arn.is_within(&wide.arn))),
        (false, true) => each(one, &|own| understood(other).all(|not| own.arn.is_apart(&not.arn))),
        (true, false) => understood(other).any(|wide| wide.arn.is_everything()),
    }
}

/// Whether no resource is one that both statements are about. `false` where that is not told.
fn are_apart(one: &Statement, other: &Statement) -> bool {
    if [one, other].iter().any(|of| of.resource.state != State::Given || of.resource.patterns.is_empty()) {
        return false;
    }
    let held =
        |positive, negated| understood(positive).all(|own| understood(negated).any(|not| own.arn.is_within(&not.arn)));
    match (one.resource.negated, other.resource.negated) {
        (false, false) => understood(one).all(|own| understood(other).all(|wide| own.arn.is_apart(&wide.arn))),
        (false, true) => held(one, other),
        (true, false) => held(other, one),
        (true, true) => false,
    }
}

fn number(rule: usize) -> u32 {
    u32::try_from(rule).unwrap_or(u32::MAX)
}
