//! The right role or user, by name, ARN or session, or an error that says which one exists.

use super::account::{ACCOUNT, Account, allow, keys_of};
use super::moto;
use super::program::Program;
use super::stand_in::{Fault, StandIn};

#[track_caller]
fn error(principal: [&str; 2]) -> String {
    Program::new(moto::url()).ask(principal, "s3:GetObject").not_asked().to_owned()
}

#[test]
fn a_role_with_a_path_answers_to_name_arn_and_session() {
    let account = Account::new();
    let arn = account.role_at("/team/sub/", "PathRole", None);
    account.inline("PathRole", "Read", &allow(&["s3:GetObject"]));
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/PathRole/alice");
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:role/team/sub/PathRole"));

    for (flag, asked, shown) in [
        ("--role", "PathRole", &arn),
        ("--role", &arn, &arn),
        ("--principal", &arn, &arn),
        ("--principal", &session, &session),
    ] {
        let answer = Program::new(moto::url()).ask([flag, asked], "s3:GetObject").result(0);
        answer.verdict("allowed").principal(shown).outcome("identity", "allow").outcome("boundary", "not-applicable");
        assert_eq!(answer.result["principal"]["account"], ACCOUNT);
    }
    let answer = Program::new(moto::url()).ask(["--principal", &session], "s3:GetObject").result(0);
    assert_eq!(answer.result["principal"]["kind"], "assumed-role");
    assert!(answer.result["principal"]["role"].to_string().contains(&arn), "{answer:#?}");
}

#[test]
fn an_arn_with_another_path_is_never_answered_with_the_role_of_that_name() {
    let exists = Account::new().role_at("/right/", "WrongPathRole", None);
    for path in ["", "wrong/", "right/wrong/"] {
        let asked = format!("arn:aws:iam::{ACCOUNT}:role/{path}WrongPathRole");
        let line = error(["--role", &asked]);
        assert!(line.contains(&asked) && line.contains(&exists), "{line}");
    }
}

#[test]
fn an_unknown_role_is_named_with_a_similar_one() {
    Account::new().role("SimilarName-Deployer");
    let line = error(["--role", "SimilarName-Deploier"]);
    assert!(line.contains("role `SimilarName-Deploier` does not exist in account 123456789012"), "{line}");
    assert!(line.contains("did you mean `SimilarName-Deployer`?"), "{line}");
}

#[test]
fn an_unknown_user_is_named_with_one_that_differs_in_case() {
    Account::new().user("/", "similarcase.person");
    let line = error(["--user", "SimilarCase.Person"]);
    assert!(line.contains("did you mean `similarcase.person`?"), "{line}");
}

#[test]
fn an_unknown_role_without_a_similar_one_has_no_suggestion() {
    let line = error(["--role", "zzqqxxkkvv"]);
    assert!(line.contains("`zzqqxxkkvv` does not exist") && !line.contains("did you mean"), "{line}");
}

#[test]
fn credentials_of_another_account_are_told_apart_from_a_missing_role() {
    let keys = keys_of("111122223333");
    let arn = Account::new().role("OtherAccountRole");
    for same_name_there in [false, true] {
        if same_name_there {
            Account::of(&keys).role("OtherAccountRole");
        }
        let outcome = Program::bare(moto::url()).keys(&keys).ask(["--role", &arn], "s3:GetObject");
        let line = outcome.not_asked();
        assert!(line.contains("111122223333") && line.contains(ACCOUNT) && line.contains("--profile"), "{line}");
    }
}

#[test]
fn a_user_with_groups_has_its_own_policies_and_theirs() {
    let account = Account::new();
    let arn = account.user("/people/", "groups.user");
    account.inline_in_user("groups.user", "Own", &allow(&["sqs:SendMessage"]));
    account.attach_to_user("groups.user", &account.managed("groups-user-Attached", &allow(&["sns:Publish"])));
    account.group("groups-A", "groups.user");
    account.group("groups-B", "groups.user");
    account.inline_in_group("groups-A", "GroupInline", &allow(&["s3:GetObject"]));
    account.attach_to_group("groups-B", &account.managed("groups-B-Attached", &allow(&["s3:PutObject"])));

    for (action, policy) in [
        ("sqs:SendMessage", "Own"),
        ("sns:Publish", "groups-user-Attached"),
        ("s3:GetObject", "GroupInline"),
        ("s3:PutObject", "groups-B-Attached"),
    ] {
        let answer = Program::new(moto::url()).ask(["--user", "groups.user"], action).result(0);
        answer.verdict("allowed").principal(&arn).statement("identity", policy, 0, 4).unread(&[]);
    }
    let denied = Program::new(moto::url()).ask(["--user", &arn], "s3:DeleteObject").result(1);
    denied.verdict("denied").blocked_by(&["identity"]);
}

#[test]
fn a_user_is_bounded_too() {
    let account = Account::new();
    let boundary = account.managed("bounded-user-Boundary", &allow(&["s3:*"]));
    account.user("/", "bounded.user");
    account.group("bounded-user-Group", "bounded.user");
    account.inline_in_group("bounded-user-Group", "All", &allow(&["*"]));
    let server = StandIn::new().user_boundary(&boundary);
    let answer = Program::new(&server.url).ask(["--user", "bounded.user"], "ec2:RunInstances").result(1);
    answer.verdict("denied").blocked_by(&["boundary"]).statement("boundary", "bounded-user-Boundary", 0, 4);
}

#[test]
fn a_name_that_iam_refuses_to_show_and_knows_no_policies_of_is_nobody_s() {
    for (flag, operation) in [("--role", "GetRole"), ("--user", "GetUser")] {
        let server = StandIn::new().on(operation, Fault::Error(403, "AccessDenied"));
        let outcome = Program::new(&server.url).ask([flag, "NobodyAtAll"], "s3:GetObject");
        let line = outcome.not_asked();
        assert!(line.contains("`NobodyAtAll` does not exist in account 123456789012"), "{line}");
    }
}
