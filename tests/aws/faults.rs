//! AWS that cannot be asked: retries where they help, then one clear line and exit code 4.

use std::time::{Duration, Instant};

use super::account::{Account, KEY_ID, Keys, allow};
use super::moto;
use super::program::Program;
use super::stand_in::{Fault, StandIn};

fn role(name: &str) {
    Account::new().bounded_role(name, &allow(&["s3:*"]), &allow(&["s3:*"]));
}

/// The error line of a run on `server` with `attempts`.
#[track_caller]
fn error(server: &StandIn, role: &str, attempts: &str) -> String {
    let program = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", attempts);
    program.ask(["--role", role], "s3:GetObject").not_asked().to_owned()
}

#[test]
fn throttling_that_passes_is_not_seen() {
    role("ThrottledRole");
    let throttled = Fault::Error(400, "Throttling");
    let server = StandIn::new()
        .on_some("GetRole", "", 2, throttled)
        .on_some("ListRolePolicies", "", 1, throttled)
        .on_some("GetPolicyVersion", "", 1, throttled);
    let answer = Program::new(&server.url).ask(["--role", "ThrottledRole"], "s3:GetObject").result(0);
    answer.verdict("allowed").unread(&[]);
    assert_eq!(server.actions().iter().filter(|action| *action == "GetRole").count(), 3);
}

#[test]
fn throttling_for_ever_ends() {
    role("ThrottledForEverRole");
    let server = StandIn::new().on("*", Fault::Error(400, "Throttling"));
    let line = error(&server, "ThrottledForEverRole", "2");
    assert!(line.contains("iam:GetRole") && line.contains("Throttling"), "{line}");
    assert_eq!(server.actions().iter().filter(|action| *action == "GetRole").count(), 2);
}

#[test]
fn throttled_policies_leave_the_verdict_open() {
    role("ThrottledBoundaryRole");
    let throttled = Fault::Error(400, "Throttling");
    let server = StandIn::new().on_some("GetPolicyVersion", "ThrottledBoundaryRole-Boundary", usize::MAX, throttled);
    let program = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "2");
    let answer = program.ask(["--role", "ThrottledBoundaryRole"], "s3:GetObject").result(3);
    answer.outcome("boundary", "undetermined").unread(&["boundary iam:GetPolicyVersion throttled"]);
}

#[test]
fn a_503_ends() {
    role("UnavailableRole");
    let line = error(&StandIn::new().on("*", Fault::Error(503, "ServiceUnavailable")), "UnavailableRole", "1");
    assert!(line.contains("iam:GetRole") && line.contains("ServiceUnavailable"), "{line}");
    let line = error(&StandIn::new().on("*", Fault::Page(503)), "UnavailableRole", "1");
    assert!(line.contains("iam:GetRole") && line.contains("503"), "{line}");
}

#[test]
fn a_refusal_that_is_not_aws_s_is_not_taken_for_one() {
    role("ProxyRole");
    let line = error(&StandIn::new().on("*", Fault::Page(403)), "ProxyRole", "1");
    assert!(line.contains("iam:GetRole") && line.contains("403"), "{line}");
}

#[test]
fn a_reply_cut_short_ends() {
    role("CutShortRole");
    for fault in [Fault::CutShort, Fault::Garbage] {
        let line = error(&StandIn::new().on("GetRole", fault), "CutShortRole", "1");
        assert!(line.contains("iam:GetRole"), "{line}");
    }
}

#[test]
fn a_boundary_cut_short_leaves_the_verdict_open() {
    role("CutShortBoundaryRole");
    let server =
        StandIn::new().on_some("GetPolicyVersion", "CutShortBoundaryRole-Boundary", usize::MAX, Fault::CutShort);
    let program = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "1");
    program.ask(["--role", "CutShortBoundaryRole"], "s3:GetObject").result(3).outcome("boundary", "undetermined");
}

#[test]
fn silence_ends() {
    role("SilentRole");
    let started = Instant::now();
    let server = StandIn::new().on("*", Fault::Silence);
    let line = error(&server, "SilentRole", "1");
    assert!(line.contains(&format!("iam:GetRole failed: no reply in time from {}; ", server.url)), "{line}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_silent_sts_does_not_hold_up_iam() {
    role("SilentStsRole");
    let server = StandIn::new().on("GetCallerIdentity", Fault::Silence);
    let started = Instant::now();
    Program::new(&server.url).ask(["--role", "SilentStsRole"], "s3:GetObject").result(0).verdict("allowed");
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[test]
fn a_closed_port_ends() {
    let end = |program: Program| {
        let outcome = program.env("AWS_MAX_ATTEMPTS", "2").ask(["--role", "Any"], "s3:GetObject");
        outcome.not_asked().to_owned()
    };
    let line = end(Program::new("http://user:Passw0rd@127.0.0.1:1/path").secret("Passw0rd"));
    let refused = |line: &str, at: &str| {
        line.starts_with(&format!("error: iam:GetRole failed: no connection to {at} (Connection refused"))
    };
    assert!(refused(&line, "http://…@127.0.0.1:1"), "{line}");
    let bare = || Program::offline().keys(&Keys::default());
    let line = end(bare().env("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:1"));
    assert!(refused(&line, "http://127.0.0.1:1"), "{line}");
    // AWS's own endpoint, of the partition, behind a proxy that is not there.
    let line = end(bare().env("AWS_REGION", "cn-north-1").env("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!(refused(&line, "https://iam.cn-north-1.amazonaws.com.cn"), "{line}");
    let line = end(Program::new("http://nowhere.invalid"));
    assert!(line.contains("no connection to http://nowhere.invalid (") && line.contains("address"), "{line}");
    let outcome = bare()
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_MAX_ATTEMPTS", "1")
        .run(&["trail", "--since", "1h"]);
    assert!(outcome.not_asked().contains("LookupEvents failed: no connection to http://127.0.0.1:1 ("), "{outcome:?}");
}

#[test]
fn no_credentials_end_fast() {
    let started = Instant::now();
    let outcome = Program::bare(moto::url()).ask(["--role", "Any"], "s3:GetObject");
    let line = outcome.not_asked();
    assert!(line.contains("credentials") && line.contains("--profile"), "{line}");
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[test]
fn a_metadata_address_where_nobody_answers_does_not_hold_up() {
    let server = StandIn::new().on("*", Fault::Silence);
    let started = Instant::now();
    let program = Program::bare(moto::url()).env("AWS_EC2_METADATA_DISABLED", "false");
    let program = program.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url);
    let line = program.ask(["--role", "Any"], "s3:GetObject").not_asked().to_owned();
    assert!(line.contains("credentials: none in the environment"), "{line}");
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[test]
fn an_unknown_profile_is_named_with_those_that_exist() {
    let program = Program::bare(moto::url()).file(".aws/config", "[profile staging]\nregion = eu-west-1\n");
    let outcome = program.run(&["--role", "Any", "--action", "s3:GetObject", "--profile", "stagin"]);
    let line = outcome.not_asked();
    assert!(line.contains("`stagin`") && line.contains("staging"), "{line}");
}

#[test]
fn a_profile_of_the_environment_is_checked_too() {
    let program = Program::bare(moto::url()).file(".aws/config", "[profile staging]\nregion = eu-west-1\n");
    let outcome = program.env("AWS_PROFILE", "stagin").ask(["--role", "Any"], "s3:GetObject");
    assert!(outcome.not_asked().contains("`stagin`"), "{outcome:?}");
}

#[test]
fn a_profile_without_credentials_is_named() {
    let program = Program::bare(moto::url()).file(".aws/config", "[profile staging]\nregion = eu-west-1\n");
    let outcome = program.run(&["--role", "Any", "--action", "s3:GetObject", "--profile", "staging"]);
    assert!(outcome.not_asked().contains("`staging` holds none"), "{outcome:?}");
}

#[test]
fn a_profile_on_the_command_line_wins_over_keys_in_the_environment() {
    role("ProfileRole");
    let server = StandIn::new();
    let credentials = format!("[other]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = fromthefile\n");
    let program = Program::new(&server.url)
        .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENTKEY00")
        .file(".aws/credentials", &credentials);
    let outcome =
        program.run(&["--role", "ProfileRole", "--action", "s3:GetObject", "--profile", "other", "-o", "json"]);
    outcome.result(0);
    assert!(server.key_ids().iter().all(|id| id == KEY_ID), "{:?}", server.key_ids());
}

#[test]
fn credentials_that_aws_refuses_are_named_by_code() {
    role("ExpiredRole");
    for (code, says) in [
        ("ExpiredToken", "expired"),
        ("InvalidClientTokenId", "InvalidClientTokenId"),
        ("SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    ] {
        let line = error(&StandIn::new().on("*", Fault::Error(403, code)), "ExpiredRole", "1");
        assert!(line.contains("credentials") && line.contains(says), "{line}");
    }
}

#[test]
fn endpoints_and_regions_that_cannot_be_are_bad_usage() {
    for endpoint in ["", "127.0.0.1:5000", "https://", "http://not a url", "ftp://x", "http://host:port"] {
        for arguments in [&["--role", "Any", "--action", "s3:GetObject"][..], &["audit"], &["trail", "--since", "1h"]] {
            let outcome = Program::new(endpoint).run(arguments);
            assert_eq!(outcome.code, 2, "{outcome:?}");
            let line =
                format!("error: --endpoint-url is `{endpoint}` but must be a URL such as http://127.0.0.1:5000\n");
            assert_eq!(outcome.stderr, line);
        }
    }
    // Bad whatever the profile is, which is not there.
    for region in ["eu west", "", "eu.west"] {
        let arguments = ["--role", "Any", "--action", "s3:GetObject", "--profile", "nobody", "--region", region];
        let outcome = Program::new(moto::url()).run(&arguments);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert_eq!(outcome.stderr, format!("error: --region is `{region}` but must be a region such as eu-west-1\n"));
    }
}

#[test]
fn settings_that_the_sdk_cannot_take_are_named() {
    for (name, value) in [
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "stubborn"),
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL_IAM", "nowhere"),
        ("AWS_REGION", "no region"),
        ("AWS_DEFAULT_REGION", "eu.west"),
    ] {
        let program = Program::offline().keys(&Keys::default()).env(name, value);
        let outcome = program.ask(["--role", "Any"], "s3:GetObject");
        assert!(outcome.not_asked().starts_with(&format!("error: {name} is `{value}` but must be ")), "{outcome:?}");
    }
    for (key, value) in [("endpoint_url", "ftp://x"), ("region", "eu west")] {
        let program =
            Program::offline().keys(&Keys::default()).file(".aws/config", &format!("[default]\n{key} = {value}\n"));
        let outcome = program.ask(["--role", "Any"], "s3:GetObject");
        let line = format!("error: `{key}` of the AWS profile is `{value}` but must be ");
        assert!(outcome.not_asked().starts_with(&line), "{outcome:?}");
    }
}

#[test]
fn a_reply_that_ends_early_is_not_one_that_holds_nothing_more() {
    role("EarlyEndRole");
    for ends in ["<PermissionsBoundary>", "</Role>", "</GetRoleResponse>"] {
        let line = error(&StandIn::new().on("GetRole", Fault::EndsBefore(ends)), "EarlyEndRole", "1");
        assert!(line.contains("iam:GetRole") && line.contains("cut short"), "{line}");
    }
    for (operation, ends) in [("ListAttachedRolePolicies", "<member>"), ("ListRolePolicies", "<IsTruncated>")] {
        let server = StandIn::new().on(operation, Fault::EndsBefore(ends));
        let answer = Program::new(&server.url).ask(["--role", "EarlyEndRole"], "s3:GetObject");
        let unread = format!("identity iam:{operation} malformed-reply");
        // What is attached allows it whatever else there is, but for a Deny that is not known.
        answer.result(3).outcome("identity", "undetermined").unread(&[&unread]);
    }
    let server = StandIn::new().on("GetAccountAuthorizationDetails", Fault::EndsBefore("</RoleDetailList>"));
    let outcome = Program::new(&server.url).run(&["audit"]);
    assert!(outcome.not_asked().contains("cut short"), "{outcome:?}");
}

#[test]
fn a_reply_without_what_it_is_about_is_no_reply() {
    role("EmptyReplyRole");
    for (from, to) in
        [("Role>", "Rule>"), ("<Arn>", "<Arn></Arn><Other>"), ("<RoleName>", "<RoleName></RoleName><Other>")]
    {
        let to_end = Fault::Other(from, to);
        let line = error(&StandIn::new().on("GetRole", to_end), "EmptyReplyRole", "1");
        assert!(line.contains("iam:GetRole") && line.contains("not understood"), "{line}");
    }
    let server = StandIn::new().on("ListRolePolicies", Fault::Other("PolicyNames", "Names"));
    let answer = Program::new(&server.url).ask(["--role", "EmptyReplyRole"], "s3:GetObject").result(3);
    answer.unread(&["identity iam:ListRolePolicies malformed-reply"]);
}

#[test]
fn what_keeps_a_profile_from_credentials_is_said_in_aws_s_words() {
    let config = |more: &str| {
        format!(
            "[profile base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = fromthefile\nregion = eu-west-1\n\
             [profile chain]\nrole_arn = arn:aws:iam::123456789012:role/T\nsource_profile = base\n{more}"
        )
    };
    let run = |fault: Fault, more: &str| {
        let server = StandIn::new().on("AssumeRole", fault);
        let program = Program::bare(&server.url).env("AWS_ENDPOINT_URL", &server.url).env("AWS_MAX_ATTEMPTS", "1");
        let program = program.file(".aws/config", &config(more));
        let outcome = program.run(&["--role", "Any", "--action", "s3:GetObject", "--profile", "chain"]);
        outcome.not_asked().to_owned()
    };
    let said = "User: arn:aws:iam::123456789012:user/U is not authorized to perform: sts:AssumeRole on resource: \
                arn:aws:iam::123456789012:role/T because no identity-based policy allows the sts:AssumeRole action";
    let line = run(Fault::Denied(said), "");
    assert!(
        line.contains(&format!("profile `chain`: sts:AssumeRole failed (AccessDenied): {said}; ask for")),
        "{line}"
    );
    let line = run(Fault::Denied(said), "mfa_serial = arn:aws:iam::123456789012:mfa/m\n");
    assert!(line.contains("mfa_serial") && line.contains("export-credentials --profile chain"), "{line}");
    let line = run(Fault::Error(500, "InternalFailure"), "");
    assert!(line.contains("try again later") && !line.contains("sign in"), "{line}");

    let token =
        "[profile web]\nrole_arn = arn:aws:iam::123456789012:role/T\nweb_identity_token_file = /nonexistent/token\n";
    let program = Program::bare(moto::url()).file(".aws/config", token);
    let outcome = program.env("AWS_DEFAULT_PROFILE", "web").ask(["--role", "Any"], "s3:GetObject");
    let line = outcome.not_asked();
    assert!(line.contains("profile `web`: the web identity token file `/nonexistent/token` cannot be read"), "{line}");
}

#[test]
fn throttling_is_waited_for_and_not_a_matter_of_rights() {
    role("AdviceRole");
    let throttled = Fault::Error(400, "Throttling");
    let server = StandIn::new().on_some("GetPolicyVersion", "AdviceRole-Boundary", usize::MAX, throttled);
    let program = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "1");
    let outcome = program.run(&["--role", "AdviceRole", "--action", "s3:GetObject"]);
    assert!(outcome.stdout.contains("Settle it by asking again in a while"), "{outcome:?}");
    let late = error(&StandIn::new().on("*", Fault::Error(403, "RequestExpired")), "AdviceRole", "1");
    assert!(late.contains("clock"), "{late}");
}

#[test]
fn what_a_boundary_that_was_not_read_blocks_is_no_number() {
    role("NoNumberRole");
    let server = StandIn::new().on("GetRole", Fault::Error(403, "AccessDenied"));
    let outcome = Program::new(&server.url).run(&["gap", "--role", "NoNumberRole", "-o", "json"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(report["counts"]["granted"].as_u64().unwrap() > 0, "{report}");
    for name in ["effective", "blocked", "partly"] {
        assert!(report["counts"][name].is_null(), "{name}: {report}");
    }
}

#[test]
fn a_principal_that_aws_does_not_answer_for_leaves_the_others() {
    let events: String = ["TrailOne", "TrailTwo"]
        .map(|name| {
            role(name);
            let message = format!(
                "User: arn:aws:sts::123456789012:assumed-role/{name}/s is not authorized to perform: s3:PutObject on \
                 resource: arn:aws:s3:::b/k because no permissions boundary allows the s3:PutObject action"
            );
            let event = serde_json::json!({
                "eventVersion": "1.11", "eventTime": "2026-11-21T03:10:00Z", "eventSource": "s3.amazonaws.com",
                "eventName": "PutObject", "awsRegion": "eu-west-1", "errorCode": "AccessDenied", "errorMessage": message,
                "eventID": format!("00000000-0000-0000-0000-{name:0>12}"), "requestID": name,
                "userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::123456789012:assumed-role/{name}/s"),
                    "accountId": "123456789012", "principalId": "AROAEXAMPLE:s"},
            });
            format!("{event}\n")
        })
        .concat();
    let ask = |server: &StandIn| {
        let program = Program::new(&server.url).env("AWS_MAX_ATTEMPTS", "1").file("events.json", &events);
        program.run(&["trail", "events.json", "--now", "-o", "json"])
    };
    let outcome =
        ask(&StandIn::new().on_some("GetRole", "RoleName=TrailOne", usize::MAX, Fault::Error(500, "InternalFailure")));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let groups = report["groups"].as_array().unwrap();
    let evaluated: Vec<bool> = groups.iter().map(|group| group["now"].is_object()).collect();
    assert_eq!(evaluated.iter().filter(|one| **one).count(), 1, "{report:#}");
    let why = groups.iter().find_map(|group| group["not_evaluated"].as_str()).unwrap();
    assert!(why.contains("InternalFailure"), "{why}");
    let outcome = ask(&StandIn::new().on("GetRole", Fault::Error(500, "InternalFailure")));
    assert!(outcome.not_asked().contains("iam:GetRole"), "{outcome:?}");
}
