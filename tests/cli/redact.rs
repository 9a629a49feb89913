//! `--redact`: no name of anybody is left in any format, answer or error, and the same name is the same placeholder.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program::{Run, diagnose, list, on_account, text};

/// Names as no other word of the output has them.
const SECRETS: [&str; 42] = [
    "222233334444",
    "555566667777",
    "ourcompany",
    "PayrollRunner",
    "payteam",
    "Frobnicate",
    "GrantLedger",
    "LimitLedger",
    "OnlyLedger",
    "NoLaunch",
    "KeepOut",
    "OrgFence",
    "ou-ab12-payroll1",
    "o-zyxwvut987",
    "ledger-bucket",
    "q3-figures",
    "vpce-0abc12de",
    "vpc-0123abcd",
    "i-0deadbeefcafe",
    "198.51.100.77",
    "203.0.113.0",
    "2001:db8::beef",
    "alice.smith",
    "alice.smith@example.com",
    "cost-centre-x",
    "Mangrove",
    "Tarragon",
    "AROA2N7QWERTYUIOPASDF",
    "AKIA2N7QWERTYUIOPASD",
    "1a2b3c4d-1111-2222-3333-444455556666",
    "Z9Y8X7W6V5U4T3S2",
    "jupiter",
    "/srv/jupiter",
    "Obsidian",
    "Café",
    "it's",
    "Sécret",
    "wolverine",
    "HiddenAction",
    "misspelt-element",
    "bespoke",
    "narwhal",
];

/// Nothing secret is left, in any letters.
#[track_caller]
fn clean(run: Run) -> String {
    let found = run.arg("--redact").outcome();
    let all = found.to_string();
    // What JSON and Markdown escape is still there to be read.
    let read = all.replace("\\u00e9", "é").replace("\\\"", "\"").to_lowercase();
    for secret in SECRETS {
        assert!(!read.contains(&secret.to_lowercase()), "{secret} is left in:\n{all}");
    }
    all
}

/// An account in which everything that can have a name has one of those.
fn account() -> String {
    let condition = json!({
        "StringEquals": {"aws:PrincipalTag/cost-centre-x": "Mangrove", "aws:RequestTag/Obsidian": ["Tarragon", "it's Café"]},
        "IpAddress": {"aws:SourceIp": ["198.51.100.77/32", "2001:db8::beef/128"]},
        "StringNotEquals": {"aws:SourceVpce": "vpce-0abc12de", "aws:PrincipalOrgID": "o-zyxwvut987"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222233334444:role/payteam/*Frobnicate*"},
        "BespokeOperator": {"bespoke:Narwhal": "wolverine"},
    });
    let grant = json!({"Version": "2012-10-17", "Id": "Sécret", "Statement": [
        {"Sid": "OnlyLedger", "Effect": "Allow", "Action": ["s3:GetObject", "HiddenAction:Run"], "Resource": "arn:aws:s3:::ledger-bucket/q3-figures/${aws:PrincipalTag/cost-centre-x}/*"},
        {"Sid": "KeepOut", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*", "Condition": condition},
        {"Sid": "Odd", "Effect": "Allow", "misspelt-element": "jupiter", "Action": "ec2:*", "Resource": "arn:aws:ec2:eu-west-1:222233334444:instance/i-0deadbeefcafe"},
    ]});
    let limit = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "LimitLedger1", "Effect": "Allow", "Action": "s3:List*", "Resource": "arn:aws:s3:::ledger-*"},
        {"Sid": "NoLaunch", "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"},
    ]});
    let bucket = json!({"Version": "2012-10-17", "Statement": {"Sid": "Obsidian", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::555566667777:user/alice.smith", "AROA2N7QWERTYUIOPASDF"]}, "Action": "s3:*", "Resource": "arn:aws:s3:::ledger-bucket/*"}});
    let scp = json!({"Version": "2012-10-17", "Statement": {"Sid": "Mangrove", "Effect": "Allow", "NotAction": "ec2:Terminate*", "Resource": "*"}});
    json!({
        "diagnose_snapshot": 1,
        "principals": [
            {
                "arn": "arn:aws:iam::222233334444:role/payteam/PayrollRunner",
                "unique_id": "AROA2N7QWERTYUIOPASDF",
                "tags": {"cost-centre-x": "Mangrove", "team": "wolverine"},
                "trust_policy": bucket,
                "identity_policies": [
                    {"name": "GrantLedger", "arn": null, "origin": "inline", "document": grant},
                    {"name": "Frobnicate", "arn": "arn:aws:iam::222233334444:policy/payteam/Frobnicate", "origin": "customer-managed", "version": "v2"},
                ],
                "permissions_boundary": {"name": "LimitLedger", "arn": "arn:aws:iam::222233334444:policy/LimitLedger", "version": "v7", "document": limit},
            },
            {"arn": "arn:aws:iam::222233334444:user/alice.smith", "identity_policies": [{"name": "Tarragon", "origin": "group:wolverine", "document": grant}], "permissions_boundary": null},
        ],
        "service_control_policies": [{"target": "ou-ab12-payroll1", "policies": [{"name": "OrgFence", "arn": "arn:aws:organizations::555566667777:policy/o-zyxwvut987/service_control_policy/p-orgfence1", "document": scp}]}],
        "resource_policies": [{"resource": "arn:aws:s3:::ledger-bucket", "account": "555566667777", "document": bucket}],
        "vpc_endpoint_policies": [{"name": "vpce-0abc12de", "document": scp}],
        "unread": [{"layer": "rcp", "operation": "organizations:ListPoliciesForTarget", "reason": "access-denied"}],
    })
    .to_string()
}

const FORMATS: [&str; 11] = [
    "",
    "-v",
    "-o json",
    "-o jsonl",
    "-o markdown",
    "-v -o markdown",
    "--fix cli",
    "--fix json",
    "--fix terraform",
    "-v --color always",
    "-v -o json",
];

fn in_every_format(run: impl Fn() -> Run) {
    for format in FORMATS {
        clean(run().args(format).file("bespoke-jupiter.json", account()));
    }
}

#[test]
fn nothing_is_left_of_a_snapshot() {
    let asked = |who: &str, action: &str| {
        diagnose(who)
            .arg("--action")
            .arg(action)
            .args("--snapshot bespoke-jupiter.json")
            .file("bespoke-jupiter.json", account())
    };
    let session = "--role arn:aws:sts::222233334444:assumed-role/PayrollRunner/alice.smith@example.com";
    let object = "arn:aws:s3:::ledger-bucket/q3-figures/Mangrove/x y.pdf";
    in_every_format(|| asked("--role PayrollRunner", "s3:GetObject").arg("--resource").arg(object));
    in_every_format(|| asked("--user alice.smith", "s3:DeleteObject"));
    let context = "--context aws:SourceIp=198.51.100.77 --context aws:RequestTag/Obsidian=Tarragon";
    for who in ["--role PayrollRunner", session, "--user alice.smith"] {
        for action in ["s3:GetObject", "ec2:RunInstances", "sqs:*Queue", "HiddenAction:Run"] {
            clean(asked(who, action).args(context).args("-v -o json"));
            clean(asked(who, action).args("-v"));
        }
    }
}

#[test]
fn nothing_is_left_of_a_message() {
    let message = "An error occurred (AccessDenied) when calling the GetObject operation: User: \
        arn:aws:sts::222233334444:assumed-role/PayrollRunner/alice.smith@example.com is not authorized to perform: s3:GetObject \
        on resource: \"arn:aws:s3:::ledger-bucket/q3-figures/jupiter.pdf\" with an explicit deny in a service control policy: \
        arn:aws:organizations::555566667777:policy/o-zyxwvut987/service_control_policy/p-orgfence1 (Service: S3, Status Code: 403, \
        Request ID: Z9Y8X7W6V5U4T3S2, Extended Request ID: 1a2b3c4d-1111-2222-3333-444455556666) AKIA2N7QWERTYUIOPASD";
    for format in FORMATS {
        clean(diagnose("--offline").args(format).arg("-m").arg(message));
        clean(diagnose("--offline").args(format).stdin(message));
        let run = diagnose("--snapshot bespoke-jupiter.json").args(format).file("bespoke-jupiter.json", account());
        clean(run.arg(format!("-m{message}")));
    }
}

#[test]
fn nothing_is_left_of_a_trail() {
    let event = json!({
        "eventVersion": "1.11", "eventID": "e-1", "requestID": "HSVRTWKBXQZMPABD", "eventTime": "2026-11-21T03:10:00Z",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAPAYROLLRUNNERXYZ:jane doe",
            "arn": "arn:aws:sts::222233334444:assumed-role/PayrollRunner/jane doe", "accountId": "222233334444",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::222233334444:role/payteam/PayrollRunner"}},
        },
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.77", "errorCode": "AccessDenied", "errorMessage": "Access Denied",
        "requestParameters": {"bucketName": "ledger-bucket", "key": "2026 salaries of Wolfgang.xlsx"},
    });
    let unknown = json!({
        "eventVersion": "1.11", "eventID": "e-2", "eventTime": "2026-11-21T03:10:00Z", "eventSource": "zqsvc.amazonaws.com",
        "userIdentity": {"type": "AWSAccount", "principalId": "AROAOTHERXYZABCDEFGH:wolfgang", "accountId": "555566667777"},
        "eventName": "ZqThing", "awsRegion": "eu-west-1", "errorCode": "AccessDenied",
    });
    let events = format!("{event}\n{unknown}\n");
    for format in ["", "-v", "-o json", "-o jsonl", "-o markdown", "--fix cli", "--fix terraform"] {
        for source in ["", "--snapshot bespoke-jupiter.json"] {
            let run = diagnose("trail events.jsonl").args(format).args(source).file("events.jsonl", &events);
            let all = clean(run.file("bespoke-jupiter.json", account())).to_lowercase();
            for secret in ["salaries", "wolfgang", "jane", "hsvrtwkbxqzmpabd", "aroapayroll", "aroaother", "zqthing"] {
                assert!(!all.contains(secret), "{secret} is left in:\n{all}");
            }
        }
    }
}

#[test]
fn nothing_is_left_of_files_and_their_faults() {
    let odd = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Caf\\u00e9\", \"Efect\": \"jupiter\", \"Action\": \"HiddenAction:*\"}, {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}";
    for format in FORMATS {
        let run = || diagnose("--action s3:GetObject --no-boundary").args(format).file("jupiter.json", odd);
        clean(run().args("--identity-policy jupiter.json"));
        clean(run().args("--identity-policy wolverine=jupiter.json --scp ou-ab12-payroll1=jupiter.json"));
        clean(run().args("--identity-policy jupiter.json --role PayrollRunner --profile narwhal --offline"));
    }
}

#[test]
fn nothing_is_left_in_an_error() {
    for arguments in [
        "--role PayrollRunne --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--role Mangrove --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--role arn:aws:iam::222233334444:role/PayrollRunner --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--user alice.smit --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --action HiddenAction --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --action s3:GetObject --resource ledger-bucket --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --action s3:GetObject --context Mangrove --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --action s3:GetObject --resource-account wolverine --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --action s3:GetObject --snapshot /srv/jupiter/narwhal.json",
        "--role payteam/PayrollRunner --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--principal arn:aws:iam::222233334444:narwhal/x --action s3:GetObject --snapshot bespoke-jupiter.json",
        "--role PayrollRunner --user alice.smith --action s3:GetObject",
        "--output Mangrove",
        "--wolverine",
        "--wolverine=Mangrove",
        "narwhal",
        "--role PayrollRunner --action s3:GetObject --expect Tarragon",
        "--role PayrollRunner --action s3:GetObject --decoded jupiter.json",
        "--role PayrollRunner --action s3:GetObject --profile narwhal",
        "--role PayrollRunner --action s3:GetObject --endpoint-url http://127.0.0.1:9/jupiter",
    ] {
        let run = diagnose(arguments)
            .file("bespoke-jupiter.json", account())
            .env("AWS_ACCESS_KEY_ID", "AKIA2N7QWERTYUIOPASD");
        let run = run.env("AWS_SECRET_ACCESS_KEY", "wolverine/wolverine/wolverine").env("AWS_MAX_ATTEMPTS", "1");
        let found = clean(run.env("AWS_REGION", "eu-west-1"));
        assert!(found.starts_with("exit 2") || found.starts_with("exit 4"), "{arguments}: {found}");
        assert!(found.contains("error: "), "{found}");
    }
}

/// Words of the schema and codes are no names, even where a file is called so.
#[test]
fn the_words_of_the_schema_stay() {
    let open = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a-bucket/*"}]}"#;
    let run = diagnose("--action s3:GetObject --boundary boundary.json --identity-policy resource.json --redact");
    let report = run.file("resource.json", open).file("boundary.json", open).code(3).json();
    assert_eq!(report["results"][0]["depends_on"][0]["key"], "resource");
    let policy = text(&report["results"][0]["layers"][6]["statements"][0]["policy"]);
    assert!(policy.starts_with("POLICY-"), "{policy}");
}

#[test]
fn for_people() {
    let run = diagnose(
        "--role PayrollRunner --action s3:GetObject --snapshot s.json --resource arn:aws:s3:::ledger-bucket/q3-figures/x",
    );
    assert_snapshot!(run.file("s.json", account()).arg("--redact").outcome());
}

#[test]
fn a_denial_by_the_boundary() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances --redact").outcome());
}

#[test]
fn for_a_ticket() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances --redact -o markdown").outcome());
}

#[test]
fn for_scripts() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances --redact -o json").outcome());
}

/// The structure of an answer is that of the answer with names, and equal names are equal placeholders.
#[test]
fn the_same_name_is_the_same_placeholder() {
    let asked = "--role PayrollRunner --action s3:GetObject --action ec2:RunInstances --snapshot s.json -v";
    let run = |more: &str| {
        let found = diagnose(asked).args(more).file("s.json", account()).arg("-ojson").outcome();
        serde_json::from_str::<Value>(&found.stdout).unwrap()
    };
    let (named, redacted) = (run(""), run("--redact"));
    let mut pairs = std::collections::BTreeMap::new();
    for (path, wanted) in [("/principal/arn", "role"), ("/resource", "")] {
        for (one, other) in list(&named["results"]).iter().zip(list(&redacted["results"])) {
            let (one, other) = (text(one.pointer(path).unwrap()), text(other.pointer(path).unwrap()));
            assert!(other.contains(wanted));
            assert_eq!(pairs.entry(one).or_insert(other.clone()), &other);
        }
    }
    assert_eq!(
        pairs["arn:aws:iam::222233334444:role/payteam/PayrollRunner"],
        "arn:aws:iam::ACCOUNT-1:role/NAME-1/ROLE-1"
    );
    same_shape(&named["results"][0]["layers"], &redacted["results"][0]["layers"], &mut pairs);
    assert_eq!(named["results"][0]["verdict"], redacted["results"][0]["verdict"]);
}

/// The same members, lists of the same length, and one text always as the same text.
fn same_shape(one: &Value, other: &Value, pairs: &mut std::collections::BTreeMap<String, String>) {
    match (one, other) {
        (Value::Object(left), Value::Object(right)) => {
            assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
            left.iter().for_each(|(key, value)| same_shape(value, &right[key], pairs));
        }
        (Value::Array(left), Value::Array(right)) => {
            assert_eq!(left.len(), right.len());
            left.iter().zip(right).for_each(|(one, other)| same_shape(one, other, pairs));
        }
        (Value::String(left), Value::String(right)) => {
            assert_eq!(pairs.entry(left.clone()).or_insert(right.clone()), right, "{left}");
        }
        (left, right) => assert_eq!(left, right),
    }
}

#[test]
fn what_aws_says_stays() {
    let found = on_account("--role MyRole --action ec2:TerminateInstances --redact -v").outcome().stdout;
    for word in [
        "ec2:TerminateInstances",
        "\"ec2:Describe*\"",
        "aws:RequestedRegion",
        "eu-west-1",
        "permissions boundary",
        "Statement[0]",
    ] {
        assert!(found.contains(word), "no {word} in:\n{found}");
    }
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"kms:ViaService": "s3.*.amazonaws.com", "aws:PrincipalServiceName": "ec2.amazonaws.com"}, "ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}}"#;
    let run =
        diagnose("--action sts:AssumeRole --no-boundary --identity-policy p.json --redact -v").file("p.json", policy);
    let found = run.outcome().stdout;
    assert!(found.contains("aws:SecureTransport"), "{found}");
}

#[test]
fn without_the_flag_nothing_changes() {
    let found = on_account("--role MyRole --action ec2:TerminateInstances").outcome();
    assert!(found.stdout.contains("MyRole (account 123456789012)"), "{found}");
}

#[test]
fn nothing_is_left_of_a_gap() {
    for format in ["", "-v", "-o json", "-o jsonl", "-o markdown -v", "--fix cli", "--fix terraform"] {
        for who in ["--role PayrollRunner", "--user alice.smith"] {
            let run = diagnose("gap --snapshot bespoke-jupiter.json").args(who).args(format);
            clean(run.file("bespoke-jupiter.json", account()));
        }
    }
}
