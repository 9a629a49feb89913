//! Which policies of a layer bear on a request, and which layers have no say in it.
//!
//! Sources: Organizations User Guide, "Service control policies" and "Resource control policies"; IAM User Guide, "Policy
//! evaluation logic"; PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".

use super::naming::is_unsigned;
use crate::arn::Arn;
use crate::catalogue;
use crate::context::Fact;
use crate::principal::PrincipalKind;
use crate::request::{Request, Resource};
use crate::snapshot::{Attached, Layer, Reading, Snapshot};

/// Why a layer has no say in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// No policy of the layer is attached.
    None,
    /// The layer is about other requests or other kinds of principal.
    OtherRequests,
    /// Organizations policies do not apply to the management account.
    ManagementAccount,
    /// Organizations policies do not apply to service-linked roles.
    ServiceLinkedRole,
    /// Resource control policies do not reach this service, or an action without a resource.
    BeyondResourceControl,
    /// The action has no resource, and so no resource has a policy about it.
    NoResource,
    /// A bucket's policy cannot lock the root user of its account out.
    RootOfBucket,
}

/// Whose resource it is, as seen from the principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The principal's own account.
    Same,
    /// Another account.
    Other,
    /// Not known; taken to be the principal's own.
    Unknown,
}

/// Nothing of a layer.
pub(super) static ABSENT: Reading = Reading::Absent;
static WHICH_RESOURCE: std::sync::LazyLock<Reading> =
    std::sync::LazyLock::new(|| Reading::NotChecked { reason: Some("which resource it is was not said".to_owned()) });

static KEY_HAS_ONE: std::sync::LazyLock<Reading> = std::sync::LazyLock::new(|| Reading::NotChecked {
    reason: Some("every key has a policy, and the source does not hold it".to_owned()),
});

static ROLE_HAS_ONE: std::sync::LazyLock<Reading> = std::sync::LazyLock::new(|| Reading::NotChecked {
    reason: Some("every role has a trust policy, and the source does not hold it".to_owned()),
});

/// The actions of role trust policies. Source: Service Authorization Reference, AWS Security Token Service.
const ASSUMING: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

/// What of a layer bears on the request; with the reason where it has no say.
pub fn bearing<'a>(layer: Layer, request: &Request, snapshot: &'a Snapshot) -> (&'a Reading, Idle) {
    Facts::of(request).bearing(layer, snapshot)
}

/// What of each layer bears on the request, in the order of [`Layer::ALL`].
pub fn all_bearing<'a>(request: &Request, snapshot: &'a Snapshot) -> [&'a Reading; Layer::ALL.len()] {
    let facts = Facts::of(request);
    Layer::ALL.map(|layer| facts.bearing(layer, snapshot).0)
}

/// What the scope of every layer hangs on, found once for a request.
pub(super) struct Facts<'r> {
    request: &'r Request,
    /// Nobody's credentials sign the request.
    pub(super) unsigned: bool,
    /// Whose resource it is.
    pub(super) owner: Owner,
    /// The resource's own policy has to allow in any case.
    pub(super) key_or_role: bool,
    owner_account: Option<&'r str>,
    assumes_role: bool,
    alias: bool,
    key: bool,
    service_linked: bool,
}

impl<'r> Facts<'r> {
    pub(super) fn of(request: &'r Request) -> Self {
        let (assumes_role, alias) = (assumes_role(request), is_alias(request));
        let key = !alias && is_about_keys(request);
        let owner_account = account_of_resource(request);
        Self {
            request,
            unsigned: is_unsigned(request),
            owner: Owner::seen_from(owner_account, request),
            key_or_role: assumes_role || key,
            owner_account,
            assumes_role,
            alias,
            key,
            service_linked: request.caller.principal.is_service_linked(),
        }
    }

    /// As [`bearing`].
    pub(super) fn bearing<'a>(&self, layer: Layer, snapshot: &'a Snapshot) -> (&'a Reading, Idle) {
        let reading = self.reading(layer, snapshot);
        match (self.idle(layer, snapshot), reading) {
            (None, reading) => (reading, Idle::None),
            // What nobody read stays not read, though it would make no difference.
            (Some(idle), Reading::NotChecked { .. }) if idle != Idle::OtherRequests => (reading, idle),
            (Some(idle), _) => (&ABSENT, idle),
        }
    }

    /// What was read of a layer for such a request.
    fn reading<'a>(&self, layer: Layer, snapshot: &'a Snapshot) -> &'a Reading {
        let resource = &self.request.resource;
        match layer {
            Layer::Resource => match of_resource(layer, resource, snapshot) {
                Reading::Absent if self.key => &KEY_HAS_ONE,
                reading @ (Reading::Absent
                | Reading::NotChecked { .. }
                | Reading::Failed { .. }
                | Reading::Levels(_)) => reading,
            },
            Layer::ResourceControl => of_resource(layer, resource, snapshot),
            Layer::Trust => match of_role(resource, snapshot) {
                Reading::Absent => &ROLE_HAS_ONE,
                reading @ (Reading::NotChecked { .. } | Reading::Failed { .. } | Reading::Levels(_)) => reading,
            },
            Layer::VpcEndpoint => of_endpoint(self.request, snapshot),
            Layer::ServiceControl | Layer::Identity | Layer::Boundary | Layer::Session => snapshot.layers.get(layer),
        }
    }

    /// Why the layer has no say, where it has none.
    fn idle(&self, layer: Layer, snapshot: &Snapshot) -> Option<Idle> {
        let caller = &self.request.caller.principal;
        let own = caller.account.as_deref();
        let without_policies = self.unsigned || caller.kind == PrincipalKind::Service;
        let only_star = self.request.action.takes_only_star();
        match layer {
            Layer::ServiceControl if without_policies => Some(Idle::OtherRequests),
            Layer::ServiceControl | Layer::ResourceControl if self.service_linked => Some(Idle::ServiceLinkedRole),
            Layer::ServiceControl => is_managing(snapshot.layers.get(layer), own).then_some(Idle::ManagementAccount),
            Layer::ResourceControl => {
                let policies = of_resource(layer, &self.request.resource, snapshot);
                // The account of the resource; where it is not known, the principal's own, as everywhere.
                if is_managing(policies, self.owner_account.or(own)) {
                    return Some(Idle::ManagementAccount);
                }
                (!reached_by_resource_control(self.request)).then_some(Idle::BeyondResourceControl)
            }
            Layer::Resource if self.assumes_role => Some(Idle::OtherRequests),
            Layer::Resource if only_star || self.alias => Some(Idle::NoResource),
            Layer::Resource => self.is_root_of_bucket().then_some(Idle::RootOfBucket),
            Layer::Trust => (!self.may_assume_role()).then_some(Idle::OtherRequests),
            Layer::Identity | Layer::Boundary => {
                (without_policies || caller.kind == PrincipalKind::Root).then_some(Idle::OtherRequests)
            }
            // Long-term credentials have no session.
            Layer::Session => {
                let long_term = matches!(caller.kind, PrincipalKind::User | PrincipalKind::Root);
                (without_policies || long_term).then_some(Idle::OtherRequests)
            }
            Layer::VpcEndpoint => None,
        }
    }

    /// Whether the root user of the bucket's account looks after the bucket's policy.
    /// Source: S3 API Reference, `PutBucketPolicy`.
    fn is_root_of_bucket(&self) -> bool {
        let own = ["s3:deletebucketpolicy", "s3:getbucketpolicy", "s3:putbucketpolicy"];
        self.request.caller.principal.kind == PrincipalKind::Root
            && self.owner != Owner::Other
            && own.contains(&self.request.action.lower.as_str())
    }

    /// Whether it makes somebody a role, or may: `sts:*`, which is asked as one.
    fn may_assume_role(&self) -> bool {
        let action = &self.request.action;
        self.assumes_role || (action.pattern.is_some() && action.service() == Some("sts"))
    }
}

/// Whether the request makes somebody a role: role trust policies govern that, and nothing else.
pub fn assumes_role(request: &Request) -> bool {
    ASSUMING.contains(&request.action.lower.as_str())
}

/// Whether the resource's own policy has to allow in any case: KMS keys and roles that are assumed.
/// Source: KMS Developer Guide, "Key policies in AWS KMS"; IAM User Guide, "Policy evaluation for requests within a single account".
pub fn is_key_or_role(request: &Request) -> bool {
    assumes_role(request) || (is_about_keys(request) && !is_alias(request))
}

fn is_about_keys(request: &Request) -> bool {
    !request.action.takes_only_star() && service_of(request) == Some("kms")
}

/// The service of the action; of every action, the one whose resource it is.
fn service_of(request: &Request) -> Option<&str> {
    request.action.service().or_else(|| Arn::parse(request.resource.text()).map(|arn| arn.service))
}

/// Whether the resource is the alias of a KMS key: it has no policy of its own.
/// Source: KMS Developer Guide, "Controlling access to aliases".
fn is_alias(request: &Request) -> bool {
    let arn = Arn::parse(request.resource.text());
    arn.is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("alias/"))
}

/// Whether resources of the service have no policies, so that nothing of another account can be reached but by a role.
/// Source: IAM User Guide, "Cross account resource access in IAM".
pub(super) fn has_no_policies(request: &Request) -> bool {
    let known = |service: &str| catalogue::service(service).is_some() && !catalogue::has_resource_policies(service);
    !request.action.takes_only_star() && !assumes_role(request) && request.action.service().is_some_and(known)
}

/// The trust policy of a role, which may also be listed among the policies of resources. Every role has one: where none
/// was read, it was not read.
fn of_role<'a>(role: &Resource, snapshot: &'a Snapshot) -> &'a Reading {
    let layers = [Layer::Trust, Layer::Resource];
    let is_its = |one: &&Attached| one.to.as_deref().is_none_or(|to| to == role.text());
    let mut all = layers.into_iter().flat_map(|layer| snapshot.layers.attached(layer)).filter(is_its);
    let read = all.find(|one| matches!(one.reading, Reading::Failed { .. } | Reading::Levels(_)));
    let told = || snapshot.layers.attached(Layer::Trust).find(is_its);
    read.or_else(told).map_or_else(|| snapshot.layers.get(Layer::Trust), |one| &one.reading)
}

/// Of the policies that bear on some resources only, those of this one: the resource's own, its account's RCPs.
pub fn of_resource<'a>(layer: Layer, resource: &Resource, snapshot: &'a Snapshot) -> &'a Reading {
    let mut best: Option<&Attached> = None;
    for attached in snapshot.layers.attached(layer) {
        // The one of the resource itself before one of whatever is asked about.
        let length = |one: &Attached| one.to.as_ref().map_or(0, |to| to.len() + 1);
        if is_of(attached, resource) && best.is_none_or(|best| length(attached) > length(best)) {
            best = Some(attached);
        }
    }
    match (best, resource) {
        (Some(found), _) => &found.reading,
        (None, Resource::Pattern { .. }) if snapshot.layers.attached(layer).next().is_some() => &WHICH_RESOURCE,
        (None, _) => snapshot.layers.get(layer),
    }
}

/// Whether the policy is the one of this resource, or of what the resource lies in: a bucket's, a function's.
fn is_of(attached: &Attached, resource: &Resource) -> bool {
    let Some(to) = &attached.to else { return true };
    let text = match resource {
        Resource::Exact(text) => text.as_str(),
        // All that the pattern matches lies in it if what stands before the first wildcard does.
        Resource::Pattern { text, .. } => text.split(['*', '?']).next().unwrap_or_default(),
    };
    let exact = matches!(resource, Resource::Exact(_));
    let rest = text.strip_prefix(to.as_str());
    rest.is_some_and(|rest| (exact && rest.is_empty()) || rest.starts_with(['/', ':']))
}

/// The account that the policy of the request's resource says owns it.
pub fn owner<'a>(resource: &Resource, snapshot: &'a Snapshot) -> Option<&'a str> {
    let all = [Layer::Resource, Layer::Trust].into_iter().flat_map(|layer| snapshot.layers.attached(layer));
    all.filter(|attached| attached.to.is_some() && is_of(attached, resource)).find_map(|one| one.account.as_deref())
}

/// The policy of the endpoint that the request passes. One without a name is that endpoint's.
fn of_endpoint<'a>(request: &Request, snapshot: &'a Snapshot) -> &'a Reading {
    let mut named = snapshot.layers.attached(Layer::VpcEndpoint).peekable();
    if named.peek().is_none() {
        return snapshot.layers.get(Layer::VpcEndpoint);
    }
    let passes = |attached: &&Attached| match (&attached.to, request.context.fact("aws:sourcevpce")) {
        (None, _) => true,
        (Some(id), Fact::Value(value)) => value.items.iter().any(|item| item == id),
        (Some(_), Fact::Present | Fact::Like(_) | Fact::Absent | Fact::Unknown) => false,
    };
    match (named.find(passes), request.context.fact("aws:sourcevpce")) {
        (Some(found), _) => &found.reading,
        (None, Fact::Absent) => &ABSENT,
        (None, _) => &WHICH_ENDPOINT,
    }
}

static WHICH_ENDPOINT: std::sync::LazyLock<Reading> = std::sync::LazyLock::new(|| Reading::NotChecked {
    reason: Some("aws:SourceVpce names none of the endpoints that were read".to_owned()),
});

/// Whether `account` is the one that manages the organization: the account in the ARN of a policy of its.
fn is_managing(policies: &Reading, account: Option<&str>) -> bool {
    let Some(account) = account else { return false };
    let arns = policies.all_policies().filter_map(|policy| policy.arn.as_deref());
    arns.filter_map(Arn::parse).any(|arn| arn.service == "organizations" && arn.account == account)
}

/// The account of the request's resource, where it is known.
fn account_of_resource(request: &Request) -> Option<&str> {
    match request.context.fact("aws:resourceaccount") {
        Fact::Value(value) => value.items.first().map(String::as_str),
        Fact::Present | Fact::Like(_) | Fact::Absent | Fact::Unknown => None,
    }
}

/// Whether a resource control policy can have a say: the service is one of those that it reaches and the action is
/// about a resource.
fn reached_by_resource_control(request: &Request) -> bool {
    let action = &request.action;
    let owned_by_aws = || Arn::parse(request.resource.text()).is_some_and(|arn| arn.account == "aws");
    !action.takes_only_star()
        && action.lower != "kms:retiregrant"
        && service_of(request).is_none_or(catalogue::reached_by_resource_control)
        && !owned_by_aws()
}

impl Owner {
    /// Whose resource the request is about.
    pub fn of(request: &Request) -> Self {
        Self::seen_from(account_of_resource(request), request)
    }

    fn seen_from(owner: Option<&str>, request: &Request) -> Self {
        match (owner, &request.caller.principal.account) {
            (Some(owner), Some(own)) if owner == own => Self::Same,
            (Some(_), Some(_)) => Self::Other,
            (None, _) | (_, None) => Self::Unknown,
        }
    }
}
