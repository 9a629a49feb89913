//! Who an event is about, and whether IAM was asked at all.
//!
//! Sources: CloudTrail User Guide, "CloudTrail userIdentity element"; Amazon Cognito Developer Guide, "Logging in AWS
//! CloudTrail"; IAM Identity Center User Guide, "CloudTrail use cases for IAM Identity Center".

use super::{Event, SENTENCES};
use crate::arn::{Arn, is_account_id};

/// What signs people in to applications: its "not authorized" is a wrong password or a token that has expired.
const APPLICATIONS: [&str; 2] = ["cognito-idp", "cognito-identity"];

/// What signs people in to AWS.
const PORTALS: [&str; 6] = ["sso", "sso-oauth", "sso-oidc", "oidc", "portal.sso", "awsssoportal"];

/// The operations of portals that take a token of theirs, and no credentials of IAM.
const BY_TOKEN: [&str; 12] = [
    "Authenticate",
    "CreateToken",
    "CredentialChallenge",
    "CredentialVerification",
    "Federate",
    "GetRoleCredentials",
    "ListAccountRoles",
    "ListAccounts",
    "Logout",
    "RegisterClient",
    "StartDeviceAuthorization",
    "UserAuthentication",
];

impl Event {
    /// Whether a principal that the sentence prints is who made the call. A role stands for its sessions, as only one of
    /// the two has the path; what is no ARN is nobody else.
    pub fn is_caller(&self, printed: &str) -> bool {
        let own = self.role().or(self.identity.arn.as_deref()).and_then(entity);
        // An account that a log has masked is any.
        let same = |one: &str, other: &str| one == other || !is_account_id(one) || !is_account_id(other);
        entity(printed).zip(own).is_none_or(|(one, own)| same(one.0, own.0) && (one.1, one.2) == (own.1, own.2))
    }

    /// Whether somebody failed to sign in, to an application or to AWS: no policy of IAM was asked. A refusal by IAM of
    /// these services' other operations has AWS's sentence, or says that access is denied.
    pub fn is_sign_in(&self) -> bool {
        let says = |text: &str| SENTENCES.iter().any(|words| text.contains(words));
        if self.error_message.as_deref().is_some_and(says) {
            return false;
        }
        let source = self.source.as_deref().unwrap_or_default();
        let source = source.strip_suffix(".cn").unwrap_or(source);
        let source = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let is_access = self.code().is_some_and(|code| code.contains("AccessDenied"));
        let by_token = || self.name.as_deref().is_some_and(|name| BY_TOKEN.contains(&name));
        match source {
            "signin" => true,
            _ if APPLICATIONS.contains(&source) => !is_access,
            _ if PORTALS.contains(&source) => !is_access || by_token(),
            _ => false,
        }
    }
}

/// The account, kind and name of the entity of an ARN; of a session, those of its role.
fn entity(arn: &str) -> Option<(&str, &str, String)> {
    let arn = Arn::parse(arn)?;
    let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    let session = kind == "assumed-role";
    let name = if session { rest.split('/').next() } else { rest.rsplit('/').next() };
    // A session's ARN may spell its role in another case.
    Some((arn.account, if session { "role" } else { kind }, name.unwrap_or_default().to_ascii_lowercase()))
}
