//! The one sentence: which layers stop the request, leave it open or let it pass, and by which statement.

use super::elements::detail;
use super::{Answer, all_unreadable, idle, layer, policy, principal, statement};
use crate::confront::Difference;
use crate::eval::{DenyKind, Evidence, Outcome, Verdict, is_by_token, needs_no_permission};
use crate::explain::{Caveat, ElementKind, LayerExplanation, Role, StatementTrace, Subject, every_policy, policy_at};
use crate::principal::PrincipalKind;
use crate::snapshot::{Layer, Policy, Reading};
use crate::truth::Truth;

/// The one sentence.
pub(in crate::report) fn sentence(answer: &Answer<'_>) -> String {
    let (parts, verb): (Vec<(Layer, String)>, _) = match answer.decision.verdict {
        Verdict::Denied => (parts(answer, blocked), "block"),
        Verdict::Undetermined => (parts(answer, open), "leave"),
        Verdict::Allowed => return allowed(answer),
    };
    let object = if verb == "block" { "it" } else { "it open" };
    match parts.as_slice() {
        [(_, why)] if answer.decision.refused.is_some() => format!("{why}."),
        [] if answer.denial.is_some() && verb == "block" => denied_somewhere(answer),
        [] => nothing_read(answer.snapshot.principal.kind).to_owned(),
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

/// A denial by a text that does not say enough, where nothing else was read, or that is by no policy.
fn denied_somewhere(answer: &Answer<'_>) -> String {
    let is_setting = |caveat: &Caveat| matches!(caveat, Caveat::Differs(Difference::NoPolicy(_)));
    if answer.explanation.caveats.iter().any(is_setting) {
        return "A setting of the service refuses it, and no policy, AWS's message says.".to_owned();
    }
    let layers = answer.explanation.layers.iter();
    let named = layers.filter(|one| one.evidence == Evidence::Message).map(|one| layer(one.layer)).next();
    match named {
        Some(layer) => format!("AWS's message says that the {layer} denied it, and not how."),
        None => unnamed(answer),
    }
}

/// A denial by a text that names no layer: what it says of the statement, and what could have been read.
fn unnamed(answer: &Answer<'_>) -> String {
    if answer.denial.and_then(|denial| denial.reason.as_deref()).is_some_and(|reason| reason.contains("in this Region"))
    {
        return "AWS's message leaves open which of three it is: the resource does not exist in this Region, no resource-based \
                policy (of a KMS key: its key policy) allows access, or one denies it explicitly."
            .to_owned();
    }
    if is_by_token(&answer.request.action) {
        return "AWS's message does not say by what; where a token asks, the role's trust policy decides, under resource control \
                policies."
            .to_owned();
    }
    let denial = answer.denial.filter(|denial| denial.deny == Some(DenyKind::Explicit));
    let by = match denial.map(|denial| &denial.statement) {
        Some(Some(said)) => {
            let sid = said.sid.as_ref().map_or_else(String::new, |sid| format!(" {sid}"));
            let list = |texts: &[String]| texts.join(", ");
            let on = match (said.actions.as_slice(), said.resources.as_slice()) {
                ([], _) | (_, []) => String::new(),
                (actions, resources) => format!(" (Deny {} on {})", list(actions), list(resources)),
            };
            format!("the statement{sid}{on} explicitly denied it, and not in which policy it stands")
        }
        Some(_) => "it was explicitly denied, and not by which policy".to_owned(),
        None => "it was denied, and not by what".to_owned(),
    };
    let any_read = answer.explanation.layers.iter().any(|one| matches!(one.reading, Reading::Levels(_)));
    let read = if any_read { "none that was read does" } else { "no policy was read" };
    format!("AWS's message says that {by}; {read}.")
}

fn nothing_read(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::FederatedUser => {
            "A federated user has what the policies of the issuing user and of its session allow, and these were not read."
        }
        PrincipalKind::Service => "Access of an AWS service is granted by a resource-based policy, and none was read.",
        PrincipalKind::Anonymous => "Anonymous access is granted by a resource-based policy, and none was read.",
        PrincipalKind::Role
        | PrincipalKind::AssumedRole
        | PrincipalKind::User
        | PrincipalKind::Root
        | PrincipalKind::Unknown => "No policy that could grant it was read.",
    }
}

fn parts(answer: &Answer<'_>, why: fn(&LayerExplanation<'_>, &Answer<'_>) -> Option<String>) -> Vec<(Layer, String)> {
    let layers = answer.explanation.layers.iter();
    layers.filter_map(|layer| Some((layer.layer, why(layer, answer)?))).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Why a layer blocks, if it does.
fn blocked(layer: &LayerExplanation<'_>, answer: &Answer<'_>) -> Option<String> {
    if !layer.blocks {
        return None;
    }
    let action = &answer.request.action.text;
    if layer.evidence == Evidence::Message {
        return Some(by_message(layer, answer));
    }
    if layer.outcome == Outcome::ExplicitDeny {
        let trace = layer.statements.iter().find(|trace| trace.role == Role::Deciding);
        let by_statement = |trace| Some(format!("{} explicitly denies {action}", place(trace, layer.reading)?));
        return trace.and_then(by_statement).map(|words| words + &also(layer)).or_else(|| idle(layer, answer));
    }
    let policies: Vec<&Policy> = policies_of(layer).collect();
    let level = level_name(layer).map(|name| format!(" at {name}")).unwrap_or_default();
    let nobody = match (policies.as_slice(), layer.layer) {
        ([], Layer::Identity) => format!("no policy is attached to {}", principal(&answer.snapshot.principal)),
        ([], Layer::Session) => {
            "the session has no session policy, and so none of the issuing user's permissions".to_owned()
        }
        ([], Layer::Resource) if layer.blocks_unread() => {
            "the resource is another account's, and resources of this service have no policies; only a role of that account \
             reaches it (or a share by AWS RAM)"
                .to_owned()
        }
        ([], Layer::Resource) => "the resource has no policy, and its grant is needed".to_owned(),
        ([], _) => format!("no policy is attached{level}"),
        ([only], _) => format!("no statement of {}{level} allows {action}", policy(only)),
        (all, _) => format!("no statement of the {} policies{level} allows {action}", all.len()),
    };
    Some(nobody + &near_miss(layer, answer) + &also(layer))
}

/// The further levels that stop it.
fn also(layer: &LayerExplanation<'_>) -> String {
    let Reading::Levels(levels) = layer.reading else { return String::new() };
    let name = |level: &u32| {
        let target = levels.get(*level as usize).and_then(|level| level.target.clone());
        target.unwrap_or_else(|| format!("level {}", level + 1))
    };
    let names: Vec<String> = layer.also.iter().map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} blocks it as well"),
        several => format!("; {} block it as well", several.join(" and ")),
    }
}

/// What the text of the denial says of a layer whose policies were not read.
fn by_message(layer: &LayerExplanation<'_>, answer: &Answer<'_>) -> String {
    let action = &answer.request.action.text;
    let arn = answer.denial.and_then(|denial| denial.policy_arn.as_deref());
    match (layer.outcome, arn) {
        (Outcome::ExplicitDeny, Some(arn)) => format!("AWS's message says that {arn} explicitly denies {action}"),
        (Outcome::ExplicitDeny, None) => format!("AWS's message says that it explicitly denies {action}"),
        _ => format!("AWS's message says that nothing in it allows {action}"),
    }
}

/// The policies of the level that decided.
pub(super) fn policies_of<'a>(layer: &LayerExplanation<'a>) -> impl Iterator<Item = &'a Policy> + use<'a> {
    let level = layer.level;
    every_policy(layer.reading).filter(move |(at, _)| at.level == level).map(|(_, policy)| policy)
}

/// What the deciding level is attached to, where the layer has levels: `r-root`, an OU, an account.
pub(super) fn level_name<'a>(layer: &LayerExplanation<'a>) -> Option<&'a str> {
    let Reading::Levels(levels) = layer.reading else { return None };
    levels.get(layer.level as usize)?.target.as_deref()
}

pub(super) fn is_plural(layer: Layer) -> bool {
    matches!(layer, Layer::ServiceControl | Layer::ResourceControl | Layer::Identity | Layer::Session)
}

/// The statement that came nearest; where its action matches, with what failed.
fn near_miss(layer: &LayerExplanation<'_>, answer: &Answer<'_>) -> String {
    let reading = layer.reading;
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

/// `BoundaryPolicy (v3), Statement[2] (DenyIam)`.
pub(super) fn place(trace: &StatementTrace, reading: &Reading) -> Option<String> {
    let policy = policy_at(reading, trace.at)?;
    let document = policy.document.as_ref().ok()?;
    let sid = document.statements.get(trace.at.statement as usize)?.sid.as_deref();
    Some(statement(&super::policy(policy), trace.at.statement, sid))
}

/// Why a layer is open, if it is.
fn open(layer: &LayerExplanation<'_>, _: &Answer<'_>) -> Option<String> {
    if layer.outcome != Outcome::Undetermined || !layer.matters {
        return None;
    }
    let reading = layer.reading;
    if let Reading::Failed { reason } = reading {
        return Some(reason.clone());
    }
    if let Some(unreadable) = all_unreadable(reading) {
        return Some(unreadable);
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
    let unknown = trace.elements.iter().filter(|element| element.truth == Truth::Unknown);
    for subject in unknown.flat_map(|element| &element.unknown_subjects) {
        let name = match subject {
            Subject::Key(key) => key,
            Subject::Principal => "which principal it is",
            Subject::Resource => "which resource it is",
            Subject::Action => "which action it is",
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let partly = trace
        .elements
        .iter()
        .any(|element| element.kind == ElementKind::NotPrincipal && element.truth == Truth::Unknown && !element.broken);
    match names.is_empty() {
        // AWS documents that services may check account, role and session each by itself.
        true if partly => {
            "how the service reads its NotPrincipal, which lists the caller in part: only with account, role and \
                           session listed is the caller surely spared"
                .to_owned()
        }
        true => "something in it that is not understood".to_owned(),
        false => names.join(", "),
    }
}

fn allowed(answer: &Answer<'_>) -> String {
    let layers = &answer.explanation.layers;
    let of = |wanted: Layer| layers.iter().find(|layer| layer.layer == wanted);
    let by = |wanted: Layer| {
        let layer = of(wanted).filter(|layer| layer.outcome == Outcome::Allow)?;
        let trace = layer.statements.iter().find(|trace| trace.role == Role::Deciding)?;
        place(trace, layer.reading)
    };
    if needs_no_permission(answer.request) {
        return format!("{} needs no permission: no policy can stop it.", answer.request.action.text);
    }
    if answer.snapshot.principal.kind == PrincipalKind::Root && by(Layer::Resource).is_none() {
        return "The root user needs no policy and has no permissions boundary.".to_owned();
    }
    let resource = by(Layer::Resource).map(|at| (Layer::Resource, at));
    let resource = resource.or_else(|| by(Layer::Trust).map(|at| (Layer::Trust, at)));
    let identity = of(Layer::Identity).map(|layer| layer.outcome);
    let boundary = (of(Layer::Boundary).map(|layer| layer.outcome), by(Layer::Boundary));
    let grant = match (by(Layer::Identity), resource) {
        (Some(at), Some((other, also))) => format!("{at} allows it, and so does {also} of the {}", layer(other)),
        (Some(at), None) => format!("{at} allows it"),
        (None, Some((other, at))) if identity != Some(Outcome::NotChecked) => {
            let passes = if answer.snapshot.principal.kind == PrincipalKind::Root {
                "; the root user needs no policy of its own"
            } else if boundary.0 == Some(Outcome::ImplicitDeny) {
                "; neither identity policies nor the permissions boundary limit such a grant"
            } else {
                "; identity policies are not needed"
            };
            return format!("{at} of the {} allows it{passes}.", layer(other));
        }
        (None, _) => "Identity policies were not checked".to_owned(),
    };
    match boundary {
        (Some(Outcome::Allow), Some(at)) => format!("{grant}; the permissions boundary lets it pass by {at}."),
        (Some(Outcome::NotApplicable), _) => format!("{grant}, and there is no permissions boundary."),
        (Some(Outcome::ImplicitDeny), _) => format!("{grant}; the permissions boundary does not limit such a grant."),
        _ => format!("{grant}, but the permissions boundary was not checked."),
    }
}
