//! This program's own snapshot format. An absent field means "not read"; an empty list or `null` "read, there is none".

mod around;
mod lenient;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Ask;
use super::broken::{self, Broken};
use super::document::Shelf;
use super::error::SourceError;
use super::find::find;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{BrokenEntry, Layer, Layers, Origin, Policy, Reading, Sharing, Snapshot, Source, Unread};

#[derive(Debug, Deserialize)]
struct Number<'a> {
    #[serde(borrow)]
    diagnose_snapshot: &'a RawValue,
}

/// The whole snapshot.
#[derive(Debug, Default, Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow, default)]
    principals: Vec<Entry<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    service_control_policies: Option<Option<Vec<Target<'a>>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    resource_control_policies: Option<Option<Vec<Target<'a>>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    resource_policies: Option<Option<Vec<ResourceEntry<'a>>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    vpc_endpoint_policies: Option<Option<Vec<PolicyEntry<'a>>>>,
    /// Who else has the managed policies.
    #[serde(default)]
    policy_holders: Option<Vec<HoldersEntry>>,
    #[serde(default)]
    unread: Option<Vec<UnreadEntry>>,
    #[serde(skip)]
    shelf: Shelf<'a>,
    /// Who of them has which policy.
    #[serde(skip)]
    sharing: Arc<Sharing>,
    /// Entries of another shape than they should have.
    #[serde(skip)]
    broken: Vec<Broken<'a>>,
    #[serde(skip)]
    text: &'a str,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(default)]
    arn_confirmed: Option<bool>,
    #[serde(default)]
    unique_id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    tags: Option<Option<BTreeMap<String, String>>>,
    #[serde(borrow, default)]
    trust_policy: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    identity_policies: Option<Option<Vec<PolicyEntry<'a>>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    permissions_boundary: Option<Option<PolicyEntry<'a>>>,
    /// How many principals have that boundary.
    #[serde(default)]
    boundary_users: Option<usize>,
    #[serde(borrow, default, deserialize_with = "present")]
    session_policies: Option<Option<Vec<PolicyEntry<'a>>>>,
    /// Nothing but the ARN could be read.
    #[serde(skip)]
    is_broken: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct PolicyEntry<'a> {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    origin: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(borrow, default)]
    document: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Target<'a> {
    #[serde(default)]
    target: Option<String>,
    #[serde(borrow, default, deserialize_with = "present")]
    policies: Option<Option<Vec<PolicyEntry<'a>>>>,
}

#[derive(Debug, Deserialize)]
struct ResourceEntry<'a> {
    resource: String,
    #[serde(default)]
    account: Option<String>,
    #[serde(borrow, default, deserialize_with = "present")]
    document: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct HoldersEntry {
    policy: String,
    #[serde(rename = "as")]
    how: String,
    #[serde(default)]
    some: Vec<String>,
    #[serde(default)]
    known: usize,
    #[serde(default)]
    count: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct UnreadEntry {
    layer: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    reason: String,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'a> File<'a> {
    /// Reads the snapshot; its documents stay raw text. Entry by entry only where that is needed: it takes longer.
    pub(super) fn open(path: &str, text: &'a str, shelf: Shelf<'a>) -> Result<Self, SourceError> {
        let syntax = |error| SourceError::syntax(path, text, &error);
        // The number first: a later format may look quite different.
        let number: Number<'_> = serde_json::from_str(text).map_err(syntax)?;
        if number.diagnose_snapshot.get() != "1" {
            let found = number.diagnose_snapshot.get().to_owned();
            return Err(SourceError::Format { path: path.to_owned(), found });
        }
        let file: Self = match serde_json::from_str(text) {
            Ok(file) => file,
            Err(error) if error.is_data() => lenient::file(text).ok_or_else(|| syntax(error))?,
            Err(error) => return Err(syntax(error)),
        };
        let sharing = Arc::new(around::sharing(&file));
        Ok(Self { shelf, sharing, text, ..file })
    }

    /// All principals in the order of the file, sessions among them.
    pub(super) fn principals(&self) -> Vec<Principal> {
        self.principals.iter().map(principal).collect()
    }

    /// How many principals there are, sessions among them.
    pub(super) fn len(&self) -> usize {
        self.principals.len()
    }

    /// The ARN of one of them, as it stands in the text.
    pub(super) fn arn(&self, index: usize) -> Option<&str> {
        self.principals.get(index).map(|entry| &*entry.arn)
    }

    /// What is known of one of them, but for the policies of resources; `organization` is that of [`around::organization`].
    pub(super) fn snapshot(&self, index: usize, organization: &[(Layer, Reading)]) -> Option<Snapshot> {
        let entry = self.principals.get(index)?;
        let mut snapshot = match entry.is_broken {
            true => broken::unread(principal(entry)),
            false => Snapshot { trust_policy: None, ..snapshot(self, entry, principal(entry)) },
        };
        for (layer, reading) in organization {
            snapshot.layers.set(*layer, reading.clone());
        }
        Some(snapshot)
    }

    /// Entries that could not be read, in the order of the lists; `line_of` tells the line of a part of the text.
    pub(super) fn broken(&self, line_of: impl Fn(&str) -> Option<usize>) -> Vec<BrokenEntry> {
        let of_shape = self.broken.iter().map(|broken| broken.told(&line_of));
        let strange = self.principals.iter().filter(|entry| !entry.is_broken && !lenient::is_principal(&entry.arn));
        let nobody = strange.map(|entry| {
            let problem = "its ARN is that of no role, user or session";
            broken::of_nobody(lenient::PRINCIPALS.name, &entry.arn, problem, line_of(&entry.arn))
        });
        of_shape.chain(nobody).collect()
    }

    /// Where the entry of this principal is broken.
    fn refused(&self, path: &str, entry: &Entry<'_>) -> SourceError {
        broken::refused(path, self.text, &self.broken, &entry.arn)
    }

    /// The index of the principal's entry.
    fn find(&self, path: &str, ask: &Principal, principals: &[Principal]) -> Result<usize, SourceError> {
        find(path, ask, principals).map_err(|error| broken::may_hide(path, self.text, &self.broken, error))
    }

    /// The organization's policies, which are the same for every principal.
    pub(super) fn organization(&self) -> Vec<(Layer, Reading)> {
        around::organization(self)
    }
}

/// Reads the facts about one principal; `principals` are [`File::principals`].
pub(super) fn read(
    path: &str,
    file: &File<'_>,
    principals: &[Principal],
    asked: Ask<'_>,
) -> Result<Snapshot, SourceError> {
    let ask = asked.principal;
    let own = file.principals.iter().find(|entry| ask.arn.as_deref() == Some(&*entry.arn));
    if let Some(own) = own.filter(|own| own.is_broken) {
        return Err(file.refused(path, own));
    }
    if ask.kind == PrincipalKind::AssumedRole {
        return Ok(around::add(file, asked, session(path, file, ask, principals, own)?));
    }
    if let (PrincipalKind::FederatedUser, Some(own)) = (ask.kind, own) {
        return Ok(around::add(file, asked, snapshot(file, own, ask.clone())));
    }
    if !matches!(ask.kind, PrincipalKind::Role | PrincipalKind::User) {
        return Ok(around::add(file, asked, Snapshot::without_policies(Source::Snapshot, ask.clone())));
    }
    let index = file.find(path, ask, principals)?;
    let (Some(entry), Some(found)) = (file.principals.get(index), principals.get(index).cloned()) else {
        return Err(SourceError::NotASnapshot { path: path.to_owned() });
    };
    if entry.is_broken {
        return Err(file.refused(path, entry));
    }
    Ok(around::add(file, asked, snapshot(file, entry, found)))
}

/// A session has its role's policies; an entry of its own adds to or replaces them, and may stand alone.
fn session<'a>(
    path: &str,
    file: &File<'a>,
    ask: &Principal,
    principals: &[Principal],
    own: Option<&Entry<'a>>,
) -> Result<Snapshot, SourceError> {
    let is_role = |principal: &Principal| principal.kind == PrincipalKind::Role;
    let roles: Vec<Principal> =
        principals.iter().map(|one| if is_role(one) { one.clone() } else { Principal::unknown() }).collect();
    match (file.find(path, ask, &roles), own) {
        (Err(error), None) | (Err(error @ SourceError::Entry { .. }), Some(_)) => Err(error),
        (Err(_), Some(own)) => Ok(snapshot(file, own, ask.clone())),
        (Ok(index), own) => {
            let (Some(role), Some(found)) = (file.principals.get(index), roles.into_iter().nth(index)) else {
                return Err(SourceError::NotASnapshot { path: path.to_owned() });
            };
            if role.is_broken {
                return Err(file.refused(path, role));
            }
            let entry = own.map_or_else(|| role.clone(), |own| own.over(role));
            Ok(snapshot(file, &entry, found.asked_as(ask)))
        }
    }
}

impl<'a> Entry<'a> {
    /// This session's entry over its role's: what it does not hold is the role's; its tags replace the role's by key.
    fn over(&self, role: &Entry<'a>) -> Entry<'a> {
        let mut tags = role.tags.clone();
        if let Some(own) = &self.tags {
            let mut all = tags.flatten().unwrap_or_default();
            let own = own.clone().unwrap_or_default();
            // Session tags override role tags of the same key, whatever its case.
            all.retain(|key, _| !own.keys().any(|session| session.eq_ignore_ascii_case(key)));
            all.extend(own);
            tags = Some(Some(all));
        }
        Entry {
            arn: role.arn.clone(),
            arn_confirmed: role.arn_confirmed,
            unique_id: role.unique_id.clone(),
            tags,
            trust_policy: self.trust_policy.or(role.trust_policy),
            identity_policies: self.identity_policies.clone().or_else(|| role.identity_policies.clone()),
            permissions_boundary: self.permissions_boundary.clone().or_else(|| role.permissions_boundary.clone()),
            boundary_users: self.boundary_users.or(role.boundary_users),
            session_policies: self.session_policies.clone().or_else(|| role.session_policies.clone()),
            is_broken: false,
        }
    }
}

/// The trust policy of a role, where the snapshot holds it.
fn trust<'a>(file: &File<'a>, entry: &Entry<'a>) -> Option<Policy> {
    let raw = entry.trust_policy.filter(|raw| !matches!(raw.get(), "null" | "{}"))?;
    let name = format!("trust policy of {}", entry.arn.rsplit('/').next().unwrap_or_default());
    Some(file.shelf.policy(&name, None, Origin::Inline, None, Some(raw)))
}

fn principal(entry: &Entry<'_>) -> Principal {
    let mut principal = Principal::from_arn(&entry.arn).unwrap_or_else(Principal::unknown);
    principal.unique_id.clone_from(&entry.unique_id);
    if entry.arn_confirmed == Some(false) {
        principal.entity_arn = None;
    }
    principal
}

fn snapshot<'a>(file: &File<'a>, entry: &Entry<'a>, principal: Principal) -> Snapshot {
    let mut layers = Layers::default();
    let unread: Vec<Unread> = file.unread.iter().flatten().filter_map(unread).collect();
    let missing = |layer: Layer| match unread.iter().find(|unread| unread.layer == layer) {
        Some(unread) => Reading::Failed { reason: format!("{} failed: {}", unread.operation, unread.reason) },
        None => Reading::NotChecked { reason: Some("the snapshot does not hold it".to_owned()) },
    };
    let name = |kind: &str| format!("{kind} of {}", principal.name.as_deref().unwrap_or_default());
    let identity = match &entry.identity_policies {
        None => missing(Layer::Identity),
        Some(list) => {
            let list = list.iter().flatten();
            let mut policies: Vec<Policy> =
                list.map(|entry| policy(file, entry, &name("a policy"), Origin::Inline)).collect();
            // A read that failed without leaving a policy behind: there may be more than are listed.
            if unread.iter().any(|unread| unread.layer == Layer::Identity) && !policies.iter().any(Policy::is_unread) {
                policies.push(Policy::unread(
                    "further policies",
                    None,
                    Origin::Inline,
                    "the snapshot lists a failed read",
                ));
            }
            Reading::policies(policies)
        }
    };
    layers.set(Layer::Identity, identity);
    let boundary = match &entry.permissions_boundary {
        None => missing(Layer::Boundary),
        Some(None) if unread.iter().any(|unread| unread.layer == Layer::Boundary) => missing(Layer::Boundary),
        Some(None) => Reading::Absent,
        Some(Some(entry)) => Reading::policies(vec![policy(file, entry, &name("boundary"), Origin::CustomerManaged)]),
    };
    layers.set(Layer::Boundary, boundary);
    layers.boundary_users = entry.boundary_users;
    layers.sharing = Some(Arc::clone(&file.sharing));
    let session = match &entry.session_policies {
        None => Reading::not_checked(),
        Some(list) if list.as_ref().is_none_or(Vec::is_empty) => Reading::Absent,
        Some(list) => {
            let list = list.iter().flatten();
            Reading::policies(list.map(|entry| policy(file, entry, "session policy", Origin::Inline)).collect())
        }
    };
    layers.set(Layer::Session, session);
    let trust_policy = trust(file, entry);
    let tags = entry.tags.clone().map(Option::unwrap_or_default);
    Snapshot { source: Source::Snapshot, principal, tags, trust_policy, layers, unread }
}

/// The policies of a level; `null` is none.
fn present_policies<'t, 'a>(target: &'t Target<'a>) -> impl Iterator<Item = &'t PolicyEntry<'a>> {
    target.policies.iter().flatten().flatten()
}

fn policy<'a>(file: &File<'a>, entry: &PolicyEntry<'a>, fallback: &str, default: Origin) -> Policy {
    let origin = match (entry.origin.as_deref(), &entry.arn) {
        (Some("inline"), _) => Origin::Inline,
        (Some("customer-managed"), _) => Origin::CustomerManaged,
        (Some("aws-managed"), _) => Origin::AwsManaged,
        (Some("file"), _) => Origin::File,
        (Some(other), _) if other.starts_with("group:") => Origin::Group(other.trim_start_matches("group:").to_owned()),
        (_, Some(arn)) => Origin::of_managed(arn),
        (_, None) => default,
    };
    let last = entry.arn.as_deref().and_then(|arn| arn.rsplit('/').next());
    let name = entry.name.as_deref().or(last).unwrap_or(fallback);
    file.shelf.policy(name, entry.arn.clone(), origin, entry.version.clone(), entry.document)
}

fn unread(entry: &UnreadEntry) -> Option<Unread> {
    let layer = Layer::ALL.into_iter().find(|layer| layer.code() == entry.layer)?;
    Some(Unread { layer, operation: entry.operation.clone(), reason: entry.reason.clone() })
}
