//! Which documents of a layer can be changed, and what becomes of those that cannot.
//!
//! Sources: IAM User Guide, "AWS managed policies and inline policies", "IAM and AWS STS quotas"; Organizations User Guide,
//! "Quotas and service limits for AWS Organizations"; PrivateLink Guide, "Endpoint policies".

use super::draft::{Base, Draft, EMPTY, Key};
use super::edit::size;
use super::place::Place;
use super::work::Work;
use super::{FixedDocument, grantee, quota};
use crate::arn::{Arn, is_account_id};
use crate::policy::Document;
use crate::principal::PrincipalKind;
use crate::request::Request;
use crate::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Unreadable};

impl Work<'_> {
    /// The draft of the policy that stands at a place, begun if there is none.
    ///
    /// # Errors
    /// Why it cannot be changed.
    pub(super) fn draft_at(
        &mut self,
        snapshot: usize,
        place: Place,
        layer: Layer,
        request: &Request,
    ) -> Result<usize, String> {
        let now = self.now.get(snapshot).ok_or("no such snapshot")?;
        let policy = place.policy(now).ok_or("no such policy")?.clone();
        let known = self.drafts.iter().position(|draft| draft.places.contains(&(snapshot, place)));
        if let Some(known) = known {
            return Ok(known);
        }
        match &policy.document {
            Ok(_) => {}
            Err(Unreadable::NotRead(reason)) => return Err(format!("read {} first: {reason}", policy.name)),
            Err(Unreadable::Malformed { error, .. }) => return Err(format!("correct {} first: {error}", policy.name)),
        }
        if policy.text().len() > LARGEST {
            let (name, length) = (&policy.name, policy.text().len());
            return Err(format!(
                "shorten {name} first: it has {length} bytes, and AWS accepts no policy of more than {LARGEST}"
            ));
        }
        let is_aws =
            policy.origin == Origin::AwsManaged || policy.arn.as_deref().and_then(grantee::account) == Some("aws");
        let attached_to = attached_to(place, layer, now, request);
        if is_aws {
            if layer != Layer::Boundary {
                return Err(format!("{} is AWS's own and cannot be edited", policy.name));
            }
            let copy = self.copy_of(&policy, now);
            return Ok(self.draft_of_copy((snapshot, place), copy, attached_to));
        }
        let key = match (&policy.arn, &policy.file) {
            (_, Some(file)) => Key::File(file.path.clone()),
            (Some(arn), None) => Key::Arn(arn.clone()),
            (None, None) => Key::Own(snapshot, place),
        };
        if let Some(known) = self.draft(&key) {
            return Ok(known);
        }
        let same_text = |(number, place): &(usize, Place)| {
            let there = self.now.get(*number).and_then(|snapshot| place.policy(snapshot));
            there.is_some_and(|there| there.text() == policy.text())
        };
        let places = self.places(&key).into_iter().filter(same_text).collect();
        self.begin(key, layer, places, policy, Base::Edited, attached_to);
        Ok(self.drafts.len() - 1)
    }

    /// The draft of the copy that takes the place of a boundary: the same one for all who have the same boundary in one
    /// account.
    fn draft_of_copy(&mut self, at: (usize, Place), copy: Policy, attached_to: Option<String>) -> usize {
        let key = copy.arn.clone().map_or(Key::Own(at.0, at.1), Key::Copy);
        let same = |draft: &&Draft| draft.text == copy.text();
        if let Some(known) = self.draft(&key).filter(|known| self.drafts.get(*known).as_ref().is_some_and(same)) {
            if let Some(draft) = self.drafts.get_mut(known) {
                draft.places.push(at);
                let changes = draft.changes.clone();
                self.change(known, changes);
            }
            return known;
        }
        self.begin(key, Layer::Boundary, vec![at], copy, Base::Copied, attached_to);
        self.drafts.len() - 1
    }

    /// A boundary of AWS's as a policy of the account, under a name that no other policy has, as far as is known.
    fn copy_of(&self, policy: &Policy, now: &Snapshot) -> Policy {
        let partition = policy.arn.as_deref().and_then(Arn::parse).map_or("aws", |arn| arn.partition).to_owned();
        let account = now.principal.account.as_deref().filter(|account| is_account_id(account));
        let arn = |name: &str| account.map(|account| format!("arn:{partition}:iam::{account}:policy/{name}"));
        let is_known =
            |name: &str| now.layers.policy_names.as_ref().is_some_and(|names| names.contains(&name.to_lowercase()));
        let is_drafted = |name: &str| {
            let key = arn(name).map(Key::Copy);
            self.drafts.iter().any(|draft| Some(&draft.key) == key.as_ref() && draft.text != policy.text())
        };
        let mut names = (1..).map(|number: usize| copy_name(&policy.name, number));
        let name = names.find(|name| !is_known(name) && !is_drafted(name)).unwrap_or_default();
        let (arn, origin) = (arn(&name), Origin::CustomerManaged);
        Policy { name, arn, origin, version: None, versions: None, ..policy.clone() }
    }

    /// Whether a layer can get a policy that is not there yet.
    pub(super) fn can_begin(&self, snapshot: usize, place: Place, layer: Layer) -> bool {
        match layer {
            Layer::Identity | Layer::Resource => true,
            // What the level of a file is a level of, nobody knows: there is nothing to attach a policy to.
            Layer::ServiceControl => {
                let target = self.now.get(snapshot).and_then(|now| place.attached_to(now));
                let is_id = |id: &String| id.starts_with("r-") || id.starts_with("ou-") || is_account_id(id);
                target.is_some_and(|target| is_id(&target))
            }
            Layer::ResourceControl | Layer::VpcEndpoint | Layer::Trust | Layer::Boundary | Layer::Session => false,
        }
    }

    /// The draft of a new policy behind those of a level, begun if there is none.
    pub(super) fn draft_behind(
        &mut self,
        snapshot: usize,
        ground: Place,
        layer: Layer,
        name: &str,
        request: &Request,
    ) -> Option<usize> {
        let is_it = |draft: &Draft| {
            let in_level = |(number, place): &(usize, Place)| {
                *number == snapshot && Place { policy: 0, ..*place } == Place { policy: 0, ..ground }
            };
            draft.base == Base::New && draft.places.iter().any(in_level)
        };
        if let Some(known) = self.drafts.iter().position(is_it) {
            return Some(known);
        }
        let now = self.now.get(snapshot)?;
        let place = ground.behind(now);
        let to = attached_to(place, layer, now, request);
        let taken = |name: &str| now.layers.policies(layer).any(|policy| policy.name.eq_ignore_ascii_case(name));
        let mut numbered = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}{number}")));
        let name = numbered.find(|name| !taken(name)).unwrap_or_else(|| name.to_owned());
        let policy = Policy::new(name, None, Origin::Inline, None, EMPTY);
        self.begin(Key::Own(snapshot, place), layer, vec![(snapshot, place)], policy, Base::New, to);
        Some(self.drafts.len() - 1)
    }

    fn begin(
        &mut self,
        key: Key,
        layer: Layer,
        places: Vec<(usize, Place)>,
        policy: Policy,
        base: Base,
        attached_to: Option<String>,
    ) {
        let document = FixedDocument::of(&policy, attached_to);
        let text = policy.text().to_owned();
        let changes = Vec::new();
        self.drafts.push(Draft { key, layer, places, policy, document, base, text, changes, edited: None });
    }

    /// The document of a draft as it is now.
    pub(super) fn document(&self, draft: usize) -> Option<Document> {
        let draft = self.drafts.get(draft)?;
        let text = draft.edited.as_ref().map_or(draft.text.as_str(), |edited| &edited.after);
        Document::parse(text).ok()
    }

    /// What has to be done first, where AWS would not accept the document as it is changed, as far as its size goes. A
    /// document that was larger before may be as large as it was; a copy has no before.
    pub(super) fn excess(&self, draft: usize) -> Option<String> {
        let one = self.drafts.get(draft)?;
        let after = size(&one.edited.as_ref()?.after);
        let before = if one.base == Base::Copied { 0 } else { size(&one.text) };
        let text = if self.room(one).is_some_and(|room| after > room.max(before)) {
            if one.base == Base::Copied {
                return Some(format!(
                    "write a boundary of the account's own: a copy of AWS's with the edit would have {after} characters, and \
                     AWS accepts {MANAGED}"
                ));
            }
            match self.inline_quota(one) {
                Some((whose, most)) => format!(
                    "with the edit the inline policies of {whose} would have more than the {most} characters that AWS accepts \
                     of them together; a managed policy has {MANAGED} of its own"
                ),
                None => "with the edit the document would be larger than AWS accepts".to_owned(),
            }
        } else {
            let of_resource = one.document.attached_to.as_deref().filter(|_| one.layer == Layer::Resource);
            let to = of_resource.and_then(Arn::parse)?;
            quota::exceeded(to.service, &Document::parse(&one.text).ok()?, &self.document(draft)?)?
        };
        Some(format!("make room in the {} first: {text}", one.layer.words()))
    }

    /// Whose inline policies count together, and how much they may hold, where the document is one of them.
    fn inline_quota(&self, draft: &Draft) -> Option<(&'static str, usize)> {
        let (snapshot, _) = draft.places.first()?;
        let of_user = self.now.get(*snapshot)?.principal.kind == PrincipalKind::User;
        match (draft.layer, &draft.policy.origin) {
            (Layer::Identity, Origin::Inline) if of_user => Some(("a user", INLINE_OF_USER)),
            (Layer::Identity, Origin::Inline) => Some(("a role", INLINE_OF_ROLE)),
            (Layer::Identity, Origin::Group(_)) if draft.policy.arn.is_none() => Some(("a group", INLINE_OF_GROUP)),
            _ => None,
        }
    }

    /// How large the document may become; `None` where that is not known.
    pub(super) fn room(&self, draft: &Draft) -> Option<usize> {
        let (snapshot, place) = draft.places.first()?;
        let snapshot = self.now.get(*snapshot)?;
        if let Some((_, most)) = self.inline_quota(draft) {
            let all = snapshot.layers.policies(Layer::Identity).enumerate();
            let is_of_it = |policy: &Policy| policy.origin == draft.policy.origin && policy.arn.is_none();
            let others = all.filter(|(number, policy)| *number != place.policy && is_of_it(policy));
            return Some(most.saturating_sub(others.map(|(_, policy)| size(policy.text())).sum()));
        }
        Some(match (draft.layer, &draft.policy.origin) {
            (Layer::Boundary, Origin::File) => MANAGED,
            (Layer::Identity | Layer::Boundary, Origin::CustomerManaged | Origin::AwsManaged | Origin::Group(_)) => {
                MANAGED
            }
            (Layer::Identity | Layer::Boundary, Origin::File | Origin::Inline) => return None,
            (Layer::ServiceControl, _) => SERVICE_CONTROL,
            (Layer::ResourceControl, _) => RESOURCE_CONTROL,
            (Layer::VpcEndpoint, _) => ENDPOINT,
            (Layer::Trust, _) => TRUST,
            (Layer::Session, _) => SESSION,
            (Layer::Resource, _) => {
                let to = draft.document.attached_to.as_deref().and_then(Arn::parse)?;
                OF_RESOURCES.iter().find(|(service, _)| *service == to.service).map(|(_, most)| *most)?
            }
        })
    }
}

/// What IAM's API takes as a document at most, white space included; a file may hold more.
/// Source: IAM API Reference, `CreatePolicyVersion`.
const LARGEST: usize = 131_072;
const MANAGED: usize = 6_144;
const INLINE_OF_ROLE: usize = 10_240;
const INLINE_OF_USER: usize = 2_048;
const INLINE_OF_GROUP: usize = 5_120;
const SERVICE_CONTROL: usize = 10_240;
const RESOURCE_CONTROL: usize = 5_120;
const ENDPOINT: usize = 20_480;
/// As far as the quota can be raised; see [`TRUST_UNRAISED`].
const TRUST: usize = 4_096;
/// The quota of the length of trust policies, unless it was raised.
/// Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const TRUST_UNRAISED: usize = 2_048;
/// Of resources' policies, by service.
/// Sources: S3 User Guide, "Bucket policies" (20 KB); Amazon SQS Developer Guide, "Amazon SQS policy quotas" (8,192 bytes);
/// Amazon SNS Developer Guide, "Policy quotas" (30 KB); KMS Developer Guide, "Quotas" (32 KB); Secrets Manager API Reference,
/// `PutResourcePolicy` (20,480); ECR API Reference, `SetRepositoryPolicy` (10,240); Amazon EFS User Guide, "Resource-based
/// policy examples" (20,000).
const OF_RESOURCES: [(&str, usize); 7] = [
    ("ecr", 10_240),
    ("elasticfilesystem", 20_000),
    ("kms", 32_768),
    ("s3", 20_480),
    ("secretsmanager", 20_480),
    ("sns", 30_720),
    ("sqs", 8_192),
];
const SESSION: usize = 2_048;

/// What the document hangs on: what the source says, else the resource that was asked about.
fn attached_to(place: Place, layer: Layer, snapshot: &Snapshot, request: &Request) -> Option<String> {
    let said = place.attached_to(snapshot);
    let asked = || match layer {
        Layer::Resource | Layer::Trust => Some(request.resource.text()).filter(|text| !text.contains(['*', '?'])),
        Layer::VpcEndpoint
        | Layer::ServiceControl
        | Layer::ResourceControl
        | Layer::Identity
        | Layer::Boundary
        | Layer::Session => None,
    };
    said.or_else(|| asked().map(str::to_owned))
}

/// `AdministratorAccess-boundary`, the second try `AdministratorAccess-boundary2`.
///
/// Source: IAM User Guide, "IAM and AWS STS quotas": at most 128 characters.
fn copy_name(name: &str, number: usize) -> String {
    let suffix = if number == 1 { "-boundary".to_owned() } else { format!("-boundary{number}") };
    name.chars().take(128_usize.saturating_sub(suffix.len())).chain(suffix.chars()).collect()
}

/// The policies of a level, those that can be changed with least harm first: of the identity, its own before shared
/// ones; never a group's, which others have too, nor AWS's.
pub(super) fn editable(snapshot: &Snapshot, ground: Place, layer: Layer) -> Vec<Place> {
    let Some(Reading::Levels(levels)) = snapshot.layers.readings(ground.layer).nth(ground.reading) else {
        return Vec::new();
    };
    let policies = levels.get(ground.level).map_or(&[][..], |level| &level.policies);
    let rank = |policy: &Policy| match (&policy.origin, layer) {
        (Origin::AwsManaged, Layer::Boundary) => Some(0),
        (Origin::AwsManaged, _) => None,
        (Origin::Group(_), _) => None,
        (Origin::Inline, _) => Some(0),
        (Origin::File, _) => Some(1),
        (Origin::CustomerManaged, _) => Some(2),
    };
    let is_aws = |policy: &Policy| policy.arn.as_deref().and_then(grantee::account) == Some("aws");
    let mut found: Vec<(i32, Place)> = Vec::new();
    for (policy, one) in policies.iter().enumerate() {
        if let Some(rank) = rank(one).filter(|_| layer == Layer::Boundary || !is_aws(one)) {
            found.push((rank, Place { policy, ..ground }));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, place)| place).collect()
}
