//! What a message, an event or a flag says of a request beyond its names, and what follows from it.

use serde_json::{Value, json};

use super::program::{Run, diagnose, list, text};

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/R/s1";
const SENTENCE: &str = "User: arn:aws:sts::111122223333:assumed-role/R/s1 is not authorized to perform: s3:GetObject on \
                        resource: \"arn:aws:s3:::b/k\"";

/// A policy that allows everything, and denies everything under this condition.
fn unless(condition: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition},
    ]})
    .to_string()
}

/// A policy that allows everything under this condition.
fn when(condition: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn everything() -> String {
    when(&json!({}))
}

/// A request of a principal with this policy, in these circumstances.
fn asked(principal: &str, request: &str, policy: &str, context: &str) -> Run {
    let flags: Vec<String> = context.split_whitespace().map(|pair| format!("--context {pair}")).collect();
    diagnose("--offline --no-boundary --identity-policy id.json")
        .args(&format!("--principal {principal} {request} {}", flags.join(" ")))
        .file("id.json", policy)
}

fn verdict(run: Run, code: i32) -> String {
    text(&run.code(code).json()["results"][0]["verdict"])
}

#[test]
fn a_service_that_is_named_made_the_call() {
    let role = "arn:aws:iam::111122223333:role/R";
    let s3 = "--action s3:GetObject --resource arn:aws:s3:::b/k";
    let kms = "--action kms:Decrypt --resource arn:aws:kms:us-east-1:111122223333:key/k";
    let via = json!({"Bool": {"aws:ViaAWSService": "true"}});
    let ends =
        json!({"StringEquals": {"aws:CalledViaFirst": "a.amazonaws.com", "aws:CalledViaLast": "b.amazonaws.com"}});
    let chain = json!({"ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"}});
    let by_kms = json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}});
    for (request, policy, context, code, expected) in [
        (s3, unless(&via), "aws:CalledVia=athena.amazonaws.com", 1, "denied"),
        (s3, unless(&via), "aws:CalledViaFirst=athena.amazonaws.com", 1, "denied"),
        (s3, when(&via), "aws:CalledViaLast=athena.amazonaws.com", 0, "allowed"),
        (s3, when(&ends), "aws:CalledVia=a.amazonaws.com aws:CalledVia=b.amazonaws.com", 0, "allowed"),
        // An event tells the last service alone.
        (s3, when(&ends), "aws:CalledVia=b.amazonaws.com aws:CalledViaLast=b.amazonaws.com", 3, "undetermined"),
        (kms, unless(&via), "kms:ViaService=s3.us-east-1.amazonaws.com", 1, "denied"),
        (kms, when(&by_kms), "aws:ViaAWSService=false", 1, "denied"),
        // Nobody says that a service made the call; one says so, and not which.
        (s3, when(&chain), "", 1, "denied"),
        (s3, when(&chain), "aws:ViaAWSService=true", 3, "undetermined"),
        (s3, when(&chain), "aws:ViaAWSService=false", 1, "denied"),
        // What is given beats what follows.
        (s3, unless(&via), "aws:CalledVia=athena.amazonaws.com aws:ViaAWSService=false", 0, "allowed"),
        (s3, unless(&via), "aws:CalledVia[]", 0, "allowed"),
    ] {
        assert_eq!(verdict(asked(role, request, &policy, context), code), expected, "{request} {context}: {policy}");
    }
}

#[test]
fn a_permission_that_another_services_operation_needed_leaves_open_who_called() {
    let policy = unless(&json!({"Bool": {"aws:ViaAWSService": "false"}}));
    let denial = |operation: &str, action: &str| {
        format!(
            "An error occurred (AccessDenied) when calling the {operation} operation: User: {SESSION} is not authorized to \
             perform: {action} on resource: * because no identity-based policy allows the {action} action"
        )
    };
    for (operation, action, code) in [
        ("PutObject", "kms:GenerateDataKey", 3),
        ("PutObject", "s3:PutObject", 1),
        // A role is passed in the caller's own call.
        ("CreateFunction", "iam:PassRole", 1),
    ] {
        let run = diagnose("--offline --no-boundary --identity-policy id.json").file("id.json", &policy);
        let run = run.arg("-m").arg(denial(operation, action));
        assert_eq!(verdict(run, code), if code == 3 { "undetermined" } else { "denied" }, "{operation} {action}");
    }
}

#[test]
fn what_follows_from_the_principal_is_known() {
    let user = "arn:aws:iam::111122223333:user/bob";
    let s3 = "--action s3:GetObject --resource arn:aws:s3:::b/k";
    let kms = "--action kms:Decrypt --resource arn:aws:kms:us-east-1:111122223333:key/k";
    let like = |key: &str, value: &str| when(&json!({"StringLike": {key: value}}));
    for (principal, request, policy, code) in [
        (SESSION, s3, like("aws:userid", "*:s1"), 0),
        (SESSION, s3, like("aws:userid", "AIDA*"), 1),
        (SESSION, s3, like("aws:userid", "*:other"), 1),
        (SESSION, s3, like("aws:userid", "AROAEXAMPLE:s1"), 3),
        (user, s3, like("aws:SourceIdentity", "*"), 1),
        (user, s3, like("aws:FederatedProvider", "*"), 1),
        (SESSION, s3, like("aws:SourceIdentity", "*"), 3),
        (SESSION, kms, like("kms:CallerAccount", "111122223333"), 0),
        (SESSION, kms, like("kms:CallerAccount", "444455556666"), 1),
        (SESSION, s3, like("kms:CallerAccount", "111122223333"), 1),
    ] {
        let run = asked(principal, request, &policy, "");
        let expected = ["allowed", "denied", "", "undetermined"][usize::try_from(code).unwrap()];
        assert_eq!(verdict(run, code), expected, "{principal} {request}: {policy}");
    }
}

/// An event as the console shows it.
fn event() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:s1", "arn": SESSION, "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/team/R"}}},
        "eventTime": "2026-11-20T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "PutBucketTagging",
        "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.4", "errorCode": "AccessDenied",
        "errorMessage": format!("User: {SESSION} is not authorized to perform: s3:PutBucketTagging on resource: \
            \"arn:aws:s3:::b\" because no identity-based policy allows the s3:PutBucketTagging action"),
        "requestParameters": {"bucketName": "b"}, "requestID": "R1",
        "resources": [{"accountId": "444455556666", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}],
        "vpcEndpointId": "vpce-9",
    })
}

#[test]
fn an_event_tells_path_id_endpoint_and_time_to_loose_files() {
    for (condition, code) in [
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}}), 1),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other/*"}}), 0),
        (json!({"StringEquals": {"aws:userid": "AROAEXAMPLE:s1"}}), 1),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-9"}}), 1),
        (json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), 1),
        (json!({"DateGreaterThan": {"aws:CurrentTime": "2026-11-20T10:00:01Z"}}), 0),
        (json!({"DateLessThan": {"aws:CurrentTime": "2026-11-20T10:00:01Z"}}), 1),
    ] {
        let run = diagnose("--offline --no-boundary --identity-policy id.json --resource-account 111122223333 -m -");
        let run = run.file("id.json", unless(&condition)).stdin(&serde_json::to_string_pretty(&event()).unwrap());
        let report = run.code(code).json();
        assert_eq!(report["results"][0]["verdict"], if code == 0 { "allowed" } else { "denied" }, "{condition}");
        if condition.to_string().contains("CurrentTime") {
            let found = list(&report["results"][0]["assumptions"]);
            let time = found.iter().find(|one| one["key"] == "aws:CurrentTime").unwrap();
            assert_eq!(time["value"], "2026-11-20T10:00:00Z");
            assert!(text(&time["because"]).contains("when the call was refused"), "{time}");
        }
    }
}

#[test]
fn the_account_that_an_event_names_owns_the_bucket() {
    let bucket = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}]});
    let run = |flags: &str| {
        let run =
            diagnose("--offline --no-boundary --identity-policy id.json --resource-policy bucket.json").args(flags);
        run.file("id.json", everything()).file("bucket.json", bucket.to_string())
    };
    let pretty = serde_json::to_string_pretty(&event()).unwrap();
    let report = run("-m -").stdin(&pretty).code(1).json();
    assert_eq!(report["results"][0]["blocked_by"], json!([{"layer": "resource", "deny": "implicit"}]));
    // The flag beats the event.
    assert_eq!(verdict(run("-m - --resource-account 111122223333").stdin(&pretty), 0), "allowed");
    let trail =
        diagnose("trail events.json --offline --no-boundary --identity-policy id.json --resource-policy bucket.json");
    let trail = trail.file("events.json", event().to_string()).file("id.json", everything());
    let trail = trail.file("bucket.json", bucket.to_string()).json();
    assert_eq!(trail["groups"][0]["now"]["blocked_by"], json!([{"layer": "resource", "deny": "implicit"}]));
}

#[test]
fn a_policy_that_the_message_names_and_nobody_gave_still_denies() {
    let organization = "arn:aws:organizations::999999999999:policy/o-abcdef1234/service_control_policy/p-abcd1234";
    let guard = "arn:aws:iam::111122223333:policy/team/Guard";
    let scp = format!("{SENTENCE} with an explicit deny in a service control policy: {organization}");
    let identity = format!("{SENTENCE} with an explicit deny in an identity-based policy: {guard}");
    for (message, flags, layer, arn) in [
        (&scp, "--identity-policy id.json --scp root=other.json", "scp", organization),
        (&identity, "--identity-policy id.json", "identity", guard),
    ] {
        let run = diagnose("--offline --no-boundary").args(flags).arg("-m").arg(message);
        let run = run.file("id.json", everything()).file("other.json", everything());
        let result = run.code(1).json()["results"][0].clone();
        assert_eq!(result["blocked_by"], json!([{"layer": layer, "deny": "explicit"}]));
        assert!(text(&result["explanation"]).contains(arn), "{}", result["explanation"]);
        assert_eq!(result["caveats"][0]["code"], "denied-by-what-was-not-read");
        let own = list(&result["layers"]).iter().find(|one| one["layer"] == layer).unwrap();
        assert_eq!((&own["evidence"], &own["statements"]), (&json!("message"), &json!([])));
    }
    // The policy itself, by its name: it was changed since, or is asked about as it would be.
    for flags in ["--identity-policy Guard.json", "--identity-policy Guard=id.json --identity-policy id.json"] {
        let run = diagnose("--offline --no-boundary").args(flags).arg("-m").arg(&identity);
        let run = run.file("Guard.json", everything()).file("id.json", everything());
        let result = run.code(0).json()["results"][0].clone();
        assert_eq!(result["caveats"][0]["code"], "message-contradicts-policies");
    }
}

#[test]
fn the_statement_of_a_decoded_message_denies_where_no_policy_that_was_read_has_it() {
    let item = |value: &str| json!({"items": [{"value": value}]});
    let message = json!({"allowed": false, "explicitDeny": true, "failures": {"items": []},
        "matchedStatements": {"items": [{"statementId": "DenyBig", "effect": "DENY", "principals": item("AROAEXAMPLE"),
            "actions": item("ec2:RunInstances"), "resources": item("arn:aws:ec2:*:*:instance/*")}]},
        "context": {"principal": {"id": "AROAEXAMPLE:s1", "arn": SESSION}, "action": "ec2:RunInstances",
            "resource": "arn:aws:ec2:us-east-2:111122223333:instance/*", "conditions": {"items": []}}});
    let decoded = json!({"DecodedMessage": message.to_string()}).to_string();
    let run = |flags: &str| diagnose("--offline --decoded d.json").args(flags).file("d.json", &decoded);
    let report = run("").code(1).json();
    let words = text(&report["results"][0]["explanation"]);
    assert!(words.contains("DenyBig (Deny ec2:RunInstances on arn:aws:ec2:*:*:instance/*)"), "{words}");
    let statement =
        json!({"sid": "DenyBig", "actions": ["ec2:RunInstances"], "resources": ["arn:aws:ec2:*:*:instance/*"]});
    assert_eq!(report["message"]["denials"][0]["statement"], statement);

    let report = run("--identity-policy id.json --no-boundary").file("id.json", everything()).code(1).json();
    assert_eq!(report["results"][0]["caveats"][0]["code"], "denied-by-what-was-not-read");
    let caveat = text(&report["results"][0]["caveats"][0]["text"]);
    assert!(caveat.contains("service control policies"), "{caveat}");

    // One that was read and no longer applies is no statement of another layer.
    let narrowed = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "DenyBig", "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:volume/*"}]});
    let run = run("--identity-policy id.json --no-boundary").file("id.json", narrowed.to_string());
    assert_eq!(run.code(0).json()["results"][0]["caveats"][0]["code"], "message-contradicts-policies");
}

#[test]
fn a_message_that_leaves_the_cause_open_says_between_what() {
    let denied = format!("User: {SESSION} is not authorized to perform: ");
    for (message, words) in [
        ("Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(), "the role's trust policy decides"),
        (
            format!("{denied}sqs:SendMessage on resource: * with an explicit deny"),
            "explicitly denied, and not by which policy",
        ),
        (
            format!(
                "{denied}kms:Decrypt on this resource because the resource does not exist in this Region, no resource-based \
                 policies allow access, or a resource-based policy explicitly denies access"
            ),
            "which of three",
        ),
    ] {
        let report = diagnose("--offline -m").arg(&message).code(1).json();
        let explanation = text(&report["results"][0]["explanation"]);
        assert!(explanation.contains(words), "{explanation}");
    }
    let kms = "An error occurred (AccessDeniedException) when calling the Decrypt operation: The ciphertext refers to a \
               customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
    let line = diagnose("--offline -m").arg(kms).refused_with(2);
    assert!(!line.contains("no denial by a policy") && line.contains("key policy"), "{line}");
}

#[test]
fn what_carries_a_message_leaves_it_whole() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:my-queue";
    let sentence = format!(
        "User: {SESSION} is not authorized to perform: sqs:SendMessage on resource: {queue} because no identity-based policy \
         allows the sqs:SendMessage action"
    );
    let breaks = |prefix: &str| {
        let sentence = sentence.replace("perform: ", "perform:\n").replace("because no ", "because no\n");
        sentence.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>()
    };
    for (carried, resource) in [
        (sentence.replace(SESSION, &format!("<{SESSION}>")), queue),
        (sentence.replace(" because", " =\nbecause"), queue),
        (sentence.replace(' ', "%20").replace(':', "%3A"), queue),
        (breaks("Nov 22 10:00:00 host app[12]: "), queue),
        (breaks("2026-11-22T10:00:00.123456789Z stderr F "), queue),
        (sentence.replace(queue, "\"arn:aws:s3:::b/a\"b.txt\""), "arn:aws:s3:::b/a\"b.txt"),
    ] {
        let report = diagnose("--offline -m -").stdin(&carried).code(1).json();
        let denials = list(&report["message"]["denials"]);
        assert_eq!(denials.len(), 1, "{carried}");
        assert_eq!(
            (&denials[0]["principal"], &denials[0]["resource"]),
            (&json!(SESSION), &json!(resource)),
            "{carried}"
        );
        assert_eq!(denials[0]["layer"], "identity", "{carried}");
    }
}
