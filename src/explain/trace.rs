//! One statement, element by element: matched, not matched, unknown, and at which item of the document.

use super::Role;
use super::likeness::{self, SAME_SERVICE};
use crate::condition::Remark;
use crate::context::{Basis, Context, Fact};
use crate::eval::{self, StatementRef};
use crate::pattern::{VariableValue, Variables};
use crate::policy::{ConditionBlock, Effect, Named, PrincipalEntry, Span, State, Statement};
use crate::request::{Request, Resource};
use crate::snapshot::{Layer, Policy};
use crate::truth::Truth;

/// The elements that decide whether a statement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum ElementKind {
    Effect,
    Principal,
    NotPrincipal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
    /// Something else in the statement, or around it.
    Statement,
}

impl ElementKind {
    /// AWS's name of the element.
    pub fn code(self) -> &'static str {
        match self {
            Self::Effect => "Effect",
            Self::Principal => "Principal",
            Self::NotPrincipal => "NotPrincipal",
            Self::Action => "Action",
            Self::NotAction => "NotAction",
            Self::Resource => "Resource",
            Self::NotResource => "NotResource",
            Self::Condition => "Condition",
            Self::Statement => "Statement",
        }
    }
}

/// What an unknown hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A condition key, as the policy writes it.
    Key(String),
    /// Which principal it is: which session, which user.
    Principal,
    /// Which resource it is.
    Resource,
    /// Which action it is.
    Action,
}

/// A condition with what the request has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTrace {
    /// The operator in AWS's spelling.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The policy's values.
    pub values: Vec<Box<str>>,
    /// What the request has.
    pub fact: Fact,
    /// It is the time of the run, which no answer repeats.
    pub is_clock: bool,
}

/// How one element came out.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementTrace {
    /// Which.
    pub kind: ElementKind,
    /// Whether it matches.
    pub truth: Truth,
    /// The item in the document's text that an arrow should point at.
    pub span: Span,
    /// The item is one of several, and came nearest or decided.
    pub item: bool,
    /// The element is not understood, or is missing.
    pub broken: bool,
    /// For a condition: its parts.
    pub condition: Option<ConditionTrace>,
    /// What it hangs on, where it is unknown.
    pub unknown_subjects: Vec<Subject>,
    /// The variables of its items for which the request has no value: these items match nothing.
    pub unset: Vec<String>,
    /// What would make it match, in the document's words.
    pub wanted: String,
    /// Something open or surprising about the condition, with its key.
    pub remark: Option<(Remark, Box<str>)>,
}

/// How one statement came out.
#[derive(Debug, Clone)]
pub struct StatementTrace {
    /// Where it stands.
    pub at: StatementRef,
    /// Why it is shown.
    pub role: Role,
    /// Its effect.
    pub effect: Effect,
    /// Whether it applies.
    pub applies: Truth,
    /// Its elements: action, resource, conditions.
    pub elements: Vec<ElementTrace>,
    /// It matches only where a `*` at the end of an ARN field reaches over colons.
    pub star_over_colons: bool,
    /// Something in it is not understood.
    pub not_understood: bool,
}

/// Traces a statement.
pub(super) fn statement(
    at: StatementRef,
    policy: &Policy,
    statement: &Statement,
    layer: Layer,
    request: &Request,
    role: Role,
) -> StatementTrace {
    let naming = eval::judge(statement, layer, request);
    let mut applies = naming.any();
    if statement.effect == Effect::Unknown {
        applies = applies.and(Truth::Unknown);
    }
    let denies = statement.effect == Effect::Deny;
    let mut elements = Vec::with_capacity(3 + statement.conditions.len());
    elements.push(action(policy.text(), statement, request));
    if !eval::is_about_its_own(statement, layer, request) {
        elements.push(resource(policy.text(), statement, layer, request));
    }
    elements.extend(principal(policy.text(), statement, layer, request));
    elements.extend(statement.conditions.iter().map(|block| condition(block, &request.context, denies)));
    if statement.effect == Effect::Unknown {
        elements
            .push(ElementTrace { broken: true, ..plain(ElementKind::Effect, Truth::Unknown, statement.effect_span) });
    }
    if statement.doubtful {
        elements.push(ElementTrace { broken: true, ..plain(ElementKind::Statement, Truth::Unknown, statement.span) });
    }
    let star = eval::resource_of(statement, layer, request).only_expanded;
    let not_understood =
        statement.doubtful || statement.effect == Effect::Unknown || elements.iter().any(|element| element.broken);
    StatementTrace { at, role, effect: statement.effect, applies, elements, star_over_colons: star, not_understood }
}

fn plain(kind: ElementKind, truth: Truth, span: Span) -> ElementTrace {
    ElementTrace {
        kind,
        truth,
        span,
        item: false,
        broken: false,
        condition: None,
        unknown_subjects: Vec::new(),
        unset: Vec::new(),
        wanted: String::new(),
        remark: None,
    }
}

fn action(text: &str, statement: &Statement, request: &Request) -> ElementTrace {
    let element = &statement.action;
    let kind = if element.negated { ElementKind::NotAction } else { ElementKind::Action };
    let truth = eval::action(element, request);
    let asked = &request.action;
    let hit = |pattern: &&crate::policy::ActionPattern| match &asked.pattern {
        None => pattern.matches(asked.head, &asked.lower),
        Some(asked) => pattern.matches_all_of(asked) != Truth::No,
    };
    let near = || likeness::nearest_action(text, &element.patterns, request).filter(|near| near.0 >= SAME_SERVICE);
    let found = element.patterns.iter().find(hit).map(|pattern| pattern.span).or_else(|| Some(near()?.1));
    let mut trace = plain(kind, truth, found.unwrap_or(element.span));
    trace.item = found.is_some();
    trace.broken = element.state != State::Given;
    if truth == Truth::Unknown && !trace.broken {
        trace.unknown_subjects.push(Subject::Action);
        let open = element.patterns.iter().filter(hit);
        trace.wanted = written(text, open.map(|pattern| pattern.span), element.negated);
    }
    trace
}

/// The element that says whom the statement is about. In a document that has no place for it, it is not understood; in
/// one that needs it, its absence makes the statement about nobody.
fn principal(text: &str, statement: &Statement, layer: Layer, request: &Request) -> Option<ElementTrace> {
    let has_place = layer.document_kind().has_principals();
    let Some(element) = &statement.principal else {
        let missing = || plain(ElementKind::Principal, Truth::No, statement.span);
        return has_place.then(missing);
    };
    let kind = if element.negated { ElementKind::NotPrincipal } else { ElementKind::Principal };
    if !has_place {
        return Some(ElementTrace { broken: true, ..plain(kind, Truth::Unknown, element.span) });
    }
    let truth = eval::naming(Some(element), statement.effect, layer, request).any();
    let named = |entry: &&PrincipalEntry| eval::names(&entry.named, layer, request).any();
    let found = element.entries.iter().max_by_key(named).filter(|entry| named(entry) != Truth::No);
    let mut trace = plain(kind, truth, found.map_or(element.span, |entry| entry.span));
    trace.item = found.is_some();
    trace.broken = element.state != State::Given;
    if truth == Truth::Unknown && !trace.broken {
        // Of a NotPrincipal that lists the caller in part, no other answer about the principal would settle it.
        let is_provider = |entry: &&PrincipalEntry| matches!(entry.named, Named::Provider(_));
        let mut open = element.entries.iter().filter(|entry| named(entry) == Truth::Unknown);
        if open.clone().any(|entry| is_provider(&entry)) {
            trace.unknown_subjects.push(Subject::Key("aws:FederatedProvider".to_owned()));
        } else if open.any(|entry| !matches!(entry.named, Named::CanonicalUser(_))) {
            trace.unknown_subjects.push(Subject::Principal);
        }
        let open = element.entries.iter().filter(|entry| named(entry) != Truth::No);
        trace.wanted = written(text, open.map(|entry| entry.span), element.negated);
    }
    Some(trace)
}

fn resource(text: &str, statement: &Statement, layer: Layer, request: &Request) -> ElementTrace {
    let element = &statement.resource;
    let kind = if element.negated { ElementKind::NotResource } else { ElementKind::Resource };
    let truth = eval::resource_of(statement, layer, request).truth;
    let test = |pattern: &crate::policy::ResourcePattern| match &request.resource {
        _ if pattern.never => Truth::No,
        Resource::Exact(text) => pattern.arn.matches(text, &request.context).truth,
        Resource::Pattern { pattern: asked, .. } => pattern.arn.matches_all_of(asked, &request.context).truth,
    };
    let best =
        element.patterns.iter().map(|pattern| (test(pattern), pattern)).reduce(|a, b| if b.0 > a.0 { b } else { a });
    let found = best.filter(|(truth, _)| *truth != Truth::No).map(|(_, pattern)| pattern.span);
    let found_none = found.is_none();
    let found = found.or_else(|| Some(likeness::nearest_resource(text, &element.patterns, request)?.1));
    let mut trace = plain(kind, truth, found.unwrap_or(element.span));
    trace.item = found.is_some();
    trace.broken = element.state != State::Given;
    // An item without a value may be what kept the element from matching; of those that match nothing hangs on it.
    if found_none {
        for variable in element.patterns.iter().flat_map(|pattern| pattern.arn.variables()) {
            let missing =
                variable.default.is_none() && request.context.variable(&variable.key) == VariableValue::Absent;
            let name = as_written(text, &variable.key);
            if missing && !trace.unset.contains(&name) {
                trace.unset.push(name);
            }
        }
    }
    if truth == Truth::Unknown && !trace.broken {
        for pattern in element.patterns.iter().filter(|pattern| test(pattern) == Truth::Unknown) {
            for variable in pattern.arn.variables() {
                push_variable(&mut trace.unknown_subjects, &variable.key, &request.context);
            }
        }
        if matches!(request.resource, Resource::Pattern { .. }) {
            trace.unknown_subjects.push(Subject::Resource);
        }
        let open = element.patterns.iter().filter(|pattern| test(pattern) != Truth::No);
        trace.wanted = written(text, open.map(|pattern| pattern.span), element.negated);
    }
    trace
}

/// `arn:aws:s3:::a or arn:aws:s3:::b`, as the items stand in the document.
fn written(text: &str, spans: impl Iterator<Item = Span>, negated: bool) -> String {
    let items =
        spans.map(|span| text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_matches('"'));
    let list = items.collect::<Vec<_>>().join(" or ");
    if negated { format!("not {list}") } else { list }
}

fn push_variable(subjects: &mut Vec<Subject>, key: &str, context: &Context) {
    let subject = Subject::Key(name_of(key, context));
    if context.variable(key) == VariableValue::Unknown && !subjects.contains(&subject) {
        subjects.push(subject);
    }
}

/// A key (lower case) as the document writes it.
fn as_written(text: &str, key: &str) -> String {
    let found = text.to_ascii_lowercase().find(key).and_then(|at| text.get(at..at + key.len()));
    found.unwrap_or(key).to_owned()
}

fn name_of(key: &str, context: &Context) -> String {
    context.entry(key).map_or(key, |entry| &entry.name).to_owned()
}

fn condition(block: &ConditionBlock, context: &Context, statement_denies: bool) -> ElementTrace {
    let Some(condition) = &block.condition else {
        return ElementTrace { broken: true, ..plain(ElementKind::Condition, Truth::Unknown, block.span) };
    };
    let truth = condition.holds(context);
    let mut trace = plain(ElementKind::Condition, truth, block.span);
    trace.item = true;
    trace.remark = condition.remark(context).map(|remark| (remark, condition.written_key.clone()));
    trace.wanted = condition.wanted(statement_denies);
    if truth == Truth::Unknown {
        if matches!(context.fact(&condition.key), Fact::Unknown | Fact::Present | Fact::Like(_)) {
            trace.unknown_subjects.push(Subject::Key(condition.written_key.to_string()));
        }
        for key in condition.variable_keys() {
            push_variable(&mut trace.unknown_subjects, key, context);
        }
    }
    trace.condition = Some(ConditionTrace {
        operator: condition.operator.to_string(),
        key: condition.written_key.to_string(),
        values: condition.values.clone(),
        fact: context.fact(&condition.key).clone(),
        is_clock: context.basis(&condition.key) == Basis::Clock,
    });
    trace
}
