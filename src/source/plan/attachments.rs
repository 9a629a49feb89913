//! Which policies and groups the other resources of a plan give to its roles, users and groups.
//!
//! Source: AWS provider, resources `aws_iam_*_policy`, `aws_iam_*_policy_attachment`, `aws_iam_policy_attachment`,
//! `aws_iam_role_policies_exclusive`, `aws_iam_*_policy_attachments_exclusive`, `aws_iam_*_membership`.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::people::{AFTER_APPLY, Kind, Managed, document};
use super::world::{Names, Resource, World};
use crate::snapshot::{Origin, Policy};

/// What the roles, users and groups of a plan have from other resources: by their numbers.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    /// Policies, in the order of the plan.
    pub(super) policies: HashMap<usize, Vec<Policy>>,
    /// The groups of users.
    pub(super) groups: HashMap<usize, Vec<Group>>,
    /// Those to which no other managed policies are attached.
    pub(super) closed: HashSet<usize>,
    /// The names of the inline policies that they keep, where a resource lists them.
    pub(super) kept: HashMap<usize, BTreeSet<String>>,
}

/// A group of a user.
#[derive(Debug, Clone)]
pub(super) enum Group {
    /// In the plan, by its number.
    Known(usize),
    /// Elsewhere, by its name.
    Named(String),
}

/// What other resources gave to roles and users before a plan: the address, and the ARN of the policy or its name.
pub(super) type Given = HashSet<(String, String)>;

/// Roles, users and groups by their names.
pub(super) type ByName = HashMap<(Kind, String), usize>;

impl Attachments {
    /// As [`Given`].
    pub(super) fn given(&self, world: &World<'_>) -> Given {
        let all = self.policies.iter().flat_map(|(number, list)| list.iter().map(|policy| (*number, policy)));
        all.filter_map(|(number, policy)| {
            Some((world.resources.get(number)?.address.to_owned(), key(policy).to_owned()))
        })
        .collect()
    }

    fn add(&mut self, target: usize, own: &[Policy]) {
        let known = self.policies.entry(target).or_default();
        for policy in own {
            if policy.arn.is_none() || !known.iter().any(|one| one.arn == policy.arn) {
                known.push(policy.clone());
            }
        }
    }
}

/// What tells a policy from the others of its role or user.
pub(super) fn key(policy: &Policy) -> &str {
    policy.arn.as_deref().unwrap_or(&policy.name)
}

/// To whom a resource gives something, by its type: the attributes that name them.
fn targets_of(kind: &str) -> &'static [(&'static str, Kind)] {
    match kind {
        "aws_iam_role_policy" | "aws_iam_role_policy_attachment" => &[("role", Kind::Role)],
        "aws_iam_user_policy" | "aws_iam_user_policy_attachment" => &[("user", Kind::User)],
        "aws_iam_group_policy" | "aws_iam_group_policy_attachment" => &[("group", Kind::Group)],
        "aws_iam_role_policy_attachments_exclusive" | "aws_iam_role_policies_exclusive" => &[("role_name", Kind::Role)],
        "aws_iam_user_policy_attachments_exclusive" => &[("user_name", Kind::User)],
        "aws_iam_group_policy_attachments_exclusive" => &[("group_name", Kind::Group)],
        "aws_iam_policy_attachment" => &[("roles", Kind::Role), ("users", Kind::User), ("groups", Kind::Group)],
        _ => &[],
    }
}

impl<'a> World<'a> {
    /// What all resources give.
    pub(super) fn attachments(&mut self, by_name: &ByName, managed: &Managed) -> Attachments {
        let mut all = Attachments::default();
        let resources: Vec<Resource<'a>> = self.resources.iter().filter(|one| !one.is_data).cloned().collect();
        for resource in resources {
            if matches!(resource.kind, "aws_iam_user_group_membership" | "aws_iam_group_membership") {
                self.membership(&resource, by_name, &mut all);
                continue;
            }
            let mut targets = Vec::new();
            for (attribute, kind) in targets_of(resource.kind) {
                targets.extend(self.targets(&resource, attribute, *kind, by_name));
            }
            self.give(&resource, &targets, managed, &mut all);
        }
        all
    }

    /// What one resource gives to its targets.
    fn give(&self, resource: &Resource<'a>, targets: &[usize], managed: &Managed, all: &mut Attachments) {
        let own = match resource.kind {
            "aws_iam_role_policies_exclusive" => {
                let names = self.names(resource, "policy_names", |_| false);
                if !names.is_open {
                    let names: BTreeSet<String> = names.known.into_iter().map(str::to_owned).collect();
                    all.kept.extend(targets.iter().map(|target| (*target, names.clone())));
                }
                return;
            }
            kind if kind.ends_with("_policy_attachments_exclusive") => {
                all.closed.extend(targets);
                self.attached(resource, "policy_arns", managed)
            }
            kind if kind.ends_with("_attachment") => self.attached(resource, "policy_arn", managed),
            _ => {
                let name = resource.text("name").unwrap_or(resource.address);
                vec![document(resource, "policy", name, None, Origin::Inline)]
            }
        };
        targets.iter().for_each(|target| all.add(*target, &own));
    }

    /// The numbers of the roles, users or groups that an attribute names. One that is elsewhere is no concern of the plan;
    /// one that nobody knows is a note.
    fn targets(&mut self, from: &Resource<'a>, attribute: &str, kind: Kind, by_name: &ByName) -> Vec<usize> {
        let Names { known, referred, is_open } = self.names(from, attribute, |one| Kind::of(one) == Some(kind));
        if is_open {
            self.notes.push(format!("{}: to whom it applies is known only after the plan is applied", from.address));
        }
        let named = known.iter().filter_map(|name| by_name.get(&(kind, (*name).to_owned())).copied());
        named.chain(referred).collect()
    }

    fn membership(&mut self, resource: &Resource<'a>, by_name: &ByName, all: &mut Attachments) {
        let (users, groups) =
            if resource.kind == "aws_iam_group_membership" { ("users", "group") } else { ("user", "groups") };
        let users = self.targets(resource, users, Kind::User, by_name);
        let is_group = |one: &Resource<'a>| Kind::of(one) == Some(Kind::Group);
        let Names { known, referred, is_open } = self.names(resource, groups, is_group);
        let mut found: Vec<Group> = referred.into_iter().map(Group::Known).collect();
        for name in known {
            found.push(match by_name.get(&(Kind::Group, name.to_owned())) {
                Some(number) => Group::Known(*number),
                None => Group::Named(name.to_owned()),
            });
        }
        if is_open {
            found.push(Group::Named("?".to_owned()));
        }
        for user in users {
            all.groups.entry(user).or_default().extend(found.iter().cloned());
        }
    }

    /// The policies that an attribute with ARNs names.
    pub(super) fn attached(&self, from: &Resource<'a>, attribute: &str, managed: &Managed) -> Vec<Policy> {
        let Names { known, referred, is_open } = self.names(from, attribute, |one| one.kind == "aws_iam_policy");
        let mut policies: Vec<Policy> = known.into_iter().map(|arn| managed.of_arn(arn)).collect();
        policies.extend(referred.iter().filter_map(|number| managed.of_number(*number)));
        if is_open {
            policies.push(Policy::unread(from.address, None, Origin::CustomerManaged, AFTER_APPLY));
        }
        policies
    }
}
