//! The lists of the answer, borrowed from its text.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::snapshot::Versions;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) role_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) user_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) group_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) policies: Vec<Managed<'a>>,
    #[serde(default)]
    pub(super) is_truncated: Option<bool>,
}

impl<'a> Page<'a> {
    /// Adds the lists of another page.
    pub(super) fn add(&mut self, other: Self) {
        self.role_detail_list.extend(other.role_detail_list);
        self.user_detail_list.extend(other.user_detail_list);
        self.group_detail_list.extend(other.group_detail_list);
        self.policies.extend(other.policies);
        self.is_truncated = other.is_truncated;
    }
}

/// A role, a user or a group: what they have in common, and what some of them have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entity<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) group_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "RoleId", alias = "UserId")]
    pub(super) unique_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) assume_role_policy_document: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        alias = "RolePolicyList",
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        deserialize_with = "list"
    )]
    pub(super) inline: Vec<Inline<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) attached_managed_policies: Vec<Attached<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) group_list: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) permissions_boundary: Option<Boundary<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) tags: Vec<Tag<'a>>,
    /// Nothing but the ARN could be read.
    #[serde(skip)]
    pub(super) is_broken: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inline<'a> {
    #[serde(borrow)]
    pub(super) policy_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) policy_document: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attached<'a> {
    #[serde(borrow, default)]
    pub(super) policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) policy_arn: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary<'a> {
    #[serde(borrow, default)]
    pub(super) permissions_boundary_arn: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    pub(super) key: String,
    #[serde(borrow)]
    pub(super) value: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Managed<'a> {
    #[serde(borrow, default)]
    pub(super) policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) default_version_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) policy_version_list: Vec<Version<'a>>,
    /// A number; raw, as a strange one is no reason to refuse the entry.
    #[serde(borrow, default)]
    pub(super) attachment_count: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) permissions_boundary_usage_count: Option<&'a RawValue>,
    /// Nothing but the ARN could be read.
    #[serde(skip)]
    pub(super) is_broken: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version<'a> {
    #[serde(borrow, default)]
    pub(super) document: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) version_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) is_default_version: bool,
}

/// `null` is an empty list.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Entity<'_> {
    /// The ARN of its permissions boundary, where it has one and the answer says which.
    pub(super) fn boundary_arn(&self) -> Option<&str> {
        self.permissions_boundary.as_ref()?.permissions_boundary_arn.as_deref()
    }
}

impl<'a> Managed<'a> {
    /// The version that counts.
    pub(super) fn default_version(&self) -> Option<&Version<'a>> {
        self.policy_version_list.iter().find(|version| {
            let named = version.version_id.is_some() && version.version_id == self.default_version_id;
            version.is_default_version || named
        })
    }

    /// How many versions there are; they are numbered in the order in which they were made.
    pub(super) fn versions(&self) -> Option<Versions> {
        let all = &self.policy_version_list;
        let default = self.default_version()?.version_id.as_deref()?;
        let others = all.iter().filter_map(|version| version.version_id.as_deref()).filter(|id| *id != default);
        let number = |id: &&str| id.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
        let oldest = others.min_by_key(number).map(str::to_owned);
        Some(Versions { count: all.len(), oldest })
    }
}
