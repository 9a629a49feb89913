//! How a principal that has a boundary can reach one that has none.
//!
//! Not among them: adding oneself to a group, for what a group grants is stopped by the boundary of each of its users.
//!
//! Sources: IAM User Guide, "Permissions boundaries for IAM entities" and "Delegating responsibility to others using
//! permissions boundaries"; Service Authorization Reference, IAM: which actions carry `iam:PermissionsBoundary`.

use super::escape::{Asker, Boundary, Way, With};
use crate::arn::Arn;
use crate::pattern::NoVariables;
use crate::policy::{Document, Effect, ResourcePattern, Statement, head_of};
use crate::snapshot::Layer;
use crate::truth::Truth;

/// On what an action is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// Roles that are yet to be made.
    NewRole,
    /// Users that are yet to be made.
    NewUser,
    /// Roles without a boundary.
    Role,
    /// Users without one.
    User,
    /// Groups that such users are in.
    Group,
    /// Policies that are attached to such roles or users.
    Policy,
}

impl On {
    fn pattern(self) -> &'static str {
        match self {
            Self::NewRole | Self::Role => "role/*",
            Self::NewUser | Self::User => "user/*",
            Self::Group => "group/*",
            Self::Policy => "policy/*",
        }
    }
}

/// What makes a principal without a boundary, or changes what one may do.
pub(super) const MAKES: [(&str, On); 7] = [
    ("iam:CreateRole", On::NewRole),
    ("iam:CreateUser", On::NewUser),
    ("iam:AttachRolePolicy", On::Role),
    ("iam:PutRolePolicy", On::Role),
    ("iam:AttachUserPolicy", On::User),
    ("iam:PutUserPolicy", On::User),
    ("iam:UpdateAssumeRolePolicy", On::Role),
];
/// The same, by actions that carry no `iam:PermissionsBoundary`: only their resources can limit them.
pub(super) const TAKES: [(&str, On); 7] = [
    ("iam:AttachGroupPolicy", On::Group),
    ("iam:PutGroupPolicy", On::Group),
    ("iam:CreatePolicyVersion", On::Policy),
    ("iam:SetDefaultPolicyVersion", On::Policy),
    ("iam:CreateAccessKey", On::User),
    ("iam:CreateLoginProfile", On::User),
    ("iam:UpdateLoginProfile", On::User),
];
/// What takes off, or replaces, the boundary of another principal.
pub(super) const LIFTS: [(&str, &str); 4] = [
    ("iam:DeleteRolePermissionsBoundary", ":role/"),
    ("iam:PutRolePermissionsBoundary", ":role/"),
    ("iam:DeleteUserPermissionsBoundary", ":user/"),
    ("iam:PutUserPermissionsBoundary", ":user/"),
];
/// What lets a principal act as another one.
pub(super) const ACTS_AS: [&str; 2] = ["iam:PassRole", "sts:AssumeRole"];
/// What runs code, or makes calls, as a role that is passed to it.
pub(super) const RUNS_AS: [(&str, &str); 9] = [
    ("cloudformation:CreateStack", "cloudformation.amazonaws.com"),
    ("codebuild:CreateProject", "codebuild.amazonaws.com"),
    ("ec2:RunInstances", "ec2.amazonaws.com"),
    ("ecs:RegisterTaskDefinition", "ecs-tasks.amazonaws.com"),
    ("glue:CreateJob", "glue.amazonaws.com"),
    ("lambda:CreateFunction", "lambda.amazonaws.com"),
    ("sagemaker:CreateNotebookInstance", "sagemaker.amazonaws.com"),
    ("ssm:StartAutomationExecution", "ssm.amazonaws.com"),
    ("states:CreateStateMachine", "states.amazonaws.com"),
];

/// How many principals are tried one by one.
const TRIED: usize = 16;

impl Asker<'_> {
    /// How it may make or change principals that have no boundary, or make ones with any.
    pub(super) fn makes(&self) -> Vec<Way> {
        MAKES.iter().filter_map(|(action, on)| self.reaches(action, *on)).collect()
    }

    /// How it may take over such principals by what no condition on the boundary stops.
    pub(super) fn takes(&self) -> Vec<Way> {
        let ways = TAKES.iter().filter_map(|(action, on)| self.reaches(action, *on));
        // Where nobody knows who there is, what depends on it may be about the principal itself alone: its own keys.
        ways.filter(|way| self.others.is_whole || way.is_certain || way.may_be_denied).collect()
    }

    fn reaches(&self, action: &'static str, on: On) -> Option<Way> {
        let new = matches!(on, On::NewRole | On::NewUser);
        let ask = |resource: &str| {
            if new { self.creates(action, resource) } else { self.way(action, resource, Boundary::None) }
        };
        let all = ask(&self.resource(on.pattern()))?;
        if new {
            let narrower = || self.granted_on(action).into_iter().find_map(|text| certain(ask(&text)?.on(&text)));
            return if all.is_certain { Some(all) } else { narrower().or(Some(all)) };
        }
        let (others, there) = (self.others, self.there(on));
        if all.is_certain || !others.is_whole {
            return (!others.is_whole || !there.is_empty()).then_some(all);
        }
        let near: Vec<&String> = there.into_iter().filter(|arn| self.may_be_on(action, arn)).take(TRIED + 1).collect();
        let mut open = None;
        for arn in near.iter().take(TRIED) {
            let way = ask(arn).map(|way| way.on(arn));
            if way.as_ref().is_some_and(|way| way.is_certain) {
                return way;
            }
            open = open.or(way);
        }
        open.or_else(|| (near.len() > TRIED).then_some(all))
    }

    /// Whether it may make a principal without a boundary, or with another one than its own.
    fn creates(&self, action: &'static str, resource: &str) -> Option<Way> {
        let without = self.way(action, resource, Boundary::None);
        if without.as_ref().is_some_and(|way| way.is_certain) {
            return without;
        }
        let others = self.unheard_of().into_iter().map(|arn| (arn, With::Any));
        self.with(action, resource, others).filter(|way| way.is_certain || without.is_none()).or(without)
    }

    /// How it may take the boundary of others off, where it cannot take off its own: one that it then acts as has none.
    pub(super) fn lifts(&self, own: Option<&str>) -> Vec<Way> {
        let itself = self.snapshot.principal.arn.as_deref();
        let lift = |(action, kind): &(&'static str, &str)| {
            let others = self.others.limited.iter().filter(|arn| arn.contains(kind) && Some(arn.as_str()) != itself);
            let near = others.filter(|arn| self.may_be_on(action, arn)).take(TRIED);
            near.into_iter().find_map(|arn| {
                let way = if action.starts_with("iam:Delete") {
                    self.way(action, arn, own.map_or(Boundary::Open, Boundary::Is))
                } else {
                    self.with(action, arn, self.unheard_of().into_iter().map(|arn| (arn, With::Any)))
                };
                certain(way?.on(arn))
            })
        };
        LIFTS.iter().filter_map(lift).collect()
    }

    /// How it may act as any other role, with what runs as a role that it passes.
    pub(super) fn acts_as(&self) -> Vec<Way> {
        if self.others.is_whole && self.there(On::Role).is_empty() {
            return Vec::new();
        }
        let every = self.resource(On::Role.pattern());
        let mut ways: Vec<Way> = Vec::new();
        for action in ACTS_AS {
            let way = self.way(action, &every, Boundary::None).and_then(certain);
            let is_pass = action == "iam:PassRole";
            let runs = RUNS_AS.iter().filter(|_| is_pass && self.may_call(action)).filter_map(|(run, service)| {
                let is_passed = || way.is_some() || self.passes(&every, service);
                certain(self.way(run, "*", Boundary::None)?).filter(|_| is_passed())
            });
            let runs: Vec<Way> = runs.collect();
            let to_services = || Way::certain(action);
            ways.extend(way.clone().or_else(|| (!runs.is_empty()).then(to_services)));
            ways.extend(runs);
        }
        ways
    }

    fn there(&self, on: On) -> Vec<&String> {
        let (list, kind) = match on {
            On::Role | On::NewRole => (&self.others.unlimited, ":role/"),
            On::User | On::NewUser => (&self.others.unlimited, ":user/"),
            On::Group => (&self.others.their_groups, ":group/"),
            On::Policy => (&self.others.their_policies, ":policy/"),
        };
        let is_own = |arn: &str| Arn::parse(arn).is_some_and(|arn| arn.account == self.account);
        list.iter().filter(|arn| arn.contains(kind) && is_own(arn)).collect()
    }

    /// The resources, in the words of its policies, on which an Allow of them is about an action: patterns without variables.
    fn granted_on(&self, action: &str) -> Vec<String> {
        let mut all = Vec::new();
        for layer in [Layer::Identity, Layer::Boundary] {
            for (document, statement) in self.allowing(layer, action) {
                let named = statement.resource.patterns.iter().filter(|one| !statement.resource.negated && !one.never);
                all.extend(named.filter_map(|one| document.written(one.span)).filter(|text| !text.contains("${")));
            }
        }
        all.sort_unstable();
        all.dedup();
        all.retain(|text| text.starts_with("arn:"));
        all
    }

    /// Whether an Allow of the identity policies, and one of the boundary, may be about an action on a resource.
    fn may_be_on(&self, action: &str, arn: &str) -> bool {
        let is_about = |(_, statement): (&Document, &Statement)| {
            let element = &statement.resource;
            let matches = |one: &ResourcePattern| one.arn.matches(arn, &NoVariables).truth != Truth::No;
            element.negated || element.patterns.iter().any(matches)
        };
        let is_limited = self.snapshot.layers.policies(Layer::Boundary).next().is_some();
        self.allowing(Layer::Identity, action).any(is_about)
            && (!is_limited || self.allowing(Layer::Boundary, action).any(is_about))
    }

    /// The statements of a layer that may allow an action.
    fn allowing(&self, layer: Layer, action: &str) -> impl Iterator<Item = (&Document, &Statement)> {
        let lower = action.to_lowercase();
        let documents = self.snapshot.layers.policies(layer).filter_map(|policy| policy.document.as_deref().ok());
        let statements = documents.flat_map(|document| document.statements.iter().map(move |one| (document, one)));
        statements.filter(move |(_, statement)| {
            let head = head_of(&lower);
            let matches = statement.action.patterns.iter().any(|pattern| pattern.matches(head, &lower));
            statement.effect != Effect::Deny && matches != statement.action.negated
        })
    }
}

fn certain(way: Way) -> Option<Way> {
    way.is_certain.then_some(way)
}
