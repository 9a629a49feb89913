//! Who asks, held against the `Principal` element of a statement: whether it names the caller, and in which way.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal" and "Policy
//! evaluation for requests within a single account"; for roles and users with a boundary, "Permissions boundaries".

use crate::arn::Arn;
use crate::context::Fact;
use crate::policy::{Effect, Named, PrincipalElement, State};
use crate::principal::{Principal, PrincipalKind};
use crate::request::{Action, Request};
use crate::snapshot::Layer;
use crate::truth::Truth;

/// In which way a statement names the caller. What an Allow is worth depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// By itself (a user, a session, a service) or as everybody: nothing else needs to allow in the same account.
    pub direct: Truth,
    /// By the role of the session, or by the user that issued a federated session: boundary and session policies still
    /// limit it.
    pub role: Truth,
    /// By its account: its identity policies decide.
    pub account: Truth,
}

impl Naming {
    /// Not at all.
    pub const NOT: Self = Self { direct: Truth::No, role: Truth::No, account: Truth::No };
    /// Whether in any way, is not known.
    pub const OPEN: Self = Self { direct: Truth::Unknown, role: Truth::Unknown, account: Truth::Unknown };

    fn direct(truth: Truth) -> Self {
        Self { direct: truth, ..Self::NOT }
    }

    fn role(truth: Truth) -> Self {
        Self { role: truth, ..Self::NOT }
    }

    fn account(truth: Truth) -> Self {
        Self { account: truth, ..Self::NOT }
    }

    /// Whether in any way.
    pub fn any(self) -> Truth {
        self.direct.or(self.role).or(self.account)
    }

    /// In each way in which either does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }

    /// In each way only if `truth` holds as well.
    #[must_use]
    pub fn and(self, truth: Truth) -> Self {
        Self { direct: self.direct.and(truth), role: self.role.and(truth), account: self.account.and(truth) }
    }
}

/// Whether, and in which way, the element is about the caller.
pub fn naming(element: Option<&PrincipalElement>, effect: Effect, layer: Layer, request: &Request) -> Naming {
    // AWS: a statement of a resource's policy without a principal is about nobody; an RCP must have one.
    let Some(element) = element else {
        return if layer == Layer::ResourceControl { Naming::OPEN } else { Naming::NOT };
    };
    if element.state != State::Given {
        return Naming::OPEN;
    }
    let everybody = element.entries.iter().any(|entry| entry.named == Named::Everybody);
    if layer == Layer::ResourceControl && (element.negated || !everybody) {
        // AWS accepts "Principal": "*" alone in an RCP.
        return Naming::OPEN;
    }
    if element.negated {
        let about = about_all_but(element, effect, request);
        return Naming::direct(about);
    }
    element.entries.iter().fold(Naming::NOT, |all, entry| all.or(names(&entry.named, layer, request)))
}

/// Whether, and in which way, one entry of the element names the caller.
pub fn names(named: &Named, layer: Layer, request: &Request) -> Naming {
    let caller = &request.caller.principal;
    match named {
        Named::Everybody => Naming::direct(Truth::Yes),
        Named::Nobody => Naming::NOT,
        Named::Provider(provider) if is_unsigned(request) => Naming::direct(is_provider(provider, request)),
        _ if is_unsigned(request) => Naming::NOT,
        _ if caller.kind == PrincipalKind::Unknown => Naming::OPEN,
        Named::Account(id) => Naming::account(in_account(id, layer, request)),
        Named::Role(arn) if caller.kind.is_role() => Naming::role(is_role(arn, caller)),
        Named::User(arn) if caller.kind == PrincipalKind::User => Naming::direct(is_same(arn, caller)),
        // Which user issued a federated session is not in the session's ARN.
        Named::User(arn) if caller.kind == PrincipalKind::FederatedUser => Naming::role(shares_account(arn, caller)),
        Named::Session(arn) if caller.kind.is_role() => Naming::direct(is_session(arn, caller)),
        Named::FederatedUser(arn) if caller.kind == PrincipalKind::FederatedUser => {
            Naming::direct(is_same(arn, caller))
        }
        Named::UniqueId(id) => {
            let truth = (caller.unique_id.as_deref() == Some(id)).into();
            if caller.kind.is_role() { Naming::role(truth) } else { Naming::direct(truth) }
        }
        Named::Service(name) => {
            let is_it = caller.kind == PrincipalKind::Service && caller.arn.as_deref() == Some(name);
            Naming::direct(is_it.into())
        }
        // Whose canonical id it is, is not known.
        Named::CanonicalUser(_) if caller.account.is_some() => Naming::account(Truth::Unknown),
        Named::Role(_)
        | Named::User(_)
        | Named::Session(_)
        | Named::FederatedUser(_)
        | Named::Provider(_)
        | Named::CanonicalUser(_) => Naming::NOT,
    }
}

/// Whether nobody's credentials sign the request: anonymous ones, and those that ask for credentials with the token of
/// an identity provider. Source: STS API Reference, `AssumeRoleWithWebIdentity` and `AssumeRoleWithSAML`.
pub fn is_unsigned(request: &Request) -> bool {
    request.caller.principal.kind == PrincipalKind::Anonymous || is_by_token(&request.action)
}

/// The actions that ask for credentials with the token of an identity provider.
pub(super) const BY_TOKEN: [&str; 2] = ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"];

/// Whether the action asks for credentials with the token of an identity provider.
pub fn is_by_token(action: &Action) -> bool {
    BY_TOKEN.contains(&action.lower.as_str())
}

fn is_provider(provider: &str, request: &Request) -> Truth {
    if !is_by_token(&request.action) {
        return Truth::No;
    }
    match request.context.fact("aws:federatedprovider") {
        Fact::Value(value) => value.items.iter().any(|item| item == provider).into(),
        // Some provider issued the token.
        Fact::Absent | Fact::Present | Fact::Like(_) | Fact::Unknown => Truth::Unknown,
    }
}

fn in_account(id: &str, layer: Layer, request: &Request) -> Truth {
    let caller = &request.caller.principal;
    let is_in = match &caller.account {
        Some(account) => (**account == *id).into(),
        None if caller.kind == PrincipalKind::Service => Truth::No,
        None => Truth::Unknown,
    };
    // In the policy of a gateway endpoint an account means its root user alone; whether the endpoint is a gateway or
    // an interface, nothing tells. Source: PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
    let may_be_gateway = matches!(request.action.service(), Some("s3" | "dynamodb") | None);
    let only_root = layer == Layer::VpcEndpoint && may_be_gateway && caller.kind != PrincipalKind::Root;
    if only_root { is_in.and(Truth::Unknown) } else { is_in }
}

/// Whether `arn` is the ARN of the caller's role. A session's own ARN has no path; role names are unique in an account.
fn is_role(arn: &str, caller: &Principal) -> Truth {
    if let Some(entity) = &caller.entity_arn {
        return entity.eq_ignore_ascii_case(arn).into();
    }
    let name = arn.rsplit('/').next();
    let is_name = || matches!((name, &caller.name), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b));
    shares_account_truth(arn, caller).and(is_name().into())
}

/// Whether `arn` is the ARN of the caller's session.
fn is_session(arn: &str, caller: &Principal) -> Truth {
    let named = Principal::from_arn(arn);
    let Some(named) = named.filter(|named| named.kind == PrincipalKind::AssumedRole) else { return Truth::No };
    let is_role = matches!((&named.name, &caller.name), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b));
    let truth = shares_account_truth(arn, caller).and(is_role.into());
    match &caller.session {
        Some(session) => truth.and((named.session.as_ref() == Some(session)).into()),
        // Any session of the role may be meant.
        None => truth.and(Truth::Unknown),
    }
}

fn is_same(arn: &str, caller: &Principal) -> Truth {
    match &caller.arn {
        Some(own) => (**own == *arn).into(),
        None => {
            let is_name = arn.rsplit('/').next() == caller.name.as_deref();
            shares_account_truth(arn, caller).and(is_name.into())
        }
    }
}

fn shares_account(arn: &str, caller: &Principal) -> Truth {
    shares_account_truth(arn, caller).and(Truth::Unknown)
}

/// Whether `arn` is of the caller's account and partition; unknown where the caller's are not known.
fn shares_account_truth(arn: &str, caller: &Principal) -> Truth {
    let named = Arn::parse(arn);
    let own = caller.arn.as_deref().and_then(Arn::parse);
    if let (Some(named), Some(own)) = (named, own)
        && named.partition != own.partition
    {
        return Truth::No;
    }
    match (named, &caller.account) {
        (Some(named), Some(account)) => (named.account == account).into(),
        (Some(_), None) => Truth::Unknown,
        (None, _) => Truth::No,
    }
}

/// Whether a `NotPrincipal` is about the caller. An Allow spares whoever is listed in any way; a Deny certainly spares
/// those of whom account, role and session are all listed: where only a part of them is, services differ.
fn about_all_but(element: &PrincipalElement, effect: Effect, request: &Request) -> Truth {
    let caller = &request.caller.principal;
    let has_boundary = matches!(caller.kind, PrincipalKind::User | PrincipalKind::Role | PrincipalKind::AssumedRole);
    // AWS: with Deny it denies whoever has a permissions boundary, whomever it lists.
    let limited = effect == Effect::Deny && has_boundary && !is_unsigned(request);
    let always = if limited { request.caller.has_boundary } else { Truth::No };
    let listed = |wanted: fn(&Named) -> bool| {
        let entries = element.entries.iter().filter(|entry| wanted(&entry.named));
        Truth::any(entries.map(|entry| names(&entry.named, Layer::Resource, request).any()))
    };
    if listed(|named| *named == Named::Everybody) == Truth::Yes {
        return always;
    }
    let account = || listed(|named| matches!(named, Named::Account(_) | Named::CanonicalUser(_)));
    let entity = || listed(|named| matches!(named, Named::Role(_) | Named::User(_) | Named::UniqueId(_)));
    let session = || listed(|named| matches!(named, Named::Session(_) | Named::FederatedUser(_)));
    let own = || listed(|named| matches!(named, Named::Service(_) | Named::Provider(_)));
    let parts: [Truth; 3] = match caller.kind {
        _ if is_unsigned(request) => [own(); 3],
        PrincipalKind::Service => [own(); 3],
        PrincipalKind::Root => [account(); 3],
        PrincipalKind::User => [account(), entity(), entity()],
        PrincipalKind::FederatedUser => [account(), session(), session()],
        PrincipalKind::Role | PrincipalKind::AssumedRole => [account(), entity(), session()],
        PrincipalKind::Anonymous | PrincipalKind::Unknown => [Truth::Unknown; 3],
    };
    if effect == Effect::Allow {
        return Truth::any(parts).or(entity()).negate();
    }
    let exempt = if parts.iter().all(|part| *part == Truth::Yes) {
        Truth::Yes
    } else if parts.iter().all(|part| *part == Truth::No) {
        Truth::No
    } else {
        Truth::Unknown
    };
    exempt.negate().or(always)
}
