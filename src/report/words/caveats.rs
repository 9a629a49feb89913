//! Caveats in words, with their stable names.

use super::elements::remark_words;
use super::sentence::is_plural;
use crate::catalogue;
use crate::condition::Remark;
use crate::confront::Difference;
use crate::eval::{Owner, Verdict, is_key_or_role};
use crate::explain::Caveat;
use crate::report::Answer;
use crate::request::ActionNote;
use crate::snapshot::{Layer, Reading};

/// The stable name of a caveat.
pub(in crate::report) fn caveat_code(caveat: &Caveat) -> String {
    match caveat {
        Caveat::NotChecked(Layer::Boundary) => "boundary-not-checked".to_owned(),
        Caveat::NotChecked(layer) => format!("{}-policy-not-checked", layer.code()),
        Caveat::OwnerAssumed => "resource-account-assumed".to_owned(),
        Caveat::NoSay(_) => "layer-has-no-say".to_owned(),
        Caveat::KmsGrants => "kms-grants-not-checked".to_owned(),
        Caveat::SessionCredentials => "session-credentials".to_owned(),
        Caveat::BlockPublicAccess => "block-public-access-not-checked".to_owned(),
        Caveat::PassesSession => "documented-not-tested".to_owned(),
        Caveat::Differs(Difference::NoPolicy(_)) => "denied-by-a-setting".to_owned(),
        Caveat::Differs(Difference::Settles(_)) => "message-names-layer".to_owned(),
        Caveat::Differs(Difference::NotGiven(..) | Difference::Elsewhere(_)) => {
            "denied-by-what-was-not-read".to_owned()
        }
        Caveat::Differs(_) => "message-contradicts-policies".to_owned(),
        Caveat::Action(ActionNote::Derived { .. }) => "action-derived".to_owned(),
        Caveat::Remark(_, Remark::ForAllValuesOfNothing | Remark::NeedsSetOperator, _) => {
            "surprising-condition".to_owned()
        }
        Caveat::Remark(..) => "undocumented-condition".to_owned(),
        Caveat::StarOverColons(_) => "documented-not-tested".to_owned(),
        Caveat::NoValue(..) => "variable-without-value".to_owned(),
        Caveat::Unreadable(..) => "policy-not-read".to_owned(),
        Caveat::NotUnderstood(..) => "policy-not-understood".to_owned(),
        Caveat::RefusedResource(..) => "refused-by-aws".to_owned(),
        Caveat::Action(ActionNote::Operation { .. }) => "operation-named".to_owned(),
        Caveat::Action(ActionNote::NoPermission { .. }) => "needs-no-permission".to_owned(),
        Caveat::Action(ActionNote::Unknown { .. }) => "unknown-action".to_owned(),
        Caveat::Action(ActionNote::ResourceBelieved) => "resource-believed".to_owned(),
        Caveat::DependentsNotKnown => "dependent-actions-not-known".to_owned(),
        Caveat::Action(ActionNote::KeyOfAlias { .. }) => "resource-type-mismatch".to_owned(),
        Caveat::Action(ActionNote::ResourceIgnored { .. }) => "no-resource-level-permissions".to_owned(),
        Caveat::ResourceType(_) => "resource-type-mismatch".to_owned(),
        Caveat::Dependents(_) => "dependent-actions".to_owned(),
    }
}

/// A caveat in words.
pub(in crate::report) fn caveat(caveat: &Caveat, answer: &Answer<'_>) -> String {
    match caveat {
        Caveat::OwnerAssumed => {
            "whose the resource is was not said: it is taken to be of the principal's own account (--resource-account ID)"
                .to_owned()
        }
        Caveat::NoSay(layer) => {
            format!("policies for the layer \"{}\" were given, and it has no say in such a request", super::layer(*layer))
        }
        Caveat::KmsGrants => "a KMS grant could allow it all the same; grants are no policies and are not read".to_owned(),
        Caveat::SessionCredentials => {
            "STS refuses the call with the credentials of a session: it takes those of an IAM user or of the root user"
                .to_owned()
        }
        Caveat::BlockPublicAccess => {
            "S3 Block Public Access of the bucket or its account could stop it; it is no policy and is not read".to_owned()
        }
        Caveat::PassesSession => {
            "a grant to the session or to everybody passes session policies, as AWS documents; not tested".to_owned()
        }
        Caveat::Differs(found) => difference(found, answer),
        Caveat::NotChecked(Layer::Trust) if answer.decision.verdict == Verdict::Denied => {
            "the role trust policy was not checked: one that names this principal itself could still allow it".to_owned()
        }
        Caveat::NotChecked(Layer::Resource) if answer.decision.verdict == Verdict::Denied => {
            format!("resource-based policies were not checked: {} could still allow it", granting(answer))
        }
        Caveat::NotChecked(Layer::Resource) if is_key_or_role(answer.request) => {
            "the KMS key's policy was not checked and must allow it too".to_owned()
        }
        Caveat::NotChecked(layer) => {
            let were = if is_plural(*layer) { "were" } else { "was" };
            let whose = *layer == Layer::Resource && Owner::of(answer.request) == Owner::Unknown;
            let must = match (must_allow(*layer, answer), whose) {
                (true, _) => "must allow it too",
                (false, true) => "could deny it, or must allow it if the resource is another account's",
                (false, false) => "could deny it",
            };
            format!("the {} {were} not checked and {must}", super::layer(*layer))
        }
        Caveat::RefusedResource(layer, place, matches) => {
            let taken = if *matches { "taken as it reads" } else { "taken to match nothing" };
            format!("{place} of the {} names a resource that AWS refuses; {taken}", super::layer(*layer))
        }
        Caveat::Remark(layer, remark, key) => {
            let words = remark_words(*remark).trim_start_matches(" (").trim_end_matches(')');
            format!("{} of the {}: {words}", key, super::layer(*layer))
        }
        Caveat::StarOverColons(layer) => format!(
            "in the {} a resource matches only because a * at the end of an ARN field reaches over colons, as AWS documents",
            super::layer(*layer)
        ),
        Caveat::NoValue(layer, place, key) => format!(
            "{place} of the {} names ${{{key}}} in NotResource, and the request has no {key}: that pattern is taken to match \
             nothing, so that the statement is about everything",
            super::layer(*layer)
        ),
        Caveat::Unreadable(layer, name) => format!("{name} of the {} could not be read", super::layer(*layer)),
        Caveat::NotUnderstood(_, place) => {
            format!("{place} holds something that AWS would refuse; what it does is unknown")
        }
        Caveat::Action(note) => action_note(note, &answer.request.action.text),
        Caveat::ResourceType(types) => format!(
            "by AWS's reference {} takes resources of type {}; {} is none of them",
            answer.request.action.text,
            types.join(", "),
            answer.request.resource.text()
        ),
        Caveat::DependentsNotKnown => {
            format!("which other actions requests for {} may need is not known", answer.request.action.text)
        }
        Caveat::Dependents(names) => {
            format!("requests for {} may also need {}", answer.request.action.text, names.join(", "))
        }
    }
}

/// Whether the request cannot be allowed without that layer: identity policies grant, a role's trust policy and a KMS
/// key's policy are needed in any case, and another account's resource needs its own policy.
fn must_allow(layer: Layer, answer: &Answer<'_>) -> bool {
    match layer {
        Layer::Identity | Layer::Trust => true,
        Layer::Resource => Owner::of(answer.request) == Owner::Other || is_key_or_role(answer.request),
        Layer::ServiceControl | Layer::ResourceControl | Layer::VpcEndpoint | Layer::Boundary | Layer::Session => false,
    }
}

/// Whether people should be told, and not scripts alone: what the sentence does not say already, and what is not said of
/// nearly every request.
pub(in crate::report) fn is_loud(caveat: &Caveat, answer: &Answer<'_>) -> bool {
    match caveat {
        Caveat::NotChecked(Layer::Identity | Layer::Boundary) | Caveat::Unreadable(..) | Caveat::DependentsNotKnown => {
            false
        }
        Caveat::NotChecked(layer) => answer.decision.verdict == Verdict::Denied || must_allow(*layer, answer),
        Caveat::Remark(..)
        | Caveat::OwnerAssumed
        | Caveat::NoSay(_)
        | Caveat::KmsGrants
        | Caveat::SessionCredentials
        | Caveat::BlockPublicAccess
        | Caveat::PassesSession
        | Caveat::Differs(_)
        | Caveat::StarOverColons(_)
        | Caveat::NoValue(..)
        | Caveat::NotUnderstood(..)
        | Caveat::RefusedResource(..)
        | Caveat::Action(_)
        | Caveat::ResourceType(_)
        | Caveat::Dependents(_) => true,
    }
}

/// Which policy of a resource would grant what identity policies do not.
fn granting(answer: &Answer<'_>) -> &'static str {
    let is_role = answer.snapshot.principal.kind.is_role();
    // What is granted to a role is within its boundary and the policies of its sessions.
    let limits = |layer| !matches!(answer.snapshot.layers.get(layer), Reading::Absent | Reading::NotChecked { .. });
    let bounded = !matches!(answer.snapshot.layers.get(Layer::Boundary), Reading::Absent);
    match (is_role, bounded, limits(Layer::Session)) {
        (false, ..) => "one that names this principal itself",
        (true, true, _) => "one that names * or the session (naming the role does not pass its boundary)",
        (true, false, true) => "one that names * or the session (naming the role does not pass its session policies)",
        (true, false, false) => "one that names the role, or its session,",
    }
}

/// Where the text of a denial and the policies differ, and why that happens.
fn difference(found: &Difference, answer: &Answer<'_>) -> String {
    let why = "the policies were changed since (IAM needs a few seconds to minutes), or the request had another context, \
               other session policies or another resource than was evaluated";
    let id = answer.denial.and_then(|denial| denial.authorization_id.as_deref());
    let settle = id.map_or_else(String::new, |id| {
        format!("; authorization id {id} has the policies as they were (GetRequestAuthorizationDetails)")
    });
    match found {
        Difference::LayerAllows(layer) => {
            let name = super::layer(*layer);
            let arn = answer.denial.and_then(|denial| denial.policy_arn.as_deref());
            let by = arn.map_or_else(String::new, |arn| format!(" ({arn})"));
            let given = answer.snapshot.layers.get(*layer).all_policies().any(|policy| policy.arn.is_none());
            let other = if arn.is_some() && given { "that is another policy than was given, " } else { "" };
            format!(
                "the message says that the {name}{by} denied it, and as read now nothing there does: {other}{why}{settle}"
            )
        }
        Difference::NothingDenies => {
            format!("the message says that it was denied, and nothing that was checked denies it: {why}{settle}")
        }
        Difference::OtherKind(layer, said) => format!(
            "the message calls the deny of the {} {}, and as read now it is not: {why}{settle}",
            super::layer(*layer),
            said.code()
        ),
        Difference::OtherPolicy(layer, arn) => format!(
            "the message names {arn}, which is not among the {} as read now: {why}{settle}",
            super::layer(*layer)
        ),
        Difference::NotGiven(layer, arn) => {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            format!(
                "the message names {arn}, which is not among the files that were given for the {}: it stands as the message \
                 tells it; give that policy too, in a file named {name}.json{settle}",
                super::layer(*layer)
            )
        }
        Difference::Elsewhere(unread) => {
            let names: Vec<&str> = unread.iter().map(|layer| super::layer(*layer)).collect();
            format!(
                "the message tells of an explicit deny, and no policy that was read has it: unless the policies were changed \
                 since, it is in what was not read: {}{settle}",
                names.join(", ")
            )
        }
        Difference::NoPolicy(reason) => {
            let reason = reason.trim_start_matches("because ");
            format!("no policy is the cause: {reason}; change that setting of the resource, or the request")
        }
        Difference::Settles(layer) => format!(
            "the message says that the {} denied it: what is open here was then such that it did",
            super::layer(*layer)
        ),
    }
}

fn action_note(note: &ActionNote, action: &str) -> String {
    match note {
        ActionNote::Operation { asked, confirmed, one_of, others } => {
            let action = if one_of.is_empty() { action.to_owned() } else { format!("one of {}", one_of.join(", ")) };
            let needs = if *confirmed { "needs" } else { "probably needs" };
            let others =
                if others.is_empty() { String::new() } else { format!("; some requests: {}", others.join(", ")) };
            format!("{asked} is an operation, which {needs} {action}{others}")
        }
        ActionNote::Derived { operation } => {
            format!("the message names no action; {action} is what the operation {operation} needs")
        }
        ActionNote::ResourceIgnored { asked } => {
            format!(
                "{action} has no resource-level permissions: it is evaluated on *, not on {asked} (--exact-resource insists)"
            )
        }
        ActionNote::KeyOfAlias { asked } => format!(
            "{action} is evaluated on the key behind {asked}, never on the alias: a statement that names the alias is not about \
             it; --resource with the key's ARN tells which"
        ),
        ActionNote::ResourceBelieved => {
            format!("by AWS's reference {action} has no resource-level permissions; evaluated as named all the same")
        }
        ActionNote::NoPermission { asked } => format!("the operation {asked} needs no permission"),
        ActionNote::Unknown { similar } => {
            let hint =
                if similar.is_empty() { String::new() } else { format!("; did you mean {}?", similar.join(" or ")) };
            format!("{action} is not in the action catalogue of {}{hint}", catalogue::date())
        }
    }
}
