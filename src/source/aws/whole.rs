//! Replies that are whole. The SDK's reader takes a reply that ends early for one that holds nothing more: a role whose
//! boundary was cut off would have none.
//!
//! Source: XML 1.0, production 39 (an element ends with its end-tag); IAM API Reference, the response elements of the
//! operations named.

use aws_sdk_iam::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;

/// Fails a call of the query protocol whose reply is not whole.
#[derive(Debug)]
pub(super) struct Whole;

impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reply = context.response();
        // An error tells by its status that it is one.
        if !reply.status().is_success() || is_whole(reply.body().bytes().unwrap_or_default()) {
            return Ok(());
        }
        Err("the reply is cut short".into())
    }
}

/// Whether `reply` is an element to its end tag, and holds what the operation always answers.
fn is_whole(reply: &[u8]) -> bool {
    let Some((name, content)) = std::str::from_utf8(reply).ok().and_then(root) else { return false };
    let needed = match name {
        "GetRoleResponse" => "Role",
        "GetUserResponse" => "User",
        "GetPolicyResponse" => "Policy",
        "GetPolicyVersionResponse" => "Document",
        "GetRolePolicyResponse" | "GetUserPolicyResponse" | "GetGroupPolicyResponse" => "PolicyDocument",
        "ListRolePoliciesResponse" | "ListUserPoliciesResponse" | "ListGroupPoliciesResponse" => "PolicyNames",
        "ListAttachedRolePoliciesResponse"
        | "ListAttachedUserPoliciesResponse"
        | "ListAttachedGroupPoliciesResponse" => "AttachedPolicies",
        "ListGroupsForUserResponse" => "Groups",
        _ => return true,
    };
    content.match_indices('<').any(|(at, _)| {
        let tag = content.get(at + 1..).and_then(|rest| rest.strip_prefix(needed)).unwrap_or_default();
        tag.starts_with(|letter: char| letter == '>' || letter == '/' || letter.is_whitespace())
    })
}

/// The name of the root element, and what is in it; `None` where its end tag is missing.
fn root(text: &str) -> Option<(&str, &str)> {
    let mut rest = text.trim_start_matches('\u{feff}').trim();
    loop {
        rest = if let Some(declaration) = rest.strip_prefix("<?") {
            declaration.split_once("?>")?.1.trim_start()
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")?.1.trim_start()
        } else {
            break;
        }
    }
    let tag = rest.strip_prefix('<')?;
    let (name, _) = tag.split_at_checked(tag.find(|letter: char| letter.is_whitespace() || "/>".contains(letter))?)?;
    let content = rest.strip_suffix('>')?.trim_end().strip_suffix(name)?.strip_suffix("</")?;
    (!name.is_empty()).then_some((name, content))
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    const ROLE: &str = "<?xml version=\"1.0\"?>\n<!-- é -->\n<GetRoleResponse xmlns=\"https://iam.amazonaws.com/\"><GetRoleResult>\
        <Role><RoleName>A</RoleName></Role></GetRoleResult></GetRoleResponse >\n";

    #[test]
    fn every_cut_is_seen() {
        assert!(is_whole(ROLE.as_bytes()));
        let whole = ROLE.trim_end().len();
        for at in 0..whole {
            assert!(!is_whole(&ROLE.as_bytes()[..at]), "{at}");
        }
    }

    #[test]
    fn what_is_always_there() {
        let lists =
            |inner: &str| is_whole(format!("<ListRolePoliciesResponse>{inner}</ListRolePoliciesResponse>").as_bytes());
        assert!(lists("<PolicyNames/>") && lists("<PolicyNames>\n</PolicyNames>"));
        assert!(!lists("") && !lists("<PolicyNamesOfAll/>"));
        assert!(!is_whole(ROLE.replace("Role>", "Rule>").as_bytes()));
        assert!(is_whole(b"<GetCallerIdentityResponse></GetCallerIdentityResponse>"));
        assert!(!is_whole(b"<html><p></html") && !is_whole(b"</>") && !is_whole(b"\xff"));
    }
}
