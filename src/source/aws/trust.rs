//! The trust policies of the roles that a request assumes.
//!
//! Source: IAM API Reference, `GetRole`.

use futures_util::future::try_join_all;

use super::AwsError;
use super::failure::{Failure, FailureKind};
use super::reader::{Owner, Reader};
use crate::arn::Arn;
use crate::policy::wrapping::decoded;
use crate::principal::Principal;
use crate::snapshot::{Attached, Layer, Origin, Policy, Reading, Snapshot, Unread};

const OPERATION: &str = "iam:GetRole";

/// What was read of one role's trust policy.
pub(super) struct Trust {
    attached: Attached,
    unread: Option<Unread>,
}

impl Trust {
    pub(super) fn add_to(self, snapshot: &mut Snapshot) {
        snapshot.layers.attach(Layer::Trust, self.attached);
        snapshot.unread.extend(self.unread);
    }
}

impl Reader {
    /// The trust policies of these roles, in their order.
    ///
    /// # Errors
    /// Where the account of the credentials has no such role: nobody can assume it.
    pub(super) async fn trust_policies(&self, roles: &[String]) -> Result<Vec<Trust>, AwsError> {
        try_join_all(roles.iter().map(|arn| self.trust_policy(arn))).await
    }

    async fn trust_policy(&self, arn: &str) -> Result<Trust, AwsError> {
        let account = Arn::parse(arn).map(|parsed| parsed.account.to_owned());
        let (reading, unread) = self.trust_reading(arn, account.as_deref()).await?;
        Ok(Trust { attached: Attached { to: Some(arn.to_owned()), account, reading }, unread })
    }

    async fn trust_reading(&self, arn: &str, account: Option<&str>) -> Result<(Reading, Option<Unread>), AwsError> {
        let not_checked = |reason: String| Ok((Reading::NotChecked { reason: Some(reason) }, None));
        let failed =
            |failure: &Failure| Ok((Reading::Failed { reason: failure.reason() }, Some(failure.unread(Layer::Trust))));
        let incomplete = Failure::incomplete(OPERATION);
        // IAM looks a name up in the account of the credentials, whatever the ARN says.
        let caller = self.caller_account().await;
        if let (Some(account), Some(caller)) = (account, &caller)
            && account != caller
        {
            return not_checked(format!("the role is in account {account}, the credentials are for {caller}"));
        }
        let name = arn.rsplit('/').next().unwrap_or_default();
        let reply = self.in_slot(self.clients.iam.get_role().role_name(name).send()).await;
        let role = match reply {
            Ok(reply) => reply.role,
            Err(error) => {
                let failure = Failure::of(OPERATION, &error);
                if failure.kind != FailureKind::NotFound {
                    return failed(&failure);
                }
                if caller.is_none() {
                    return not_checked("there is no such role in the account of the credentials".to_owned());
                }
                return Err(match Principal::from_arn(arn) {
                    Some(role) => self.missing(&role, Owner::Role(name)).await,
                    None => failure.fatal(),
                });
            }
        };
        match role {
            Some(role) if role.arn.is_empty() => failed(&incomplete),
            Some(role) if role.arn != arn => {
                Err(AwsError::OtherPrincipal { kind: "role", asked: arn.to_owned(), exists: role.arn })
            }
            Some(role) => match role.assume_role_policy_document {
                Some(served) => {
                    let name = format!("trust policy of {name}");
                    let policy = Policy::new(name, None, Origin::Inline, None, &decoded(&served));
                    Ok((Reading::policies(vec![policy]), None))
                }
                None => failed(&incomplete),
            },
            None => failed(&incomplete),
        }
    }
}
