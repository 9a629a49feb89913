//! Errors of the request itself: credentials, clocks, quotas, settings of buckets and APIs.

use super::{Row, other};

/// Sources: "Error responses" (Amazon S3 API Reference), "Common error types" of the API references, API Gateway and Lake Formation
/// developer guides.
pub(super) const TABLE: &[Row] = &[
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
];
