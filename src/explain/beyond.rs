//! What the policies do not tell.

use super::Caveat;
use crate::eval::{Decision, Idle, LayerDecision, Outcome, Verdict};
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
    if service == Some("kms") && blocks(Layer::Resource) {
        caveats.push(Caveat::KmsGrants);
    }
    let is_allowed = decision.verdict == Verdict::Allowed;
    if is_allowed && request.caller.principal.kind == PrincipalKind::Anonymous && service == Some("s3") {
        caveats.push(Caveat::BlockPublicAccess);
    }
    let passed = outcome(Layer::Session) == Some(Outcome::ImplicitDeny) && !blocks(Layer::Session);
    if is_allowed && passed {
        caveats.push(Caveat::PassesSession);
    }
    caveats
}
