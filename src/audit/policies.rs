//! Policies that cannot be understood, and statements that never have an effect.

use std::collections::BTreeMap;

use super::{Code, Finding, Severity, finding};
use crate::gap::Summary;
use crate::policy::{Document, Effect, FindingCode, Statement};
use crate::reach::Standing;
use crate::snapshot::{Layer, Policy, Snapshot, Unreadable};

/// The policies of a principal that AWS would refuse: what they grant or deny is not known.
pub(super) fn broken(snapshot: &Snapshot, id: &str, place: Option<&(String, usize)>) -> Vec<Finding> {
    let mut all = Vec::new();
    for layer in [Layer::Identity, Layer::Boundary] {
        for policy in snapshot.layers.policies(layer) {
            let (at, line, problem, more) = match &policy.document {
                Err(Unreadable::NotRead(_)) => continue,
                Err(Unreadable::Malformed { error, .. }) => (None, Some(error.place.line), error.problem.clone(), 0),
                Ok(document) => {
                    let of_kind = document.findings_as(layer.document_kind());
                    let refused = document.findings.iter().filter(|found| found.code == FindingCode::Malformed);
                    let mut refused = refused.chain(&of_kind);
                    let Some(first) = refused.next() else { continue };
                    (Some(first.span.start), None, first.text.clone(), refused.count())
                }
            };
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            let text = format!("{} cannot be understood: {problem}{more}", policy.name);
            let mut found = finding(Code::PolicyBroken, Severity::Medium, text).of_policy(policy, at);
            found.line = found.line.or(line);
            // A managed policy is broken for all that have it.
            all.push(match policy.arn {
                Some(_) => Finding { place: found.place.or_else(|| place.cloned()), ..found }.done(""),
                None => found.of_principal(id, place.cloned()).done(""),
            });
        }
    }
    all
}

/// The statements of identity policies of which a ceiling stops everything, everywhere. Their fingerprints hold what tells
/// them apart, whatever their numbers are.
pub(super) fn without_effect(snapshot: &Snapshot, summary: &Summary) -> Vec<Finding> {
    if summary.identity != Standing::Read {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (number, policy) in snapshot.layers.policies(Layer::Identity).enumerate() {
        let Ok(document) = &policy.document else { continue };
        let own = summary.idle.iter().filter(|(policy, _)| *policy == number);
        let statement = |index: u32| Some((index, document.statements.get(index as usize)?));
        let idle: Vec<(u32, &Statement)> = own.filter_map(|(_, index)| statement(*index)).collect();
        let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow).count();
        let Some((_, first)) = idle.first() else { continue };
        if idle.len() == allows {
            all.push(one(policy, first, format!("nothing that {} grants has an effect", policy.name), String::new()));
            continue;
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (index, statement) in idle {
            let sid = statement.sid.as_ref().map_or_else(String::new, |sid| format!(" ({sid})"));
            let text = format!("nothing that Statement[{index}]{sid} of {} grants has an effect", policy.name);
            let mut part = statement.sid.clone().map_or_else(|| as_written(document, statement), String::from);
            let count = seen.entry(part.clone()).or_default();
            *count += 1;
            // Of statements that are the same, each is one.
            if *count > 1 {
                part += &format!(" #{count}");
            }
            all.push(one(policy, statement, text, part));
        }
    }
    all
}

/// A statement's JSON, whatever its white space and the order of its elements are.
fn as_written(document: &Document, statement: &Statement) -> String {
    let span = &statement.span;
    let text = document.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| text.to_owned(), |json| json.to_string())
}

fn one(policy: &Policy, statement: &Statement, text: String, part: String) -> Finding {
    let text = format!("{text}: the boundary or another ceiling stops all of it");
    let found = finding(Code::GrantWithoutEffect, Severity::Low, text).of_policy(policy, Some(statement.span.start));
    Finding { fingerprint: part, ..found }
}
