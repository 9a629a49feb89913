//! The policies of a role or user, its boundary, its tags and its trust policy.
//!
//! iam-collect has all of it from one call, GetAccountAuthorizationDetails, and fails as a whole if that call fails: what
//! has no file there, the role or user has not got.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::people::Found;
use super::store::Folder;
use super::{Reader, policy_of_file};
use crate::arn::Arn;
use crate::principal::Principal;
use crate::snapshot::{Layer, Layers, Origin, Policy, Reading, Snapshot, Source};
use crate::source::{document, gaad};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    policy_name: String,
    #[serde(borrow, default)]
    policy_document: Option<&'a RawValue>,
}

/// A managed policy: the facts of its `metadata.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManagedMetadata {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    default_version_id: Option<String>,
}

impl Reader<'_> {
    /// Everything that is known of the role or user itself.
    pub(super) fn entity(&mut self, found: &Found, ask: &Principal) -> Snapshot {
        let Found { folder, account, metadata, principal } = found;
        let mut identity = self.policies(folder, account, None);
        identity.extend(self.groups(folder, account));
        let mut layers = Layers::default();
        layers.set(Layer::Identity, Reading::policies(identity));
        let boundary = match &metadata.boundary {
            Some(arn) => Reading::policies(vec![self.managed(account, arn, None)]),
            None => Reading::Absent,
        };
        layers.set(Layer::Boundary, boundary);
        // Tags that are not understood are not known.
        let tags = folder.json::<BTreeMap<String, String>>(self.files, "tags.json").map(Option::unwrap_or_default).ok();
        let trust_policy = if principal.kind.is_role() { self.trust_policy(folder, &metadata.arn) } else { None };
        let principal = principal.clone().asked_as(ask);
        let mut snapshot =
            Snapshot { source: Source::Snapshot, principal, tags, trust_policy, layers, unread: Vec::new() };
        gaad::note_unread(&mut snapshot);
        snapshot
    }

    /// The trust policy of a role. Every role has one: without a file, it was not read.
    pub(super) fn trust_policy(&mut self, folder: &Folder, arn: &str) -> Option<Policy> {
        let text = folder.text(self.files, "trust-policy.json").transpose()?;
        let name = format!("trust policy of {}", last(arn));
        Some(policy_of_file(&name, None, Origin::Inline, None, text.map(Some)))
    }

    /// The policies of a user's groups; a user without groups has no such file.
    fn groups(&mut self, folder: &Folder, account: &Folder) -> Vec<Policy> {
        let groups = match folder.json::<Vec<Option<String>>>(self.files, "groups.json") {
            Ok(groups) => groups.unwrap_or_default(),
            Err(error) => {
                let origin = Origin::Group("?".to_owned());
                return vec![Policy::unread("policies of its groups", None, origin, error.to_string())];
            }
        };
        let mut policies = Vec::new();
        for arn in groups {
            let group = arn.as_deref().and_then(Arn::parse).and_then(|arn| account.resource(&arn));
            let name = arn.as_deref().map_or("?", last);
            match group.filter(Folder::is_there) {
                Some(group) => policies.extend(self.policies(&group, account, Some(name))),
                None => {
                    let origin = Origin::Group(name.to_owned());
                    let reason = "the store does not hold this group";
                    policies.push(Policy::unread(format!("policies of group {name}"), None, origin, reason));
                }
            }
        }
        policies
    }

    /// The inline and attached policies of a role, a user or a group. One without policies of a kind has no such file.
    fn policies(&mut self, folder: &Folder, account: &Folder, group: Option<&str>) -> Vec<Policy> {
        let origin = || group.map_or(Origin::Inline, |name| Origin::Group(name.to_owned()));
        let unread = |what: &str, reason: String| Policy::unread(what, None, origin(), reason);
        let mut policies = Vec::new();
        match folder.json::<Vec<Box<RawValue>>>(self.files, "inline-policies.json") {
            Ok(list) => policies.extend(list.unwrap_or_default().iter().map(|raw| {
                match serde_json::from_str::<Inline<'_>>(raw.get()) {
                    Ok(one) => document::policy(&one.policy_name, None, origin(), None, one.policy_document),
                    Err(_) => unread("an inline policy", "its entry in inline-policies.json is no policy".to_owned()),
                }
            })),
            Err(error) => policies.push(unread("inline policies", error.to_string())),
        }
        match folder.json::<Vec<Option<String>>>(self.files, "managed-policies.json") {
            Ok(list) => {
                for arn in list.unwrap_or_default() {
                    policies.push(match arn {
                        Some(arn) => self.managed(account, &arn, group),
                        None => unread("a managed policy", "managed-policies.json does not name it".to_owned()),
                    });
                }
            }
            Err(error) => policies.push(unread("managed policies", error.to_string())),
        }
        policies
    }

    /// A managed policy in its default version: of AWS or of the account.
    fn managed(&mut self, account: &Folder, arn: &str, group: Option<&str>) -> Policy {
        let origin = group.map_or_else(|| Origin::of_managed(arn), |name| Origin::Group(name.to_owned()));
        let Some(folder) = Arn::parse(arn).and_then(|parsed| account.resource(&parsed)) else {
            let reason = "the store can hold no policy of this ARN";
            return Policy::unread(last(arn), Some(arn.to_owned()), origin, reason);
        };
        let metadata = folder.json::<ManagedMetadata>(self.files, "metadata.json").ok().flatten().unwrap_or_default();
        let text = match folder.text(self.files, "current-policy.json") {
            // Its name in stores of the first versions.
            Ok(None) => folder.text(self.files, "policy.json"),
            read => read,
        };
        let name = metadata.name.as_deref().unwrap_or_else(|| last(arn));
        policy_of_file(name, Some(arn), origin, metadata.default_version_id, text)
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
