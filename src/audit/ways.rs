//! How a principal that has a boundary can reach one that has none.
//!
//! Not among them: adding oneself to a group, for what a group grants is stopped by the boundary of each of its users.
//!
//! Sources: IAM User Guide, "Permissions boundaries for IAM entities" and "Delegating responsibility to others using
//! permissions boundaries"; Service Authorization Reference, IAM: which actions carry `iam:PermissionsBoundary`.

use super::escape::{Asker, Boundary, Way, With};
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
    ("iam:DeleteRolePermissionsBoundary", "role/"),
    ("iam:PutRolePermissionsBoundary", "role/"),
    ("iam:DeleteUserPermissionsBoundary", "user/"),
    ("iam:PutUserPermissionsBoundary", "user/"),
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

/// How many principals are tried one by one, and how many are looked at for those.
const TRIED: usize = 16;
const LOOKED_AT: usize = 512;

/// Some of those on whom an action may be allowed.
struct Near<'o> {
    found: Vec<&'o String>,
    /// There may be more.
    is_cut: bool,
}

/// The resources that the Allows of a layer are about.
struct About<'d> {
    /// What stands before the first wildcard or variable of each.
    starts: Vec<String>,
    patterns: Vec<&'d ResourcePattern>,
    is_anything: bool,
}

impl About<'_> {
    fn may_be(&self, arn: &str) -> bool {
        let matches = |one: &&ResourcePattern| one.arn.matches(arn, &NoVariables).truth != Truth::No;
        self.is_anything || self.patterns.iter().any(matches)
    }
}

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
        let there = self.there(on);
        if all.is_certain || !self.others.is_whole {
            return (!self.others.is_whole || !there.is_empty()).then_some(all);
        }
        let near = self.near(action, there);
        let mut open = None;
        for arn in &near.found {
            let way = ask(arn).map(|way| way.on(arn));
            if way.as_ref().is_some_and(|way| way.is_certain) {
                return way;
            }
            open = open.or(way);
        }
        open.or_else(|| near.is_cut.then_some(all))
    }

    /// Whether it may make a principal without a boundary, or with another one than its own.
    fn creates(&self, action: &'static str, resource: &str) -> Option<Way> {
        let asked = self.question(action, resource)?;
        let without = self.answer(&asked, Boundary::None);
        if without.as_ref().is_some_and(|way| way.is_certain) {
            return without;
        }
        let others = self.unheard_of().into_iter().map(|arn| (arn, With::Any));
        self.with_one_of(&asked, others).filter(|way| way.is_certain || without.is_none()).or(without)
    }

    /// How it may take the boundary of others off, where it cannot take off its own: one that it then acts as has none.
    pub(super) fn lifts(&self, own: Option<&str>) -> Vec<Way> {
        let itself = self.snapshot.principal.arn.as_deref();
        let lift = |(action, kind): &(&'static str, &str)| {
            let every = self.resource(kind);
            self.way(action, &format!("{every}*"), Boundary::Open)?;
            let near = self.near(action, starting_with(&self.others.limited, &every));
            near.found.into_iter().filter(|arn| Some(arn.as_str()) != itself).find_map(|arn| {
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
            let Some(asked) = self.question(action, &every) else { continue };
            let way = self.answer(&asked, Boundary::None).and_then(certain);
            let is_pass = action == "iam:PassRole";
            let runs = RUNS_AS.iter().filter(|_| is_pass).filter_map(|(run, service)| {
                let is_passed = || way.is_some() || self.passes(&asked, service);
                certain(self.way(run, "*", Boundary::None)?).filter(|_| is_passed())
            });
            let runs: Vec<Way> = runs.collect();
            let to_services = || Way::certain(action);
            ways.extend(way.clone().or_else(|| (!runs.is_empty()).then(to_services)));
            ways.extend(runs);
        }
        ways
    }

    /// Who, or what, there is of a kind in its account.
    fn there(&self, on: On) -> &[String] {
        let list = match on {
            On::Role | On::NewRole | On::User | On::NewUser => &self.others.unlimited,
            On::Group => &self.others.their_groups,
            On::Policy => &self.others.their_policies,
        };
        starting_with(list, self.resource(on.pattern()).trim_end_matches('*'))
    }

    /// The first few of a sorted list on which its policies may allow an action. Only as many are looked at as would be in
    /// a small account: an account of any size takes its time by the number of principals, not by its square.
    fn near<'o>(&self, action: &str, list: &'o [String]) -> Near<'o> {
        let mut layers = vec![self.about(Layer::Identity, action)];
        if self.snapshot.layers.policies(Layer::Boundary).next().is_some() {
            layers.push(self.about(Layer::Boundary, action));
        }
        let ranges = |about: &About<'_>| -> Vec<&'o [String]> {
            about.starts.iter().map(|start| starting_with(list, start)).collect()
        };
        let size = |ranges: &Vec<&[String]>| ranges.iter().map(|range| range.len()).sum::<usize>();
        let narrowest = layers.iter().map(ranges).min_by_key(size).unwrap_or_default();
        let mut near = Near { found: Vec::new(), is_cut: size(&narrowest) > LOOKED_AT };
        for arn in narrowest.into_iter().flatten().take(LOOKED_AT) {
            if near.found.contains(&arn) || !layers.iter().all(|about| about.may_be(arn)) {
                continue;
            }
            if near.found.len() == TRIED {
                near.is_cut = true;
                break;
            }
            near.found.push(arn);
        }
        near
    }

    /// On what the Allows of a layer are about an action.
    fn about(&self, layer: Layer, action: &str) -> About<'_> {
        let mut about = About { starts: Vec::new(), patterns: Vec::new(), is_anything: false };
        for (document, statement) in self.allowing(layer, action) {
            let element = &statement.resource;
            if element.negated {
                about.is_anything = true;
                about.starts.push(String::new());
                continue;
            }
            for pattern in &element.patterns {
                let text = document.written(pattern.span).unwrap_or_default();
                about.starts.push(text.split(['*', '?', '$']).next().unwrap_or_default().to_owned());
                about.patterns.push(pattern);
            }
        }
        about.starts.sort_unstable();
        about.starts.dedup();
        about
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
        all.retain(|text| text.starts_with("arn:"));
        // In whatever account: in its own one.
        let own = format!(":iam::{}:", self.account);
        all.iter_mut().for_each(|text| *text = text.replacen(":iam::*:", &own, 1));
        all.sort_unstable();
        all.dedup();
        all
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

/// The part of a sorted list that starts so.
fn starting_with<'o>(list: &'o [String], start: &str) -> &'o [String] {
    let (_, rest) = list.split_at(list.partition_point(|one| one.as_str() < start));
    let (found, _) = rest.split_at(rest.partition_point(|one| one.starts_with(start)));
    found
}

fn certain(way: Way) -> Option<Way> {
    way.is_certain.then_some(way)
}
