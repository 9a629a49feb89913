//! `diagnose gap`: what is granted and blocked, for people, programs and tickets.

use std::path::Path;

use diagnose::derive::Given;
use diagnose::gap;
use diagnose::principal::Principal;
use diagnose::render::{self, FixLook, Look};
use diagnose::report;
use diagnose::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Source};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program::{Run, diagnose, on_account};

const SCOPE: &str = "narrower-resources";
const POWER: &str = "administrator-under-power-user";

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/gap/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A run on the two documents of a fixture.
fn on_files(name: &str, args: &str) -> Run {
    let fixture = fixture(name);
    let text = |part: &str| serde_json::to_string_pretty(&fixture[part]).unwrap();
    diagnose("gap --identity-policy role.json --boundary boundary.json")
        .args(args)
        .file("role.json", text("identity"))
        .file("boundary.json", text("boundary"))
}

/// What people see at a width.
fn at_width(name: &str, width: usize) -> String {
    let fixture = fixture(name);
    let policy = |part: &str| {
        let text = serde_json::to_string_pretty(&fixture[part]).unwrap();
        Reading::policies(vec![Policy::new(part, None, Origin::Inline, None, &text)])
    };
    let who = Principal::from_arn("arn:aws:iam::123456789012:role/team/Jobs").unwrap();
    let mut snapshot = Snapshot::without_policies(Source::Files, who);
    snapshot.layers.set(Layer::Identity, policy("identity"));
    snapshot.layers.set(Layer::Boundary, policy("boundary"));
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let given = Given::nothing(now);
    let report = report::gap_report(&gap::gap(&snapshot, &given), &snapshot);
    let look = Look { width, color: false, verbose: false, fix: FixLook::Diff };
    String::from_utf8(render::gap(&report, look)).unwrap()
}

#[test]
fn for_people() {
    assert_snapshot!("scope_80", at_width(SCOPE, 80));
    assert_snapshot!("scope_120", at_width(SCOPE, 120));
    assert_snapshot!("scope_with_fix", on_files(SCOPE, "").outcome());
    assert_snapshot!("power_user", on_files(POWER, "").outcome());
    assert_snapshot!("role_in_an_account", on_account("gap --role Deployer").outcome());
    assert_snapshot!("user_in_an_account", on_account("gap --user alice").outcome());
}

#[test]
fn for_programs_and_tickets() {
    assert_snapshot!("scope_json", on_files(SCOPE, "-o json").outcome());
    assert_snapshot!("scope_jsonl", on_files(SCOPE, "-o jsonl").outcome());
    assert_snapshot!("scope_markdown", on_files(SCOPE, "-o markdown").outcome());
}

#[test]
fn every_action_with_verbose() {
    let shown = on_files(POWER, "--verbose --fix none").outcome().stdout;
    assert!(shown.contains("iam:AddClientIDToOpenIDConnectProvider, ") && !shown.contains("and 1 more"));
}

#[test]
fn exit_codes() {
    let code = |run: Run| run.outcome().code;
    assert_eq!(code(on_files(SCOPE, "--quiet")), 0);
    assert_eq!(code(on_files(SCOPE, "--quiet --fail-on any")), 1);
    assert_eq!(code(on_files(SCOPE, "--quiet --fail-on any --exit-zero")), 0);
    assert_eq!(code(on_account("gap --role BrokenBoundary")), 3);
    assert_eq!(code(on_account("gap --role ReportReader --fail-on any")), 0);
    assert_eq!(code(on_account("gap --role NoSuchRole")), 4);
    assert_eq!(code(on_account("gap")), 2);
    assert_eq!(code(diagnose("gap --boundary b.json").file("b.json", fixture(SCOPE)["boundary"].to_string())), 2);
    assert_eq!(code(on_account("gap --principal arn:aws:iam::123456789012:root")), 2);
}

#[test]
fn what_was_not_read_is_not_absent() {
    let shown = |args: &str| {
        let run = diagnose("gap --identity-policy role.json").args(args);
        let text = run.file("role.json", fixture(SCOPE)["identity"].to_string()).outcome().stdout;
        text.lines().next().unwrap().to_owned()
    };
    assert!(shown("").starts_with("not known: no ceiling was given over the "), "{}", shown(""));
    assert!(shown("--no-boundary").starts_with("nothing is blocked: there is no ceiling over the "));
    let broken = on_account("gap --role BrokenBoundary").outcome().stdout;
    assert!(broken.starts_with("not known: the permissions boundary over the "), "{broken}");
}

/// A policy that AWS would refuse was read and is not understood: nobody knows what it grants or blocks.
#[test]
fn what_is_not_understood_is_not_known() {
    let policy = |effect: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "s3:*", "Resource": "*"}]})
            .to_string()
    };
    let run = |role: &str, boundary: &str| {
        let run = diagnose("gap --identity-policy role.json --boundary boundary.json");
        run.file("role.json", policy(role)).file("boundary.json", policy(boundary)).outcome()
    };
    assert_eq!(run("Allow", "Allow").code, 0);
    for found in [run("allow", "Allow"), run("Allow", "allow")] {
        assert!(found.code == 3 && found.stdout.contains("could be read or understood"), "{found}");
    }
}

/// Its own output, given back as the boundary, closes the gap but for what is denied explicitly.
#[test]
fn the_corrected_boundary_closes_the_gap() {
    let report: Value = serde_json::from_str(&on_files(SCOPE, "-o json").outcome().stdout).unwrap();
    let run = on_files(SCOPE, "-o json").file("boundary.json", report["fix"]["document"].to_string());
    let after: Value = serde_json::from_str(&run.outcome().stdout).unwrap();
    let left: Vec<&str> =
        after["blocked"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(left, ["sqs:DeleteQueue", "iam:PutRolePermissionsBoundry"]);
    assert_eq!(after["blocked"][0]["statement"]["sid"], json!("KeepQueues"));
    assert_eq!(after["fix"]["kind"], json!("none"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bytes = || on_files(POWER, "-o json").outcome();
    assert_eq!(bytes(), bytes());
}

/// IAM refuses to set one, so that no boundary, however proposed, blocks anything.
#[test]
fn a_service_linked_role_has_no_boundary() {
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let none = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let role = "arn:aws:iam::123456789012:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2";
    let run = diagnose("gap --identity-policy role.json --boundary none.json --principal").args(role);
    let found = run.file("role.json", all.to_string()).file("none.json", none.to_string()).outcome();
    assert_eq!(found.code, 0, "{found}");
    assert!(found.stdout.starts_with("nothing is blocked"), "{found}");
    assert!(found.stdout.contains("cannot have a permissions boundary"), "{found}");
}

/// A boundary that nobody gains by is not proposed, and what stays blocked by others is told.
#[test]
fn a_corrected_boundary_opens_what_nothing_else_blocks() {
    let policy = |actions: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
            .to_string()
    };
    let fix = |scp: Value| {
        let run = diagnose("gap --identity-policy role.json --boundary b.json --scp root=scp.json -o json");
        let run = run.file("role.json", policy(json!("*"))).file("b.json", policy(json!("s3:*")));
        let found: Value = serde_json::from_str(&run.file("scp.json", policy(scp)).outcome().stdout).unwrap();
        found["fix"].clone()
    };
    let nothing = fix(json!("s3:*"));
    assert_eq!(nothing["kind"], json!("none"), "{nothing}");
    assert!(
        nothing["summary"].as_str().unwrap().contains("stays blocked by the service control policies"),
        "{nothing}"
    );
    let some = fix(json!(["s3:*", "sqs:*"]));
    assert_eq!(some["newly_allowed"], json!(["sqs:*"]), "{some}");
    assert_eq!(some["verified"]["blocked_by"][0]["layer"], json!("scp"), "{some}");
    let warnings = some["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|one| one["code"] == json!("remains")), "{some}");
}
