//! The JSON of `aws iam get-account-authorization-details`.
//!
//! Documents stay raw text until they are needed, so that an account of thousands of principals answers one question
//! without being compiled. Source: IAM API Reference, GetAccountAuthorizationDetails.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Ask;
use super::document;
use super::error::SourceError;
use super::find::find;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{self, Layer, Layers, Origin, Policy, Reading, Snapshot, Source, Unread};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow, default, deserialize_with = "list")]
    role_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    user_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    group_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    policies: Vec<Managed<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
}

/// A role, a user or a group: what they have in common, and what some of them have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow, default)]
    group_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "RoleId", alias = "UserId")]
    unique_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    assume_role_policy_document: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        alias = "RolePolicyList",
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        deserialize_with = "list"
    )]
    inline: Vec<Inline<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    attached_managed_policies: Vec<Attached<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    group_list: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    permissions_boundary: Option<Boundary<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    tags: Vec<Tag<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    #[serde(borrow)]
    policy_name: Cow<'a, str>,
    #[serde(borrow, default)]
    policy_document: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached<'a> {
    #[serde(borrow, default)]
    policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    policy_arn: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary<'a> {
    #[serde(borrow, default)]
    permissions_boundary_arn: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: String,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'a> {
    #[serde(borrow, default)]
    policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow, default)]
    default_version_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "list")]
    policy_version_list: Vec<Version<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version<'a> {
    #[serde(borrow, default)]
    document: Option<&'a RawValue>,
    #[serde(borrow, default)]
    version_id: Option<Cow<'a, str>>,
    #[serde(default)]
    is_default_version: bool,
}

/// `null` is an empty list.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads the facts about one principal. Several pages may stand one behind the other.
pub(super) fn read(path: &str, text: &str, asked: Ask<'_>) -> Result<Snapshot, SourceError> {
    let ask = asked.principal;
    let mut all = Page::default();
    for page in serde_json::Deserializer::from_str(text).into_iter::<Page<'_>>() {
        let page = page.map_err(|error| SourceError::syntax(path, text, &error))?;
        all.role_detail_list.extend(page.role_detail_list);
        all.user_detail_list.extend(page.user_detail_list);
        all.group_detail_list.extend(page.group_detail_list);
        all.policies.extend(page.policies);
        all.is_truncated = page.is_truncated;
    }
    if !(ask.kind.is_role() || ask.kind == PrincipalKind::User) {
        return Ok(with_trust(&all, asked, Snapshot::without_policies(Source::Snapshot, ask.clone())));
    }
    let entities: Vec<&Entity<'_>> = all.role_detail_list.iter().chain(&all.user_detail_list).collect();
    let principals: Vec<Principal> = entities.iter().map(|entity| principal(entity)).collect();
    let index =
        find(path, ask, &principals).map_err(|error| error.in_page_of_several(all.is_truncated == Some(true)))?;
    match (entities.get(index), principals.into_iter().nth(index)) {
        (Some(entity), Some(found)) => Ok(with_trust(&all, asked, assemble(&all, entity, found.asked_as(ask)))),
        _ => Err(SourceError::NotASnapshot { path: path.to_owned() }),
    }
}

fn principal(entity: &Entity<'_>) -> Principal {
    let mut principal = Principal::from_arn(&entity.arn).unwrap_or_else(Principal::unknown);
    principal.unique_id = entity.unique_id.as_deref().map(str::to_owned);
    principal
}

fn assemble(all: &Page<'_>, entity: &Entity<'_>, principal: Principal) -> Snapshot {
    let mut identity = policies(all, entity, None);
    for name in &entity.group_list {
        let same_account = |group: &&Entity<'_>| account(&group.arn) == account(&entity.arn);
        let group =
            all.group_detail_list.iter().filter(same_account).find(|group| group.group_name.as_ref() == Some(name));
        match group {
            Some(group) => identity.extend(policies(all, group, Some(name))),
            None => {
                let origin = Origin::Group(name.to_string());
                let reason = "the snapshot does not hold this group";
                identity.push(Policy::unread(format!("policies of group {name}"), None, origin, reason));
            }
        }
    }
    let boundary = match &entity.permissions_boundary {
        None => Reading::Absent,
        Some(Boundary { permissions_boundary_arn: Some(arn) }) => {
            Reading::policies(vec![managed(all, arn, None, None)])
        }
        Some(_) => Reading::Failed { reason: "the snapshot does not say which policy it is".to_owned() },
    };
    let mut layers = Layers::default();
    layers.set(Layer::Identity, Reading::policies(identity));
    layers.set(Layer::Boundary, boundary);
    layers.boundary_users = boundary_users(all, entity);
    let trust_policy = trust(entity);
    let tags: BTreeMap<String, String> =
        entity.tags.iter().map(|tag| (tag.key.clone(), tag.value.to_string())).collect();
    let mut snapshot =
        Snapshot { source: Source::Snapshot, principal, tags: Some(tags), trust_policy, layers, unread: Vec::new() };
    note_unread(&mut snapshot);
    snapshot
}

/// How many principals have the boundary of this one; not known where pages are missing.
fn boundary_users(all: &Page<'_>, entity: &Entity<'_>) -> Option<usize> {
    let own = boundary_arn(entity).filter(|_| all.is_truncated != Some(true))?;
    let entities = all.role_detail_list.iter().chain(&all.user_detail_list);
    Some(entities.filter(|other| boundary_arn(other) == Some(own)).count())
}

fn boundary_arn<'e>(entity: &'e Entity<'_>) -> Option<&'e str> {
    entity.permissions_boundary.as_ref()?.permissions_boundary_arn.as_deref()
}

fn trust(entity: &Entity<'_>) -> Option<Policy> {
    let raw = entity.assume_role_policy_document?;
    let name = format!("trust policy of {}", entity.arn.rsplit('/').next().unwrap_or_default());
    Some(document::policy(&name, None, Origin::Inline, None, Some(raw)))
}

/// Adds the trust policies of the roles that are assumed.
fn with_trust(all: &Page<'_>, asked: Ask<'_>, mut snapshot: Snapshot) -> Snapshot {
    for role in all.role_detail_list.iter().filter(|role| asked.roles.iter().any(|arn| *arn == role.arn)) {
        let Some(policy) = trust(role) else { continue };
        let owner = account(&role.arn).map(str::to_owned);
        let reading = Reading::policies(vec![policy]);
        snapshot
            .layers
            .attach(Layer::Trust, snapshot::Attached { to: Some(role.arn.to_string()), account: owner, reading });
    }
    snapshot
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

/// The inline and attached policies of a role, a user or a group.
fn policies(all: &Page<'_>, entity: &Entity<'_>, group: Option<&str>) -> Vec<Policy> {
    let inline_origin = || group.map_or(Origin::Inline, |name| Origin::Group(name.to_owned()));
    let mut policies: Vec<Policy> = entity
        .inline
        .iter()
        .map(|policy| document::policy(&policy.policy_name, None, inline_origin(), None, policy.policy_document))
        .collect();
    policies.extend(
        entity
            .attached_managed_policies
            .iter()
            .map(|attached| managed(all, &attached.policy_arn, attached.policy_name.as_deref(), group)),
    );
    policies
}

/// A managed policy in its default version.
fn managed(all: &Page<'_>, arn: &str, name: Option<&str>, group: Option<&str>) -> Policy {
    let origin = group.map_or_else(|| Origin::of_managed(arn), |name| Origin::Group(name.to_owned()));
    let last = arn.rsplit('/').next().unwrap_or(arn);
    let Some(found) = all.policies.iter().find(|policy| policy.arn == arn) else {
        return document::policy(name.unwrap_or(last), Some(arn.to_owned()), origin, None, None);
    };
    let is_default = |version: &&Version<'_>| {
        version.is_default_version || (version.version_id.is_some() && version.version_id == found.default_version_id)
    };
    let version = found.policy_version_list.iter().find(is_default);
    let id = version.and_then(|version| version.version_id.as_deref()).or(found.default_version_id.as_deref());
    let name = found.policy_name.as_deref().or(name).unwrap_or(last);
    let document = version.and_then(|version| version.document);
    document::policy(name, Some(arn.to_owned()), origin, id.map(str::to_owned), document)
}

/// Lists what the snapshot lacks.
pub(super) fn note_unread(snapshot: &mut Snapshot) {
    let lacks = |layer: Layer| match snapshot.layers.get(layer) {
        Reading::Levels(levels) => levels.iter().flat_map(|level| &level.policies).any(Policy::is_unread),
        Reading::Failed { .. } => true,
        Reading::NotChecked { .. } | Reading::Absent => false,
    };
    let unread: Vec<Unread> = [Layer::Identity, Layer::Boundary]
        .into_iter()
        .filter(|layer| lacks(*layer))
        .map(|layer| Unread { layer, operation: "iam:GetPolicyVersion".to_owned(), reason: "not-in-source".to_owned() })
        .collect();
    snapshot.unread.extend(unread);
}
