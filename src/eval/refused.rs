//! What IAM refuses whatever the policies say: its own managed policies and the roles that services and IAM Identity
//! Center keep cannot be changed.
//!
//! Source: IAM User Guide, "AWS managed policies and inline policies" and "Use service-linked roles"; IAM Identity Center
//! User Guide, "Manage permission sets"; IAM API Reference, `UnmodifiableEntity`.

use crate::arn::Arn;
use crate::request::Request;

/// Whose thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An AWS managed policy.
    AwsManagedPolicy,
    /// A role of IAM Identity Center: its permission set can be changed.
    PermissionSetRole,
    /// A service-linked role: the service changes it.
    ServiceLinkedRole,
}

const ON_POLICIES: [&str; 7] = [
    "iam:createpolicy",
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:tagpolicy",
    "iam:untagpolicy",
];

/// On any role that is not the account's own to change.
const ON_ROLES: [&str; 8] = [
    "iam:attachrolepolicy",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:updateassumerolepolicy",
];

/// Of a permission set's role these too: the description and tags of a service-linked role are the account's to change.
const ON_PERMISSION_SET_ROLES: [&str; 6] =
    ["iam:createrole", "iam:passrole", "iam:tagrole", "iam:untagrole", "iam:updaterole", "iam:updateroledescription"];

/// Whether IAM refuses the request. Of a resource pattern all that it matches must be of that kind.
pub(super) fn refused_by_iam(request: &Request) -> Option<Refused> {
    let action = request.action.lower.as_str();
    if request.action.service() != Some("iam") {
        return None;
    }
    let arn = Arn::parse(request.resource.text()).filter(|arn| arn.service == "iam")?;
    let on_role = ON_ROLES.contains(&action);
    if arn.account == "aws" && arn.resource.starts_with("policy/") && ON_POLICIES.contains(&action) {
        return Some(Refused::AwsManagedPolicy);
    }
    if arn.resource.starts_with("role/aws-reserved/") && (on_role || ON_PERMISSION_SET_ROLES.contains(&action)) {
        return Some(Refused::PermissionSetRole);
    }
    (arn.resource.starts_with("role/aws-service-role/") && on_role).then_some(Refused::ServiceLinkedRole)
}
