//! The whole account through one paginated call.

use serde_json::Value;

use super::account::{Account, allow, keys_of};
use super::moto;
use super::program::{Outcome, Program};
use super::stand_in::{Fault, StandIn};

/// An account of its own: moto stumbles where an account changes while all of it is asked for.
const ACCOUNT: &str = "444455556666";

#[track_caller]
fn report(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn every_page_is_read() {
    let keys = keys_of(ACCOUNT);
    let account = Account::of(&keys);
    account.bounded_role("AuditedRole", &allow(&["s3:GetObject", "sqs:SendMessage"]), &allow(&["s3:*"]));
    account.role("AuditedPlainRole");
    account.user("/", "audited.user");
    account.group("AuditedGroup", "audited.user");
    account.inline_in_group("AuditedGroup", "Inline", &allow(&["sns:Publish"]));
    let ask = ["audit", "-o", "json"];
    let server = StandIn::new().pages_of(1);
    let paged = report(&Program::new(&server.url).keys(&keys).run(&ask));
    assert_eq!(server.actions(), ["GetAccountAuthorizationDetails"; 4]);
    let rows: Vec<String> = paged["principals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!("{} {} {}", row["arn"].as_str().unwrap(), row["counts"]["blocked"], row["counts"]["granted"])
        })
        .collect();
    let expected = [
        format!("arn:aws:iam::{ACCOUNT}:role/AuditedRole 1 2"),
        format!("arn:aws:iam::{ACCOUNT}:role/AuditedPlainRole 0 0"),
        // The group and its policy are on other pages than the user.
        format!("arn:aws:iam::{ACCOUNT}:user/audited.user 0 1"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(paged["source"], "aws");
    assert_eq!(paged, report(&Program::new(moto::url()).keys(&keys).run(&ask)));
}

#[test]
fn without_the_permission_nothing_is_said() {
    for (fault, says) in [
        (Fault::Error(403, "AccessDenied"), "an audit needs iam:GetAccountAuthorizationDetails on *"),
        (Fault::Error(403, "ExpiredToken"), "sign in again"),
        (Fault::Garbage, "not understood"),
    ] {
        let server = StandIn::new().on("GetAccountAuthorizationDetails", fault);
        let outcome = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "1").run(&["audit"]);
        assert!(outcome.not_asked().contains(says), "{outcome:#?}");
    }
}
