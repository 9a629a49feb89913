//! The layers together: AWS's decision on one screen.
//!
//! Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access".

use smallvec::SmallVec;

use super::layer::{LayerDecision, Outcome, decide};
use crate::principal::PrincipalKind;
use crate::request::{ActionNote, Request};
use crate::snapshot::{Layer, Policy, Reading, Snapshot};

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every layer that was checked lets the request pass.
    Allowed,
    /// At least one layer certainly stops it.
    Denied,
    /// It depends on something that is not known.
    Undetermined,
}

impl Verdict {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Undetermined => "undetermined",
        }
    }
}

/// The two ways in which a layer stops a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyKind {
    /// A Deny statement applies.
    Explicit,
    /// No Allow statement applies.
    Implicit,
}

impl DenyKind {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
        }
    }
}

/// A layer that certainly stops the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub layer: Layer,
    /// How.
    pub deny: DenyKind,
}

/// The decision with what led to it, layer by layer in listing order.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// Every layer once.
    pub layers: [LayerDecision; Layer::ALL.len()],
}

impl Decision {
    /// Every layer that certainly stops the request, in listing order.
    pub fn blocked_by(&self) -> SmallVec<[Block; 2]> {
        let block = |decision: &LayerDecision| match decision.outcome {
            Outcome::ExplicitDeny => Some(Block { layer: decision.layer, deny: DenyKind::Explicit }),
            Outcome::ImplicitDeny => Some(Block { layer: decision.layer, deny: DenyKind::Implicit }),
            Outcome::Allow | Outcome::Undetermined | Outcome::NotChecked | Outcome::NotApplicable => None,
        };
        self.layers.iter().filter_map(block).collect()
    }
}

/// Decides a request: identity policies AND permissions boundary AND every other layer that was read; a Deny anywhere
/// is a layer that does not allow.
pub fn evaluate(request: &Request, snapshot: &Snapshot) -> Decision {
    if needs_no_permission(request) {
        let layers = Layer::ALL.map(|layer| decide(layer, &Reading::Absent, request));
        return Decision { verdict: Verdict::Allowed, layers };
    }
    let layers = Layer::ALL.map(|layer| {
        let reading = snapshot.layers.get(layer);
        let idle = matches!(reading, Reading::NotChecked { .. }) && !concerns(layer, request, snapshot);
        let decision = decide(layer, if idle { &Reading::Absent } else { reading }, request);
        if counts_only_if_read(layer) && decision.outcome == Outcome::Undetermined && has_unread(snapshot, layer) {
            return decide(layer, &Reading::not_checked(), request);
        }
        decision
    });
    let any = |test: fn(Outcome) -> bool| layers.iter().any(|decision| test(decision.outcome));
    let verdict = if any(Outcome::blocks) {
        Verdict::Denied
    } else if any(|outcome| outcome == Outcome::Undetermined) || !is_granted(snapshot, &layers) {
        Verdict::Undetermined
    } else {
        Verdict::Allowed
    };
    Decision { verdict, layers }
}

/// Whether no policy can stop it, not even one that denies it.
/// Source: STS API Reference, `GetCallerIdentity` and `GetSessionToken`; DynamoDB API Reference, `DescribeEndpoints`.
pub fn needs_no_permission(request: &Request) -> bool {
    let is_noted = |note: &ActionNote| matches!(note, ActionNote::NoPermission { .. });
    let action = request.action.lower.as_str();
    request.action.notes.iter().any(is_noted)
        || matches!(action, "sts:getcalleridentity" | "sts:getsessiontoken" | "dynamodb:describeendpoints")
}

/// Whether a layer can have a say in such a request at all.
fn concerns(layer: Layer, request: &Request, snapshot: &Snapshot) -> bool {
    match layer {
        // Role trust policies govern who becomes the role, and nothing else.
        Layer::Trust => request.action.pattern.is_some() || ASSUMING.contains(&request.action.lower.as_str()),
        // Long-term credentials have no session.
        Layer::Session => {
            !matches!(snapshot.principal.kind, PrincipalKind::User | PrincipalKind::Root | PrincipalKind::Service)
        }
        Layer::ServiceControl => snapshot.principal.kind != PrincipalKind::Service,
        Layer::ResourceControl | Layer::VpcEndpoint | Layer::Resource | Layer::Identity | Layer::Boundary => true,
    }
}

/// The actions of role trust policies. Source: Service Authorization Reference, AWS Security Token Service.
const ASSUMING: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

/// Most callers may not read these: what cannot be read of them is not checked, and changes no verdict.
fn counts_only_if_read(layer: Layer) -> bool {
    match layer {
        Layer::ServiceControl | Layer::ResourceControl | Layer::VpcEndpoint | Layer::Resource => true,
        Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session => false,
    }
}

fn has_unread(snapshot: &Snapshot, layer: Layer) -> bool {
    snapshot.layers.policies(layer).any(Policy::is_unread)
}

/// Whether something that was checked lets the request pass. The root user needs no grant; AWS services and federated
/// users get theirs from policies that were not read. Loose files of one layer speak for that layer alone.
fn is_granted(snapshot: &Snapshot, layers: &[LayerDecision]) -> bool {
    let allows = |layer: &LayerDecision| layer.outcome == Outcome::Allow;
    match snapshot.principal.kind {
        PrincipalKind::Root => true,
        PrincipalKind::Service | PrincipalKind::FederatedUser => {
            layers.iter().any(|one| matches!(one.layer, Layer::Identity | Layer::Resource) && allows(one))
        }
        PrincipalKind::Role | PrincipalKind::AssumedRole | PrincipalKind::User | PrincipalKind::Unknown => {
            layers.iter().any(allows)
        }
    }
}
