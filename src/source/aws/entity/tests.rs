//! The right principal, or none: paths, accounts, sessions, similar names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;

use super::{Found, most_similar, resolve};
use crate::principal::Principal;
use crate::source::aws::AwsError;
use crate::source::aws::reader::Candidate;

const ARN: &str = "arn:aws:iam::123456789012:role/team/MyRole";

fn found() -> Found {
    Found {
        arn: ARN.to_owned(),
        name: "MyRole".to_owned(),
        unique_id: "AROAEXAMPLE".to_owned(),
        tags: BTreeMap::new(),
        trust: None,
        boundary: None,
    }
}

fn asked(arn: &str) -> Result<Principal, AwsError> {
    resolve(&Principal::from_arn(arn).unwrap(), "role", &found())
}

#[test]
fn an_arn_with_the_same_path_is_the_role() {
    let principal = asked(ARN).unwrap();
    assert_eq!(principal.arn.as_deref(), Some(ARN));
    assert_eq!(principal.entity_arn.as_deref(), Some(ARN));
    assert_eq!(principal.unique_id.as_deref(), Some("AROAEXAMPLE"));
}

#[test]
fn an_arn_with_another_path_is_not_the_role() {
    for other in ["role/MyRole", "role/Team/MyRole", "role/team/sub/MyRole"] {
        let other = format!("arn:aws:iam::123456789012:{other}");
        let expected = AwsError::OtherPrincipal { kind: "role", asked: other.clone(), exists: ARN.to_owned() };
        assert_eq!(asked(&other), Err(expected));
    }
}

#[test]
fn another_account_is_told_before_another_path() {
    let expected = AwsError::WrongAccount {
        kind: "role",
        asked: "111122223333".to_owned(),
        credentials: "123456789012".to_owned(),
    };
    assert_eq!(asked("arn:aws:iam::111122223333:role/MyRole"), Err(expected));
}

#[test]
fn a_session_keeps_its_arn_and_gains_the_path_of_its_role() {
    let session = "arn:aws:sts::123456789012:assumed-role/myrole/alice";
    let principal = asked(session).unwrap();
    assert_eq!(principal.arn.as_deref(), Some(session));
    assert_eq!(principal.entity_arn.as_deref(), Some(ARN));
    assert_eq!(principal.name.as_deref(), Some("MyRole"));
    assert_eq!(principal.session.as_deref(), Some("alice"));
}

#[test]
fn a_bare_name_gains_account_and_arn() {
    let mut ask = Principal::from_arn(ARN).unwrap();
    (ask.arn, ask.entity_arn, ask.account) = (None, None, None);
    let principal = resolve(&ask, "role", &found()).unwrap();
    assert_eq!(principal.arn.as_deref(), Some(ARN));
    assert_eq!(principal.account.as_deref(), Some("123456789012"));
}

#[track_caller]
fn check_similar(asked: &str, expected: Option<&str>) {
    let candidate = |path: &str, name: &str| Candidate { name: name.to_owned(), path: path.to_owned() };
    let candidates = [
        candidate("/", "MyRole2"),
        candidate("/", "MyRole1"),
        candidate("/team/", "Deployer"),
        candidate("/", "Auditor"),
    ];
    assert_eq!(most_similar(asked, &candidates).as_deref(), expected, "{asked}");
}

#[test]
fn similar_names_are_offered() {
    check_similar("MyRole", Some("MyRole1"));
    check_similar("myrole2", Some("MyRole2"));
    check_similar("deployer", Some("Deployer"));
    check_similar("team/Deployer", Some("Deployer"));
    check_similar("/team/Deployer", Some("Deployer"));
    check_similar("Deployr", Some("Deployer"));
    check_similar("Unrelated", None);
    check_similar("", None);
}
