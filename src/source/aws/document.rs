//! Policy documents as IAM serves them: URL-encoded.
//!
//! Source: IAM API Reference, `GetPolicyVersion`: "The policy document returned in this structure is URL-encoded
//! compliant with RFC 3986".

use crate::policy::wrapping::decoded;

/// The text of a policy document, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// The version, `v3`, of a managed policy.
    pub(super) version: Option<String>,
    pub(super) text: String,
}

impl Document {
    pub(super) fn new(version: Option<String>, served: &str) -> Self {
        Self { version, text: decoded(served).into_owned() }
    }
}
