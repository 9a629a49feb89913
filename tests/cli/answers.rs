//! What people read and scripts parse, pinned.

use insta::assert_snapshot;

use super::program::{diagnose, list, on_account};

#[test]
fn denied_by_the_boundary() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances").outcome());
}

#[test]
fn explicitly_denied() {
    assert_snapshot!(on_account("--role Deployer --action iam:CreatePolicyVersion").outcome());
}

#[test]
fn allowed() {
    let run = on_account("--role ReportReader --action s3:GetObject --resource arn:aws:s3:::reports/2026.csv");
    assert_snapshot!(run.outcome());
}

#[test]
fn undetermined_by_a_key() {
    assert_snapshot!(on_account("--role Deployer --action cloudformation:CreateStack").outcome());
}

#[test]
fn undetermined_by_the_resource() {
    assert_snapshot!(on_account("--role ReportReader --action s3:GetObject").outcome());
}

#[test]
fn unreadable_boundary() {
    assert_snapshot!(on_account("--role BrokenBoundary --action ec2:RunInstances").outcome());
}

const SEVERAL: &str = "--role ReportReader --action s3:GetObject --action s3:PutObject \
                       --resource arn:aws:s3:::reports/2026.csv --resource arn:aws:s3:::other/x";

#[test]
fn several_results() {
    assert_snapshot!(on_account(SEVERAL).outcome());
}

#[test]
fn verbose() {
    assert_snapshot!(on_account("--verbose --role MyRole --action ec2:TerminateInstances").outcome());
}

#[test]
fn colored() {
    let outcome = on_account("--color always --role MyRole --action ec2:TerminateInstances").outcome();
    assert_snapshot!(outcome.to_string().replace('\u{1b}', "ESC"));
}

#[test]
fn jsonl() {
    assert_snapshot!(on_account(SEVERAL).arg("-ojsonl").outcome());
}

#[test]
fn json() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances -o json").outcome());
}

#[test]
fn a_user_with_groups() {
    let run = on_account(
        "--user alice --action s3:GetObject --resource arn:aws:s3:::team-payments/x --context aws:RequestedRegion=eu-west-1",
    );
    assert_snapshot!(run.outcome());
}

#[test]
fn a_session_of_a_role() {
    let session = "arn:aws:sts::123456789012:assumed-role/MyRole/i-0abc";
    let report = on_account("--action ec2:TerminateInstances --role").arg(session).code(1).json();
    assert_eq!(
        report["results"][0]["principal"],
        serde_json::json!({
            "arn": session,
            "kind": "assumed-role",
            "account": "123456789012",
            "role": "arn:aws:iam::123456789012:role/MyRole",
        })
    );
}

#[test]
fn long_arns_stay_whole_and_everything_else_keeps_to_100_columns() {
    let long = format!("arn:aws:ec2:eu-west-1:123456789012:instance/{}", "very-long-name-".repeat(14));
    let run = on_account("--role MyRole --action ec2:RunInstances --resource").arg(&long);
    let outcome = run.outcome();
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 100 || line.contains(&long), "{line}");
    }
    assert_snapshot!(outcome);
}

#[test]
fn long_names_keep_to_100_columns() {
    let name = "ThePolicyOfTheTeamThatWritesPolicies".repeat(3);
    let file = r#"{"Version": "2012-10-17", "Statement": {"Sid": "TheStatementThatAllowsAllOfS3", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
    let arg = format!("{name}=policy.json");
    let run = diagnose("--action ec2:RunInstances --no-boundary --identity-policy").arg(arg);
    let outcome = run.file("policy.json", file).outcome();
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 100 || line.contains(&name), "{line}");
    }
    assert_snapshot!(outcome);
}

#[test]
fn unicode() {
    let file = r#"{
  "Version": "2012-10-17",
  "Statement": {"Sid": "Größe", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::日本語/*"}
}"#;
    let run = diagnose("--action s3:GetObject --no-boundary --resource arn:aws:s3:::日本/ä --identity-policy");
    assert_snapshot!(run.arg("Überprüfung=政策.json").file("政策.json", file).outcome());
}

#[test]
fn odd_policies_are_warned_about_and_the_rest_is_evaluated() {
    let odd = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Efect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"ec2:*\", \"Resource\": \"*\"}\n  ]\n}\n";
    let run = diagnose("--no-boundary --identity-policy odd.json --action ec2:RunInstances");
    assert_snapshot!(run.file("odd.json", odd).outcome());
}

#[test]
fn an_arrow_points_at_the_statement_that_is_not_understood() {
    let odd = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Action\": \"s3:*\", \"Resource\": \"*\"}\n  ]\n}\n";
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy odd.json").file("odd.json", odd);
    let outcome = run.outcome();
    assert!(outcome.stdout.contains("\n4 | "), "{outcome}");
    assert_eq!(outcome.stdout.matches("not understood\n").count(), 1, "{outcome}");
}

#[test]
fn jsonl_has_no_place_for_warnings_so_they_go_to_standard_error() {
    let odd = r#"{"Version": "2012-10-17", "Statement": [], "Extra": 1}"#;
    let run = || diagnose("--action s3:GetObject --no-boundary --identity-policy odd.json").file("odd.json", odd);
    let (human, lines) = (run().outcome(), run().arg("-ojsonl").outcome());
    assert!(!human.stderr.is_empty());
    assert_eq!(lines.stderr, human.stderr);
}

#[test]
fn an_arrow_never_points_at_a_bracket() {
    let outcome = on_account("--role MyRole --action s3:GetObject").outcome();
    for (line, next) in outcome.stdout.lines().zip(outcome.stdout.lines().skip(1)) {
        if next.contains("| ") && next.contains(" ^ ") {
            let column = next.find('^').unwrap();
            assert!(!line[column..].starts_with(['[', '{']), "{line}\n{next}");
        }
    }
}

#[test]
fn each_open_key_is_blamed_on_its_own_statement() {
    let deny = |operator: &str, key: &str| serde_json::json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {operator: {key: "false"}}});
    let file = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        deny("StringNotEquals", "aws:SourceVpce"),
        deny("Bool", "aws:MultiFactorAuthPresent"),
    ]});
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy p.json");
    let report = run.file("p.json", file.to_string()).code(3).json();
    let sentence = report["results"][0]["explanation"].as_str().unwrap();
    for (key, statement) in [("aws:SourceVpce", "Statement[1]"), ("aws:MultiFactorAuthPresent", "Statement[2]")] {
        assert!(!sentence.contains(key) || sentence.contains(statement), "{sentence}");
    }
}

#[test]
fn a_value_list_of_thousands_does_not_flood_the_screen() {
    let values: Vec<String> = (0..5_000).map(|number| format!("value-{number}")).collect();
    let file = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/team": values}},
    }});
    let run = diagnose("--action s3:GetObject --no-boundary --identity-policy policy.json");
    let outcome = run.file("policy.json", file.to_string()).outcome();
    assert_eq!(outcome.code, 3);
    assert!(outcome.stdout.lines().count() < 60, "{} lines", outcome.stdout.lines().count());
}

#[test]
fn json_has_every_field_of_the_contract() {
    let report = on_account("--role Deployer --action cloudformation:CreateStack").code(3).json();
    let keys = |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let has = |value: &serde_json::Value, wanted: &[&str]| {
        let found = keys(value);
        for name in wanted {
            assert!(found.iter().any(|key| key == name), "no `{name}` in {value:#}");
        }
    };
    has(&report, &["schema", "source", "message", "results", "unread"]);
    assert_eq!((&report["schema"], &report["source"]), (&1.into(), &"snapshot".into()));
    let result = &report["results"][0];
    let fields = ["principal", "action", "resource", "verdict", "blocked_by", "layers", "depends_on", "assumptions"];
    has(result, &fields);
    has(result, &["caveats", "explanation", "fixes"]);
    has(&result["principal"], &["arn", "kind", "account"]);
    let layers: Vec<&str> = list(&result["layers"]).iter().map(|layer| layer["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["scp", "rcp", "vpc-endpoint", "resource", "trust", "identity", "boundary", "session"]);
    for layer in list(&result["layers"]) {
        has(layer, &["layer", "outcome", "evidence", "reason", "statements"]);
        for statement in list(&layer["statements"]) {
            has(statement, &["policy", "policy_arn", "index", "sid", "line", "effect", "applies", "why"]);
            for why in list(&statement["why"]) {
                has(why, &["element", "outcome", "detail"]);
            }
        }
    }
    has(&result["depends_on"][0], &["key", "allowed_when", "layer"]);
    has(&result["assumptions"][0], &["key", "value", "because"]);
    has(&result["caveats"][0], &["code", "text"]);
    let report = on_account("--role MyRole --action ec2:TerminateInstances").code(1).json();
    has(&report["results"][0]["blocked_by"][0], &["layer", "deny"]);
    let report = on_account("--role BrokenBoundary --action ec2:RunInstances").code(3).json();
    has(&report["unread"][0], &["layer", "operation", "reason"]);
}

#[test]
fn jsonl_is_one_line_a_result_and_the_same_results_as_json() {
    let lines = on_account(SEVERAL).arg("--output").arg("jsonl").outcome();
    let each: Vec<serde_json::Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = on_account(SEVERAL).code(1).json();
    assert_eq!(each, list(&report["results"]));
    assert_eq!(each.len(), 4);
}
