//! Whether a principal can get past its boundary, by what its policies together let it do: decided by the evaluator.

use std::sync::LazyLock;

use crate::arn::Arn;
use crate::context::Value;
use crate::derive::{self, Given};
use crate::eval::{Verdict, evaluate};
use crate::policy::Effect;
use crate::principal::PrincipalKind;
use crate::reach::{self, Catalogued};
use crate::request::{Action, Resource};
use crate::snapshot::{Layer, Policy, Snapshot};

/// What `iam:PermissionsBoundary` holds in a request. Of `Create…` and `Put…PermissionsBoundary` it is the boundary that
/// is asked for, of the others the one that their target has.
/// Source: Service Authorization Reference, IAM; IAM User Guide, "IAM and AWS STS condition context keys".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary<'a> {
    /// None: the key is missing.
    None,
    /// This one.
    Is(&'a str),
    /// Nobody knows.
    Open,
}

/// A way past a boundary that a principal has.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The action, in AWS's spelling.
    pub(super) action: &'static str,
    /// Whether the policies certainly allow it, on all that it was asked about.
    pub(super) is_certain: bool,
    /// The policy of the boundary layer that allows it, and where in its document.
    pub(super) allowed_by: Option<u32>,
}

/// What is asked of a principal.
pub(super) struct Asker<'a> {
    snapshot: &'a Snapshot,
    given: &'a Given,
    partition: &'a str,
    account: &'a str,
    /// Nothing that is open is told: it may hang on a policy that was not read.
    only_certain: bool,
}

/// Changes of the own boundary's document. The last two fail while it is in use, or change nothing by themselves.
const EDITS: [&str; 4] =
    ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"];
/// What makes a principal without a boundary, or changes one.
const MAKES: [(&str, &str); 7] = [
    ("iam:CreateRole", "role/*"),
    ("iam:CreateUser", "user/*"),
    ("iam:AttachRolePolicy", "role/*"),
    ("iam:PutRolePolicy", "role/*"),
    ("iam:AttachUserPolicy", "user/*"),
    ("iam:PutUserPolicy", "user/*"),
    ("iam:UpdateAssumeRolePolicy", "role/*"),
];
/// What lets a principal act as another one.
const ACTS_AS: [(&str, &str); 2] = [("iam:PassRole", "role/*"), ("sts:AssumeRole", "role/*")];

/// The actions that are asked about, looked up once.
static ACTIONS: LazyLock<Vec<(&'static str, Action)>> = LazyLock::new(|| {
    let own = ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"];
    let of_users = ["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"];
    let others = MAKES.iter().chain(&ACTS_AS).map(|(name, _)| *name);
    let names = own.into_iter().chain(of_users).chain(EDITS).chain(others);
    names.filter_map(|name| Some((name, Action::parse(name).ok()?))).collect()
});

impl<'a> Asker<'a> {
    /// About the principal of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, given: &'a Given) -> Self {
        let arn = snapshot.principal.arn.as_deref().and_then(Arn::parse);
        let is_unread = |layer| snapshot.layers.policies(layer).any(|policy: &Policy| policy.document.is_err());
        Self {
            snapshot,
            given,
            partition: arn.map_or("aws", |arn| arn.partition),
            account: snapshot.principal.account.as_deref().unwrap_or("*"),
            only_certain: is_unread(Layer::Identity) || is_unread(Layer::Boundary),
        }
    }

    /// Whether it may take off, or replace by one that allows everything, its own boundary `own`.
    pub(super) fn removals(&self, own: Option<&str>) -> Vec<Way> {
        let principal = &self.snapshot.principal;
        let (delete, put) = if principal.kind == PrincipalKind::User {
            ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary")
        } else {
            ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
        };
        let itself = principal.arn.clone().unwrap_or_else(|| {
            let kind = if principal.kind == PrincipalKind::User { "user" } else { "role" };
            let name = principal.name.as_deref().unwrap_or("*");
            format!("arn:{}:iam::{}:{kind}/{name}", self.partition, self.account)
        });
        let weaker = format!("arn:{}:iam::aws:policy/AdministratorAccess", self.partition);
        let now = own.map_or(Boundary::Open, Boundary::Is);
        let ways = [self.way(delete, &itself, now), self.way(put, &itself, Boundary::Is(&weaker))];
        ways.into_iter().flatten().collect()
    }

    /// How it may change the document of its boundary `own`.
    pub(super) fn edits(&self, own: &str) -> Vec<Way> {
        EDITS.into_iter().filter_map(|action| self.way(action, own, Boundary::Open)).collect()
    }

    /// How it may make or change principals that have no boundary.
    pub(super) fn makes(&self) -> Vec<Way> {
        self.all(&MAKES)
    }

    /// How it may act as any other role.
    pub(super) fn acts_as(&self) -> Vec<Way> {
        self.all(&ACTS_AS).into_iter().filter(|way| way.is_certain).collect()
    }

    fn all(&self, list: &[(&'static str, &str)]) -> Vec<Way> {
        let resource = |rest: &str| format!("arn:{}:iam::{}:{rest}", self.partition, self.account);
        list.iter().filter_map(|(action, rest)| self.way(action, &resource(rest), Boundary::None)).collect()
    }

    fn way(&self, name: &'static str, resource: &str, boundary: Boundary<'_>) -> Option<Way> {
        let action = ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| action)?;
        if !self.may_be_granted(action) {
            return None;
        }
        let mut given = self.given.clone();
        let value = match boundary {
            Boundary::None => Some(Value { items: Vec::new(), list: true }),
            Boundary::Is(arn) => Some(Value::one(arn)),
            Boundary::Open => None,
        };
        given.keys.extend(value.map(|value| ("iam:PermissionsBoundary".to_owned(), value)));
        let resource = Resource::new(resource, false);
        let number = Catalogued::get().number(&action.lower);
        let carries = number.map(|number| move |key: &str| reach::carries(number, key));
        let request = derive::request_carrying(&given, action.clone(), (resource, false), self.snapshot, carries);
        let decision = evaluate(&request, self.snapshot);
        let is_certain = match decision.verdict {
            Verdict::Allowed => true,
            Verdict::Undetermined if !self.only_certain => false,
            Verdict::Undetermined | Verdict::Denied => return None,
        };
        let ceiling = decision.layers.iter().find(|layer| layer.layer == Layer::Boundary);
        let statement = ceiling.and_then(|layer| layer.deciding.first()).map(|at| at.statement as usize);
        let mut policies = self.snapshot.layers.policies(Layer::Boundary);
        let document = policies.next().and_then(|policy| policy.document.as_ref().ok());
        let allowed_by = statement.and_then(|at| Some(document?.statements.get(at)?.span.start));
        Some(Way { action: name, is_certain, allowed_by })
    }

    /// Whether an identity policy can allow the action at all: most can not, and nothing more need be asked.
    fn may_be_granted(&self, action: &Action) -> bool {
        self.snapshot.layers.policies(Layer::Identity).filter_map(|policy| policy.document.as_ref().ok()).any(
            |document| {
                let fitting = document.heads.fitting(action.head, action.tail);
                let allows = |number: &u32| {
                    document.statements.get(*number as usize).is_some_and(|statement| statement.effect != Effect::Deny)
                };
                fitting.iter().any(allows)
            },
        )
    }
}
