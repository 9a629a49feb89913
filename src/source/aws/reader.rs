//! The calls themselves: one method an operation, under a common cap, with all pages.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tokio::sync::{OnceCell, Semaphore};

use super::connect::Clients;
use super::document::Document;
use super::failure::Failure;

/// Requests in flight at most. IAM throttles an account, not a connection.
const MAX_IN_FLIGHT: usize = 16;
/// The most that IAM gives on one page.
const PAGE_SIZE: i32 = 1000;

/// What policies hang on, by name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    Role(&'a str),
    User(&'a str),
    Group(&'a str),
}

/// A list, and why it is not complete where it is not.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) failure: Option<Failure>,
}

/// A managed policy that is attached.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) arn: String,
}

/// A role or user, as far as candidates for "did you mean" go.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) path: String,
}

type Shared<T> = Rc<OnceCell<Result<T, Failure>>>;

/// Reads through the clients; remembers what more than one part of an answer needs.
pub(super) struct Reader {
    pub(super) clients: Clients,
    slots: Semaphore,
    /// Default versions by policy ARN, as far as `ListPolicies` has told them.
    versions: RefCell<HashMap<String, String>>,
    /// Managed policies by ARN: one that is attached twice is read once.
    managed: RefCell<HashMap<String, Shared<Document>>>,
    /// Of how many principals a policy is the boundary, by its ARN, as far as `GetPolicy` and `ListPolicies` tell.
    bounded: RefCell<HashMap<String, usize>>,
    caller: OnceCell<Option<String>>,
}

/// The first failed page ends the list; what came before it is kept.
macro_rules! all_pages {
    ($reader:expr, $operation:literal, $request:expr, $most:expr, $page:ident => $items:expr) => {{
        let mut stream = $request.into_paginator().page_size(PAGE_SIZE).send();
        let mut listed = Listed { items: Vec::new(), failure: None };
        let mut last = None;
        for _ in 0..$most {
            let Some(reply) = $reader.in_slot(stream.next()).await else { break };
            match reply {
                Ok($page) => {
                    listed.items.extend($items);
                    if leads_nowhere($page.is_truncated(), $page.marker(), &mut last) {
                        listed.failure = Some(Failure::incomplete($operation));
                    }
                }
                Err(error) => listed.failure = Some(Failure::of($operation, &error)),
            }
        }
        listed
    }};
}

/// Whether a page says that there are more, and not where, or again where it is itself: the SDK asks no further then.
/// `last`: the marker of the page before.
pub(super) fn leads_nowhere(truncated: bool, marker: Option<&str>, last: &mut Option<String>) -> bool {
    let marker = marker.filter(|marker| !marker.is_empty()).map(str::to_owned);
    let nowhere = truncated && (marker.is_none() || marker == *last);
    *last = marker;
    nowhere
}

/// A call, its failure classified.
macro_rules! call {
    ($reader:expr, $operation:literal, $request:expr) => {
        $reader.in_slot($request.send()).await.map_err(|error| Failure::of($operation, &error))
    };
}

impl Reader {
    pub(super) fn new(clients: Clients) -> Self {
        Self {
            clients,
            slots: Semaphore::new(MAX_IN_FLIGHT),
            versions: RefCell::default(),
            managed: RefCell::default(),
            bounded: RefCell::default(),
            caller: OnceCell::new(),
        }
    }

    /// Runs `call` when there is a free slot, in order of asking.
    pub(super) async fn in_slot<F: Future>(&self, call: F) -> F::Output {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await.ok();
        call.await
    }

    /// The account of the credentials, asked once; `None` where STS does not say.
    pub(super) async fn caller_account(&self) -> Option<String> {
        let ask = || async {
            let reply = self.in_slot(self.clients.sts.get_caller_identity().send()).await.ok()?;
            reply.account().filter(|account| crate::arn::is_account_id(account)).map(str::to_owned)
        };
        self.caller.get_or_init(ask).await.clone()
    }

    /// Notes the default version of every attached policy of the account, page by page, where `owner` is a user. A
    /// failure is no loss: `GetPolicy` tells the same.
    pub(super) async fn index_versions(&self, owner: Owner<'_>) {
        if !matches!(owner, Owner::User(_)) {
            return;
        }
        let request = self.clients.iam.list_policies().only_attached(true);
        let mut pages = request.into_paginator().page_size(PAGE_SIZE).send();
        while let Some(Ok(page)) = self.in_slot(pages.next()).await {
            for policy in page.policies() {
                self.note_bounded(policy.arn(), policy.permissions_boundary_usage_count());
            }
            let known = page.policies().iter().filter_map(|policy| Some((policy.arn()?, policy.default_version_id()?)));
            self.versions.borrow_mut().extend(known.map(|(arn, version)| (arn.to_owned(), version.to_owned())));
        }
    }

    /// The names of the inline policies of `owner`.
    pub(super) async fn inline_names(&self, owner: Owner<'_>) -> Listed<String> {
        let iam = &self.clients.iam;
        match owner {
            Owner::Role(name) => {
                let request = iam.list_role_policies().role_name(name);
                all_pages!(self, "iam:ListRolePolicies", request, usize::MAX, page => page.policy_names().iter().cloned())
            }
            Owner::User(name) => {
                let request = iam.list_user_policies().user_name(name);
                all_pages!(self, "iam:ListUserPolicies", request, usize::MAX, page => page.policy_names().iter().cloned())
            }
            Owner::Group(name) => {
                let request = iam.list_group_policies().group_name(name);
                all_pages!(self, "iam:ListGroupPolicies", request, usize::MAX, page => page.policy_names().iter().cloned())
            }
        }
    }

    /// The managed policies attached to `owner`.
    pub(super) async fn attached(&self, owner: Owner<'_>) -> Listed<Attached> {
        let iam = &self.clients.iam;
        match owner {
            Owner::Role(name) => {
                let request = iam.list_attached_role_policies().role_name(name);
                let all = usize::MAX;
                all_pages!(self, "iam:ListAttachedRolePolicies", request, all, page => page.attached_policies().iter().map(attached))
            }
            Owner::User(name) => {
                let request = iam.list_attached_user_policies().user_name(name);
                let all = usize::MAX;
                all_pages!(self, "iam:ListAttachedUserPolicies", request, all, page => page.attached_policies().iter().map(attached))
            }
            Owner::Group(name) => {
                let request = iam.list_attached_group_policies().group_name(name);
                let all = usize::MAX;
                all_pages!(self, "iam:ListAttachedGroupPolicies", request, all, page => page.attached_policies().iter().map(attached))
            }
        }
    }

    /// The names of the groups of a user.
    pub(super) async fn groups(&self, user: &str) -> Listed<String> {
        let request = self.clients.iam.list_groups_for_user().user_name(user);
        let all = usize::MAX;
        all_pages!(self, "iam:ListGroupsForUser", request, all, page => page.groups().iter().map(|group| group.group_name().to_owned()))
    }

    /// The document of an inline policy.
    pub(super) async fn inline_document(&self, owner: Owner<'_>, policy: &str) -> Result<Document, Failure> {
        let iam = &self.clients.iam;
        let text = match owner {
            Owner::Role(name) => {
                let reply =
                    call!(self, "iam:GetRolePolicy", iam.get_role_policy().role_name(name).policy_name(policy))?;
                reply.policy_document
            }
            Owner::User(name) => {
                let reply =
                    call!(self, "iam:GetUserPolicy", iam.get_user_policy().user_name(name).policy_name(policy))?;
                reply.policy_document
            }
            Owner::Group(name) => {
                let reply =
                    call!(self, "iam:GetGroupPolicy", iam.get_group_policy().group_name(name).policy_name(policy))?;
                reply.policy_document
            }
        };
        if text.is_empty() {
            return Err(Failure::incomplete(match owner {
                Owner::Role(_) => "iam:GetRolePolicy",
                Owner::User(_) => "iam:GetUserPolicy",
                Owner::Group(_) => "iam:GetGroupPolicy",
            }));
        }
        Ok(Document::new(None, &text))
    }

    /// The document of the default version of a managed policy, read once however often it is attached.
    pub(super) async fn managed_document(&self, arn: &str) -> Result<Document, Failure> {
        let cell = Rc::clone(self.managed.borrow_mut().entry(arn.to_owned()).or_default());
        cell.get_or_init(|| self.default_version(arn)).await.clone()
    }

    async fn default_version(&self, arn: &str) -> Result<Document, Failure> {
        let iam = &self.clients.iam;
        let known = self.versions.borrow().get(arn).cloned();
        let version = match known {
            Some(version) => version,
            None => {
                let reply = call!(self, "iam:GetPolicy", iam.get_policy().policy_arn(arn))?;
                let policy = reply.policy;
                self.note_bounded(Some(arn), policy.as_ref().and_then(|one| one.permissions_boundary_usage_count()));
                let version = policy.and_then(|policy| policy.default_version_id);
                version.ok_or_else(|| Failure::incomplete("iam:GetPolicy"))?
            }
        };
        let reply = call!(self, "iam:GetPolicyVersion", iam.get_policy_version().policy_arn(arn).version_id(&version))?;
        let text = reply.policy_version.and_then(|version| version.document).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| Failure::incomplete("iam:GetPolicyVersion"))?;
        Ok(Document::new(Some(version), &text))
    }

    /// Notes of how many principals a policy is the boundary. Source: IAM API Reference, `Policy`,
    /// `PermissionsBoundaryUsageCount`.
    fn note_bounded(&self, arn: Option<&str>, count: Option<i32>) {
        if let (Some(arn), Some(count)) = (arn, count.and_then(|count| usize::try_from(count).ok())) {
            self.bounded.borrow_mut().insert(arn.to_owned(), count);
        }
    }

    /// Of how many principals the policy that is somebody's boundary is it; `None` where IAM did not say, or told of a
    /// time before that.
    pub(super) fn boundary_users(&self, arn: &str) -> Option<usize> {
        self.bounded.borrow().get(arn).copied().filter(|count| *count > 0)
    }

    /// Roles or users of the account, three pages at most.
    pub(super) async fn candidates(&self, owner: Owner<'_>) -> Vec<Candidate> {
        let iam = &self.clients.iam;
        let listed = match owner {
            Owner::Role(_) => all_pages!(self, "iam:ListRoles", iam.list_roles(), 3, page => page.roles().iter()
                .map(|role| Candidate { name: role.role_name().to_owned(), path: role.path().to_owned() })),
            Owner::User(_) => all_pages!(self, "iam:ListUsers", iam.list_users(), 3, page => page.users().iter()
                .map(|user| Candidate { name: user.user_name().to_owned(), path: user.path().to_owned() })),
            Owner::Group(_) => Listed { items: Vec::new(), failure: None },
        };
        listed.items
    }
}

/// An entry without an ARN cannot be read, but it counts: its `GetPolicy` fails and the policy is an unknown.
fn attached(entry: &aws_sdk_iam::types::AttachedPolicy) -> Attached {
    let arn = entry.policy_arn().unwrap_or_default().to_owned();
    Attached { name: entry.policy_name().unwrap_or(&arn).to_owned(), arn }
}

#[cfg(test)]
mod tests {
    use super::leads_nowhere;

    #[test]
    fn a_marker_that_comes_again_leads_nowhere() {
        let mut last = None;
        assert!(!leads_nowhere(true, Some("a"), &mut last));
        assert!(!leads_nowhere(true, Some("b"), &mut last));
        assert!(leads_nowhere(true, Some("b"), &mut last));
        assert!(!leads_nowhere(false, None, &mut last));
        assert!(leads_nowhere(true, Some(""), &mut last));
    }
}
