//! What there is to say of how a ceiling meets a class's grants.

use super::judge::Judge;
use super::weigh::{Cell, Extent, Passage, Weighed};
use super::{ANY, Class, Rule, STAR};
use crate::eval::{self, DenyKind};
use crate::policy::Effect;
use crate::truth::Truth;

/// How a ceiling meets the grants of a class, by statements and resources.
#[derive(Debug)]
pub struct Told<'r, 'a> {
    /// In which way it stops them.
    pub deny: DenyKind,
    /// The Deny that stops some, certainly or perhaps.
    pub denied_by: Option<&'r Rule<'a>>,
    /// The resources that are granted, as written.
    pub granted_on: Vec<String>,
    /// Those of them that pass, or may.
    pub allowed_on: Vec<String>,
    /// The conditions on which it depends what passes.
    pub conditions: Vec<String>,
    /// The statements that grant what does not pass.
    pub granted_by: Vec<&'r Rule<'a>>,
}

impl<'r, 'a> Judge<'r, 'a> {
    /// What there is to say of how a ceiling (by its place) meets the grants of a class.
    pub fn told(&mut self, class: &Class, weighed: &Weighed, ceiling: usize) -> Told<'r, 'a> {
        let reach = self.reach;
        let passages = weighed.passages.get(ceiling).map_or(&[][..], |passages| passages);
        let stopping = || passages.iter().filter(|passage| passage.extent != Extent::Nothing);
        let explicit = stopping().find(|passage| passage.deny == DenyKind::Explicit);
        // Where nothing is allowed as well, that is told: with the Deny gone it would still be stopped.
        let implicit = stopping().any(|passage| passage.deny == DenyKind::Implicit);
        let denied = explicit.filter(|_| !implicit);
        let mut told = Told {
            deny: if denied.is_some() { DenyKind::Explicit } else { DenyKind::Implicit },
            denied_by: denied.and_then(|passage| reach.rules.get(passage.denies?)),
            granted_on: Vec::new(),
            allowed_on: Vec::new(),
            conditions: Vec::new(),
            granted_by: Vec::new(),
        };
        for (cell, passage) in weighed.cells.iter().zip(passages) {
            let text = reach.named.get(cell.resource as usize).map_or_else(String::new, |named| named.text.to_owned());
            if let Some(rule) = reach.rules.get(cell.rule)
                && passage.extent != Extent::Nothing
                && !told.granted_by.iter().any(|own| std::ptr::eq(*own, rule))
            {
                told.granted_by.push(rule);
            }
            match passage.extent {
                Extent::Nothing => add(&mut told.allowed_on, text.clone()),
                Extent::Everywhere => {}
                Extent::Partly => self.part(class, *cell, passage, &text, &mut told),
            }
            add(&mut told.granted_on, text);
        }
        told
    }

    /// What passes of a grant of which some does.
    fn part(&mut self, class: &Class, cell: Cell, passage: &Passage, text: &str, told: &mut Told<'r, 'a>) {
        let reach = self.reach;
        let asked = self.ask(class);
        let in_context = reach.rules.iter().enumerate().any(|(at, rule)| rule.in_context && class.has(at));
        let profile = self.profile(in_context, asked);
        let request = self.request(cell.resource, profile, asked.first).clone();
        if passage.allows.is_empty() {
            add(&mut told.allowed_on, text.to_owned());
        }
        for rule in passage.allows.iter().filter_map(|number| reach.rules.get(*number)) {
            let whole = eval::resource_of(rule.statement, rule.layer, &request).truth == Truth::Yes;
            if whole || rule.resources.iter().any(|own| own.number == ANY) || cell.resource == STAR {
                add(&mut told.allowed_on, text.to_owned());
            } else {
                let near = rule.resources.iter().filter(|own| own.fits(asked.first));
                for named in near.filter_map(|own| reach.named.get(own.number as usize)) {
                    let one = super::Request { resource: named.resource.clone(), ..request.clone() };
                    let grant = reach.rules.get(cell.rule);
                    let meets = grant
                        .is_none_or(|grant| eval::resource_of(grant.statement, grant.layer, &one).truth != Truth::No);
                    if meets {
                        add(&mut told.allowed_on, named.text.to_owned());
                    }
                }
            }
            if rule.statement.effect == Effect::Allow {
                conditions(rule, &request, "allowed if", told);
                let element = &rule.statement.resource;
                if element.negated && !whole {
                    let but = element.patterns.iter().filter_map(|one| rule.document.written(one.span));
                    add(&mut told.conditions, format!("allowed except on {}", but.collect::<Vec<_>>().join(", ")));
                }
            }
        }
        if let Some(rule) = passage.denies.and_then(|number| reach.rules.get(number)) {
            conditions(rule, &request, "denied if", told);
        }
    }
}

/// The conditions of a statement that are not known to hold.
fn conditions(rule: &Rule<'_>, request: &super::Request, verb: &str, told: &mut Told<'_, '_>) {
    for block in rule.statement.conditions.iter().filter(|block| eval::condition(block, request) == Truth::Unknown) {
        if let Some(condition) = &block.condition {
            add(&mut told.conditions, format!("{verb} {} {}", condition.written_key, condition.wanted(false)));
        }
    }
}

fn add(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}
