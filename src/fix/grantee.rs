//! Whom a new statement of a resource's policy names: the role, the user or the service that asked, never everybody.
//!
//! Sources: IAM User Guide, "AWS JSON policy elements: Principal"; PrivateLink Guide, "Control access to VPC endpoints using
//! endpoint policies", by which a gateway endpoint takes `*` alone and a condition says whom it means.

use serde_json::{Value, json};

use crate::arn::Arn;
use crate::eval;
use crate::policy::{Named, PrincipalElement};
use crate::principal::PrincipalKind;
use crate::request::Request;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// The `Principal` and `Condition` of a new statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grantee {
    pub(super) principal: Value,
    pub(super) condition: Option<Value>,
}

/// Whom to name.
///
/// # Errors
/// Why nobody can be named, as what to do instead.
pub(super) fn grantee(request: &Request, layer: Layer) -> Result<Grantee, &'static str> {
    let who = &request.caller.principal;
    if eval::is_unsigned(request) {
        return Err("say by hand whom to trust: an identity provider, with conditions on who of it (its aud and sub)");
    }
    let arn = match who.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => {
            who.entity_arn.as_deref().ok_or("ask with the role's ARN: without its path nobody can be named")?
        }
        PrincipalKind::User | PrincipalKind::FederatedUser | PrincipalKind::Root => {
            who.arn.as_deref().ok_or("ask with the ARN of the user")?
        }
        PrincipalKind::Service => {
            let name = who.arn.as_deref().ok_or("name the service")?;
            return Ok(Grantee { principal: json!({"Service": name}), condition: None });
        }
        PrincipalKind::Anonymous => return Err("let the request be signed: nothing is opened to everybody here"),
        PrincipalKind::Unknown => return Err("say who asks: --role, --user or --principal"),
    };
    let may_be_gateway = matches!(request.action.service(), Some("s3" | "dynamodb"));
    if layer == Layer::VpcEndpoint && may_be_gateway {
        let condition = json!({"ArnEquals": {"aws:PrincipalArn": arn}});
        return Ok(Grantee { principal: json!("*"), condition: Some(condition) });
    }
    Ok(Grantee { principal: json!({"AWS": arn}), condition: None })
}

/// Whether a statement is about the caller and nobody else.
pub(super) fn names_only(element: Option<&PrincipalElement>, layer: Layer, request: &Request) -> bool {
    let Some(element) = element else { return !layer.document_kind().has_principals() };
    let alone = |named: &Named| match named {
        Named::Role(_) | Named::User(_) | Named::Session(_) | Named::FederatedUser(_) | Named::Service(_) => {
            eval::names(named, layer, request).any() == Truth::Yes
        }
        Named::Everybody
        | Named::Account(_)
        | Named::Nobody
        | Named::UniqueId(_)
        | Named::Provider(_)
        | Named::CanonicalUser(_) => false,
    };
    layer.document_kind().has_principals()
        && !element.negated
        && !element.entries.is_empty()
        && element.entries.iter().all(|entry| alone(&entry.named))
}

/// The account of an ARN, where it has one.
pub(super) fn account(arn: &str) -> Option<&str> {
    Arn::parse(arn).map(|arn| arn.account).filter(|account| !account.is_empty())
}
