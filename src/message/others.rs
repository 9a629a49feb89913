//! Errors that no policy explains: credentials, clocks, settings, other permission systems and other clouds.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Other;
use super::words::Text;

/// An error with the words that tell it, in lower case; of each inner list all must be there.
type Row = (&'static [&'static [&'static str]], Other);

const fn other(code: &'static str, what: &'static str, next: &'static str) -> Other {
    Other { code, what, next }
}

/// Sources: "Error responses" (S3), "Common error types" of the API references, Lake Formation and API Gateway guides.
const TABLE: &[Row] = &[
    (
        &[
            &["expiredtoken"],
            &["token included in the request is expired"],
            &["requestexpired"],
            &["token has expired"],
            &["session has expired"],
            &["credentials have expired"],
            &["token is expired"],
            &["expired_token"],
        ],
        other(
            "expired-credentials",
            "the credentials have expired; no policy was looked at",
            "sign in again (`aws sso login`) or fetch new session credentials",
        ),
    ),
    (
        &[
            &["unable to locate credentials"],
            &["no valid credential sources"],
            &["could not load credentials"],
            &["unable to load credentials"],
            &["missing credentials"],
            &["missingauthenticationtokenexception"],
            &["nocredentialserror"],
            &["nocredentialproviders"],
            &["unable to get iam security credentials"],
            &["failed to retrieve credentials from"],
            &["credentialsprovidererror"],
            &["could not be found in the credential"],
            &["partial credentials found"],
            &["config profile", "could not be found"],
        ],
        other(
            "no-credentials",
            "the request carried no credentials, or they could not be found",
            "set a profile or the environment variables, or sign in; `aws sts get-caller-identity` shows who you are",
        ),
    ),
    (
        &[
            &["security token included in the request is invalid"],
            &["invalidclienttokenid"],
            &["invalidaccesskeyid"],
            &["unrecognizedclientexception"],
            &["access key id you provided does not exist"],
            &["authfailure"],
            &["not able to validate the provided access credentials"],
            &["invalidtoken"],
            &["provided token is malformed"],
        ],
        other(
            "wrong-credentials",
            "AWS does not know these credentials: a deleted key, a key of another partition, or a key without its session token",
            "use valid credentials; `aws sts get-caller-identity` shows whether they are",
        ),
    ),
    (
        &[
            &["signaturedoesnotmatch"],
            &["signature expired"],
            &["requesttimetooskewed"],
            &["signature not yet current"],
            &["request signature we calculated"],
            &["invalidsignatureexception"],
            &["incompletesignature"],
            &["valid date or x-amz-date header"],
            &["request time and the current time is too large"],
            &["authorizationheadermalformed"],
        ],
        other(
            "signature",
            "the request's signature or time is wrong; no policy was looked at",
            "set the clock of the machine, and check the secret key and the region",
        ),
    ),
    (
        &[
            &["throttling"],
            &["rate exceeded"],
            &["requestlimitexceeded"],
            &["toomanyrequests"],
            &["slowdown"],
            &["provisionedthroughputexceeded"],
            &["please reduce your request rate"],
        ],
        other(
            "throttled",
            "AWS refused because of too many requests, not because of a policy",
            "wait and try again, with fewer requests at a time",
        ),
    ),
    (
        &[
            &["limitexceeded"],
            &["quotaexceeded"],
            &["servicequotaexceeded"],
            &["vcpulimitexceeded"],
            &["quota exceeded"],
            &["instancelimitexceeded"],
        ],
        other(
            "quota",
            "a quota of the account is used up; no policy denies it",
            "ask for more in Service Quotas, or free what is not needed",
        ),
    ),
    (
        &[
            &["block public access"],
            &["public policies are blocked"],
            &["blockpublicpolicy"],
            &["public access control lists", "blocked"],
            &["blockpublicacls"],
        ],
        other(
            "block-public-access",
            "S3 Block Public Access refuses it: a setting of the bucket, account or organization, no policy",
            "make the policy or ACL not public, or change that setting",
        ),
    ),
    (
        &[&["accesscontrollistnotsupported"], &["bucket does not allow acls"]],
        other(
            "acls-disabled",
            "the bucket has ACLs disabled (Object Ownership: bucket owner enforced)",
            "send the request without an ACL",
        ),
    ),
    (
        &[
            &["blocked upload requests that specify"],
            &["server side encryption with customer provided keys", "blocked"],
        ],
        other(
            "sse-c-blocked",
            "the bucket's encryption setting refuses customer-provided keys (SSE-C); no policy does",
            "use SSE-S3 or SSE-KMS, or change the bucket's default encryption setting",
        ),
    ),
    (
        &[&["must provide the correct secret key"]],
        other(
            "sse-c-key",
            "the customer-provided encryption key (SSE-C) is not the one the object was stored with",
            "send the key that the object was written with",
        ),
    ),
    (
        &[&["anonymous users cannot"]],
        other(
            "anonymous",
            "the request was not signed, and anonymous users may not do this",
            "sign the request with credentials",
        ),
    ),
    (
        &[
            &["lake formation permission"],
            &["lakeformation", "access is not allowed"],
            &["does not have any privilege on specified resource"],
            &["insufficient permissions to execute the query"],
        ],
        other(
            "lake-formation",
            "Lake Formation refuses it: its own grants on databases, tables and columns, not IAM",
            "grant it there: `aws lakeformation grant-permissions`",
        ),
    ),
    (
        &[
            &["accept terms and subscribe"],
            &["aws marketplace product"],
            &["aws-marketplace:subscribe", "model access"],
        ],
        other(
            "marketplace",
            "the account has not accepted the terms of this AWS Marketplace product",
            "accept them at the address in the message",
        ),
    ),
    (
        &[
            &["optinrequired"],
            &["subscriptionrequiredexception"],
            &["needs a subscription for the service"],
            &["don't have access to the model"],
            &["do not have access to the model"],
            &["access to the model with the specified model id"],
        ],
        other(
            "not-subscribed",
            "the account is not signed up for, or has not enabled, this service, region or model",
            "enable it in the console as an administrator of the account",
        ),
    ),
    (
        &[
            &["account is not authorized to invoke this api"],
            &["account is currently blocked"],
            &["account is not authorized to perform this"],
            &["your account has been"],
            &["account is suspended"],
        ],
        other(
            "account-not-enabled",
            "AWS has not enabled this operation for the account; no policy of yours decides it",
            "ask AWS Support, or enable the service for the account",
        ),
    ),
    (
        &[&["no openidconnect provider found"]],
        other(
            "no-oidc-provider",
            "the account has no OpenID Connect provider for that address",
            "create it in IAM (`aws iam create-open-id-connect-provider`), or check the account in the role's ARN",
        ),
    ),
    (
        &[
            &["invalididentitytoken"],
            &["unable to validate tags"],
            &["incorrect token audience"],
            &["could not validate web identity token"],
            &["openidconnect provider's https certificate"],
        ],
        other(
            "web-identity-token",
            "STS does not accept the web identity token itself",
            "check the token's audience, issuer, tags and age against the provider in IAM",
        ),
    ),
    (
        &[&["is not authorized to access this resource"]],
        other(
            "api-gateway-authorizer",
            "the policy that an API Gateway authorizer returned refuses it, or the resource belongs to another account; it is not your IAM policy",
            "look at the authorizer's code and log, or ask the resource's owner",
        ),
    ),
    (
        &[&["missing authentication token"]],
        other(
            "api-gateway-route",
            "API Gateway has no such path and method, or the request is not signed",
            "check path, stage and method; sign the request where the method uses IAM",
        ),
    ),
    (
        &[&["{\"message\":\"forbidden\"}"], &["{\"message\": \"forbidden\"}"]],
        other(
            "api-gateway-forbidden",
            "API Gateway refuses it: an API key, a resource policy, a WAF rule or a wrong host name",
            "check the API key, the usage plan, the API's resource policy and WAF",
        ),
    ),
    (
        &[
            &["multifactorauthentication failed"],
            &["multi-factor authentication failed"],
            &["mfa serial"],
            &["invalid mfa one time pass code"],
            &["mfa code"],
            &["must use mfa"],
            &["must be authenticated with mfa"],
        ],
        other(
            "mfa",
            "the one-time code of the MFA device was missing or wrong",
            "give a fresh code of the device named in the request",
        ),
    ),
    (
        &[&["cross-account pass role"]],
        other(
            "cross-account-pass-role",
            "a role of another account cannot be passed; no policy can allow it",
            "use a role of the account that the call is made in",
        ),
    ),
    (
        &[
            &["cannot be assumed by lambda"],
            &["is unable to assume the role"],
            &["unable to assume role"],
            &["cannot assume the role"],
            &["does not have permission to assume the role"],
        ],
        other(
            "service-cannot-assume-role",
            "an AWS service may not assume the role that it was given",
            "allow the service in the role's trust policy; after a change wait some seconds",
        ),
    ),
    (
        &[&["execution role does not have permissions"], &["does not have permissions to call"]],
        other(
            "execution-role",
            "the role that the service runs as lacks a permission; the caller's policies are not the cause",
            "allow the call that the message names in the execution role's policy",
        ),
    ),
    (
        &[&["associated with your aws backup role"]],
        other(
            "backup-role",
            "the role of AWS Backup lacks a permission; the caller's policies are not the cause",
            "compare it with AWS's managed policies for Backup",
        ),
    ),
    (
        &[&["customer master key that does not exist"], &["is not authorized to access the key because"]],
        other(
            "kms-key",
            "the KMS key does not exist in this region, or its key policy or grants do not let the caller use it",
            "check the region, then the key policy",
        ),
    ),
    (
        &[&["access denied for operation '"]],
        other(
            "cloudformation-hides",
            "CloudFormation says only that a call was denied",
            "look for the call in CloudTrail: `diagnose trail`",
        ),
    ),
    (
        &[&["unauthorized tagging operation"]],
        other(
            "tagging",
            "a tagging call was denied, and CloudFormation does not say which",
            "look for the call in CloudTrail: `diagnose trail`",
        ),
    ),
    (
        &[&["denied due to a vpc endpoint policy"], &["vpceaccessdenied"]],
        other(
            "vpc-endpoint-event",
            "a VPC endpoint policy denied a call; the event has no sentence that says which action",
            "evaluate eventSource and eventName with --vpc-endpoint-policy",
        ),
    ),
    (
        &[&["don't have permissions to access this resource"]],
        other(
            "organizations",
            "AWS Organizations answers only the management account and delegated administrators",
            "make the call in one of these accounts",
        ),
    ),
    (
        &[&["access to the resource", "is denied."]],
        other(
            "sqs-access",
            "Amazon SQS denied access and does not say why",
            "give --principal, --action and --resource",
        ),
    ),
    (
        &[&["role arn is not valid"], &["cannot be assumed.", "possible causes"]],
        other(
            "role-cannot-be-assumed",
            "the provider could not assume the role",
            "check the trust policy of the role and the caller's sts:AssumeRole",
        ),
    ),
    (
        &[
            &["nosuchkey"],
            &["nosuchbucket"],
            &["(404) when calling"],
            &["no such host"],
            &["nxdomain"],
            &["name or service not known"],
            &["could not connect to the endpoint"],
            &["enotfound"],
            &["connection refused"],
            &["econnrefused"],
            &["connect timeout"],
            &["connection timed out"],
            &["temporary failure in name resolution"],
        ],
        other(
            "network-or-missing",
            "the host could not be reached, or the thing does not exist; no policy was looked at",
            "check region, endpoint, name and network",
        ),
    ),
    (
        &[&["request blocked"], &["generated by cloudfront"], &["the request could not be satisfied"]],
        other(
            "waf",
            "CloudFront or a WAF rule blocked the request before AWS looked at any policy",
            "look at the distribution's WAF rules and restrictions",
        ),
    ),
    (
        &[&["policy has invalid resource"], &["malformedpolicydocument"], &["invalid principal in policy"]],
        other(
            "malformed-policy",
            "a policy document is malformed; nothing was denied",
            "correct the policy that the message quotes",
        ),
    ),
    (
        &[
            &["authorizationpermissionmismatch"],
            &["(authorizationfailed)"],
            &["does not have authorization to perform action"],
            &["does not have authorization to perform the action"],
            &["microsoft."],
            &["storage services operation"],
            &["linkedauthorizationfailed"],
        ],
        other("azure", "Microsoft Azure refuses it, not AWS", "look at the role assignments there"),
    ),
    (
        &[
            &["googleapis"],
            &["iam.serviceaccounts"],
            &["permission_denied"],
            &["does not have storage."],
            &["required '", "permission for"],
            &["projects/", "permission '"],
        ],
        other("google-cloud", "Google Cloud refuses it, not AWS", "look at the IAM bindings there"),
    ),
    (
        &[&["myhuaweicloud"], &["${principal} is not authorized"], &["iamg5"], &["huawei"]],
        other(
            "huawei-cloud",
            "the sentence of Huawei Cloud, whose wording is AWS's, with placeholders",
            "look at the policies there",
        ),
    ),
    (
        &[&["aliyun"], &["nopermission", "ram"], &["acs:ram"], &["alibaba"]],
        other("alibaba-cloud", "Alibaba Cloud refuses it, not AWS", "look at the RAM policies there"),
    ),
    (
        &[&["is forbidden: user", "cannot"], &["error from server (forbidden)"], &["is forbidden: user \"system:"]],
        other(
            "kubernetes-rbac",
            "Kubernetes refuses it by RBAC, not AWS",
            "look with `kubectl auth can-i`; on EKS also at access entries and aws-auth",
        ),
    ),
    (
        &[
            &["resource not accessible by integration"],
            &["permission to", "denied to github-actions"],
            &["remote: permission to"],
            &["repository not found", "github"],
        ],
        other("github", "GitHub refuses it, not AWS", "look at the workflow's `permissions:` and the token's rights"),
    ),
    (
        &[&["permission denied (publickey"], &["eacces: permission denied"]],
        other("local", "the local system or SSH refuses it, not AWS", "check file modes and keys"),
    ),
    (
        &[
            &["notauthorizedexception", "incorrect username or password"],
            &["incorrect username or password"],
            &["user is disabled"],
            &["access token has been revoked"],
        ],
        other(
            "sign-in",
            "an Amazon Cognito sign-in failed; no policy decides it",
            "check user name, password and client settings",
        ),
    ),
    (
        &[
            &["ssooidc", "accessdenied"],
            &["sso session", "expired"],
            &["error loading sso token"],
            &["sso session associated"],
            &["authorizationpendingexception"],
        ],
        other(
            "sso-login",
            "the sign-in at IAM Identity Center was refused or has ended",
            "sign in again: `aws sso login`",
        ),
    ),
];

/// All words of the table at once.
static WORDS: LazyLock<Option<(AhoCorasick, usize)>> = LazyLock::new(|| {
    let words: Vec<&str> =
        TABLE.iter().flat_map(|(rows, _)| rows.iter()).flat_map(|words| words.iter()).copied().collect();
    let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&words).ok()?;
    Some((automaton, words.len()))
});

/// The errors of the table that a text tells, in the order of the table.
pub(super) fn find_all(text: &Text) -> Vec<Other> {
    let Some((automaton, words)) = WORDS.as_ref() else { return Vec::new() };
    let mut seen = vec![false; *words];
    for found in automaton.find_overlapping_iter(text.lower(0, text.len())) {
        if let Some(seen) = seen.get_mut(found.pattern().as_usize()) {
            *seen = true;
        }
    }
    let mut seen = seen.into_iter();
    let mut others = Vec::new();
    for (rows, other) in TABLE {
        // Every row takes its words, whether an earlier one was found or not.
        let found = rows.iter().fold(false, |found, words| {
            let all = seen.by_ref().take(words.len()).fold(true, |all, seen| all && seen);
            found || all
        });
        if found {
            others.push(other.clone());
        }
    }
    others
}
