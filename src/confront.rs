//! What a denial's text says, held against what the policies say. Neither is dropped: where they contradict each other
//! the evaluation stands, and the contradiction is told.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages": the message names one policy type, even if several
//! deny.

use crate::eval::{Block, Decision, DenyKind, Evidence, Idle, LayerDecision, Outcome, Verdict, assumes_role};
use crate::message::Denial;
use crate::policy::Effect;
use crate::request::Request;
use crate::snapshot::{Layer, Origin, Policy, Reading};

/// Where the text and the policies do not say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The text names a layer that does not stop the request now.
    LayerAllows(Layer),
    /// The text names no layer, and nothing that was checked stops the request.
    NothingDenies,
    /// The layer stops the request, but not in the way that the text says.
    OtherKind(Layer, DenyKind),
    /// The text names a policy that is not attached now.
    OtherPolicy(Layer, String),
    /// The text names a policy that denies, and the files that were given for its layer are others.
    NotGiven(Layer, String),
    /// The text tells of an explicit deny, which none of the policies that were read holds; these layers were not read.
    Elsewhere(Vec<Layer>),
    /// The text gives a reason that is no policy: a setting of the service.
    NoPolicy(String),
    /// The layer is open, and the text says that it stopped the request: what is unknown was then such that it did.
    Settles(Layer),
}

/// The layer that the text names: what it calls resource-based is the trust policy where a role is assumed.
pub fn named_layer(denial: &Denial, request: &Request) -> Option<Layer> {
    match denial.layer {
        Some(Layer::Resource) if assumes_role(request) => Some(Layer::Trust),
        named => named,
    }
}

/// Puts what only the text tells into the decision, and tells where the two differ.
pub fn confront(decision: &mut Decision<'_>, denial: &Denial, request: &Request) -> Vec<Difference> {
    let unread = |layer: &LayerDecision<'_>| matches!(layer.outcome, Outcome::NotChecked | Outcome::NotApplicable);
    let nothing_read = decision.refused.is_none()
        && decision.layers.iter().all(unread)
        && decision.layers.iter().any(|layer| layer.outcome == Outcome::NotChecked);
    if nothing_read {
        // A denial is what the text is about, whatever it names.
        decision.verdict = Verdict::Denied;
    }
    if let Some(setting) = setting(denial) {
        // Whatever the policies say, the service refuses it.
        decision.verdict = Verdict::Denied;
        return vec![Difference::NoPolicy(setting.to_owned())];
    }
    let Some(named) = named_layer(denial, request) else {
        if let Some(unread) = elsewhere(decision, denial) {
            decision.verdict = Verdict::Denied;
            return vec![Difference::Elsewhere(unread)];
        }
        let allowed = decision.verdict == Verdict::Allowed;
        return if allowed { vec![Difference::NothingDenies] } else { Vec::new() };
    };
    let block = decision.blocked_by.iter().find(|block| block.layer == named).copied();
    let Some(layer) = decision.layers.iter_mut().find(|layer| layer.layer == named) else { return Vec::new() };
    match (layer.outcome, block) {
        // What has no say by the rules stopped the request all the same, and so did a document that nobody could read.
        (Outcome::NotChecked | Outcome::NotApplicable | Outcome::Undetermined, None) if !read(layer) => {
            believe(decision, named, denial);
            Vec::new()
        }
        (_, None) if not_given(layer, denial).is_some() => {
            let arn = not_given(layer, denial).unwrap_or_default().to_owned();
            believe(decision, named, denial);
            vec![Difference::NotGiven(named, arn)]
        }
        (_, Some(block)) => {
            let mut found = Vec::new();
            // AWS used to say "explicit" of every denial by an SCP.
            let old_wording = named == Layer::ServiceControl && denial.deny == Some(DenyKind::Explicit);
            if let Some(arn) = not_given(layer, denial).filter(|_| block.deny == DenyKind::Implicit) {
                return vec![Difference::NotGiven(named, arn.to_owned())];
            }
            if let Some(said) = denial.deny.filter(|said| *said != block.deny && !old_wording) {
                found.push(Difference::OtherKind(named, said));
            }
            found.extend(other_policy(layer, denial));
            found
        }
        (Outcome::Undetermined, None) => vec![Difference::Settles(named)],
        (_, None) => vec![Difference::LayerAllows(named)],
    }
}

/// Takes for a layer what the text says of it.
fn believe(decision: &mut Decision<'_>, named: Layer, denial: &Denial) {
    let Some(layer) = decision.layers.iter_mut().find(|layer| layer.layer == named) else { return };
    layer.evidence = Evidence::Message;
    layer.outcome = match denial.deny {
        Some(DenyKind::Explicit) => Outcome::ExplicitDeny,
        Some(DenyKind::Implicit) => Outcome::ImplicitDeny,
        None => Outcome::Undetermined,
    };
    decision.verdict = Verdict::Denied;
    if let Some(deny) = denial.deny {
        decision.blocked_by.push(Block { layer: named, deny });
        decision.blocked_by.sort_by_key(|block| block.layer);
    }
}

/// The layers that were not read and may hold the explicit deny of which the text tells without naming a layer, where
/// nothing that was read does: it was not taken away from what was read, so it is in one of these.
fn elsewhere(decision: &Decision<'_>, denial: &Denial) -> Option<Vec<Layer>> {
    let is_explicit = denial.deny == Some(DenyKind::Explicit);
    let found = decision.blocked_by.iter().any(|block| block.deny == DenyKind::Explicit);
    let any_read = decision.layers.iter().any(|layer| matches!(layer.reading, Reading::Levels(_)));
    if !is_explicit || found || !any_read || decision.refused.is_some() || was_read(decision, denial) {
        return None;
    }
    // Which endpoint the call passed is seldom known, and most calls pass none.
    let may_hold = |layer: &&LayerDecision<'_>| {
        layer.outcome == Outcome::NotChecked && !matches!(layer.layer, Layer::VpcEndpoint | Layer::Trust)
    };
    let unread: Vec<Layer> = decision.layers.iter().filter(may_hold).map(|layer| layer.layer).collect();
    (!unread.is_empty()).then_some(unread)
}

/// Whether the statement that the text names is among those that were read.
fn was_read(decision: &Decision<'_>, denial: &Denial) -> bool {
    let Some(sid) = denial.statement.as_ref().and_then(|said| said.sid.as_deref()) else { return false };
    let policies = decision.layers.iter().flat_map(|layer| layer.reading.all_policies());
    let statements =
        policies.filter_map(|policy| policy.document.as_ref().ok()).flat_map(|document| &document.statements);
    statements.filter(|one| one.effect == Effect::Deny).any(|one| one.sid.as_deref() == Some(sid))
}

/// The policy that the text names as the one that denies, where files were given for its layer and none is it. A boundary is
/// one policy, for which the file that is given stands.
fn not_given<'a>(layer: &LayerDecision<'_>, denial: &'a Denial) -> Option<&'a str> {
    let arn = denial.policy_arn.as_deref().filter(|_| denial.deny == Some(DenyKind::Explicit))?;
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let Reading::Levels(_) = layer.reading else { return None };
    let mut policies = layer.reading.all_policies();
    let mut by_file = false;
    let is_it = policies.any(|policy| {
        by_file |= policy.origin == Origin::File;
        policy.arn.as_deref() == Some(arn) || (policy.arn.is_none() && policy.name.eq_ignore_ascii_case(name))
    });
    (layer.layer != Layer::Boundary && by_file && !is_it).then_some(arn)
}

/// Whether policies of the layer were looked for, and, where they leave it open, all of them read.
fn read(layer: &LayerDecision<'_>) -> bool {
    match layer.outcome {
        Outcome::NotChecked => false,
        Outcome::Undetermined => match layer.reading {
            Reading::Failed { .. } => false,
            Reading::NotChecked { .. } | Reading::Absent | Reading::Levels(_) => {
                !layer.reading.all_policies().any(Policy::is_unread)
            }
        },
        Outcome::Allow | Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::NotApplicable => {
            layer.idle != Idle::OtherRequests
        }
    }
}

/// The setting that the text gives for a reason, where it is no policy. KMS's reason leaves open which policy it is.
fn setting(denial: &Denial) -> Option<&str> {
    let reason = denial.reason.as_deref().filter(|_| denial.layer.is_none() && denial.deny.is_none())?;
    let lower = reason.to_lowercase();
    let is_setting = ["block public access", "public access control lists", "public policies", "sse-c", "has blocked"];
    is_setting.iter().any(|words| lower.contains(words)).then_some(reason)
}

/// The policy that the text names, where it is not among those that were read.
fn other_policy(layer: &LayerDecision<'_>, denial: &Denial) -> Option<Difference> {
    let arn = denial.policy_arn.as_ref()?;
    let Reading::Levels(_) = layer.reading else { return None };
    // A document without an ARN may be the one.
    let is_other = layer.reading.all_policies().all(|policy| policy.arn.as_ref().is_some_and(|own| own != arn));
    is_other.then(|| Difference::OtherPolicy(layer.layer, arn.clone()))
}
