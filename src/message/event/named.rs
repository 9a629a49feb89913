//! What the parameters of a request name: its resource, and keys of its context.
//!
//! Source: API references of the services; CloudTrail User Guide, "CloudTrail record contents", `requestParameters`.

use serde_json::Value;

use crate::catalogue::{Action, Fit};

/// Where a call was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) partition: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

/// The only resource that the action can be about among those that the parameters name.
pub(super) fn resource(parameters: &Value, action: &Action, place: &Place<'_>) -> Option<String> {
    let text = |name: &str| text(parameters, name);
    let mut named: Vec<String> = Vec::new();
    let partition = place.partition;
    if let Some(bucket) = text("bucketName") {
        named.extend(text("key").map(|key| format!("arn:{partition}:s3:::{bucket}/{key}")));
        named.push(format!("arn:{partition}:s3:::{bucket}"));
    }
    named.extend(parameters.as_object().into_iter().flat_map(|all| all.values()).filter_map(arn));
    if let (Some(region), Some(account)) = (place.region, place.account) {
        let of = |service: &str, rest: String| format!("arn:{partition}:{service}:{region}:{account}:{rest}");
        named.extend(text("functionName").map(|name| of("lambda", format!("function:{name}"))));
        named.extend(text("tableName").map(|name| of("dynamodb", format!("table/{name}"))));
        named.extend(text("instanceId").map(|name| of("ec2", format!("instance/{name}"))));
        named.extend(text("keyId").filter(|id| is_key(id)).map(|id| of("kms", format!("key/{id}"))));
        named.extend(text("queueUrl").and_then(|url| queue(url, partition, region)));
    }
    let takes_objects = named.iter().any(|arn| arn.contains(":s3:::") && arn.contains('/') && fits(action, arn));
    let is_about = |arn: &String| fits(action, arn) && !(takes_objects && arn.contains(":s3:::") && !arn.contains('/'));
    named.retain(is_about);
    named.dedup();
    match named.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn text<'v>(parameters: &'v Value, name: &str) -> Option<&'v str> {
    parameters.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The two objects of a copy within S3.
///
/// Source: Amazon S3 API Reference, `CopyObject`, `UploadPartCopy`: `x-amz-copy-source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    /// What is copied; `None` where the request does not tell.
    pub(super) from: Option<String>,
    /// What it is copied to.
    pub(super) to: Option<String>,
}

impl Copy {
    /// What the parameters tell of a copy; `None` where they name nothing of S3.
    pub(super) fn of(parameters: &Value, partition: &str) -> Option<Self> {
        let object = |bucket: &str, key: &str| match bucket.strip_prefix("arn:") {
            // An access point: its objects stand behind its ARN.
            Some(_) => format!("{bucket}/object/{key}"),
            None => format!("arn:{partition}:s3:::{bucket}/{key}"),
        };
        let to = text(parameters, "bucketName").zip(text(parameters, "key")).map(|(bucket, key)| object(bucket, key));
        let source = text(parameters, "x-amz-copy-source").map(|text| {
            let text = text.split_once("?versionId=").map_or(text, |(text, _)| text);
            percent_encoding::percent_decode_str(text.trim_start_matches('/')).decode_utf8_lossy().into_owned()
        });
        let from = source.and_then(|source| match source.starts_with("arn:") {
            true => Some(source),
            false => source.split_once('/').map(|(bucket, key)| object(bucket, key)),
        });
        (from.is_some() || to.is_some()).then_some(Self { from, to })
    }
}

fn fits(action: &Action, arn: &str) -> bool {
    matches!(action.fit(arn), Fit::Fits(_))
}

fn arn(value: &Value) -> Option<String> {
    value.as_str().filter(|text| text.starts_with("arn:")).map(str::to_owned)
}

/// The partition of a region.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// A key by its id; an alias names another resource.
fn is_key(id: &str) -> bool {
    id.starts_with("mrk-") || (id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
}

/// `https://sqs.eu-west-1.amazonaws.com/123456789012/jobs`
fn queue(url: &str, partition: &str, region: &str) -> Option<String> {
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    crate::arn::is_account_id(account).then(|| format!("arn:{partition}:sqs:{region}:{account}:{name}"))
}

/// Condition keys that the parameters hold.
pub(super) fn keys(parameters: &Value, source: Option<&str>) -> Vec<(String, Vec<String>)> {
    let mut keys = Vec::new();
    let mut names = Vec::new();
    let lists = [
        parameters.get("tags"),
        parameters.get("tagSet"),
        parameters.get("tagSpecificationSet").and_then(|set| set.get("items")?.get(0)?.get("tags")),
    ];
    for tag in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
        if let (Some(key), Some(value)) =
            (tag.get("key").and_then(Value::as_str), tag.get("value").and_then(Value::as_str))
        {
            keys.push((format!("aws:RequestTag/{key}"), vec![value.to_owned()]));
            names.push(key.to_owned());
        }
    }
    if !names.is_empty() {
        keys.push(("aws:TagKeys".to_owned(), names));
    }
    if source == Some("sts.amazonaws.com") {
        for (name, key) in [("externalId", "sts:ExternalId"), ("roleSessionName", "sts:RoleSessionName")] {
            if let Some(value) = parameters.get(name).and_then(Value::as_str) {
                keys.push((key.to_owned(), vec![value.to_owned()]));
            }
        }
    }
    keys
}
