//! Text that other people wrote: no control character of it reaches the terminal, wherever it stands. Each run is held
//! against that by [`Run::outcome`](super::program::Run::outcome).

use serde_json::{Value, json};

use super::program::{Outcome, Run, account, diagnose, on_account};

/// Colours, C1, overrides and isolates, marks, a carriage return, DEL, a line and what could pass for a line of ours.
const NASTY: &str =
    "\u{1b}[7;35m\u{1b}]0;x\u{7}\u{9b}7m\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{feff}\r\t\u{8}\u{7f}\nFAKE";

#[track_caller]
fn check(found: &Outcome) {
    for line in found.stdout.lines().chain(found.stderr.lines()) {
        assert!(!line.starts_with("FAKE"), "a line that is not ours:\n{found}");
    }
}

/// In every format.
#[track_caller]
fn harmless(run: impl Fn() -> Run) {
    for flags in [&[][..], &["-v"], &["-o", "json"], &["-o", "jsonl"], &["-v", "--color", "always"]] {
        check(&flags.iter().fold(run(), |run, flag| run.arg(*flag)).outcome());
    }
}

fn nasty(text: &str) -> String {
    format!("{text}{NASTY}")
}

/// An account whose every string is nasty; the role is R, s3:GetObject is open, ec2:RunInstances denied.
fn everything() -> Value {
    let policy = |name: &str, effect: &str, action: &str| {
        json!({"name": nasty(name), "arn": nasty("arn:aws:iam::123456789012:policy/P"), "version": nasty("v1"), "origin": nasty("group:g"),
        "document": {"Version": "2012-10-17", "Id": nasty("id"), "Statement": [
            {"Sid": nasty("Sid"), "Effect": effect, "Action": [action, nasty("s3:Put")], "Resource": ["*", nasty("arn:aws:s3:::b")],
             "Condition": {"StringEquals": {nasty("aws:RequestTag/a"): nasty("v"), "aws:PrincipalTag/t": nasty("v")}}},
            {"Sid": "Other", "Effect": nasty("Allow"), nasty("Extra"): 1, "Action": "s3:*", "Resource": nasty("x")},
            {"Sid": "Third", "Effect": "Allow", "NotAction": nasty("s3:Get"), "NotResource": nasty("arn:aws:s3:::b"),
             "Condition": {nasty("StringEquals"): {"aws:x": 1}, "IpAddress": {"aws:SourceIp": nasty("10.0.0.0/8")}}},
        ]}})
    };
    json!({
        "diagnose_snapshot": 1,
        "principals": [{
            "arn": "arn:aws:iam::123456789012:role/R",
            "tags": {nasty("team"): nasty("a"), "t": nasty("v")},
            "trust_policy": {"Version": nasty("2012")},
            "identity_policies": [policy("Identity", "Allow", "s3:Get*"), {"name": nasty("Broken"), "document": nasty("{")}, {"name": nasty("Unread")}],
            "permissions_boundary": policy("Boundary", "Deny", "s3:*"),
            "session_policies": [policy("Session", "Allow", "*")],
        }],
        "service_control_policies": [{"target": nasty("r-root"), "policies": [policy("Scp", "Allow", "*")]}],
        "unread": [{"layer": "boundary", "operation": nasty("iam:GetRole"), "reason": nasty("access-denied")}],
    })
}

#[test]
fn in_every_string_of_a_snapshot() {
    let file = everything().to_string();
    for action in ["s3:GetObject", "ec2:RunInstances", "s3:*"] {
        harmless(|| diagnose("--role R --snapshot s.json --action").arg(action).file("s.json", &file));
    }
}

/// JSON escapes what is below U+0020 only: written raw, the rest is still valid.
#[test]
fn in_every_string_of_a_snapshot_unescaped() {
    let mut file = everything().to_string();
    for letter in ['\u{9b}', '\u{202e}', '\u{2066}', '\u{61c}', '\u{7f}'] {
        assert!(file.contains(letter), "{letter:?} is escaped");
    }
    file = file.replace("\\u007f", "\u{7f}");
    harmless(|| diagnose("--role R --snapshot s.json --action s3:GetObject").file("s.json", &file));
    let pretty = serde_json::to_string_pretty(&everything()).unwrap();
    harmless(|| diagnose("--role R --snapshot s.json --action s3:GetObject").file("s.json", &pretty));
}

#[test]
fn in_a_saved_snapshot_on_standard_output() {
    let file = everything().to_string();
    check(&diagnose("snapshot --role R --snapshot s.json").file("s.json", &file).outcome());
}

#[test]
fn in_the_names_of_a_gaad_file() {
    let role = |name: &str| {
        json!({"Arn": format!("arn:aws:iam::123456789012:role/{name}"), "RoleName": name,
        "RolePolicyList": [{"PolicyName": nasty("P"), "PolicyDocument": nasty("{")}], "Tags": [{"Key": nasty("k"), "Value": nasty("v")}],
        "PermissionsBoundary": {"PermissionsBoundaryArn": nasty("arn:aws:iam::123456789012:policy/B")}})
    };
    let user = json!({"Arn": "arn:aws:iam::123456789012:user/u", "GroupList": [nasty("g")]});
    let file = json!({"RoleDetailList": [role("R"), role(&nasty("Similar")), role(&nasty("Similar"))], "UserDetailList": [user]}).to_string();
    for arguments in ["--role R", "--role Similar", "--role Simila", "--role Zzz", "--user u", "--user v"] {
        harmless(|| diagnose(&format!("{arguments} --action s3:GetObject --snapshot s.json")).file("s.json", &file));
    }
    check(&diagnose("snapshot --user u --snapshot s.json").file("s.json", &file).outcome());
}

#[test]
fn in_arguments_that_are_understood() {
    harmless(|| {
        let run =
            on_account("--role MyRole --action s3:GetObject --exact-resource --resource arn:aws:s3:::b/\u{202e}x");
        run.arg("--context").arg("aws:SourceIp=\u{202e}\u{1b}[31m\nFAKE\u{9b}").arg("--context").arg("aws:x\u{202e}=1")
    });
}

#[test]
fn in_arguments_that_are_refused() {
    for flag in [
        "--role",
        "--user",
        "--principal",
        "--action",
        "--resource",
        "--resource-account",
        "--context",
        "--snapshot",
        "--identity-policy",
        "--boundary",
    ] {
        for value in [nasty("x"), nasty("arn:aws:s3:::"), nasty("aws:x")] {
            let run = diagnose("--offline").arg(flag).arg(&value);
            let run = if flag == "--action" { run } else { run.arg("--action").arg("s3:GetObject") };
            let run =
                if matches!(flag, "--role" | "--user" | "--principal") { run } else { run.arg("--role").arg("R") };
            check(&run.outcome());
        }
    }
}

#[test]
fn in_arguments_that_are_no_flags() {
    for letters in [NASTY, "\u{1b}[31m", "\u{9b}31m", "\u{202e}", "\u{61c}", "a\nFAKE", "\r"] {
        for args in [
            vec![format!("--{letters}")],
            vec![letters.to_owned()],
            vec!["--output".to_owned(), letters.to_owned()],
            vec!["--color".to_owned(), letters.to_owned()],
            vec![format!("--role={letters}"), "--user=x".to_owned()],
            vec!["snapshot".to_owned(), letters.to_owned()],
        ] {
            let found = args.iter().fold(diagnose(""), |run, arg| run.arg(arg)).outcome();
            assert_eq!(found.code, 2, "{found}");
            check(&found);
        }
    }
}

#[cfg(unix)]
#[test]
fn in_the_names_of_files() {
    let name = "p\u{1b}[31m\u{202e}\u{9b}\nFAKE.json";
    let policy =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, "Extra": 1}"#;
    for content in [policy, "{", "", "{}", &account()] {
        harmless(|| diagnose("--offline --action s3:GetObject --identity-policy").arg(name).file(name, content));
        harmless(|| diagnose("--role Zzz --action s3:GetObject --snapshot").arg(name).file(name, content));
    }
    let named = format!("{}=p.json", nasty("N"));
    harmless(|| diagnose("--action s3:GetObject --identity-policy").arg(&named).file("p.json", policy));
    check(&on_account("snapshot --role MyRole --out").arg(format!("no/{name}")).outcome());
}

#[test]
fn in_a_document_of_many_lines() {
    let text = format!(
        "{{\r\n  \"Version\": \"2012-10-17\",\r\n\t\"Statement\": [{{\r\n\t\t\"Sid\": \"{0}\",\n\t\"Effect\": \"Allow\",\n\t\"Action\": [\"s3:{0}\",\n\t\"s3:Get{0}\"], \"Resource\": \"*\"}}]\n}}",
        "\u{9b}\u{202e}\u{61c}\u{7f}\u{200f}"
    );
    harmless(|| diagnose("--action s3:GetObject --no-boundary --identity-policy p.json").file("p.json", &text));
}

#[test]
fn the_escaped_text_is_still_told() {
    let own = json!({"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/R", "identity_policies": [
        {"name": "A\u{1b}[31mB", "document": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}],
        "permissions_boundary": null}]});
    let run = diagnose("--role R --action s3:GetObject --snapshot s.json").file("s.json", own.to_string());
    assert!(run.outcome().stdout.contains("A\\u{1b}[31mB, Statement[0] allows it"));
    let run = diagnose("--role R --action s3:GetObject --snapshot s.json").file("s.json", own.to_string());
    let name = run.json()["results"][0]["layers"][5]["statements"][0]["policy"].clone();
    assert_eq!(name, "A\u{1b}[31mB", "JSON keeps the name as it is");
}
