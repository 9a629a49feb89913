//! From a snapshot to statements with the actions that they are about.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::keys::Split;
use super::list::{Catalogued, Names, unknown_names};
use super::{Ceiling, Named, Reach, Rule, Side, Standing};
use crate::catalogue::Carries;
use crate::derive::{self, Given};
use crate::eval::bearing;
use crate::policy::{Document, Effect, ResourcePattern, State, Statement};
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
                Named {
                    text: "*".to_owned(),
                    resource: Resource::any(),
                    is_everything: true,
                    written: None,
                    services: None,
                },
                Named {
                    text: "*".to_owned(),
                    resource: Resource::Exact("*".to_owned()),
                    is_everything: true,
                    written: None,
                    services: None,
                },
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

    fn read(&mut self, layer: Layer, reading: &'a Reading, known: &mut Known) -> Standing {
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
    fn level(&mut self, layer: Layer, level: &'a Level, known: &mut Known) -> Option<String> {
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
        known: &mut Known,
    ) {
        let ranges = Catalogued::get().of_element(&statement.action);
        let may_be_about_unknown = statement.action.negated || unknown_names(&statement.action).next().is_some();
        if ranges.is_empty() && !may_be_about_unknown {
            return;
        }
        let principals = layer.document_kind().has_principals();
        let has_variables = statement.resource.patterns.iter().any(|one| one.arn.variables().next().is_some());
        let in_context = principals || has_variables || !statement.conditions.is_empty();
        let mut splits: SmallVec<[u32; 2]> = SmallVec::new();
        if in_context {
            for key in keys(statement) {
                splits.extend(self.split(&key, known));
            }
        }
        let next = number(known.tests.len());
        let tests = *known.tests.entry(splits.clone()).or_insert(next);
        let names_resources = statement.effect != Effect::Deny;
        let resources = if names_resources { self.resources(document, statement, known) } else { SmallVec::new() };
        let on_everything = is_on_everything(statement);
        self.rules.push(Rule {
            policy,
            document,
            statement,
            index,
            layer,
            ranges,
            in_context,
            with_variables: has_variables,
            on_everything,
            splits,
            tests,
            resources,
        });
    }

    /// The numbers of what splits actions by a key.
    fn split(&mut self, key: &str, known: &mut Known) -> SmallVec<[u32; 2]> {
        if let Some(found) = known.splits.get(key) {
            return found.clone();
        }
        let new = Split::by_key(key);
        let start = number(self.splits.len());
        let found: SmallVec<[u32; 2]> = (start..start + number(new.len())).collect();
        self.splits.extend(new);
        known.splits.insert(key.to_owned(), found.clone());
        found
    }

    /// The numbers of the resources that a statement names; what it says in another way is any.
    fn resources(&mut self, document: &Document, statement: &'a Statement, known: &mut Known) -> SmallVec<[u32; 2]> {
        let element = &statement.resource;
        if element.state != State::Given || element.negated {
            return std::iter::once(super::ANY).collect();
        }
        let named = element.patterns.iter().filter(|pattern| !pattern.never);
        named.filter_map(|pattern| self.resource(document, pattern, known)).collect()
    }

    fn resource(&mut self, document: &Document, pattern: &'a ResourcePattern, known: &mut Known) -> Option<u32> {
        if pattern.arn.is_everything() {
            return Some(super::ANY);
        }
        let text = document.written(pattern.span)?;
        let has_variables = pattern.arn.variables().next().is_some();
        let key = (text, has_variables);
        if let Some(found) = known.resources.get(&key) {
            return Some(*found);
        }
        let text = key.0.clone();
        let resource = if has_variables {
            Resource::Pattern { text: text.clone(), pattern: pattern.arn.resolved(&self.base.context)? }
        } else if text.contains('$') || !pattern.arn.is_literal() {
            Resource::Pattern { text: text.clone(), pattern: pattern.arn.clone() }
        } else {
            Resource::Exact(text.clone())
        };
        let found = number(self.named.len());
        known.resources.insert(key, found);
        let services = pattern.arn.service().map(Catalogued::by_arn);
        self.named.push(Named { text, resource, is_everything: false, written: Some(&pattern.arn), services });
        Some(found)
    }
}

/// What was numbered already.
#[derive(Debug, Default)]
struct Known {
    tests: HashMap<SmallVec<[u32; 2]>, u32>,
    splits: HashMap<String, SmallVec<[u32; 2]>>,
    resources: HashMap<(String, bool), u32>,
}

fn is_on_everything(statement: &Statement) -> bool {
    let element = &statement.resource;
    let any = element.patterns.iter().any(|pattern| pattern.arn.is_everything() && !pattern.never);
    element.state == State::Given && !element.negated && any
}

/// The condition keys that a statement tests or uses as variables, in lower case.
fn keys(statement: &Statement) -> Vec<String> {
    let conditions = statement.conditions.iter().filter_map(|block| block.condition.as_ref());
    let tested = conditions.flat_map(|condition| {
        let variables = condition.variable_keys().into_iter().map(str::to_owned);
        std::iter::once(condition.key.to_string()).chain(variables)
    });
    let patterns = statement.resource.patterns.iter();
    let variables = patterns.flat_map(|pattern| pattern.arn.variables()).map(|variable| variable.key.to_string());
    tested.chain(variables).collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
