//! What an edit allows beside what was asked: first what it could reach at all, told from the changes, then what of that
//! the evaluator lets pass after it and did not before.

use super::draft::Draft;
use super::literal::{holds_wildcards, written_in};
use super::plan::Planner;
use super::scope::all_written;
use super::verify::put;
use super::{Ask, Change, NewStatement};
use crate::arn::Arn;
use crate::catalogue::{self, Fit};
use crate::eval::{Verdict, evaluate};
use crate::policy::{Document, State, Statement, Version};
use crate::request::{Action, Request, Resource};
use crate::snapshot::{Layer, Snapshot};

/// A pattern of actions on a pattern of resources.
type Reach = (String, String);

/// How many actions of a pattern are listed one by one.
const LISTED: usize = 20;

/// Of each draft, in order, what it allows beside what was asked, with those before it in place.
pub(super) fn stages(planner: &Planner<'_>, used: &[usize]) -> Vec<(usize, Vec<String>)> {
    let mut before: Vec<Snapshot> = planner.work.base.iter().map(|one| (*one).clone()).collect();
    let mut found = Vec::new();
    for draft in used {
        let mut after = before.clone();
        for (number, snapshot) in after.iter_mut().enumerate() {
            put(planner, *draft, number, snapshot);
        }
        let mut newly: Vec<String> = Vec::new();
        if let Some(one) = planner.work.drafts.get(*draft) {
            for (number, (then, now)) in before.iter().zip(&after).enumerate() {
                let own = one.places.iter().any(|(of, _)| *of == number);
                let ask = planner.work.of.iter().position(|of| *of == number).and_then(|at| planner.work.asks.get(at));
                if let (true, Some(ask)) = (own, ask) {
                    for text in newly_allowed(planner, one, ask, then, now) {
                        if !newly.contains(&text) {
                            newly.push(text);
                        }
                    }
                }
            }
        }
        found.push((*draft, newly));
        before = after;
    }
    found
}

fn newly_allowed(
    planner: &Planner<'_>,
    draft: &Draft,
    ask: &Ask<'_>,
    before: &Snapshot,
    after: &Snapshot,
) -> Vec<String> {
    let mut found = Vec::new();
    for (actions, resources) in reach(draft) {
        if is_asked(planner, ask, &actions, &resources) {
            continue;
        }
        let Ok(pattern) = Action::parse(&actions) else { continue };
        if pattern.pattern.is_none() {
            if opens(ask, pattern, &resources, before, after) {
                found.push(format!("{actions} on {resources}"));
            }
            continue;
        }
        if !could_open(ask, pattern, &resources, after) {
            continue;
        }
        // Of all services the list would be as long as the pattern is clear.
        if pattern_of_services(&actions) {
            found.push(format!("{actions} on {resources}"));
            continue;
        }
        let all = catalogue::expand(&actions);
        let newly: Vec<String> = all
            .iter()
            .filter(|action| !is_asked(planner, ask, &action.text(), &resources))
            .filter(|action| opens(ask, Action::known(**action), &resources, before, after))
            .map(catalogue::Action::text)
            .collect();
        if newly.len() > LISTED {
            found.push(format!("{actions} on {resources}"));
        } else {
            found.extend(newly.into_iter().map(|action| format!("{action} on {resources}")));
        }
    }
    found
}

/// Whether a pattern is about more than one service.
pub(super) fn pattern_of_services(actions: &str) -> bool {
    actions.split_once(':').is_none_or(|(service, _)| service.contains(['*', '?']))
}

/// Whether the pair is part of what the same principal asked.
fn is_asked(planner: &Planner<'_>, of: &Ask<'_>, actions: &str, resources: &str) -> bool {
    let own = planner.work.asks.iter().filter(|ask| std::ptr::eq(ask.snapshot, of.snapshot));
    own.into_iter().any(|ask| {
        let asked = &ask.request.resource;
        let same_resource = match asked {
            Resource::Pattern { text, .. } => text == "*" || written_in(asked, Version::V2012) == resources,
            Resource::Exact(text) => {
                let has_wildcards = text.contains(['*', '?']);
                (written_in(asked, Version::V2012) == resources && (!has_wildcards || holds_wildcards(asked)))
                    || (text == resources && !has_wildcards)
            }
        };
        ask.request.action.text.eq_ignore_ascii_case(actions) && (same_resource || ask.request.action.takes_only_star())
    })
}

/// Whether the pair may be allowed after the edit, and was not certainly allowed before.
fn opens(ask: &Ask<'_>, action: Action, resources: &str, before: &Snapshot, after: &Snapshot) -> bool {
    let Some(request) = request(ask, action, resources) else { return false };
    evaluate(&request, after).verdict != Verdict::Denied && evaluate(&request, before).verdict != Verdict::Allowed
}

fn could_open(ask: &Ask<'_>, action: Action, resources: &str, after: &Snapshot) -> bool {
    request(ask, action, resources).is_some_and(|request| evaluate(&request, after).verdict != Verdict::Denied)
}

/// The same caller and context, another action and resource; `None` where AWS never evaluates that pair.
fn request(ask: &Ask<'_>, action: Action, resources: &str) -> Option<Request> {
    let text = without_variables(resources);
    let resource = match action.known {
        Some(known) if known.takes_only_star() => {
            if text != "*" {
                return None;
            }
            Resource::Exact("*".to_owned())
        }
        Some(known) if known.fit(&text) == Fit::No => return None,
        Some(_) | None => Resource::new(&text, false),
    };
    Some(Request { action, resource, ..ask.request.clone() })
}

/// Policy variables stand for any text, and a character that would be a wildcard for any character.
pub(super) fn without_variables(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${") {
        let Some((name, after)) = variable.split_once('}') else { break };
        out.push_str(before);
        out.push_str(match name {
            "$" => "$",
            "*" | "?" => "?",
            _ => "*",
        });
        rest = after;
    }
    out + rest
}

/// Everything that the changes of a document bear on.
pub(super) fn reach(draft: &Draft) -> Vec<Reach> {
    let Ok(document) = Document::parse(&draft.text) else { return Vec::new() };
    let mut all: Vec<Reach> = Vec::new();
    let mut cross = |actions: &[String], resources: &[String]| {
        for action in actions {
            for resource in resources {
                let one = (action.clone(), resource.clone());
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
    };
    let added = || {
        draft.changes.iter().filter_map(|change| match change {
            Change::AddStatement(statement) => Some(statement),
            Change::AddActions { .. }
            | Change::AddResources { .. }
            | Change::RemoveActions { .. }
            | Change::ExceptResources { .. }
            | Change::ExceptActions { .. }
            | Change::AddPrincipals { .. }
            | Change::ExceptPrincipals { .. } => None,
        })
    };
    let keeps = |action: &str| {
        added().find(|one| one.effect == "Deny" && one.actions.iter().any(|own| own.eq_ignore_ascii_case(action)))
    };
    for change in &draft.changes {
        match change {
            Change::AddActions { statement, actions } => cross(actions, &with_added(draft, &document, *statement)),
            Change::AddResources { statement, resources } => {
                cross(&actions_of(&document, document.statements.get(*statement)), resources);
            }
            Change::AddStatement(one) if one.effect == "Allow" => {
                cross(&one.actions, &one.resources.clone().unwrap_or_else(everything));
            }
            Change::AddStatement(_) => {}
            Change::RemoveActions { statement, actions } | Change::ExceptActions { statement, actions } => {
                let own = resources_of(&document, document.statements.get(*statement));
                for action in actions {
                    match keeps(action) {
                        Some(NewStatement { not_resources: Some(spared), .. }) => {
                            cross(std::slice::from_ref(action), spared)
                        }
                        _ => cross(&spelled_out(action, added()), &own),
                    }
                }
            }
            Change::ExceptResources { statement, resources } => {
                cross(&actions_of(&document, document.statements.get(*statement)), resources);
            }
            Change::AddPrincipals { statement, .. } | Change::ExceptPrincipals { statement, .. } => {
                let one = document.statements.get(*statement);
                cross(&actions_of(&document, one), &resources_of(&document, one));
            }
        }
    }
    on_one_resource(draft, &mut all);
    all
}

/// In a policy that hangs on one key, queue, topic or secret, `*` is that one.
fn on_one_resource(draft: &Draft, all: &mut [Reach]) {
    if let Some(only) = draft.document.attached_to.as_deref().filter(|_| draft.layer == Layer::Resource)
        && is_one_resource(only)
    {
        all.iter_mut().filter(|(_, resource)| resource == "*").for_each(|(_, resource)| only.clone_into(resource));
    }
}

/// Whether the policy of this resource can be about nothing else than the resource itself.
///
/// Source: KMS Developer Guide, "Key policies": `*` means "this KMS key"; Secrets Manager User Guide, "Resource-based
/// policies": the secret it is attached to. Of ECR and EFS see [`crate::eval::needs_no_resource`].
pub(super) fn is_one_resource(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| {
        matches!(arn.service, "ecr" | "elasticfilesystem" | "kms" | "secretsmanager" | "sns" | "sqs")
    })
}

/// The actions of a pattern that no added Deny keeps.
fn spelled_out<'a>(pattern: &str, added: impl Iterator<Item = &'a NewStatement>) -> Vec<String> {
    let kept: Vec<&String> = added.filter(|one| one.effect == "Deny").flat_map(|one| &one.actions).collect();
    if !pattern.contains(['*', '?']) || kept.is_empty() {
        return vec![pattern.to_owned()];
    }
    let all = catalogue::expand(pattern).into_iter().map(|action| action.text());
    all.filter(|text| !kept.iter().any(|own| own.eq_ignore_ascii_case(text))).collect()
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// The resources of a statement with those that the same edit adds to it.
fn with_added(draft: &Draft, document: &Document, number: usize) -> Vec<String> {
    let mut all = resources_of(document, document.statements.get(number));
    for change in &draft.changes {
        if let Change::AddResources { statement, resources } = change
            && *statement == number
        {
            all.extend(resources.clone());
        }
    }
    all
}

fn actions_of(document: &Document, statement: Option<&Statement>) -> Vec<String> {
    let Some(element) = statement.map(|one| &one.action) else { return Vec::new() };
    if element.negated || element.state != State::Given {
        return everything();
    }
    all_written(document, element.patterns.iter().map(|pattern| pattern.span))
}

fn resources_of(document: &Document, statement: Option<&Statement>) -> Vec<String> {
    let Some(element) = statement.map(|one| &one.resource) else { return Vec::new() };
    if element.negated || element.state != State::Given {
        return everything();
    }
    all_written(document, element.patterns.iter().map(|pattern| pattern.span))
}
