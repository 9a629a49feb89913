//! On what a fix allows: what was asked, character by character; where no resource was named, what the identity policies
//! grant the action on.
//!
//! Source: IAM User Guide, "Grant least privilege access".

use super::literal::written_in;
use crate::catalogue::Fit;
use crate::eval;
use crate::policy::{Document, Effect, Span, State, Version};
use crate::request::{Request, Resource};
use crate::snapshot::{Layer, Snapshot};
use crate::truth::Truth;

/// Where the resources come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// They were asked.
    Asked,
    /// The identity policies grant the action on them.
    Granted,
    /// None was named, and the identity policies grant the action on any.
    GrantedOnAny,
    /// The action takes no resource.
    NoResource,
    /// None was named, and nothing narrower is known.
    Everything,
}

/// The resources of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) resources: Vec<String>,
    pub(super) basis: Basis,
}

/// On what the request has to be allowed, as a document of this version writes it.
pub(super) fn scope(request: &Request, snapshot: &Snapshot, version: Version) -> Scope {
    let text = request.resource.text();
    let one = |text: String, basis| Scope { resources: vec![text], basis };
    match &request.resource {
        Resource::Exact(_) if text == "*" => one("*".to_owned(), Basis::NoResource),
        Resource::Exact(_) => one(written_in(&request.resource, version), Basis::Asked),
        Resource::Pattern { .. } if text != "*" => one(written_in(&request.resource, version), Basis::Asked),
        Resource::Pattern { .. } => {
            let granted = granted(request, snapshot, version);
            if granted.is_empty() {
                return one("*".to_owned(), Basis::Everything);
            }
            let any = granted.iter().any(|one| one == "*");
            Scope { resources: granted, basis: if any { Basis::GrantedOnAny } else { Basis::Granted } }
        }
    }
}

/// What the Allow statements of the identity policies grant the action on.
fn granted(request: &Request, snapshot: &Snapshot, version: Version) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let documents = snapshot.layers.policies(Layer::Identity).filter_map(|policy| policy.document.as_ref().ok());
    for document in documents {
        for statement in &document.statements {
            let applies = statement.effect == Effect::Allow
                && !statement.doubtful
                && eval::action(&statement.action, request) == Truth::Yes
                && statement.conditions.iter().all(|block| eval::condition(block, request) != Truth::No);
            if !applies {
                continue;
            }
            let element = &statement.resource;
            if element.state != State::Given || element.negated {
                return Vec::new();
            }
            for pattern in element.patterns.iter().filter(|pattern| !pattern.never && !pattern.refused) {
                if pattern.arn.is_everything() {
                    return vec!["*".to_owned()];
                }
                let Some(text) = written(document, pattern.span) else { continue };
                let has_variables = pattern.arn.variables().next().is_some();
                let same_language = document.version == version || !text.contains("${");
                let fits = request.action.known.is_none_or(|known| known.fit(&text) != Fit::No);
                if same_language && fits && !(has_variables && version != Version::V2012) && !found.contains(&text) {
                    found.push(text);
                }
            }
        }
    }
    found
}

/// The string at a place of a document.
pub(super) fn written(document: &Document, span: Span) -> Option<String> {
    document.written(span)
}

/// The strings at these places.
pub(super) fn all_written(document: &Document, spans: impl Iterator<Item = Span>) -> Vec<String> {
    spans.filter_map(|span| written(document, span)).collect()
}
