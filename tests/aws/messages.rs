//! Pasted messages against the account: the role found by its name, its path, its boundary; trust policies of roles that
//! are assumed; encoded messages that AWS does not decode.

use super::account::{ACCOUNT, Account, allow};
use super::moto;
use super::program::{Outcome, Program};
use super::stand_in::{Fault, StandIn};

fn message(role: &str, account: &str) -> String {
    format!(
        "An error occurred (AccessDenied) when calling the PutObject operation: User: \
         arn:aws:sts::{account}:assumed-role/{role}/ci is not authorized to perform: s3:PutObject on resource: \
         \"arn:aws:s3:::releases/app.zip\" because no permissions boundary allows the s3:PutObject action"
    )
}

fn pasted(text: &str) -> Outcome {
    Program::new(moto::url()).run(&["--message", text, "-o", "json"])
}

#[test]
fn the_role_of_the_message_is_read_with_its_boundary() {
    let arn = Account::new().bounded_role("app-deploy-role", &allow(&["s3:*"]), &allow(&["ec2:*", "s3:Get*"]));
    let outcome = pasted(&message("app-deploy-role", ACCOUNT));
    let answer = outcome.result(1);
    answer.verdict("denied").blocked_by(&["boundary"]).outcome("boundary", "implicit-deny");
    answer.statement("boundary", "app-deploy-role-Boundary", 0, 4);
    assert_eq!(answer.result["principal"]["role"], arn);
    assert_eq!(answer.result["resource"], "arn:aws:s3:::releases/app.zip");
}

#[test]
fn a_boundary_that_was_mended_since_is_told() {
    Account::new().bounded_role("MendedRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    let answer = pasted(&message("MendedRole", ACCOUNT)).result(0);
    answer.verdict("allowed");
    let caveats = answer.result["caveats"].as_array().unwrap();
    assert!(caveats.iter().any(|caveat| caveat["code"] == "message-contradicts-policies"), "{caveats:?}");
}

#[test]
fn a_message_of_another_account_is_told_in_one_line() {
    let outcome = pasted(&message("ElsewhereRole", "999999999999"));
    let line = outcome.not_asked();
    assert!(line.contains("credentials are for account 123456789012 but the role is in 999999999999"), "{line}");
}

#[test]
fn the_trust_policy_of_a_role_that_is_assumed_is_read() {
    let account = Account::new();
    account.role("AssumedRole");
    account.role("AssumingRole");
    account.inline("AssumingRole", "Assume", &allow(&["sts:AssumeRole"]));
    let target = format!("arn:aws:iam::{ACCOUNT}:role/AssumedRole");
    let args = ["--role", "AssumingRole", "--action", "sts:AssumeRole", "--resource", &target, "-o", "json"];
    let answer = Program::new(moto::url()).run(&args).result(1);
    answer.verdict("denied").blocked_by(&["trust"]).outcome("identity", "allow").outcome("trust", "implicit-deny");
    answer.statement("trust", "trust policy of AssumedRole", 0, 4);
}

#[test]
fn an_encoded_message_that_is_not_decoded_names_the_command() {
    let text = "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to \
                perform this operation. Encoded authorization failure message: \
                AbCdEf0123456789-_AbCdEf0123456789-_AbCdEf0123456789-_AbCdEf0123456789-_";
    let server = StandIn::new().on("*", Fault::Error(403, "AccessDenied"));
    let outcome = Program::new(&server.url).run(&["--message", text]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("aws sts decode-authorization-message --encoded-message AbCdEf"), "{outcome:?}");
}

#[test]
fn what_the_message_says_holds_where_iam_may_not_be_read() {
    Account::new().bounded_role("UnreadableRole", &allow(&["s3:*"]), &allow(&["s3:*"]));
    let text = message("UnreadableRole", ACCOUNT);
    let explicit = text.replace(
        "because no permissions boundary allows the s3:PutObject action",
        "with an explicit deny in an identity-based policy",
    );
    for (text, layer, outcome) in [(&text, "boundary", "implicit-deny"), (&explicit, "identity", "explicit-deny")] {
        for refused in ["*", "GetPolicyVersion"] {
            let server = StandIn::new().on(refused, Fault::Error(403, "AccessDenied"));
            let answer = Program::new(&server.url).run(&["--message", text, "-o", "json"]).result(1);
            answer.verdict("denied").blocked_by(&[layer]).outcome(layer, outcome);
            assert_eq!(answer.layer(layer)["evidence"], "message", "{answer:#?}");
            let fixes = answer.result["fixes"].as_array().unwrap();
            assert!(fixes.iter().all(|fix| fix["kind"] == "none"), "{fixes:#?}");
        }
    }
}

#[test]
fn a_role_that_is_not_there_is_assumed_by_nobody() {
    let account = Account::new();
    account.role("NobodysRole");
    account.inline("NobodysRole", "Assume", &allow(&["sts:AssumeRole"]));
    account.role_at("/team/", "PathedTarget", None);
    for (target, says) in [("NoSuchTarget", "does not exist"), ("PathedTarget", "role/team/PathedTarget")] {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{target}");
        let args = ["--role", "NobodysRole", "--action", "sts:AssumeRole", "--resource", &arn];
        let outcome = Program::new(moto::url()).run(&args);
        let line = outcome.not_asked();
        assert!(line.contains(&arn) && line.contains(says), "{line}");
    }
}

#[test]
fn a_fix_for_a_role_of_another_account_is_no_proof() {
    Account::new().role("AcrossRole");
    let target = "arn:aws:iam::999999999999:role/Other";
    let args = ["--role", "AcrossRole", "--action", "sts:AssumeRole", "--resource", target];
    let answer = Program::new(moto::url()).run(&[&args[..], &["-o", "json"]].concat()).result(1);
    let fix = &answer.result["fixes"][0];
    assert_eq!(fix["verified"]["verdict"], "undetermined", "{fix:#}");
    assert_eq!(fix["warnings"][0]["code"], "depends-on", "{fix:#}");
    let shown = Program::new(moto::url()).run(&args).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let proof = "Checked: nothing denies the request then; whether it is allowed depends on the role trust policy of account \
                 999999999999, which was not read and must allow it too.";
    assert!(shown.contains(proof), "{shown}");
}

#[test]
fn an_encoded_message_that_nobody_could_be_asked_about() {
    let text = "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to \
                perform this operation. Encoded authorization failure message: \
                AbCdEf0123456789-_AbCdEf0123456789-_AbCdEf0123456789-_AbCdEf0123456789-_";
    for (status, code) in [(400, "Throttling"), (403, "ExpiredToken"), (500, "InternalFailure")] {
        let server = StandIn::new().on("*", Fault::Error(status, code));
        let outcome = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "1").run(&["--message", text]);
        let line = outcome.not_asked();
        assert!(line.contains(code), "{line}");
    }
    let server = StandIn::new().on("*", Fault::Error(400, "InvalidAuthorizationMessageException"));
    let outcome = Program::new(&server.url).run(&["--message", text]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("paste the whole of it") && !outcome.stderr.contains("aws sts"), "{outcome:?}");
}
