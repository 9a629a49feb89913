//! What the policies do not tell.

use super::Caveat;
use crate::catalogue;
use crate::eval::{Block, Decision, DenyKind, Idle, LayerDecision, Outcome, Owner, Verdict};
use crate::principal::PrincipalKind;
use crate::request::Request;
use crate::snapshot::Layer;

/// What beside the policies could change the verdict, and which policies were given for nothing.
pub(super) fn beyond(decision: &Decision<'_>, request: &Request) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let outcome = |wanted: Layer| decision.layers.iter().find(|layer| layer.layer == wanted).map(|layer| layer.outcome);
    let blocks = |wanted: Layer| decision.blocked_by.iter().any(|block| block.layer == wanted);
    let given = |layer: &&LayerDecision<'_>| layer.idle == Idle::OtherRequests && layer.given;
    caveats.extend(decision.layers.iter().filter(given).map(|layer| Caveat::NoSay(layer.layer)));
    let service = request.action.service();
    if service == Some("kms") && blocks(Layer::Resource) && decision.refused.is_none() {
        caveats.push(Caveat::KmsGrants);
    }
    let is_allowed = decision.verdict == Verdict::Allowed;
    if request.action.lower == "sts:getsessiontoken" && request.caller.principal.kind.is_role() {
        caveats.push(Caveat::SessionCredentials);
    }
    if is_allowed && request.caller.principal.kind == PrincipalKind::Anonymous && service == Some("s3") {
        caveats.push(Caveat::BlockPublicAccess);
    }
    let passed = outcome(Layer::Session) == Some(Outcome::ImplicitDeny) && !blocks(Layer::Session);
    if is_allowed && passed {
        caveats.push(Caveat::PassesSession);
    }
    caveats
}

/// The layers that were not read and that could change the verdict. A deny by a ceiling stands whatever they hold, and so
/// does an explicit one; a grant that identity policies, boundary or session policies lack can come from the policy of a
/// resource of the same account.
pub(super) fn not_checked(decision: &Decision<'_>, request: &Request) -> Vec<Caveat> {
    let kind = request.caller.principal.kind;
    let passable = |block: &Block| {
        block.deny == DenyKind::Implicit && matches!(block.layer, Layer::Identity | Layer::Boundary | Layer::Session)
    };
    let can_pass = Owner::of(request) != Owner::Other && decision.blocked_by.iter().all(passable);
    let has_policy = request
        .action
        .service()
        .is_none_or(|service| catalogue::has_resource_policies(service) || catalogue::service(service).is_none());
    let could_change = |layer: Layer| match decision.verdict {
        _ if layer == Layer::Resource && !has_policy => false,
        Verdict::Denied => matches!(layer, Layer::Resource | Layer::Trust) && can_pass,
        Verdict::Allowed | Verdict::Undetermined => layer != Layer::Session || kind.is_role(),
    };
    let unread =
        decision.layers.iter().filter(|layer| layer.outcome == Outcome::NotChecked && layer.idle == Idle::None);
    let mut caveats: Vec<Caveat> =
        unread.map(|layer| layer.layer).filter(|layer| could_change(*layer)).map(Caveat::NotChecked).collect();
    let resource_read = |layer: &LayerDecision<'_>| {
        matches!(layer.layer, Layer::Resource | Layer::Trust)
            && layer.idle == Idle::None
            && layer.outcome != Outcome::NotChecked
    };
    if Owner::of(request) == Owner::Unknown && decision.refused.is_none() && decision.layers.iter().any(resource_read) {
        caveats.push(Caveat::OwnerAssumed);
    }
    caveats
}
