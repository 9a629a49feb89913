//! Pasted messages: by flag and by pipe, alone and against policies, one denial and many, and what is none.

use serde_json::{Value, json};

use super::program::{Run, diagnose, list, on_account, text};

const DEPLOY: &str = "User: arn:aws:sts::123456789012:assumed-role/app-deploy-role/ci is not authorized to perform: \
                      s3:PutObject on resource: \"arn:aws:s3:::releases/app 1.zip\" because no permissions boundary allows \
                      the s3:PutObject action";

fn pasted(text: &str, args: &str) -> Run {
    diagnose(args).arg("--message").arg(text)
}

fn document(actions: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "Ceiling", "Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

/// An account with the role of the message, under this boundary.
fn account(boundary: &Value) -> String {
    let arn = "arn:aws:iam::123456789012:policy/Boundary";
    json!({"diagnose_snapshot": 1, "principals": [{
        "arn": "arn:aws:iam::123456789012:role/teams/app-deploy-role",
        "identity_policies": [{"name": "Deploy", "document": document(&json!("s3:*"))}],
        "permissions_boundary": {"name": "Boundary", "arn": arn, "document": boundary},
    }]})
    .to_string()
}

fn caveats(report: &Value) -> Vec<String> {
    list(&report["results"][0]["caveats"]).iter().map(|one| text(&one["code"])).collect()
}

fn layer<'a>(report: &'a Value, name: &str) -> &'a Value {
    list(&report["results"][0]["layers"]).iter().find(|layer| layer["layer"] == name).unwrap()
}

#[test]
fn the_message_of_a_ci_role_gives_the_boundary_the_statement_and_the_reason() {
    let run = pasted(DEPLOY, "--snapshot account.json")
        .file("account.json", account(&document(&json!(["ec2:*", "s3:Get*"]))));
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["blocked_by"], json!([{"layer": "boundary", "deny": "implicit"}]));
    assert_eq!(result["resource"], "arn:aws:s3:::releases/app 1.zip");
    assert_eq!(result["principal"]["role"], "arn:aws:iam::123456789012:role/teams/app-deploy-role");
    let boundary = layer(&report, "boundary");
    assert_eq!((&boundary["evidence"], &boundary["outcome"]), (&json!("evaluated"), &json!("implicit-deny")));
    let statement = &boundary["statements"][0];
    assert_eq!((&statement["policy"], &statement["index"]), (&json!("Boundary"), &json!(0)));
    let why = list(&statement["why"]).iter().find(|why| why["element"] == "Action").unwrap();
    assert_eq!(why["outcome"], "no-match");
    assert!(!caveats(&report).contains(&"message-contradicts-policies".to_owned()));
    assert_eq!(report["message"]["denials"][0]["layer"], "boundary");
}

#[test]
fn the_same_with_the_boundary_since_fixed_says_so() {
    let run = pasted(DEPLOY, "--snapshot account.json").file("account.json", account(&document(&json!(["s3:*"]))));
    let report = run.code(0).json();
    assert_eq!(report["results"][0]["verdict"], "allowed");
    assert!(caveats(&report).contains(&"message-contradicts-policies".to_owned()));
}

#[test]
fn a_layer_without_a_document_keeps_what_the_message_says() {
    let scp = DEPLOY.replace(
        "because no permissions boundary allows the s3:PutObject action",
        "with an explicit deny in a service control policy: \
         arn:aws:organizations::999999999999:policy/o-example/service_control_policy/p-guard",
    );
    let run = pasted(&scp, "--snapshot account.json").file("account.json", account(&document(&json!(["s3:*"]))));
    let report = run.code(1).json();
    assert_eq!(report["results"][0]["blocked_by"], json!([{"layer": "scp", "deny": "explicit"}]));
    let found = layer(&report, "scp");
    assert_eq!((&found["evidence"], &found["outcome"]), (&json!("message"), &json!("explicit-deny")));
    assert!(text(&report["results"][0]["explanation"]).contains("p-guard"), "{}", report["results"][0]["explanation"]);
}

#[test]
fn offline_and_without_policies_the_message_is_all_there_is() {
    let report = pasted(DEPLOY, "--offline").code(1).json();
    assert_eq!(report["source"], "message");
    assert_eq!(report["results"][0]["blocked_by"], json!([{"layer": "boundary", "deny": "implicit"}]));
    assert_eq!(layer(&report, "boundary")["evidence"], "message");
    assert_eq!(layer(&report, "identity")["outcome"], "not-checked");
    let message = &report["message"];
    assert_eq!((&message["encoded"], &message["error_code"]), (&json!(false), &Value::Null));
}

#[test]
fn a_pipe_is_read_like_the_flag() {
    let by_flag = pasted(DEPLOY, "--offline").code(1).json();
    assert_eq!(diagnose("--offline").stdin(DEPLOY).code(1).json(), by_flag);
    assert_eq!(diagnose("--offline --message -").stdin(DEPLOY).code(1).json(), by_flag);
}

#[test]
fn three_denials_of_two_roles_are_three_results_and_none_is_mixed() {
    let sentence = |role: &str, action: &str, resource: &str, reason: &str| {
        format!(
            "An error occurred (AccessDenied) when calling the X operation: User: \
             arn:aws:sts::123456789012:assumed-role/{role}/s is not authorized to perform: {action} on resource: {resource} {reason}\n"
        )
    };
    let paste = sentence(
        "A",
        "sqs:SendMessage",
        "arn:aws:sqs:us-east-1:123456789012:q1",
        "because no identity-based policy allows the sqs:SendMessage action",
    ) + &sentence(
        "B",
        "sns:Publish",
        "arn:aws:sns:us-east-1:123456789012:t2",
        "with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/Edge",
    ) + &sentence(
        "A",
        "kms:Decrypt",
        "arn:aws:kms:us-east-1:123456789012:key/k3",
        "because no resource-based policy allows the kms:Decrypt action",
    );
    let report = pasted(&paste, "--offline").code(1).json();
    let found: Vec<String> = list(&report["results"])
        .iter()
        .map(|result| {
            let block = &result["blocked_by"][0];
            let fields =
                [&result["principal"]["arn"], &result["action"], &result["resource"], &block["layer"], &block["deny"]];
            fields.map(text).join(" ")
        })
        .collect();
    assert_eq!(
        found,
        [
            "arn:aws:sts::123456789012:assumed-role/A/s sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:q1 identity implicit",
            "arn:aws:sts::123456789012:assumed-role/B/s sns:Publish arn:aws:sns:us-east-1:123456789012:t2 boundary explicit",
            "arn:aws:sts::123456789012:assumed-role/A/s kms:Decrypt arn:aws:kms:us-east-1:123456789012:key/k3 resource implicit",
        ]
    );
}

#[test]
fn flags_override_the_message() {
    let run = pasted(
        DEPLOY,
        "--offline --principal arn:aws:iam::111122223333:user/other --action s3:GetObject --resource arn:aws:s3:::b/k",
    );
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["principal"]["arn"], "arn:aws:iam::111122223333:user/other");
    assert_eq!((&result["action"], &result["resource"]), (&json!("s3:GetObject"), &json!("arn:aws:s3:::b/k")));
}

const BARE: &str = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied";

#[test]
fn an_operation_without_an_action_is_asked_about_where_somebody_is_named() {
    pasted(BARE, "--offline").refused(
        2,
        "the message says only that s3:PutObject was denied (AccessDenied), not to whom and why; add --role NAME (and --resource ARN)",
    );
    let report = on_account("--role ReportReader").arg("--message").arg(BARE).code(1).json();
    assert_eq!(report["results"][0]["action"], "s3:PutObject");
    assert!(caveats(&report).contains(&"action-derived".to_owned()));
    assert_eq!(report["message"]["operation"], "PutObject");
}

#[test]
fn what_is_no_denial_by_policy_is_said_in_one_line() {
    let expired =
        "An error occurred (ExpiredToken) when calling the ListBuckets operation: The provided token has expired.";
    let line = pasted(expired, "").refused_with(2);
    assert!(line.contains("expired"), "{line}");
    let line = pasted("nothing to see here", "").refused_with(2);
    assert!(line.starts_with("no denial found in the message"), "{line}");
    let line = pasted("User: arn:aws:iam::123456789012:user/u is not authorized to perform:", "").refused_with(2);
    assert!(line.contains("user/u") && line.contains("breaks off"), "{line}");
}

const ENCODED: &str = "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not \
                       authorized to perform this operation. Encoded authorization failure message: AbCdEf0123456789-_AbCdEf";

#[test]
fn an_encoded_message_is_told_how_to_be_decoded_and_its_decoded_form_is_evaluated() {
    let line = pasted(ENCODED, "--offline").refused_with(2);
    assert!(line.contains("aws sts decode-authorization-message --encoded-message AbCdEf0123456789-_AbCdEf"), "{line}");
    let decoded = json!({"allowed": false, "explicitDeny": false, "matchedStatements": {"items": []}, "failures": {"items": []},
    "context": {
        "principal": {"id": "AROAEXAMPLE:ci", "arn": "arn:aws:sts::123456789012:assumed-role/app-deploy-role/ci"},
        "action": "ec2:RunInstances", "resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*",
        "conditions": {"items": [
            {"key": "ec2:InstanceType", "values": {"items": [{"value": "t3.micro"}]}},
            {"key": "aws:Region", "values": {"items": [{"value": "eu-west-1"}]}},
        ]},
    }});
    let wrapped = json!({"DecodedMessage": decoded.to_string()}).to_string();
    let statement = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": {"StringEquals": {"ec2:InstanceType": "t2.nano"}},
    }]});
    for file in [decoded.to_string(), wrapped] {
        let run =
            pasted(ENCODED, "--decoded decoded.json --identity-policy p.json --no-boundary").file("decoded.json", file);
        let report = run.file("p.json", statement.to_string()).code(1).json();
        let result = &report["results"][0];
        assert_eq!(result["resource"], "arn:aws:ec2:eu-west-1:123456789012:instance/*");
        assert_eq!(result["blocked_by"], json!([{"layer": "identity", "deny": "implicit"}]));
        let why = list(&layer(&report, "identity")["statements"][0]["why"]);
        let detail = text(&why.iter().find(|why| why["element"] == "Condition").unwrap()["detail"]);
        assert!(detail.contains("t3.micro"), "{detail}");
        assert_eq!(report["message"]["encoded"], true);
    }
}

#[test]
fn a_cloudtrail_event_brings_the_path_of_the_role_and_the_context() {
    let event = json!({
        "eventVersion": "1.11", "eventSource": "s3.amazonaws.com", "eventName": "PutObject", "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9", "errorCode": "AccessDenied", "errorMessage": DEPLOY,
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/app-deploy-role/ci",
            "accountId": "123456789012", "sessionContext": {"sessionIssuer": {"type": "Role",
                "arn": "arn:aws:iam::123456789012:role/teams/app-deploy-role", "userName": "app-deploy-role"}}},
    });
    let boundary = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
    }]});
    for text in [event.to_string(), serde_json::to_string_pretty(&event).unwrap()] {
        let run = pasted(&text, "--snapshot account.json").file("account.json", account(&boundary));
        let report = run.code(1).json();
        assert_eq!(report["results"][0]["principal"]["role"], "arn:aws:iam::123456789012:role/teams/app-deploy-role");
        let why = list(&layer(&report, "boundary")["statements"][0]["why"]);
        let detail = super::program::text(&why.iter().find(|why| why["element"] == "Condition").unwrap()["detail"]);
        assert!(detail.contains("203.0.113.9"), "{detail}");
        assert_eq!(report["message"]["client"], "cloudtrail");
    }
}

#[test]
fn the_name_of_a_role_in_the_text_is_its_arn() {
    let sentence = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:GetRole on resource: \
                    role MyRole because no identity-based policy allows the iam:GetRole action";
    let report = pasted(sentence, "--offline").code(1).json();
    assert_eq!(report["results"][0]["resource"], "arn:aws:iam::123456789012:role/MyRole");
    assert_eq!(report["message"]["denials"][0]["resource"], "role MyRole");
}

#[test]
fn nothing_of_a_message_moves_the_cursor() {
    let text = "\u{1b}[31mUser: arn:aws:iam::123456789012:user/al\u{1b}[2Jice is not authorized to perform: s3:GetObject on \
                resource: \"arn:aws:s3:::b/\u{7}\u{202e}k\" because no identity-based policy allows the s3:GetObject action\u{0}";
    let outcome = diagnose("--offline").stdin(text).outcome();
    assert_eq!(outcome.code, 1);
}

#[test]
fn the_same_denial_many_times_is_one_with_a_count() {
    let log: String = (0..300).map(|number| format!("2026-11-22T01:00:{number:02}Z ERROR {DEPLOY}\n")).collect();
    let report = diagnose("--offline").stdin(&log).code(1).json();
    assert_eq!(list(&report["results"]).len(), 1);
    assert_eq!(report["results"][0]["count"], 300);
}
