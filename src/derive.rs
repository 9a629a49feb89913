//! What the principal, the resource and the clock tell of the request context without anybody saying it.
//!
//! Source: IAM User Guide, "AWS global condition context keys"; "IAM policy elements: Variables and tags".

mod call;

use std::sync::Arc;

use jiff::Timestamp;

use crate::arn::{Arn, is_account_id};
use crate::catalogue::{self, Carries, Fit};
use crate::context::{Basis, Context, Fact, Rest, Value};
use crate::eval;
use crate::pattern::{ArnPattern, Pattern, Syntax};
use crate::principal::{Principal, PrincipalKind};
use crate::request::{Action, ActionNote, Caller, Request, Resource};
use crate::snapshot::{Layer, Reading, Snapshot};
use crate::truth::Truth;

/// What was said of the context.
#[derive(Debug, Clone)]
pub struct Given {
    /// Keys as written, with their values.
    pub keys: Vec<(String, Value)>,
    /// There are no others.
    pub complete: bool,
    /// The account that owns the resource, where the ARN does not say it.
    pub resource_account: Option<String>,
    /// The time of the request.
    pub now: Timestamp,
    /// That is the time of the call that a text tells of, and not of this run.
    pub is_then: bool,
    /// The request may be one that a service made with the principal's credentials: the text names an operation of another
    /// service than the action's.
    pub may_be_forwarded: bool,
}

impl Given {
    /// Nothing was said of a request that is made now.
    pub fn nothing(now: Timestamp) -> Self {
        Self { keys: Vec::new(), complete: false, resource_account: None, now, is_then: false, may_be_forwarded: false }
    }
}

/// Keys that only a call of an AWS service in its own name carries.
const SERVICE_CALL_KEYS: [&str; 6] = [
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
];

/// A request with everything that follows from it. An action without resource-level permissions is evaluated on `*`
/// whatever resource was named, unless the resource is `exact`: then somebody saw AWS evaluate it.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Resource"; Service Authorization Reference, "Actions table".
pub fn request(given: &Given, action: Action, resource: Resource, exact: bool, snapshot: &Snapshot) -> Request {
    let carries = action.known.map(|known| move |key: &str| known.carries(key));
    Common::new(given, snapshot).request(action, (resource, exact), snapshot, carries)
}

/// What all requests of one principal have in common, found once for many of them.
#[derive(Debug)]
pub(crate) struct Common {
    given: Given,
    caller: Caller,
    /// Of a request that is signed.
    context: Context,
}

impl Common {
    /// Of the principal of a snapshot.
    pub(crate) fn new(given: &Given, snapshot: &Snapshot) -> Self {
        let has_boundary = match snapshot.layers.get(Layer::Boundary) {
            Reading::Levels(_) => Truth::Yes,
            Reading::Failed { .. } => Truth::Unknown,
            Reading::Absent | Reading::NotChecked { .. } => Truth::No,
        };
        let caller = Caller { principal: Arc::new(snapshot.principal.clone()), has_boundary };
        Self { given: given.clone(), caller, context: common_context(given, snapshot, true).into_shared() }
    }

    /// As [`request`] of the same snapshot, by what somebody knows already of the keys that requests for the action carry;
    /// `None` where nothing is known of the action.
    pub(crate) fn request(
        &self,
        action: Action,
        resource: (Resource, bool),
        snapshot: &Snapshot,
        carries: Option<impl Fn(&str) -> Carries>,
    ) -> Request {
        let mut request = self.of_action(action, resource, snapshot);
        if let Some(carries) = carries.filter(|_| !self.given.complete) {
            let readings = eval::all_bearing(&request, snapshot);
            let policies = readings.into_iter().flat_map(Reading::all_policies);
            let documents = policies.filter_map(|policy| policy.document.as_ref().ok());
            for (key, written) in documents.flat_map(|document| &document.keys) {
                never_carried(&mut request.context, (key, written), &carries);
            }
        }
        request
    }

    /// The same as far as somebody looks at these keys alone (lower case).
    pub(crate) fn request_for_keys(
        &self,
        action: Action,
        resource: (Resource, bool),
        snapshot: &Snapshot,
        (keys, carries): (&[Arc<str>], Option<impl Fn(&str) -> Carries>),
    ) -> Request {
        let mut request = self.of_action(action, resource, snapshot);
        if let Some(carries) = carries.filter(|_| !self.given.complete) {
            keys.iter().for_each(|key| never_carried(&mut request.context, (key, key), &carries));
        }
        request
    }

    fn of_action(&self, action: Action, (resource, exact): (Resource, bool), snapshot: &Snapshot) -> Request {
        let (mut action, mut resource) = (action, resource);
        // Also of a resource that does not count, the ARN tells the region that was meant.
        let named = resource.text().to_owned();
        match (action.takes_only_star(), exact) {
            (true, false) => {
                resource = Resource::Exact("*".to_owned());
                if named != "*" {
                    action.notes.push(ActionNote::ResourceIgnored { asked: named.clone() });
                }
            }
            (true, true) if named != "*" => action.notes.push(ActionNote::ResourceBelieved),
            (true | false, _) => {}
        }
        let alias = key_of_alias(&action, &resource);
        if let Some((_, key)) = &alias {
            action.notes.push(ActionNote::KeyOfAlias { asked: named.clone() });
            resource = key.clone();
        }
        let is_signed = !eval::is_by_token(&action);
        let common = || common_context(&self.given, snapshot, false);
        let mut context = if is_signed { self.context.clone() } else { common() }.for_service(action.service());
        if let Some(account) =
            snapshot.principal.account.as_ref().filter(|_| is_signed && action.service() == Some("kms"))
        {
            derive(&mut context, "kms:CallerAccount", account, "from the principal");
        }
        region(&mut context, &action, &named, &snapshot.principal);
        resource_owner(&mut context, &self.given, &action, &resource, snapshot);
        if let Some(id) = organization_of(eval::of_resource(Layer::ResourceControl, &resource, snapshot)) {
            derive(&mut context, "aws:ResourceOrgID", id, "from the ARN of a resource control policy");
        }
        if let Some((alias, _)) = &alias {
            derive(&mut context, "kms:RequestAlias", alias, "the key was named by its alias");
        }
        Request { caller: self.caller.clone(), action, resource, context }
    }
}

/// The alias of a KMS key, and every key that may be behind it, where the action is about keys and an alias was named.
/// Source: KMS Developer Guide, "Control access to aliases".
fn key_of_alias(action: &Action, resource: &Resource) -> Option<(String, Resource)> {
    let arn = Arn::parse(resource.text()).filter(|arn| arn.service == "kms" && arn.resource.starts_with("alias/"))?;
    let is_about_keys = action.known.is_some_and(|known| known.fit(resource.text()) == Fit::No);
    let is_one = matches!(resource, Resource::Exact(_)) && action.service() == Some("kms") && is_about_keys;
    let Arn { partition, region, account, .. } = arn;
    let keys = || Resource::new(&format!("arn:{partition}:kms:{region}:{account}:key/*"), false);
    is_one.then(|| (arn.resource.to_owned(), keys()))
}

/// What of the context hangs neither on the action nor on the resource, but for whether the request is signed.
fn common_context(given: &Given, snapshot: &Snapshot, is_signed: bool) -> Context {
    let tags_basis = if snapshot.principal.kind.is_role() {
        Basis::Assumed("from the role's tags; session tags were not given")
    } else {
        Basis::Derived("from the principal's tags")
    };
    let mut context = Context::new(Rest {
        complete: given.complete,
        service: None,
        principal_tags: snapshot.tags.as_ref().map(|_| tags_basis),
    });
    for (name, value) in &given.keys {
        let typed_list = || catalogue::condition_key(&name.to_lowercase()).is_some_and(|key_type| key_type.list);
        let list = value.list || typed_list();
        context.set(name.as_str(), Fact::Value(Value { items: value.items.clone(), list }), Basis::Given);
    }
    for (key, value) in snapshot.tags.iter().flatten() {
        let name = format!("aws:PrincipalTag/{key}");
        context.set_if_missing(&name, Fact::Value(Value::one(value.clone())), tags_basis);
    }
    if is_signed {
        principal(&mut context, &snapshot.principal);
    } else {
        for name in ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"] {
            absent(&mut context, name, "a token asks for the credentials, and no principal");
        }
    }
    let has_account = snapshot.principal.account.is_some();
    if let Some(id) = organization_of(snapshot.layers.get(Layer::ServiceControl)).filter(|_| has_account) {
        derive(&mut context, "aws:PrincipalOrgID", id, "from the ARN of a service control policy");
    }
    call::time(&mut context, given);
    call::network(&mut context);
    call::forwarded(&mut context, given.may_be_forwarded);
    context
}

/// A key that policies test, with its name, is known to be missing where a request for the action never carries it.
fn never_carried(context: &mut Context, (key, written): (&Arc<str>, &Arc<str>), carries: &impl Fn(&str) -> Carries) {
    let is_no_tag = || key.starts_with("aws:principaltag/") && *context.fact(key) == Fact::Absent;
    if context.entry(key).is_some() || is_no_tag() {
        return;
    }
    let (fact, basis) = match carries(key) {
        Carries::No => (Fact::Absent, Basis::Derived("requests for this action never carry it")),
        Carries::Yes | Carries::Unknown => (Fact::Unknown, Basis::None),
    };
    context.set_key(Arc::clone(key), Arc::clone(written), fact, basis);
}

fn derive(context: &mut Context, name: &str, value: &str, because: &'static str) {
    context.set_if_missing(name, Fact::Value(Value::one(value)), Basis::Derived(because));
}

fn absent(context: &mut Context, name: &str, because: &'static str) {
    context.set_if_missing(name, Fact::Absent, Basis::Derived(because));
}

fn principal(context: &mut Context, principal: &Principal) {
    let because = "from the principal";
    if let Some(account) = &principal.account {
        derive(context, "aws:PrincipalAccount", account, because);
    }
    if principal.kind == PrincipalKind::Anonymous {
        for name in ["aws:PrincipalAccount", "aws:userid"] {
            derive(context, name, "anonymous", "the request has no credentials");
        }
        derive(context, "aws:PrincipalType", "Anonymous", "the request has no credentials");
        absent(context, "aws:PrincipalArn", "the request has no credentials");
    }
    if matches!(principal.kind, PrincipalKind::Anonymous | PrincipalKind::Service) {
        for name in ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"] {
            absent(context, name, "only principals of an account have it");
        }
    }
    let kind = match principal.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => Some("AssumedRole"),
        PrincipalKind::User => Some("User"),
        PrincipalKind::FederatedUser => Some("FederatedUser"),
        PrincipalKind::Root => Some("Account"),
        PrincipalKind::Service | PrincipalKind::Anonymous | PrincipalKind::Unknown => None,
    };
    if let Some(kind) = kind {
        derive(context, "aws:PrincipalType", kind, because);
    }
    // Of a role, the key holds the role's ARN with its path and never the session's.
    let arn = if principal.kind.is_role() { &principal.entity_arn } else { &principal.arn };
    match (arn, principal.kind) {
        (_, PrincipalKind::Service | PrincipalKind::Anonymous | PrincipalKind::Unknown) => {}
        (Some(arn), _) => derive(context, "aws:PrincipalArn", arn, because),
        (None, _) => {
            if let Some(pattern) = role_arn(principal) {
                context.set_if_missing("aws:PrincipalArn", Fact::Like(pattern), Basis::Derived(because));
            }
        }
    }
    match (principal.kind, &principal.name) {
        (PrincipalKind::User, Some(name)) => derive(context, "aws:username", name, because),
        (PrincipalKind::User | PrincipalKind::Unknown, _) => {}
        _ => absent(context, "aws:username", "only IAM users have it"),
    }
    user_id(context, principal);
    if principal.kind == PrincipalKind::User {
        for name in ["aws:SourceIdentity", "aws:FederatedProvider"] {
            absent(context, name, "only sessions of a role have it");
        }
    }
    if !matches!(principal.kind, PrincipalKind::Root | PrincipalKind::Unknown) {
        absent(context, "aws:AssumedRoot", "only sessions of sts:AssumeRoot have it");
    }
    if principal.kind == PrincipalKind::Service {
        derive(context, "aws:PrincipalIsAWSService", "true", because);
        if let Some(name) = &principal.arn {
            derive(context, "aws:PrincipalServiceName", name, because);
        }
        return;
    }
    for name in SERVICE_CALL_KEYS {
        absent(context, name, "only calls of an AWS service in its own name have it");
    }
    assume(context, "aws:PrincipalIsAWSService", "false", "the principal is no AWS service");
}

fn user_id(context: &mut Context, principal: &Principal) {
    let because = "from the principal";
    let id = principal.unique_id.as_deref();
    // The ids of users and roles begin with these letters ("IAM identifiers: Unique identifiers").
    let like = match (principal.kind, id, &principal.session, &principal.account) {
        (PrincipalKind::User, Some(id), ..) => return derive(context, "aws:userid", id, because),
        (PrincipalKind::AssumedRole, Some(id), Some(session), _) => {
            return derive(context, "aws:userid", &format!("{id}:{session}"), because);
        }
        (PrincipalKind::Root, _, _, Some(account)) => return derive(context, "aws:userid", account, because),
        (PrincipalKind::AssumedRole, None, Some(session), _) => format!("AROA*:{session}"),
        (PrincipalKind::Role, Some(id), ..) => format!("{id}:*"),
        _ => return,
    };
    context.set_if_missing("aws:userid", Fact::Like(Pattern::parse(&like, WILDCARDS)), Basis::Derived(because));
}

const WILDCARDS: Syntax = Syntax { wildcards: true, variables: false, fold_case: false };

/// What is known of a role's ARN without its path: a session's ARN tells the account and the name.
fn role_arn(principal: &Principal) -> Option<Pattern> {
    let partition = principal.arn.as_deref().and_then(Arn::parse).map_or("*", |arn| arn.partition);
    let account = principal.account.as_deref().unwrap_or("*");
    let name = principal.name.as_deref().filter(|_| principal.kind.is_role())?;
    ArnPattern::condition(&format!("arn:{partition}:iam::{account}:role/*{name}"), false)
}

/// Actions that are checked inside the calls of other services, which have their own region.
pub(crate) const MADE_BY_OTHERS: [&str; 2] = ["iam:passrole", "iam:createservicelinkedrole"];

fn region(context: &mut Context, action: &Action, named: &str, principal: &Principal) {
    let arn = Arn::parse(named);
    let known = |field: &str| !field.is_empty() && !field.contains(['*', '?']);
    let (region, because) = match arn.filter(|arn| known(arn.region)) {
        Some(arn) => (arn.region, "from the resource's ARN"),
        None if MADE_BY_OTHERS.contains(&action.lower.as_str()) => return,
        None => match global_region(action.service(), arn.map(|arn| arn.partition), principal) {
            Some(region) => (region, "the service has one endpoint, in this region"),
            None => return,
        },
    };
    derive(context, "aws:RequestedRegion", region, because);
}

fn resource_owner(context: &mut Context, given: &Given, action: &Action, resource: &Resource, snapshot: &Snapshot) {
    let in_arn = Arn::parse(resource.text()).map(|arn| arn.account).filter(|id| is_account_id(id));
    let in_source = eval::owner(resource, snapshot);
    let Some(owner) = given.resource_account.as_deref().or(in_arn).or(in_source) else { return };
    let because = match (&given.resource_account, in_arn) {
        (Some(_), _) => "as given",
        (None, Some(_)) => "from the resource's ARN",
        (None, None) => "the owner of the resource, by the source",
    };
    derive(context, "aws:ResourceAccount", owner, because);
    if action.service() == Some("s3") {
        derive(context, "s3:ResourceAccount", owner, because);
    }
}

/// The organization's id stands in the ARNs of its own policies.
fn organization_of(policies: &Reading) -> Option<&str> {
    let arns = policies.all_policies().filter_map(|policy| policy.arn.as_deref());
    arns.filter_map(Arn::parse)
        .filter(|arn| arn.service == "organizations")
        .find_map(|arn| arn.resource.split('/').nth(1).filter(|part| part.starts_with("o-")))
}

/// The services that have a single endpoint.
pub(crate) const WITH_OWN_REGION: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// The region that requests to a service of [`WITH_OWN_REGION`] are made in.
/// Source: AWS General Reference, "Service endpoints"; IAM User Guide, `aws:RequestedRegion`.
fn global_region(service: Option<&str>, partition: Option<&str>, principal: &Principal) -> Option<&'static str> {
    let own = principal.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
    match (service?, partition.or(own).unwrap_or("aws")) {
        ("iam" | "organizations" | "route53" | "cloudfront", "aws") => Some("us-east-1"),
        ("iam" | "organizations" | "route53", "aws-us-gov") => Some("us-gov-west-1"),
        ("iam", "aws-cn") => Some("cn-north-1"),
        ("organizations" | "route53" | "cloudfront", "aws-cn") => Some("cn-northwest-1"),
        _ => None,
    }
}

fn assume(context: &mut Context, name: &str, value: &str, because: &'static str) {
    context.set_if_missing(name, Fact::Value(Value::one(value)), Basis::Assumed(because));
}
