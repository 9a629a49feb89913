//! Whether a principal can get past its boundary, by what its policies together let it do: decided by the evaluator.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::LazyLock;

use super::others::Others;
use super::ways::{ACTS_AS, LIFTS, MAKES, RUNS_AS, TAKES};
use crate::arn::Arn;
use crate::catalogue::Catalogued;
use crate::context::{Basis, Fact, Value};
use crate::derive::{self, Given};
use crate::eval::{self, Verdict, evaluate};
use crate::policy::Effect;
use crate::principal::PrincipalKind;
use crate::reach;
use crate::request::{Action, Request, Resource};
use crate::snapshot::{Layer, Policy, Reading, Snapshot};

/// What `iam:PermissionsBoundary` holds in a request. Of `Create…` and `Put…PermissionsBoundary` it is the boundary that
/// is asked for, of the others the one that their target has.
/// Source: Service Authorization Reference, IAM; IAM User Guide, "IAM and AWS STS condition context keys".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary<'a> {
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
    /// What was read allows it, and a policy that was not read may deny it.
    pub(super) may_be_denied: bool,
    /// It is allowed with this boundary, which is not the principal's own, rather than with none.
    pub(super) with: Option<With>,
    /// On this resource, or all of this pattern; `None` = on all that there are.
    pub(super) on: Option<String>,
    /// Where in the document of the boundary it is allowed.
    pub(super) allowed_by: Option<u32>,
}

impl Way {
    /// The way on a resource.
    pub(super) fn on(mut self, resource: &str) -> Self {
        self.on = Some(resource.to_owned());
        self
    }

    /// A way that certainly is one.
    pub(super) fn certain(action: &'static str) -> Self {
        Self { action, is_certain: true, may_be_denied: false, with: None, on: None, allowed_by: None }
    }
}

/// A boundary that is not the principal's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum With {
    /// AdministratorAccess, or one that nobody ever named.
    Any,
    /// One that a condition on the key names.
    Named(String),
}

/// What is asked of a principal.
pub(super) struct Asker<'a> {
    /// What was read of it: what was not may deny, and is not thought to allow.
    pub(super) snapshot: Cow<'a, Snapshot>,
    given: &'a Given,
    /// Of all requests, found with the first: of most principals, nothing need be asked.
    common: OnceCell<derive::Common>,
    pub(super) others: &'a Others,
    partition: &'a str,
    pub(super) account: &'a str,
    /// An identity policy was not read.
    is_unread: bool,
    /// No policy of a resource can grant past what the identity policies and the boundary allow.
    is_alone: bool,
    /// The boundary was read.
    has_boundary: bool,
}

/// An action on a resource, as it is asked about with one boundary or another.
pub(super) struct Question {
    name: &'static str,
    request: Request,
}

/// Changes of the own boundary's document. The last two fail while it is in use, or change nothing by themselves.
const EDITS: [&str; 4] =
    ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"];
/// The actions that are asked about, looked up once.
static ACTIONS: LazyLock<Vec<(&'static str, Action)>> = LazyLock::new(|| {
    let others = MAKES.iter().chain(&TAKES).map(|(name, _)| *name);
    let rest = LIFTS.iter().chain(&RUNS_AS).map(|(name, _)| *name);
    // An edit of a policy is asked about twice, and is one action.
    let edits = EDITS.into_iter().filter(|edit| !TAKES.iter().any(|(name, _)| name == edit));
    let names = edits.chain(others).chain(rest).chain(ACTS_AS);
    names.filter_map(|name| Some((name, Action::parse(name).ok()?))).collect()
});

impl<'a> Asker<'a> {
    /// About the principal of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, given: &'a Given, others: &'a Others) -> Self {
        let arn = snapshot.principal.arn.as_deref().and_then(Arn::parse);
        let is_unread = snapshot.layers.policies(Layer::Identity).any(|policy: &Policy| policy.document.is_err());
        let read = || {
            let mut read = snapshot.clone();
            let all = snapshot.layers.policies(Layer::Identity);
            let policies = all.filter(|policy| policy.document.is_ok()).cloned().collect();
            read.layers.set(Layer::Identity, Reading::policies(policies));
            read
        };
        let what_was_read = if is_unread { Cow::Owned(read()) } else { Cow::Borrowed(snapshot) };
        Self {
            given,
            common: OnceCell::new(),
            snapshot: what_was_read,
            others,
            partition: arn.map_or("aws", |arn| arn.partition),
            account: snapshot.principal.account.as_deref().unwrap_or("*"),
            is_unread,
            is_alone: is_alone(snapshot),
            has_boundary: has_boundary(snapshot),
        }
    }

    /// Whether it may take off, or replace by another one, its own boundary `own`.
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
        let now = own.map_or(Boundary::Open, Boundary::Is);
        let named = self.named().into_iter().filter(|arn| Some(arn.as_str()) != own);
        let named = named.map(|arn| (arn.clone(), With::Named(arn)));
        let others = self.unheard_of().into_iter().map(|arn| (arn, With::Any)).chain(named);
        let ways = [self.way(delete, &itself, now), self.with(put, &itself, others)];
        ways.into_iter().flatten().collect()
    }

    /// Boundaries that are certainly not the own one, unless a policy allows any.
    pub(super) fn unheard_of(&self) -> [String; 2] {
        let administrator = format!("arn:{}:iam::aws:policy/AdministratorAccess", self.partition);
        [administrator, format!("arn:{}:iam::{}:policy/another-boundary", self.partition, self.account)]
    }

    /// The boundaries that conditions of its policies name.
    fn named(&self) -> Vec<String> {
        let policies = [Layer::Identity, Layer::Boundary].map(|layer| self.snapshot.layers.policies(layer));
        let documents = policies.into_iter().flatten().filter_map(|policy| policy.document.as_ref().ok());
        let statements = documents.flat_map(|document| &document.statements);
        let conditions = statements.flat_map(|one| &one.conditions).filter_map(|block| block.condition.as_ref());
        let values = conditions.filter(|one| &*one.key == "iam:permissionsboundary").flat_map(|one| &one.values);
        let mut named: Vec<String> = values
            .filter(|value| Arn::parse(value).is_some() && !value.contains(['*', '?', '$']))
            .map(|value| value.to_string())
            .collect();
        named.sort();
        named.dedup();
        named
    }

    /// The first way that is certain with one of these boundaries, or else the first that may be.
    pub(super) fn with(
        &self,
        name: &'static str,
        resource: &str,
        all: impl Iterator<Item = (String, With)>,
    ) -> Option<Way> {
        self.with_one_of(&self.question(name, resource)?, all)
    }

    /// The same of a question.
    pub(super) fn with_one_of(&self, asked: &Question, all: impl Iterator<Item = (String, With)>) -> Option<Way> {
        let mut found: Option<Way> = None;
        for (arn, with) in all {
            let way = self.answer(asked, Boundary::Is(&arn)).map(|way| Way { with: Some(with), ..way });
            if way.as_ref().is_some_and(|way| way.is_certain) {
                return way;
            }
            found = found.or(way);
        }
        found
    }

    /// How it may change the document of its boundary `own`.
    pub(super) fn edits(&self, own: &str) -> Vec<Way> {
        EDITS.into_iter().filter_map(|action| self.way(action, own, Boundary::Open)).collect()
    }

    /// The ARN, in its own account, of what `rest` is.
    pub(super) fn resource(&self, rest: &str) -> String {
        format!("arn:{}:iam::{}:{rest}", self.partition, self.account)
    }

    /// Whether it may call something on a resource, exact or a pattern; `None` = certainly not.
    pub(super) fn way(&self, name: &'static str, resource: &str, boundary: Boundary<'_>) -> Option<Way> {
        self.answer(&self.question(name, resource)?, boundary)
    }

    /// Whether it certainly may pass a role, as `asked`, to a service.
    pub(super) fn passes(&self, asked: &Question, service: &str) -> bool {
        let way = self.ask(asked, Some(("iam:PassedToService", Value::one(service))));
        way.is_some_and(|way| way.is_certain)
    }

    /// What is to be asked of an action on a resource, exact or a pattern; `None` = it is certainly not allowed.
    pub(super) fn question(&self, name: &'static str, resource: &str) -> Option<Question> {
        let action = action(name)?;
        let is_limited = self.is_alone && self.has_boundary;
        let may_grant = |on: Option<&Resource>| {
            // The boundary first: it is one policy, and identity policies are many.
            (!is_limited || self.may_grant(Layer::Boundary, action, on)) && self.may_grant(Layer::Identity, action, on)
        };
        // Most actions are ruled out before there is a resource to compare.
        let resource = may_grant(None).then(|| Resource::new(resource, false))?;
        if self.is_alone && !may_grant(Some(&resource)) {
            return None;
        }
        let number = Catalogued::get().number(&action.lower);
        let carries = number.map(|number| move |key: &str| reach::carries(number, key));
        let common = self.common.get_or_init(|| derive::Common::new(self.given, &self.snapshot));
        let request = common.request(action.clone(), (resource, false), &self.snapshot, carries);
        Some(Question { name, request })
    }

    /// The answer, with this boundary in the request.
    pub(super) fn answer(&self, asked: &Question, boundary: Boundary<'_>) -> Option<Way> {
        let value = match boundary {
            Boundary::None => Some(Value { items: Vec::new(), list: true }),
            Boundary::Is(arn) => Some(Value::one(arn)),
            Boundary::Open => None,
        };
        self.ask(asked, value.map(|value| ("iam:PermissionsBoundary", value)))
    }

    /// The evaluator's answer, with one more key in the request.
    fn ask(&self, asked: &Question, key: Option<(&str, Value)>) -> Option<Way> {
        let Question { name, request } = asked;
        let mut request = Cow::Borrowed(request);
        if let Some((key, value)) = key {
            request.to_mut().context.set(key, Fact::Value(value), Basis::Given);
        }
        let decision = evaluate(&request, &self.snapshot);
        let is_allowed = match decision.verdict {
            Verdict::Allowed => true,
            Verdict::Undetermined => false,
            Verdict::Denied => return None,
        };
        let may_be_denied = is_allowed && self.is_unread;
        let ceiling = decision.layers.iter().find(|layer| layer.layer == Layer::Boundary);
        let statement = ceiling.and_then(|layer| layer.deciding.first()).map(|at| at.statement as usize);
        let mut policies = self.snapshot.layers.policies(Layer::Boundary);
        let document = policies.next().and_then(|policy| policy.document.as_ref().ok());
        let allowed_by = statement.and_then(|at| Some(document?.statements.get(at)?.span.start));
        let is_certain = is_allowed && !self.is_unread;
        Some(Way { action: name, is_certain, may_be_denied, with: None, on: None, allowed_by })
    }

    /// Whether a policy of a layer can allow the action, on a resource, at all: most can not, and nothing more need be asked.
    fn may_grant(&self, layer: Layer, action: &Action, on: Option<&Resource>) -> bool {
        self.snapshot.layers.policies(layer).filter_map(|policy| policy.document.as_ref().ok()).any(|document| {
            let numbers = document.heads.fitting(action.head, action.tail);
            let mut fitting = numbers.iter().filter_map(|number| document.statements.get(*number as usize));
            fitting.any(|statement| statement.effect != Effect::Deny && eval::may_be_about(statement, action, on))
        })
    }
}

/// Whether no policy of a resource is known that could grant past what the identity policies and the boundary allow.
fn is_alone(snapshot: &Snapshot) -> bool {
    let layers = &snapshot.layers;
    let is_idle = |layer: &Layer| {
        matches!(layers.get(*layer), Reading::NotChecked { .. } | Reading::Absent)
            && layers.attached(*layer).next().is_none()
    };
    [Layer::Resource, Layer::Trust].iter().all(is_idle)
}

/// Whether there is a boundary, and all of it was read.
fn has_boundary(snapshot: &Snapshot) -> bool {
    matches!(snapshot.layers.get(Layer::Boundary), Reading::Levels(_))
        && snapshot.layers.policies(Layer::Boundary).all(|policy| policy.document.is_ok())
}

fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| action)
}
