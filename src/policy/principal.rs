//! The `Principal` and `NotPrincipal` elements: whom a statement of a resource-based policy is about.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal".

use smallvec::SmallVec;

use super::collect::{Findings, shorten};
use super::json::{Member, Value};
use super::{FindingCode, Span, State};
use crate::arn::{Arn, is_account_id};

/// Whom one entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// `*`: everybody, anonymous callers included.
    Everybody,
    /// A whole account, by its id or as `arn:aws:iam::ID:root`: its administrators decide who of it.
    Account(Box<str>),
    /// A role, by its ARN.
    Role(Box<str>),
    /// A user, by its ARN.
    User(Box<str>),
    /// One session of a role, by its ARN.
    Session(Box<str>),
    /// A session of `sts:GetFederationToken`, by its ARN.
    FederatedUser(Box<str>),
    /// The unique id of a role or user. AWS puts it there when the role or user is deleted.
    UniqueId(Box<str>),
    /// An AWS service, `lambda.amazonaws.com`.
    Service(Box<str>),
    /// An identity provider, for trust policies.
    Provider(Box<str>),
    /// An account by its canonical user id (S3).
    CanonicalUser(Box<str>),
    /// Nobody: a form that AWS refuses, such as an ARN with a wildcard in it.
    Nobody,
}

/// One entry of the element.
#[derive(Debug, Clone)]
pub struct PrincipalEntry {
    /// Whom it names.
    pub named: Named,
    /// The item in the text.
    pub span: Span,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub struct PrincipalElement {
    /// Whether it can be used.
    pub state: State,
    /// It is `NotPrincipal`: it is about everybody who is not named.
    pub negated: bool,
    /// The entries in order.
    pub entries: SmallVec<[PrincipalEntry; 1]>,
    /// The value of the element.
    pub span: Span,
}

/// Reads the element.
pub(super) fn principal(findings: &mut Findings<'_>, member: &Member<'_>, negated: bool) -> PrincipalElement {
    let (value, span) = (&member.value, member.span());
    let mut element = PrincipalElement { state: State::Given, negated, entries: SmallVec::new(), span };
    if let Some(text) = value.string() {
        if text == "*" {
            element.entries.push(PrincipalEntry { named: Named::Everybody, span: value.span() });
        } else {
            broken(findings, &mut element, value, &format!("must be \"*\" or an object, this is {}", shorten(&text)));
        }
        return element;
    }
    let Some(members) = value.members() else {
        broken(findings, &mut element, value, &format!("must be \"*\" or an object, this is {}", value.kind().words()));
        return element;
    };
    for kind in members {
        for item in kind.value.one_or_many() {
            let Some(text) = item.string() else {
                broken(findings, &mut element, &item, &format!("expects strings, found {}", item.kind().words()));
                continue;
            };
            match named(&kind.key, &text) {
                Some(named) => {
                    if named == Named::Nobody && !text.contains(":iam::cloudfront:") {
                        let words = format!(
                            "principal `{text}` names nobody that AWS knows; a wildcard stands alone, as \"*\""
                        );
                        findings.add(FindingCode::UnmatchablePrincipal, &item, words);
                    }
                    element.entries.push(PrincipalEntry { named, span: item.span() });
                }
                None => broken(findings, &mut element, &item, &format!("has no kind of principal `{}`", kind.key)),
            }
        }
    }
    if element.entries.is_empty() && element.state == State::Given {
        findings.add(FindingCode::EmptyList, value, "no principal: the statement is about nobody".to_owned());
    }
    element
}

fn broken(findings: &mut Findings<'_>, element: &mut PrincipalElement, value: &Value<'_>, words: &str) {
    let name = if element.negated { "NotPrincipal" } else { "Principal" };
    findings.add(FindingCode::Malformed, value, format!("{name} {words}"));
    element.state = State::Broken;
}

/// Whom an entry of a kind names; `None` where there is no such kind.
fn named(kind: &str, text: &str) -> Option<Named> {
    Some(match kind {
        "AWS" => aws(text),
        "Service" if text == "*" => Named::Nobody,
        "Service" => Named::Service(text.into()),
        "Federated" => Named::Provider(text.into()),
        "CanonicalUser" => Named::CanonicalUser(text.into()),
        _ => return None,
    })
}

fn aws(text: &str) -> Named {
    if text == "*" {
        return Named::Everybody;
    }
    if is_account_id(text) {
        return Named::Account(text.into());
    }
    let Some(arn) = Arn::parse(text) else {
        let id = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        return if id { Named::UniqueId(text.into()) } else { Named::Nobody };
    };
    // No wildcard in a part of an ARN: "arn:aws:iam::123456789012:role/*" is refused, or matches nothing.
    if text.contains(['*', '?']) || !is_account_id(arn.account) {
        return Named::Nobody;
    }
    match (arn.service, arn.resource.split_once('/').unwrap_or((arn.resource, ""))) {
        ("iam", ("root", "")) => Named::Account(arn.account.into()),
        ("iam", ("role", name)) if !name.is_empty() => Named::Role(text.into()),
        ("iam", ("user", name)) if !name.is_empty() => Named::User(text.into()),
        ("iam", ("oidc-provider" | "saml-provider", name)) if !name.is_empty() => Named::Provider(text.into()),
        ("sts", ("assumed-role", name)) if name.contains('/') => Named::Session(text.into()),
        ("sts", ("federated-user", name)) if !name.is_empty() => Named::FederatedUser(text.into()),
        _ => Named::Nobody,
    }
}
