//! From a snapshot to statements with the actions that they are about.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::keys;
use super::{Ceiling, Named, Names, Own, Reach, Rule, Side, Standing};
use crate::catalogue::{Carries, Quick};
use crate::derive::{self, Given};
use crate::eval::bearing;
use crate::pattern::ArnPattern;
use crate::policy::{About, Document, Effect, OfResource, State, Statement, unknown_names};
use crate::request::{Action, Resource};
use crate::snapshot::{Layer, Level, Policy, Reading, Snapshot, Unreadable};

/// Layers that grant nothing, in listing order.
const CEILINGS: [Layer; 5] =
    [Layer::ServiceControl, Layer::ResourceControl, Layer::VpcEndpoint, Layer::Boundary, Layer::Session];

impl<'a> Reach<'a> {
    /// The identity policies and the ceilings of a snapshot. Ceilings that bear on some resources only are none here.
    pub fn new(snapshot: &'a Snapshot, given: &Given) -> Self {
        let common = derive::Common::new(given, snapshot);
        let nothing_known = None::<fn(&str) -> Carries>;
        let base = common.request(Action::every(), (Resource::any(), false), snapshot, nothing_known);
        let mut reach = Self {
            snapshot,
            common,
            identity: Standing::Absent,
            ceilings: Vec::new(),
            names: Names::default(),
            base,
            rules: Vec::new(),
            sides: Vec::new(),
            splits: Vec::new(),
            named: vec![
                Named { text: "*", resource: Resource::any(), written: None },
                Named { text: "*", resource: Resource::Exact("*".to_owned()), written: None },
            ],
            partition: None,
        };
        let mut known = Known::default();
        reach.identity = reach.read(Layer::Identity, snapshot.layers.get(Layer::Identity), &mut known);
        if reach.sides.is_empty() {
            reach.sides.push(Side { rules: 0..0, allows: false });
        }
        for layer in CEILINGS {
            let before = reach.sides.len();
            let standing = reach.read(layer, reach.bearing(layer), &mut known);
            reach.ceilings.push(Ceiling { layer, standing, sides: before..reach.sides.len() });
        }
        let allows = reach.rules.iter().filter(|rule| rule.statement.effect != Effect::Deny);
        let unknown = |rule: &Rule<'a>| {
            let document = rule.document;
            unknown_names(&rule.statement.action)
                .filter_map(|(_, pattern)| document.written(pattern.span))
                .filter(|text| Action::parse(text).is_ok())
                .collect::<Vec<String>>()
        };
        reach.names = Names::with(allows.flat_map(unknown));
        reach.partition = reach.find_partition();
        reach
    }

    /// The policies of the layer that bear on every request of the principal.
    fn bearing(&self, layer: Layer) -> &'a Reading {
        let reading = self.snapshot.layers.get(layer);
        if layer == Layer::ResourceControl {
            // Whether they reach a request is asked with each.
            return reading;
        }
        bearing(layer, &self.base, self.snapshot).0
    }

    fn read(&mut self, layer: Layer, reading: &'a Reading, known: &mut Known<'a>) -> Standing {
        let levels = match reading {
            Reading::NotChecked { reason } => return Standing::NotChecked(reason.clone()),
            Reading::Failed { reason } => return Standing::Unclear(reason.clone()),
            Reading::Absent => return Standing::Absent,
            Reading::Levels(levels) if levels.is_empty() => return Standing::Absent,
            Reading::Levels(levels) => levels,
        };
        let mut standing = Standing::Read;
        for level in levels {
            if let Some(unclear) = self.level(layer, level, known) {
                standing = Standing::Unclear(unclear);
            }
        }
        standing
    }

    /// Reads a level; with the reason where a policy of it was not read or not understood.
    fn level(&mut self, layer: Layer, level: &'a Level, known: &mut Known<'a>) -> Option<String> {
        let start = self.rules.len();
        let mut unclear = None;
        for policy in &level.policies {
            match &policy.document {
                Ok(document) => {
                    for (index, statement) in (0..).zip(&document.statements) {
                        self.rule(layer, policy, document, (index, statement), known);
                    }
                }
                Err(why) => {
                    let why = match why {
                        Unreadable::NotRead(reason) => format!("{} was not read: {reason}", policy.name),
                        Unreadable::Malformed { error, .. } => format!("{} is malformed: {error}", policy.name),
                    };
                    unclear.get_or_insert(why);
                }
            }
        }
        let grants = layer == Layer::Identity;
        let allows = !grants && (layer == Layer::ResourceControl || unclear.is_some());
        // The identity policies have one level.
        match self.sides.first_mut().filter(|_| grants) {
            Some(side) => side.rules.end = self.rules.len(),
            None => self.sides.push(Side { rules: start..self.rules.len(), allows }),
        }
        unclear
    }

    fn rule(
        &mut self,
        layer: Layer,
        policy: &'a Policy,
        document: &'a Document,
        (index, statement): (u32, &'a Statement),
        known: &mut Known<'a>,
    ) {
        let Some(about) = document.about(index as usize) else { return };
        if about.actions.is_empty() && !about.may_be_unknown {
            return;
        }
        let principals = layer.document_kind().has_principals();
        let in_context = principals || about.has_variables || !statement.conditions.is_empty();
        let mut splits: SmallVec<[u32; 2]> = SmallVec::new();
        if in_context {
            for key in &about.keys {
                splits.extend(self.split(key, known));
            }
        }
        let next = number(known.tests.len());
        let tests = *known.tests.entry(splits.clone()).or_insert(next);
        let names_resources = statement.effect != Effect::Deny;
        let resources = if names_resources { self.resources(statement, about, known) } else { SmallVec::new() };
        self.rules.push(Rule {
            policy,
            document,
            statement,
            about,
            index,
            layer,
            in_context,
            splits,
            tests,
            resources,
        });
    }

    /// The numbers of what splits actions by a key.
    fn split(&mut self, key: &'a str, known: &mut Known<'a>) -> SmallVec<[u32; 2]> {
        if let Some(found) = known.splits.get(key) {
            return found.clone();
        }
        let new = keys::splits(key);
        let start = number(self.splits.len());
        let found: SmallVec<[u32; 2]> = (start..start + number(new.len())).collect();
        self.splits.extend(new);
        known.splits.insert(key, found.clone());
        found
    }

    /// The resources that a statement names; what it says in another way is any.
    fn resources(
        &mut self,
        statement: &'a Statement,
        about: &'a About,
        known: &mut Known<'a>,
    ) -> SmallVec<[Own<'a>; 2]> {
        let element = &statement.resource;
        if element.state != State::Given || element.negated {
            return std::iter::once(Own::ANY).collect();
        }
        let own = |one: &'a OfResource| {
            let Some(text) = one.named.as_deref() else { return Some(Own::ANY) };
            let number = self.resource(text, &element.patterns.get(one.pattern)?.arn, known)?;
            Some(Own { number, taken_by: one.taken_by.as_ref() })
        };
        about.resources.iter().filter_map(own).collect()
    }

    fn resource(&mut self, text: &'a str, arn: &'a ArnPattern, known: &mut Known<'a>) -> Option<u32> {
        // The same text is another pattern under another Version.
        let same = |number: &&u32| self.named.get(**number as usize).is_some_and(|named| named.written == Some(arn));
        if let Some(found) = known.resources.get(text).and_then(|numbers| numbers.iter().find(same)) {
            return Some(*found);
        }
        let resource = if arn.variables().next().is_some() {
            Resource::Pattern { text: text.to_owned(), pattern: arn.resolved(&self.base.context)? }
        } else if text.contains('$') || !arn.is_literal() {
            Resource::Pattern { text: text.to_owned(), pattern: arn.clone() }
        } else {
            Resource::Exact(text.to_owned())
        };
        let found = number(self.named.len());
        known.resources.entry(text).or_default().push(found);
        self.named.push(Named { text, resource, written: Some(arn) });
        Some(found)
    }
}

/// What was numbered already.
#[derive(Debug, Default)]
struct Known<'a> {
    tests: HashMap<SmallVec<[u32; 2]>, u32, Quick>,
    splits: HashMap<&'a str, SmallVec<[u32; 2]>, Quick>,
    resources: HashMap<&'a str, SmallVec<[u32; 1]>, Quick>,
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
