//! Reads that these credentials may not make: unknown where it could matter, never absent, never allowed.

use super::account::{Account, allow, deny};
use super::program::{Answer, Program};
use super::stand_in::{Fault, StandIn};

const REFUSED: Fault = Fault::Error(403, "AccessDenied");

#[track_caller]
fn ask(server: &StandIn, role: &str, action: &str, code: i32) -> Answer {
    Program::new(&server.url).ask(["--role", role], action).result(code)
}

#[test]
fn a_boundary_that_cannot_be_read_leaves_the_verdict_open() {
    let account = Account::new();
    account.bounded_role("RefusedBoundaryRole", &allow(&["ec2:*"]), &allow(&["ec2:*"]));
    for (operation, reason) in [("GetPolicy", "iam:GetPolicy"), ("GetPolicyVersion", "iam:GetPolicyVersion")] {
        let server = StandIn::new().on_some(operation, "RefusedBoundaryRole-Boundary", usize::MAX, REFUSED);
        let answer = ask(&server, "RefusedBoundaryRole", "ec2:RunInstances", 3);
        answer.verdict("undetermined").outcome("identity", "allow").outcome("boundary", "undetermined");
        answer.unread(&[&format!("boundary {reason} access-denied")]);
    }
}

#[test]
fn what_identity_denies_is_denied_whatever_the_boundary() {
    Account::new().bounded_role("RefusedDeniedRole", &allow(&["s3:*"]), &allow(&["*"]));
    let server = StandIn::new().on_some("GetPolicyVersion", "RefusedDeniedRole-Boundary", usize::MAX, REFUSED);
    let answer = ask(&server, "RefusedDeniedRole", "ec2:RunInstances", 1);
    answer.verdict("denied").blocked_by(&["identity"]).outcome("boundary", "undetermined");
    answer.unread(&["boundary iam:GetPolicyVersion access-denied"]);
}

#[test]
fn a_boundary_that_was_deleted_leaves_the_verdict_open() {
    Account::new().bounded_role("DeletedBoundaryRole", &allow(&["ec2:*"]), &allow(&["ec2:*"]));
    let gone = Fault::Error(404, "NoSuchEntity");
    let server = StandIn::new().on_some("GetPolicy", "DeletedBoundaryRole-Boundary", usize::MAX, gone);
    let answer = ask(&server, "DeletedBoundaryRole", "ec2:RunInstances", 3);
    answer.outcome("boundary", "undetermined").unread(&["boundary iam:GetPolicy not-found"]);
}

#[test]
fn an_attached_policy_that_cannot_be_read_could_deny() {
    let account = Account::new();
    account.role("RefusedAttachedRole");
    account.inline("RefusedAttachedRole", "Inline", &allow(&["s3:GetObject"]));
    account.attach("RefusedAttachedRole", &account.managed("RefusedAttachedRole-Secret", &deny(&["s3:*"])));
    let server = StandIn::new().on_some("GetPolicyVersion", "RefusedAttachedRole-Secret", usize::MAX, REFUSED);
    let answer = ask(&server, "RefusedAttachedRole", "s3:GetObject", 3);
    answer
        .verdict("undetermined")
        .outcome("identity", "undetermined")
        .unread(&["identity iam:GetPolicyVersion access-denied"]);
}

#[test]
fn an_inline_policy_that_cannot_be_read_could_deny() {
    let account = Account::new();
    account.role("RefusedInlineRole");
    account.inline("RefusedInlineRole", "Secret", &deny(&["s3:*"]));
    account.attach("RefusedInlineRole", &account.managed("RefusedInlineRole-Known", &allow(&["s3:GetObject"])));
    let server = StandIn::new().on("GetRolePolicy", REFUSED);
    let answer = ask(&server, "RefusedInlineRole", "s3:GetObject", 3);
    answer.verdict("undetermined").unread(&["identity iam:GetRolePolicy access-denied"]);
}

#[test]
fn a_list_that_is_refused_leaves_the_verdict_open() {
    let account = Account::new();
    account.role("RefusedListRole");
    account.inline("RefusedListRole", "Inline", &allow(&["s3:GetObject"]));
    account.attach("RefusedListRole", &account.managed("RefusedListRole-Attached", &allow(&["s3:GetObject"])));
    for list in ["ListRolePolicies", "ListAttachedRolePolicies"] {
        let server = StandIn::new().on(list, REFUSED);
        let answer = ask(&server, "RefusedListRole", "s3:GetObject", 3);
        answer.verdict("undetermined").outcome("identity", "undetermined");
        answer.unread(&[&format!("identity iam:{list} access-denied")]);
    }
}

#[test]
fn a_list_that_is_refused_does_not_hide_a_known_denial() {
    let account = Account::new();
    account.role("RefusedListDeniedRole");
    account.inline("RefusedListDeniedRole", "Inline", &deny(&["s3:*"]));
    let server = StandIn::new().on("ListAttachedRolePolicies", REFUSED);
    let answer = ask(&server, "RefusedListDeniedRole", "s3:GetObject", 1);
    answer.verdict("denied").outcome("identity", "explicit-deny").statement("identity", "Inline", 0, 4);
}

#[test]
fn a_second_page_that_is_refused_leaves_the_verdict_open() {
    let account = Account::new();
    account.role("RefusedPageRole");
    for name in ["A", "B", "C"] {
        account.inline("RefusedPageRole", name, &allow(&["s3:GetObject"]));
    }
    let server = StandIn::new().pages_of(2).on_some("ListRolePolicies", "Marker=", usize::MAX, REFUSED);
    let answer = ask(&server, "RefusedPageRole", "s3:GetObject", 3);
    answer.verdict("undetermined").unread(&["identity iam:ListRolePolicies access-denied"]);
}

#[test]
fn a_role_that_may_not_be_looked_at_has_an_unknown_boundary() {
    let account = Account::new();
    account.role("RefusedRole");
    account.inline("RefusedRole", "Inline", &allow(&["s3:GetObject"]));
    let server = StandIn::new().on("GetRole", REFUSED);
    let answer = ask(&server, "RefusedRole", "s3:GetObject", 3);
    answer.verdict("undetermined").outcome("identity", "allow").outcome("boundary", "undetermined");
    answer.unread(&["boundary iam:GetRole access-denied"]);
    ask(&server, "RefusedRole", "s3:PutObject", 1).verdict("denied").blocked_by(&["identity"]);
}

#[test]
fn groups_that_may_not_be_listed_leave_the_verdict_open() {
    let account = Account::new();
    account.user("/", "refused.groups");
    account.inline_in_user("refused.groups", "Own", &allow(&["s3:GetObject"]));
    account.group("refused-groups-Group", "refused.groups");
    account.inline_in_group("refused-groups-Group", "Deny", &deny(&["s3:*"]));
    for (operation, read) in [
        ("ListGroupsForUser", "iam:ListGroupsForUser"),
        ("ListGroupPolicies", "iam:ListGroupPolicies"),
        ("ListAttachedGroupPolicies", "iam:ListAttachedGroupPolicies"),
        ("GetGroupPolicy", "iam:GetGroupPolicy"),
    ] {
        let server = StandIn::new().on(operation, REFUSED);
        let code = if operation == "ListAttachedGroupPolicies" { 1 } else { 3 };
        let answer = Program::new(&server.url).ask(["--user", "refused.groups"], "s3:GetObject").result(code);
        answer.unread(&[&format!("identity {read} access-denied")]);
    }
}

#[test]
fn refusals_of_helpers_change_nothing() {
    let account = Account::new();
    account.user("/", "refused.helpers");
    account.group("refused-helpers-Group", "refused.helpers");
    account.attach_to_group(
        "refused-helpers-Group",
        &account.managed("refused-helpers-Policy", &allow(&["s3:GetObject"])),
    );
    let server = StandIn::new().on("ListPolicies", REFUSED).on("GetCallerIdentity", REFUSED);
    let answer = Program::new(&server.url).ask(["--user", "refused.helpers"], "s3:GetObject").result(0);
    answer.verdict("allowed").unread(&[]);
    assert!(server.actions().iter().any(|action| action == "GetPolicy"), "{:?}", server.actions());
}

#[test]
fn many_policies_that_one_reason_keeps_unread_are_told_together() {
    let account = Account::new();
    account.role("RefusedManyRole");
    for number in 1..=6 {
        let name = format!("RefusedMany-{number}");
        account.attach("RefusedManyRole", &account.managed(&name, &allow(&["s3:GetObject"])));
    }
    let server = StandIn::new().on("GetPolicyVersion", REFUSED);
    let ask = |more: &[&str]| {
        let arguments = ["--role", "RefusedManyRole", "--action", "s3:GetObject"];
        Program::new(&server.url).run(&[&arguments[..], more].concat())
    };
    let human = ask(&[]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "The identity policies leave it open: RefusedMany-1, RefusedMany-2, RefusedMany-3 and 3 more: not readable with \
                these credentials (AccessDenied on iam:GetPolicyVersion).";
    assert!(human.contains(told), "{human}");
    assert!(!human.contains("RefusedMany-4"), "{human}");
    let answer = ask(&["-o", "json"]).result(3);
    let reason = answer.layer("identity")["reason"].as_str().unwrap();
    assert!((1..=6).all(|number| reason.contains(&format!("RefusedMany-{number}: not readable"))), "{reason}");
}
