//! The role or user itself: that it exists, that it is the one asked for, and its boundary, tags and trust policy.
//!
//! Source: IAM API Reference, `GetRole` and `GetUser`; IAM User Guide, "IAM identifiers". `ListRoles` leaves out
//! boundary and tags, so nothing here is read from lists.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{AttachedPermissionsBoundary, Tag};

use super::AwsError;
use super::failure::{Failure, FailureKind};
use super::reader::{Candidate, Owner, Reader};
use crate::arn::Arn;
use crate::policy::wrapping::decoded;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Origin, Policy, Reading, Unread};

/// Names closer than this are offered as "did you mean".
const SIMILAR: f64 = 0.85;

/// The role or user that IAM found, resolved against the one asked for.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) principal: Principal,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) trust_policy: Option<Policy>,
    pub(super) boundary: Reading,
    /// How many principals have the same boundary.
    pub(super) boundary_users: Option<usize>,
    pub(super) unread: Vec<Unread>,
}

/// What `GetRole` and `GetUser` have in common.
struct Found {
    arn: String,
    name: String,
    unique_id: String,
    tags: BTreeMap<String, String>,
    /// The trust policy, encoded, of a role.
    trust: Option<String>,
    /// `Some(None)`: a boundary without an ARN, which AWS never sends.
    boundary: Option<Option<String>>,
}

impl Reader {
    /// The role or user `owner`, held against `ask`, with its boundary.
    pub(super) async fn entity(&self, ask: &Principal, owner: Owner<'_>) -> Result<Entity, AwsError> {
        let found = match self.found(owner).await {
            Ok(found) => found,
            Err(failure) => return self.without_entity(ask, owner, &failure).await,
        };
        let principal = resolve(ask, kind_name(owner), &found)?;
        let (boundary, unread) = match &found.boundary {
            None => (Reading::Absent, None),
            Some(Some(arn)) => self.boundary(arn).await,
            Some(None) => failed_boundary(&Failure::incomplete(get_operation(owner))),
        };
        let boundary_users = found.boundary.flatten().and_then(|arn| self.boundary_users(&arn));
        let trust_policy = found.trust.map(|served| {
            let name = format!("trust policy of {}", found.name);
            Policy::new(name, None, Origin::Inline, None, &decoded(&served))
        });
        Ok(Entity {
            principal,
            tags: Some(found.tags),
            trust_policy,
            boundary,
            boundary_users,
            unread: unread.into_iter().collect(),
        })
    }

    async fn found(&self, owner: Owner<'_>) -> Result<Found, Failure> {
        let iam = &self.clients.iam;
        let operation = get_operation(owner);
        match owner {
            Owner::Role(name) => {
                let reply = self.in_slot(iam.get_role().role_name(name).send()).await;
                let role = reply.map_err(|error| Failure::of(operation, &error))?.role;
                let role = role.filter(|role| !role.arn.is_empty() && !role.role_name.is_empty());
                let role = role.ok_or_else(|| Failure::incomplete(operation))?;
                Ok(Found {
                    boundary: role.permissions_boundary().map(boundary_arn),
                    tags: tag_map(role.tags()),
                    arn: role.arn,
                    name: role.role_name,
                    unique_id: role.role_id,
                    trust: role.assume_role_policy_document,
                })
            }
            Owner::User(name) | Owner::Group(name) => {
                let reply = self.in_slot(iam.get_user().user_name(name).send()).await;
                let user = reply.map_err(|error| Failure::of(operation, &error))?.user;
                let user = user.filter(|user| !user.arn.is_empty() && !user.user_name.is_empty());
                let user = user.ok_or_else(|| Failure::incomplete(operation))?;
                Ok(Found {
                    boundary: user.permissions_boundary().map(boundary_arn),
                    tags: tag_map(user.tags()),
                    arn: user.arn,
                    name: user.user_name,
                    unique_id: user.user_id,
                    trust: None,
                })
            }
        }
    }

    /// What a failed `GetRole` or `GetUser` leaves: where it was refused, an answer without a boundary that is known.
    async fn without_entity(&self, ask: &Principal, owner: Owner<'_>, failure: &Failure) -> Result<Entity, AwsError> {
        // AWS: a name with a path in it does not match the pattern of names, which is a ValidationError.
        let missing = failure.kind == FailureKind::NotFound || failure.code.as_deref() == Some("ValidationError");
        if !missing && failure.kind != FailureKind::AccessDenied {
            return Err(failure.fatal());
        }
        let caller = self.caller_account().await;
        if let (Some(asked), Some(credentials)) = (&ask.account, &caller)
            && asked != credentials
        {
            return Err(wrong_account(kind_name(owner), asked, credentials));
        }
        if missing {
            return Err(self.missing(ask, owner).await);
        }
        let mut principal = ask.clone();
        principal.entity_arn = None;
        principal.account = principal.account.or(caller);
        let (boundary, unread) = failed_boundary(failure);
        Ok(Entity {
            principal,
            tags: None,
            trust_policy: None,
            boundary,
            boundary_users: None,
            unread: unread.into_iter().collect(),
        })
    }

    /// That nobody of the name is in the account of the credentials, with a name that is much like it.
    pub(super) async fn missing(&self, ask: &Principal, owner: Owner<'_>) -> AwsError {
        let caller = self.caller_account().await;
        let name = ask.name.clone().unwrap_or_default();
        let similar = most_similar(&name, &self.candidates(owner).await);
        let asked = ask.entity_arn.clone().unwrap_or(name);
        AwsError::NoSuchPrincipal {
            kind: kind_name(owner),
            asked,
            account: caller.or_else(|| ask.account.clone()),
            similar,
        }
    }
}

/// `ask` completed by what IAM found.
///
/// # Errors
/// Where it is not the one asked for: another account, or another path than the ARN's.
fn resolve(ask: &Principal, kind: &'static str, found: &Found) -> Result<Principal, AwsError> {
    let account = Arn::parse(&found.arn).map(|arn| arn.account.to_owned());
    if let (Some(asked), Some(credentials)) = (&ask.account, &account)
        && asked != credentials
    {
        return Err(wrong_account(kind, asked, credentials));
    }
    let is_session = ask.kind == PrincipalKind::AssumedRole;
    // AWS: a session ARN never carries the role's path, so only the name can be compared.
    let is_same = match (&ask.entity_arn, &ask.name) {
        (Some(asked), _) if !is_session => *asked == found.arn,
        (_, Some(name)) => name.eq_ignore_ascii_case(&found.name),
        (_, None) => true,
    };
    if !is_same {
        let asked = ask.entity_arn.clone().or_else(|| ask.name.clone()).unwrap_or_default();
        return Err(AwsError::OtherPrincipal { kind, asked, exists: found.arn.clone() });
    }
    Ok(Principal {
        kind: ask.kind,
        arn: if is_session { ask.arn.clone() } else { Some(found.arn.clone()) },
        entity_arn: Some(found.arn.clone()),
        account: account.or_else(|| ask.account.clone()),
        name: Some(found.name.clone()),
        session: ask.session.clone(),
        unique_id: Some(found.unique_id.clone()),
    })
}

fn wrong_account(kind: &'static str, asked: &str, credentials: &str) -> AwsError {
    AwsError::WrongAccount { kind, asked: asked.to_owned(), credentials: credentials.to_owned() }
}

fn failed_boundary(failure: &Failure) -> (Reading, Option<Unread>) {
    (Reading::Failed { reason: failure.reason() }, Some(failure.unread(Layer::Boundary)))
}

fn get_operation(owner: Owner<'_>) -> &'static str {
    match owner {
        Owner::Role(_) => "iam:GetRole",
        Owner::User(_) | Owner::Group(_) => "iam:GetUser",
    }
}

fn kind_name(owner: Owner<'_>) -> &'static str {
    match owner {
        Owner::Role(_) => "role",
        Owner::User(_) | Owner::Group(_) => "user",
    }
}

fn boundary_arn(boundary: &AttachedPermissionsBoundary) -> Option<String> {
    boundary.permissions_boundary_arn().filter(|arn| !arn.is_empty()).map(str::to_owned)
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// The name that `asked` may have been meant to be: one that differs in case or path only, else the closest one.
fn most_similar(asked: &str, candidates: &[Candidate]) -> Option<String> {
    let asked = asked.trim_matches('/').to_lowercase();
    let last = asked.rsplit('/').next().unwrap_or(&asked);
    let closeness = |candidate: &Candidate| {
        let name = candidate.name.to_lowercase();
        let with_path = format!("{}{name}", candidate.path.to_lowercase());
        if name == last || with_path.trim_matches('/') == asked { 2.0 } else { strsim::jaro_winkler(&name, last) }
    };
    let close =
        candidates.iter().map(|candidate| (closeness(candidate), candidate)).filter(|(score, _)| *score > SIMILAR);
    // Of equally close names the first by alphabet.
    let best = close.max_by(|(a, left), (b, right)| a.total_cmp(b).then_with(|| right.name.cmp(&left.name)));
    best.map(|(_, candidate)| candidate.name.clone())
}

#[cfg(test)]
mod tests;
