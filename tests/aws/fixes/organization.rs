//! Service control policies, and the policies of VPC endpoints: fetched by the AWS CLI, as the program reads neither.

use serde_json::{Value, json};

use super::{Account, Denial, allow, aws};

const KEYS: [&str; 2] = ["arn:aws:s3:::fix/one", "arn:aws:s3:::fix/two"];

/// The SCPs that hang on a root, an OU or an account.
fn level(target: &str) -> Value {
    level_of("SERVICE_CONTROL_POLICY", target)
}

fn level_of(kind: &str, target: &str) -> Value {
    let ids = aws(&[
        "organizations",
        "list-policies-for-target",
        "--target-id",
        target,
        "--filter",
        kind,
        "--query",
        "Policies[].Id",
        "--output",
        "json",
    ]);
    let ids: Vec<String> = serde_json::from_str(&ids).unwrap();
    let policies: Vec<Value> = ids
        .iter()
        .map(|id| {
            let found =
                aws(&["organizations", "describe-policy", "--policy-id", id, "--query", "Policy", "--output", "json"]);
            let found: Value = serde_json::from_str(&found).unwrap();
            let document: Value = serde_json::from_str(found["Content"].as_str().unwrap()).unwrap();
            // Moto has one account; whose SCPs bind, it must not be the one that manages the organization.
            let arn = found["PolicySummary"]["Arn"].as_str().unwrap().replace("::123456789012:", "::999999999999:");
            json!({"name": found["PolicySummary"]["Name"], "arn": arn, "document": document})
        })
        .collect();
    json!({"target": target, "policies": policies})
}

/// The organization's root with an OU of its own under it.
fn unit(name: &str) -> (String, String) {
    static ORGANIZATION: std::sync::Once = std::sync::Once::new();
    ORGANIZATION.call_once(|| {
        aws(&["organizations", "create-organization", "--feature-set", "ALL"]);
    });
    let root = aws(&["organizations", "list-roots", "--query", "Roots[0].Id", "--output", "text"]);
    let made = ["organizations", "create-organizational-unit", "--parent-id", &root, "--name", name];
    let unit = aws(&[&made[..], &["--query", "OrganizationalUnit.Id", "--output", "text"]].concat());
    (root, unit)
}

fn attach(unit: &str, name: &str, content: &str) {
    attach_of("SERVICE_CONTROL_POLICY", unit, name, content);
}

fn attach_of(kind: &str, unit: &str, name: &str, content: &str) {
    let made = ["organizations", "create-policy", "--type", kind, "--description", "tests"];
    let id = ["--name", name, "--content", content, "--query", "Policy.PolicySummary.Id", "--output", "text"];
    let id = aws(&[&made[..], &id].concat());
    aws(&["organizations", "attach-policy", "--policy-id", &id, "--target-id", unit]);
}

fn role(name: &str) {
    let account = Account::new();
    account.role(name);
    account.inline(name, "All", &allow(&["*"]));
}

#[test]
fn a_deny_of_an_scp_is_narrowed() {
    role("FixScp");
    let (root, unit) = unit("FixScp");
    let guard = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Guard", "Effect": "Deny", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "*"}]}"#;
    attach(&unit, "FixScpGuard", guard);
    let others = || json!({"service_control_policies": [level(&root), level(&unit)]});
    let denial = Denial { others: Some(&others), ..Denial::new("FixScp", "s3:PutObject", KEYS[0]) };
    let script = denial.fixed(("s3:DeleteObject", "scp Guard"), (KEYS[1], "scp KeepDenyingS3PutObject"));
    assert!(script.contains("organizations update-policy"), "{script}");
}

#[test]
fn an_allow_of_an_scp_is_extended() {
    role("FixScpAllow");
    let (root, unit) = unit("FixScpAllow");
    aws(&["organizations", "detach-policy", "--policy-id", "p-FullAWSAccess", "--target-id", &unit]);
    let narrow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::fix/one"}]}"#;
    attach(&unit, "FixScpAllow", narrow);
    let others = || json!({"service_control_policies": [level(&root), level(&unit)]});
    let denial = Denial { others: Some(&others), ..Denial::new("FixScpAllow", "s3:PutObject", KEYS[0]) };
    let script = denial.fixed(("s3:DeleteObject", "scp"), (KEYS[1], "scp"));
    assert!(script.contains("organizations update-policy") && !script.contains("AllowS3"), "{script}");
}

#[test]
fn a_deny_of_an_rcp_is_narrowed() {
    role("FixRcp");
    let (_, unit) = unit("FixRcp");
    let guard = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Guard", "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "*"}]}"#;
    attach_of("RESOURCE_CONTROL_POLICY", &unit, "FixRcpGuard", guard);
    let others = || json!({"resource_control_policies": [level_of("RESOURCE_CONTROL_POLICY", &unit)]});
    let flags = ["--resource-account", "123456789012"];
    let denial = Denial { others: Some(&others), flags: &flags, ..Denial::new("FixRcp", "s3:PutObject", KEYS[0]) };
    let script = denial.fixed(("s3:DeleteObject", "rcp Guard"), (KEYS[1], "rcp KeepDenyingS3PutObject"));
    assert!(script.contains("organizations update-policy"), "{script}");
}

#[test]
fn a_level_without_a_policy_gets_one() {
    role("FixLevel");
    let (root, unit) = unit("FixLevel");
    aws(&["organizations", "detach-policy", "--policy-id", "p-FullAWSAccess", "--target-id", &unit]);
    let others = || json!({"service_control_policies": [level(&root), level(&unit)]});
    let denial = Denial { others: Some(&others), ..Denial::new("FixLevel", "s3:PutObject", KEYS[0]) };
    let script = denial.fixed(("s3:DeleteObject", "scp"), (KEYS[1], "scp"));
    assert!(script.contains("organizations attach-policy"), "{script}");
}

#[test]
fn the_policy_of_an_endpoint_allows_one_more() {
    role("FixEndpoint");
    let vpc = aws(&["ec2", "create-vpc", "--cidr-block", "192.0.2.0/24", "--query", "Vpc.VpcId", "--output", "text"]);
    let narrow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": "*"}]}"#;
    let made = ["ec2", "create-vpc-endpoint", "--vpc-id", &vpc, "--service-name", "com.amazonaws.eu-south-2.sqs"];
    let made = [&made[..], &["--vpc-endpoint-type", "Interface", "--policy-document", narrow]].concat();
    let endpoint = aws(&[&made[..], &["--query", "VpcEndpoint.VpcEndpointId", "--output", "text"]].concat());
    let others = || {
        let found = ["ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", &endpoint, "--query"];
        let found = aws(&[&found[..], &["VpcEndpoints[0].PolicyDocument", "--output", "text"]].concat());
        let document: Value = serde_json::from_str(&found).unwrap();
        json!({"vpc_endpoint_policies": [{"name": endpoint, "document": document}]})
    };
    let queue = |name: &str| format!("arn:aws:sqs:eu-south-2:123456789012:{name}");
    let (asked, other) = (queue("one"), queue("two"));
    let passes = format!("aws:SourceVpce={endpoint}");
    let flags = ["--context", &passes];
    let denial =
        Denial { others: Some(&others), flags: &flags, ..Denial::new("FixEndpoint", "sqs:SendMessage", &asked) };
    let script = denial.fixed(("sqs:DeleteQueue", "vpc-endpoint"), (&other, "vpc-endpoint"));
    assert!(script.contains("ec2 modify-vpc-endpoint"), "{script}");
}
