//! From statements with their actions to classes of actions: one sweep over the catalogue.

use std::collections::HashMap;
use std::sync::LazyLock;

use smallvec::{SmallVec, smallvec};

use super::actions::Actions;
use super::{Bits, Class, Reach, Rule};
use crate::catalogue::{self, ActionSet, Catalogued, Quick, Ranges, push};
use crate::eval;
use crate::policy::Effect;
use crate::request::Action;
use crate::snapshot::Layer;

impl<'a> Reach<'a> {
    /// The classes of the actions of which an Allow of one of these layers may be, in the order of their first actions.
    /// What no policy decides ([`eval::beyond_policies`]) is in none.
    pub(super) fn classes(&self, allowed_by: &[Layer]) -> Vec<Class> {
        let allows = |rule: &Rule<'_>| rule.statement.effect != Effect::Deny && allowed_by.contains(&rule.layer);
        let mut wanted: Bits = SmallVec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            if allows(rule) {
                set_bit(&mut wanted, number);
            }
        }
        let mut classes = Vec::new();
        for (rules, ranges) in self.swept() {
            if meets(&rules, &wanted) {
                self.refine(&rules, ranges, &mut classes);
            }
        }
        for number in self.names.unknowns() {
            let rules = self.about_unknown(number);
            if meets(&rules, &wanted) {
                classes.push(Class { rules, actions: Actions::Few(smallvec![number..number + 1]), is_star: false });
            }
        }
        classes.sort_by_key(Class::first);
        classes
    }

    /// The actions of the catalogue by the statements that are about them, each set of statements once.
    fn swept(&self) -> Vec<(Bits, Ranges)> {
        let mut turns: Vec<(u32, usize)> = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            turns.extend(rule.about.actions.iter().flat_map(|range| [(range.start, number), (range.end, number)]));
        }
        // As if a further statement were about them.
        let beyond = self.rules.len();
        turns.extend(BEYOND.iter().flat_map(|number| [(*number, beyond), (number + 1, beyond)]));
        // Stable: each statement's are sorted already.
        turns.sort_by_key(|(at, _)| *at);
        let mut now: Bits = smallvec![0; beyond / 64 + 1];
        let mut found: Vec<(Bits, Ranges)> = Vec::new();
        let mut places: HashMap<Bits, usize, Quick> = HashMap::default();
        let mut from = 0;
        for (at, number) in turns {
            if at > from {
                if !super::has_bit(&now, beyond) && now.iter().any(|word| *word != 0) {
                    match places.get(&now).and_then(|place| found.get_mut(*place)) {
                        Some((_, ranges)) => push(ranges, from..at),
                        None => {
                            places.insert(now.clone(), found.len());
                            found.push((now.clone(), smallvec![from..at]));
                        }
                    }
                }
                from = at;
            }
            if let Some(word) = now.get_mut(number / 64) {
                *word ^= 1 << (number % 64);
            }
        }
        found
    }

    /// The statements about an action that the catalogue does not know.
    fn about_unknown(&self, number: u32) -> Bits {
        let mut rules: Bits = smallvec![0; self.rules.len() / 64 + 1];
        let Some(action) = self.action(number) else { return rules };
        let asked = crate::request::Request { action, ..self.base.clone() };
        for (number, rule) in self.rules.iter().enumerate() {
            if eval::action(&rule.statement.action, &asked) != crate::truth::Truth::No {
                set_bit(&mut rules, number);
            }
        }
        rules
    }

    /// An action by its number.
    pub(super) fn action(&self, number: u32) -> Option<Action> {
        match Catalogued::get().action(number) {
            Some(known) => Some(Action::known(known)),
            None => Action::parse(self.names.unknown(number)?.1).ok(),
        }
    }

    /// Splits the actions of a set of statements by what else a request depends on.
    fn refine(&self, rules: &Bits, ranges: Ranges, classes: &mut Vec<Class>) {
        let about = || self.rules.iter().enumerate().filter(|(number, _)| super::has_bit(rules, *number));
        let by_reach = about().any(|(_, rule)| rule.layer == Layer::ResourceControl);
        let by_star = by_reach || about().any(|(_, rule)| !rule.about.on_everything);
        let mut splits: SmallVec<[u32; 4]> = about().flat_map(|(_, rule)| rule.splits.iter().copied()).collect();
        splits.sort_unstable();
        splits.dedup();
        let mut parts: Parts = std::iter::once(Actions::from(ranges)).collect();
        if by_reach {
            parts = cut(parts, |part| part.cut(&REACHED));
        }
        for split in splits.iter().filter_map(|split| self.splits.get(*split as usize)) {
            parts = cut(parts, |part| part.cut(split));
        }
        for part in parts {
            let class = |actions, is_star| Class { rules: rules.clone(), actions, is_star };
            if !by_star {
                classes.push(class(part, false));
                continue;
            }
            let [star, others] = part.cut(Catalogued::get().star());
            classes.extend(star.map(|star| class(star, true)));
            let others = others.map_or_else(SmallVec::new, |others| self.by_types(others, about()));
            classes.extend(others.into_iter().map(|part| class(part, false)));
        }
    }

    /// Splits actions by which of the resources that statements name are of types that they take, and of which statements name
    /// all.
    fn by_types<'r>(&self, actions: Actions, about: impl Iterator<Item = (usize, &'r Rule<'a>)>) -> Parts
    where
        'a: 'r,
    {
        let mut parts: Parts = std::iter::once(actions).collect();
        for (_, rule) in about.filter(|(_, rule)| !rule.about.on_everything) {
            for taken_by in rule.resources.iter().filter_map(|own| own.taken_by) {
                parts = cut(parts, |part| part.cut_by_ranges(taken_by));
            }
            if let Some(listed) = self.listed(rule) {
                parts = cut(parts, |part| part.cut_by_ranges(&listed));
            }
        }
        parts
    }
}

/// Some actions in parts.
type Parts = SmallVec<[Actions; 4]>;

/// Cuts each part in two, where both have some.
fn cut(parts: Parts, by: impl Fn(Actions) -> [Option<Actions>; 2]) -> Parts {
    parts.into_iter().flat_map(by).flatten().collect()
}

/// The actions that no policy decides.
static BEYOND: LazyLock<Vec<u32>> =
    LazyLock::new(|| eval::beyond_policies().filter_map(|lower| Catalogued::get().number(lower)).collect());

/// The actions to which resource control policies can reach.
static REACHED: LazyLock<ActionSet> = LazyLock::new(|| {
    let all = Catalogued::get();
    let is_reached = |prefix: &str, number: &u32| {
        catalogue::reached_by_resource_control(prefix) && all.lower(*number) != "kms:retiregrant"
    };
    let services = all.services().iter();
    services.flat_map(|(prefix, range)| range.clone().filter(|number| is_reached(prefix, number))).collect()
});

/// Whether a resource control policy can reach requests for the action; so it is of one that the catalogue does not know.
pub(super) fn is_reached(number: u32) -> bool {
    number >= Catalogued::get().len() || REACHED.contains(number)
}

fn set_bit(bits: &mut SmallVec<impl smallvec::Array<Item = u64>>, at: usize) {
    if bits.len() <= at / 64 {
        bits.resize(at / 64 + 1, 0);
    }
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn meets(one: &Bits, other: &Bits) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}
