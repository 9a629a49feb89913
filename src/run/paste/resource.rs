//! On what a denied request was, from what the text prints.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages"; "IAM identifiers: IAM ARNs".

use crate::arn::Arn;
use crate::message::Denial;
use crate::principal::Principal;
use crate::request::Resource;

/// What IAM prints before a name instead of an ARN, with the resource type of the ARN.
const KINDS: [(&str, &str); 7] = [
    ("role ", "role"),
    ("user ", "user"),
    ("group ", "group"),
    ("policy ", "policy"),
    ("instance profile ", "instance-profile"),
    ("server certificate ", "server-certificate"),
    ("mfa ", "mfa"),
];

/// The resource, and whether it is the very string that AWS evaluated.
pub(super) fn of(denial: &Denial, principal: Option<&Principal>) -> (Resource, bool) {
    let Some(text) = denial.resource.as_deref() else { return (Resource::any(), false) };
    if let Some((kind, name)) = named(text) {
        if name.starts_with("arn:") {
            return known(name, denial);
        }
        return (of_kind(kind, name, principal), false);
    }
    known(text, denial)
}

fn named(text: &str) -> Option<(&'static str, &str)> {
    KINDS.iter().find_map(|(words, kind)| Some((*kind, text.strip_prefix(words)?.trim())))
}

/// The string as printed; where a part of it is cut off or masked, whatever fits the rest.
fn known(text: &str, denial: &Denial) -> (Resource, bool) {
    let masked = Arn::parse(text).is_some_and(|arn| is_masked(arn.account) || is_masked(arn.region));
    if !denial.resource_cut && !masked {
        return (Resource::new(text, true), true);
    }
    let (start, cut) = match text.strip_suffix("...").or_else(|| text.strip_suffix('\u{2026}')) {
        Some(start) => (start, true),
        None => (text, denial.resource_cut && !masked),
    };
    let fields: Vec<&str> = start.splitn(6, ':').collect();
    let open = |field: &&str| if is_masked(field) { "*".to_owned() } else { (*field).to_owned() };
    let mut pattern = fields.iter().map(open).collect::<Vec<_>>().join(":");
    if cut {
        pattern.push('*');
    }
    (Resource::new(&pattern, false), false)
}

/// `***`, `********9012`, `<account>`: what a log put there instead of the account or region.
fn is_masked(field: &str) -> bool {
    field.starts_with("**")
        || field.starts_with(['<', '['])
        || (field.len() > 3 && field.bytes().all(|byte| b"X#x".contains(&byte)))
}

/// The ARN of what IAM calls by its name. The name does not tell the path; the principal itself is known.
fn of_kind(kind: &str, name: &str, principal: Option<&Principal>) -> Resource {
    let own = principal.and_then(|principal| principal.arn.as_deref()).and_then(Arn::parse);
    let partition = own.map_or("aws", |arn| arn.partition);
    let account = own.map_or("*", |arn| arn.account);
    Resource::new(&format!("arn:{partition}:iam::{account}:{kind}/{name}"), false)
}
