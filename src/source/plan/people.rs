//! Roles and users of one side of a plan, with the policies that are attached to them there.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::world::{Attribute, Names, Resource, World};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Layers, Member, Origin, Policy, Reading, Snapshot, Source, Unread};

/// Why something of a plan is not known.
const AFTER_APPLY: &str = "it is known only after the plan is applied";
const ELSEWHERE: &str = "the plan does not hold its document";

/// To whom something may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Role,
    User,
    Group,
}

impl Kind {
    fn of(resource: &Resource<'_>) -> Option<Self> {
        match resource.kind {
            _ if resource.is_data => None,
            "aws_iam_role" => Some(Self::Role),
            "aws_iam_user" => Some(Self::User),
            "aws_iam_group" => Some(Self::Group),
            _ => None,
        }
    }
}

/// What is attached to each role, user and group: by its number where it is in the plan, else by its name.
#[derive(Debug, Default)]
struct Attachments {
    policies: HashMap<usize, Vec<Policy>>,
    /// The groups of users.
    groups: HashMap<usize, Vec<Group>>,
}

#[derive(Debug, Clone)]
enum Group {
    /// In the plan, by its number.
    Known(usize),
    /// Elsewhere, by its name.
    Named(String),
}

impl<'a> World<'a> {
    /// The roles and users, in the order of the plan.
    pub(super) fn members(&mut self) -> Vec<Member> {
        let people: Vec<(usize, Kind)> = self.people();
        let by_name = self.by_name(&people);
        let managed = self.managed();
        let attachments = self.attachments(&by_name, &managed);
        let own = people.iter().filter(|(_, kind)| *kind != Kind::Group);
        own.filter_map(|(number, kind)| self.member(*number, *kind, &managed, &attachments)).collect()
    }

    fn people(&self) -> Vec<(usize, Kind)> {
        let numbered = self.resources.iter().enumerate();
        numbered.filter_map(|(number, resource)| Some((number, Kind::of(resource)?))).collect()
    }

    /// Attachments name roles, users and groups by their names.
    fn by_name(&self, people: &[(usize, Kind)]) -> HashMap<(Kind, String), usize> {
        let named = people.iter().filter_map(|(number, kind)| {
            let name = self.resources.get(*number)?.text("name")?;
            Some(((*kind, name.to_owned()), *number))
        });
        named.collect()
    }

    /// The managed policies of the plan, by their numbers, and by their ARNs where these are known.
    fn managed(&self) -> Managed {
        let mut managed = Managed::default();
        for (number, resource) in self.resources.iter().enumerate().filter(|(_, one)| one.kind == "aws_iam_policy") {
            let name = resource.text("name").unwrap_or(resource.address);
            let arn = resource.text("arn").map(str::to_owned).or_else(|| self.arn_of(resource, "policy"));
            let origin = arn.as_deref().map_or(Origin::CustomerManaged, Origin::of_managed);
            let policy = document(resource, "policy", name, arn.clone(), origin);
            if let Some(arn) = arn {
                managed.by_arn.entry(arn).or_insert(number);
            }
            managed.policies.insert(number, policy);
        }
        managed
    }

    /// The ARN that a resource will have, where account, path and name are known.
    fn arn_of(&self, resource: &Resource<'_>, kind: &str) -> Option<String> {
        let (partition, account) = self.account.as_ref()?;
        let path = match resource.get("path") {
            Attribute::Known(path) => path.as_str()?,
            Attribute::Absent => "/",
            Attribute::Unknown => return None,
        };
        Some(format!("arn:{partition}:iam::{account}:{kind}{path}{}", resource.text("name")?))
    }

    fn attachments(&mut self, by_name: &HashMap<(Kind, String), usize>, managed: &Managed) -> Attachments {
        let mut all = Attachments::default();
        for number in 0..self.resources.len() {
            let Some(resource) = self.resources.get(number).filter(|resource| !resource.is_data).cloned() else {
                continue;
            };
            let inline = |attribute: &'static str, kind| (vec![(attribute, kind)], None);
            let attached = |targets: Vec<(&'static str, Kind)>, policies: &'static str| (targets, Some(policies));
            let (targets, policies) = match resource.kind {
                "aws_iam_role_policy" => inline("role", Kind::Role),
                "aws_iam_user_policy" => inline("user", Kind::User),
                "aws_iam_group_policy" => inline("group", Kind::Group),
                "aws_iam_role_policy_attachment" => attached(vec![("role", Kind::Role)], "policy_arn"),
                "aws_iam_user_policy_attachment" => attached(vec![("user", Kind::User)], "policy_arn"),
                "aws_iam_group_policy_attachment" => attached(vec![("group", Kind::Group)], "policy_arn"),
                "aws_iam_role_policy_attachments_exclusive" => attached(vec![("role_name", Kind::Role)], "policy_arns"),
                "aws_iam_user_policy_attachments_exclusive" => attached(vec![("user_name", Kind::User)], "policy_arns"),
                "aws_iam_group_policy_attachments_exclusive" => {
                    attached(vec![("group_name", Kind::Group)], "policy_arns")
                }
                "aws_iam_policy_attachment" => {
                    let targets = vec![("roles", Kind::Role), ("users", Kind::User), ("groups", Kind::Group)];
                    attached(targets, "policy_arn")
                }
                "aws_iam_user_group_membership" | "aws_iam_group_membership" => {
                    self.membership(&resource, by_name, &mut all);
                    continue;
                }
                _ => continue,
            };
            let own = match policies {
                Some(attribute) => self.attached(&resource, attribute, managed),
                None => {
                    let name = resource.text("name").unwrap_or(resource.address);
                    vec![document(&resource, "policy", name, None, Origin::Inline)]
                }
            };
            for (attribute, kind) in targets {
                for target in self.targets(&resource, attribute, kind, by_name) {
                    let known = all.policies.entry(target).or_default();
                    let is_new =
                        |policy: &&Policy| policy.arn.is_none() || !known.iter().any(|one| one.arn == policy.arn);
                    let new: Vec<Policy> = own.iter().filter(is_new).cloned().collect();
                    known.extend(new);
                }
            }
        }
        all
    }

    /// The numbers of the roles, users or groups that an attribute names. One that is elsewhere is no concern of the plan;
    /// one that nobody knows is a note.
    fn targets(
        &mut self,
        from: &Resource<'a>,
        attribute: &str,
        kind: Kind,
        by_name: &HashMap<(Kind, String), usize>,
    ) -> Vec<usize> {
        let Names { known, referred, is_open } = self.names(from, attribute);
        if is_open {
            self.notes.push(format!("{}: to whom it applies is known only after the plan is applied", from.address));
        }
        let named = known.iter().filter_map(|name| by_name.get(&(kind, (*name).to_owned())).copied());
        named.chain(referred).collect()
    }

    fn membership(&mut self, resource: &Resource<'a>, by_name: &HashMap<(Kind, String), usize>, all: &mut Attachments) {
        let (users, groups) =
            if resource.kind == "aws_iam_group_membership" { ("users", "group") } else { ("user", "groups") };
        let users = self.targets(resource, users, Kind::User, by_name);
        let Names { known, referred, is_open } = self.names(resource, groups);
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
    fn attached(&self, from: &Resource<'a>, attribute: &str, managed: &Managed) -> Vec<Policy> {
        let Names { known, referred, is_open } = self.names(from, attribute);
        let mut policies: Vec<Policy> = known.into_iter().map(|arn| managed.of_arn(arn)).collect();
        policies.extend(referred.iter().filter_map(|number| managed.policies.get(number).cloned()));
        if is_open {
            policies.push(Policy::unread(from.address, None, Origin::CustomerManaged, AFTER_APPLY));
        }
        policies
    }

    fn member(&self, number: usize, kind: Kind, managed: &Managed, attachments: &Attachments) -> Option<Member> {
        let resource = self.resources.get(number)?;
        let word = if kind == Kind::User { "user" } else { "role" };
        let arn = resource.text("arn").map(str::to_owned).or_else(|| self.arn_of(resource, word));
        let kind_of = if kind == Kind::User { PrincipalKind::User } else { PrincipalKind::Role };
        let name = resource.text("name");
        let principal = arn.as_deref().and_then(Principal::from_arn).unwrap_or_else(|| Principal {
            name: name.map(str::to_owned),
            ..Principal { kind: kind_of, ..Principal::unknown() }
        });
        let mut identity = inline_blocks(resource);
        identity.extend(self.attached(resource, "managed_policy_arns", managed));
        let own = attachments.policies.get(&number).into_iter().flatten();
        let is_listed =
            |policy: &Policy, list: &[Policy]| policy.arn.is_some() && list.iter().any(|one| one.arn == policy.arn);
        for policy in own {
            if !is_listed(policy, &identity) {
                identity.push(policy.clone());
            }
        }
        for group in attachments.groups.get(&number).into_iter().flatten() {
            identity.extend(self.of_group(group, attachments));
        }
        let mut layers = Layers::default();
        layers.set(Layer::Identity, Reading::policies(identity));
        layers.set(Layer::Boundary, self.boundary(resource, managed));
        let tags = match resource.get("tags_all") {
            Attribute::Known(tags) if !resource.has_unknown("tags_all") => Some(tags_of(tags)),
            Attribute::Absent => Some(BTreeMap::new()),
            Attribute::Known(_) | Attribute::Unknown => None,
        };
        let mut snapshot =
            Snapshot { source: Source::Snapshot, principal, tags, trust_policy: None, layers, unread: Vec::new() };
        note_unread(&mut snapshot);
        Some(Member { snapshot, line: None, address: Some(resource.address.to_owned()) })
    }

    fn of_group(&self, group: &Group, attachments: &Attachments) -> Vec<Policy> {
        match group {
            Group::Known(number) => {
                let name = self.resources.get(*number).and_then(|group| group.text("name")).unwrap_or("?");
                let own = attachments.policies.get(number).into_iter().flatten();
                own.map(|policy| Policy { origin: Origin::Group(name.to_owned()), ..policy.clone() }).collect()
            }
            Group::Named(name) => {
                let origin = Origin::Group(name.clone());
                vec![Policy::unread(
                    format!("policies of group {name}"),
                    None,
                    origin,
                    "the plan does not hold this group",
                )]
            }
        }
    }

    fn boundary(&self, resource: &Resource<'a>, managed: &Managed) -> Reading {
        match resource.get("permissions_boundary") {
            Attribute::Absent => Reading::Absent,
            Attribute::Known(arn) => match arn.as_str() {
                Some(arn) => Reading::policies(vec![managed.of_arn(arn)]),
                None => Reading::Failed { reason: "the plan does not say which policy it is".to_owned() },
            },
            Attribute::Unknown => {
                let names = self.names(resource, "permissions_boundary");
                let policy = match names.referred.as_slice() {
                    [one] => managed.policies.get(one).cloned(),
                    _ => None,
                };
                match policy {
                    Some(policy) => Reading::policies(vec![policy]),
                    // There may be none: the value can turn out to be null.
                    None => Reading::Failed { reason: AFTER_APPLY.to_owned() },
                }
            }
        }
    }
}

/// Managed policies.
#[derive(Debug, Default)]
struct Managed {
    policies: HashMap<usize, Policy>,
    by_arn: HashMap<String, usize>,
}

impl Managed {
    fn of_arn(&self, arn: &str) -> Policy {
        let known = self.by_arn.get(arn).and_then(|number| self.policies.get(number)).cloned();
        let last = arn.rsplit('/').next().unwrap_or(arn);
        known.unwrap_or_else(|| Policy::unread(last, Some(arn.to_owned()), Origin::of_managed(arn), ELSEWHERE))
    }
}

/// A policy whose document is an attribute.
fn document(resource: &Resource<'_>, attribute: &str, name: &str, arn: Option<String>, origin: Origin) -> Policy {
    match resource.get(attribute) {
        Attribute::Known(Value::String(text)) => Policy::new(name, arn, origin, None, text),
        Attribute::Known(_) | Attribute::Absent => Policy::unread(name, arn, origin, ELSEWHERE),
        Attribute::Unknown => Policy::unread(name, arn, origin, AFTER_APPLY),
    }
}

/// The `inline_policy` blocks of a role.
fn inline_blocks(resource: &Resource<'_>) -> Vec<Policy> {
    let unread = |name: &str| Policy::unread(name, None, Origin::Inline, AFTER_APPLY);
    match resource.get("inline_policy") {
        Attribute::Absent => Vec::new(),
        Attribute::Unknown => vec![unread("inline policies")],
        Attribute::Known(value) => {
            let mut policies = Vec::new();
            for block in value.as_array().into_iter().flatten() {
                let field = |name: &str| block.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
                match (field("name"), field("policy")) {
                    (name, Some(text)) => {
                        policies.push(Policy::new(name.unwrap_or("inline policy"), None, Origin::Inline, None, text));
                    }
                    // An empty block means that there are no inline policies, and is no policy.
                    (None, None) if !resource.has_unknown("inline_policy") => {}
                    (name, None) => policies.push(unread(name.unwrap_or("an inline policy"))),
                }
            }
            policies
        }
    }
}

fn tags_of(tags: &Value) -> BTreeMap<String, String> {
    let members = tags.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Lists what the plan lacks of the principal.
fn note_unread(snapshot: &mut Snapshot) {
    for layer in [Layer::Identity, Layer::Boundary] {
        let reading = snapshot.layers.get(layer);
        let lacks = matches!(reading, Reading::Failed { .. }) || reading.all_policies().any(Policy::is_unread);
        if lacks {
            let (operation, reason) = ("terraform show".to_owned(), "not-in-source".to_owned());
            snapshot.unread.push(Unread { layer, operation, reason });
        }
    }
}
