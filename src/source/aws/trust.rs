//! The trust policies of the roles that a request assumes.
//!
//! Source: IAM API Reference, `GetRole`.

use futures_util::future::join_all;

use super::failure::{Failure, FailureKind};
use super::reader::Reader;
use crate::arn::Arn;
use crate::policy::wrapping::decoded;
use crate::snapshot::{Attached, Layer, Origin, Policy, Reading, Snapshot, Unread};

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
    pub(super) async fn trust_policies(&self, roles: &[String]) -> Vec<Trust> {
        join_all(roles.iter().map(|arn| self.trust_policy(arn))).await
    }

    async fn trust_policy(&self, arn: &str) -> Trust {
        let account = Arn::parse(arn).map(|parsed| parsed.account.to_owned());
        let (reading, unread) = self.trust_reading(arn, account.as_deref()).await;
        Trust { attached: Attached { to: Some(arn.to_owned()), account, reading }, unread }
    }

    async fn trust_reading(&self, arn: &str, account: Option<&str>) -> (Reading, Option<Unread>) {
        let not_checked = |reason: String| (Reading::NotChecked { reason: Some(reason) }, None);
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
                let failure = Failure::of("iam:GetRole", &error);
                if failure.kind == FailureKind::NotFound {
                    return not_checked("there is no such role".to_owned());
                }
                return (Reading::Failed { reason: failure.reason() }, Some(failure.unread(Layer::Trust)));
            }
        };
        match role {
            Some(role) if role.arn != arn => not_checked(format!("the role of that name is {}", role.arn)),
            Some(role) => match role.assume_role_policy_document {
                Some(served) => {
                    let name = format!("trust policy of {name}");
                    let policy = Policy::new(name, None, Origin::Inline, None, &decoded(&served));
                    (Reading::policies(vec![policy]), None)
                }
                None => not_checked("IAM did not serve its trust policy".to_owned()),
            },
            None => not_checked("IAM did not serve the role".to_owned()),
        }
    }
}
