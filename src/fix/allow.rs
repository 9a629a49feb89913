//! What could be added to a document so that it allows: the least first.

use std::rc::Rc;

use serde_json::Value;

use super::grantee::{grantee, names_only};
use super::place::Place;
use super::scope::{all_written, written};
use super::widen::Widened;
use super::{Change, NewStatement, blast, opened};
use crate::catalogue::{self, Fit};
use crate::eval;
use crate::pattern::{ArnPattern, NoVariables};
use crate::policy::{Document, Effect, State, Statement};
use crate::request::Request;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// Changes that together may take a block away; they count the statements of the document as it is now.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) changes: Vec<Change>,
}

/// What is to be allowed: every one of these actions on every one of these resources.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) layer: Layer,
    pub(super) requests: Vec<&'a Request>,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// Under these conditions and no others: those of an Allow that lets it pass otherwise.
    pub(super) under: Option<Rc<Widened>>,
}

impl Wanted<'_> {
    /// Whether statements of the layer are about what they hang on without naming it: AWS takes no `Resource` there, or does
    /// without.
    fn names_no_resource(&self) -> bool {
        self.resources.iter().all(|resource| eval::needs_no_resource(self.layer, resource))
    }
}

/// Extensions of Allow statements that are there and from which nothing follows but what is wanted.
/// Of what others are allowed under conditions, no other statement is extended than that one.
pub(super) fn extensions(document: &Document, place: Place, wanted: &Wanted<'_>) -> Vec<Attempt> {
    if let Some(under) = &wanted.under {
        let statement = document.statements.get(under.statement).filter(|_| under.place == place);
        let is_it = statement.is_some_and(|one| is_about_this_alone(document, one, wanted));
        return if is_it { vec![Attempt { changes: under.changes() }] } else { Vec::new() };
    }
    let numbered = || document.statements.iter().enumerate().filter(|(_, one)| can_extend(one, wanted));
    let attempt = |change| Attempt { changes: vec![change] };
    let mut found = Vec::new();
    for (statement, one) in numbered() {
        let listed = !one.action.negated && one.action.state == State::Given && is_related(document, one, wanted);
        if listed && is_about_these_resources(document, one, wanted) {
            found.push(attempt(Change::AddActions { statement, actions: wanted.actions.clone() }));
        }
    }
    for (statement, one) in numbered() {
        if is_about_these_actions(document, one, wanted) {
            found.push(attempt(Change::AddResources { statement, resources: wanted.resources.clone() }));
        }
    }
    if let Some(principal) = principal_to_add(wanted) {
        for (statement, one) in document.statements.iter().enumerate() {
            if says_the_same_of_others(document, one, wanted) {
                found.push(attempt(Change::AddPrincipals { statement, principals: vec![principal.clone()] }));
            }
        }
    }
    found
}

/// The ARN that can stand beside those that a statement names already.
fn principal_to_add(wanted: &Wanted<'_>) -> Option<String> {
    let request = wanted.requests.first().filter(|_| wanted.layer.document_kind().has_principals())?;
    let grantee = grantee(request, wanted.layer).ok().filter(|grantee| grantee.condition.is_none())?;
    grantee.principal.get("AWS").and_then(Value::as_str).map(str::to_owned)
}

/// Whether it is an Allow that gives others just what is wanted, by a list of ARNs, under conditions that the request
/// meets.
fn says_the_same_of_others(document: &Document, statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let holds =
        |request: &&Request| statement.conditions.iter().all(|block| eval::condition(block, request) == Truth::Yes);
    let lists_arns = element(document, statement, "Principal").is_some_and(|value| {
        let listed = value.get("AWS");
        listed.is_some_and(|listed| {
            *listed != "*" && listed.as_array().is_none_or(|all| all.iter().all(|one| one != "*"))
        })
    });
    let own = all_written(document, statement.action.patterns.iter().map(|pattern| pattern.span));
    let is_in = |all: &[String], one: &String| all.iter().any(|other| other.eq_ignore_ascii_case(one));
    statement.effect == Effect::Allow
        && !statement.doubtful
        && lists_arns
        && !statement.action.negated
        && statement.action.state == State::Given
        && own.len() == statement.action.patterns.len()
        && own.iter().all(|one| is_in(&wanted.actions, one))
        && wanted.actions.iter().all(|one| is_in(&own, one))
        && wanted.requests.iter().all(holds)
        && is_about_these_resources(document, statement, wanted)
}

/// Whether it is an Allow about the caller alone, under conditions that hold.
fn can_extend(statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let holds = |request: &&Request| {
        statement.conditions.iter().all(|block| eval::condition(block, request) == Truth::Yes)
            && (!wanted.layer.document_kind().has_principals()
                || names_only(statement.principal.as_ref(), wanted.layer, request))
    };
    statement.effect == Effect::Allow && !statement.doubtful && wanted.requests.iter().all(holds)
}

/// Whether it allows nothing but what is wanted, and to nobody but the caller.
fn is_about_this_alone(document: &Document, statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let own = all_written(document, statement.action.patterns.iter().map(|pattern| pattern.span));
    let listed = !statement.action.negated
        && statement.action.state == State::Given
        && own.len() == statement.action.patterns.len()
        && own.iter().all(|one| wanted.actions.iter().any(|other| other.eq_ignore_ascii_case(one)));
    (listed || is_about_these_actions(document, statement, wanted))
        && is_about_these_resources(document, statement, wanted)
        && wanted.requests.iter().all(|request| names_only(statement.principal.as_ref(), wanted.layer, request))
}

/// Whether it is about the same services: of an identity policy, what has to do with another is another statement's. A
/// ceiling lists what may be used at all.
fn is_related(document: &Document, statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let service = |text: &str| text.split_once(':').map(|(service, _)| service.to_lowercase());
    let own = all_written(document, statement.action.patterns.iter().map(|pattern| pattern.span));
    let has = |action: &String| own.iter().any(|text| service(text) == service(action));
    wanted.layer != Layer::Identity || wanted.actions.iter().all(has)
}

/// Whether its resources are those that are wanted, and no others.
fn is_about_these_resources(document: &Document, statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let element = &statement.resource;
    if element.state == State::Missing || !wanted.layer.document_kind().has_resources() {
        return element.state == State::Missing && wanted.names_no_resource();
    }
    if element.state != State::Given || element.negated || element.patterns.is_empty() {
        return false;
    }
    let own = all_written(document, element.patterns.iter().map(|pattern| pattern.span));
    if let ([own], [only], Layer::Resource) = (own.as_slice(), wanted.resources.as_slice(), wanted.layer)
        && own == "*"
        && opened::is_one_resource(only)
    {
        return true;
    }
    let no_more = own.iter().all(|text| wanted.resources.iter().any(|asked| covers(asked, text)));
    let no_less = wanted.resources.iter().all(|asked| own.iter().any(|text| covers(text, asked)));
    own.len() == element.patterns.len() && no_more && no_less
}

/// Whether one pattern of resources matches all that another one does.
pub(super) fn covers(one: &str, other: &str) -> bool {
    let has_variables = one.contains("${") || other.contains("${");
    one == other
        || (!has_variables && {
            let (one, other) = (ArnPattern::resource(one, false), ArnPattern::resource(other, false));
            let found = one.matches_all_of(&other, &NoVariables);
            found.truth == Truth::Yes && !found.only_expanded
        })
}

/// Whether its actions are those that are wanted, and none beside that could be asked on the wanted resources.
fn is_about_these_actions(document: &Document, statement: &Statement, wanted: &Wanted<'_>) -> bool {
    let (actions, resources) = (&statement.action, &statement.resource);
    if !wanted.layer.document_kind().has_resources()
        || actions.negated
        || actions.state != State::Given
        || resources.negated
        || resources.state != State::Given
        || resources.patterns.iter().any(|pattern| pattern.arn.is_everything())
    {
        return false;
    }
    let matched = wanted.requests.iter().all(|request| eval::action(actions, request) == Truth::Yes);
    let harmless = |text: &str| {
        let is_wanted =
            |action: &catalogue::Action| wanted.actions.iter().any(|own| own.eq_ignore_ascii_case(&action.text()));
        let applies = |action: &catalogue::Action| {
            !action.takes_only_star() && wanted.resources.iter().any(|resource| action.fit(resource) != Fit::No)
        };
        if wanted.actions.iter().any(|own| own.eq_ignore_ascii_case(text)) {
            return true;
        }
        if blast::pattern_of_services(text) {
            return false;
        }
        let all = catalogue::expand(text);
        !all.is_empty() && all.iter().all(|action| is_wanted(action) || !applies(action))
    };
    matched
        && actions.patterns.iter().all(|pattern| written(document, pattern.span).is_some_and(|text| harmless(&text)))
}

/// A statement of its own.
///
/// # Errors
/// Why there is none.
pub(super) fn addition(document: &Document, wanted: &Wanted<'_>) -> Result<Attempt, &'static str> {
    let kind = wanted.layer.document_kind();
    let (principal, condition) = match wanted.requests.first() {
        Some(request) if kind.has_principals() => {
            let found = grantee(request, wanted.layer)?;
            (Some(found.principal), found.condition)
        }
        Some(_) | None => (None, None),
    };
    let condition = match &wanted.under {
        Some(under) => Some(under.condition(document.version, condition)?),
        None => condition,
    };
    let statement = NewStatement {
        sid: Some(sid(document, "Allow", &wanted.actions)),
        effect: "Allow",
        principal,
        actions: wanted.actions.clone(),
        not_actions: None,
        resources: (!wanted.names_no_resource()).then(|| wanted.resources.clone()),
        not_resources: None,
        condition,
    };
    Ok(Attempt { changes: vec![Change::AddStatement(statement)] })
}

/// `AllowEc2TerminateInstances`: letters and digits, and no other statement's of the document.
pub(super) fn sid(document: &Document, verb: &str, actions: &[String]) -> String {
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let capital = |text: &str| {
        let text = letters(text);
        let mut rest = text.chars();
        rest.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + rest.as_str())
    };
    let service = |text: &String| text.split_once(':').map(|(service, _)| service.to_lowercase());
    let name = match actions {
        [only] => {
            only.split_once(':').map_or_else(|| capital(only), |(service, name)| capital(service) + &capital(name))
        }
        [first, rest @ ..] if rest.iter().all(|one| service(one) == service(first)) => {
            service(first).map_or_else(String::new, |service| capital(&service)) + "Actions"
        }
        _ => "Actions".to_owned(),
    };
    let name = format!("{verb}{}", if name.is_empty() { "Everything" } else { &name });
    let taken = |sid: &str| document.statements.iter().any(|one| one.sid.as_deref() == Some(sid));
    let numbered = (2..).map(|number| format!("{name}{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|sid| !taken(sid)).unwrap_or(name)
}

/// An element of a statement as it stands in the document.
pub(super) fn element(document: &Document, statement: &Statement, name: &str) -> Option<Value> {
    let text = document.text.get(statement.span.start as usize..statement.span.end as usize)?;
    serde_json::from_str::<Value>(text).ok()?.get(name).cloned()
}
