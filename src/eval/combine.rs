//! The layers together: AWS's decision on one screen.
//!
//! Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Policy
//! evaluation for requests within a single account" and "Cross-account policy evaluation logic".

use smallvec::SmallVec;

use super::layer::{Evidence, LayerDecision, Outcome, decide, plain};
use super::naming::{BY_TOKEN, Naming};
use super::open;
use super::refused::{Refused, refused};
use super::scope::{ABSENT, Facts, Idle, Owner, has_no_policies};
use crate::principal::PrincipalKind;
use crate::request::{ActionNote, Request};
use crate::snapshot::{Layer, Snapshot};
use crate::truth::Truth;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
pub struct Decision<'a> {
    /// The answer.
    pub verdict: Verdict,
    /// Every layer once.
    pub layers: [LayerDecision<'a>; Layer::ALL.len()],
    /// Every layer that certainly stops the request, in listing order.
    pub blocked_by: SmallVec<[Block; 2]>,
    /// AWS refuses the request, whatever the policies say.
    pub refused: Option<Refused>,
}

/// Decides a request. A Deny anywhere stops it; every ceiling must allow it; and something must grant it.
pub fn evaluate<'a>(request: &Request, snapshot: &'a Snapshot) -> Decision<'a> {
    let refused = refused(request);
    if needs_no_permission(request) || refused.is_some() {
        return without_policies(refused);
    }
    let facts = Facts::of(request);
    let mut layers = Layer::ALL.map(|layer| decide(layer, request, &facts, snapshot));
    let grant = Grant::of(request, &facts, &layers);
    let verdict = match decided(&grant, &layers) {
        Truth::Yes => Verdict::Allowed,
        Truth::No => Verdict::Denied,
        Truth::Unknown => Verdict::Undetermined,
    };
    let mut implicit: SmallVec<[Layer; 4]> = grant.lacking();
    implicit.extend(ceilings(&layers).iter().filter(|layer| layer.passes() == Truth::No).map(|layer| layer.layer));
    let mut blocked_by = SmallVec::new();
    for layer in &mut layers {
        blocked_by.extend(layer.settle(implicit.contains(&layer.layer)));
    }
    if verdict == Verdict::Undetermined {
        open::mark(&mut layers, |layers| decided(&Grant::of(request, &facts, layers), layers));
    }
    Decision { verdict, layers, blocked_by, refused: None }
}

/// AWS's flow chart: no Deny anywhere, every ceiling, and a grant.
fn decided(grant: &Grant, layers: &[LayerDecision<'_>; Layer::ALL.len()]) -> Truth {
    let denied = Truth::any(layers.iter().map(|layer| layer.deny));
    let below_ceilings = Truth::all(ceilings(layers).map(LayerDecision::passes));
    denied.negate().and(below_ceilings).and(grant.truth())
}

fn ceilings<'l, 'a>(layers: &'l [LayerDecision<'a>; Layer::ALL.len()]) -> [&'l LayerDecision<'a>; 3] {
    let [scp, rcp, endpoint, ..] = layers;
    [scp, rcp, endpoint]
}

/// What grants the request, and what limits the grant.
struct Grant {
    route: Route,
    /// The policy of the resource: a role's trust policy, where a role is assumed.
    resource: (Layer, Naming),
    identity: Truth,
    boundary: Truth,
    session: Truth,
}

/// Which grants a request needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// In one account: the identity policies or the resource's policy.
    OneAccount,
    /// A KMS key or a role, in one account: its own policy, which may leave it to the identity policies.
    KeyOrRole,
    /// Across accounts: both.
    TwoAccounts,
    /// No identity policies are behind the request: an AWS service, nobody's credentials. The resource's policy.
    ResourceAlone,
}

impl Grant {
    fn of(request: &Request, facts: &Facts<'_>, layers: &[LayerDecision<'_>; Layer::ALL.len()]) -> Self {
        let [_, _, _, resource, trust, identity, boundary, session] = layers;
        let resource = if facts.key_or_role && resource.idle == Idle::OtherRequests { trust } else { resource };
        let kind = request.caller.principal.kind;
        let route = match facts.owner {
            _ if facts.unsigned || kind == PrincipalKind::Service => Route::ResourceAlone,
            Owner::Other => Route::TwoAccounts,
            Owner::Same | Owner::Unknown if facts.key_or_role => Route::KeyOrRole,
            Owner::Same | Owner::Unknown => Route::OneAccount,
        };
        // What was not read does not count: a key's policy is taken to leave it to the identity policies, and these to
        // allow where anything else does.
        let given = match (resource.outcome, route) {
            // A layer that has no say grants nothing, read or not.
            (Outcome::NotChecked, _) if resource.idle != Idle::None => Naming::NOT,
            (Outcome::NotChecked, Route::TwoAccounts) if has_no_policies(request) => Naming::NOT,
            (Outcome::NotChecked, Route::KeyOrRole | Route::TwoAccounts) => {
                Naming { account: Truth::Yes, ..Naming::NOT }
            }
            (Outcome::NotChecked, Route::ResourceAlone) => Naming::OPEN,
            _ => resource.allow,
        };
        let anything = layers.iter().any(|layer| layer.outcome == Outcome::Allow);
        let by_identity = match identity.outcome {
            _ if kind == PrincipalKind::Root => Truth::Yes,
            Outcome::NotChecked if anything && kind != PrincipalKind::FederatedUser => Truth::Yes,
            Outcome::NotChecked => Truth::Unknown,
            Outcome::Allow
            | Outcome::ExplicitDeny
            | Outcome::ImplicitDeny
            | Outcome::Undetermined
            | Outcome::NotApplicable => identity.allow.any(),
        };
        // Without a session policy, a federated user has nothing of the issuing user's permissions.
        let of_session = match session.outcome {
            Outcome::NotApplicable if kind == PrincipalKind::FederatedUser => Truth::No,
            Outcome::NotChecked if kind == PrincipalKind::FederatedUser => Truth::Unknown,
            Outcome::Allow
            | Outcome::ExplicitDeny
            | Outcome::ImplicitDeny
            | Outcome::Undetermined
            | Outcome::NotChecked
            | Outcome::NotApplicable => session.passes(),
        };
        Self {
            route,
            resource: (resource.layer, given),
            identity: by_identity,
            boundary: boundary.passes(),
            session: of_session,
        }
    }

    fn truth(&self) -> Truth {
        let Naming { direct, role, account } = self.resource.1;
        let limits = self.boundary.and(self.session);
        match self.route {
            Route::OneAccount => direct.or(role.or(self.identity).and(limits)),
            Route::KeyOrRole => direct.or(role.or(account.and(self.identity)).and(limits)),
            Route::TwoAccounts => self.resource.1.any().and(self.identity).and(limits),
            Route::ResourceAlone => self.resource.1.any(),
        }
    }

    /// The layers without which there is certainly no grant.
    fn lacking(&self) -> SmallVec<[Layer; 4]> {
        let Naming { direct, role, account } = self.resource.1;
        let identity = (Layer::Identity, self.identity);
        let limits = [(Layer::Boundary, self.boundary), (Layer::Session, self.session)];
        let mut needed: SmallVec<[(Layer, Truth); 4]> = SmallVec::new();
        match self.route {
            Route::ResourceAlone => needed.push((self.resource.0, self.resource.1.any())),
            Route::TwoAccounts => {
                needed.extend([(self.resource.0, self.resource.1.any()), identity]);
                needed.extend(limits);
            }
            // Everything else is passed by, or may be.
            Route::OneAccount | Route::KeyOrRole if direct != Truth::No => {}
            Route::OneAccount => {
                needed.push((Layer::Identity, role.or(self.identity)));
                needed.extend(limits);
            }
            Route::KeyOrRole => {
                needed.extend([(self.resource.0, role.or(account)), (Layer::Identity, role.or(self.identity))]);
                needed.extend(limits);
            }
        }
        needed.into_iter().filter(|(_, truth)| *truth == Truth::No).map(|(layer, _)| layer).collect()
    }
}

impl LayerDecision<'_> {
    /// Whether, and how, the layer stops the request; `needed`: it does not allow, and its Allow is needed.
    fn settle(&mut self, needed: bool) -> Option<Block> {
        if self.deny == Truth::Yes {
            return Some(Block { layer: self.layer, deny: DenyKind::Explicit });
        }
        if needed {
            self.outcome = Outcome::ImplicitDeny;
            self.deciding.clear();
            return Some(Block { layer: self.layer, deny: DenyKind::Implicit });
        }
        if self.outcome == Outcome::ImplicitDeny && self.deny == Truth::Unknown {
            // Nobody needs its Allow, but it may yet deny.
            self.outcome = Outcome::Undetermined;
        }
        None
    }
}

/// A request that no policy decides.
fn without_policies<'a>(refused: Option<Refused>) -> Decision<'a> {
    let mut layers = Layer::ALL.map(|layer| plain(layer, &ABSENT, Idle::OtherRequests, Outcome::NotApplicable));
    let mut blocked_by = SmallVec::new();
    if refused.is_some() {
        for layer in layers.iter_mut().filter(|layer| layer.layer == Layer::Resource) {
            layer.outcome = Outcome::ExplicitDeny;
            layer.deny = Truth::Yes;
            layer.evidence = Evidence::Aws;
            blocked_by.push(Block { layer: layer.layer, deny: DenyKind::Explicit });
        }
    }
    let verdict = if refused.is_some() { Verdict::Denied } else { Verdict::Allowed };
    Decision { verdict, layers, blocked_by, refused }
}

/// Whether no policy can stop it, not even one that denies it.
/// Source: STS API Reference, `GetCallerIdentity` and `GetSessionToken`; DynamoDB API Reference, `DescribeEndpoints`.
pub fn needs_no_permission(request: &Request) -> bool {
    let is_noted = |note: &ActionNote| matches!(note, ActionNote::NoPermission { .. });
    let action = request.action.lower.as_str();
    request.caller.principal.kind != PrincipalKind::Anonymous
        && (request.action.notes.iter().any(is_noted) || FREE.contains(&action))
}

/// The actions that no policy can stop.
const FREE: [&str; 3] = ["sts:getcalleridentity", "sts:getsessiontoken", "dynamodb:describeendpoints"];

/// The actions, in lower case, that no policy of a principal grants or stops: those that need no permission, and those
/// that are asked for without its credentials.
pub fn beyond_policies() -> impl Iterator<Item = &'static str> {
    FREE.into_iter().chain(BY_TOKEN)
}
