//! The whole account: every page of `iam:GetAccountAuthorizationDetails`.
//!
//! Written out as the AWS CLI prints it, so that an account that is read and one that was saved are one kind of source.
//! Documents stay as IAM serves them, URL-encoded. Source: IAM API Reference, `GetAccountAuthorizationDetails`.

use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, Tag,
    UserDetail,
};
use serde_json::{Value, json};

use super::connect::connect;
use super::failure::{Failure, FailureKind};
use super::reader::leads_nowhere;
use super::{AwsError, AwsOptions};

const OPERATION: &str = "iam:GetAccountAuthorizationDetails";
/// The most that IAM gives on one page.
const PAGE_SIZE: i32 = 1000;

/// Every role, user, group and managed policy of the account, as the JSON of the AWS CLI. `progress` hears how many
/// roles and users were read so far, after each page.
///
/// # Errors
/// Where a page cannot be read: of half an account nothing is said.
pub async fn account(options: &AwsOptions, progress: impl Fn(usize)) -> Result<String, AwsError> {
    let clients = connect(options).await?;
    let mut pages = clients.iam.get_account_authorization_details().into_paginator().page_size(PAGE_SIZE).send();
    let (mut lists, mut last) = (Lists::default(), None);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| refused(&Failure::of(OPERATION, &error)))?;
        lists.roles.extend(page.role_detail_list().iter().map(|one| role(one).to_string()));
        lists.users.extend(page.user_detail_list().iter().map(|one| user(one).to_string()));
        lists.groups.extend(page.group_detail_list().iter().map(|one| group(one).to_string()));
        lists.policies.extend(page.policies().iter().map(|one| managed(one).to_string()));
        progress(lists.roles.len() + lists.users.len());
        if leads_nowhere(page.is_truncated(), page.marker(), &mut last) {
            return Err(Failure::incomplete(OPERATION).fatal());
        }
    }
    Ok(lists.written())
}

/// What to grant, where it is that.
fn refused(failure: &Failure) -> AwsError {
    let mut error = failure.fatal();
    if let AwsError::NotAsked { kind: FailureKind::AccessDenied, detail, .. } = &mut error {
        *detail += &format!(": an audit needs {OPERATION} on *, which SecurityAudit and IAMReadOnlyAccess grant");
    }
    error
}

#[derive(Default)]
struct Lists {
    roles: Vec<String>,
    users: Vec<String>,
    groups: Vec<String>,
    policies: Vec<String>,
}

impl Lists {
    fn written(&self) -> String {
        let list = |name: &str, items: &[String]| format!("\"{name}\":[\n{}\n]", items.join(",\n"));
        let lists = [
            list("RoleDetailList", &self.roles),
            list("UserDetailList", &self.users),
            list("GroupDetailList", &self.groups),
            list("Policies", &self.policies),
        ];
        format!("{{{}}}\n", lists.join(",\n"))
    }
}

fn role(role: &RoleDetail) -> Value {
    json!({
        "Arn": role.arn(),
        "RoleName": role.role_name(),
        "RoleId": role.role_id(),
        "RolePolicyList": inline(role.role_policy_list()),
        "AttachedManagedPolicies": attached(role.attached_managed_policies()),
        "PermissionsBoundary": boundary(role.permissions_boundary()),
        "Tags": tags(role.tags()),
    })
}

fn user(user: &UserDetail) -> Value {
    json!({
        "Arn": user.arn(),
        "UserName": user.user_name(),
        "UserId": user.user_id(),
        "UserPolicyList": inline(user.user_policy_list()),
        "GroupList": user.group_list(),
        "AttachedManagedPolicies": attached(user.attached_managed_policies()),
        "PermissionsBoundary": boundary(user.permissions_boundary()),
        "Tags": tags(user.tags()),
    })
}

fn group(group: &GroupDetail) -> Value {
    json!({
        "Arn": group.arn(),
        "GroupName": group.group_name(),
        "GroupPolicyList": inline(group.group_policy_list()),
        "AttachedManagedPolicies": attached(group.attached_managed_policies()),
    })
}

fn managed(policy: &ManagedPolicyDetail) -> Value {
    // Other versions than the default one decide nothing.
    let versions = policy.policy_version_list().iter().filter(|version| version.is_default_version());
    let versions = versions.map(|version| {
        json!({ "VersionId": version.version_id(), "IsDefaultVersion": true, "Document": version.document() })
    });
    json!({
        "Arn": policy.arn(),
        "PolicyName": policy.policy_name(),
        "DefaultVersionId": policy.default_version_id(),
        "PolicyVersionList": versions.collect::<Vec<Value>>(),
    })
}

fn inline(policies: &[PolicyDetail]) -> Value {
    let one = |policy: &PolicyDetail| json!({ "PolicyName": policy.policy_name().unwrap_or_default(), "PolicyDocument": policy.policy_document() });
    policies.iter().map(one).collect()
}

fn attached(policies: &[AttachedPolicy]) -> Value {
    let one = |policy: &AttachedPolicy| json!({ "PolicyName": policy.policy_name(), "PolicyArn": policy.policy_arn().unwrap_or_default() });
    policies.iter().map(one).collect()
}

fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Value {
    boundary.map_or(Value::Null, |one| json!({ "PermissionsBoundaryArn": one.permissions_boundary_arn() }))
}

fn tags(tags: &[Tag]) -> Value {
    tags.iter().map(|tag| json!({ "Key": tag.key(), "Value": tag.value() })).collect()
}
