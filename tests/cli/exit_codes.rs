//! The exit code says the verdict; of several requests the worst counts.

use super::program::{Run, diagnose, on_account};

const ALLOWED: &str = "s3:GetObject";
const OPEN: &str = "s3:PutObject";
const DENIED: &str = "s3:DeleteObject";

fn on_files(actions: &[&str]) -> Run {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    ]}"#;
    let run = diagnose("--no-boundary --identity-policy policy.json").file("policy.json", policy);
    actions.iter().fold(run, |run, action| run.arg("--action").arg(*action))
}

#[track_caller]
fn code(run: Run) -> i32 {
    run.outcome().code
}

#[test]
fn one_request() {
    assert_eq!(code(on_files(&[ALLOWED])), 0);
    assert_eq!(code(on_files(&[DENIED])), 1);
    assert_eq!(code(on_files(&[OPEN])), 3);
    assert_eq!(code(on_files(&["malformed"])), 2);
    assert_eq!(code(on_account("--role Nobody --action s3:GetObject")), 4);
}

#[test]
fn several_requests_in_any_order() {
    for (actions, worst) in [
        (vec![ALLOWED, ALLOWED], 0),
        (vec![ALLOWED, OPEN], 3),
        (vec![OPEN, DENIED], 1),
        (vec![ALLOWED, OPEN, DENIED], 1),
        (vec![ALLOWED, "malformed", DENIED], 2),
    ] {
        let backwards: Vec<&str> = actions.iter().rev().copied().collect();
        assert_eq!(code(on_files(&actions)), worst, "{actions:?}");
        assert_eq!(code(on_files(&backwards)), worst, "{backwards:?}");
    }
}

#[test]
fn quiet_prints_nothing_and_keeps_the_code() {
    for format in ["human", "json", "jsonl"] {
        for (action, verdict) in [(ALLOWED, 0), (DENIED, 1), (OPEN, 3)] {
            on_files(&[action]).arg("--quiet").arg("-o").arg(format).code(verdict).check();
            on_files(&[action]).arg("-q").arg("-o").arg(format).code(verdict).check();
        }
    }
}

#[test]
fn quiet_leaves_out_warnings_too() {
    let odd = r#"{"Version": "2012-10-17", "Statement": [], "Extra": 1}"#;
    let run = diagnose("-q --no-boundary --action s3:GetObject --identity-policy odd.json").file("odd.json", odd);
    run.code(1).check();
}

#[test]
fn exit_zero_is_for_verdicts_only() {
    for action in [ALLOWED, DENIED, OPEN] {
        on_files(&[action]).arg("--exit-zero").arg("--quiet").check();
        let shown = on_files(&[action]).arg("--exit-zero").outcome();
        assert_eq!((shown.code, shown.stdout), (0, on_files(&[action]).outcome().stdout));
    }
    assert_eq!(code(on_files(&["malformed"]).arg("--exit-zero")), 2);
    assert_eq!(code(on_account("--exit-zero --role Nobody --action s3:GetObject")), 4);
}

#[test]
fn errors_leave_standard_output_empty_in_every_format() {
    for format in ["human", "json", "jsonl"] {
        let bad = on_files(&[ALLOWED, "malformed"]).arg("--output").arg(format).outcome();
        assert_eq!((bad.code, bad.stdout.as_str()), (2, ""));
        let missing = on_account("--role Nobody --action s3:GetObject --output").arg(format).outcome();
        assert_eq!((missing.code, missing.stdout.as_str()), (4, ""));
    }
}

#[test]
fn a_certain_denial_stays_one_whatever_could_not_be_read() {
    let run = on_account("--role BrokenBoundary --action s3:GetObject");
    run.gives(1, "denied identity=implicit-deny boundary=undetermined blocked:identity/implicit");
}
