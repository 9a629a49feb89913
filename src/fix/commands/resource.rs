//! Policies of resources: each service has its own call that replaces the whole document.
//!
//! Source: AWS CLI Command Reference, the operation named in each line.

use super::command::Command;
use super::document::json_string;
use super::{AwsCli, NoCommand};
use crate::arn::{Arn, is_account_id};

/// The lines that make `document` the policy of the resource `text`.
pub(super) fn lines(text: &str, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let arn = Arn::parse(text).ok_or(NoCommand::Unnamed)?;
    if text.contains(['*', '?']) {
        return Err(NoCommand::Unnamed);
    }
    let call = |call: &str| aws.call_in(call, arn.region);
    let line = |command: Command| Ok(vec![command.line()]);
    let part = |prefix: &str| arn.resource.strip_prefix(prefix).filter(|name| !name.is_empty());
    // Services whose call takes the ARN of the resource whatever its kind.
    let by_arn = match arn.service {
        "acm-pca" => Some("acm-pca put-policy"),
        "codebuild" => Some("codebuild put-resource-policy"),
        "kinesis" => Some("kinesis put-resource-policy"),
        _ => None,
    };
    if let Some(name) = by_arn {
        return line(call(name).option("--resource-arn", text).option("--policy", document));
    }
    match arn.service {
        "s3" => bucket(&arn, aws, document),
        "s3express" => {
            let name = part("bucket/").ok_or(NoCommand::Unnamed)?;
            line(call("s3api put-bucket-policy").option("--bucket", name).option("--policy", document))
        }
        "s3tables" => {
            part("bucket/").filter(|name| !name.contains('/')).ok_or(NoCommand::NoDocumentCall)?;
            let command = call("s3tables put-table-bucket-policy").option("--table-bucket-arn", text);
            line(command.option("--resource-policy", document))
        }
        "sqs" => queue(&arn, aws, document),
        "sns" => {
            let command = call("sns set-topic-attributes").option("--topic-arn", text);
            line(command.option("--attribute-name", "Policy").option("--attribute-value", document))
        }
        "kms" => {
            // The call takes no alias.
            part("key/").ok_or(NoCommand::Unnamed)?;
            let command = call("kms put-key-policy").option("--key-id", text);
            line(command.option("--policy-name", "default").option("--policy", document))
        }
        "secretsmanager" => {
            let command = call("secretsmanager put-resource-policy").option("--secret-id", text);
            line(command.option("--resource-policy", document))
        }
        "ecr" => {
            let name = part("repository/").ok_or(NoCommand::Unnamed)?;
            let command = owned(call("ecr set-repository-policy"), "--registry-id", &arn);
            let command = command.option("--repository-name", name);
            // The answer repeats the document.
            line(command.words("--query repositoryName --output text").option("--policy-text", document))
        }
        "dynamodb" => {
            part("table/").ok_or(NoCommand::NoDocumentCall)?;
            // An index has the policy of its table.
            let table = text.split("/index/").next().unwrap_or(text);
            line(call("dynamodb put-resource-policy").option("--resource-arn", table).option("--policy", document))
        }
        "events" => {
            let name = part("event-bus/").ok_or(NoCommand::NoDocumentCall)?;
            line(call("events put-permission").option("--event-bus-name", name).option("--policy", document))
        }
        // One policy for the whole catalog of the account.
        "glue" if arn.resource == "catalog" => {
            line(call("glue put-resource-policy").option("--policy-in-json", document))
        }
        "backup" => {
            let name = part("backup-vault:").ok_or(NoCommand::NoDocumentCall)?;
            let command = call("backup put-backup-vault-access-policy").option("--backup-vault-name", name);
            line(command.option("--policy", document))
        }
        "elasticfilesystem" => {
            let name = part("file-system/").ok_or(NoCommand::NoDocumentCall)?;
            let command = call("efs put-file-system-policy").option("--file-system-id", name);
            // The answer repeats the document.
            line(command.words("--query FileSystemId --output text").option("--policy", document))
        }
        "es" => {
            let name = part("domain/").and_then(|rest| rest.split('/').next()).ok_or(NoCommand::NoDocumentCall)?;
            let command = call("opensearch update-domain-config").option("--domain-name", name);
            // The answer is the whole configuration.
            let command = command.words("--query DomainConfig.AccessPolicies.Status.State --output text");
            line(command.option("--access-policies", document))
        }
        "codeartifact" => artifacts(&arn, aws, document),
        "lambda" => Err(NoCommand::Lambda),
        _ => Err(NoCommand::NoDocumentCall),
    }
}

fn owned(command: Command, option: &str, arn: &Arn<'_>) -> Command {
    if is_account_id(arn.account) { command.option(option, arn.account) } else { command }
}

fn bucket(arn: &Arn<'_>, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    if let Some(name) = arn.resource.strip_prefix("accesspoint/") {
        // What follows a further slash is an object behind the access point.
        let name = name.split('/').next().filter(|name| !name.is_empty()).ok_or(NoCommand::Unnamed)?;
        let command = aws.call_in("s3control put-access-point-policy", arn.region);
        let command = owned(command, "--account-id", arn).option("--name", name);
        return Ok(vec![command.option("--policy", document).line()]);
    }
    let name = arn.resource.split('/').next().filter(|name| !name.is_empty()).ok_or(NoCommand::Unnamed)?;
    let command = aws.call_in("s3api put-bucket-policy", arn.region).option("--bucket", name);
    Ok(vec![command.option("--policy", document).line()])
}

/// The call takes the queue's URL, whose host differs between partitions and endpoints: SQS is asked for it.
fn queue(arn: &Arn<'_>, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    if arn.resource.is_empty() {
        return Err(NoCommand::Unnamed);
    }
    let find = aws.call_in("sqs get-queue-url", arn.region).option("--queue-name", arn.resource);
    let find = owned(find, "--queue-owner-aws-account-id", arn).words("--query QueueUrl --output text");
    let attributes = format!("{{\"Policy\":{}}}", json_string(document));
    let set = aws.call_in("sqs set-queue-attributes", arn.region).words("--queue-url \"$queue\"");
    Ok(vec![format!("queue=$({})", find.line()), set.option("--attributes", &attributes).line()])
}

fn artifacts(arn: &Arn<'_>, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let command = |call: &str, domain: &str| {
        owned(aws.call_in(call, arn.region).option("--domain", domain), "--domain-owner", arn)
    };
    // The answer repeats the document.
    let answer = "--query policy.revision --output text";
    let command = match arn.resource.split('/').collect::<Vec<_>>().as_slice() {
        ["domain", domain] => command("codeartifact put-domain-permissions-policy", domain),
        ["repository", domain, name] => {
            command("codeartifact put-repository-permissions-policy", domain).option("--repository", name)
        }
        _ => return Err(NoCommand::NoDocumentCall),
    };
    Ok(vec![command.words(answer).option("--policy-document", document).line()])
}
