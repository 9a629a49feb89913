//! The identity policies of a role or user: inline, attached, and those of its groups, each on its way on its own.

use futures_util::future::{join, join_all};

use super::failure::{Failure, FailureKind};
use super::reader::{Attached, Listed, Owner, Reader};
use crate::snapshot::{Layer, Origin, Policy, Reading, Unread};

/// Policies, readable or not, and the reads that failed.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) policies: Vec<Policy>,
    pub(super) unread: Vec<Unread>,
}

impl Gathered {
    fn push(&mut self, (policy, failure): (Policy, Option<Failure>), layer: Layer) {
        self.policies.push(policy);
        self.unread.extend(failure.map(|failure| failure.unread(layer)));
    }

    /// Policies that nobody could list stand in the answer as one that nobody could read.
    fn push_unlisted(&mut self, what: impl Into<String>, origin: Origin, failure: &Failure) {
        self.policies.push(Policy::unread(what, None, origin, failure.reason()));
        self.unread.push(failure.unread(Layer::Identity));
    }

    /// Whether IAM knows nobody of the name: it says so of the lists of policies, too, which is where it is asked when it
    /// refuses to show the role or user.
    pub(super) fn is_of_nobody(&self, owner: Owner<'_>) -> bool {
        let lists = match owner {
            Owner::Role(_) => ["iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
            Owner::User(_) => ["iam:ListUserPolicies", "iam:ListAttachedUserPolicies"],
            Owner::Group(_) => ["iam:ListGroupPolicies", "iam:ListAttachedGroupPolicies"],
        };
        let not_found = FailureKind::NotFound.code();
        self.unread.iter().any(|unread| lists.contains(&&*unread.operation) && unread.reason == not_found)
    }

    fn append(&mut self, mut other: Self) {
        self.policies.append(&mut other.policies);
        self.unread.append(&mut other.unread);
    }
}

impl Reader {
    /// All identity policies of a role or user, in a stable order.
    pub(super) async fn identity(&self, owner: Owner<'_>) -> Gathered {
        let Owner::User(user) = owner else {
            return self.owned(owner).await;
        };
        let (mut gathered, groups) = join(self.owned(owner), self.of_groups(user)).await;
        gathered.append(groups);
        gathered
    }

    async fn of_groups(&self, user: &str) -> Gathered {
        let Listed { items: mut names, failure } = self.groups(user).await;
        names.sort_unstable();
        let mut gathered = Gathered::default();
        for group in join_all(names.iter().map(|name| self.owned(Owner::Group(name)))).await {
            gathered.append(group);
        }
        if let Some(failure) = failure {
            gathered.push_unlisted("policies of groups", Origin::Group("unknown".to_owned()), &failure);
        }
        gathered
    }

    /// The policies that hang on `owner` itself.
    async fn owned(&self, owner: Owner<'_>) -> Gathered {
        let (mut gathered, attached) = join(self.inline(owner), self.managed(owner)).await;
        gathered.append(attached);
        gathered
    }

    async fn inline(&self, owner: Owner<'_>) -> Gathered {
        let Listed { items: mut names, failure } = self.inline_names(owner).await;
        names.sort_unstable();
        let mut gathered = Gathered::default();
        for policy in join_all(names.iter().map(|name| self.inline_policy(owner, name))).await {
            gathered.push(policy, Layer::Identity);
        }
        if let Some(failure) = failure {
            gathered.push_unlisted(unlisted("inline policies", owner), group_or(owner, Origin::Inline), &failure);
        }
        gathered
    }

    async fn inline_policy(&self, owner: Owner<'_>, name: &str) -> (Policy, Option<Failure>) {
        let origin = group_or(owner, Origin::Inline);
        match self.inline_document(owner, name).await {
            Ok(document) => (Policy::new(name, None, origin, None, &document.text), None),
            Err(failure) => (Policy::unread(name, None, origin, failure.reason()), Some(failure)),
        }
    }

    async fn managed(&self, owner: Owner<'_>) -> Gathered {
        let Listed { items: mut attached, failure } = self.attached(owner).await;
        attached.sort_unstable_by(|a, b| (&a.name, &a.arn).cmp(&(&b.name, &b.arn)));
        let policies = attached.iter().map(|Attached { name, arn }| {
            let origin = group_or(owner, Origin::of_managed(arn));
            self.managed_policy(name, arn, origin)
        });
        let mut gathered = Gathered::default();
        for policy in join_all(policies).await {
            gathered.push(policy, Layer::Identity);
        }
        if let Some(failure) = failure {
            gathered.push_unlisted(
                unlisted("attached policies", owner),
                group_or(owner, Origin::CustomerManaged),
                &failure,
            );
        }
        gathered
    }

    async fn managed_policy(&self, name: &str, arn: &str, origin: Origin) -> (Policy, Option<Failure>) {
        let arn = arn.to_owned();
        match self.managed_document(&arn).await {
            Ok(document) => (Policy::new(name, Some(arn), origin, document.version, &document.text), None),
            Err(failure) => (Policy::unread(name, Some(arn), origin, failure.reason()), Some(failure)),
        }
    }

    /// The boundary, from its ARN. One that cannot be read is a policy without a document, never "no boundary".
    pub(super) async fn boundary(&self, arn: &str) -> (Reading, Option<Unread>) {
        let name = arn.rsplit(['/', ':']).next().unwrap_or(arn);
        let (policy, failure) = self.managed_policy(name, arn, Origin::of_managed(arn)).await;
        (Reading::policies(vec![policy]), failure.map(|failure| failure.unread(Layer::Boundary)))
    }
}

/// The policies of a group come with its name, however they hang on it.
fn group_or(owner: Owner<'_>, origin: Origin) -> Origin {
    match owner {
        Owner::Group(name) => Origin::Group(name.to_owned()),
        Owner::Role(_) | Owner::User(_) => origin,
    }
}

fn unlisted(what: &str, owner: Owner<'_>) -> String {
    match owner {
        Owner::Group(name) => format!("{what} of group {name}"),
        Owner::Role(_) | Owner::User(_) => what.to_owned(),
    }
}
