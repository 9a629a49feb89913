//! Pasted text: from what people copy to the requests that AWS refused. Pure: bytes in, values out.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages"; Amazon S3 User Guide, "Troubleshoot access
//! denied (403 Forbidden) errors".

mod arn;
mod clean;
mod client;
mod decoded;
mod encoded;
mod errors;
pub mod event;
mod form;
mod lines;
mod others;
mod parse;
mod reader;
mod reason;
mod resource;
mod sentence;
mod service;
mod signs;
mod subject;
mod table;
mod transfer;
mod whole;
mod words;
mod wrap;
mod wrapping;

pub use decoded::decoded;
pub use reader::Reader;

use crate::eval::DenyKind;
use crate::snapshot::Layer;

/// Reads a text that is at hand.
pub fn read(text: &[u8]) -> Message {
    let mut reader = Reader::new();
    reader.feed(text);
    reader.finish()
}

/// What one paste holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The denials that name an action, each distinct one once, in the order in which they first appear.
    pub denials: Vec<Denial>,
    /// Errors that say "denied" and name an operation at most ("(AccessDenied) when calling the PutObject operation: Access Denied"),
    /// each distinct one once. Errors that are only the wrapping of one of `denials` are not here.
    pub bare: Vec<Wrapping>,
    /// Errors that are no denial by policy, each distinct one once.
    pub others: Vec<Other>,
    /// Denials by AWS's sentence that break off before the action, or that hold placeholders instead: what is missing.
    pub unfinished: Vec<Unfinished>,
    /// The wrapping of the whole paste: of the first denial, else of the first bare error, else whatever was found.
    pub wrapping: Wrapping,
}

/// One refused request, as the text says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// As printed: an ARN, `anonymous`, a service's name; `None` where the text has none.
    pub principal: Option<String>,
    /// The ARN of the session's role with its path, where the text has it (CloudTrail's `sessionIssuer`).
    pub role: Option<String>,
    /// As printed behind "to perform:".
    pub action: String,
    /// Further actions of the same sentence, and the reason's action where it is another one.
    pub further_actions: Vec<String>,
    /// As printed, without quotes: an ARN, `*`, `role NAME`, …; `None` where the text names none ("on this resource" too).
    pub resource: Option<String>,
    /// Whether the resource was cut off by the text's end or by "..." or is masked in places; it is then no exact resource.
    pub resource_cut: bool,
    /// Explicit or implicit; `None` where the text does not say.
    pub deny: Option<DenyKind>,
    /// The layer that the text names.
    pub layer: Option<Layer>,
    /// "… transitively through a …": the layer through which `layer` came to bear.
    pub via: Option<Layer>,
    /// The ARN of the denying policy.
    pub policy_arn: Option<String>,
    /// The id for GetRequestAuthorizationDetails.
    pub authorization_id: Option<String>,
    /// The region of the authorization id's link.
    pub authorization_region: Option<String>,
    /// The encoded authorization failure message; `Some("")` where only its heading is left.
    pub encoded: Option<String>,
    /// The statement that denies, as a decoded message tells it.
    pub statement: Option<Statement>,
    /// Free text of a reason that is no policy ("because public policies are blocked by …") or that leaves it open (KMS).
    pub reason: Option<String>,
    /// What stood around the sentence.
    pub wrapping: Wrapping,
    /// When it was, RFC 3339, where the text is an event.
    pub time: Option<String>,
    /// The account that owns the resource, where the text is an event.
    pub resource_account: Option<String>,
    /// Request context keys that the text gives (a CloudTrail event, a decoded message), each with its values.
    pub context: Vec<(String, Vec<String>)>,
    /// How often it stands in the paste; 1 or more. Not part of what makes two denials distinct.
    pub count: u64,
}

/// A statement that denies, as far as a decoded message tells it; not of which policy.
///
/// Source: STS API Reference, `DecodeAuthorizationMessage`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// Its `Sid`, where it has one.
    pub sid: Option<String>,
    /// Its actions, as written.
    pub actions: Vec<String>,
    /// Its resources, as written.
    pub resources: Vec<String>,
}

/// What a client prints around AWS's sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapping {
    /// `AccessDenied`, `UnauthorizedOperation`, `403`; without a service's or namespace's prefix.
    pub error_code: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// The API operation in AWS's spelling, `PutObject`.
    pub operation: Option<String>,
    /// The service by the name of its client (`s3`, `ec2`, `sso-oidc`: as in the action catalogue's operation table).
    pub service: Option<String>,
    /// The region, where the text gives it beside the sentence.
    pub region: Option<String>,
    /// Who printed it, a stable code: `aws-cli`, `boto3`, `terraform`, …; `None` where nothing tells.
    pub client: Option<&'static str>,
    /// An encoded authorization failure message; `Some("")` where only its heading is left.
    pub encoded: Option<String>,
}

/// An error that no policy explains, with a stable code and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// `expired-credentials`, `no-credentials`, `wrong-credentials`, `signature`, `throttled`, `block-public-access`, …
    pub code: &'static str,
    /// What it is, one sentence in lower case without a final dot.
    pub what: &'static str,
    /// What to do, one clause in lower case without a final dot.
    pub next: &'static str,
}

/// A sentence that cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// The principal, if that much is there.
    pub principal: Option<String>,
    /// What is missing: `the action`, `the principal and the action`, …
    pub missing: &'static str,
    /// The resource, if that much is there.
    pub resource: Option<String>,
    /// Explicit or implicit, if that much is there.
    pub deny: Option<DenyKind>,
    /// The layer, if that much is there.
    pub layer: Option<Layer>,
    /// The ARN of the denying policy, if that much is there.
    pub policy_arn: Option<String>,
    /// What stood around it; its operation may tell the action.
    pub wrapping: Wrapping,
}
