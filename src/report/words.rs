//! Every sentence about a decision. Nothing is decided here.

mod caveats;
mod elements;
mod sentence;
mod trail;

pub(super) use caveats::{caveat, caveat_code, is_loud};
use elements::shorten_name;
pub(super) use elements::{detail, label};
pub(super) use sentence::sentence;
use sentence::{level_name, place, policies_of};
pub(super) use trail::{caller, not_all_seen, only_told};

use super::{Answer, StatementReport};
use crate::eval::{Evidence, Idle, Outcome, Refused, Verdict};
use crate::explain::{Dependency, LayerExplanation, Role, Subject, every_policy};
use crate::fix::Fix;
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
        PrincipalKind::Anonymous => "anyone without credentials".to_owned(),
        PrincipalKind::Unknown => return "a principal with these policies".to_owned(),
    };
    match &principal.account {
        Some(account) => format!("{who} (account {account})"),
        None => who,
    }
}

/// A layer as people call it.
pub fn layer(layer: Layer) -> &'static str {
    layer.words()
}

/// `BoundaryPolicy (v3)`.
pub fn policy(policy: &Policy) -> String {
    match &policy.version {
        Some(version) => format!("{} ({version})", shorten_name(&policy.name)),
        None => shorten_name(&policy.name),
    }
}

/// The document of a fix: `BoundaryPolicy (v3)`.
pub(super) fn fixed(fix: &Fix) -> String {
    match &fix.document.version {
        Some(version) => format!("{} ({version})", shorten_name(&fix.document.name)),
        None => shorten_name(&fix.document.name),
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
pub(super) fn decided_by(layer: &LayerExplanation<'_>, answer: &Answer<'_>, statements: &[StatementReport]) -> String {
    let reading = layer.reading;
    let shown = |found: &StatementReport| statement(&found.policy_shown, found.index, found.sid.as_deref());
    let deciding: Vec<String> = statements.iter().filter(|found| found.relevance == "deciding").map(shown).collect();
    let list = match deciding.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    if layer.evidence == Evidence::Message {
        let arn = answer.denial.and_then(|denial| denial.policy_arn.as_deref());
        return arn.map_or_else(|| "by the message".to_owned(), |arn| format!("by the message: {arn}"));
    }
    match (layer.outcome, reading) {
        (Outcome::NotApplicable, Reading::Absent) if layer.layer == Layer::Boundary && layer.idle == Idle::None => {
            "none attached".to_owned()
        }
        (Outcome::NotApplicable, _) => idle(layer, answer).unwrap_or_default(),
        (Outcome::NotChecked, Reading::NotChecked { reason: Some(reason) }) => reason.clone(),
        (Outcome::Undetermined, Reading::Failed { reason }) => reason.clone(),
        (Outcome::NotChecked | Outcome::Undetermined, _) => all_unreadable(reading).unwrap_or(list),
        (Outcome::ExplicitDeny, _) if deciding.is_empty() => idle(layer, answer).unwrap_or_default(),
        (Outcome::Allow | Outcome::ExplicitDeny, _) => list,
        (Outcome::ImplicitDeny, _) => {
            let nearest = layer.statements.iter().find(|trace| trace.role == Role::Nearest);
            let words = match nearest.and_then(|trace| place(trace, reading)) {
                _ if !layer.blocks && answer.decision.verdict == Verdict::Allowed => {
                    "nothing matches, and nothing needs to".to_owned()
                }
                _ if !layer.blocks => "nothing matches; not what stops it".to_owned(),
                Some(at) => format!("nothing matches; nearest is {at}"),
                None if policies_of(layer).next().is_none() => "no policy attached".to_owned(),
                None => "nothing matches".to_owned(),
            };
            match level_name(layer) {
                Some(level) => format!("{level}: {words}"),
                None => words,
            }
        }
    }
}

/// Why a layer has no say in the request, or stops it without a policy; `None` where there is nothing to say.
pub(super) fn idle(layer: &LayerExplanation<'_>, answer: &Answer<'_>) -> Option<String> {
    if layer.blocks && layer.reading.all_policies().next().is_none() {
        let whose = match answer.decision.refused? {
            Refused::AwsManagedPolicy => "IAM refuses it: AWS managed policies are AWS's to change",
            Refused::PermissionSetRole => {
                "IAM refuses it: roles of IAM Identity Center change with their permission set alone"
            }
            Refused::ServiceLinkedRole => "IAM refuses it: service-linked roles are their service's to change",
            Refused::AwsAlias => "KMS refuses it: aliases that begin with alias/aws/ are AWS's to change",
            Refused::RootAssumes => "STS refuses it: the root user can assume no role, and no policy can allow it",
            Refused::SessionCredentials => {
                "STS refuses it: the call takes the credentials of an IAM user, and a role has those of a session"
            }
            Refused::FederationToken => {
                "AWS refuses it: outside of the console a session of sts:GetFederationToken can call nothing of IAM, and of \
                 STS GetCallerIdentity alone"
            }
            Refused::AcrossAccounts => {
                "AWS refuses it: the call reaches resources of the caller's own account alone, whatever policies say"
            }
            Refused::OtherPartition => {
                "AWS refuses it: the resource is in another partition than the principal, where its credentials are unknown"
            }
        };
        return Some(whose.to_owned());
    }
    let why = match layer.idle {
        Idle::ManagementAccount => "does not apply to the account that manages the organization",
        Idle::ServiceLinkedRole => "does not apply to service-linked roles",
        Idle::BeyondResourceControl => "does not reach this service or action",
        Idle::RootOfBucket => "cannot lock the root user of the bucket's account out of the bucket's policy",
        Idle::None | Idle::OtherRequests | Idle::NoResource => return None,
    };
    Some(why.to_owned())
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

/// How many policies that one reason keeps unread are named.
const NAMED: usize = 3;

/// Why policies of a layer cannot be evaluated, one reason told once where it is that of many: `A, B, C and 4 more: …`.
/// `None` where all can.
pub(super) fn all_unreadable(reading: &Reading) -> Option<String> {
    let mut groups: Vec<(Option<&str>, Vec<String>)> = Vec::new();
    for (_, policy) in every_policy(reading) {
        let Err(why) = &policy.document else { continue };
        let (reason, words) = match why {
            Unreadable::NotRead(reason) => (Some(reason.as_str()), Some(self::policy(policy))),
            Unreadable::Malformed { .. } => (None, unreadable(policy)),
        };
        match groups.iter_mut().find(|(known, _)| reason.is_some() && *known == reason) {
            Some((_, names)) => names.extend(words),
            None => groups.push((reason, words.into_iter().collect())),
        }
    }
    let told = groups.iter().map(|(reason, names)| match (reason, names.get(..NAMED)) {
        (Some(reason), Some(first)) if names.len() > NAMED => {
            format!("{} and {} more: {reason}", first.join(", "), names.len() - NAMED)
        }
        (Some(reason), _) => names.iter().map(|name| format!("{name}: {reason}")).collect::<Vec<_>>().join("; "),
        (None, _) => names.join("; "),
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What the unknown would have to be.
pub(super) fn allowed_when(dependency: &Dependency, answer: &Answer<'_>) -> String {
    let wanted = match &dependency.subject {
        Subject::Resource | Subject::Action | Subject::Principal => dependency.wanted.clone(),
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
