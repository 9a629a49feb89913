//! What a denial's text says, held against what the policies say. Neither is dropped: where they contradict each other
//! the evaluation stands, and the contradiction is told.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages": the message names one policy type, even if several
//! deny.

use crate::eval::{Block, Decision, DenyKind, Evidence, Idle, LayerDecision, Outcome, Verdict, assumes_role};
use crate::message::Denial;
use crate::request::Request;
use crate::snapshot::{Layer, Policy, Reading};

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
        let allowed = decision.verdict == Verdict::Allowed;
        return if allowed { vec![Difference::NothingDenies] } else { Vec::new() };
    };
    let block = decision.blocked_by.iter().find(|block| block.layer == named).copied();
    let Some(layer) = decision.layers.iter_mut().find(|layer| layer.layer == named) else { return Vec::new() };
    match (layer.outcome, block) {
        // What has no say by the rules stopped the request all the same, and so did a document that nobody could read.
        (Outcome::NotChecked | Outcome::NotApplicable | Outcome::Undetermined, None) if !read(layer) => {
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
            Vec::new()
        }
        (_, Some(block)) => {
            let mut found = Vec::new();
            // AWS used to say "explicit" of every denial by an SCP.
            let old_wording = named == Layer::ServiceControl && denial.deny == Some(DenyKind::Explicit);
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
