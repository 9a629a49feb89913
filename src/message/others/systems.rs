//! Errors of systems that are not AWS, though their words are alike.

use super::{Row, other};

/// Whether an error is another system's, so that nothing in it asks AWS for a permission.
pub(in crate::message) fn is_foreign(code: &str) -> bool {
    matches!(
        code,
        "azure"
            | "google-cloud"
            | "huawei-cloud"
            | "alibaba-cloud"
            | "tencent-cloud"
            | "oracle-cloud"
            | "github"
            | "local"
    ) || speaks_s3(code)
        || is_not_aws(code)
}

/// Whether a store speaks S3's protocol, with AWS's clients and codes.
pub(in crate::message) fn speaks_s3(code: &str) -> bool {
    code == "s3-compatible"
}

fn is_not_aws(code: &str) -> bool {
    matches!(
        code,
        "not-aws" | "database" | "package-registry" | "web-server" | "local-file" | "kubernetes-login" | "databricks"
    )
}

/// Sources: each system's own documentation of its errors.
pub(super) const TABLE: &[Row] = &[
    (
        &[&["qcs::"], &["tencentcloud"], &["(cvm:"]],
        other("tencent-cloud", "Tencent Cloud refuses it, not AWS", "look at the CAM policies there"),
    ),
    (
        &[&["notauthorizedornotfound"], &["oraclecloud.com"], &["ocid1."]],
        other("oracle-cloud", "Oracle Cloud refuses it, not AWS", "look at the policies of the compartment there"),
    ),
    (
        &[
            &["digitaloceanspaces.com"],
            &["r2.cloudflarestorage.com"],
            &["mc: <error>"],
            &["minio"],
            &["backblazeb2.com"],
            &["wasabisys.com"],
            &["<requestid>tx0"],
        ],
        other(
            "s3-compatible",
            "a store that speaks S3's protocol refuses it, not AWS",
            "look at the keys and bucket policies there, and at the endpoint",
        ),
    ),
    (
        &[&["permission_denied", "databricks"], &["unity catalog", "privilege"]],
        other(
            "databricks",
            "Databricks refuses it, not AWS",
            "look at the grants in the workspace and in Unity Catalog",
        ),
    ),
    (
        &[
            &["access denied for user '"],
            &["permission denied for table"],
            &["permission denied for schema"],
            &["permission denied for relation"],
            &["permission denied for database"],
            &["insufficient privileges to operate on"],
            &["authentication failed for user \""],
        ],
        other("database", "the database refuses it, not AWS", "look at the user's password and grants in the database"),
    ),
    (
        &[&["npm err! code e403"], &["npm error code e403"], &["requested access to the resource is denied"]],
        other(
            "package-registry",
            "a registry of packages or images refuses it, not AWS",
            "sign in to that registry, and check the rights of its token",
        ),
    ),
    (
        &[&["403 forbidden", "nginx"], &["403 forbidden", "apache/"]],
        other("web-server", "a web server refuses it, not AWS", "look at the server's configuration and logs"),
    ),
    (
        &[
            &["java.nio.file.accessdeniedexception: /"],
            &["java.nio.file.accessdeniedexception: c:"],
            &["access to the path"],
            &[": permission denied", "bash: "],
            &["[errno 13] permission denied"],
        ],
        other("local-file", "the local system refuses a file, not AWS", "check the file's owner and mode"),
    ),
    (
        &[&["you must be logged in to the server"]],
        other(
            "kubernetes-login",
            "Kubernetes does not know the caller; no policy of AWS refused it",
            "on EKS look at the cluster's access entries and aws-auth, and at who `aws sts get-caller-identity` shows",
        ),
    ),
    (
        &[
            &["request has expired", "<code>"],
            &["request has expired", "accessdenied"],
            &["request has expired", "x-amz-expires"],
        ],
        other(
            "presigned-expired",
            "the presigned URL has expired; no policy was looked at",
            "make a new URL; it lives no longer than the credentials that signed it",
        ),
    ),
    (
        &[&["mfa authentication must be used"]],
        other(
            "mfa-delete",
            "the bucket has MFA delete enabled: a setting, no policy",
            "send the request with the root user's MFA device (`--mfa`)",
        ),
    ),
    (
        &[&["protected by object lock"], &["object lock", "worm"]],
        other(
            "object-lock",
            "S3 Object Lock protects the object: a retention period or a legal hold, no policy",
            "wait for the retention's end; in governance mode use s3:BypassGovernanceRetention",
        ),
    ),
    (
        &[&["may not be assumed by root accounts"]],
        other(
            "root-cannot-assume",
            "the root user of an account can assume no role; no policy can allow it",
            "make the call as an IAM user or a role",
        ),
    ),
    (
        &[&["unauthenticated access is not supported"]],
        other(
            "cognito-guests",
            "the Amazon Cognito identity pool does not admit guests: a setting, no policy",
            "sign in first, or enable guest access in the identity pool",
        ),
    ),
];
