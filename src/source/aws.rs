//! Reads what AWS knows of one principal, through IAM and STS. Only `Get*` and `List*` calls and `sts:GetCallerIdentity`.
//!
//! All calls that do not need each other run at the same time, at most 16 of them; at most three follow one another:
//!
//! ```text
//! 1  GetRole · ListRolePolicies · ListAttachedRolePolicies · GetCallerIdentity
//! 2  GetPolicy (attached, boundary) · GetRolePolicy
//! 3  GetPolicyVersion of the default version
//! ```
//!
//! A user's groups would need a fourth, so for users `ListPolicies` starts in the first round: it tells the default
//! versions of everything attached in the account.
//!
//! A read that fails is an entry of `unread` and a policy without a document, never a policy left out.
//!
//! Source: IAM API Reference, `GetRole`, `GetUser`, `GetPolicyVersion`, "Actions" and "Common Errors"; STS API Reference,
//! `GetCallerIdentity`.

mod account;
mod bundle;
mod connect;
mod credentials;
mod decode;
mod document;
mod entity;
mod failure;
mod lookup;
mod policies;
mod reached;
mod reader;
mod trust;
mod whole;

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, join, select, try_join3};

pub use account::account;
pub use decode::{Undecoded, decode};
pub use failure::FailureKind;
pub use lookup::{Looked, Page, lookup};

use super::Ask;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Snapshot, Source};
use entity::Entity;
use policies::Gathered;
use reader::{Owner, Reader};

/// Which credentials, and which AWS.
#[derive(Debug, Clone, Default)]
pub struct AwsOptions {
    /// A profile of the shared config and credentials files. As in the AWS CLI, it wins over keys in the environment.
    pub profile: Option<String>,
    /// The region. `None`: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, and at last `us-east-1`, as IAM is global.
    pub region: Option<String>,
    /// The URL of another endpoint for every service. `None`: `AWS_ENDPOINT_URL` and its like, else AWS's own.
    pub endpoint_url: Option<String>,
    /// How long one attempt of one call may take. `None`: 10 seconds.
    pub attempt_timeout: Option<Duration>,
}

/// Why AWS gave no answer about the principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// There is no such role or user in the account of the credentials.
    #[error("{kind} `{asked}` does not exist{}{}", in_account(.account.as_deref()), did_you_mean(.similar.as_deref()))]
    NoSuchPrincipal {
        /// `role` or `user`.
        kind: &'static str,
        /// The ARN or name asked for.
        asked: String,
        /// The account that was looked in, where it is known.
        account: Option<String>,
        /// The name of one that exists and is much like it.
        similar: Option<String>,
    },
    /// The name exists, but with another path than the ARN asked for.
    #[error("{kind} `{asked}` does not exist; the {kind} of that name is `{exists}`, ask for that ARN")]
    OtherPrincipal {
        /// `role` or `user`.
        kind: &'static str,
        /// The ARN asked for.
        asked: String,
        /// The ARN that exists.
        exists: String,
    },
    /// The credentials see another account than the principal's.
    #[error("credentials are for account {credentials} but the {kind} is in {asked}; use --profile for that account")]
    WrongAccount {
        /// `role` or `user`.
        kind: &'static str,
        /// The account of the principal asked for.
        asked: String,
        /// The account of the credentials.
        credentials: String,
    },
    /// There are no credentials, or AWS does not accept them.
    #[error("no usable AWS credentials: {detail}")]
    Credentials {
        /// Which, and what to do.
        detail: String,
    },
    /// A flag with a value that AWS can never be asked with.
    #[error("{flag} is `{value}` but must be {wanted}")]
    Flag {
        /// `--region`.
        flag: &'static str,
        /// What was given, on one line, without a password.
        value: String,
        /// What it takes, with an example.
        wanted: &'static str,
    },
    /// A setting of the AWS environment or config file that the SDK cannot take.
    #[error("{detail}")]
    Settings {
        /// Which, and what to do.
        detail: String,
    },
    /// AWS could not be asked, or did not answer, after the SDK's retries.
    #[error("{operation} failed: {detail}; {}, or use --snapshot with a saved snapshot", .kind.next())]
    NotAsked {
        /// The operation, `iam:GetRole`.
        operation: &'static str,
        /// What kind of failure it was.
        kind: FailureKind,
        /// The failure in words.
        detail: String,
    },
}

fn in_account(account: Option<&str>) -> String {
    account.map(|account| format!(" in account {account}")).unwrap_or_default()
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar.map(|similar| format!("; did you mean `{similar}`?")).unwrap_or_default()
}

/// Everything that AWS tells about `ask` with these credentials: identity policies, boundary, tags, and for a role its
/// trust policy.
///
/// The principal in the snapshot is the one that IAM found: its ARN has the path, a session keeps its session ARN
/// beside it. Inline policies come first, by name, then attached ones by name, then those of groups by group name.
/// Principals without IAM policies of their own (root, services, federated users) give a snapshot without any, and
/// without a call. The trust policies of the roles that are assumed are read with the rest.
///
/// # Errors
/// Where the principal does not exist, is another one, or AWS could not be asked about it. A policy that could not be
/// read is no error but an unknown in the snapshot.
pub async fn read(asked: Ask<'_>, options: &AwsOptions) -> Result<Snapshot, AwsError> {
    let ask = asked.principal;
    let Some(owner) = owner_of(ask) else {
        let mut snapshot = Snapshot::without_policies(Source::Aws, ask.clone());
        if !asked.roles.is_empty() {
            let reader = Reader::new(connect::connect(options).await?);
            reader.trust_policies(asked.roles).await?.into_iter().for_each(|trust| trust.add_to(&mut snapshot));
        }
        return Ok(snapshot);
    };
    let reader = Reader::new(connect::connect(options).await?);
    let answer = pin!(async {
        let identity = async { Ok(reader.identity(owner).await) };
        let trust = reader.trust_policies(asked.roles);
        let (entity, identity, trust) = try_join3(reader.entity(ask, owner), identity, trust).await?;
        if entity.principal.entity_arn.is_none() && identity.is_of_nobody(owner) {
            return Err(reader.missing(ask, owner).await);
        }
        let mut snapshot = assemble(entity, identity);
        trust.into_iter().for_each(|trust| trust.add_to(&mut snapshot));
        Ok(snapshot)
    });
    // What only some answers need starts with the first round and is dropped when the answer is there.
    let helpers = pin!(join(reader.caller_account(), reader.index_versions(owner)));
    match select(answer, helpers).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => answer.await,
    }
}

/// Whose policies IAM holds for `ask`; `None` where it holds none.
fn owner_of(ask: &Principal) -> Option<Owner<'_>> {
    let name = ask.name.as_deref()?;
    match ask.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => Some(Owner::Role(name)),
        PrincipalKind::User => Some(Owner::User(name)),
        PrincipalKind::FederatedUser
        | PrincipalKind::Root
        | PrincipalKind::Service
        | PrincipalKind::Anonymous
        | PrincipalKind::Unknown => None,
    }
}

fn assemble(entity: Entity, identity: Gathered) -> Snapshot {
    let mut snapshot = Snapshot::without_policies(Source::Aws, entity.principal);
    snapshot.tags = entity.tags;
    snapshot.trust_policy = entity.trust_policy;
    snapshot.layers.set(Layer::Boundary, entity.boundary);
    snapshot.layers.boundary_users = entity.boundary_users;
    // A principal without any policy is read, and grants nothing: an empty level, which denies.
    snapshot.layers.set(Layer::Identity, crate::snapshot::Reading::policies(identity.policies));
    for entry in entity.unread.into_iter().chain(identity.unread) {
        if !snapshot.unread.contains(&entry) {
            snapshot.unread.push(entry);
        }
    }
    snapshot
}
