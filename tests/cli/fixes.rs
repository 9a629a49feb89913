//! How fixes are shown: as changed lines, documents, commands, HCL, or not at all.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use super::program::{Run, diagnose, list, on_account};

const DENIED: &str = "--role MyRole --action ec2:TerminateInstances --context aws:RequestedRegion=eu-west-1";

#[test]
fn commands_alone_are_a_shell_script_that_ends_with_the_question() {
    let outcome = on_account(DENIED).arg("--fix").arg("cli").outcome();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let last = "diagnose --role arn:aws:iam::123456789012:role/MyRole --action ec2:TerminateInstances --context \
                aws:RequestedRegion=eu-west-1";
    assert_eq!(lines.last(), Some(&last));
    assert!(lines.iter().all(|line| !line.contains("delete-role-permissions-boundary")), "{outcome}");
    let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), outcome.stdout.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    assert!(outcome.stderr.contains("warning: shared-boundary: "), "{outcome}");
}

#[test]
fn without_a_command_the_reason_is_told_beside() {
    let allowed =
        on_account("--role MyRole --action ec2:DescribeVpcs --fix cli --context aws:RequestedRegion=eu-west-1");
    allowed.stderr("note: no commands: ec2:DescribeVpcs is allowed\n").check();
    let file = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
    let run =
        diagnose("--action ec2:RunInstances --no-boundary --identity-policy p.json --fix cli").file("p.json", file);
    let note = "note: no command for p: the policy was read from a file; deploy the edited file the way it is deployed today\n";
    run.code(1).stderr(note).check();
}

/// A statement that allows under a condition, in a file of an identity policy; what is asked stands behind.
fn under(condition: &str, request: &str) -> Run {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{
  "Effect": "Allow",
  "Action": "s3:*",
  "Resource": "*",
  "Condition": {condition}
}}]}}"#
    );
    let role = "--principal arn:aws:iam::123456789012:role/R --no-boundary --identity-policy own.json --offline";
    diagnose(&format!("{role} {request}")).file("own.json", text)
}

const GET: &str = "--action s3:GetObject --resource arn:aws:s3:::bucket/key";

#[test]
fn a_condition_that_shows_who_calls_is_to_be_met() {
    let condition = r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    assert_snapshot!(under(condition, &format!("{GET} --context aws:MultiFactorAuthPresent=false")).outcome());
}

#[test]
fn a_condition_on_the_network_is_widened_by_the_address_alone() {
    let condition = r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    assert_snapshot!(under(condition, &format!("{GET} --context aws:SourceIp=198.51.100.1")).outcome());
}

#[test]
fn a_trust_policy_keeps_its_external_id_and_is_about_its_role() {
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "abc"}}}}"#;
    let all = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let role = "--principal arn:aws:iam::111122223333:role/R --no-boundary --identity-policy all.json --offline";
    let request = "--action sts:AssumeRole --resource arn:aws:iam::444455556666:role/T --complete-context";
    let run = diagnose(&format!("{role} --resource-policy trust.json {request}"));
    assert_snapshot!(run.file("all.json", all).file("trust.json", trust).outcome());
    // Of others there is no condition to meet, and what is added is about the role that the policy hangs on.
    let others = trust.replace("111122223333", "999999999999").replace("sts:ExternalId", "sts:RoleSessionName");
    let run = diagnose(&format!("{role} --resource-policy trust.json {request}"));
    let report = run.file("all.json", all).file("trust.json", others).code(1).json();
    let newly = list(&report["results"][0]["fixes"][0]["newly_allowed"]).to_vec();
    let asked = "sts:AssumeRole on arn:aws:iam::444455556666:role/T without sts:RoleSessionName StringEquals abc";
    assert_eq!(newly, [asked]);
}

#[test]
fn a_variable_without_a_value_is_named() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*"}
]}"#;
    let role = "--principal arn:aws:iam::123456789012:role/R --no-boundary --identity-policy own.json --offline";
    let run = diagnose(&format!("{role} {GET} --complete-context --fix none"));
    assert_snapshot!(run.file("own.json", text).outcome());
}

#[test]
fn as_a_document() {
    assert_snapshot!(on_account(DENIED).arg("--fix").arg("json").outcome());
}

#[test]
fn as_hcl() {
    assert_snapshot!(on_account(DENIED).arg("--fix").arg("terraform").outcome());
}

#[test]
fn not_at_all() {
    let without = on_account(DENIED).arg("--fix").arg("none").outcome();
    let with = on_account(DENIED).outcome();
    assert!(!without.stdout.contains("Fix"), "{without}");
    assert!(with.stdout.starts_with(&without.stdout), "{with}");
}

#[test]
fn json_has_every_form_whatever_the_flag_says() {
    let fields = |flag: &str| {
        let report = on_account(DENIED).arg("--fix").arg(flag).code(1).json();
        let fix = report["results"][0]["fixes"][0].clone();
        for (name, wanted) in [("layer", "boundary"), ("kind", "extend-allow"), ("policy", "BoundaryPolicy")] {
            assert_eq!(fix[name], wanted);
        }
        assert_eq!(fix["verified"], serde_json::json!({"verdict": "allowed", "blocked_by": []}));
        assert!(list(&fix["commands"]).len() > 1 && list(&fix["patch"]).len() == 1);
        assert!(fix["diff"].as_str().unwrap().starts_with("--- a/BoundaryPolicy\n+++ b/BoundaryPolicy\n@@"));
        assert!(fix["terraform"].as_str().unwrap().contains("aws_iam_policy"));
        assert_eq!(fix["document"]["Statement"][0]["Action"][6], "ec2:TerminateInstances");
        fix
    };
    assert_eq!(fields("none"), fields("cli"));
}

#[test]
fn a_document_keeps_its_authors_order_in_json() {
    let file = r#"{"Statement": [{"Resource": "*", "Action": "s3:Get*", "Effect": "Allow"}], "Version": "2012-10-17"}"#;
    let run =
        diagnose("--action s3:PutObject --no-boundary --identity-policy p.json --output jsonl").file("p.json", file);
    let outcome = run.outcome();
    let document = r#""document":{"Statement":[{"Resource":"*","Action":["s3:Get*","s3:PutObject"],"Effect":"Allow"}],"Version":"2012-10-17"}"#;
    assert!(outcome.stdout.contains(document), "{outcome}");
    assert_eq!(outcome.stdout.lines().count(), 1);
}

#[test]
fn an_edit_of_several_results_is_made_once() {
    let run = on_account(
        "--role MyRole --action ec2:StartInstances --action ec2:StopInstances --context aws:RequestedRegion=eu-west-1",
    );
    let outcome = run.arg("--fix").arg("cli").outcome();
    assert_eq!(outcome.stdout.matches("create-policy-version").count(), 1, "{outcome}");
    assert_eq!(outcome.stdout.matches("\ndiagnose ").count(), 2, "{outcome}");
}

#[test]
fn several_principals_of_one_message_share_the_edit_of_their_boundary() {
    let line = |who: &str, action: &str| {
        format!(
            "User: {who} is not authorized to perform: {action} because no permissions boundary allows the {action} action\n"
        )
    };
    let text = line("arn:aws:iam::123456789012:role/MyRole", "ec2:StartInstances")
        + &line("arn:aws:iam::123456789012:role/Deployer", "ec2:StopInstances");
    let run = on_account("--message - --context aws:RequestedRegion=eu-west-1 --fix cli").stdin(&text);
    let outcome = run.outcome();
    assert_eq!(outcome.stdout.matches("create-policy-version").count(), 1, "{outcome}");
    assert!(outcome.stdout.contains("ec2:StartInstances") && outcome.stdout.contains("ec2:StopInstances"), "{outcome}");
}

#[test]
fn a_misspelt_action_gets_no_fix_and_its_neighbour_does() {
    let args = "--role MyRole --action ec2:TerminateInstance --action ec2:TerminateInstances";
    let report = on_account(args).code(1).json();
    assert_eq!(report["results"][0]["fixes"], serde_json::json!([]));
    let fix = &report["results"][1]["fixes"][0];
    assert!(!fix["document"].to_string().contains("TerminateInstance\""), "{fix:#}");
    assert!(fix["document"].to_string().contains("ec2:TerminateInstances"), "{fix:#}");
}

const OWNERS: &str = r#"{"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/MyRole", "tags": {},
  "identity_policies": [], "permissions_boundary": null, "session_policies": SESSION}],
  "service_control_policies": [{"target": "r-root", "policies": [{"name": "Guard",
    "arn": "arn:aws:organizations::999999999999:policy/o-abcdefghij/service_control_policy/p-12345678",
    "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}}]}],
  "resource_policies": [{"resource": "arn:aws:sqs:eu-west-1:111122223333:q", "account": "111122223333", "document": null}]}"#;

fn on_owners(session: &str, form: &str) -> super::program::Run {
    let run = diagnose("--role MyRole --action sqs:SendMessage --resource arn:aws:sqs:eu-west-1:111122223333:q");
    let run = run.args("--snapshot owners.json").args(form).file("owners.json", OWNERS.replace("SESSION", session));
    run.code(1)
}

/// The comments of a script, each with the operations that follow it.
fn parts(script: &str) -> Vec<(String, Vec<&str>)> {
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for line in script.lines() {
        match line.strip_prefix("# ") {
            Some(text) => all.push((text.to_owned(), Vec::new())),
            None => {
                let operation = line.split("aws ").nth(1).unwrap_or(line).split(" --").next().unwrap();
                all.last_mut().unwrap().1.push(operation);
            }
        }
    }
    all
}

#[test]
fn every_owner_has_a_part_of_the_script() {
    let outcome = on_owners("[]", "--fix cli").outcome();
    let found = parts(&outcome.stdout);
    let found: Vec<(&str, &[&str])> = found.iter().map(|(text, calls)| (text.as_str(), calls.as_slice())).collect();
    let guard = "sts get-caller-identity";
    let queue: &[&str] = &["sqs get-queue-url", "sqs set-queue-attributes"];
    assert_eq!(
        found,
        [
            ("not to be run at once: each part needs the credentials of another account", &[][..]),
            (
                "with credentials of the organization, management account 999999999999:",
                &["organizations update-policy"]
            ),
            ("with credentials of account 111122223333:", queue),
            ("with credentials of account 123456789012:", &[guard, "iam put-role-policy"]),
            ("then ask again, with the credentials that this was asked with:", &["diagnose"]),
        ],
        "{outcome}"
    );
    let report = on_owners("[]", "").json();
    let accounts: Vec<&str> =
        list(&report["results"][0]["fixes"]).iter().map(|fix| fix["account"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["999999999999", "111122223333", "123456789012"]);
}

#[test]
fn a_script_that_leads_nowhere_says_so_first() {
    let session = r#"[{"name": "s", "document": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}}]"#;
    let outcome = on_owners(session, "--fix cli").outcome();
    let first = outcome.stdout.lines().next().unwrap();
    assert_eq!(
        first,
        "# of no use alone for sqs:SendMessage on arn:aws:sqs:eu-west-1:111122223333:q: the request stays denied by the \
         session policies, to be changed by whoever makes the session, with the policies passed to it"
    );
    assert!(outcome.stderr.contains("warning: remains: the request stays denied by the session policies"), "{outcome}");
    let hcl = on_owners(session, "--fix terraform").outcome();
    assert!(hcl.stdout.contains("# of no use alone for sqs:SendMessage"), "{hcl}");
}

const DETAILS: &str = r#"{"RoleDetailList": [
    {"Arn": "arn:aws:iam::123456789012:role/A", "RolePolicyList": [{"PolicyName": "All", "PolicyDocument": ALL}],
     "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
    {"Arn": "arn:aws:iam::123456789012:role/B", "RolePolicyList": [{"PolicyName": "All", "PolicyDocument": ALL}],
     "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/Full"}}],
  "Policies": [
    {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "DefaultVersionId": "v9",
     "PolicyVersionList": [{"VersionId": "v9", "IsDefaultVersion": true, "Document": SOME}]},
    {"Arn": "arn:aws:iam::123456789012:policy/team/readonlyaccess-boundary", "DefaultVersionId": "v1", "PolicyVersionList": []},
    {"Arn": "arn:aws:iam::123456789012:policy/Full", "DefaultVersionId": "v12", "PolicyVersionList": [
      {"VersionId": "v12", "IsDefaultVersion": true, "Document": SOME}, {"VersionId": "v11"}, {"VersionId": "v10"},
      {"VersionId": "v9"}, {"VersionId": "v3"}]}]}"#;

#[test]
fn an_accounts_details_tell_which_names_are_taken_and_which_version_goes() {
    let document = |action: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}"#
        )
    };
    let details = DETAILS.replace("ALL", &document("*")).replace("SOME", &document("ec2:*"));
    let run = |role: &str| {
        let run = diagnose("--action sqs:ListQueues --snapshot details.json --fix cli").args("--role").arg(role);
        run.file("details.json", &details).outcome()
    };
    let copied = run("A");
    assert!(copied.stdout.contains("aws iam create-policy --policy-name ReadOnlyAccess-boundary2 "), "{copied}");
    assert!(!copied.stderr.contains("name-may-be-taken"), "{copied}");
    let full = run("B");
    let text = "warning: version-limit: 5 versions exist: v3, the oldest that is not the default, is deleted\n";
    assert!(full.stderr.contains(text), "{full}");
}

/// A snapshot of three, of which one asks; the file need not hold everybody.
#[test]
fn those_who_have_the_policy_too_are_named_or_redacted() {
    let boundary = r#"{"arn": "arn:aws:iam::123456789012:policy/Limit", "document": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}}"#;
    let all = r#"[{"name": "All", "document": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]"#;
    let role = |name: &str| {
        format!(
            r#"{{"arn": "arn:aws:iam::123456789012:{name}", "identity_policies": {all}, "permissions_boundary": {boundary}}}"#
        )
    };
    let entries = ["role/MyRole", "role/finance/Payroll", "user/athena"].map(role).join(",\n");
    let file = format!(r#"{{"diagnose_snapshot": 1, "principals": [{entries}]}}"#);
    let said = |more: &str| {
        let run = diagnose(&format!(
            "--role MyRole --action sqs:SendMessage --resource arn:aws:sqs:eu-west-1:123456789012:q --snapshot s.json {more}"
        ));
        let report = run.file("s.json", &file).code(1).json();
        let warnings = list(&report["results"][0]["fixes"][0]["warnings"]).to_vec();
        let shared = warnings.into_iter().find(|one| one["code"] == "shared-boundary").unwrap();
        shared["text"].as_str().unwrap().to_owned()
    };
    let open = "and perhaps of principals that the snapshot does not hold: the edit raises the ceiling of all of them";
    assert_eq!(said(""), format!("Limit is also the boundary of role Payroll and user athena, {open}"));
    assert_eq!(said("--redact"), format!("POLICY-2 is also the boundary of role ROLE-2 and user USER-1, {open}"));
}
