//! The service of a denial, by the name of its SDK client.

use crate::catalogue;

/// Error codes with which S3 refuses, also to HEAD requests.
const OF_S3: [&str; 8] = [
    "AccessDenied",
    "Forbidden",
    "403",
    "AllAccessDisabled",
    "AccessControlListNotSupported",
    "NoSuchBucket",
    "NoSuchKey",
    "SlowDown",
];

/// The client's name for what the text says: the service as written, else the operation if only one service has it, else the
/// action's prefix.
pub(super) fn resolve(
    written: Option<&str>,
    operation: Option<&str>,
    code: Option<&str>,
    action: Option<&str>,
) -> Option<String> {
    let by_name = || written.and_then(named);
    let by_operation = || operation.and_then(|operation| with_operation(operation, code));
    let by_action =
        || action.and_then(|action| action.split_once(':')).and_then(|(prefix, _)| catalogue::client(prefix));
    let found = by_name().or_else(by_operation).or_else(by_action)?;
    Some(found.to_owned())
}

/// "Amazon S3", "AmazonS3", "SsoOidc", "AWSSecurityTokenService", `kms.amazonaws.com`
fn named(written: &str) -> Option<&'static str> {
    const OTHERS: [(&str, &str); 21] = [
        ("awssecuritytokenservice", "sts"),
        ("amazonidentitymanagement", "iam"),
        ("awskms", "kms"),
        ("awslambda", "lambda"),
        ("amazoncloudformation", "cloudformation"),
        ("amazonautoscaling", "autoscaling"),
        ("amazonecs", "ecs"),
        ("amazonec2", "ec2"),
        ("amazonsqs", "sqs"),
        ("amazonsns", "sns"),
        ("amazondynamodbv2", "dynamodb"),
        ("dynamodbv2", "dynamodb"),
        ("amazonelasticmapreduce", "emr"),
        ("elasticmapreduce", "emr"),
        ("awsglue", "glue"),
        ("securitytoken", "sts"),
        ("identitymanagement", "iam"),
        ("simplesystemsmanagement", "ssm"),
        ("awssimplesystemsmanagement", "ssm"),
        ("simpleemail", "ses"),
        ("eventbridge", "events"),
    ];
    let name: String =
        written.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let other = |name: &str| OTHERS.iter().find(|(other, _)| *other == name).map(|(_, client)| *client);
    let without = ["amazonaws", "amazon", "aws"].iter().find_map(|vendor| name.strip_prefix(vendor)).unwrap_or(&name);
    if let Some(source) = written.strip_suffix(".amazonaws.com") {
        return catalogue::event_source(written)
            .and_then(|found| catalogue::client(found.prefix))
            .or_else(|| catalogue::client(source));
    }
    other(&name).or_else(|| catalogue::client(&name)).or_else(|| other(without)).or_else(|| catalogue::client(without))
}

/// The only client with that operation; of several the one whose error code it is.
fn with_operation(operation: &str, code: Option<&str>) -> Option<&'static str> {
    let clients = catalogue::clients_with(operation);
    if let [client] = clients.as_slice() {
        let second = *client == "greengrass" && ["Component", "CoreDevice"].iter().any(|part| operation.contains(part));
        return Some(if second { "greengrassv2" } else { client });
    }
    let has = |client: &'static str| clients.contains(&client).then_some(client);
    match code {
        Some(code) if OF_S3.contains(&code) => has("s3"),
        Some("UnauthorizedOperation") => has("ec2"),
        None => has("s3"),
        Some(_) => None,
    }
}
