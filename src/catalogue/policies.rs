//! Which services resource control policies reach, and whose resources can have a policy of their own. As of late 2026.
//!
//! Sources: Organizations User Guide, "List of AWS services that support RCPs"; IAM User Guide, "AWS services that work
//! with IAM", column "Resource-based policies".

/// By IAM prefix; the actions of OpenSearch domains have the prefix `es`.
const RESOURCE_CONTROL: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "es",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// By IAM prefix.
const RESOURCE_POLICIES: &[&str] = &[
    "acm-pca",
    "apigateway",
    "aws-marketplace",
    "backup",
    "bedrock",
    "bedrock-agentcore",
    "cloudtrail",
    "codeartifact",
    "codebuild",
    "comprehend",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "elasticfilesystem",
    "entityresolution",
    "es",
    "events",
    "execute-api",
    "glacier",
    "glue",
    "imagebuilder",
    "iot",
    "kafka",
    "kinesis",
    "kms",
    "lambda",
    "lex",
    "logs",
    "mediastore",
    "network-firewall",
    "oam",
    "organizations",
    "payment-cryptography",
    "redshift",
    "redshift-serverless",
    "refactor-spaces",
    "rekognition",
    "resource-explorer-2",
    "s3",
    "s3-object-lambda",
    "s3-outposts",
    "s3express",
    "s3tables",
    "s3vectors",
    "sagemaker",
    "schemas",
    "secretsmanager",
    "serverlessrepo",
    "ses",
    "signer",
    "sns",
    "sqs",
    "ssm",
    "ssm-contacts",
    "ssm-incidents",
    "sts",
    "vpc-lattice",
    "vpc-lattice-svcs",
    "xray",
];

/// Whether resource control policies reach the resources of a service (its IAM prefix in lower case).
pub fn reached_by_resource_control(prefix: &str) -> bool {
    RESOURCE_CONTROL.binary_search(&prefix).is_ok()
}

/// Whether resources of a service (its IAM prefix in lower case) can have policies of their own.
pub fn has_resource_policies(prefix: &str) -> bool {
    RESOURCE_POLICIES.binary_search(&prefix).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{RESOURCE_CONTROL, RESOURCE_POLICIES};

    #[test]
    fn the_lists_are_sorted_and_hold_prefixes() {
        for list in [RESOURCE_CONTROL, RESOURCE_POLICIES] {
            assert!(list.is_sorted());
        }
        let unknown: Vec<_> =
            RESOURCE_POLICIES.iter().filter(|prefix| super::super::service(prefix).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
