//! Policy documents as they stand inside a snapshot: an object, a JSON string, or URL-encoded.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::policy::wrapping::decoded;
use crate::snapshot::{Origin, Policy};

/// The document's own text.
pub(super) fn text(raw: &RawValue) -> Cow<'_, str> {
    if !raw.get().starts_with('"') {
        return Cow::Borrowed(raw.get());
    }
    let inner: String = serde_json::from_str(raw.get()).unwrap_or_default();
    decoded(&inner).into_owned().into()
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
