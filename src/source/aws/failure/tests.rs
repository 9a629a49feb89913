//! What codes, statuses and texts turn into.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use super::{Failure, FailureKind, is_code, kind_of, one_line};
use crate::source::aws::AwsError;

#[track_caller]
fn check(code: &str, status: u16, expected: FailureKind) {
    assert_eq!(kind_of(code, status), expected, "{code} {status}");
}

#[test]
fn codes_tell_the_kind() {
    check("AccessDenied", 403, FailureKind::AccessDenied);
    check("NoSuchEntity", 404, FailureKind::NotFound);
    check("Throttling", 400, FailureKind::Throttled);
    check("ExpiredToken", 403, FailureKind::Credentials);
    check("InvalidClientTokenId", 403, FailureKind::Credentials);
    check("SignatureDoesNotMatch", 403, FailureKind::Credentials);
    check("ServiceUnavailable", 503, FailureKind::ServiceError);
}

#[test]
fn a_status_without_a_code_is_not_taken_for_a_refusal() {
    check("", 403, FailureKind::ServiceError);
    check("", 404, FailureKind::ServiceError);
    check("", 429, FailureKind::Throttled);
    check("", 503, FailureKind::ServiceError);
}

#[test]
fn text_from_the_network_is_a_code_only_if_it_looks_like_one() {
    assert!(is_code("AccessDenied"));
    assert!(is_code("Sdk.InvalidParameter-1"));
    assert!(!is_code(""));
    assert!(!is_code("\u{1b}[31mAccessDenied"));
    assert!(!is_code("a code with spaces"));
    assert!(!is_code(&"x".repeat(81)));
}

#[test]
fn causes_are_one_line_without_control_characters() {
    assert_eq!(one_line("a\nb\t c\u{1b}[31m"), "a b c [31m");
    assert_eq!(one_line(&"x".repeat(300)).len(), 200);
}

#[test]
fn words_name_code_and_operation() {
    let refused = Failure {
        operation: "iam:GetPolicyVersion",
        kind: FailureKind::AccessDenied,
        code: Some("AccessDenied".to_owned()),
        endpoint: None,
    };
    assert_eq!(refused.reason(), "not readable with these credentials (AccessDenied on iam:GetPolicyVersion)");
    let silent = Failure { operation: "iam:GetRole", kind: FailureKind::Timeout, code: None, endpoint: None };
    assert_eq!(
        silent.fatal().to_string(),
        "iam:GetRole failed: no reply in time; try again later, or use --snapshot with a saved snapshot"
    );
}

#[test]
fn credentials_that_aws_refuses_are_an_error_of_their_own() {
    let code = Some("ExpiredToken".to_owned());
    let expired = Failure { operation: "iam:GetRole", kind: FailureKind::Credentials, code, endpoint: None };
    let AwsError::Credentials { detail } = expired.fatal() else { panic!("{expired:?}") };
    assert_eq!(detail, "they have expired (ExpiredToken); sign in again");
}
