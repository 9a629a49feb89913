//! Which calls there were, and what the policies say of them now: a group is no better off than its worst call.

use serde_json::{Value, json};

use crate::program::{Run, diagnose};

/// A refused call of a user, with these members of the event in place of the usual ones.
fn event(number: usize, own: Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11", "eventID": format!("event-{number}"), "eventTime": format!("2026-11-21T03:10:{number:02}Z"),
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/u", "accountId": "123456789012" },
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1", "errorCode": "AccessDenied",
        "requestParameters": { "bucketName": "b", "key": "k" }, "requestID": format!("req-{number}"),
    });
    event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    event
}

fn run(args: &str, events: &[Value]) -> Run {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    diagnose("trail e.jsonl").args(args).file("e.jsonl", lines.join("\n"))
}

/// What the only group is now, with this statement beside one that allows everything.
#[track_caller]
fn now(events: &[Value], statement: &str) -> Value {
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{all}, {statement}]}}"#);
    let found = run("--identity-policy p.json --no-boundary", events).file("p.json", policy).json();
    assert_eq!(found["groups"].as_array().unwrap().len(), 1, "{found:#}");
    found["groups"][0]["now"].clone()
}

#[track_caller]
fn holds(now: &Value, verdict: &str, asked: usize, denied: usize, unseen: usize) {
    let found = (&now["verdict"], &now["asked"], &now["denied"], &now["unseen"]);
    assert_eq!(found, (&verdict.into(), &asked.into(), &denied.into(), &unseen.into()), "{now:#}");
}

const AWAY: &str = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
    "Condition": {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}"#;
const NOTHING: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;

#[test]
fn one_that_is_still_denied_is_told_whatever_the_latest_is() {
    let from = |number, address: &str| event(number, json!({ "sourceIPAddress": address }));
    let events = [from(1, "203.0.113.9"), from(2, "203.0.113.9"), from(3, "198.51.100.7")];
    let found = now(&events, AWAY);
    holds(&found, "denied", 2, 1, 0);
    assert!(found["explanation"].as_str().unwrap().starts_with("1 of the 2 calls looked at. "), "{found:#}");
    holds(&now(&events[2..], AWAY), "allowed", 1, 0, 0);
    // Circumstances that no policy tests make no difference.
    holds(&now(&events, NOTHING), "allowed", 1, 0, 0);
}

#[test]
fn circumstances_that_were_not_looked_at_are_not_fixed() {
    let from = |number: usize| event(number, json!({ "sourceIPAddress": format!("198.51.100.{number}") }));
    let events: Vec<Value> = (1..=12).map(from).collect();
    holds(&now(&events[..8], AWAY), "allowed", 8, 0, 0);
    holds(&now(&events, AWAY), "undetermined", 8, 0, 4);
    holds(&now(&events, NOTHING), "allowed", 1, 0, 0);
    // The latest eight are looked at, in whatever order they are read.
    let late: Vec<Value> = events.iter().rev().cloned().collect();
    holds(&now(&late, &AWAY.replace("198.51.100.0/24", "198.51.100.5/32")), "denied", 8, 7, 4);
}

#[test]
fn a_call_with_another_resource_counts_in_its_own_circumstances() {
    let of = |number: usize, key: &str, address: &str| {
        event(number, json!({ "sourceIPAddress": address, "requestParameters": { "bucketName": "b", "key": key } }))
    };
    let events = [of(1, "a", "203.0.113.9"), of(2, "b", "198.51.100.7")];
    holds(&now(&events, AWAY), "denied", 2, 1, 0);
    let of_b = AWAY.replace(r#""Resource": "*""#, r#""Resource": "arn:aws:s3:::b/b""#);
    holds(&now(&events, &of_b), "allowed", 2, 0, 0);
}

#[test]
fn what_differs_from_session_to_session_is_unknown_where_a_policy_tests_it() {
    let session = |number: usize| {
        let created = format!("2026-11-21T0{number}:00:00Z");
        let arn = "arn:aws:sts::123456789012:assumed-role/app/s";
        let issuer = json!({ "type": "Role", "arn": "arn:aws:iam::123456789012:role/app" });
        let context = json!({ "sessionIssuer": issuer, "attributes": { "creationDate": created } });
        let who = json!({ "type": "AssumedRole", "arn": arn, "accountId": "123456789012", "sessionContext": context });
        event(number, json!({ "userIdentity": who }))
    };
    let revoked = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-21T02:30:00Z"}}}"#;
    let events = [session(2), session(3)];
    holds(&now(&events[1..], revoked), "allowed", 1, 0, 0);
    holds(&now(&events, revoked), "undetermined", 1, 0, 0);
    holds(&now(&events, NOTHING), "allowed", 1, 0, 0);
}

const BY_SCP: &str = "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: \
    \"arn:aws:s3:::b/k\" with an explicit deny in a service control policy";

/// What a message said once is not what the policies say now.
#[test]
fn what_only_the_message_says_is_not_still_denied() {
    let found = now(&[event(1, json!({ "errorMessage": BY_SCP }))], NOTHING);
    holds(&found, "undetermined", 1, 0, 0);
    assert_eq!(found["blocked_by"], json!([]));
    assert_eq!(
        found["explanation"],
        "It cannot be told: AWS named the service control policies, of which nothing was read, and nothing that was read \
         denies it for certain."
    );
    // Beside a policy that does deny it, it is denied.
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    holds(&now(&[event(1, json!({ "errorMessage": BY_SCP }))], deny), "denied", 1, 1, 0);
}

/// The groups of a run without policies: how often, who, what, on what.
#[track_caller]
fn groups(events: &[Value]) -> Vec<String> {
    let found = run("", events).json();
    let group = |group: &Value| {
        let who = group["principal"]["arn"].as_str().unwrap_or("?");
        let actions = group["one_of"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        let actions = actions.map_or_else(|| group["action"].as_str().unwrap().to_owned(), |all| all.join("|"));
        let resources: Vec<&str> = group["resources"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        format!("{} {who} {actions} {}", group["count"], resources.join(" ")).trim_end().to_owned()
    };
    found["groups"].as_array().unwrap().iter().map(group).collect()
}

const U: &str = "arn:aws:iam::123456789012:user/u";

#[test]
fn whom_the_sentence_names_was_refused() {
    let role = "arn:aws:sts::123456789012:assumed-role/stack-role/AWSCloudFormation";
    let message = format!(
        "User: {role} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/task because no \
         identity-based policy allows the iam:PassRole action"
    );
    let found = groups(&[event(1, json!({ "errorMessage": message, "sourceIPAddress": "203.0.113.9" }))]);
    assert_eq!(found, [format!("1 {role} iam:PassRole arn:aws:iam::123456789012:role/task")]);
    // A role by its path and a session of it are one.
    let own = message.replace(role, "arn:aws:sts::123456789012:assumed-role/app/s");
    let issuer = json!({ "type": "Role", "arn": "arn:aws:iam::123456789012:role/team/app" });
    let who = json!({ "type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/app/s", "accountId": "123456789012",
        "sessionContext": { "sessionIssuer": issuer } });
    let found = groups(&[event(1, json!({ "errorMessage": own, "userIdentity": who }))]);
    assert_eq!(found, ["1 arn:aws:iam::123456789012:role/team/app iam:PassRole arn:aws:iam::123456789012:role/task"]);
}

#[test]
fn a_copy_reads_one_object_and_writes_the_other() {
    let copy = |number, own: Value| {
        let names = json!({ "bucketName": "to", "key": "new", "x-amz-copy-source": "/from/a%20b/old?versionId=3" });
        let mut event = event(number, json!({ "eventName": "CopyObject", "requestParameters": names }));
        event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        event
    };
    let both = ["arn:aws:s3:::from/a b/old arn:aws:s3:::to/new"];
    // One call, whichever of the two was refused.
    assert_eq!(groups(&[copy(1, json!({}))]), [format!("1 {U} s3:GetObject|s3:PutObject {}", both[0])]);
    let resources =
        json!([{ "ARN": "arn:aws:s3:::to/new" }, { "ARN": "arn:aws:s3:::from/a b/old" }, { "ARN": "arn:aws:s3:::to" }]);
    let found = groups(&[copy(1, json!({ "resources": resources }))]);
    assert_eq!(found, [format!("1 {U} s3:GetObject|s3:PutObject {}", both[0])]);
    let message =
        format!("User: {U} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::from/a b/old\"");
    assert_eq!(
        groups(&[copy(1, json!({ "errorMessage": message }))]),
        [format!("1 {U} s3:GetObject arn:aws:s3:::from/a b/old")]
    );
    let china = json!({ "awsRegion": "cn-north-1" });
    assert_eq!(
        groups(&[copy(1, china)]),
        [format!("1 {U} s3:GetObject|s3:PutObject arn:aws-cn:s3:::from/a b/old arn:aws-cn:s3:::to/new")]
    );
    // Either of the two keeps the call from passing.
    let deny = r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::from/*"}"#;
    holds(&now(&[copy(1, json!({}))], deny), "denied", 1, 1, 0);
    holds(&now(&[copy(1, json!({}))], &deny.replace("from", "to")), "allowed", 1, 0, 0);
}

#[test]
fn objects_are_in_the_partition_of_their_region() {
    for (region, partition) in [("cn-northwest-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")] {
        let found = groups(&[event(1, json!({ "awsRegion": region }))]);
        assert_eq!(found, [format!("1 {U} s3:GetObject arn:{partition}:s3:::b/k")]);
    }
}

#[test]
fn sign_ins_that_failed_are_no_denials_by_iam() {
    let failed = |number, source: &str, name: &str, code: &str, message: &str| {
        let who = json!({ "type": "Unknown", "principalId": "Anonymous" });
        let own = json!({ "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "errorCode": code,
            "errorMessage": message, "userIdentity": who, "requestParameters": null });
        event(number, own)
    };
    let sign_ins = [
        failed(1, "cognito-idp", "InitiateAuth", "NotAuthorizedException", "Incorrect username or password."),
        failed(2, "cognito-identity", "GetCredentialsForIdentity", "NotAuthorizedException", "Token is expired."),
        failed(3, "sso", "GetRoleCredentials", "UnauthorizedException", "Session token not found or invalid"),
        failed(4, "sso", "CreateToken", "AccessDeniedException", "Access denied"),
        failed(5, "signin", "CreateOAuth2Token", "AccessDeniedException", "Access denied"),
        // The same event in another file.
        failed(5, "signin", "CreateOAuth2Token", "AccessDeniedException", "Access denied"),
    ];
    let found = run("", &sign_ins).json();
    assert_eq!(
        (&found["read"]["sign_ins"], &found["read"]["denied"], &found["groups"]),
        (&5.into(), &0.into(), &json!([]))
    );
    let human = run("", &sign_ins).outcome().stdout;
    assert!(human.contains("No denials by IAM, and not counted: 5 sign-ins that failed"), "{human}");
    // IAM's own answer to an operation of theirs is one.
    let message = format!("User: {U} is not authorized to perform: cognito-idp:AdminGetUser on resource: *");
    let refused = failed(6, "cognito-idp", "AdminGetUser", "AccessDeniedException", &message);
    assert_eq!(run("", &[refused]).json()["read"]["denied"], 1);
}

#[test]
fn lake_formation_has_grants_of_its_own() {
    let message = "Insufficient Lake Formation permission(s): Required Select on orders";
    let own = json!({ "eventSource": "glue.amazonaws.com", "eventName": "GetTable", "errorCode": "AccessDeniedException",
        "errorMessage": message, "requestParameters": null });
    let policy = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let run = run("--identity-policy p.json --no-boundary", &[event(1, own)]).file("p.json", policy);
    let found = run.json();
    let group = &found["groups"][0];
    assert_eq!(
        (&group["other"]["code"], &group["now"], &group["fixes"]),
        (&"lake-formation".into(), &Value::Null, &json!([]))
    );
    assert!(group["not_evaluated"].as_str().unwrap().contains("grant it there"), "{group:#}");
}

#[test]
fn callers_without_an_arn_are_called_by_what_they_are() {
    let who = |kind: &str, id: &str| {
        let identity = json!({ "type": kind, "principalId": id, "accountId": "444455556666" });
        let found = run("-o human", &[event(1, json!({ "userIdentity": identity }))]).outcome().stdout;
        found
            .lines()
            .find(|line| line.starts_with("1. "))
            .unwrap()
            .trim_start_matches("1. s3:GetObject for ")
            .to_owned()
    };
    assert_eq!(who("AWSAccount", "AROAEXAMPLE:s"), "caller AROAEXAMPLE:s (account 444455556666), once");
    assert_eq!(
        who("WebIdentityUser", "accounts.google.com:app:7"),
        "web identity accounts.google.com:app:7 (account 444455556666), once"
    );
    assert_eq!(who("SAMLUser", "n:s"), "SAML user n:s (account 444455556666), once");
    assert_eq!(who("IdentityCenterUser", ""), "a user of IAM Identity Center (account 444455556666), once");
}

/// A role that may do everything, but for its boundary.
fn account() -> String {
    let document = |statements: Value| json!({ "Version": "2012-10-17", "Statement": statements });
    let all = document(json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let boundary = document(json!([
        { "Sid": "Compute", "Effect": "Allow", "Action": "ec2:*", "Resource": "*" },
        { "Sid": "Keep", "Effect": "Deny", "Action": ["s3:DeleteBucket", "s3:DeleteBucketPolicy"], "Resource": "*" },
        { "Sid": "Delete", "Effect": "Allow", "Action": "s3:DeleteBucket", "Resource": "*" },
    ]));
    let arn = "arn:aws:iam::123456789012:policy/Ceiling";
    let role = json!({
        "arn": "arn:aws:iam::123456789012:role/app", "tags": {},
        "identity_policies": [{ "name": "All", "arn": null, "origin": "inline", "version": null, "document": all }],
        "permissions_boundary": { "name": "Ceiling", "arn": arn, "origin": "customer-managed", "version": "v1", "document": boundary },
        "session_policies": [],
    });
    json!({ "diagnose_snapshot": 1, "taken_at": "2026-11-22T01:00:00Z", "principals": [role] }).to_string()
}

fn of_role(number: usize, action: &str, resource: &str) -> Value {
    let arn = "arn:aws:sts::123456789012:assumed-role/app/s";
    let issuer = json!({ "type": "Role", "arn": "arn:aws:iam::123456789012:role/app" });
    let who = json!({ "type": "AssumedRole", "arn": arn, "accountId": "123456789012", "sessionContext": { "sessionIssuer": issuer } });
    let message = format!(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} because no permissions \
        boundary allows the {action} action"
    );
    event(number, json!({ "userIdentity": who, "errorMessage": message, "requestParameters": null }))
}

/// Nobody asked for a way to more permissions, nor for less of a Deny.
#[test]
fn what_has_to_be_decided_is_no_part_of_the_other_edits() {
    let events = [
        of_role(1, "iam:PassRole", "arn:aws:iam::123456789012:role/task"),
        of_role(2, "s3:GetObject", "arn:aws:s3:::b/k"),
        of_role(3, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:jobs"),
        of_role(4, "s3:DeleteBucket", "arn:aws:s3:::b"),
    ];
    let ask = |args: &str| run(args, &events).file("account.json", account());
    let found = ask("--snapshot account.json").json();
    let fix = |action: &str| {
        let groups = found["groups"].as_array().unwrap().iter();
        let group = groups.clone().find(|group| group["action"] == action).unwrap();
        let fix = group["fixes"][0].clone();
        assert_eq!(group["fixes"].as_array().unwrap().len(), 1, "{group:#}");
        let codes = fix["warnings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned());
        (fix["document"].to_string(), fix["apart"] == true, codes.collect::<Vec<_>>())
    };
    for action in ["s3:GetObject", "sqs:SendMessage"] {
        let (document, apart, _) = fix(action);
        assert!(document.contains("s3:GetObject") && document.contains("sqs:SendMessage") && !apart, "{document}");
        assert!(
            !document.contains("iam:PassRole") && document.contains(r#"["s3:DeleteBucket","s3:DeleteBucketPolicy"]"#)
        );
    }
    for (action, code) in [("iam:PassRole", "escalation"), ("s3:DeleteBucket", "edited-apart")] {
        let (document, apart, warnings) = fix(action);
        assert!(apart && !document.contains("sqs:SendMessage"), "{action}: {document}");
        assert!(
            warnings.iter().any(|own| own == code) && warnings.iter().any(|own| own == "edited-apart"),
            "{warnings:?}"
        );
    }
    let script = ask("--snapshot account.json --fix cli").outcome();
    assert!(script.stdout.contains("sqs:SendMessage") && !script.stdout.contains("PassRole"), "{script}");
    assert_eq!(script.stdout.matches("create-policy-version").count(), 1, "{script}");
    assert_eq!(script.stderr.matches("note: left out of the script").count(), 2, "{script}");
    let human = ask("--snapshot account.json").outcome().stdout;
    assert_eq!(human.matches("To be decided on its own: ").count(), 2, "{human}");
}
