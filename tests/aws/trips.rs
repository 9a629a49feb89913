//! How often, how many at a time, and what is asked.

use super::account::{Account, allow};
use super::program::Program;
use super::stand_in::StandIn;

#[test]
fn a_role_takes_three_round_trips() {
    let account = Account::new();
    account.bounded_role("TripsRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    for number in 0..12 {
        account.inline("TripsRole", &format!("Inline{number}"), &allow(&["sqs:*"]));
        account.attach("TripsRole", &account.managed(&format!("TripsRole-{number}"), &allow(&["sns:*"])));
    }
    let server = StandIn::new().in_rounds();
    Program::new(&server.url).ask(["--role", "TripsRole"], "s3:GetObject").result(0);
    let rounds = server.rounds();
    assert_eq!(rounds[0], ["GetCallerIdentity", "GetRole", "ListAttachedRolePolicies", "ListRolePolicies"]);
    // 26 reads in the second round and 14 in the third, at most 16 at a time: the cap adds rounds, not the chain.
    assert!(rounds.iter().all(|round| round.len() <= 16), "{rounds:?}");
    assert_eq!(rounds.iter().map(Vec::len).sum::<usize>(), 4 + 12 + 14 + 14, "{rounds:?}");
}

#[test]
fn few_policies_take_three_rounds() {
    let account = Account::new();
    account.bounded_role("FewTripsRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    account.inline("FewTripsRole", "Inline", &allow(&["sqs:*"]));
    let server = StandIn::new().in_rounds();
    Program::new(&server.url).ask(["--role", "FewTripsRole"], "s3:GetObject").result(0);
    let expected: [&[&str]; 3] = [
        &["GetCallerIdentity", "GetRole", "ListAttachedRolePolicies", "ListRolePolicies"],
        &["GetPolicy", "GetPolicy", "GetRolePolicy"],
        &["GetPolicyVersion", "GetPolicyVersion"],
    ];
    assert_eq!(server.rounds(), expected);
}

#[test]
fn a_user_with_groups_takes_three_round_trips() {
    let account = Account::new();
    let boundary = account.managed("trips-user-Boundary", &allow(&["s3:*"]));
    account.user("/", "trips.user");
    account.attach_to_user("trips.user", &account.managed("trips-user-Attached", &allow(&["sqs:*"])));
    account.group("trips-user-Group", "trips.user");
    account.inline_in_group("trips-user-Group", "Inline", &allow(&["sns:*"]));
    account.attach_to_group("trips-user-Group", &account.managed("trips-user-Group-Attached", &allow(&["s3:*"])));
    let server = StandIn::new().user_boundary(&boundary).in_rounds();
    Program::new(&server.url).ask(["--user", "trips.user"], "s3:GetObject").result(0).verdict("allowed");
    let rounds = server.rounds();
    assert_eq!(rounds.len(), 3, "{rounds:?}");
    assert!(rounds[0].contains(&"ListPolicies".to_owned()), "{rounds:?}");
}

#[test]
fn only_reads_are_asked_for() {
    let account = Account::new();
    account.bounded_role("ReadOnlyRole", &allow(&["s3:*"]), &allow(&["s3:Get*"]));
    account.user("/", "read.only");
    account.group("read-only-Group", "read.only");
    let server = StandIn::new();
    Program::new(&server.url).ask(["--role", "ReadOnlyRole"], "s3:PutObject").result(1);
    Program::new(&server.url).ask(["--role", "NoSuchReadOnlyRole"], "s3:PutObject").not_asked();
    Program::new(&server.url).ask(["--user", "read.only"], "s3:PutObject").result(1);
    let snapshot = Program::new(&server.url).run(&["snapshot", "--role", "ReadOnlyRole"]);
    assert_eq!(snapshot.code, 0, "{snapshot:#?}");
    let actions = server.actions();
    assert!(actions.len() > 20, "{actions:?}");
    assert!(actions.iter().all(|action| action.starts_with("Get") || action.starts_with("List")), "{actions:?}");
}
