//! The JSON of `aws iam get-account-authorization-details`.
//!
//! Documents stay raw text until they are needed, so that an account of thousands of principals answers one question
//! without being compiled. Source: IAM API Reference, GetAccountAuthorizationDetails.

mod lenient;
mod page;
mod sharing;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Ask;
use super::broken::{self, Broken, SHAPE};
use super::document::{self, Shelf};
use super::error::SourceError;
use super::find::find;
use crate::audit::Others;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{
    self, BrokenEntry, Layer, Layers, Origin, Policy, Reading, Sharing, Snapshot, Source, Unread, Use,
};
use page::{Attached, Boundary, Entity, Managed, Page};

/// The answer with what is looked up in it again and again. The maps are asked by name only: their order is nowhere seen.
#[derive(Debug)]
pub(super) struct Account<'a> {
    all: Page<'a>,
    shelf: Shelf<'a>,
    /// Managed policies by ARN.
    managed: HashMap<String, usize>,
    /// Groups by account and name.
    groups: HashMap<(String, String), usize>,
    /// Who has which of the account's policies.
    sharing: Arc<Sharing>,
    /// The names of the account's managed policies; `None` where some may be missing.
    policy_names: Option<Arc<BTreeSet<String>>>,
    /// Entries of another shape than they should have.
    broken: Vec<Broken<'a>>,
    text: &'a str,
}

/// Reads the facts about one principal; `principals` are [`Account::principals`].
pub(super) fn read(
    path: &str,
    account: &Account<'_>,
    principals: &[Principal],
    asked: Ask<'_>,
) -> Result<Snapshot, SourceError> {
    let ask = asked.principal;
    if !(ask.kind.is_role() || ask.kind == PrincipalKind::User) {
        return Ok(account.with_trust(asked, Snapshot::without_policies(Source::Snapshot, ask.clone())));
    }
    let index = find(path, ask, principals)
        .map_err(|error| broken::may_hide(path, account.text, &account.broken, error))
        .map_err(|error| error.in_page_of_several(account.is_cut()))?;
    match (account.entity(index), principals.get(index).cloned()) {
        (Some(entity), Some(_)) if entity.is_broken => {
            Err(broken::refused(path, account.text, &account.broken, &entity.arn))
        }
        (Some(entity), Some(found)) => {
            let trust_policy = account.trust(entity);
            let snapshot = Snapshot { trust_policy, ..account.assemble(entity, found.asked_as(ask)) };
            Ok(account.with_trust(asked, snapshot))
        }
        _ => Err(SourceError::NotASnapshot { path: path.to_owned() }),
    }
}

impl<'a> Account<'a> {
    /// Reads all pages of `text`: several may stand one behind the other.
    pub(super) fn open(path: &str, text: &'a str, shelf: Shelf<'a>) -> Result<Self, SourceError> {
        let (all, broken) = pages(path, text)?;
        let policy_names = if broken.is_empty() { policy_names(&all) } else { None };
        let sharing = Arc::new(sharing::sharing(&all, broken.is_empty()));
        let (managed, groups) = Default::default();
        let mut account = Self { all, shelf, managed, groups, sharing, policy_names, broken, text };
        // What stands there twice, as in a page that was added twice, is the first of the two.
        for (index, policy) in account.all.policies.iter().enumerate() {
            account.managed.entry(policy.arn.to_string()).or_insert(index);
        }
        for (index, group) in account.all.group_detail_list.iter().enumerate() {
            // Of a broken entry the ARN is all there is.
            let name = group.group_name.as_deref().or_else(|| group.arn.rsplit('/').next());
            if let (Some(owner), Some(name)) = (account_of(&group.arn), name) {
                account.groups.entry((owner.to_owned(), name.to_owned())).or_insert(index);
            }
        }
        Ok(account)
    }

    /// All roles and users, in the order of the answer.
    pub(super) fn principals(&self) -> Vec<Principal> {
        self.entities().map(principal).collect()
    }

    /// Roles, then users, in the order of the answer.
    fn entities(&self) -> impl Iterator<Item = &Entity<'a>> {
        self.all.role_detail_list.iter().chain(&self.all.user_detail_list)
    }

    /// Whether pages are missing.
    pub(super) fn is_cut(&self) -> bool {
        self.all.is_truncated == Some(true)
    }

    /// How many roles and users there are.
    pub(super) fn len(&self) -> usize {
        self.all.role_detail_list.len() + self.all.user_detail_list.len()
    }

    /// Entries that could not be read, in the order of the lists; `line_of` tells the line of a part of the text.
    pub(super) fn broken(&self, line_of: impl Fn(&str) -> Option<usize>) -> Vec<BrokenEntry> {
        let of_shape = self.broken.iter().map(|broken| broken.told(&line_of));
        let lists = [("RoleDetailList", &self.all.role_detail_list), ("UserDetailList", &self.all.user_detail_list)];
        let nobody = lists.into_iter().flat_map(|(list, entries)| {
            let strange = entries.iter().filter(|entry| !entry.is_broken && !is_person_arn(&entry.arn));
            strange.map(move |entry| (list, entry))
        });
        let problem = "its ARN is that of no role or user";
        let nobody = nobody.map(|(list, entry)| broken::of_nobody(list, &entry.arn, problem, line_of(&entry.arn)));
        of_shape.chain(nobody).collect()
    }

    /// Who has a boundary and who has none.
    pub(super) fn others(&self) -> Others {
        let mut others = Others { is_whole: !self.is_cut() && self.broken.is_empty(), ..Others::default() };
        let own = |attached: &[Attached<'a>]| -> Vec<String> {
            let arns = attached.iter().map(|policy| &policy.policy_arn).filter(|arn| account_of(arn) != Some("aws"));
            arns.map(ToString::to_string).collect()
        };
        for entity in self.entities().filter(|entity| !entity.is_broken) {
            if entity.permissions_boundary.is_some() {
                others.limited.push(entity.arn.to_string());
                continue;
            }
            if entity.arn.contains(":role/aws-service-role/") {
                continue;
            }
            others.unlimited.push(entity.arn.to_string());
            others.their_policies.extend(own(&entity.attached_managed_policies));
            for name in &entity.group_list {
                let owner = account_of(&entity.arn).unwrap_or_default().to_owned();
                let at = self.groups.get(&(owner, name.to_string()));
                if let Some(group) = at.and_then(|at| self.all.group_detail_list.get(*at)) {
                    others.their_groups.push(group.arn.to_string());
                    others.their_policies.extend(own(&group.attached_managed_policies));
                }
            }
        }
        others.sorted()
    }

    fn entity(&self, index: usize) -> Option<&Entity<'a>> {
        let roles = &self.all.role_detail_list;
        roles.get(index).or_else(|| self.all.user_detail_list.get(index.checked_sub(roles.len())?))
    }

    /// The ARN of one of them, as it stands in the text.
    pub(super) fn arn(&self, index: usize) -> Option<&str> {
        self.entity(index).map(|entity| &*entity.arn)
    }

    /// What is known of one of them, but for its trust policy.
    pub(super) fn snapshot(&self, index: usize) -> Option<Snapshot> {
        self.entity(index).map(|entity| self.assemble(entity, principal(entity)))
    }

    /// Without the trust policy, which says nothing about what the role may do.
    fn assemble(&self, entity: &Entity<'a>, principal: Principal) -> Snapshot {
        if entity.is_broken {
            return broken::unread(principal);
        }
        let mut identity = self.policies(entity, None);
        for name in &entity.group_list {
            let owner = account_of(&entity.arn).unwrap_or_default().to_owned();
            let group = self.groups.get(&(owner, name.to_string())).and_then(|at| self.all.group_detail_list.get(*at));
            match group {
                Some(group) => identity.extend(self.policies(group, Some(name))),
                None => {
                    let origin = Origin::Group(name.to_string());
                    let reason = "the snapshot does not hold this group";
                    identity.push(Policy::unread(format!("policies of group {name}"), None, origin, reason));
                }
            }
        }
        let boundary = match &entity.permissions_boundary {
            None => Reading::Absent,
            Some(Boundary { permissions_boundary_arn: Some(arn) }) => {
                Reading::policies(vec![self.managed(arn, None, None)])
            }
            Some(_) => Reading::Failed { reason: "the snapshot does not say which policy it is".to_owned() },
        };
        let mut layers = Layers::default();
        layers.set(Layer::Identity, Reading::policies(identity));
        layers.set(Layer::Boundary, boundary);
        layers.boundary_users = self.users_of_boundary(entity);
        layers.sharing = Some(Arc::clone(&self.sharing));
        layers.policy_names.clone_from(&self.policy_names);
        let tags: BTreeMap<String, String> =
            entity.tags.iter().map(|tag| (tag.key.clone(), tag.value.to_string())).collect();
        let source = Source::Snapshot;
        let mut snapshot =
            Snapshot { source, principal, tags: Some(tags), trust_policy: None, layers, unread: Vec::new() };
        note_unread(&mut snapshot);
        snapshot
    }

    /// How many principals have the boundary of this one; not known where some may be missing.
    fn users_of_boundary(&self, entity: &Entity<'_>) -> Option<usize> {
        self.sharing.of(Use::Boundary, entity.boundary_arn()?)?.count
    }

    fn trust(&self, entity: &Entity<'a>) -> Option<Policy> {
        let raw = entity.assume_role_policy_document?;
        let name = format!("trust policy of {}", entity.arn.rsplit('/').next().unwrap_or_default());
        Some(self.shelf.policy(&name, None, Origin::Inline, None, Some(raw)))
    }

    /// Adds the trust policies of the roles that are assumed.
    fn with_trust(&self, asked: Ask<'_>, mut snapshot: Snapshot) -> Snapshot {
        for role in self.all.role_detail_list.iter().filter(|role| asked.roles.iter().any(|arn| *arn == role.arn)) {
            let reading = match self.trust(role) {
                Some(policy) => Reading::policies(vec![policy]),
                None if role.is_broken => broken::reading(),
                None => continue,
            };
            let owner = account_of(&role.arn).map(str::to_owned);
            let attached = snapshot::Attached { to: Some(role.arn.to_string()), account: owner, reading };
            snapshot.layers.attach(Layer::Trust, attached);
        }
        snapshot
    }

    /// The inline and attached policies of a role, a user or a group.
    fn policies(&self, entity: &Entity<'a>, group: Option<&str>) -> Vec<Policy> {
        if entity.is_broken {
            let origin = Origin::Group(group.unwrap_or_default().to_owned());
            let name = format!("policies of group {}", group.unwrap_or_default());
            return vec![Policy::unread(name, None, origin, SHAPE)];
        }
        let inline_origin = || group.map_or(Origin::Inline, |name| Origin::Group(name.to_owned()));
        let inline = entity
            .inline
            .iter()
            .map(|policy| self.shelf.policy(&policy.policy_name, None, inline_origin(), None, policy.policy_document));
        let attached = entity
            .attached_managed_policies
            .iter()
            .map(|attached| self.managed(&attached.policy_arn, attached.policy_name.as_deref(), group));
        inline.chain(attached).collect()
    }

    /// A managed policy in its default version.
    fn managed(&self, arn: &str, name: Option<&str>, group: Option<&str>) -> Policy {
        let origin = group.map_or_else(|| Origin::of_managed(arn), |name| Origin::Group(name.to_owned()));
        let last = arn.rsplit('/').next().unwrap_or(arn);
        let found: Option<&Managed<'a>> = self.managed.get(arn).and_then(|at| self.all.policies.get(*at));
        let Some(found) = found else {
            return document::policy(name.unwrap_or(last), Some(arn.to_owned()), origin, None, None);
        };
        if found.is_broken {
            return Policy::unread(name.unwrap_or(last), Some(arn.to_owned()), origin, SHAPE);
        }
        let version = found.default_version();
        let id = version.and_then(|version| version.version_id.as_deref()).or(found.default_version_id.as_deref());
        let name = found.policy_name.as_deref().or(name).unwrap_or(last);
        let document = version.and_then(|version| version.document);
        let policy = self.shelf.policy(name, Some(arn.to_owned()), origin, id.map(str::to_owned), document);
        Policy { versions: found.versions(), ..policy }
    }
}

/// The names of the account's own policies, in lower case. Not known where pages are missing, and where the answer was
/// filtered, as it was if it holds none of them.
///
/// Source: IAM User Guide, "IAM and AWS STS quotas": names differ by more than case.
fn policy_names(all: &Page<'_>) -> Option<Arc<BTreeSet<String>>> {
    let own = |policy: &&Managed<'_>| account_of(&policy.arn).is_some_and(crate::arn::is_account_id);
    let name = |policy: &Managed<'_>| policy.arn.rsplit('/').next().unwrap_or_default().to_lowercase();
    let names: BTreeSet<String> = all.policies.iter().filter(own).map(name).collect();
    (all.is_truncated != Some(true) && !names.is_empty()).then(|| Arc::new(names))
}

/// All pages of `text`, and what of them could not be read. Entry by entry only where that is needed: it takes longer.
fn pages<'a>(path: &str, text: &'a str) -> Result<(Page<'a>, Vec<Broken<'a>>), SourceError> {
    let mut all = Page::default();
    for page in serde_json::Deserializer::from_str(text).into_iter::<Page<'_>>() {
        match page {
            Ok(page) => all.add(page),
            Err(error) => {
                let lenient = if error.is_data() { lenient::pages(text) } else { None };
                return lenient.ok_or_else(|| SourceError::syntax(path, text, &error));
            }
        }
    }
    Ok((all, Vec::new()))
}

fn is_person_arn(arn: &str) -> bool {
    let kind = Principal::from_arn(arn).map(|found| found.kind);
    matches!(kind, Some(PrincipalKind::Role | PrincipalKind::User))
}

fn principal(entity: &Entity<'_>) -> Principal {
    let mut principal = Principal::from_arn(&entity.arn).unwrap_or_else(Principal::unknown);
    principal.unique_id = entity.unique_id.as_deref().map(str::to_owned);
    principal
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

/// Lists what the snapshot lacks.
pub(super) fn note_unread(snapshot: &mut Snapshot) {
    let lacks = |layer: Layer| match snapshot.layers.get(layer) {
        Reading::Levels(levels) => levels.iter().flat_map(|level| &level.policies).any(Policy::is_unread),
        Reading::Failed { .. } => true,
        Reading::NotChecked { .. } | Reading::Absent => false,
    };
    let unread: Vec<Unread> = [Layer::Identity, Layer::Boundary]
        .into_iter()
        .filter(|layer| lacks(*layer))
        .map(|layer| Unread { layer, operation: "iam:GetPolicyVersion".to_owned(), reason: "not-in-source".to_owned() })
        .collect();
    snapshot.unread.extend(unread);
}
