//! Writes a snapshot in this program's own format, so that somebody without access to IAM can use it.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::value::RawValue;

use super::error::SourceError;
use crate::principal::PrincipalKind;
use crate::snapshot::{Holders, Layer, Level, Origin, Policy, Reading, Snapshot, Unreadable, Use};

/// Everything that a diagnosis needs. An absent field means "not read"; an empty list or `null` means "read, and there is
/// none".
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Snapshot")]
struct File<'a> {
    /// The number of this format.
    #[schemars(extend("const" = 1))]
    diagnose_snapshot: u32,
    /// RFC 3339, in UTC.
    #[schemars(with = "Option<String>")]
    taken_at: &'a str,
    /// Roles, users and sessions; a session has an entry of its own where it has session policies of its own.
    principals: Vec<Entry<'a>>,
    /// The levels from the root to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_control_policies: Option<Vec<Target<'a>>>,
    /// The levels from the root to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_control_policies: Option<Vec<Target<'a>>>,
    /// The policies of resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_policies: Option<Vec<ResourceEntry<'a>>>,
    /// The policies of VPC endpoints, by the endpoints' ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_endpoint_policies: Option<Vec<PolicyEntry<'a>>>,
    /// Who else has the managed policies.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    policy_holders: Vec<HoldersEntry<'a>>,
    /// Reads that failed.
    #[schemars(with = "Option<Vec<UnreadEntry<'a>>>")]
    unread: Vec<UnreadEntry<'a>>,
}

/// A principal.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(rename = "Principal")]
struct Entry<'a> {
    /// Its ARN.
    arn: &'a str,
    /// `false` where IAM did not say that there is one of this ARN, which may have another path.
    #[serde(skip_serializing_if = "Option::is_none")]
    arn_confirmed: Option<bool>,
    /// `AROA…` of a role, `AIDA…` of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_id: Option<&'a str>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
    /// The trust policy of a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "document_schema", default)]
    trust_policy: Option<Box<RawValue>>,
    /// Inline, attached, and of a user's groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_policies: Option<Vec<PolicyEntry<'a>>>,
    /// The permissions boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Option<PolicyEntry<'a>>>,
    /// How many principals have that boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    boundary_users: Option<usize>,
    /// Of a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_policies: Option<Vec<PolicyEntry<'a>>>,
}

/// A level of an organization's policies.
#[derive(Serialize, JsonSchema)]
struct Target<'a> {
    /// The root, an OU or the account.
    target: Option<&'a str>,
    /// The policies attached to it; absent or `null` where the level was not read.
    #[schemars(with = "Option<Vec<PolicyEntry<'a>>>")]
    policies: Vec<PolicyEntry<'a>>,
}

/// The policy of a resource, and of what is below it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ResourcePolicy")]
struct ResourceEntry<'a> {
    /// The resource's ARN.
    resource: &'a str,
    /// The account that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// `null` = read, and there is none.
    #[schemars(schema_with = "document_schema", default)]
    document: Option<Box<RawValue>>,
}

/// A policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Policy")]
struct PolicyEntry<'a> {
    /// Its name.
    #[schemars(with = "Option<String>")]
    name: &'a str,
    /// Of a managed policy.
    arn: Option<&'a str>,
    /// `inline`, `customer-managed`, `aws-managed`, `file` or `group:NAME`.
    #[schemars(with = "Option<String>")]
    origin: String,
    /// The default version.
    version: Option<&'a str>,
    /// Absent where it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "document_schema", default)]
    document: Option<Box<RawValue>>,
}

/// Who has a managed policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Holders")]
struct HoldersEntry<'a> {
    /// The policy's ARN.
    policy: &'a str,
    /// How they have it: `boundary` or `attachment`.
    #[serde(rename = "as")]
    #[schemars(extend("enum" = ["boundary", "attachment"]))]
    how: &'static str,
    /// The ARNs of some of them.
    some: &'a [String],
    /// How many are known.
    known: usize,
    /// How many there are, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
}

/// A read that failed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unread")]
struct UnreadEntry<'a> {
    /// What lacks something.
    #[schemars(schema_with = "crate::report::codes::layer")]
    layer: &'static str,
    /// The API operation.
    operation: &'a str,
    /// A stable name.
    reason: &'a str,
}

/// The JSON Schema of a snapshot, as it is read.
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<File<'static>>()
}

/// A document as it stands; one that is no JSON, or URL-encoded, as a string.
fn document_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "null"}]})
}

/// The JSON of the snapshot, with a line feed at its end. `taken_at` is RFC 3339 in UTC.
///
/// # Errors
/// Where the principal's ARN is not known.
pub fn to_json(snapshot: &Snapshot, taken_at: &str) -> Result<String, SourceError> {
    let unread = snapshot.unread.iter().map(|unread| UnreadEntry {
        layer: unread.layer.code(),
        operation: &unread.operation,
        reason: &unread.reason,
    });
    let file = File {
        diagnose_snapshot: 1,
        taken_at,
        principals: principals(snapshot)?.into_iter().chain(assumed(snapshot)).collect(),
        service_control_policies: targets(snapshot.layers.get(Layer::ServiceControl)),
        resource_control_policies: targets(snapshot.layers.get(Layer::ResourceControl)),
        resource_policies: resources(snapshot)?,
        vpc_endpoint_policies: endpoints(snapshot)?,
        policy_holders: holders(snapshot),
        unread: unread.collect(),
    };
    // Strings, numbers and lists into memory: there is nothing in it that could fail.
    Ok(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
}

/// Who else has the policies of the principal.
fn holders(snapshot: &Snapshot) -> Vec<HoldersEntry<'_>> {
    let Some(sharing) = &snapshot.layers.sharing else { return Vec::new() };
    let policies = [Layer::Identity, Layer::Boundary].into_iter().flat_map(|layer| snapshot.layers.policies(layer));
    let mut all: Vec<HoldersEntry<'_>> = Vec::new();
    for policy in policies.filter_map(|policy| policy.arn.as_deref()) {
        for how in Use::ALL {
            let Some(found) = sharing.of(how, policy) else { continue };
            let is_new = all.iter().all(|one| (one.policy, one.how) != (policy, how.code()));
            if is_new && (found.held > 1 || found.count.is_some()) {
                let Holders { first, held, count } = found;
                all.push(HoldersEntry { policy, how: how.code(), some: first, known: *held, count: *count });
            }
        }
    }
    all
}

/// The entry of the role or user, and for a session one of its own with its session policies.
fn principals(snapshot: &Snapshot) -> Result<Vec<Entry<'_>>, SourceError> {
    let principal = &snapshot.principal;
    let session_policies = list(snapshot.layers.get(Layer::Session));
    let is_session = principal.kind == PrincipalKind::AssumedRole;
    let Some(arn) = principal.entity_arn.as_deref().or(principal.arn.as_deref()) else {
        let who = principal.name.clone().unwrap_or_else(|| "this principal".to_owned());
        let unread = snapshot.unread.iter().find(|one| matches!(&*one.operation, "iam:GetRole" | "iam:GetUser"));
        let why = unread.map_or_else(String::new, |one| format!(" because of {} ({})", one.operation, one.reason));
        return Err(SourceError::NoArn { who, why });
    };
    let mut entry = Entry {
        arn,
        arn_confirmed: is_unconfirmed(snapshot).then_some(false),
        unique_id: principal.unique_id.as_deref(),
        tags: snapshot.tags.as_ref(),
        trust_policy: snapshot.trust_policy.as_ref().and_then(document),
        identity_policies: list(snapshot.layers.get(Layer::Identity)),
        permissions_boundary: list(snapshot.layers.get(Layer::Boundary)).map(|policies| policies.into_iter().next()),
        boundary_users: snapshot.layers.boundary_users,
        session_policies: None,
    };
    let session = principal.arn.as_deref().filter(|own| is_session && *own != arn);
    // The tags known of a session may be its own: they do not become its role's.
    let session_tags = session.and(entry.tags.take());
    if session.is_none() {
        entry.tags = snapshot.tags.as_ref();
    }
    match (session, session_policies) {
        (Some(own), session_policies) => {
            let session = Entry { arn: own, tags: session_tags, session_policies, ..Entry::default() };
            Ok(vec![entry, session])
        }
        (None, policies @ Some(_)) if principal.kind.is_role() || principal.kind == PrincipalKind::FederatedUser => {
            entry.session_policies = policies;
            Ok(vec![entry])
        }
        _ => Ok(vec![entry]),
    }
}

/// Whether it is somebody of IAM whose entry was asked for and not shown.
fn is_unconfirmed(snapshot: &Snapshot) -> bool {
    let principal = &snapshot.principal;
    let is_entity = matches!(principal.kind, PrincipalKind::Role | PrincipalKind::User);
    is_entity && principal.entity_arn.is_none()
}

/// The other roles whose trust policies were read, because they are assumed.
fn assumed(snapshot: &Snapshot) -> impl Iterator<Item = Entry<'_>> {
    let own = snapshot.principal.entity_arn.as_deref();
    let others = snapshot.layers.attached(Layer::Trust).filter(move |role| role.to.as_deref() != own);
    others.filter_map(|role| {
        let trust_policy = Some(role.reading.all_policies().next().and_then(document)?);
        Some(Entry { arn: role.to.as_deref()?, trust_policy, ..Entry::default() })
    })
}

/// The levels of an organization's policies; `None` where they were not read.
fn targets(reading: &Reading) -> Option<Vec<Target<'_>>> {
    match reading {
        Reading::NotChecked { .. } | Reading::Failed { .. } => None,
        Reading::Absent => Some(Vec::new()),
        Reading::Levels(levels) => Some(levels.iter().map(target).collect()),
    }
}

fn target(level: &Level) -> Target<'_> {
    Target { target: level.target.as_deref(), policies: level.policies.iter().map(entry).collect() }
}

/// The policies of resources; `None` where none was read.
fn resources(snapshot: &Snapshot) -> Result<Option<Vec<ResourceEntry<'_>>>, SourceError> {
    let mut all = Vec::new();
    for one in snapshot.layers.attached(Layer::Resource) {
        let resource = one.to.as_deref().ok_or(SourceError::NotNamed { flag: "--resource-policy ARN=FILE" })?;
        let document = match one.reading {
            Reading::Absent => None,
            Reading::Levels(_) | Reading::NotChecked { .. } | Reading::Failed { .. } => {
                let Some(document) = one.reading.all_policies().next().and_then(document) else { continue };
                Some(document)
            }
        };
        all.push(ResourceEntry { resource, account: one.account.as_deref(), document });
    }
    Ok(is_read(snapshot, Layer::Resource, &all).then_some(all))
}

/// The policies of endpoints, by their ids; `None` where none was read.
fn endpoints(snapshot: &Snapshot) -> Result<Option<Vec<PolicyEntry<'_>>>, SourceError> {
    let mut all = Vec::new();
    // A loose one has the endpoint's id for its name.
    for policy in snapshot.layers.policies(Layer::VpcEndpoint) {
        if !policy.name.starts_with("vpce-") {
            return Err(SourceError::NotNamed { flag: "--vpc-endpoint-policy vpce-ID=FILE" });
        }
        all.push(entry(policy));
    }
    for one in snapshot.layers.attached(Layer::VpcEndpoint) {
        let (Some(name), Some(policy)) = (one.to.as_deref(), one.reading.all_policies().next()) else { continue };
        all.push(PolicyEntry { name, ..entry(policy) });
    }
    Ok(is_read(snapshot, Layer::VpcEndpoint, &all).then_some(all))
}

fn is_read<T>(snapshot: &Snapshot, layer: Layer, all: &[T]) -> bool {
    !all.is_empty() || matches!(snapshot.layers.get(layer), Reading::Absent)
}

/// The policies of a layer; `None` where it was not read.
fn list(reading: &Reading) -> Option<Vec<PolicyEntry<'_>>> {
    match reading {
        Reading::NotChecked { .. } | Reading::Failed { .. } => None,
        Reading::Absent => Some(Vec::new()),
        Reading::Levels(levels) => Some(levels.iter().flat_map(|level| &level.policies).map(entry).collect()),
    }
}

fn entry(policy: &Policy) -> PolicyEntry<'_> {
    let origin = match &policy.origin {
        Origin::Inline => "inline".to_owned(),
        Origin::CustomerManaged => "customer-managed".to_owned(),
        Origin::AwsManaged => "aws-managed".to_owned(),
        Origin::Group(name) => format!("group:{name}"),
        Origin::File => "file".to_owned(),
    };
    PolicyEntry {
        name: &policy.name,
        arn: policy.arn.as_deref(),
        origin,
        version: policy.version.as_deref(),
        document: document(policy),
    }
}

/// The document as it stands, so that its lines stay what they are; one that is no JSON as a string.
fn document(policy: &Policy) -> Option<Box<RawValue>> {
    match &policy.document {
        Ok(document) => RawValue::from_string(document.text.to_string()).ok(),
        Err(Unreadable::NotRead(_)) => None,
        Err(Unreadable::Malformed { text, .. }) => serde_json::value::to_raw_value(&**text).ok(),
    }
}
