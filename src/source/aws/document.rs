//! Policy documents as IAM serves them: URL-encoded.
//!
//! Source: IAM API Reference, `GetPolicyVersion`: "The policy document returned in this structure is URL-encoded
//! compliant with RFC 3986".

use percent_encoding::percent_decode_str;

/// The text of a policy document, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// The version, `v3`, of a managed policy.
    pub(super) version: Option<String>,
    pub(super) text: String,
}

impl Document {
    pub(super) fn new(version: Option<String>, served: &str) -> Self {
        Self { version, text: decode(served) }
    }
}

/// `served` percent-decoded once. A document starts with `{` or white space, so text that does not start with `%` is not
/// encoded. `+` is itself, not a space.
pub(super) fn decode(served: &str) -> String {
    if served.starts_with('%') {
        percent_decode_str(served).decode_utf8_lossy().into_owned()
    } else {
        served.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[track_caller]
    fn check(served: &str, expected: &str) {
        assert_eq!(decode(served), expected);
    }

    #[test]
    fn encoded_documents_are_decoded_once() {
        check("%7B%22a%22%3A%22b%20c%22%7D", r#"{"a":"b c"}"#);
        check("%7B%22a%22%3A%22b+c%22%7D", r#"{"a":"b+c"}"#);
        check("%7B%22a%22%3A%22%2541%22%7D", r#"{"a":"%41"}"#);
        check("%0A%7B%7D", "\n{}");
        check(r#"{"a":"%41"}"#, r#"{"a":"%41"}"#);
        check("", "");
    }
}
