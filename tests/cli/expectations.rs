//! `diagnose test`: files of expectations, in every format, with everything that can be wrong with one.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program::{Run, account, diagnose, list, text};

const SUITE: &str = r#"
[defaults]
snapshot = "account.json"
role = "MyRole"

[[test]]
name = "the boundary keeps instances alive"
action = "ec2:TerminateInstances"
expect = "denied:boundary"

[[test]]
name = "one # of them reads <reports> & more"
role = "ReportReader"
action = ["s3:GetObject", "s3:PutObject"]
resource = "arn:aws:s3:::reports/2026.csv"
expect = "allowed"

[[test]]
action = "cloudformation:CreateStack"
role = "Deployer"
expect = "undetermined"

[[test]]
name = "by its own statement"
role = "Deployer"
action = "iam:CreatePolicyVersion"
expect = { verdict = "denied", layer = "boundary", sid = "KeepBoundary" }

[[test]]
name = "by another statement"
role = "Deployer"
action = "iam:CreatePolicyVersion"
expect = { verdict = "denied", sid = "Ceiling", statement = 0, policy = "BoundaryPolicy" }

[[test]]
name = "nobody by that name"
role = "Nobody"
action = "s3:GetObject"
expect = "denied"
"#;

fn suite(name: &str, text: &str) -> Run {
    diagnose("test").arg(name).file("account.json", account()).file(name, text)
}

#[test]
fn for_people() {
    assert_snapshot!(suite("suite.toml", SUITE).outcome());
}

#[test]
fn as_tap() {
    assert_snapshot!(suite("suite.toml", SUITE).args("-o tap").outcome());
}

#[test]
fn as_junit() {
    assert_snapshot!(suite("suite.toml", SUITE).args("-o junit").outcome());
}

#[test]
fn as_json() {
    assert_snapshot!(suite("suite.toml", SUITE).args("-o json").outcome());
}

#[test]
fn redacted() {
    let found = suite("suite.toml", SUITE).args("--redact -o tap").outcome();
    for name in ["MyRole", "ReportReader", "Deployer", "Nobody", "reports", "KeepBoundary", "suite.toml"] {
        assert!(!found.stdout.contains(name), "{name} in {found}");
    }
}

#[test]
fn the_exit_code_is_that_of_the_tests() {
    let found = suite("suite.toml", SUITE).args("--filter alive").outcome();
    assert_eq!((found.code, found.stdout.lines().last()), (0, Some("1 passed, 0 failed")));
    suite("suite.toml", SUITE).args("--filter alive -q").check();
    let quiet = suite("suite.toml", SUITE).args("-q").outcome();
    let said =
        "error: 1 of 6 tests could not be asked; \"nobody by that name\" of suite.toml: role `Nobody` is not in ";
    assert!(quiet.code == 1 && quiet.stdout.is_empty() && quiet.stderr.starts_with(said), "{quiet}");
    suite("suite.toml", SUITE).args("--filter nothing").refused(2, "no test has `nothing` in its name");
}

#[test]
fn json_says_the_same_as_toml() {
    let file = json!({
        "defaults": {"snapshot": "account.json", "role": "MyRole"},
        "test": [{"name": "x", "action": "ec2:TerminateInstances", "context": {"aws:MultiFactorAuthPresent": true, "aws:TagKeys": ["a"]}, "expect": {"verdict": "denied", "layer": "boundary"}}],
    });
    let found = suite("suite.json", &file.to_string()).outcome();
    assert_eq!((found.code, found.stdout.as_str()), (0, "suite.json\n  ok      x\n\n1 passed, 0 failed\n"));
}

#[test]
fn a_date_of_toml_is_a_value() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-11-21T10:00:00Z"}}}}"#;
    for (date, verdict) in
        [("2026-11-21T09:59:59Z", "allowed"), ("2026-11-21T11:00:00+01:00", "denied"), ("2026-11-21", "allowed")]
    {
        let file = format!(
            "[[test]]\naction = \"s3:GetObject\"\nidentity-policy = \"role.json\"\nno-boundary = true\ncontext = {{ \"aws:CurrentTime\" = {date} }}\nexpect = \"{verdict}\"\n"
        );
        let found = diagnose("test suite.toml").file("role.json", policy).file("suite.toml", &file).outcome();
        assert_eq!(found.code, 0, "{date}: {found}");
    }
}

#[test]
fn paths_are_relative_to_the_file() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
    let file = "[[test]]\naction = \"s3:GetObject\"\nidentity-policy = \"Named=role.json\"\nno-boundary = true\nexpect = { verdict = \"allowed\", policy = \"Named\" }\n";
    let run = diagnose("test sub/suite.toml").folder("sub").file("sub/role.json", policy).file("sub/suite.toml", file);
    assert_eq!(run.outcome().stdout, "sub/suite.toml\n  ok      s3:GetObject is allowed\n\n1 passed, 0 failed\n");
}

#[test]
fn broken_files_say_where() {
    for (file, line) in [
        ("[[test]]\nrol = \"x\"\n", "suite.toml:2:1: unknown field `rol`; did you mean `role`?"),
        (
            "[[test]]\nidentity_policy = \"x\"\n",
            "suite.toml:2:1: unknown field `identity_policy`; did you mean `identity-policy`?",
        ),
        ("[[test]]\nprofile = \"x\"\n", "suite.toml:2:1: unknown field `profile`, expected one of `name`, `expect`, "),
        (
            "[[test]]\ncontext = [\"k=v\"]\n",
            "suite.toml:2:11: invalid type: a list, expected a table of keys and values",
        ),
        (
            "test:\n  - action: x\n",
            "suite.toml:1:6: key with no value, expected `=`; a file of expectations is TOML or JSON",
        ),
        ("[\n {\"action\": \"s3:GetObject\"}]", "suite.toml:1:1: it holds no tests"),
        ("[[test]]\naction = 3\n", "suite.toml:2:10: invalid type: integer `3`, expected a text or a list of texts"),
        ("[[test]\n", "suite.toml:1:"),
        ("[[test]]\naction = \"s3:GetObject\"\nexpect = \"refused\"\n", "suite.toml:3:10: `refused` is no verdict: "),
        (
            "[[test]]\naction = \"s3:GetObject\"\nexpect = { verdict = \"denied\", lyer = \"scp\" }\n",
            "suite.toml:3:32: unknown field `lyer`; did you mean `layer`?",
        ),
        ("[[tests]]\n", "suite.toml:1:3: unknown field `tests`; did you mean `test`?"),
        ("", "suite.toml:1:1: it holds no tests: expected [[test]] in TOML, a list \"test\" in JSON"),
        ("{\"test\": []}", "suite.toml:1:1: it holds no tests"),
        (
            "# Ours.\n[[test]]\nname = \"n\"\naction = \"s3:GetObject\"\n",
            "suite.toml:2:1: test 1 (\"n\"): it does not say what it expects",
        ),
        (
            "test = [{ action = \"s3:GetObject\", expect = \"denied\", no-boundary = true },\n  { expect = \"denied\" }]\n",
            "suite.toml:2:3: test 2: it names no action",
        ),
        (
            "{\"defaults\": {\"expect\": \"denied\"}, \"test\": [\n {\"name\": \"a\u{e9}\", \"action\": \"s3:GetObject\", \"no-boundary\": true}, {\"name\": \"b\"}]}",
            "suite.toml:2:65: test 2 (\"b\"): it names no action",
        ),
        (
            "[[test]]\nrole = \"a\"\nuser = \"b\"\naction = \"s3:GetObject\"\nexpect = \"denied\"\n",
            "suite.toml:1:1: test 1: it names more than one of role, user and principal",
        ),
        (
            "[[test]]\naction = \"s3:GetObject\"\nexpect = \"denied\"\n",
            "suite.toml:1:1: test 1: it names no policies: snapshot, or identity-policy with boundary or no-boundary",
        ),
        ("{\"test\": [{\"expct\": \"denied\"}]}", "suite.toml:1:"),
        ("test = 1\n", "suite.toml:1:8: invalid type: integer `1`, expected a "),
    ] {
        let found = suite("suite.toml", file).refused_with(2);
        assert!(found.starts_with(line), "{file}: {found}");
    }
    let found = diagnose("test nowhere.toml").refused_with(2);
    assert!(found.starts_with("could not read `nowhere.toml`"), "{found}");
}

#[test]
fn a_test_that_cannot_be_asked_is_an_error_and_the_others_are_asked() {
    let asked = "[[test]]\nname = \"asked\"\nsnapshot = \"account.json\"\nrole = \"MyRole\"\naction = \"ec2:TerminateInstances\"\n";
    for (source, line) in [
        ("role = \"MyRole\"\nsnapshot = \"nowhere.json\"", "could not read `nowhere.json`: "),
        ("role = \"MyRole\"\nsnapshot = \"suite.toml\"", "suite.toml:"),
        ("snapshot = \"account.json\"", "it names no role, user or principal of the snapshot"),
        ("role = \"MyRole\"\nsnapshot = \"account.json\"\nresource = \"bucket\"", "--resource: `bucket` is no ARN: "),
        ("role = \"Nobody\"\nsnapshot = \"account.json\"", "role `Nobody` is not in `account.json`"),
    ] {
        for (expect, failed, code) in [("denied", 0, 3), ("allowed", 1, 1)] {
            let file = format!(
                "[[test]]\nname = \"broken\"\naction = \"s3:GetObject\"\nexpect = \"denied\"\n{source}\n{asked}expect = \"{expect}\"\n"
            );
            let found = suite("suite.toml", &file).args("-o json").outcome();
            assert_eq!(found.code, code, "{found}");
            let report: Value = serde_json::from_str(&found.stdout).unwrap();
            let problem = text(&report["tests"][0]["problem"]);
            assert!(problem.starts_with(line), "{problem}");
            assert!(report["tests"][0]["found"].is_null());
            assert_eq!(report["counts"], json!({"passed": 1 - failed, "failed": failed, "errors": 1}));
            let said = format!("error: 1 of 2 tests could not be asked; \"broken\" of suite.toml: {problem}\n");
            assert_eq!(found.stderr, said);
            let quiet = suite("suite.toml", &file).args("-q").outcome();
            assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr), (code, "", said));
        }
    }
}

#[test]
fn a_test_of_an_action_that_is_a_slip_of_the_hand_has_failed() {
    let file =
        "[[test]]\nsnapshot = \"account.json\"\nrole = \"MyRole\"\naction = \"s3:DeleteObjct\"\nexpect = \"denied\"\n";
    let found = suite("suite.toml", file).outcome();
    assert_eq!(found.code, 1, "{found}");
    let said = "s3:DeleteObjct is not in the catalogue; did you mean s3:DeleteObject";
    assert!(found.stdout.contains(said), "{found}");
}

#[test]
fn thousands_of_tests_take_seconds() {
    let mut file =
        "[defaults]\nsnapshot = \"account.json\"\nrole = \"MyRole\"\nexpect = \"denied:boundary\"\n".to_owned();
    for number in 0..2_000 {
        write!(file, "[[test]]\naction = \"ec2:TerminateInstances\"\nresource = \"arn:aws:ec2:eu-west-1:123456789012:instance/i-{number}\"\n").unwrap();
    }
    let found = suite("suite.toml", &file).args("-o json").outcome();
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((found.code, list(&report["tests"]).len()), (0, 2_000));
    assert_eq!(report["counts"], json!({"passed": 2_000, "failed": 0, "errors": 0}));
}
