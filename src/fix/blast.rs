//! What an edit allows beside what was asked: first what it could reach at all, told from the changes, then what of that
//! the evaluator lets pass after it and did not before.

use super::Ask;
use super::draft::Draft;
use super::literal::{holds_wildcards, written_in};
use super::opened::{By, Guard, Reach, reach};
use super::plan::Planner;
use super::verify::put;
use crate::catalogue::{self, Fit};
use crate::eval::{Verdict, evaluate};
use crate::policy::Version;
use crate::request::{Action, Request, Resource};
use crate::snapshot::Snapshot;

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
    let guard = Guard::of(draft, ask.request);
    for Reach { actions, resources, by } in reach(draft, Some(ask.request)) {
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
            if by != By::SparingSome {
                found.push(format!("{actions} on {resources}"));
            }
            continue;
        }
        let all = catalogue::expand(&actions);
        let newly: Vec<String> = all
            .iter()
            .filter(|action| !is_asked(planner, ask, &action.text(), &resources))
            .filter(|action| by == By::Grant || !guard.denies(&action.text(), &resources))
            .filter(|action| opens(ask, Action::known(**action), &resources, before, after))
            .map(catalogue::Action::text)
            .collect();
        let many = newly.len() > LISTED;
        if !many {
            found.extend(newly.into_iter().map(|action| format!("{action} on {resources}")));
        }
        // The pattern of a Deny is about actions that the catalogue does not know, too.
        if many || by == By::Sparing {
            found.push(format!("{actions} on {resources}"));
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
