//! Loose policy files: every wrapping, names, standard input, and files over a snapshot as a what-if.

use super::program::{Run, diagnose, on_account, statements};

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#;
const CAPPED: &str = "denied identity=allow boundary=implicit-deny blocked:boundary/implicit";

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

fn alone(identity: &str, boundary: &str) -> Run {
    let run = diagnose("--action s3:GetObject --identity-policy identity.json --boundary boundary.json");
    run.file("identity.json", identity).file("boundary.json", boundary)
}

#[test]
fn alone_they_are_the_whole_source() {
    alone(ALLOW, ALLOW).gives(0, "allowed identity=allow boundary=allow");
    alone(ALLOW, EC2).gives(1, CAPPED);
    alone(EC2, ALLOW).gives(1, "denied identity=implicit-deny boundary=allow blocked:identity/implicit");
    let report = alone(ALLOW, ALLOW).json();
    assert_eq!((&report["source"], &report["results"][0]["principal"]["kind"]), (&"files".into(), &"unknown".into()));
    alone(ALLOW, EC2).arg("--role").arg("MyRole").gives(1, CAPPED);
    alone(ALLOW, EC2).arg("--offline").arg("--role").arg("MyRole").gives(1, CAPPED);
}

#[test]
fn a_layer_without_a_file_is_not_checked() {
    let identity = || diagnose("--action s3:GetObject --identity-policy p.json").file("p.json", ALLOW);
    identity().gives(0, "allowed identity=allow boundary=not-checked");
    identity().arg("--no-boundary").gives(0, "allowed identity=allow boundary=not-applicable");
    let boundary = diagnose("--action s3:GetObject --boundary p.json").file("p.json", EC2);
    boundary.gives(1, "denied identity=not-checked boundary=implicit-deny blocked:boundary/implicit");
}

#[test]
fn every_wrapping() {
    for (command, file) in [
        ("bare", EC2.to_owned()),
        ("one statement, no list", EC2.replace(['[', ']'], "")),
        ("a string", quoted(EC2)),
        ("URL-encoded", encoded(EC2)),
        ("a URL-encoded string", quoted(&encoded(EC2))),
        ("with white space around", format!("\n\n  {EC2}\r\n")),
        ("with a byte order mark", format!("\u{feff}{EC2}")),
        (
            "get-policy-version",
            format!(r#"{{"PolicyVersion": {{"Document": {EC2}, "VersionId": "v3", "IsDefaultVersion": true}}}}"#),
        ),
        ("get-policy-version, encoded", format!(r#"{{"PolicyVersion": {{"Document": {}}}}}"#, quoted(&encoded(EC2)))),
        ("get-role-policy", format!(r#"{{"RoleName": "R", "PolicyName": "P", "PolicyDocument": {EC2}}}"#)),
        ("get-user-policy", format!(r#"{{"UserName": "U", "PolicyName": "P", "PolicyDocument": {EC2}}}"#)),
        ("get-group-policy", format!(r#"{{"GroupName": "G", "PolicyName": "P", "PolicyDocument": {}}}"#, quoted(EC2))),
        ("get-bucket-policy", format!(r#"{{"Policy": {}}}"#, quoted(EC2))),
        ("get-key-policy", format!(r#"{{"Policy": {}, "PolicyName": "default"}}"#, quoted(EC2))),
        (
            "describe-policy",
            format!(r#"{{"Policy": {{"PolicySummary": {{"Name": "P"}}, "Content": {}}}}}"#, quoted(EC2)),
        ),
        ("get-queue-attributes", format!(r#"{{"Attributes": {{"Policy": {}}}}}"#, quoted(EC2))),
    ] {
        let report = alone(ALLOW, &file).code(1).json();
        assert_eq!(super::program::digest(&report["results"][0]), CAPPED, "{command}");
    }
}

#[test]
fn names_come_from_the_flag_the_wrapping_or_the_file() {
    let named = |argument: &str, text: &str| {
        let run = diagnose("--action s3:GetObject --no-boundary --identity-policy").arg(argument);
        statements(&run.file("my policy.json", text).json()["results"][0], "identity")
    };
    let wrapped = format!(r#"{{"PolicyName": "Inside", "PolicyDocument": {ALLOW}}}"#);
    assert_eq!(named("my policy.json", ALLOW), ["my policy[0]"]);
    assert_eq!(named("my policy.json", &wrapped), ["Inside[0]"]);
    assert_eq!(named("Mine=my policy.json", &wrapped), ["Mine[0]"]);
    assert_eq!(named("./my policy.json", ALLOW), ["my policy[0]"]);
}

#[test]
fn an_equals_sign_may_be_part_of_a_file_name() {
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy a=b.json").file("a=b.json", ALLOW);
    assert_eq!(statements(&run.json()["results"][0], "identity"), ["a=b[0]"]);
}

#[test]
fn several_identity_policies_are_one_layer() {
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy a.json --identity-policy B=b.json");
    let run = run.file("a.json", EC2).file("b.json", ALLOW);
    assert_eq!(statements(&run.json()["results"][0], "identity"), ["B[0]"]);
}

#[test]
fn from_standard_input() {
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy -").stdin(ALLOW);
    run.gives(0, "allowed identity=allow boundary=not-applicable");
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy Named=-").stdin(ALLOW);
    assert_eq!(statements(&run.json()["results"][0], "identity"), ["Named[0]"]);
    let run = diagnose("--action s3:GetObject --boundary - --identity-policy -").stdin(ALLOW);
    run.refused(2, "could not read `standard input`: it can be read only once");
}

#[test]
fn over_a_snapshot_they_answer_what_if() {
    let asked = "--role MyRole --action ec2:TerminateInstances";
    on_account(asked).gives(1, CAPPED);
    let proposed = on_account(asked).arg("--boundary").arg("p.json").file("p.json", EC2);
    proposed.gives(0, "allowed identity=allow boundary=allow");
    on_account(asked).arg("--no-boundary").gives(0, "allowed identity=allow boundary=not-applicable");
    let less = on_account(asked).arg("--identity-policy").arg("p.json").file("p.json", ALLOW);
    less.gives(
        1,
        "denied identity=implicit-deny boundary=implicit-deny blocked:identity/implicit blocked:boundary/implicit",
    );
}

#[test]
fn a_replaced_layer_no_longer_lacks_anything() {
    let run = on_account("--role BrokenBoundary --action ec2:RunInstances --boundary p.json").file("p.json", EC2);
    let report = run.json();
    assert_eq!(report["unread"], serde_json::json!([]));
    assert_eq!(report["results"][0]["verdict"], "allowed");
}

#[test]
fn two_documents_in_one_file_are_never_read_as_one() {
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy p.json");
    let line = run.file("p.json", format!("{ALLOW}\n{deny}")).refused_with(2);
    assert!(line.starts_with("p.json:2:"), "{line}");
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy p.json");
    let line = run.file("p.json", format!("[{ALLOW}, {deny}]")).refused_with(2);
    assert!(line.starts_with("p.json:"), "{line}");
}

#[test]
fn a_trust_policy_is_no_identity_policy() {
    let trust = r#"{"Role": {"RoleName": "R", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}"#;
    let run = diagnose("--action sts:AssumeRole --no-boundary --identity-policy p.json").file("p.json", trust);
    let found = run.outcome();
    assert_ne!(found.code, 0, "{found}");
}
