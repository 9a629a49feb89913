//! Credentials are in nothing that is printed, wherever they come from and whatever goes wrong.

use std::process::Command;

use super::account::{Account, KEY_ID, allow};
use super::program::Program;
use super::stand_in::{Fault, StandIn};

const SECRET: &str = "PlantedSecretKey0123456789/abcdefghijklm";
const TOKEN: &str = "PlantedSessionToken//////////0123456789abcdefghijklmnopqrstuvwxyz";
const SSO: &str = "PlantedSsoAccessToken-0123456789-abcdef";

/// A run whose credentials are hard to miss in any output: by the way they come to the program.
fn planted(way: &str, endpoint: &str) -> Program {
    let program = Program::offline().secret(SECRET).secret(TOKEN).secret(SSO).env("AWS_ENDPOINT_URL", endpoint);
    let program = program.env("AWS_MAX_ATTEMPTS", "1").env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    let keys = format!("aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n");
    let reply = format!(
        r#"{{"Version": 1, "AccessKeyId": "{KEY_ID}", "SecretAccessKey": "{SECRET}", "SessionToken": "{TOKEN}"}}"#
    );
    match way {
        "environment" => program
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN),
        "credentials file" => program.file(".aws/credentials", &format!("[default]\n{keys}")),
        "config file" => program.file(".aws/config", &format!("[default]\n{keys}")),
        "process" => {
            program.file(".aws/reply", &reply).file(".aws/config", "[default]\ncredential_process = cat .aws/reply\n")
        }
        "process with secrets in its words" => {
            let line = format!("[default]\ncredential_process = sh -c 'echo {SECRET} >&2; exit 1' --token {TOKEN}\n");
            program.file(".aws/config", &line)
        }
        "process with a broken reply" => program
            .file(".aws/reply", &reply.replace("\"Version\": 1", "\"Version\": \"one\", "))
            .file(".aws/config", "[default]\ncredential_process = cat .aws/reply\n"),
        "broken credentials file" => program.file(".aws/credentials", &format!("[default\n{keys}")),
        "half a pair" => program.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", TOKEN),
        "sso" => program
            .file(
                ".aws/config",
                "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n[sso-session s]\n\
                 sso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n",
            )
            // The name is the SHA-1 of the session's.
            .file(
                ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                &format!(
                    r#"{{"startUrl": "https://example.awsapps.com/start", "region": "eu-west-1", "accessToken": "{SSO}",
                        "expiresAt": "2099-01-01T00:00:00Z", "clientSecret": "{SECRET}", "refreshToken": "{TOKEN}"}}"#
                ),
            )
            .env("AWS_ENDPOINT_URL_SSO", endpoint),
        other => panic!("no way {other}"),
    }
}

const WAYS: [&str; 9] = [
    "environment",
    "credentials file",
    "config file",
    "process",
    "process with secrets in its words",
    "process with a broken reply",
    "broken credentials file",
    "half a pair",
    "sso",
];

fn commands() -> [Vec<&'static str>; 5] {
    let asked = ["--role", "SecretsRole", "--action", "s3:GetObject"];
    let denial = "echo 'An error occurred (AccessDenied) when calling the GetObject operation: User: \
        arn:aws:sts::123456789012:assumed-role/SecretsRole/s is not authorized to perform: s3:GetObject on resource: \
        arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action' >&2; exit 1";
    [
        asked.to_vec(),
        [&asked[..], &["-v", "-o", "json"]].concat(),
        vec!["--role", "NoSuchRole", "--action", "s3:GetObject", "-v"],
        vec!["snapshot", "--role", "SecretsRole"],
        vec!["run", "-v", "--", "sh", "-c", denial],
    ]
}

#[test]
fn whatever_the_way_they_come_and_whatever_aws_answers() {
    Account::new().bounded_role("SecretsRole", &allow(&["s3:*"]), &allow(&["ec2:*"]));
    let answers: [Option<Fault>; 4] =
        [None, Some(Fault::Error(403, "AccessDenied")), Some(Fault::Echo), Some(Fault::Garbage)];
    for way in WAYS {
        for fault in answers {
            let server = StandIn::new();
            let server = match fault {
                None => server,
                Some(fault) => server.on("*", fault),
            };
            for arguments in commands() {
                // `run` looks for secrets in both streams.
                planted(way, &server.url).run_at(&arguments);
            }
        }
    }
}

/// The traps work: a run that does print what was planted is seen.
#[test]
#[should_panic(expected = "a secret is printed")]
fn a_printed_secret_is_seen() {
    planted("environment", "http://127.0.0.1:9").run_at(&[
        "run",
        "--offline",
        "--",
        "sh",
        "-c",
        "echo $AWS_SECRET_ACCESS_KEY",
    ]);
}

/// The command line of the program is what others see of it (`ps`): no flag takes a secret.
#[test]
fn no_flag_takes_a_secret() {
    let output = Command::new(env!("CARGO_BIN_EXE_diagnose")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap().to_lowercase();
    for word in ["secret", "token", "password"] {
        assert!(!help.contains(word), "{word}");
    }
}
