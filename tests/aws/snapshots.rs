//! `diagnose snapshot`, then the same answer without AWS.

use serde_json::Value;

use super::account::{Account, allow, deny};
use super::moto;
use super::program::{Outcome, Program};
use super::stand_in::{Fault, StandIn};

/// The results and failed reads of a run, without where the policies came from. A snapshot knows that something could not
/// be read, but not why, so the words about that are left out too.
#[track_caller]
fn results(outcome: &Outcome) -> (Value, Value) {
    let mut whole: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
    for result in whole["results"].as_array_mut().unwrap() {
        for layer in result["layers"].as_array_mut().unwrap() {
            if layer["outcome"] == "undetermined" {
                layer["reason"] = Value::Null;
            }
        }
        // The script of a fix ends with the question asked again, of the source that was asked.
        for fix in result["fixes"].as_array_mut().into_iter().flatten() {
            fix["commands"].as_array_mut().and_then(Vec::pop);
            for line in fix["commands"].as_array_mut().into_iter().flatten() {
                *line = without_endpoint(line.as_str().unwrap()).into();
            }
        }
        if result["verdict"] == "undetermined" {
            result["explanation"] = Value::Null;
        }
    }
    (whole["results"].clone(), whole["unread"].clone())
}

/// A command without the endpoint that the account was read at.
fn without_endpoint(line: &str) -> String {
    let mut parts = line.split(" --endpoint-url ");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |line, part| line + part.find([' ', ')']).map_or("", |end| part.split_at(end).1))
}

/// Asks AWS, saves a snapshot, asks the snapshot.
#[track_caller]
fn same_with_and_without_aws(server: &str, principal: [&str; 2], action: &str) {
    let live = Program::new(server).ask(principal, action);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snapshot.json");
    let file = file.to_str().unwrap();
    let saved = Program::new(server).run(&["snapshot", principal[0], principal[1], "--out", file]);
    assert_eq!((saved.code, saved.stdout.as_str()), (0, ""), "{saved:#?}");
    let printed = Program::new(server).run(&["snapshot", principal[0], principal[1]]);
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (mut saved, mut printed) = (parse(&std::fs::read_to_string(file).unwrap()), parse(&printed.stdout));
    assert_eq!(saved["diagnose_snapshot"], 1);
    for snapshot in [&mut saved, &mut printed] {
        snapshot.as_object_mut().unwrap().remove("taken_at");
    }
    assert_eq!(saved, printed);
    let replayed =
        Program::offline().run(&["--snapshot", file, principal[0], principal[1], "--action", action, "-o", "json"]);
    assert_eq!(replayed.code, live.code, "{replayed:#?}");
    assert_eq!(results(&replayed), results(&live));
}

#[test]
fn a_bounded_role() {
    let account = Account::new();
    let arn = account.bounded_role("SnapshotRole", &allow(&["ec2:*"]), &allow(&["ec2:Describe*"]));
    account.inline("SnapshotRole", "Inline", &deny(&["ec2:RunInstances"]));
    account.tag_role("SnapshotRole", "team", "payments");
    for action in ["ec2:TerminateInstances", "ec2:DescribeInstances", "ec2:RunInstances"] {
        same_with_and_without_aws(moto::url(), ["--role", "SnapshotRole"], action);
    }
    same_with_and_without_aws(moto::url(), ["--role", &arn], "ec2:TerminateInstances");
}

#[test]
fn a_session_of_a_role_with_a_path() {
    let account = Account::new();
    account.role_at("/team/", "SnapshotPathRole", None);
    account.inline("SnapshotPathRole", "Inline", &allow(&["s3:GetObject"]));
    let session = "arn:aws:sts::123456789012:assumed-role/SnapshotPathRole/alice";
    same_with_and_without_aws(moto::url(), ["--principal", session], "s3:GetObject");
}

#[test]
fn a_user_with_groups() {
    let account = Account::new();
    account.user("/", "snapshot.user");
    account.group("snapshot-user-Group", "snapshot.user");
    account.inline_in_group("snapshot-user-Group", "GroupInline", &allow(&["s3:GetObject"]));
    same_with_and_without_aws(moto::url(), ["--user", "snapshot.user"], "s3:GetObject");
}

#[test]
fn what_could_not_be_read_stays_unknown() {
    Account::new().bounded_role("SnapshotRefusedRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    let refused = Fault::Error(403, "AccessDenied");
    let server = StandIn::new().on_some("GetPolicyVersion", "SnapshotRefusedRole-Boundary", usize::MAX, refused);
    same_with_and_without_aws(&server.url, ["--role", "SnapshotRefusedRole"], "s3:GetObject");
}

#[test]
fn an_arn_that_nobody_confirmed_stays_unconfirmed() {
    let account = Account::new();
    account.role_at("/team/", "Unconfirmed", None);
    let condition = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/team/Unconfirmed"}}}]}"#;
    account.inline("Unconfirmed", "Own", condition);
    let server = StandIn::new().on("GetRole", Fault::Error(403, "AccessDenied"));
    let arn = "arn:aws:iam::123456789012:role/Unconfirmed";
    let ask = ["--role", arn, "--action", "ec2:StopInstances", "--no-boundary", "-o", "json"];
    let live = Program::new(&server.url).run(&ask);
    assert_eq!(live.code, 3, "{live:#?}");
    let saved = Program::new(&server.url).run(&["snapshot", "--role", arn]);
    let offline = Program::offline().file("s.json", &saved.stdout);
    let offline = offline.run(&[&ask[..], &["--snapshot", "s.json"]].concat());
    assert_eq!(offline.code, 3, "{offline:#?}");
    assert_eq!(results(&offline).0, results(&live).0);

    // A name alone cannot be saved, and why is said.
    let unnamed = Program::new(&server.url).run(&["snapshot", "--role", "Unconfirmed"]);
    assert!(unnamed.stderr.contains("because of iam:GetRole (access-denied)"), "{unnamed:?}");
}

#[test]
fn the_trust_policy_of_a_role_to_be_assumed_is_saved() {
    let account = Account::new();
    account.role("SavedAssuming");
    account.inline("SavedAssuming", "Own", &allow(&["sts:AssumeRole"]));
    let target = account.role("SavedTarget");
    let ask = ["--role", "SavedAssuming", "--action", "sts:AssumeRole", "--resource", &target, "-o", "json"];
    let refused =
        StandIn::new().on_some("GetRole", "RoleName=SavedTarget", usize::MAX, Fault::Error(403, "AccessDenied"));
    for (server, code) in [(moto::url(), 1), (&refused.url, 3)] {
        let live = Program::new(server).run(&ask);
        assert_eq!(live.code, code, "{live:#?}");
        let saved = Program::new(server).run(&["snapshot", "--role", "SavedAssuming", "--resource", &target]);
        let offline = Program::offline().file("s.json", &saved.stdout);
        let offline = offline.run(&[&ask[..], &["--snapshot", "s.json"]].concat());
        assert_eq!(offline.code, code, "{offline:#?}");
        assert_eq!(results(&offline), results(&live));
    }
}
