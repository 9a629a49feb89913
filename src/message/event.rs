//! What a CloudTrail event and a decoded authorization message tell beside the sentence.
//!
//! Sources: CloudTrail User Guide, "CloudTrail record contents" and "userIdentity element"; STS API Reference,
//! "DecodeAuthorizationMessage".

use super::Denial;
use super::words::Text;
use crate::eval::DenyKind;

/// The text of a JSON string behind a key.
pub(super) fn string<'a>(text: &'a Text, key: &str, within: (usize, usize)) -> Option<&'a str> {
    let at = text.find(key, within.0, within.1)? + key.len();
    let start = text.skip(at, |byte| b"\": ".contains(&byte));
    let quoted = text.before(start) == Some(b'"');
    let end = text.skip(start, |byte| byte != b'"' && byte != b'\n' && (quoted || !b",}]".contains(&byte)));
    Some(text.part(start, end)).filter(|value| !value.is_empty() && *value != "null")
}

/// The end of the object behind a key.
fn object_end(text: &Text, at: usize, to: usize) -> usize {
    let mut depth = 0_usize;
    for (place, byte) in text.lower(at, to).bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + place,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    to
}

/// Adds the role with its path and the request's context from the event around a sentence.
pub(super) fn enrich(text: &Text, within: (usize, usize), denial: &mut Denial) {
    if text.find("\"eventname\"", within.0, within.1).is_none() {
        return;
    }
    let issuer = text.find("\"sessionissuer\"", within.0, within.1);
    let role = issuer.and_then(|at| string(text, "\"arn\"", (at, within.1.min(at + 600))));
    denial.role = role.filter(|arn| arn.contains(":role/")).map(str::to_owned);
    if denial.principal.is_none() {
        let identity = text.find("\"useridentity\"", within.0, within.1);
        let own_end = |at: usize| issuer.unwrap_or_else(|| object_end(text, at, within.1));
        let arn = identity.and_then(|at| string(text, "\"arn\"", (at, own_end(at))));
        denial.principal = arn.filter(|arn| arn.starts_with("arn:")).map(str::to_owned);
    }
    let mut add = |key: &str, value: &str| denial.context.push((key.to_owned(), vec![value.to_owned()]));
    let endpoint = string(text, "\"vpcendpointid\"", within);
    if let Some(endpoint) = endpoint {
        add("aws:SourceVpce", endpoint);
    }
    // A service's name stands there where the call came through it; from inside a VPC it is the private address.
    let source = string(text, "\"sourceipaddress\"", within);
    if let Some(address) = source.filter(|address| address.parse::<std::net::IpAddr>().is_ok()) {
        add(if endpoint.is_some() { "aws:VpcSourceIp" } else { "aws:SourceIp" }, address);
    }
    if let Some(region) = string(text, "\"awsregion\"", within) {
        add("aws:RequestedRegion", region);
    }
    if let Some(mfa) = string(text, "\"mfaauthenticated\"", within).filter(|mfa| matches!(*mfa, "true" | "false")) {
        add("aws:MultiFactorAuthPresent", mfa);
    }
    if let Some(agent) = string(text, "\"useragent\"", within).filter(|agent| !agent.ends_with(".amazonaws.com")) {
        add("aws:UserAgent", agent);
    }
    if string(text, "\"invokedby\"", within).is_some_and(|by| by.ends_with(".amazonaws.com")) {
        add("aws:ViaAWSService", "true");
    }
}

/// The denial of a decoded authorization message, escaped or not.
pub(super) fn decoded(text: &Text, within: (usize, usize)) -> Option<Denial> {
    let explicit = text.find("\"explicitdeny\"", within.0, within.1)?;
    let context = text.find("\"context\"", explicit, within.1)?;
    let inner = (context, within.1);
    let principal =
        text.find("\"principal\"", context, within.1).and_then(|at| string(text, "\"arn\"", (at, within.1)));
    let action = string(text, "\"action\"", inner).filter(|action| action.contains(':'))?;
    let is_explicit = string(text, "\"explicitdeny\"", within) == Some("true");
    let mut denial = Denial {
        principal: principal.map(str::to_owned),
        action: action.to_owned(),
        resource: string(text, "\"resource\"", inner).map(str::to_owned),
        deny: Some(if is_explicit { DenyKind::Explicit } else { DenyKind::Implicit }),
        count: 1,
        ..Denial::default()
    };
    let mut at = text.find("\"conditions\"", context, within.1).unwrap_or(within.1);
    while let Some(key_at) = text.find("\"key\"", at, within.1) {
        at = key_at + 5;
        let next = text.find("\"key\"", at, within.1).unwrap_or(within.1);
        let Some(key) = string(text, "\"key\"", (key_at, next)) else { continue };
        denial.context.push((key.to_owned(), values(text, at, next)));
    }
    Some(denial)
}

/// All `"value":"…"` of a stretch.
fn values(text: &Text, from: usize, to: usize) -> Vec<String> {
    let mut values = Vec::new();
    let mut at = from;
    while let Some(found) = text.find("\"value\"", at, to) {
        values.extend(string(text, "\"value\"", (found, to)).map(str::to_owned));
        at = found + 7;
    }
    values
}
