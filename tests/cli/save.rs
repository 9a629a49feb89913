//! `diagnose snapshot`: what is saved gives the same answers as what it was saved from.

use insta::assert_snapshot;
use serde_json::Value;

use super::program::{diagnose, list, on_account};

#[test]
fn one_role() {
    let found = on_account("snapshot --role MyRole").outcome();
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    let saved: Value = serde_json::from_str(&found.stdout).unwrap();
    let time = saved["taken_at"].as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    assert_snapshot!(found.stdout.replace(time, "TIME"));
}

#[test]
fn the_same_answers_from_the_saved_file() {
    for (who, action) in [
        ("--role MyRole", "ec2:TerminateInstances"),
        ("--role MyRole", "logs:PutLogEvents"),
        ("--role Deployer", "cloudformation:CreateStack"),
        ("--role Deployer", "iam:CreatePolicyVersion"),
        ("--role ReportReader", "s3:GetObject"),
        ("--role BrokenBoundary", "ec2:RunInstances"),
        ("--user alice", "s3:GetObject"),
        ("--role arn:aws:sts::123456789012:assumed-role/MyRole/s", "ec2:TerminateInstances"),
    ] {
        let lacks = "warning: the snapshot lacks what could not be read: iam:GetPolicyVersion (not-in-source)\n";
        let warning = if who.contains("Broken") { lacks } else { "" };
        let saved = on_account(&format!("snapshot {who} --out saved.json")).stderr(warning).writes("saved.json");
        for format in ["human", "json", "jsonl"] {
            let direct = on_account(&format!("{who} --verbose --action {action} --output {format}")).outcome();
            let again = diagnose(&format!("{who} --verbose --action {action} --output {format} --snapshot saved.json"));
            assert_eq!(again.file("saved.json", &saved).outcome(), direct, "{who} {action} {format}");
        }
    }
}

#[test]
fn what_could_not_be_read_is_said_and_stays_unread() {
    let found = on_account("snapshot --role BrokenBoundary").outcome();
    assert_eq!(found.code, 0);
    assert_eq!(
        found.stderr,
        "warning: the snapshot lacks what could not be read: iam:GetPolicyVersion (not-in-source)\n"
    );
    let saved: Value = serde_json::from_str(&found.stdout).unwrap();
    let boundary = &saved["principals"][0]["permissions_boundary"];
    assert_eq!(boundary["arn"], "arn:aws:iam::123456789012:policy/DeletedBoundary");
    assert!(boundary.get("document").is_none(), "{boundary}");
    assert_eq!(list(&saved["unread"]).len(), 1);
}

#[test]
fn a_broken_document_is_saved_as_it_is() {
    let own = r#"{"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/R", "identity_policies": [
        {"name": "Broken", "document": "{\"Version\": oops"}], "permissions_boundary": null}]}"#;
    let saved =
        diagnose("snapshot --role R --snapshot own.json --out saved.json").file("own.json", own).writes("saved.json");
    let saved: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["principals"][0]["identity_policies"][0]["document"], "{\"Version\": oops");
}

#[test]
fn fields_that_were_not_read_stay_absent() {
    let own = r#"{"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/R"}]}"#;
    let saved =
        diagnose("snapshot --role R --snapshot own.json --out saved.json").file("own.json", own).writes("saved.json");
    let saved: Value = serde_json::from_str(&saved).unwrap();
    let entry = saved["principals"][0].as_object().unwrap();
    assert_eq!(entry.keys().collect::<Vec<_>>(), ["arn"]);
}

/// A snapshot is for somebody who has nothing else: what the source held beside the principal goes along.
#[test]
fn everything_that_the_source_held_is_saved() {
    let own = serde_json::json!({
        "diagnose_snapshot": 1,
        "principals": [{"arn": "arn:aws:iam::123456789012:role/R", "permissions_boundary": null, "identity_policies": [
            {"name": "All", "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}],
        "service_control_policies": [{"target": "r-root", "policies": []}],
    })
    .to_string();
    let asked = "--role R --action s3:GetObject";
    let direct = diagnose(&format!("{asked} --snapshot own.json")).file("own.json", &own).outcome();
    let saved =
        diagnose("snapshot --role R --snapshot own.json --out saved.json").file("own.json", &own).writes("saved.json");
    let again = diagnose(&format!("{asked} --snapshot saved.json")).file("saved.json", saved).outcome();
    assert_eq!(again, direct);
}

#[test]
fn a_file_that_cannot_be_written() {
    let line = on_account("snapshot --role MyRole --out folder").folder("folder").refused_with(2);
    assert_eq!(line, "could not write `folder`: it is a folder");
    let line = on_account("snapshot --role MyRole --out no/such/file.json").refused_with(2);
    assert_eq!(line, "could not write `no/such/file.json`: no such folder");
}

/// A snapshot of nobody could never be read again.
#[test]
fn files_alone_need_the_arn() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
    let run = |role: &str| {
        let run = diagnose("snapshot --identity-policy p.json --no-boundary --out saved.json --role").arg(role);
        run.file("p.json", policy)
    };
    let saved = run("arn:aws:iam::123456789012:role/R").writes("saved.json");
    let again = diagnose("--role R --action s3:GetObject --snapshot saved.json").file("saved.json", saved);
    again.gives(0, "allowed identity=allow boundary=not-applicable");
    let line = run("R").refused_with(2);
    assert!(line.contains("ARN"), "{line}");
}

/// What caps one session must not cap its role and its other sessions.
#[test]
fn a_sessions_policies_stay_its_own() {
    let policy = |action: &str| {
        serde_json::json!({"name": "P", "document": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "*"}]}})
    };
    let session = "arn:aws:sts::123456789012:assumed-role/R/s";
    let own = serde_json::json!({"diagnose_snapshot": 1, "principals": [
        {"arn": "arn:aws:iam::123456789012:role/R", "permissions_boundary": null, "identity_policies": [policy("s3:*")]},
        {"arn": session, "session_policies": [policy("ec2:*")]},
    ]})
    .to_string();
    let run = diagnose("snapshot --snapshot own.json --out saved.json --principal").arg(session);
    let saved = run.file("own.json", own).writes("saved.json");
    let asked = |who: &str| {
        let run = diagnose("--action s3:GetObject --snapshot saved.json --principal").arg(who);
        run.file("saved.json", &saved).outcome().code
    };
    assert_eq!(asked(session), 1);
    assert_eq!(asked("arn:aws:sts::123456789012:assumed-role/R/other"), 0);
    assert_eq!(asked("arn:aws:iam::123456789012:role/R"), 0);
}
