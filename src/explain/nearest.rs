//! Of the Allow statements that do not apply, the ones that came nearest.

use super::likeness::{self, SAME_SERVICE};
use super::{Role, StatementTrace, trace};
use crate::eval::{self, Naming, StatementRef};
use crate::policy::{Effect, Statement};
use crate::request::Request;
use crate::snapshot::{Layer, Policy};
use crate::truth::Truth;

/// How many near misses are shown.
const SHOWN: usize = 3;

/// How near a statement came: the element that failed, later ones being nearer; then how alike the names are, in
/// percent.
type Nearness = (u8, u32);

/// Elements behind which a statement is worth showing beside another one that came nearer.
const WORTH_SHOWING: u8 = 2;

/// The Allow statements that came nearest, nearest first, at most three; of those whose action does not even match,
/// one.
pub(super) fn nearest<'a>(
    statements: impl Iterator<Item = (StatementRef, &'a Policy, &'a Statement)>,
    layer: Layer,
    request: &Request,
) -> Vec<StatementTrace> {
    let mut ranked: Vec<(Nearness, StatementRef, &Policy, &Statement)> = statements
        .filter(|(_, _, statement)| statement.effect == Effect::Allow)
        .map(|(at, policy, statement)| (nearness(policy, statement, layer, request), at, policy, statement))
        .collect();
    // Stable: among equals the first in the document stays first.
    ranked.sort_by_key(|(nearness, ..)| std::cmp::Reverse(*nearness));
    let Some(best) = ranked.first().map(|(nearness, ..)| nearness.0) else { return Vec::new() };
    let shown = if best >= WORTH_SHOWING { SHOWN } else { 1 };
    ranked
        .into_iter()
        .filter(|(nearness, ..)| nearness.0 == best)
        .take(shown)
        .map(|(nearness, at, policy, statement)| {
            let role = if nearness.0 == 0 { Role::Unrelated } else { Role::Nearest };
            trace::statement(at, policy, statement, layer, request, role)
        })
        .collect()
}

fn nearness(policy: &Policy, statement: &Statement, layer: Layer, request: &Request) -> Nearness {
    let text = policy.text();
    if eval::action(&statement.action, request) == Truth::No {
        let likeness = likeness::nearest_action(text, &statement.action.patterns, request).map_or(0, |found| found.0);
        return (u8::from(likeness >= SAME_SERVICE), likeness);
    }
    if eval::resource_of(statement, layer, request).truth == Truth::No {
        let likeness =
            likeness::nearest_resource(text, &statement.resource.patterns, request).map_or(0, |found| found.0);
        return (2, likeness);
    }
    if layer.document_kind().has_principals()
        && eval::naming(statement.principal.as_ref(), statement.effect, layer, request) == Naming::NOT
    {
        return (3, 0);
    }
    let met = statement.conditions.iter().filter(|block| eval::condition(block, request) != Truth::No).count();
    let share = (met * 100).checked_div(statement.conditions.len()).unwrap_or(0);
    (4, u32::try_from(share).unwrap_or(0))
}
