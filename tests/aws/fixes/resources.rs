//! Policies of resources and trust policies: the call of each service that takes the whole document.

use serde_json::{Value, json};

use super::{Account, Denial, allow, aws};

/// A service of moto's whose resources have policies.
struct Service<'a> {
    /// Makes the resource; what is printed.
    make: &'a [&'a str],
    /// The resource, of what was printed.
    arn: &'a dyn Fn(&str) -> String,
    /// What a policy hangs on, where that is not the resource that is asked about.
    holder: &'a dyn Fn(&str) -> String,
    /// Puts the first policy there; its last argument is the document.
    put: &'a dyn Fn(&str) -> Vec<String>,
    /// Prints the policy.
    get: &'a dyn Fn(&str) -> Vec<String>,
    /// The action that is asked, and another.
    actions: [&'a str; 2],
    /// What the commands call.
    call: &'a str,
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[track_caller]
fn run(arguments: &[String]) -> String {
    aws(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A Deny of two actions: one of them is taken out for one resource, by the service's own call.
#[track_caller]
fn narrowed(role: &str, service: &Service<'_>) {
    let account = Account::new();
    account.role(role);
    account.inline(role, "All", &allow(&["*"]));
    let printed = aws(service.make);
    let (arn, holder) = ((service.arn)(&printed), (service.holder)(&printed));
    let guard = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": format!("{}:*", service.actions[0].split(':').next().unwrap()), "Resource": "*"},
        {"Sid": "Guard", "Effect": "Deny", "Principal": "*", "Action": service.actions, "Resource": "*"}]});
    let mut put = (service.put)(&printed);
    put.push(guard.to_string());
    run(&put);
    let [asked, other] = service.actions;
    // The same document on a resource beside it tells whether it spares that too. One that can be about its own resource
    // alone is edited as a whole, and the one beside it has a document of its own, which nobody edits.
    let of_one = ["ecr:", "elasticfilesystem:", "secretsmanager:", "sns:"].iter().any(|own| asked.starts_with(own));
    let beside = format!("{arn}-beside");
    let others = || {
        let found: Value = serde_json::from_str(&run(&(service.get)(&printed))).unwrap();
        let document = found.as_str().map_or(found.clone(), |text| serde_json::from_str(text).unwrap());
        let entry = |resource: &str| json!({"resource": resource, "account": "123456789012", "document": document});
        let mut of_beside = entry(&beside);
        if of_one {
            of_beside["document"] = guard.clone();
        }
        json!({"resource_policies": [entry(&holder), of_beside]})
    };
    let denial = Denial { others: Some(&others), ..Denial::new(role, asked, &arn) };
    let kept = if of_one { "resource Guard".to_owned() } else { format!("resource KeepDenying{}", sid_of(asked)) };
    let script = denial.fixed((other, "resource Guard"), (&beside, &kept));
    assert!(script.contains(service.call), "{script}");
}

/// `SqsSendMessage`
fn sid_of(action: &str) -> String {
    let (service, name) = action.split_once(':').unwrap();
    let (first, rest) = service.split_at(1);
    format!("{}{rest}{name}", first.to_uppercase())
}

fn same(text: &str) -> String {
    text.to_owned()
}

#[test]
fn of_a_bucket() {
    let bucket = |_: &str| "arn:aws:s3:::fix-bucket".to_owned();
    narrowed(
        "FixBucket",
        &Service {
            make: &[
                "s3api",
                "create-bucket",
                "--bucket",
                "fix-bucket",
                "--create-bucket-configuration",
                "LocationConstraint=eu-south-2",
            ],
            arn: &|_| "arn:aws:s3:::fix-bucket/one".to_owned(),
            holder: &bucket,
            put: &|_| words("s3api put-bucket-policy --bucket fix-bucket --policy"),
            get: &|_| words("s3api get-bucket-policy --bucket fix-bucket --query Policy --output text"),
            actions: ["s3:GetObject", "s3:PutObject"],
            call: "s3api put-bucket-policy",
        },
    );
}

#[test]
fn of_a_queue() {
    let url = aws(&["sqs", "create-queue", "--queue-name", "FixQueue", "--query", "QueueUrl", "--output", "text"]);
    let get = format!(
        "sqs get-queue-attributes --attribute-names Policy --query Attributes.Policy --output text --queue-url {url}"
    );
    let arn = "arn:aws:sqs:eu-south-2:123456789012:FixQueue";
    let account = Account::new();
    account.role("FixQueueRole");
    account.inline("FixQueueRole", "All", &allow(&["*"]));
    let guard = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Guard", "Effect": "Deny", "Principal": "*", "Action": ["sqs:SendMessage", "sqs:DeleteMessage"], "Resource": "*"}]});
    let attributes = json!({"Policy": guard.to_string()}).to_string();
    aws(&["sqs", "set-queue-attributes", "--queue-url", &url, "--attributes", &attributes]);
    let beside = format!("{arn}-beside");
    let others = || {
        let document: Value = serde_json::from_str(&run(&words(&get))).unwrap();
        let entry = |resource: &str, document: &Value| json!({"resource": resource, "account": "123456789012", "document": document});
        json!({"resource_policies": [entry(arn, &document), entry(&beside, &guard)]})
    };
    let denial = Denial { others: Some(&others), ..Denial::new("FixQueueRole", "sqs:SendMessage", arn) };
    let script = denial.fixed(("sqs:DeleteMessage", "resource Guard"), (&beside, "resource Guard"));
    assert!(script.contains("sqs set-queue-attributes"), "{script}");
}

#[test]
fn of_a_topic() {
    let arn = "arn:aws:sns:eu-south-2:123456789012:FixTopic";
    narrowed(
        "FixTopicRole",
        &Service {
            make: &["sns", "create-topic", "--name", "FixTopic", "--query", "TopicArn", "--output", "text"],
            arn: &same,
            holder: &same,
            put: &|_| {
                words(&format!("sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value"))
            },
            get: &|_| {
                words(&format!("sns get-topic-attributes --topic-arn {arn} --query Attributes.Policy --output text"))
            },
            actions: ["sns:Publish", "sns:Subscribe"],
            call: "sns set-topic-attributes",
        },
    );
}

#[test]
fn of_a_secret() {
    narrowed(
        "FixSecretRole",
        &Service {
            make: &[
                "secretsmanager",
                "create-secret",
                "--name",
                "FixSecret",
                "--secret-string",
                "x",
                "--query",
                "ARN",
                "--output",
                "text",
            ],
            arn: &same,
            holder: &same,
            put: &|arn| words(&format!("secretsmanager put-resource-policy --secret-id {arn} --resource-policy")),
            get: &|arn| {
                words(&format!(
                    "secretsmanager get-resource-policy --secret-id {arn} --query ResourcePolicy --output text"
                ))
            },
            actions: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
            call: "secretsmanager put-resource-policy",
        },
    );
}

#[test]
fn of_a_table() {
    let arn = "arn:aws:dynamodb:eu-south-2:123456789012:table/FixTable";
    narrowed(
        "FixTableRole",
        &Service {
            make: &[
                "dynamodb",
                "create-table",
                "--table-name",
                "FixTable",
                "--attribute-definitions",
                "AttributeName=a,AttributeType=S",
                "--key-schema",
                "AttributeName=a,KeyType=HASH",
                "--billing-mode",
                "PAY_PER_REQUEST",
                "--query",
                "TableDescription.TableArn",
                "--output",
                "text",
            ],
            arn: &same,
            holder: &same,
            put: &|_| words(&format!("dynamodb put-resource-policy --resource-arn {arn} --policy")),
            get: &|_| words(&format!("dynamodb get-resource-policy --resource-arn {arn} --query Policy --output text")),
            actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
            call: "dynamodb put-resource-policy",
        },
    );
}

#[test]
fn of_a_stream() {
    let arn = "arn:aws:kinesis:eu-south-2:123456789012:stream/FixStream";
    narrowed(
        "FixStreamRole",
        &Service {
            make: &["kinesis", "create-stream", "--stream-name", "FixStream", "--shard-count", "1"],
            arn: &|_| arn.to_owned(),
            holder: &|_| arn.to_owned(),
            put: &|_| words(&format!("kinesis put-resource-policy --resource-arn {arn} --policy")),
            get: &|_| words(&format!("kinesis get-resource-policy --resource-arn {arn} --query Policy --output text")),
            actions: ["kinesis:GetRecords", "kinesis:PutRecord"],
            call: "kinesis put-resource-policy",
        },
    );
}

#[test]
fn of_a_file_system() {
    let arn = |id: &str| format!("arn:aws:elasticfilesystem:eu-south-2:123456789012:file-system/{id}");
    narrowed(
        "FixFilesRole",
        &Service {
            make: &[
                "efs",
                "create-file-system",
                "--creation-token",
                "FixFiles",
                "--query",
                "FileSystemId",
                "--output",
                "text",
            ],
            arn: &arn,
            holder: &arn,
            put: &|id| words(&format!("efs put-file-system-policy --file-system-id {id} --policy")),
            get: &|id| {
                words(&format!("efs describe-file-system-policy --file-system-id {id} --query Policy --output text"))
            },
            actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            call: "efs put-file-system-policy",
        },
    );
}

#[test]
fn of_a_repository() {
    narrowed(
        "FixRepositoryRole",
        &Service {
            make: &[
                "ecr",
                "create-repository",
                "--repository-name",
                "fix",
                "--query",
                "repository.repositoryArn",
                "--output",
                "text",
            ],
            arn: &same,
            holder: &same,
            put: &|_| words("ecr set-repository-policy --repository-name fix --policy-text"),
            get: &|_| words("ecr get-repository-policy --repository-name fix --query policyText --output text"),
            actions: ["ecr:PutImage", "ecr:BatchGetImage"],
            call: "ecr set-repository-policy",
        },
    );
}

/// A key without a statement about the account: its policy has to name the role.
#[test]
fn of_a_key_a_statement_names_one_more() {
    let account = Account::new();
    account.role("FixKeyRole");
    account.inline("FixKeyRole", "All", &allow(&["*"]));
    let arn = aws(&["kms", "create-key", "--query", "KeyMetadata.Arn", "--output", "text"]);
    let grant = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Reader"}, "Action": "kms:Decrypt", "Resource": "*"}]}"#;
    aws(&["kms", "put-key-policy", "--key-id", &arn, "--policy-name", "default", "--policy", grant]);
    let beside = format!("{arn}-beside");
    let others = || {
        let found = [
            "kms",
            "get-key-policy",
            "--key-id",
            &arn,
            "--policy-name",
            "default",
            "--query",
            "Policy",
            "--output",
            "text",
        ];
        let document: Value = serde_json::from_str(&aws(&found)).unwrap();
        let before: Value = serde_json::from_str(grant).unwrap();
        let entry = |resource: &str, document: &Value| json!({"resource": resource, "account": "123456789012", "document": document});
        json!({"resource_policies": [entry(&arn, &document), entry(&beside, &before)]})
    };
    let denial = Denial { others: Some(&others), ..Denial::new("FixKeyRole", "kms:Decrypt", &arn) };
    let script = denial.fixed(("kms:Encrypt", "resource"), (&beside, "resource"));
    assert!(script.contains("kms put-key-policy") && script.contains("role/Reader"), "{script}");
}

#[test]
fn a_role_trusts_one_more() {
    let account = Account::new();
    account.role("FixCaller");
    account.inline("FixCaller", "All", &allow(&["*"]));
    let (target, beside) = (account.role("FixTarget"), account.role("FixBeside"));
    let denial = Denial::new("FixCaller", "sts:AssumeRole", &target);
    let script = denial.fixed(("sts:TagSession", "trust"), (&beside, "trust"));
    assert!(script.contains("iam update-assume-role-policy"), "{script}");
    // The next one goes into the same statement.
    account.role("FixCallerToo");
    account.inline("FixCallerToo", "All", &allow(&["*"]));
    let denial = Denial::new("FixCallerToo", "sts:AssumeRole", &target);
    let script = denial.fixed(("sts:TagSession", "trust"), (&beside, "trust"));
    assert_eq!(script.matches("AllowStsAssumeRole").count(), 1, "{script}");
    assert!(script.contains("role/FixCaller\"") && script.contains("role/FixCallerToo\""), "{script}");
}
