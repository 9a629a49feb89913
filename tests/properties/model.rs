//! Worlds as plain data, which can be varied, and what the evaluator makes of them.

use std::collections::BTreeSet;
use std::fmt;

use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::eval::{Block, Decision, Idle, Outcome, StatementRef, Verdict, evaluate};
use diagnose::pattern::{Pattern, Syntax};
use diagnose::policy::Statement;
use diagnose::request::{Action, Caller, Request, Resource};
use diagnose::snapshot::{Layer, Layers, Level, Reading, Snapshot, Source};
use diagnose::truth::Truth;

use super::callers::{OTHER, OWN, PROVIDERS, Who};
use super::document::{PolicyModel, StatementModel};
use super::obvious;
use super::random::Random;
use super::vocabulary::{KEYS, LIKES, filled};

#[derive(Debug, Clone)]
pub(super) enum ReadingModel {
    NotChecked,
    Failed,
    Absent,
    Levels(Vec<Vec<PolicyModel>>),
}

/// Whose resource it is, as far as the request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnerModel {
    Own,
    Other,
    Unknown,
}

#[derive(Clone)]
pub(super) struct RequestModel {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) exact: bool,
    pub(super) owner: OwnerModel,
    /// `aws:FederatedProvider`; no policy asks for it, nor for `aws:ResourceAccount`.
    pub(super) provider: Fact,
    pub(super) facts: Vec<(String, Fact)>,
    pub(super) rest: Rest,
}

/// Everything that one evaluation looks at. `readings` in the order of [`Layer::ALL`].
#[derive(Clone)]
pub(super) struct World {
    pub(super) who: &'static Who,
    pub(super) readings: Vec<ReadingModel>,
    pub(super) request: RequestModel,
}

/// What must not change: a decision, with statements by name instead of by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) layers: Vec<(Layer, Outcome, BTreeSet<String>)>,
    pub(super) blocked_by: Vec<Block>,
}

/// What a level of an organization is a level of.
fn target(number: usize, of: usize) -> String {
    match number {
        0 => "r-root".to_owned(),
        _ if number + 1 == of => OWN.to_owned(),
        _ => format!("ou-{number}"),
    }
}

/// Short enough to be read where a property fails.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.who.text)?;
        for (layer, reading) in Layer::ALL.into_iter().zip(&self.readings) {
            let ReadingModel::Levels(levels) = reading else {
                if !matches!(reading, ReadingModel::NotChecked) {
                    writeln!(f, "  {layer:?}: {reading:?}")?;
                }
                continue;
            };
            for (number, policies) in levels.iter().enumerate() {
                let documents: Vec<String> = policies.iter().map(|policy| policy.shown(layer)).collect();
                writeln!(f, "  {layer:?}, level {number}: [{}]", documents.join(",\n    "))?;
            }
        }
        write!(f, "  {:?}", self.request)
    }
}

impl fmt::Debug for RequestModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.exact { "exactly" } else { "all of" };
        write!(f, "{} on {kind} {} of {:?}, ", self.action, self.resource, self.owner)?;
        write!(f, "provider {:?}, {:?}", self.provider, self.rest)?;
        self.facts.iter().try_for_each(|(key, fact)| write!(f, ", {key}: {fact:?}"))
    }
}

impl ReadingModel {
    /// One policy.
    pub(super) fn policy(policy: PolicyModel) -> Self {
        Self::Levels(vec![vec![policy]])
    }

    pub(super) fn levels_mut(&mut self) -> &mut [Vec<PolicyModel>] {
        if let Self::Levels(levels) = self { levels } else { &mut [] }
    }

    pub(super) fn reading(&self, layer: Layer, random: &mut Option<Random>) -> Reading {
        let levels = match self {
            Self::NotChecked => return Reading::not_checked(),
            Self::Failed => return Reading::Failed { reason: "for the sake of it".to_owned() },
            Self::Absent => return Reading::Absent,
            Self::Levels(levels) => levels,
        };
        let of_organization = matches!(layer, Layer::ServiceControl | Layer::ResourceControl);
        let mut level = |(number, policies): (usize, &Vec<PolicyModel>)| Level {
            target: of_organization.then(|| target(number, levels.len())),
            policies: policies.iter().map(|policy| policy.policy(layer, random)).collect(),
        };
        Reading::Levels(levels.iter().enumerate().map(&mut level).collect())
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
        context.set("aws:FederatedProvider", request.provider.clone(), Basis::Given);
        let owner = match request.owner {
            OwnerModel::Own => Fact::Value(Value::one(OWN)),
            OwnerModel::Other => Fact::Value(Value::one(OTHER)),
            OwnerModel::Unknown => Fact::Unknown,
        };
        context.set("aws:ResourceAccount", owner, Basis::Given);
        let has_boundary = match self.reading(Layer::Boundary) {
            ReadingModel::Levels(_) => Truth::Yes,
            ReadingModel::Failed => Truth::Unknown,
            ReadingModel::Absent | ReadingModel::NotChecked => Truth::No,
        };
        Request {
            caller: Caller { principal: self.who.principal().into(), has_boundary },
            action: Action::parse(&request.action).unwrap(),
            resource: Resource::new(&request.resource, request.exact),
            context,
        }
    }

    /// The policies, parsed; `random` as for a statement's JSON.
    pub(super) fn snapshot(&self, mut random: Option<Random>) -> Snapshot {
        let mut layers = Layers::default();
        for (layer, reading) in Layer::ALL.into_iter().zip(&self.readings) {
            layers.set(layer, reading.reading(layer, &mut random));
        }
        let principal = self.who.principal();
        Snapshot { source: Source::Files, principal, tags: None, trust_policy: None, layers, unread: Vec::new() }
    }

    pub(super) fn reading(&self, layer: Layer) -> &ReadingModel {
        &self.readings[layer as usize]
    }

    /// The same with another reading of a layer.
    pub(super) fn with(&self, layer: Layer, reading: ReadingModel) -> Self {
        let mut other = self.clone();
        other.readings[layer as usize] = reading;
        other
    }

    pub(super) fn answer(&self) -> Answer {
        let snapshot = self.snapshot(None);
        answer(&evaluate(&self.request(), &snapshot))
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

    /// Put aside: where the policy of the resource was not read, it is taken to leave the decision to the caller's account,
    /// or to be open for whoever has none, although the action is about no resource that could have one. Once it is read, be
    /// it that there is none, the same request is denied.
    pub(super) fn counts_idle_resource(&self, idle: Idle) -> bool {
        let is_alone = ["anonymous", "lambda."].iter().any(|part| self.who.text.contains(part));
        let needs_it = is_alone || self.request.owner == OwnerModel::Other;
        idle == Idle::NoResource && needs_it && matches!(self.reading(Layer::Resource), ReadingModel::NotChecked)
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
        // A resource of which nobody said whose it is, is taken to be the caller's own.
        let owner = match self.request.owner {
            OwnerModel::Unknown if random.coin() => OwnerModel::Own,
            owner => owner,
        };
        let provider = match &self.request.provider {
            Fact::Unknown | Fact::Present => Fact::Value(Value::one(*random.pick::<&str>(&PROVIDERS))),
            // Some provider issued a token, though nobody said which.
            Fact::Absent if random.coin() => Fact::Value(Value::one(*random.pick::<&str>(&PROVIDERS))),
            certain => certain.clone(),
        };
        Self { request: RequestModel { facts, rest, owner, provider, ..self.request.clone() }, ..self.clone() }
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

pub(super) fn answer(decision: &Decision<'_>) -> Answer {
    let layers = decision.layers.iter().map(|one| {
        let names = one.deciding.iter().map(|at| name_of(one.reading, *at)).collect();
        (one.layer, one.outcome, names)
    });
    Answer { verdict: decision.verdict, layers: layers.collect(), blocked_by: decision.blocked_by.to_vec() }
}

fn name_of(reading: &Reading, at: StatementRef) -> String {
    let Reading::Levels(levels) = reading else { panic!("there are no statements in {reading:?}") };
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
