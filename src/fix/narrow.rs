//! How a Deny could spare what was asked: the least first.
//!
//! A Deny is a set of actions on a set of resources. What is left of it without one pair is said by two statements: the
//! actions without the asked one on all of the resources, and the asked one on the resources without the asked one; or the
//! other way round. Not every set without one member can be written: what opens more than the pair comes last, and is no
//! way at all for an action that leads to more permissions.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: NotAction", "IAM JSON policy elements: NotResource"; "AWS JSON policy
//! elements: NotPrincipal", for the condition on aws:PrincipalArn in its place; Organizations User Guide, "Resource control
//! policies", which take no `NotAction`.

mod caller;
mod guarded;
mod hold;
mod rest;
mod warnings;

pub(super) use guarded::{actions, guarded};
pub(super) use warnings::warnings;

use hold::Hold;

use super::allow::{Attempt, element, sid};
use super::exempt::Exemption;
use super::guard::{by_condition, by_not_principal};
use super::literal::written_in;
use super::opened::is_one_resource;
use super::scope::all_written;
use super::{Change, NewStatement, escalate};
use crate::policy::{ActionPattern, Document, Span, State, Statement};
use crate::request::Request;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// A way in which a Deny can spare the request.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// The changes.
    pub(super) attempt: Attempt,
    /// On what the statement does not deny the action any more.
    pub(super) opened: Vec<String>,
    /// That is what was asked, and nothing else.
    pub(super) exact: bool,
    /// Whom it spares.
    pub(super) whom: Whom,
    /// The patterns in whose place narrower ones or names stand, and on what.
    pub(super) spelled: Option<Spelled>,
}

/// Whom a narrowed Deny spares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// All those whom its document is about.
    All,
    /// All those whom the statement names.
    Everybody,
    /// The caller alone, by a condition or because the statement names nobody else.
    Caller,
}

/// What only a pattern can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelled {
    /// The patterns.
    pub(super) patterns: Vec<String>,
    /// The resources on which they are gone.
    pub(super) on: Vec<String>,
}

/// What is left of patterns without one action: these actions, or, where some are in `but`, everything but those, and beside
/// that what else of `but` was denied.
struct Kept {
    actions: Vec<String>,
    but: Vec<String>,
    beside: Vec<String>,
    spelled: Vec<String>,
}

/// The ways in which a Deny statement can spare the request.
///
/// # Errors
/// Why there is none: what the request has to be instead, or who has to decide.
pub(super) fn forms(document: &Document, number: usize, layer: Layer, request: &Request) -> Result<Vec<Form>, String> {
    let statement = document.statements.get(number).ok_or("the statement is not there any more")?;
    if statement.doubtful || statement.action.state != State::Given {
        return Err("what the statement means is not understood; correct it first".to_owned());
    }
    let one = Narrowing { document, statement, number, layer, request };
    if !statement.conditions.is_empty() {
        let exemption = Exemption::of(document, statement, request);
        let found = exemption.as_ref().map(|exemption| one.sparing_the_caller(exemption)).unwrap_or_default();
        return if found.is_empty() {
            Err(by_condition(document, statement, request, exemption.as_ref()))
        } else {
            Ok(found)
        };
    }
    if statement.principal.as_ref().is_some_and(|element| element.negated) {
        return Err(by_not_principal(request));
    }
    let mut found = one.all();
    if escalate::is_escalating(&request.action) {
        found.retain(|form| form.exact && form.spelled.is_none() && form.whom != Whom::Everybody);
        return if found.is_empty() { Err(one.too_much()) } else { Ok(found) };
    }
    if found.is_empty() { Err(one.why_not()) } else { Ok(found) }
}

struct Narrowing<'a> {
    document: &'a Document,
    statement: &'a Statement,
    number: usize,
    layer: Layer,
    request: &'a Request,
}

impl Narrowing<'_> {
    /// Those that open no more than was asked first, of these those for the caller alone.
    fn all(&self) -> Vec<Form> {
        let found: Vec<Form> = self.by_resource().into_iter().chain(self.by_action()).collect();
        let (exact, rest): (Vec<Form>, Vec<Form>) = found.into_iter().partition(|form| form.exact);
        let alone = |forms: Vec<Form>| {
            let own: Vec<Form> = forms.iter().filter_map(|form| self.for_the_caller(form)).collect();
            own.into_iter().chain(forms)
        };
        alone(exact).chain(alone(rest)).collect()
    }

    /// How the asked action alone is taken out of the statement.
    fn out(&self) -> Option<Change> {
        let (statement, asked) = (self.number, self.request.action.text.clone());
        let is_everything = self.statement.action.patterns.iter().any(ActionPattern::is_everything);
        if self.statement.action.negated || (is_everything && self.takes_not_action()) {
            return Some(Change::ExceptActions { statement, actions: vec![asked] });
        }
        self.is_listed().then(|| Change::RemoveActions { statement, actions: self.listed() })
    }

    /// What spares the asked resource and goes on denying the asked action on the others.
    fn by_resource(&self) -> Option<Form> {
        let (resource, statement) = (self.specific()?, self.number);
        let one = || vec![resource.clone()];
        let hold = self.hold(&resource);
        if let (Hold::Everything, true) = (&hold, self.is_sole()) {
            return Some(self.exactly(vec![Change::ExceptResources { statement, resources: one() }], None));
        }
        // The statement stays about the other actions; the asked one is denied on the other resources by another.
        if let Some(out) = self.out() {
            let (on, spared) = match hold {
                Hold::Everything => {
                    let own = if self.statement.resource.negated { self.resources() } else { Vec::new() };
                    (None, Some(own.into_iter().chain(one()).collect()))
                }
                Hold::Item(others) => (Some(others), None),
                Hold::Document => (None, Some(one())),
                Hold::Only | Hold::Pattern => return None,
            };
            return Some(self.exactly(vec![out, self.remainder(on, spared)], None));
        }
        // Patterns stay as they are on the other resources; on the asked one something is left of them.
        let spares = matches!(hold, Hold::Everything);
        let mut changes = match hold {
            Hold::Everything => vec![Change::ExceptResources { statement, resources: one() }],
            Hold::Item(others) => vec![self.without_patterns(), self.deny(self.matching(), Some(others), None)],
            Hold::Document => vec![self.without_patterns(), self.deny(self.matching(), None, Some(one()))],
            Hold::Only | Hold::Pattern => return None,
        };
        let Some(kept) = self.rest(Some(&resource), spares) else {
            // What else they deny on this resource is opened with it.
            let (_, others): (Vec<String>, Vec<String>) = self.actions().into_iter().partition(|text| self.hits(text));
            changes.extend((!others.is_empty()).then(|| self.deny(others, Some(one()), None)));
            return spares.then(|| Form { exact: false, ..self.exactly(changes, None) });
        };
        let spelled = (!kept.spelled.is_empty()).then(|| Spelled { patterns: kept.spelled.clone(), on: one() });
        changes.extend(self.keeping(kept, Some(one()), None));
        Some(self.exactly(changes, spelled))
    }

    /// What takes the asked action out of the statement, on all that it is about.
    fn by_action(&self) -> Option<Form> {
        let specific = self.specific();
        let only = specific.as_deref().is_none_or(|resource| matches!(self.hold(resource), Hold::Only));
        let (on, spared) = self.own_resources();
        let (changes, spelled) = match self.out() {
            Some(out) => (vec![out], None),
            None => {
                let one = specific.as_deref().filter(|_| only);
                let kept = self.rest(one, false)?;
                let spelled = (!kept.spelled.is_empty())
                    .then(|| Spelled { patterns: kept.spelled.clone(), on: on.clone().unwrap_or_default() });
                (
                    std::iter::once(self.without_patterns()).chain(self.keeping(kept, on.clone(), spared)).collect(),
                    spelled,
                )
            }
        };
        let form = self.exactly(changes, spelled);
        if only {
            return Some(form);
        }
        Some(Form { exact: false, opened: on.unwrap_or_else(|| vec!["*".to_owned()]), ..form })
    }

    fn exactly(&self, changes: Vec<Change>, spelled: Option<Spelled>) -> Form {
        let whom = match (self.layer.document_kind().has_principals(), self.names_the_caller()) {
            (false, _) => Whom::All,
            (true, true) => Whom::Caller,
            (true, false) => Whom::Everybody,
        };
        let opened = vec![self.request.resource.text().to_owned()];
        Form { attempt: Attempt { changes }, opened, exact: true, whom, spelled }
    }

    /// Whether a policy of the layer may have a `NotAction`.
    fn takes_not_action(&self) -> bool {
        match self.layer {
            Layer::ResourceControl | Layer::Trust => false,
            Layer::ServiceControl
            | Layer::VpcEndpoint
            | Layer::Resource
            | Layer::Identity
            | Layer::Boundary
            | Layer::Session => true,
        }
    }

    /// The items of the `Action` that are the asked action, if no pattern matches it as well.
    fn listed(&self) -> Vec<String> {
        let all = self.actions();
        all.into_iter().filter(|text| text.eq_ignore_ascii_case(&self.request.action.text)).collect()
    }

    fn is_listed(&self) -> bool {
        let asked = &self.request.action;
        let matching = |text: &String| {
            let one = ActionPattern::new(text, Span::default());
            match &asked.pattern {
                None => one.matches(asked.head, &asked.lower),
                Some(pattern) => one.matches_all_of(pattern) != Truth::No,
            }
        };
        let all = self.actions();
        let mut hit = all.iter().filter(|text| matching(text)).peekable();
        !self.statement.action.negated && hit.peek().is_some() && hit.all(|text| text.eq_ignore_ascii_case(&asked.text))
    }

    /// Whether the statement is about the asked action alone.
    fn is_sole(&self) -> bool {
        self.is_listed() && self.listed().len() == self.statement.action.patterns.len()
    }

    fn actions(&self) -> Vec<String> {
        all_written(self.document, self.statement.action.patterns.iter().map(|pattern| pattern.span))
    }

    fn resources(&self) -> Vec<String> {
        all_written(self.document, self.statement.resource.patterns.iter().map(|pattern| pattern.span))
    }

    /// The statement's own `Resource` and `NotResource`.
    fn own_resources(&self) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let own = Some(self.resources());
        match (self.has_resources(), self.statement.resource.negated) {
            (false, _) => (None, None),
            (true, false) => (own, None),
            (true, true) => (None, own),
        }
    }

    /// Whether the statement says on what it denies.
    fn has_resources(&self) -> bool {
        self.layer.document_kind().has_resources() && self.statement.resource.state == State::Given
    }

    /// The asked resource, where it is one that the statement can spare.
    fn specific(&self) -> Option<String> {
        let text = self.request.resource.text();
        // What else a policy of one resource could be about is nothing; and SNS wants its topic as the `Resource` of every
        // statement, ECR none at all, and of `NotResource` no such service says that it takes it.
        // Source: Amazon SNS Developer Guide, "Amazon SNS API permissions: Actions and resources reference".
        let alone = self.layer == Layer::Resource && is_one_resource(text);
        let named = self.has_resources() && text != "*" && !alone && !self.request.action.takes_only_star();
        named.then(|| written_in(&self.request.resource, self.document.version))
    }

    /// What stays guarded of the asked action.
    fn remainder(&self, resources: Option<Vec<String>>, not_resources: Option<Vec<String>>) -> Change {
        self.deny(vec![self.request.action.text.clone()], resources, not_resources)
    }

    /// The patterns that match the asked action go out of the statement.
    fn without_patterns(&self) -> Change {
        Change::RemoveActions { statement: self.number, actions: self.matching() }
    }

    /// The statements that say what is left of patterns.
    fn keeping(&self, kept: Kept, on: Option<Vec<String>>, spared: Option<Vec<String>>) -> Vec<Change> {
        let mut found = Vec::new();
        if !kept.but.is_empty() {
            let mut all_but = self.deny(Vec::new(), on.clone(), spared.clone());
            if let Change::AddStatement(added) = &mut all_but {
                let asked = std::slice::from_ref(&self.request.action.text);
                added.sid = Some(sid(self.document, "KeepDenyingAllBut", asked));
                added.not_actions = Some(kept.but);
            }
            found.push(all_but);
        }
        found.extend(
            [kept.actions, kept.beside]
                .into_iter()
                .filter(|actions| !actions.is_empty())
                .map(|actions| self.deny(actions, on.clone(), spared.clone())),
        );
        found
    }

    fn deny(&self, actions: Vec<String>, resources: Option<Vec<String>>, not_resources: Option<Vec<String>>) -> Change {
        Change::AddStatement(NewStatement {
            sid: Some(sid(self.document, "KeepDenying", &actions)),
            effect: "Deny",
            principal: element(self.document, self.statement, "Principal"),
            actions,
            not_actions: None,
            resources,
            not_resources,
            condition: None,
        })
    }

    fn why_not(&self) -> String {
        let action = &self.request.action.text;
        let on = if self.specific().is_some() { " on a pattern of resources" } else { "" };
        let or = if on.is_empty() { ", or --resource has to name the one resource to spare" } else { "" };
        format!(
            "it denies {action} by a pattern of many actions{on}; whoever wrote it has to say which of them are meant{or}"
        )
    }

    /// Of an action that leads to more permissions.
    fn too_much(&self) -> String {
        let (action, resource) = (&self.request.action.text, self.request.resource.text());
        let what = if resource == "*" { action.clone() } else { format!("{action} on {resource}") };
        format!(
            "{action} leads to more permissions, and no edit of the statement opens {what} alone; whoever wrote it has to say \
             what exactly it is meant to deny"
        )
    }
}
