//! Roles and users of one side of a plan, with the policies that are attached to them there.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::attachments::{Attachments, ByName, Given, Group, key};
use super::world::{Attribute, Resource, World};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Layers, Member, Origin, Policy, Reading, Snapshot, Source, Unread};

/// Why something of a plan is not known.
pub(super) const AFTER_APPLY: &str = "it is known only after the plan is applied";
const ELSEWHERE: &str = "the plan does not hold its document";

/// To whom something may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `aws_iam_role`
    Role,
    /// `aws_iam_user`
    User,
    /// `aws_iam_group`
    Group,
}

impl Kind {
    /// Of a resource that is one of them.
    pub(super) fn of(resource: &Resource<'_>) -> Option<Self> {
        match resource.kind {
            _ if resource.is_data => None,
            "aws_iam_role" => Some(Self::Role),
            "aws_iam_user" => Some(Self::User),
            "aws_iam_group" => Some(Self::Group),
            _ => None,
        }
    }
}

impl<'a> World<'a> {
    /// The roles and users, in the order of the plan, and what other resources give them. `before` is what those gave
    /// them before the plan.
    pub(super) fn members(&mut self, before: &Given) -> (Vec<Member>, Given) {
        let people: Vec<(usize, Kind)> = self.people();
        let by_name = self.by_name(&people);
        let managed = self.managed();
        let attachments = self.attachments(&by_name, &managed);
        let own = people.iter().filter(|(_, kind)| *kind != Kind::Group);
        let known = Known { managed, attachments, before };
        let members = own.filter_map(|(number, kind)| self.member(*number, *kind, &known)).collect();
        (members, known.attachments.given(self))
    }

    fn people(&self) -> Vec<(usize, Kind)> {
        let numbered = self.resources.iter().enumerate();
        numbered.filter_map(|(number, resource)| Some((number, Kind::of(resource)?))).collect()
    }

    /// Attachments name roles, users and groups by their names.
    fn by_name(&self, people: &[(usize, Kind)]) -> ByName {
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

    fn member(&self, number: usize, kind: Kind, known: &Known<'_>) -> Option<Member> {
        let resource = self.resources.get(number)?;
        let word = if kind == Kind::User { "user" } else { "role" };
        let arn = resource.text("arn").map(str::to_owned).or_else(|| self.arn_of(resource, word));
        let kind_of = if kind == Kind::User { PrincipalKind::User } else { PrincipalKind::Role };
        let name = resource.text("name");
        let principal = arn.as_deref().and_then(Principal::from_arn).unwrap_or_else(|| Principal {
            name: name.map(str::to_owned),
            ..Principal { kind: kind_of, ..Principal::unknown() }
        });
        let mut layers = Layers::default();
        layers.set(Layer::Identity, Reading::policies(self.identity(number, resource, known)));
        layers.set(Layer::Boundary, self.boundary(resource, &known.managed));
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

    /// The identity policies of a role or user. Where the configuration leaves it to other resources, the provider lists in
    /// the role also what these attach, as it was before the plan: theirs is what counts after it.
    fn identity(&self, number: usize, resource: &Resource<'a>, known: &Known<'_>) -> Vec<Policy> {
        let Known { managed, attachments, before } = known;
        let given = attachments.policies.get(&number).map_or(&[][..], Vec::as_slice);
        let is_given = |policy: &Policy| given.iter().any(|one| key(one) == key(policy));
        let was_given = |policy: &Policy| before.contains(&(resource.address.to_owned(), key(policy).to_owned()));
        let is_own = |attribute: &str| self.is_configured(resource, attribute) == Some(true);
        let is_kept = |policy: &Policy| attachments.kept.get(&number).is_none_or(|names| names.contains(&policy.name));
        let mut inline = self.inline_blocks(resource);
        inline.retain(|policy| !is_given(policy));
        if !is_own("inline_policy") {
            inline.retain(|policy| !was_given(policy) && is_kept(policy));
        }
        let mut attached = self.attached(resource, "managed_policy_arns", managed);
        attached.retain(|policy| !is_given(policy));
        if !is_own("managed_policy_arns") {
            attached.retain(|policy| !was_given(policy) && !attachments.closed.contains(&number));
        }
        let groups = attachments.groups.get(&number).into_iter().flatten();
        let of_groups = groups.flat_map(|group| self.of_group(group, attachments));
        inline.into_iter().chain(attached).chain(given.iter().cloned()).chain(of_groups).collect()
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

    /// The `inline_policy` blocks of a role.
    fn inline_blocks(&self, resource: &Resource<'a>) -> Vec<Policy> {
        let unread = |name: &str| Policy::unread(name, None, Origin::Inline, AFTER_APPLY);
        match self.own(resource, "inline_policy") {
            Attribute::Absent => Vec::new(),
            Attribute::Unknown => vec![unread("inline policies")],
            Attribute::Known(value) => {
                let mut policies = Vec::new();
                for block in value.as_array().into_iter().flatten() {
                    let field = |name: &str| block.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
                    match (field("name"), field("policy")) {
                        (name, Some(text)) => {
                            policies.push(Policy::new(
                                name.unwrap_or("inline policy"),
                                None,
                                Origin::Inline,
                                None,
                                text,
                            ));
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

    fn boundary(&self, resource: &Resource<'a>, managed: &Managed) -> Reading {
        match resource.get("permissions_boundary") {
            Attribute::Absent => Reading::Absent,
            Attribute::Known(arn) => match arn.as_str() {
                Some(arn) => Reading::policies(vec![managed.of_arn(arn)]),
                None => Reading::Failed { reason: "the plan does not say which policy it is".to_owned() },
            },
            Attribute::Unknown => {
                let names = self.names(resource, "permissions_boundary", |one| one.kind == "aws_iam_policy");
                match names.referred.first().and_then(|one| managed.of_number(*one)) {
                    Some(policy) => Reading::policies(vec![policy]),
                    // There may be none: the value can turn out to be null.
                    None => Reading::Failed { reason: AFTER_APPLY.to_owned() },
                }
            }
        }
    }
}

/// What is known beside the roles and users themselves.
struct Known<'k> {
    managed: Managed,
    attachments: Attachments,
    before: &'k Given,
}

/// Managed policies.
#[derive(Debug, Default)]
pub(super) struct Managed {
    policies: HashMap<usize, Policy>,
    by_arn: HashMap<String, usize>,
}

impl Managed {
    /// The policy of a resource.
    pub(super) fn of_number(&self, number: usize) -> Option<Policy> {
        self.policies.get(&number).cloned()
    }

    /// The policy of an ARN: without its document where the plan does not hold it.
    pub(super) fn of_arn(&self, arn: &str) -> Policy {
        let known = self.by_arn.get(arn).and_then(|number| self.policies.get(number)).cloned();
        let last = arn.rsplit('/').next().unwrap_or(arn);
        known.unwrap_or_else(|| Policy::unread(last, Some(arn.to_owned()), Origin::of_managed(arn), ELSEWHERE))
    }
}

/// A policy whose document is an attribute.
pub(super) fn document(
    resource: &Resource<'_>,
    attribute: &str,
    name: &str,
    arn: Option<String>,
    origin: Origin,
) -> Policy {
    match resource.get(attribute) {
        Attribute::Known(Value::String(text)) => Policy::new(name, arn, origin, None, text),
        Attribute::Known(_) | Attribute::Absent => Policy::unread(name, arn, origin, ELSEWHERE),
        Attribute::Unknown => Policy::unread(name, arn, origin, AFTER_APPLY),
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
