//! The Terraform resource that holds a document.

use crate::arn::{Arn, is_account_id};
use crate::fix::commands::{boundary_copy, is_harmful, not_reserved};
use crate::fix::{Fix, FixKind};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Origin};

/// The resource, as it stands in a comment: its type, a label made of the policy's name, and what else is to know. The
/// label in somebody's code may be another one. `None` where Terraform has no such resource.
pub(super) fn place(fix: &Fix, who: &Principal) -> Option<String> {
    let document = &fix.document;
    match fix.layer {
        Layer::ServiceControl | Layer::ResourceControl => {
            if fix.kind == FixKind::Attach {
                let to = shown(document.attached_to.as_deref().unwrap_or("the level"));
                let label = labelled("aws_organizations_policy", stem(&document.name));
                return Some(format!("{label}, new; with an aws_organizations_policy_attachment to {to}"));
            }
            let own = document.arn.as_deref().and_then(Arn::parse).is_none_or(|arn| arn.account != "aws");
            own.then(|| labelled("aws_organizations_policy", stem(&document.name)))
        }
        Layer::VpcEndpoint => {
            let to = document.attached_to.as_deref().unwrap_or(&document.name);
            Some(labelled("aws_vpc_endpoint_policy", stem(to.rsplit('/').next().unwrap_or(to))))
        }
        Layer::Resource => match document.attached_to.as_deref() {
            Some(arn) => of_resource(arn),
            None => Some(format!("the resource's policy, {}", shown(&document.name))),
        },
        Layer::Trust => {
            let to = document.attached_to.as_deref().or(document.arn.as_deref());
            let role = to.and_then(Principal::from_arn);
            role.as_ref().map_or(Ok(()), not_reserved).ok()?;
            let name = role.and_then(|role| role.name).unwrap_or_else(|| stem(&document.name).to_owned());
            Some(format!("{}, assume_role_policy", labelled("aws_iam_role", &name)))
        }
        Layer::Identity | Layer::Boundary => of_principal(fix, who),
        Layer::Session => None,
    }
}

fn of_principal(fix: &Fix, who: &Principal) -> Option<String> {
    not_reserved(who).ok()?;
    let document = &fix.document;
    let holder = match who.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => Some("role"),
        PrincipalKind::User => Some("user"),
        PrincipalKind::FederatedUser
        | PrincipalKind::Root
        | PrincipalKind::Service
        | PrincipalKind::Anonymous
        | PrincipalKind::Unknown => None,
    };
    let of_holder = |name: &str| holder.map(|kind| labelled(&format!("aws_iam_{kind}_policy"), name));
    let managed = |name: &str| labelled("aws_iam_policy", name);
    let whom = shown(who.name.as_deref().unwrap_or("the principal"));
    match fix.kind {
        FixKind::ReplaceBoundary => {
            let new = boundary_copy(fix, who)?;
            let role = holder.unwrap_or("role");
            return Some(format!("{}, new; permissions_boundary of {role} {whom}", managed(&new.name)));
        }
        FixKind::Attach => {
            return Some(format!("{}, new; for {} {whom}", of_holder(&document.name)?, holder?));
        }
        FixKind::AddAllow | FixKind::ExtendAllow | FixKind::NarrowDeny | FixKind::Nothing => {}
    }
    if let Some(arn) = document.arn.as_deref() {
        let own = Arn::parse(arn).is_some_and(|arn| is_account_id(arn.account));
        return own.then(|| managed(&document.name));
    }
    match &document.origin {
        Some(Origin::Inline) if fix.layer == Layer::Identity => of_holder(&document.name),
        Some(Origin::Group(_)) => Some(labelled("aws_iam_group_policy", &document.name)),
        Some(Origin::AwsManaged) => None,
        Some(Origin::Inline | Origin::CustomerManaged | Origin::File) | None => Some(managed(stem(&document.name))),
    }
}

/// Source: Terraform AWS provider, one resource type a service.
fn of_resource(text: &str) -> Option<String> {
    let arn = Arn::parse(text)?;
    let last = arn.resource.rsplit(['/', ':']).next().unwrap_or(arn.resource);
    let first = arn.resource.split('/').next().unwrap_or(arn.resource);
    let (kind, name) = match arn.service {
        "s3" if first == "accesspoint" => ("aws_s3control_access_point_policy", last),
        "s3" => ("aws_s3_bucket_policy", first),
        "sqs" => ("aws_sqs_queue_policy", last),
        "sns" => ("aws_sns_topic_policy", last),
        "kms" => return Some(format!("{}, policy", labelled("aws_kms_key", last))),
        "secretsmanager" => ("aws_secretsmanager_secret_policy", last),
        "ecr" => ("aws_ecr_repository_policy", last),
        "dynamodb" => ("aws_dynamodb_resource_policy", arn.resource.split('/').nth(1).unwrap_or(last)),
        "kinesis" => ("aws_kinesis_resource_policy", last),
        "events" => ("aws_cloudwatch_event_bus_policy", last),
        "glue" => ("aws_glue_resource_policy", last),
        "backup" => ("aws_backup_vault_policy", last),
        "elasticfilesystem" => ("aws_efs_file_system_policy", last),
        "es" => ("aws_opensearch_domain_policy", first_name(&arn)),
        "acm-pca" => ("aws_acmpca_policy", last),
        "codebuild" => ("aws_codebuild_resource_policy", last),
        "codeartifact" if first == "domain" => ("aws_codeartifact_domain_permissions_policy", last),
        "codeartifact" => ("aws_codeartifact_repository_permissions_policy", last),
        "s3tables" => ("aws_s3tables_table_bucket_policy", last),
        // aws_lambda_permission takes one action and one principal, no statement.
        "lambda" => return None,
        _ => return Some(format!("the policy of {}", shown(text))),
    };
    Some(labelled(kind, name))
}

fn first_name<'a>(arn: &Arn<'a>) -> &'a str {
    arn.resource.split('/').nth(1).unwrap_or(arn.resource)
}

/// `type.label`, and the name where the label cannot be the same.
fn labelled(kind: &str, name: &str) -> String {
    let label = label(name);
    if label == name { format!("{kind}.{label}") } else { format!("{kind}.{label} ({})", shown(name)) }
}

/// A name as HCL takes it for a label: letters, digits, `_` and `-`, the first a letter or `_`.
///
/// Source: "Identifiers" of Terraform's configuration syntax,
/// <https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers>.
pub fn label(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let mut label: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    if !label.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        label.insert(0, '_');
    }
    label
}

/// The name of a policy that may be the path of a file.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.strip_suffix(".json").unwrap_or(file)
}

/// A name on one line of a comment.
fn shown(name: &str) -> String {
    let escape = |letter: char| letter == '\n' || is_harmful(letter);
    name.chars()
        .map(|letter| if escape(letter) { letter.escape_unicode().to_string() } else { letter.to_string() })
        .collect()
}
