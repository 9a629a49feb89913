//! What a caller can do so that a condition holds, or does not, without a change of any policy; and what condition keys are
//! about.
//!
//! Sources: IAM User Guide, "AWS global condition context keys", "Available keys for AWS STS", "Condition keys for IAM"; Amazon
//! S3 User Guide, "Amazon S3 condition key examples".

use crate::condition::{Base, Condition};
use crate::context::Basis;
use crate::pattern::{VariableValue, Variables as _};
use crate::request::Request;

/// What a key is about, as far as it decides what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    /// From where, on what and how it is called: another value is another case of the same kind.
    Circumstance,
    /// What shows that the caller may be trusted, or what keeps what it makes within limits: whoever does without it is whom
    /// the condition keeps out.
    Proof,
}

/// A key, or all keys that begin or end like this (`aws:PrincipalTag/*`, `*:ResourceTag/*`); what can be done, as a phrase that
/// begins with a verb; what it is about.
type Row = (&'static str, &'static str, Matter);

const ROWS: [Row; 36] = [
    ("aws:multifactorauthpresent", "sign in with MFA", Matter::Proof),
    ("aws:multifactorauthage", "sign in with MFA", Matter::Proof),
    ("aws:securetransport", "call by HTTPS", Matter::Proof),
    ("s3:tlsversion", "call with such a version of TLS", Matter::Proof),
    ("sts:externalid", "give such an external ID", Matter::Proof),
    ("sts:rolesessionname", "name the session so", Matter::Proof),
    ("sts:sourceidentity", "set such a source identity", Matter::Proof),
    ("aws:sourceidentity", "call with such a source identity", Matter::Proof),
    ("iam:permissionsboundary", "set such a permissions boundary in the call", Matter::Proof),
    ("aws:principalorg*", "call as a principal of the organization that it lets pass", Matter::Proof),
    ("aws:principalaccount", "call as a principal of such an account", Matter::Proof),
    ("aws:principalarn", "call as such a principal", Matter::Circumstance),
    ("aws:principaltype", "call as such a principal", Matter::Proof),
    ("aws:userid", "call as such a principal", Matter::Proof),
    ("aws:username", "call as such a principal", Matter::Proof),
    ("aws:principaltag/*", "have the principal tagged so", Matter::Circumstance),
    ("aws:source*", "call from such a source", Matter::Proof),
    ("aws:resourceorg*", "call a resource of such an organization", Matter::Proof),
    ("*:resourceaccount", "call a resource of such an account", Matter::Proof),
    ("aws:viaawsservice", "call through an AWS service", Matter::Proof),
    ("aws:calledvia*", "call through such a service", Matter::Proof),
    ("kms:viaservice", "call through such a service", Matter::Proof),
    ("kms:encryptioncontext*", "pass such an encryption context", Matter::Proof),
    ("*server-side-encryption*", "ask for such an encryption", Matter::Proof),
    ("s3:x-amz-acl", "ask for such an ACL", Matter::Proof),
    ("ec2:metadatahttp*", "ask for such metadata options", Matter::Proof),
    ("*:resourcetag/*", "have the resource tagged so", Matter::Circumstance),
    ("s3:existingobjecttag/*", "have the object tagged so", Matter::Circumstance),
    ("aws:requesttag/*", "pass such a tag in the call", Matter::Circumstance),
    ("aws:tagkeys", "pass such tags in the call", Matter::Circumstance),
    ("iam:passedtoservice", "pass the role to such a service", Matter::Circumstance),
    ("s3:prefix", "list by such a prefix", Matter::Circumstance),
    ("aws:currenttime", "call at a time that it lets pass", Matter::Circumstance),
    ("aws:epochtime", "call at a time that it lets pass", Matter::Circumstance),
    ("aws:requestedregion", REGION, Matter::Circumstance),
    ("ec2:region", REGION, Matter::Circumstance),
];

/// Keys of the network, which begin like those of what calls on behalf of others.
const NETWORK: [&str; 5] = ["aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"];
const REGION: &str = "call in a region that it lets pass";

fn row(key: &str) -> Option<&'static Row> {
    ROWS.iter().find(|(name, ..)| match (name.strip_prefix('*'), name.strip_suffix('*')) {
        (Some(_), Some(_)) => key.contains(name.trim_matches('*')),
        (Some(end), None) => key.ends_with(end),
        (None, Some(start)) => key.starts_with(start),
        (None, None) => key == *name,
    })
}

/// What a key (lower case) is about. Of what nobody knows, that it is a case among others: a service's own keys are mostly
/// about what is called.
pub(super) fn matter(key: &str) -> Matter {
    if NETWORK.contains(&key) { Matter::Circumstance } else { row(key).map_or(Matter::Circumstance, |row| row.2) }
}

/// How the caller can keep out of a Deny by a condition of it. `None` where it can choose nothing of what that is about: who it
/// is, what it calls, who calls for it.
pub(super) fn out_of(condition: &Condition) -> Option<String> {
    let text = format!("{} {}", condition.written_key, condition.wanted(true));
    match &*condition.key {
        "aws:multifactorauthpresent" | "aws:securetransport" if !is_about_lack(condition) => return None,
        "aws:principalorgid" | "aws:principalorgpaths" => {}
        key if key.starts_with("aws:principal") || key.starts_with("aws:resource") => return None,
        "aws:viaawsservice" | "aws:userid" | "aws:username" => return None,
        _ => {}
    }
    Some(match phrase(&condition.key) {
        Some(how) => format!("{how} ({text})"),
        None => format!("make a request that comes with {text}"),
    })
}

/// How the caller, or who looks after it, can come to meet a condition of an Allow. `None` where it cannot: a global service
/// has one region.
pub(super) fn into(condition: &Condition, request: &Request) -> Option<String> {
    if is_fixed(condition, request) {
        return None;
    }
    let mut here: Vec<String> = Vec::new();
    for key in condition.variable_keys() {
        let text = match request.context.variable(key) {
            VariableValue::Text(text) => text,
            VariableValue::Absent => "missing",
            VariableValue::Unknown => continue,
        };
        let text = format!("; {} is {text}", request.context.entry(key).map_or(key, |entry| &entry.name));
        if !here.contains(&text) {
            here.push(text);
        }
    }
    let text = format!("{} {}{}", condition.written_key, condition.wanted(false), here.concat());
    // That something must not be there is another matter than that it must.
    let of_lack = matches!(&*condition.key, "aws:multifactorauthpresent" | "aws:securetransport" | "aws:viaawsservice")
        && is_about_lack(condition);
    let where_it_is = matches!(request.context.basis(&condition.key), Basis::Derived("from the resource's ARN"));
    match phrase(&condition.key) {
        Some(REGION) if where_it_is => Some(format!("call for a resource in a region that it lets pass ({text})")),
        Some(how) if !of_lack && condition.operator.base != Base::Null => Some(format!("{how} ({text})")),
        Some(_) | None => Some(format!("make a request that comes with {text}")),
    }
}

/// A global service has one region, and the caller cannot choose another.
pub(super) fn is_fixed(condition: &Condition, request: &Request) -> bool {
    &*condition.key == "aws:requestedregion"
        && matches!(request.context.basis(&condition.key), Basis::Derived(why) if why.contains("one endpoint"))
}

fn phrase(key: &str) -> Option<&'static str> {
    if NETWORK.contains(&key) { Some("call from a network that it lets pass") } else { row(key).map(|row| row.1) }
}

/// Whether a condition on something that is there or not is about those who lack it.
fn is_about_lack(condition: &Condition) -> bool {
    let lack = if condition.operator.base == Base::Null { "true" } else { "false" };
    condition.values.iter().all(|value| value.eq_ignore_ascii_case(lack))
}
