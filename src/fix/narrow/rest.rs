//! What is left of the patterns of a Deny without one action: by a `NotAction` where that says it exactly, else by narrower
//! patterns and names.

use super::{Kept, Narrowing};
use crate::catalogue::{self, Fit, Fitting, GivenArn};
use crate::fix::blast;
use crate::policy::{ActionPattern, Span};

/// How many actions a pattern may be spelled out into, and by how many patterns, if they are more.
const SPELLED_OUT: usize = 60;
const PATTERNS: usize = 20;

/// How many other services may be asked on a resource for a `NotAction` to be readable.
const SERVICES: usize = 8;

impl Narrowing<'_> {
    /// The items of the `Action` that match the asked action.
    pub(super) fn matching(&self) -> Vec<String> {
        let all = self.actions();
        all.into_iter().filter(|text| self.hits(text)).collect()
    }

    pub(super) fn hits(&self, text: &str) -> bool {
        let asked = &self.request.action;
        ActionPattern::new(text, Span::default()).matches(asked.head, &asked.lower)
    }

    /// The matching items without the asked action, to be denied by statements of their own; with `others`, also what else
    /// the statement denies. `on`: the one resource that the statements will be about, where it is one. `None` where that
    /// cannot be said in short.
    pub(super) fn rest(&self, on: Option<&str>, others: bool) -> Option<Kept> {
        if self.statement.action.negated || self.request.action.pattern.is_some() {
            return None;
        }
        if let Some(kept) = on.and_then(|on| self.all_but(on, others)) {
            return Some(kept);
        }
        let mut kept = Kept { actions: Vec::new(), but: Vec::new(), beside: Vec::new(), spelled: self.matching() };
        let (mut names, mut patterns) = (0, 0);
        for text in self.actions() {
            if !self.hits(&text) {
                kept.actions.extend(others.then_some(text));
                continue;
            }
            // Of all services nobody could read the list.
            if blast::pattern_of_services(&text) {
                return None;
            }
            let all = self.narrower(&text, on);
            names += all.len();
            for one in all {
                if !kept.actions.iter().any(|own| own.eq_ignore_ascii_case(&one)) {
                    kept.actions.push(one);
                    patterns += 1;
                }
            }
        }
        (names <= SPELLED_OUT || patterns <= PATTERNS).then_some(kept)
    }

    /// For each other action that a pattern stands for, and that can be asked on a resource, a narrower pattern.
    fn narrower(&self, text: &str, on: Option<&str>) -> Vec<String> {
        let asked = &self.request.action;
        let is_asked = |known: &catalogue::Action| known.text().eq_ignore_ascii_case(&asked.text);
        let can_be =
            |known: &catalogue::Action| on.is_none_or(|on| known.fit(on) != Fit::No && !known.takes_only_star());
        let others = catalogue::expand(text).into_iter().filter(|known| !is_asked(known) && can_be(known));
        others.map(|known| narrower(text, &known, &asked.lower)).collect()
    }

    /// Of a pattern of a whole service, what is left of it on one resource is everything but the asked action, and but the
    /// actions of the other services that can be asked there.
    fn all_but(&self, on: &str, others: bool) -> Option<Kept> {
        let service = self.request.action.service()?;
        let is_whole = |text: &String| text.to_lowercase().strip_prefix(service).is_some_and(|rest| rest == ":*");
        if !self.takes_not_action() || !self.matching().iter().any(is_whole) {
            return None;
        }
        let sharing = sharing(service, on)?;
        let of_sharing = |text: &String| {
            let of = text.split_once(':').map_or("*", |(service, _)| service).to_lowercase();
            of.contains(['*', '?']) || sharing.contains(&of)
        };
        let other = self.actions().into_iter().filter(|text| others && !self.hits(text));
        let beside = other.filter(of_sharing).collect();
        let services = sharing.iter().map(|service| format!("{service}:*"));
        let but = std::iter::once(self.request.action.text.clone()).chain(services).collect();
        Some(Kept { actions: Vec::new(), but, beside, spelled: Vec::new() })
    }
}

/// The other services whose actions can be asked on a resource; `None` where that is not known, or they are many.
fn sharing(service: &str, resource: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let given = GivenArn::of(resource)?;
    for other in catalogue::services().filter(|other| !other.prefix().eq_ignore_ascii_case(service)) {
        let fitting = Fitting::new(&given, other);
        let all: Vec<usize> = other.resource_types().enumerate().map(|(number, _)| number).collect();
        if fitting.is_of(&all) && other.actions().any(|action| fitting.is_of(&action.types_taken())) {
            found.push(other.prefix().to_lowercase());
        }
    }
    (found.len() <= SERVICES).then_some(found)
}

/// An action that a pattern matches, as a pattern that is part of that one, does not match the asked action, and matches
/// what AWS may name alike: the first words of its name by which it differs.
fn narrower(pattern: &str, known: &catalogue::Action, asked: &str) -> String {
    let (service, name) = (known.service().prefix(), known.name());
    let is_prefix = pattern.strip_suffix('*').is_some_and(|start| !start.trim_end_matches('?').contains(['*', '?']));
    let asked = asked.split_once(':').map_or("", |(_, name)| name);
    let lower = name.to_lowercase();
    if !is_prefix || !name.is_ascii() {
        return known.text();
    }
    if lower.len() > asked.len() && lower.starts_with(asked) {
        let start: String = name.chars().take(asked.len()).collect();
        return format!("{service}:{start}?*");
    }
    let letters: Vec<char> = name.chars().collect();
    let begins_word = |at: &usize| match (letters.get(at.wrapping_sub(1)), letters.get(*at)) {
        (Some(before), Some(here)) => here.is_ascii_uppercase() && !before.is_ascii_uppercase(),
        (_, None) => true,
        (None, Some(_)) => false,
    };
    let start = (1..=letters.len()).filter(begins_word).filter_map(|end| name.get(..end));
    let mut differing = start.filter(|start| !asked.starts_with(&start.to_lowercase()));
    differing.next().map_or_else(|| known.text(), |start| format!("{service}:{start}*"))
}
