//! What AWS refuses whatever the policies say: what belongs to AWS cannot be changed, some callers cannot make some
//! calls, and some calls do not reach another account.
//!
//! Source: IAM User Guide, "AWS managed policies and inline policies" and "Use service-linked roles"; IAM Identity Center
//! User Guide, "Manage permission sets"; IAM API Reference, `UnmodifiableEntity`.

use super::naming::is_by_token;
use super::scope::Owner;
use crate::arn::Arn;
use crate::principal::PrincipalKind;
use crate::request::Request;

/// Why it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An AWS managed policy.
    AwsManagedPolicy,
    /// A role of IAM Identity Center: its permission set can be changed.
    PermissionSetRole,
    /// A service-linked role: the service changes it.
    ServiceLinkedRole,
    /// The alias of a key that AWS manages.
    AwsAlias,
    /// The root user can assume no role.
    RootAssumes,
    /// The call takes the credentials of an IAM user, or of the root user, and these are of a session.
    SessionCredentials,
    /// What a session of `sts:GetFederationToken` cannot call.
    FederationToken,
    /// The call reaches resources of the caller's own account alone.
    AcrossAccounts,
    /// The resource is in another partition, where the caller is nobody.
    OtherPartition,
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

/// Source: KMS API Reference, `CreateAlias`: an alias cannot begin with `alias/aws/`.
const ON_ALIASES: [&str; 3] = ["kms:createalias", "kms:deletealias", "kms:updatealias"];

/// What another account's policies cannot give.
///
/// Sources: KMS Developer Guide, "Allowing users in other accounts to use a KMS key", and `Cross-account use` of each operation in
/// the KMS API Reference; SQS Developer Guide, "Limitations of Amazon SQS custom policies"; S3 API Reference, `PutBucketPolicy`.
const OWN_ACCOUNT_ALONE: [&str; 38] = [
    "kms:cancelkeydeletion",
    "kms:createalias",
    "kms:deletealias",
    "kms:deleteimportedkeymaterial",
    "kms:disablekey",
    "kms:disablekeyrotation",
    "kms:enablekey",
    "kms:enablekeyrotation",
    "kms:getkeypolicy",
    "kms:getparametersforimport",
    "kms:importkeymaterial",
    "kms:listkeypolicies",
    "kms:listkeyrotations",
    "kms:listresourcetags",
    "kms:putkeypolicy",
    "kms:replicatekey",
    "kms:rotatekeyondemand",
    "kms:schedulekeydeletion",
    "kms:tagresource",
    "kms:untagresource",
    "kms:updatealias",
    "kms:updatekeydescription",
    "kms:updateprimaryregion",
    "s3:deletebucketpolicy",
    "s3:getbucketpolicy",
    "s3:putbucketpolicy",
    "sqs:addpermission",
    "sqs:cancelmessagemovetask",
    "sqs:createqueue",
    "sqs:deletequeue",
    "sqs:listmessagemovetasks",
    "sqs:listqueues",
    "sqs:listqueuetags",
    "sqs:removepermission",
    "sqs:setqueueattributes",
    "sqs:startmessagemovetask",
    "sqs:tagqueue",
    "sqs:untagqueue",
];

/// Whether AWS refuses the request. Of a resource pattern all that it matches must be of that kind.
pub(super) fn refused(request: &Request) -> Option<Refused> {
    let arn = Arn::parse(request.resource.text());
    if let Some(why) = by_caller(request) {
        return Some(why);
    }
    let owned = arn.and_then(|arn| match arn.service {
        "iam" => of_iam(request, arn),
        "kms" => of_kms(request, arn),
        _ => None,
    });
    owned.or_else(|| arn.filter(|arn| is_elsewhere(request, *arn)).map(|_| Refused::OtherPartition)).or_else(|| {
        let alone = OWN_ACCOUNT_ALONE.binary_search(&request.action.lower.as_str()).is_ok();
        let from_outside = alone && Owner::of(request) == Owner::Other;
        from_outside.then_some(Refused::AcrossAccounts)
    })
}

/// Source: STS API Reference, `AssumeRole` and `GetFederationToken`; IAM User Guide, "Compare AWS STS credentials".
fn by_caller(request: &Request) -> Option<Refused> {
    let action = request.action.lower.as_str();
    match request.caller.principal.kind {
        PrincipalKind::Root => (action == "sts:assumerole").then_some(Refused::RootAssumes),
        PrincipalKind::Role | PrincipalKind::AssumedRole => {
            (action == "sts:getfederationtoken").then_some(Refused::SessionCredentials)
        }
        PrincipalKind::FederatedUser => {
            let cannot = match request.action.service() {
                Some("iam") => true,
                Some("sts") => action != "sts:getcalleridentity" && !is_by_token(&request.action),
                Some(_) | None => false,
            };
            cannot.then_some(Refused::FederationToken)
        }
        PrincipalKind::User | PrincipalKind::Service | PrincipalKind::Anonymous | PrincipalKind::Unknown => None,
    }
}

fn of_iam(request: &Request, arn: Arn<'_>) -> Option<Refused> {
    let action = request.action.lower.as_str();
    if request.action.service() != Some("iam") {
        return None;
    }
    let on_role = ON_ROLES.contains(&action);
    if arn.account == "aws" && arn.resource.starts_with("policy/") && ON_POLICIES.contains(&action) {
        return Some(Refused::AwsManagedPolicy);
    }
    if arn.resource.starts_with("role/aws-reserved/") && (on_role || ON_PERMISSION_SET_ROLES.contains(&action)) {
        return Some(Refused::PermissionSetRole);
    }
    (arn.resource.starts_with("role/aws-service-role/") && on_role).then_some(Refused::ServiceLinkedRole)
}

fn of_kms(request: &Request, arn: Arn<'_>) -> Option<Refused> {
    let on_alias = ON_ALIASES.contains(&request.action.lower.as_str());
    (on_alias && arn.resource.starts_with("alias/aws/")).then_some(Refused::AwsAlias)
}

/// Whether the resource is in another partition than the caller, each of which is known.
/// Source: IAM User Guide, "IAM ARNs": an account is in one partition.
fn is_elsewhere(request: &Request, resource: Arn<'_>) -> bool {
    let caller = request.caller.principal.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
    let is_one = |partition: &str| matches!(partition, "aws" | "aws-cn" | "aws-us-gov");
    caller.is_some_and(|own| own != resource.partition && is_one(own) && is_one(resource.partition))
}
