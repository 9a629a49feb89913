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

const ON_ROLES: [&str; 13] = [
    "iam:attachrolepolicy",
    "iam:createrole",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:tagrole",
    "iam:untagrole",
    "iam:updateassumerolepolicy",
    "iam:updaterole",
    "iam:updateroledescription",
];

const ON_SERVICE_LINKED_ROLES: [&str; 8] = [
    "iam:attachrolepolicy",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:updateassumerolepolicy",
];

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
    if arn.resource.starts_with("role/aws-reserved/") && (on_role || action == "iam:passrole") {
        return Some(Refused::PermissionSetRole);
    }
    // Its description and tags are the account's to change; its policies are not.
    let edits = ON_SERVICE_LINKED_ROLES.contains(&action);
    (arn.resource.starts_with("role/aws-service-role/") && edits).then_some(Refused::ServiceLinkedRole)
}
