//! What lies beyond a boundary: how much would become effective without it.
//!
//! Over all actions of the catalogue. Of a statement, all but its actions is the same for every action and is judged once;
//! of its actions, whole services are told at once where that can be.

use super::Ask;
use crate::catalogue;
use crate::eval;
use crate::policy::{Effect, Statement};
use crate::request::{Action, Request, Resource};
use crate::snapshot::{Layer, Reading};
use crate::truth::Truth;

/// A statement with what is the same for all actions.
struct Rule<'a> {
    statement: &'a Statement,
    /// Whether its other elements match, for actions that take resources and for those that do not.
    with_resource: Truth,
    with_star: Truth,
}

/// How many actions would become effective on some resource without the boundary: those that an Allow of the identity
/// policies matches, while no Allow of the boundary does or a Deny of it certainly does. `None` where either was not read.
pub(super) fn without_boundary(ask: &Ask<'_>) -> Option<usize> {
    let (identity, boundary) = (rules(ask, Layer::Identity)?, rules(ask, Layer::Boundary)?);
    let mut request = Request { resource: Resource::any(), ..ask.request.clone() };
    let mut count = 0;
    for service in catalogue::services() {
        let Ok(whole) = Action::parse(&format!("{}:*", service.prefix())) else { continue };
        request.action = whole;
        let identity = of_service(&identity, &request);
        if identity.iter().all(|(rule, _)| rule.statement.effect != Effect::Allow) {
            continue;
        }
        let boundary = of_service(&boundary, &request);
        let all = identity.iter().chain(&boundary);
        let one_by_one = all.into_iter().any(|(_, action)| *action == Truth::Unknown);
        for known in service.actions() {
            if one_by_one {
                request.action = Action::known(known);
            }
            let star = known.takes_only_star();
            if passes(&identity, star, &request) != Truth::No && passes(&boundary, star, &request) == Truth::No {
                count += 1;
            }
        }
    }
    Some(count)
}

fn rules<'a>(ask: &Ask<'a>, layer: Layer) -> Option<Vec<Rule<'a>>> {
    let layers = &ask.snapshot.layers;
    let Reading::Levels(_) = layers.get(layer) else { return None };
    let any = Request { resource: Resource::any(), ..ask.request.clone() };
    let star = Request { resource: Resource::Exact("*".to_owned()), ..ask.request.clone() };
    let mut rules = Vec::new();
    for policy in layers.policies(layer) {
        for statement in &policy.document.as_ref().ok()?.statements {
            let conditions = Truth::all(statement.conditions.iter().map(|block| eval::condition(block, &any)));
            let doubtful = statement.doubtful || statement.principal.is_some();
            let rest = if doubtful { conditions.and(Truth::Unknown) } else { conditions };
            rules.push(Rule {
                statement,
                with_resource: rest.and(eval::resource_of(statement, layer, &any).truth),
                with_star: rest.and(eval::resource_of(statement, layer, &star).truth),
            });
        }
    }
    Some(rules)
}

/// The rules that may be about a service, and whether they are about all of it.
fn of_service<'r, 'a>(rules: &'r [Rule<'a>], service: &Request) -> Vec<(&'r Rule<'a>, Truth)> {
    let each = rules.iter().map(|rule| (rule, eval::action(&rule.statement.action, service)));
    each.filter(|(_, action)| *action != Truth::No).collect()
}

/// Whether the rules let an action pass on some resource.
fn passes(rules: &[(&Rule<'_>, Truth)], star: bool, request: &Request) -> Truth {
    let mut allowed = Truth::No;
    for (rule, action) in rules {
        let rest = if star { rule.with_star } else { rule.with_resource };
        if rest == Truth::No {
            continue;
        }
        let action = if *action == Truth::Unknown { eval::action(&rule.statement.action, request) } else { *action };
        match (rule.statement.effect, action.and(rest)) {
            (Effect::Deny, Truth::Yes) => return Truth::No,
            (Effect::Allow, truth) => allowed = allowed.or(truth),
            (Effect::Deny | Effect::Unknown, _) => {}
        }
    }
    allowed
}
