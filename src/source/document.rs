//! Policy documents as they stand inside a snapshot: an object, a JSON string, or URL-encoded.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use crate::snapshot::{Origin, Policy};

/// The document's own text.
pub(super) fn text(raw: &RawValue) -> Cow<'_, str> {
    if !raw.get().starts_with('"') {
        return Cow::Borrowed(raw.get());
    }
    let inner: String = serde_json::from_str(raw.get()).unwrap_or_default();
    decode(&inner).into_owned().into()
}

/// Percent-decodes what IAM's API percent-encodes (RFC 3986; a `+` stays one); other text is returned as it is.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with('%') { percent_decode_str(text).decode_utf8_lossy() } else { Cow::Borrowed(text) }
}

/// A policy from a document that may be missing.
pub(super) fn policy(
    name: &str,
    arn: Option<String>,
    origin: Origin,
    version: Option<String>,
    document: Option<&RawValue>,
) -> Policy {
    match document.filter(|raw| raw.get() != "null") {
        Some(raw) => Policy::new(name, arn, origin, version, &text(raw)),
        None => Policy::unread(name, arn, origin, "the snapshot does not hold its document"),
    }
}
