//! A resource that was asked, as a policy writes it: what is a character of its name stays one, and what stood for several
//! resources goes on doing so.
//!
//! Sources: IAM User Guide, "IAM policy elements: Variables and tags": `${*}`, `${?}` and `${$}` are the characters, from
//! Version 2012-10-17 on; S3 User Guide, "Naming Amazon S3 objects"; Amazon API Gateway Developer Guide, "Control access for
//! invoking an API"; Amazon OpenSearch Service Developer Guide, "Identity and Access Management"; AWS IoT Core Developer
//! Guide, "Topics".

use crate::arn::Arn;
use crate::policy::Version;
use crate::request::Resource;

/// The resource as a document of this version writes it.
///
/// A wildcard of a pattern, and the one that AWS puts where what is to be created has no name yet (`instance/*`), stay
/// wildcards. One in a part that somebody else named freely is a character; Version 2008-10-17 has no way to say that.
pub(super) fn written_in(resource: &Resource, version: Version) -> String {
    let text = resource.text();
    if version != Version::V2012 {
        return text.to_owned();
    }
    let free = free_part(resource);
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let is_named = free.is_some_and(|free| at >= free);
        let opens = text.get(at..).is_some_and(|rest| rest.starts_with("${"));
        match letter {
            '*' if is_named => out.push_str("${*}"),
            '?' if is_named => out.push_str("${?}"),
            '$' if opens => out.push_str("${$}"),
            _ => out.push(letter),
        }
    }
    out
}

/// Whether a document of this version can name the resource and no others beside it.
pub(super) fn can_be_said(resource: &Resource, version: Version) -> bool {
    version == Version::V2012 || !holds_wildcards(resource)
}

/// Whether its name holds characters that a pattern would take for wildcards.
pub(super) fn holds_wildcards(resource: &Resource) -> bool {
    let free = free_part(resource).and_then(|free| resource.text().get(free..));
    free.is_some_and(|name| name.contains(['*', '?']))
}

/// The offset of the part of an exact ARN in which every character may stand: an object's key, the path of an HTTP
/// request, an MQTT topic. In the names of other services a wildcard is AWS's own.
fn free_part(resource: &Resource) -> Option<usize> {
    let Resource::Exact(text) = resource else { return None };
    let arn = Arn::parse(text)?;
    let slashes = match (arn.service, arn.resource.split('/').next().unwrap_or_default()) {
        // A bucket's ARN names no account, and the bucket may have any name.
        ("s3", _) if arn.account.is_empty() => 1,
        ("s3" | "s3-object-lambda", "accesspoint") => 3,
        ("s3-outposts", "outpost") => 5,
        ("es", "domain") | ("mediastore", "container") => 2,
        ("execute-api", _) => 3,
        ("iot", "topic" | "topicfilter") => 1,
        _ => return None,
    };
    let (before, _) = arn.resource.match_indices('/').nth(slashes - 1)?;
    Some(text.len() - arn.resource.len() + before + 1)
}
