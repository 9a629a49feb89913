//! One statement against one request: does it apply?
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference".

use super::naming::{Naming, naming};
use crate::arn::Arn;
use crate::pattern::{ArnMatch, Unsettled, Variables};
use crate::policy::{ActionPattern, ConditionBlock, Element, ResourcePattern, State, Statement, may_lack_resource};
use crate::request::{Action, Request, Resource};
use crate::snapshot::Layer;
use crate::truth::Truth;

/// Whether, and about whom, the statement of a policy of `layer` applies: all of its elements match. What it names no
/// principal in, it says directly to the caller.
pub fn judge(statement: &Statement, layer: Layer, request: &Request) -> Naming {
    match action(&statement.action, request) {
        Truth::No => Naming::NOT,
        truth @ (Truth::Unknown | Truth::Yes) => beside_action(statement, layer, request).and(truth),
    }
}

/// As [`judge`], by all elements but the action: of a statement that is known to be about the action.
pub fn beside_action(statement: &Statement, layer: Layer, request: &Request) -> Naming {
    let truth = body(statement, layer, request);
    if truth == Truth::No {
        return Naming::NOT;
    }
    if layer.document_kind().has_principals() {
        return naming(statement.principal.as_ref(), statement.effect, layer, request).and(truth);
    }
    // AWS refuses a document that names principals where none belong.
    let truth = if statement.principal.is_some() { Truth::Unknown } else { truth };
    Naming { direct: truth, ..Naming::NOT }
}

/// Whether all elements match but the action and the principal.
fn body(statement: &Statement, layer: Layer, request: &Request) -> Truth {
    let doubt = if statement.doubtful { Truth::Unknown } else { Truth::Yes };
    let mut truth = doubt.and(resource_of(statement, layer, request).truth);
    for block in &statement.conditions {
        if truth == Truth::No {
            break;
        }
        truth = truth.and(condition(block, request));
    }
    truth
}

/// Whether `Action` or `NotAction` matches.
#[inline]
pub fn action(element: &Element<ActionPattern>, request: &Request) -> Truth {
    is_action(element, &request.action)
}

/// Whether a statement that names its resources can apply to a request for an action on a resource (`None` = on whatever):
/// as far as these two tell, whatever the request's context is.
pub fn may_be_about(statement: &Statement, asked: &Action, on: Option<&Resource>) -> bool {
    // An action without resource-level permissions is evaluated on `*`, whatever was named.
    let on = on.filter(|_| !asked.takes_only_star());
    let is_on = |on: &Resource| resource(&statement.resource, on, &Unsettled).truth != Truth::No;
    is_action(&statement.action, asked) != Truth::No && on.is_none_or(is_on)
}

#[inline]
fn is_action(element: &Element<ActionPattern>, asked: &Action) -> Truth {
    let any = match &asked.pattern {
        None => element.patterns.iter().any(|pattern| pattern.matches(asked.head, &asked.lower)).into(),
        Some(asked) => Truth::any(element.patterns.iter().map(|pattern| pattern.matches_all_of(asked))),
    };
    finish(element, any)
}

/// Whether the policies of a layer may name no `Resource` where this is what they hang on: they are about that resource.
pub fn needs_no_resource(layer: Layer, resource: &str) -> bool {
    let may = || Arn::parse(resource).is_some_and(|arn| may_lack_resource(arn.service));
    !layer.document_kind().has_resources() || (layer == Layer::Resource && may())
}

/// Whether a statement names no resource because it is about the one that it hangs on: a role, a repository.
pub fn is_about_its_own(statement: &Statement, layer: Layer, request: &Request) -> bool {
    statement.resource.state == State::Missing && needs_no_resource(layer, request.resource.text())
}

/// Whether `Resource` or `NotResource` matches. A role trust policy has none: it is about its role.
pub fn resource_of(statement: &Statement, layer: Layer, request: &Request) -> ArnMatch {
    let certain = |truth| ArnMatch { truth, only_expanded: false };
    if is_about_its_own(statement, layer, request) {
        return certain(Truth::Yes);
    }
    if !layer.document_kind().has_resources() {
        return certain(Truth::Unknown);
    }
    resource(&statement.resource, &request.resource, &request.context)
}

/// Whether the element matches a resource.
pub fn resource(element: &Element<ResourcePattern>, asked: &Resource, variables: &impl Variables) -> ArnMatch {
    let mut any = ArnMatch { truth: Truth::No, only_expanded: false };
    for pattern in element.patterns.iter().filter(|pattern| !pattern.never) {
        let found = match asked {
            Resource::Exact(text) => pattern.arn.matches(text, variables),
            Resource::Pattern { pattern: asked, .. } => pattern.arn.matches_all_of(asked, variables),
        };
        if found.truth > any.truth {
            any = found;
        }
        if any.truth == Truth::Yes && !any.only_expanded {
            break;
        }
    }
    ArnMatch { truth: finish(element, any.truth), ..any }
}

/// Negates a `Not…` element. An empty list matches nothing, negated or not; what is not understood is unknown.
fn finish<P>(element: &Element<P>, any: Truth) -> Truth {
    match element.state {
        State::Missing | State::Broken => Truth::Unknown,
        State::Given if element.patterns.is_empty() => Truth::No,
        State::Given => any.negate_if(element.negated),
    }
}

/// Whether one condition holds.
pub fn condition(block: &ConditionBlock, request: &Request) -> Truth {
    block.condition.as_ref().map_or(Truth::Unknown, |condition| condition.holds(&request.context))
}
