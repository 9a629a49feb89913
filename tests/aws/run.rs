//! `diagnose run -- aws …`: the real AWS CLI, refused by a real server, and the policies read with its own settings.

use super::account::{Account, KEY_ID, SECRET_KEY, allow};
use super::moto;
use super::program::Program;
use super::stand_in::{Fault, StandIn};

const REFUSAL: &str = "User: arn:aws:sts::123456789012:assumed-role/RunRole/ci is not authorized to perform: \
    iam:CreateUser on resource: arn:aws:iam::123456789012:user/new because no permissions boundary allows the iam:CreateUser \
    action";

#[test]
fn the_aws_cli_is_refused_and_its_own_profile_reads_the_policies() {
    Account::new().bounded_role("RunRole", &allow(&["iam:*"]), &allow(&["s3:*"]));
    let server = StandIn::new().on("CreateUser", Fault::Denied(REFUSAL));
    let aws = moto::cli();
    let aws = aws.to_str().unwrap();
    let profile = format!("[mine]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n");
    let command = |verb: &'static str, name: &'static str| {
        let settings = ["--profile", "mine", "--region", "eu-west-1", "--endpoint-url"];
        let words = ["run", "-v", "--", aws, "iam", verb, name, "new"];
        words.into_iter().chain(settings).chain([server.url.as_str()]).collect::<Vec<_>>()
    };
    let run = |arguments: &[&str]| {
        let program = Program::offline().secret(SECRET_KEY).file(".aws/credentials", &profile);
        program.env("AWS_PAGER", "").env("PYTHONDONTWRITEBYTECODE", "1").run_at(arguments)
    };

    let refused = run(&command("create-user", "--user-name"));
    // AWS CLI User Guide, "Return codes": 254 in version 2, 255 in version 1.
    assert!(matches!(refused.code, 254 | 255) && refused.stdout.is_empty(), "{refused:#?}");
    let (said, answer) = refused.stderr.split_once("\n\ndenied ").expect("the CLI's words, then the answer");
    assert!(said.contains("An error occurred (AccessDenied) when calling the CreateUser operation"), "{refused:#?}");
    assert!(answer.starts_with(" iam:CreateUser on arn:aws:iam::123456789012:user/new"), "{refused:#?}");
    assert!(answer.contains("boundary blocks it: no statement of RunRole-Boundary"), "{refused:#?}");
    assert!(server.actions().iter().any(|action| action == "GetRole"), "{:?}", server.actions());

    let found = run(&command("list-groups-for-user", "--user-name"));
    assert!(found.stderr.contains("NoSuchEntity") && !found.stderr.contains("denied "), "{found:#?}");
}
