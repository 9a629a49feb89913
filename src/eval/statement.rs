//! One statement against one request: does it apply?
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference".

use crate::pattern::ArnMatch;
use crate::policy::{ActionPattern, ConditionBlock, Element, ResourcePattern, State, Statement};
use crate::request::{Request, Resource};
use crate::truth::Truth;

/// Whether the statement applies: all of its elements match. Its effect is not looked at.
pub fn judge(statement: &Statement, request: &Request) -> Truth {
    let mut truth = action(&statement.action, request);
    if truth == Truth::No {
        return Truth::No;
    }
    if statement.doubtful {
        truth = Truth::Unknown;
    }
    truth = truth.and(resource(&statement.resource, request).truth);
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
    let asked = &request.action;
    let any = match &asked.pattern {
        None => element.patterns.iter().any(|pattern| pattern.matches(asked.head, &asked.lower)).into(),
        Some(asked) => Truth::any(element.patterns.iter().map(|pattern| pattern.matches_all_of(asked))),
    };
    finish(element, any)
}

/// Whether `Resource` or `NotResource` matches.
pub fn resource(element: &Element<ResourcePattern>, request: &Request) -> ArnMatch {
    let mut any = ArnMatch { truth: Truth::No, only_expanded: false };
    for pattern in element.patterns.iter().filter(|pattern| !pattern.never) {
        let found = match &request.resource {
            Resource::Exact(text) => pattern.arn.matches(text, &request.context),
            Resource::Pattern { pattern: asked, .. } => pattern.arn.matches_all_of(asked, &request.context),
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
