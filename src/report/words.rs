//! Every sentence about a decision. Nothing is decided here.

mod caveats;
mod elements;

pub(super) use caveats::{caveat, caveat_code, is_loud};
use elements::shorten_name;
pub(super) use elements::{detail, label};

use super::{Answer, StatementReport};
use crate::eval::{Outcome, Verdict, needs_no_permission};
use crate::explain::{Dependency, ElementKind, LayerExplanation, Role, Subject};
use crate::explain::{StatementTrace, every_policy, policy_at};
use crate::policy::Place;
use crate::principal::{Principal, PrincipalKind};
use crate::request::{Request, Resource};
use crate::snapshot::{FileRef, Layer, Policy, Reading, Unreadable};
use crate::truth::Truth;

/// `role MyRole (account 123456789012)`.
pub fn principal(principal: &Principal) -> String {
    let name = principal.name.as_deref().unwrap_or("?");
    let who = match principal.kind {
        PrincipalKind::Role => format!("role {name}"),
        PrincipalKind::AssumedRole => format!("session {} of role {name}", principal.session.as_deref().unwrap_or("?")),
        PrincipalKind::User => format!("user {name}"),
        PrincipalKind::FederatedUser => format!("federated user {name}"),
        PrincipalKind::Root => "the root user".to_owned(),
        PrincipalKind::Service => format!("service {}", principal.arn.as_deref().unwrap_or("?")),
        PrincipalKind::Unknown => return "a principal with these policies".to_owned(),
    };
    match &principal.account {
        Some(account) => format!("{who} (account {account})"),
        None => who,
    }
}

/// A layer as people call it.
pub fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::ServiceControl => "service control policies",
        Layer::ResourceControl => "resource control policies",
        Layer::VpcEndpoint => "VPC endpoint policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::Identity => "identity policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
    }
}

/// `BoundaryPolicy (v3)`.
pub fn policy(policy: &Policy) -> String {
    match &policy.version {
        Some(version) => format!("{} ({version})", shorten_name(&policy.name)),
        None => shorten_name(&policy.name),
    }
}

/// `boundary.json:4:5`, or `BoundaryPolicy (v3), line 4`.
pub(super) fn place_in_source(policy: &Policy, place: Place) -> String {
    match &policy.file {
        Some(FileRef { path, start: Some(start) }) => {
            let place = start.offset_by(place);
            format!("{path}:{}:{}", place.line, place.column)
        }
        Some(FileRef { path, start: None }) => format!("{path}, line {} of the document in it", place.line),
        None => format!("{}, line {}, column {}", self::policy(policy), place.line, place.column),
    }
}

/// `match`, `no-match`, `unknown`.
pub fn outcome(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "match",
        Truth::No => "no-match",
        Truth::Unknown => "unknown",
    }
}

/// `BoundaryPolicy (v3), Statement[2] (DenyIam)`.
fn statement(policy_shown: &str, index: u32, sid: Option<&str>) -> String {
    format!("{policy_shown}, Statement[{index}]{}", self::sid(sid))
}

/// ` (DenyIam)`, or nothing.
pub(super) fn sid(sid: Option<&str>) -> String {
    sid.filter(|sid| !sid.is_empty()).map(|sid| format!(" ({})", shorten_name(sid))).unwrap_or_default()
}

/// The asked thing: `s3:GetObject on arn:…`, or `… on any resource`.
pub fn asked(request: &Request) -> String {
    match &request.resource {
        Resource::Pattern { text, .. } if text == "*" => format!("{} on any resource", request.action.text),
        Resource::Pattern { text, .. } => format!("{} on every {text}", request.action.text),
        Resource::Exact(text) => format!("{} on {text}", request.action.text),
    }
}

/// The third column of the table.
pub(super) fn decided_by(layer: &LayerExplanation, reading: &Reading, statements: &[StatementReport]) -> String {
    let shown = |found: &StatementReport| statement(&found.policy_shown, found.index, found.sid.as_deref());
    let deciding: Vec<String> = statements.iter().filter(|found| found.relevance == "deciding").map(shown).collect();
    let list = match deciding.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    match (layer.outcome, reading) {
        (Outcome::NotApplicable, Reading::Absent) if layer.layer == Layer::Boundary => "none attached".to_owned(),
        (Outcome::NotApplicable, _) => String::new(),
        (Outcome::NotChecked, Reading::NotChecked { reason: Some(reason) }) => reason.clone(),
        (Outcome::NotChecked, _) => String::new(),
        (Outcome::Undetermined, Reading::Failed { reason }) => reason.clone(),
        (Outcome::Undetermined, _) => {
            let unreadable: Vec<String> = every_policy(reading).filter_map(|(_, policy)| unreadable(policy)).collect();
            if unreadable.is_empty() { list } else { unreadable.join("; ") }
        }
        (Outcome::Allow | Outcome::ExplicitDeny, _) => list,
        (Outcome::ImplicitDeny, _) => {
            let nearest = layer.statements.iter().find(|trace| trace.role == Role::Nearest);
            let words = match nearest.and_then(|trace| place(trace, reading)) {
                Some(at) => format!("nothing matches; nearest is {at}"),
                None if policies_of(layer, reading).next().is_none() => "no policy attached".to_owned(),
                None => "nothing matches".to_owned(),
            };
            match level_name(layer, reading) {
                Some(level) => format!("{level}: {words}"),
                None => words,
            }
        }
    }
}

/// Why a policy cannot be evaluated; `None` where it can.
pub fn unreadable(policy: &Policy) -> Option<String> {
    match &policy.document {
        Ok(_) => None,
        Err(Unreadable::NotRead(reason)) => Some(format!("{}: {reason}", self::policy(policy))),
        Err(Unreadable::Malformed { error, .. }) => {
            Some(format!("{} is not understood: {error}", self::policy(policy)))
        }
    }
}

/// The one sentence.
pub(super) fn sentence(answer: &Answer<'_>) -> String {
    let (parts, verb): (Vec<(Layer, String)>, _) = match answer.decision.verdict {
        Verdict::Denied => (parts(answer, blocked), "block"),
        Verdict::Undetermined => (parts(answer, open), "leave"),
        Verdict::Allowed => return allowed(answer),
    };
    let object = if verb == "block" { "it" } else { "it open" };
    match parts.as_slice() {
        [] if answer.snapshot.principal.kind == PrincipalKind::FederatedUser => {
            "A federated user has what the policies of the issuing user and of its session allow, and these were not read."
                .to_owned()
        }
        [] if answer.snapshot.principal.kind != PrincipalKind::Service => {
            "No policy that could grant it was read.".to_owned()
        }
        [] => "Access of an AWS service is granted by a resource-based policy, and none was read.".to_owned(),
        [(one, why)] => {
            let verb = if is_plural(*one) { verb.to_owned() } else { format!("{verb}s") };
            format!("The {} {verb} {object}: {why}.", layer(*one))
        }
        all => {
            let count = if all.len() == 2 { "Two".to_owned() } else { all.len().to_string() };
            let each = all.iter().map(|(one, why)| format!(" {}: {why}.", capital(layer(*one))));
            format!("{count} layers {verb} {object}.{}", each.collect::<String>())
        }
    }
}

fn parts(answer: &Answer<'_>, why: fn(&LayerExplanation, &Answer<'_>) -> Option<String>) -> Vec<(Layer, String)> {
    let layers = answer.explanation.layers.iter();
    layers.filter_map(|layer| Some((layer.layer, why(layer, answer)?))).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Why a layer blocks, if it does.
fn blocked(layer: &LayerExplanation, answer: &Answer<'_>) -> Option<String> {
    let reading = answer.snapshot.layers.get(layer.layer);
    let action = &answer.request.action.text;
    match layer.outcome {
        Outcome::ExplicitDeny => {
            let trace = layer.statements.iter().find(|trace| trace.role == Role::Deciding)?;
            Some(format!("{} explicitly denies {action}", place(trace, reading)?))
        }
        Outcome::ImplicitDeny => {
            let policies: Vec<&Policy> = policies_of(layer, reading).collect();
            let level = level_name(layer, reading).map(|name| format!(" at {name}")).unwrap_or_default();
            let nobody = match (policies.as_slice(), layer.layer) {
                ([], Layer::Identity) => format!("no policy is attached to {}", principal(&answer.snapshot.principal)),
                ([], _) => format!("no policy is attached{level}"),
                ([only], _) => format!("no statement of {}{level} allows {action}", policy(only)),
                (all, _) => format!("no statement of the {} policies{level} allows {action}", all.len()),
            };
            Some(nobody + &near_miss(layer, answer))
        }
        Outcome::Allow | Outcome::Undetermined | Outcome::NotChecked | Outcome::NotApplicable => None,
    }
}

/// The policies of the level that decided.
fn policies_of<'a>(layer: &LayerExplanation, reading: &'a Reading) -> impl Iterator<Item = &'a Policy> {
    let level = layer.level;
    every_policy(reading).filter(move |(at, _)| at.level == level).map(|(_, policy)| policy)
}

/// What the deciding level is attached to, where the layer has levels: `r-root`, an OU, an account.
fn level_name<'a>(layer: &LayerExplanation, reading: &'a Reading) -> Option<&'a str> {
    let Reading::Levels(levels) = reading else { return None };
    levels.get(layer.level as usize)?.target.as_deref()
}

fn is_plural(layer: Layer) -> bool {
    matches!(layer, Layer::ServiceControl | Layer::ResourceControl | Layer::Identity | Layer::Session)
}

/// The statement that came nearest; where its action matches, with what failed.
fn near_miss(layer: &LayerExplanation, answer: &Answer<'_>) -> String {
    let reading = answer.snapshot.layers.get(layer.layer);
    let Some(trace) = layer.statements.iter().find(|trace| trace.role == Role::Nearest) else { return String::new() };
    let failed = trace.elements.iter().find(|element| element.truth == Truth::No);
    match (place(trace, reading), failed, policy_at(reading, trace.at)) {
        (Some(at), Some(element), Some(policy)) if !is_action(element.kind) => {
            format!("; {at} would, but {}", detail(element, policy, answer.request))
        }
        (Some(at), ..) => format!("; the nearest is {at}"),
        _ => String::new(),
    }
}

fn is_action(kind: ElementKind) -> bool {
    matches!(kind, ElementKind::Action | ElementKind::NotAction)
}

fn place(trace: &StatementTrace, reading: &Reading) -> Option<String> {
    let policy = policy_at(reading, trace.at)?;
    let document = policy.document.as_ref().ok()?;
    let sid = document.statements.get(trace.at.statement as usize)?.sid.as_deref();
    Some(statement(&self::policy(policy), trace.at.statement, sid))
}

/// Why a layer is open, if it is.
fn open(layer: &LayerExplanation, answer: &Answer<'_>) -> Option<String> {
    if layer.outcome != Outcome::Undetermined {
        return None;
    }
    let reading = answer.snapshot.layers.get(layer.layer);
    if let Reading::Failed { reason } = reading {
        return Some(reason.clone());
    }
    let unreadable: Vec<String> = every_policy(reading).filter_map(|(_, policy)| unreadable(policy)).collect();
    if !unreadable.is_empty() {
        return Some(unreadable.join("; "));
    }
    let deciding = layer.statements.iter().filter(|trace| trace.role == Role::Deciding);
    let each: Vec<String> = deciding
        .filter_map(|trace| Some(format!("{} depends on {}", place(trace, reading)?, subjects(trace))))
        .collect();
    match each.as_slice() {
        [] => None,
        [first, second, rest @ ..] if !rest.is_empty() => Some(format!("{first}; {second}; and {} more", rest.len())),
        few => Some(few.join("; ")),
    }
}

/// What a statement depends on.
fn subjects(trace: &StatementTrace) -> String {
    let mut names: Vec<&str> = Vec::new();
    for subject in trace
        .elements
        .iter()
        .filter(|element| element.truth == Truth::Unknown)
        .flat_map(|element| &element.unknown_subjects)
    {
        let name = match subject {
            Subject::Key(key) => key,
            Subject::Resource => "which resource it is",
            Subject::Action => "which action it is",
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "something in it that is not understood".to_owned() } else { names.join(", ") }
}

fn allowed(answer: &Answer<'_>) -> String {
    let layers = &answer.explanation.layers;
    let of = |wanted: Layer| layers.iter().find(|layer| layer.layer == wanted);
    let by = |wanted: Layer| {
        let layer = of(wanted).filter(|layer| layer.outcome == Outcome::Allow)?;
        let trace = layer.statements.iter().find(|trace| trace.role == Role::Deciding)?;
        place(trace, answer.snapshot.layers.get(wanted))
    };
    if needs_no_permission(answer.request) {
        return format!("{} needs no permission: no policy can stop it.", answer.request.action.text);
    }
    if answer.snapshot.principal.kind == PrincipalKind::Root {
        return "The root user needs no policy and has no permissions boundary.".to_owned();
    }
    let grant = match by(Layer::Identity) {
        Some(at) => format!("{at} allows it"),
        None => "Identity policies were not checked".to_owned(),
    };
    match (of(Layer::Boundary).map(|layer| layer.outcome), by(Layer::Boundary)) {
        (Some(Outcome::Allow), Some(at)) => format!("{grant}; the permissions boundary lets it pass by {at}."),
        (Some(Outcome::NotApplicable), _) => format!("{grant}, and there is no permissions boundary."),
        _ => format!("{grant}, but the permissions boundary was not checked."),
    }
}

/// What the unknown would have to be.
pub(super) fn allowed_when(dependency: &Dependency, answer: &Answer<'_>) -> String {
    let wanted = match &dependency.subject {
        Subject::Resource | Subject::Action => dependency.wanted.clone(),
        Subject::Key(_) if dependency.wanted.is_empty() => {
            format!("a value with which the statement's resource is {}", answer.request.resource.text())
        }
        Subject::Key(_) => dependency.wanted.clone(),
    };
    let is_key = matches!(dependency.subject, Subject::Key(_)) && !dependency.wanted.is_empty();
    match wanted.strip_prefix("not ") {
        _ if !dependency.denies || is_key => wanted,
        Some(positive) => positive.to_owned(),
        None => format!("not {wanted}"),
    }
}
