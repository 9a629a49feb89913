//! The right policies: boundary, default versions, every page.

use super::account::{Account, allow, deny};
use super::moto;
use super::program::Program;
use super::stand_in::StandIn;

#[test]
fn a_role_is_denied_by_its_boundary() {
    let account = Account::new();
    let arn = account.bounded_role("BoundedRole", &allow(&["ec2:*"]), &allow(&["ec2:Describe*", "s3:*"]));
    let outcome = Program::new(moto::url()).ask(["--role", "BoundedRole"], "ec2:TerminateInstances");
    let answer = outcome.result(1);
    answer.verdict("denied").principal(&arn).blocked_by(&["boundary"]).unread(&[]);
    answer.outcome("identity", "allow").statement("identity", "BoundedRole-Identity", 0, 4);
    answer.outcome("boundary", "implicit-deny").statement("boundary", "BoundedRole-Boundary", 0, 4);
    assert_eq!(answer.result["action"], "ec2:TerminateInstances");
}

#[test]
fn what_both_allow_is_allowed() {
    Account::new().bounded_role("BothAllowRole", &allow(&["ec2:*"]), &allow(&["ec2:Describe*"]));
    let answer = Program::new(moto::url()).ask(["--role", "BothAllowRole"], "ec2:DescribeInstances").result(0);
    answer.verdict("allowed").blocked_by(&[]).outcome("identity", "allow").outcome("boundary", "allow");
}

#[test]
fn a_role_without_any_policy_is_denied_by_identity() {
    Account::new().role("EmptyRole");
    let answer = Program::new(moto::url()).ask(["--role", "EmptyRole"], "s3:GetObject").result(1);
    answer
        .verdict("denied")
        .blocked_by(&["identity"])
        .outcome("identity", "implicit-deny")
        .outcome("boundary", "not-applicable");
}

#[test]
fn the_default_version_counts_not_the_newest() {
    let account = Account::new();
    account.role("VersionRole");
    let arn = account.managed("VersionRole-Identity", &allow(&["s3:GetObject"]));
    account.version(&arn, &allow(&["s3:PutObject"]), true);
    account.version(&arn, &allow(&["s3:DeleteObject"]), false);
    account.attach("VersionRole", &arn);
    for (action, code) in [("s3:GetObject", 1), ("s3:PutObject", 0), ("s3:DeleteObject", 1)] {
        Program::new(moto::url()).ask(["--role", "VersionRole"], action).result(code);
    }
}

#[test]
fn every_page_of_attached_and_inline_policies_counts() {
    let account = Account::new();
    account.role("PagesRole");
    for number in 0..7 {
        account.inline("PagesRole", &format!("Inline{number}"), &allow(&[&format!("sqs:Action{number}")]));
        let arn = account.managed(&format!("PagesRole-Attached{number}"), &allow(&[&format!("sns:Action{number}")]));
        account.attach("PagesRole", &arn);
    }
    account.inline("PagesRole", "Inline6", &allow(&["sqs:SendMessage"]));
    account.attach(
        "PagesRole",
        &account.managed("PagesRole-AttachedLast", &deny(&["sqs:DeleteMessage", "sqs:PurgeQueue"])),
    );

    let server = StandIn::new().pages_of(2);
    Program::new(&server.url)
        .ask(["--role", "PagesRole"], "sqs:SendMessage")
        .result(0)
        .statement("identity", "Inline6", 0, 4);
    let lists = |name| server.actions().iter().filter(|action| *action == name).count();
    // Moto's last page may be empty.
    assert_eq!(lists("ListRolePolicies"), 4);
    assert!(lists("ListAttachedRolePolicies") >= 4);
    let answer = Program::new(&server.url).ask(["--role", "PagesRole"], "sqs:DeleteMessage").result(1);
    answer.outcome("identity", "explicit-deny").statement("identity", "PagesRole-AttachedLast", 0, 4);
}

#[test]
fn a_policy_that_is_attached_and_the_boundary_is_read_once() {
    let account = Account::new();
    let arn = account.managed("TwiceRole-Policy", &allow(&["s3:*"]));
    account.role_at("/", "TwiceRole", Some(&arn));
    account.attach("TwiceRole", &arn);
    let server = StandIn::new();
    Program::new(&server.url).ask(["--role", "TwiceRole"], "s3:GetObject").result(0).outcome("boundary", "allow");
    let read = |name| server.actions().iter().filter(|action| *action == name).count();
    assert_eq!((read("GetPolicy"), read("GetPolicyVersion")), (1, 1), "{:?}", server.actions());
}

#[test]
fn how_many_share_the_boundary_is_known_from_the_same_reads() {
    Account::new().bounded_role("SharedRole", &allow(&["ec2:*"]), &allow(&["s3:*"]));
    let shared = |server: &StandIn| {
        let outcome = Program::new(&server.url).ask(["--role", "SharedRole"], "ec2:RunInstances");
        let warnings = outcome.result(1).result["fixes"][0]["warnings"].clone();
        let all = warnings.as_array().unwrap();
        all.iter().find(|one| one["code"] == "shared-boundary").map(|one| one["text"].as_str().unwrap().to_owned())
    };
    assert!(shared(&StandIn::new()).unwrap().contains("may be the boundary of other principals"));
    let server = StandIn::new().boundary_count(7);
    assert!(shared(&server).unwrap().contains("is also the boundary of 6 others"));
    assert_eq!(server.actions().iter().filter(|action| *action == "GetPolicy").count(), 2, "{:?}", server.actions());
    assert_eq!(shared(&StandIn::new().boundary_count(1)), None);
}
