//! What was read from a pasted message, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::message::{Denial, Message, Unfinished};

/// A message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MessageReport {
    /// The denials in it.
    pub denials: Vec<DenialReport>,
    /// Whether it holds an encoded authorization failure message.
    pub encoded: bool,
    /// AWS's error code.
    pub error_code: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// The API operation.
    pub operation: Option<String>,
    /// The service, by the name of its client.
    pub service: Option<String>,
    /// The client that printed it.
    pub client: Option<&'static str>,
}

/// A denial in a message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DenialReport {
    /// Who asked, as printed.
    pub principal: Option<String>,
    /// The action as printed; `null` where the text does not name it.
    pub action: Option<String>,
    /// The resource as printed, without quotes.
    pub resource: Option<String>,
    /// `explicit`, `implicit`, or `null` where it does not say.
    #[schemars(schema_with = "super::codes::deny_or_null")]
    pub deny: Option<&'static str>,
    /// The layer that it names.
    #[schemars(schema_with = "super::codes::layer_or_null")]
    pub layer: Option<&'static str>,
    /// The policy that it names.
    pub policy_arn: Option<String>,
    /// The statement that denies, as a decoded message tells it.
    pub statement: Option<SaidStatementReport>,
    /// For GetRequestAuthorizationDetails.
    pub authorization_id: Option<String>,
    /// How often it stands there.
    pub count: u64,
}

/// A statement that a decoded message tells; not of which policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SaidStatementReport {
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its actions, as written.
    pub actions: Vec<String>,
    /// Its resources, as written.
    pub resources: Vec<String>,
}

/// The report of a message.
pub fn message(message: &Message) -> MessageReport {
    let wrapping = &message.wrapping;
    let encoded = wrapping.encoded.is_some()
        || message.denials.iter().any(|denial| denial.encoded.is_some())
        || message.bare.iter().any(|bare| bare.encoded.is_some());
    MessageReport {
        denials: message.denials.iter().map(denial).chain(message.unfinished.iter().filter_map(unfinished)).collect(),
        encoded,
        error_code: wrapping.error_code.clone(),
        request_id: wrapping.request_id.clone(),
        operation: wrapping.operation.clone(),
        service: wrapping.service.clone(),
        client: wrapping.client,
    }
}

/// A denial that names no action; `None` where it says nothing else either.
fn unfinished(cut: &Unfinished) -> Option<DenialReport> {
    let says = cut.principal.is_some()
        || cut.resource.is_some()
        || cut.deny.is_some()
        || cut.layer.is_some()
        || cut.policy_arn.is_some();
    says.then(|| DenialReport {
        principal: cut.principal.clone(),
        action: None,
        resource: cut.resource.clone(),
        deny: cut.deny.map(crate::eval::DenyKind::code),
        layer: cut.layer.map(crate::snapshot::Layer::code),
        policy_arn: cut.policy_arn.clone(),
        statement: None,
        authorization_id: None,
        count: 1,
    })
}

fn denial(denial: &Denial) -> DenialReport {
    DenialReport {
        principal: denial.principal.clone(),
        action: Some(denial.action.clone()),
        resource: denial.resource.clone(),
        deny: denial.deny.map(crate::eval::DenyKind::code),
        layer: denial.layer.map(crate::snapshot::Layer::code),
        policy_arn: denial.policy_arn.clone(),
        statement: denial.statement.as_ref().map(|said| SaidStatementReport {
            sid: said.sid.clone(),
            actions: said.actions.clone(),
            resources: said.resources.clone(),
        }),
        authorization_id: denial.authorization_id.clone(),
        count: denial.count,
    }
}
