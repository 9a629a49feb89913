//! Policies, requests and contexts as plain data, which can be varied, and what the evaluator makes of them.

use std::collections::BTreeSet;
use std::fmt;

use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::eval::{Decision, Outcome, StatementRef, Verdict, evaluate};
use diagnose::pattern::{Pattern, Syntax};
use diagnose::policy::Statement;
use diagnose::principal::{Principal, PrincipalKind};
use diagnose::request::{Action, Caller, Request, Resource};
use diagnose::snapshot::{Layer, Layers, Level, Origin, Policy, Reading, Snapshot, Source};
use diagnose::truth::Truth;

use super::obvious;
use super::random::Random;
use super::vocabulary::{KEYS, LIKES, filled};

#[derive(Debug, Clone)]
pub(super) struct ConditionModel {
    pub(super) operator: String,
    pub(super) key: String,
    /// JSON scalars as text.
    pub(super) values: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct StatementModel {
    pub(super) sid: String,
    pub(super) allow: bool,
    pub(super) not_action: bool,
    pub(super) actions: Vec<String>,
    pub(super) not_resource: bool,
    pub(super) resources: Vec<String>,
    /// No operator and key twice.
    pub(super) conditions: Vec<ConditionModel>,
}

#[derive(Debug, Clone)]
pub(super) struct PolicyModel {
    pub(super) name: String,
    pub(super) version: Option<&'static str>,
    /// `None`: the document could not be read.
    pub(super) statements: Option<Vec<StatementModel>>,
}

#[derive(Debug, Clone)]
pub(super) enum ReadingModel {
    NotChecked,
    Failed,
    Absent,
    Levels(Vec<Vec<PolicyModel>>),
}

#[derive(Clone)]
pub(super) struct RequestModel {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) exact: bool,
    pub(super) facts: Vec<(String, Fact)>,
    pub(super) rest: Rest,
}

/// Everything that one evaluation looks at. `readings` in the order of [`Layer::ALL`].
#[derive(Clone)]
pub(super) struct World {
    pub(super) kind: PrincipalKind,
    pub(super) readings: Vec<ReadingModel>,
    pub(super) request: RequestModel,
}

/// What must not change: a decision, with statements by name instead of by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) layers: Vec<(Layer, Outcome, BTreeSet<String>)>,
}

/// Short enough to be read where a property fails.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "a principal of kind {:?}", self.kind)?;
        for (layer, reading) in Layer::ALL.into_iter().zip(&self.readings) {
            let ReadingModel::Levels(levels) = reading else {
                if !matches!(reading, ReadingModel::NotChecked) {
                    writeln!(f, "  {layer:?}: {reading:?}")?;
                }
                continue;
            };
            for (number, policies) in levels.iter().enumerate() {
                let documents: Vec<String> = policies.iter().map(|policy| policy.json(&mut None)).collect();
                writeln!(f, "  {layer:?}, level {number}: [{}]", documents.join(",\n    "))?;
            }
        }
        write!(f, "  {:?}", self.request)
    }
}

impl fmt::Debug for RequestModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.exact { "exactly" } else { "all of" };
        write!(f, "{} on {kind} {}, {:?}", self.action, self.resource, self.rest)?;
        self.facts.iter().try_for_each(|(key, fact)| write!(f, ", {key}: {fact:?}"))
    }
}

impl StatementModel {
    /// `random` chooses what AWS says does not matter: the order of elements, a single value or a list of one.
    fn json(&self, random: &mut Option<Random>) -> String {
        let mut operators: Vec<(&str, Vec<String>)> = Vec::new();
        for condition in &self.conditions {
            let key = format!(
                "{}: {}",
                quoted(&condition.key),
                one_or_many(random, condition.values.iter().map(|text| scalar(text)).collect())
            );
            match operators.iter_mut().find(|(operator, _)| *operator == condition.operator) {
                Some((_, keys)) => keys.push(key),
                None => operators.push((&condition.operator, vec![key])),
            }
        }
        let operators: Vec<String> =
            operators.iter().map(|(operator, keys)| format!("\"{operator}\": {{{}}}", keys.join(", "))).collect();
        let mut members = vec![
            format!("\"Sid\": \"{}\"", self.sid),
            format!("\"Effect\": \"{}\"", if self.allow { "Allow" } else { "Deny" }),
            format!(
                "\"{}\": {}",
                if self.not_action { "NotAction" } else { "Action" },
                one_or_many(random, self.actions.iter().map(|text| quoted(text)).collect())
            ),
            format!(
                "\"{}\": {}",
                if self.not_resource { "NotResource" } else { "Resource" },
                one_or_many(random, self.resources.iter().map(|text| quoted(text)).collect())
            ),
        ];
        if !operators.is_empty() {
            members.push(format!("\"Condition\": {{{}}}", operators.join(", ")));
        }
        if let Some(random) = random {
            random.shuffle(&mut members);
        }
        format!("{{{}}}", members.join(", "))
    }
}

/// A list; with `random`, one alone may stand without it.
fn one_or_many(random: &mut Option<Random>, items: Vec<String>) -> String {
    match (items.as_slice(), random) {
        ([only], Some(random)) => [only.clone(), format!("[{only}]")][random.below(2)].clone(),
        _ => format!("[{}]", items.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Numbers and booleans stand without quotes where they can.
fn scalar(text: &str) -> String {
    match text {
        "true" | "false" | "300" | "3600" | "3600.5" | "-1" | "1e3" => text.to_owned(),
        _ => quoted(text),
    }
}

impl PolicyModel {
    /// One line of JSON; empty for a document that could not be read.
    pub(super) fn json(&self, random: &mut Option<Random>) -> String {
        let statements: Vec<String> =
            self.statements.iter().flatten().map(|statement| statement.json(random)).collect();
        let statements = one_or_many(random, statements);
        let mut members = vec![format!("\"Statement\": {statements}")];
        members.extend(self.version.map(|version| format!("\"Version\": \"{version}\"")));
        if let Some(random) = random {
            random.shuffle(&mut members);
        }
        format!("{{{}}}", members.join(", "))
    }

    fn policy(&self, random: &mut Option<Random>) -> Policy {
        if self.statements.is_none() {
            return Policy::unread(self.name.as_str(), None, Origin::Inline, "for the sake of it");
        }
        let policy = Policy::new(self.name.as_str(), None, Origin::Inline, None, &self.json(random));
        assert!(policy.document.is_ok(), "{:?}", policy.document);
        policy
    }
}

impl World {
    /// Gives every policy and statement a name of its own.
    pub(super) fn name(&mut self) {
        for (layer, reading) in self.readings.iter_mut().enumerate() {
            let ReadingModel::Levels(levels) = reading else { continue };
            for (level, policies) in levels.iter_mut().enumerate() {
                for (number, policy) in policies.iter_mut().enumerate() {
                    policy.name = format!("P{layer}x{level}x{number}");
                    for (at, statement) in policy.statements.iter_mut().flatten().enumerate() {
                        statement.sid = format!("{}x{at}", policy.name.replace('P', "S"));
                    }
                }
            }
        }
    }

    pub(super) fn request(&self) -> Request {
        let request = &self.request;
        let mut context = Context::new(request.rest.clone());
        for (key, fact) in &request.facts {
            context.set(key.as_str(), fact.clone(), Basis::Given);
        }
        let mut principal = Principal::unknown();
        principal.kind = self.kind;
        Request {
            caller: Caller { principal, has_boundary: Truth::No },
            action: Action::parse(&request.action).unwrap(),
            resource: Resource::new(&request.resource, request.exact),
            context,
        }
    }

    /// The policies, parsed; `random` as for a statement's JSON.
    pub(super) fn snapshot(&self, mut random: Option<Random>) -> Snapshot {
        let mut layers = Layers::default();
        for (layer, reading) in Layer::ALL.into_iter().zip(&self.readings) {
            let reading = match reading {
                ReadingModel::NotChecked => Reading::not_checked(),
                ReadingModel::Failed => Reading::Failed { reason: "for the sake of it".to_owned() },
                ReadingModel::Absent => Reading::Absent,
                ReadingModel::Levels(levels) => {
                    let level = |policies: &Vec<PolicyModel>| Level {
                        target: None,
                        policies: policies.iter().map(|policy| policy.policy(&mut random)).collect(),
                    };
                    Reading::Levels(levels.iter().map(level).collect())
                }
            };
            layers.set(layer, reading);
        }
        let mut principal = Principal::unknown();
        principal.kind = self.kind;
        Snapshot { source: Source::Files, principal, tags: None, trust_policy: None, layers, unread: Vec::new() }
    }

    pub(super) fn answer(&self) -> Answer {
        let snapshot = self.snapshot(None);
        answer(&evaluate(&self.request(), &snapshot), &snapshot)
    }

    pub(super) fn verdict(&self) -> Verdict {
        evaluate(&self.request(), &self.snapshot(None)).verdict
    }

    /// Every list of statements that can take one more, by layer.
    pub(super) fn documents(&mut self, wanted: impl Fn(Layer) -> bool) -> Vec<&mut Vec<StatementModel>> {
        let layers = Layer::ALL.into_iter().zip(&mut self.readings).filter(|(layer, _)| wanted(*layer));
        let levels = layers.filter_map(|(_, reading)| match reading {
            ReadingModel::Levels(levels) => Some(levels),
            ReadingModel::NotChecked | ReadingModel::Failed | ReadingModel::Absent => None,
        });
        levels.flatten().flatten().filter_map(|policy| policy.statements.as_mut()).collect()
    }

    /// Completes the context: a key that may hold anything is absent, or has one of `values`, or some of them as a list.
    pub(super) fn complete(&self, values: &[String], random: &mut Random) -> Self {
        let known = self.request().context;
        let mut facts = Vec::new();
        for (key, _) in KEYS {
            let fact = match known.fact(&key.to_lowercase()) {
                Fact::Unknown if random.below(3) == 0 => Fact::Absent,
                Fact::Unknown => Fact::Value(any_value(values, random)),
                Fact::Present => loop {
                    // A key that is in the request holds something.
                    let value = any_value(values, random);
                    if !value.is_null() {
                        break Fact::Value(value);
                    }
                },
                Fact::Like(pattern) => loop {
                    let text = LIKES.iter().find(|text| like(text) == Fact::Like(pattern.clone())).unwrap();
                    let fitting = values.iter().find(|value| random.coin() && obvious::glob_text(text, value));
                    let value = Value::one(fitting.cloned().unwrap_or_else(|| filled(text, random, true)));
                    if !value.is_null() {
                        break Fact::Value(value);
                    }
                },
                certain => certain.clone(),
            };
            facts.push((key.to_owned(), fact));
        }
        let rest = Rest { complete: true, ..self.request.rest.clone() };
        Self { request: RequestModel { facts, rest, ..self.request.clone() }, ..self.clone() }
    }

    /// The values of every condition in it.
    pub(super) fn condition_values(&mut self) -> Vec<String> {
        let statements = self.documents(|_| true).into_iter().flatten();
        statements.flat_map(|statement| &statement.conditions).flat_map(|condition| condition.values.clone()).collect()
    }
}

/// That a key has a value which the pattern `text` matches.
pub(super) fn like(text: &str) -> Fact {
    Fact::Like(Pattern::parse(text, Syntax { wildcards: true, variables: false, fold_case: false }))
}

fn any_value(values: &[String], random: &mut Random) -> Value {
    let list = random.below(3) == 0;
    let length = if list { random.below(4) } else { 1 };
    Value { items: (0..length).map(|_| random.pick(values).clone()).collect(), list }
}

pub(super) fn answer(decision: &Decision<'_>, snapshot: &Snapshot) -> Answer {
    let layers = decision.layers.iter().map(|one| {
        let names = one.deciding.iter().map(|at| name_of(snapshot, one.layer, *at)).collect();
        (one.layer, one.outcome, names)
    });
    Answer { verdict: decision.verdict, layers: layers.collect() }
}

fn name_of(snapshot: &Snapshot, layer: Layer, at: StatementRef) -> String {
    let Reading::Levels(levels) = snapshot.layers.get(layer) else { panic!("{layer:?} has no statements") };
    let policy = &levels[at.level as usize].policies[at.policy as usize];
    match &policy.document {
        Ok(document) => document.statements[at.statement as usize].sid.as_deref().unwrap().to_owned(),
        Err(_) => policy.name.clone(),
    }
}

/// Every statement of every document that was read.
pub(super) fn all_statements(snapshot: &Snapshot) -> impl Iterator<Item = (Layer, &Statement)> {
    Layer::ALL.into_iter().flat_map(|layer| {
        let documents = snapshot.layers.policies(layer).filter_map(|policy| policy.document.as_ref().ok());
        documents.flat_map(|document| &document.statements).map(move |statement| (layer, statement))
    })
}
