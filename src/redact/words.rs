//! What is nobody's name: AWS's words and this program's own.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::known::{is_action, is_listed, is_service};

/// How many characters of a name people are shown at most, see `report/words`.
pub(super) const CUT: usize = 64;

/// The words of this program's own sentences. A name that is one of them gives nothing away inside a sentence.
const OURS: &str = include_str!("ours.txt");

/// Member names of JSON that AWS or this program writes.
const MEMBERS: &str = "version id statement sid effect principal notprincipal action notaction resource notresource \
    condition aws service federated canonicaluser allow deny";

/// Whether it is a word of this program or of AWS's policy language.
pub(super) fn is_our_word(text: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| OURS.split_whitespace().chain(MEMBERS.split_whitespace()).collect());
    WORDS.contains(text.to_ascii_lowercase().as_str())
}

/// Whether what an error quotes is this program's own: a command, a flag, an element.
pub(super) fn is_ours(quoted: &str) -> bool {
    let command = ["aws iam ", "aws sts ", "aws organizations ", "diagnose "];
    command.iter().any(|start| quoted.starts_with(start))
        || quoted.starts_with("--")
        || is_our_word(quoted)
        || is_well_known(quoted)
}

/// Whether AWS says it, whoever the customer is.
pub(super) fn is_well_known(text: &str) -> bool {
    let text = text.trim();
    text.len() < 2
        || is_action(text)
        || is_key(text)
        || is_operator(text)
        || is_region(text)
        || is_host_of_aws(text)
        || is_managed_policy(text)
        || text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':')) && !is_long_number(text)
        || is_time(text)
        || is_service(text)
        || matches!(text, "aws-cn" | "aws-us-gov" | "AES256" | "aws:kms" | "aws:kms:dsse" | "0.0.0.0/0" | "::/0" | "v1")
        || is_version(text)
        // What stands for policies whose names could not be read.
        || matches!(text, "inline policies" | "attached policies")
        || MEMBERS.split_whitespace().any(|word| word.eq_ignore_ascii_case(text))
        || ["true", "false", "null"].contains(&text)
}

/// An account's id is digits too, and so is an address, or the beginning of one; a number as long as this counts nothing.
fn is_long_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 9 || (digits >= 7 && digits == text.len()) || text.matches('.').count() >= 2
}

/// Whether a text is no name wherever it stands: the language of policies, and what AWS calls itself and its places.
pub(super) fn is_syntax(text: &str) -> bool {
    let short = text.len() < 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let dated =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':')) && text.contains(['-', ':']);
    text.len() < 2
        || short
        || dated
        || is_action(text)
        || is_key(text)
        || is_region(text)
        || is_host_of_aws(text)
        || is_managed_policy(text)
        || MEMBERS.split_whitespace().any(|word| word.eq_ignore_ascii_case(text))
        || ["true", "false", "null"].contains(&text)
}

/// `v3` of a managed policy.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A condition key that there is, without what a customer adds to it (`aws:PrincipalTag/` has a tag behind it).
pub(super) fn is_key(text: &str) -> bool {
    let providers = ["token.actions.githubusercontent.com", "accounts.google.com", "cognito-identity.amazonaws.com"];
    let more = ["saml", "graph.facebook.com", "www.amazon.com"];
    let Some((prefix, name)) = text.split_once(':') else { return false };
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let provider = providers.iter().chain(&more).any(|known| known.eq_ignore_ascii_case(prefix));
    plain && (provider || is_listed(text))
}

fn is_operator(text: &str) -> bool {
    let base = text.trim_start_matches("ForAllValues:").trim_start_matches("ForAnyValue:").trim_end_matches("IfExists");
    let starts = ["String", "Arn", "Numeric", "Date"];
    let ends =
        ["Equals", "NotEquals", "Like", "NotLike", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    let ignoring = ["EqualsIgnoreCase", "NotEqualsIgnoreCase"];
    let whole = ["Bool", "IpAddress", "NotIpAddress", "Null", "BinaryEquals", "ForAllValues", "ForAnyValue"];
    let family = starts.iter().filter_map(|start| base.strip_prefix(start));
    whole.contains(&base) || family.into_iter().any(|end| ends.contains(&end) || ignoring.contains(&end))
}

/// `eu-west-1`, `us-gov-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, .., number] = parts.as_slice() else { return false };
    let sides = ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];
    (3..=4).contains(&parts.len())
        && area.len() == 2
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && parts.iter().rev().nth(1).is_some_and(|side| sides.contains(side))
}

/// `ec2.amazonaws.com`, `sso.amazonaws.com`; not `something.of.a.customer.amazonaws.com`.
fn is_host_of_aws(text: &str) -> bool {
    let name = text.strip_suffix(".amazonaws.com").or_else(|| text.strip_suffix(".amazonaws.com.cn"));
    name.is_some_and(|name| {
        let parts: Vec<&str> = name.split('.').collect();
        let plain = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        parts.len() <= 2
            && parts.first().is_some_and(plain)
            && parts.get(1).is_none_or(|part| is_region(part) || plain(part))
            && parts.first().is_some_and(|part| is_service(part) || is_service_principal(part))
    })
}

/// Names of services that are no prefixes of actions.
fn is_service_principal(part: &str) -> bool {
    let more =
        ["cognito-identity", "delivery", "edgelambda", "replicator", "vpc-flow-logs", "spotfleet", "spot", "ecs-tasks"];
    let others =
        ["monitoring", "opsworks", "export", "transitgateway", "ops", "pods", "billingconsole", "trustedadvisor"];
    more.contains(&part) || others.contains(&part)
}

fn is_managed_policy(text: &str) -> bool {
    text.strip_prefix("arn:")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(_, rest)| rest.starts_with("iam::aws:"))
}

/// `2026-01-31T00:00:00Z`.
fn is_time(text: &str) -> bool {
    text.len() >= 10 && text.parse::<jiff::Timestamp>().is_ok()
}
