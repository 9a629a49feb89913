//! A Deny under conditions: what the caller can do about it without a change of any policy.
//!
//! Source: IAM User Guide, "AWS global condition context keys"; Organizations User Guide, "General examples" of service control
//! policies (regions, MFA, networks).

use super::exempt::Exemption;
use super::ways::{self, is_fixed};
use crate::condition::Condition;
use crate::eval;
use crate::policy::{Document, Statement};
use crate::request::Request;
use crate::truth::Truth;

/// The conditions of a Deny that hold, or may: without one of them it does not apply.
fn holding<'s>(statement: &'s Statement, request: &Request) -> Vec<&'s Condition> {
    let holding = statement.conditions.iter().filter(|block| eval::condition(block, request) != Truth::No);
    holding.filter_map(|block| block.condition.as_ref()).collect()
}

/// What the request would have to be for the statement not to apply.
pub(super) fn by_condition(
    document: &Document,
    statement: &Statement,
    request: &Request,
    exemption: Option<&Exemption>,
) -> String {
    let (fixed, free): (Vec<_>, Vec<_>) =
        holding(statement, request).into_iter().partition(|one| is_fixed(one, request));
    let service = request.action.service().unwrap_or("the service");
    let one_region =
        format!("{service} has one region only, so whoever wrote the statement has to exempt it (NotAction)");
    let each: Vec<String> = free.iter().map(|one| format!("{} {}", one.written_key, one.wanted(true))).collect();
    let rest = if fixed.is_empty() { String::new() } else { format!("; {one_region}") };
    match (each.as_slice(), exemption) {
        ([], _) if fixed.is_empty() => "it hangs on a condition that is not understood; correct it first".to_owned(),
        ([], None) => format!("it denies by the region, and {one_region}"),
        (all, None) => {
            format!("it hangs on the request, which would have to come with {}{rest}", all.join(", or with "))
        }
        (_, Some(exemption)) => {
            let (caller, key) = (exemption.caller(), exemption.key());
            let decides = match otherwise(document, statement, request) {
                Some(way) => format!(
                    "{way}; otherwise its owner has to decide whether {caller} becomes one of those whom its {key} lists"
                ),
                None => format!(
                    "it spares those whom its {key} lists; its owner has to decide whether {caller} becomes one of them"
                ),
            };
            format!("{decides}, for all that the statement denies{rest}")
        }
    }
}

/// Why a list of those whom a Deny spares is not made longer.
pub(super) fn by_not_principal(request: &Request) -> String {
    if request.caller.has_boundary == Truth::Yes {
        return "it denies everybody with a permissions boundary, whomever its NotPrincipal lists; its owner has to write it \
                with \"Principal\": \"*\" and a condition ArnNotEquals on aws:PrincipalArn instead"
            .to_owned();
    }
    "it denies all but those that its NotPrincipal lists; its owner has to list this principal too, better by a condition \
     ArnNotEquals on aws:PrincipalArn"
        .to_owned()
}

/// How the caller can keep out of a Deny that is meant for calls of another kind: from another network, in another region,
/// without MFA. As the beginning of a sentence, a phrase that begins with a verb; `None` where nothing but who calls, or what
/// is called, decides.
pub(super) fn otherwise(document: &Document, statement: &Statement, request: &Request) -> Option<String> {
    let exemption = Exemption::of(document, statement, request);
    let ways: Vec<String> = holding(statement, request)
        .into_iter()
        .filter(|one| !is_fixed(one, request))
        .filter(|one| exemption.as_ref().is_none_or(|exemption| exemption.key() != &*one.written_key))
        .filter_map(ways::out_of)
        .collect();
    (!ways.is_empty()).then(|| ways.join(", or "))
}
