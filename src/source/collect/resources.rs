//! What bears on some requests only: the policies of the resources asked about and their accounts' RCPs, the trust
//! policies of the roles that are assumed, the policies of the VPC endpoints that were named.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::organization::Kind;
use super::store::Folder;
use super::{Reader, not_checked, policy_of_file};
use crate::arn::{Arn, is_account_id};
use crate::snapshot::{Attached, Layer, Origin, Policy, Reading, Snapshot};
use crate::source::error::SourceError;
use crate::source::{Ask, document};

/// A resource: the facts of its `metadata.json`. What of it is not understood does not matter.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    arn: Option<String>,
    /// Of a topic: the account that owns it.
    #[serde(default)]
    owner: Option<String>,
}

/// What a resource is shared with by AWS RAM, which writes a policy of its own.
#[derive(Debug, Deserialize)]
struct Share {
    #[serde(default)]
    policy: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bucket {
    account_id: String,
}

#[derive(Debug, Default, Deserialize)]
struct Networks {
    #[serde(default)]
    endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    arn: String,
}

/// A resource that can have a policy.
struct Owned<'a> {
    /// The ARN of the resource asked about, or of what it lies in: the bucket of an object.
    arn: String,
    /// That of the resource with the policy, where it is another one.
    holder: Option<String>,
    partition: &'a str,
    service: &'a str,
    /// Its account, where the ARN says it.
    account: Option<&'a str>,
    /// What it is called in its service.
    resource: &'a str,
}

impl Reader<'_> {
    /// Adds it.
    pub(super) fn add_resources(&mut self, ask: Ask<'_>, snapshot: &mut Snapshot) {
        snapshot.layers.set(Layer::Resource, not_checked("which resource it is was not said"));
        snapshot.layers.set(Layer::ResourceControl, not_checked("whose the resource is, is not known"));
        for role in ask.roles {
            let account = Arn::parse(role).map(|arn| arn.account.to_owned());
            let attached = Attached { to: Some(role.clone()), account, reading: self.trust_reading(role) };
            snapshot.layers.attach(Layer::Trust, attached);
        }
        for text in ask.resources {
            self.add_resource(text, ask, snapshot);
        }
        for id in ask.endpoints {
            let own = snapshot.principal.account.clone();
            let (account, reading) = self.endpoint(id, own.as_deref());
            snapshot.layers.attach(Layer::VpcEndpoint, Attached { to: Some(id.clone()), account, reading });
        }
    }

    fn add_resource(&mut self, text: &str, ask: Ask<'_>, snapshot: &mut Snapshot) {
        if let Some((to, partition, account)) = of_account(text) {
            self.attach_control(to, partition, account, snapshot);
        }
        let Some(owned) = owned(text).filter(|owned| !is_attached(snapshot, Layer::Resource, &owned.arn)) else {
            return;
        };
        let account = match owned.account {
            Some(account) => Some(account.to_owned()),
            None => ask.resource_account.map(str::to_owned).or_else(|| self.account_of(&owned)),
        };
        if let (None, Some(account)) = (owned.account, &account) {
            self.attach_control(&owned.arn, owned.partition, account, snapshot);
        }
        let reading = match (&account, ask.roles.iter().any(|role| role == text)) {
            // A trust policy that is not known may also be given as the policy of a resource, and is then no other one.
            (_, true) => match snapshot.layers.attached(Layer::Trust).find(|one| one.to.as_deref() == Some(text)) {
                Some(Attached { reading: Reading::NotChecked { reason }, .. }) => {
                    Reading::NotChecked { reason: reason.clone() }
                }
                Some(_) | None => Reading::Absent,
            },
            (Some(account), false) => self.resource_reading(&owned, account),
            (None, false) => not_checked("the store does not say whose the resource is"),
        };
        snapshot.layers.attach(Layer::Resource, Attached { to: Some(owned.arn), account, reading });
    }

    /// The RCPs of the account of the resources that `to` is the ARN of, or the beginning of it.
    fn attach_control(&mut self, to: &str, partition: &str, account: &str, snapshot: &mut Snapshot) {
        if !is_attached(snapshot, Layer::ResourceControl, to) {
            let reading = self.control_policies(Kind::Resource, partition, account);
            let attached = Attached { to: Some(to.to_owned()), account: Some(account.to_owned()), reading };
            snapshot.layers.attach(Layer::ResourceControl, attached);
        }
    }

    fn trust_reading(&mut self, role: &str) -> Reading {
        let Some((folder, account)) = Arn::parse(role).and_then(|arn| self.account_and_folder(&arn, arn.account))
        else {
            return not_held(role);
        };
        let folder = folder.filter(|folder| self.is_of(folder, role));
        match folder.map(|folder| self.trust_policy(&folder, role)) {
            Some(Some(policy)) => Reading::policies(vec![policy]),
            // Every role has one.
            Some(None) => not_checked("the store does not hold the role's trust policy"),
            None => not_checked(format!("the store does not hold this role in account {account}")),
        }
    }

    /// The folder of a resource in its account's, with the account's id; `None` where the store does not hold the account.
    fn account_and_folder(&self, arn: &Arn<'_>, account: &str) -> Option<(Option<Folder>, String)> {
        let folder = self.store.partition(arn.partition)?.account(account)?;
        Some((folder.resource(arn).filter(Folder::is_there), account.to_owned()))
    }

    /// Whether a folder is that of the very resource: names of another case have the same folder.
    fn is_of(&mut self, folder: &Folder, arn: &str) -> bool {
        self.metadata(folder).arn.is_none_or(|own| own == arn)
    }

    fn metadata(&mut self, folder: &Folder) -> Metadata {
        folder.json(self.files, "metadata.json").ok().flatten().unwrap_or_default()
    }

    /// The account of a resource whose ARN does not say it: a bucket's, from the index or by its folder.
    fn account_of(&mut self, owned: &Owned<'_>) -> Option<String> {
        if owned.service != "s3" {
            return None;
        }
        let partition = self.store.partition(owned.partition)?;
        let indexes = partition.folder.child("indexes");
        let buckets: Option<BTreeMap<String, Bucket>> =
            indexes.and_then(|indexes| indexes.json(self.files, "buckets-to-accounts.json").ok().flatten());
        if let Some(bucket) = buckets.and_then(|mut buckets| buckets.remove(owned.resource)) {
            return Some(bucket.account_id).filter(|id| is_account_id(id));
        }
        // iam-collect can be told to write no index.
        let arn = Arn::parse(&owned.arn)?;
        let holds = |id: &String| {
            let folder = partition.account(id).and_then(|account| account.resource(&arn));
            folder.is_some_and(|folder| folder.is_there())
        };
        partition.accounts().ok()?.into_iter().find(holds)
    }

    /// The policy of a resource. A read that AWS denied leaves as little as a resource without one, but for some kinds.
    fn resource_reading(&mut self, owned: &Owned<'_>, account: &str) -> Reading {
        match (owned.service, owned.resource) {
            // Identity policies alone decide about users, roles and policies; a role's trust policy about assuming it.
            ("iam", _) => return Reading::Absent,
            ("kms", resource) if resource.starts_with("alias/") => {
                return not_checked("the store does not say which key the alias stands for");
            }
            ("ec2" | "iot" | "ses", _) => return not_checked("the store holds no policies of resources of this kind"),
            _ => {}
        }
        let holder = owned.holder.as_deref().unwrap_or(&owned.arn);
        let Some((folder, _)) = Arn::parse(holder).and_then(|arn| self.account_and_folder(&arn, account)) else {
            return not_checked(format!("the store does not hold account {account}"));
        };
        let Some(folder) = folder.filter(|folder| self.is_of(folder, holder)) else { return not_held(holder) };
        let name = format!("policy of {}", owned.resource.rsplit([':', '/']).next().unwrap_or_default());
        let own = folder.text(self.files, "policy.json").transpose();
        let own = own.map(|text| policy_of_file(&name, None, Origin::Inline, None, text.map(Some)));
        let policies: Vec<Policy> = own.into_iter().chain(self.share(owned, account)).collect();
        if policies.is_empty() { self.without_policy(owned, &folder) } else { Reading::policies(policies) }
    }

    /// A resource that the store holds without a policy.
    fn without_policy(&mut self, owned: &Owned<'_>, folder: &Folder) -> Reading {
        let is_bucket = owned.account.is_none();
        let not_read = match owned.service {
            "kms" => Some("the store does not hold the policy of the key, and every key has one"),
            // Every bucket is encrypted, and iam-collect asks for that with the same rights as for the policy.
            "s3" if is_bucket && folder.text(self.files, "encryption.json").is_ok_and(|text| text.is_none()) => {
                Some("the store does not hold the bucket's settings, which every bucket has: it was not read")
            }
            // The attributes of a topic come in one call, its owner among them.
            "sns" if self.metadata(folder).owner.is_none() => Some("the store does not hold the topic's attributes"),
            _ => None,
        };
        not_read.map_or(Reading::Absent, not_checked)
    }

    /// The policy that RAM wrote for a resource of the account that is shared.
    fn share(&mut self, owned: &Owned<'_>, account: &str) -> Option<Policy> {
        let arn = Arn::parse(&owned.arn)?;
        let region = if arn.region.is_empty() { "global" } else { arn.region };
        let folder = self.store.partition(owned.partition)?.account(account)?.child("ram")?.child(region)?;
        let file = format!("{}.json", owned.arn.replace([':', '/'], "-").to_ascii_lowercase());
        let name = "policy of the resource share";
        match folder.json::<Share>(self.files, &file) {
            Ok(share) => {
                let raw = share?.policy?;
                Some(document::policy(name, None, Origin::Inline, None, Some(&raw)))
            }
            Err(error) => Some(Policy::unread(name, None, Origin::Inline, error.to_string())),
        }
    }

    /// The policy of a VPC endpoint, in whatever account it is, with the account.
    fn endpoint(&mut self, id: &str, own: Option<&str>) -> (Option<String>, Reading) {
        let (account, folder) = match self.endpoint_folder(id, own) {
            Ok(Some((account, folder))) => (account, folder),
            Ok(None) => return (None, not_checked(format!("the store does not hold the endpoint {id}"))),
            Err(error) => return (None, not_checked(error.to_string())),
        };
        let text = match folder.text(self.files, "endpoint-policy.json") {
            // Its name in stores of the first versions.
            Ok(None) => folder.text(self.files, "policy.json"),
            read => read,
        };
        let reading = match text.transpose() {
            Some(text) => {
                let name = format!("policy of {id}");
                Reading::policies(vec![policy_of_file(&name, None, Origin::Inline, None, text.map(Some))])
            }
            // It comes with the endpoint's other facts; endpoints of some services have none, and allow everything.
            None => Reading::Absent,
        };
        (Some(account), reading)
    }

    fn endpoint_folder(&mut self, id: &str, own: Option<&str>) -> Result<Option<(String, Folder)>, SourceError> {
        for partition in &self.store.partitions {
            let networks: Networks = match partition.folder.child("indexes") {
                Some(indexes) => indexes.json(self.files, "vpcs.json").ok().flatten().unwrap_or_default(),
                None => Networks::default(),
            };
            let arn = networks.endpoints.get(id).and_then(|endpoint| Arn::parse(&endpoint.arn));
            let indexed = arn.and_then(|arn| Some((arn.account, partition.account(arn.account)?.resource(&arn)?)));
            if let Some((account, folder)) = indexed.filter(|(_, folder)| folder.is_there()) {
                return Ok(Some((account.to_owned(), folder)));
            }
            // Without an index: the principal's account before the others.
            let ids = own.map(str::to_owned).into_iter().chain(partition.accounts()?);
            for account in ids {
                let Some(ec2) = partition.account(&account).and_then(|folder| folder.child("ec2")) else { continue };
                for region in ec2.folders()? {
                    let all = ec2.child(&region).and_then(|folder| folder.child("vpc-endpoint"));
                    if let Some(found) = all.and_then(|all| all.child(id)).filter(Folder::is_there) {
                        return Ok(Some((account, found)));
                    }
                }
            }
        }
        Ok(None)
    }
}

fn not_held(arn: &str) -> Reading {
    not_checked(format!("the store does not hold {arn}"))
}

fn is_attached(snapshot: &Snapshot, layer: Layer, to: &str) -> bool {
    snapshot.layers.attached(layer).any(|one| one.to.as_deref() == Some(to))
}

/// The beginning of an ARN up to its account, with the partition and the account; `None` where it does not say them.
fn of_account(text: &str) -> Option<(&str, &str, &str)> {
    let arn = Arn::parse(text)?;
    let to = text.get(..text.len().checked_sub(arn.resource.len() + 1)?)?;
    (is_account_id(arn.account) && !to.contains(['*', '?'])).then_some((to, arn.partition, arn.account))
}

/// What has the policy about a resource; `None` where no one resource is meant.
fn owned(text: &str) -> Option<Owned<'_>> {
    let arn = Arn::parse(text)?;
    let account = Some(arn.account).filter(|id| is_account_id(id));
    let resource = own_part(&arn);
    let before = text.get(..text.len().checked_sub(arn.resource.len())?)?;
    let one = format!("{before}{resource}");
    // A wildcard in what comes after the part stands for parts of the one resource.
    if resource.is_empty() || one.contains(['*', '?']) || arn.account == "aws" {
        return None;
    }
    let Arn { partition, service, region, .. } = arn;
    let (one, holder) = match (service, account) {
        // The catalog of a region has the one policy for the databases and tables in it.
        ("glue", Some(id)) => (one, Some(format!("arn:{partition}:glue:{region}:{id}:catalog"))),
        ("execute-api", Some(_)) => (one, Some(format!("arn:{partition}:apigateway:{region}::/restapis/{resource}"))),
        _ => (one, None),
    };
    Some(Owned { arn: one, holder, partition, service, account, resource })
}

/// The part of a resource that has the policy: a bucket of its object, a function of its version.
fn own_part<'a>(arn: &Arn<'a>) -> &'a str {
    let parts = match (arn.service, arn.resource) {
        ("s3", _) if arn.account.is_empty() => 1,
        ("sns" | "execute-api", _) => 1,
        ("s3" | "s3express" | "s3tables" | "es", _) => 2,
        ("lambda", resource) if resource.starts_with("function:") => 2,
        // A stream of a table has a policy of its own.
        ("dynamodb", resource) if resource.contains("/stream/") => 4,
        ("dynamodb", _) => 2,
        _ => return arn.resource,
    };
    let end = arn.resource.match_indices(['/', ':']).nth(parts - 1).map_or(arn.resource.len(), |(at, _)| at);
    arn.resource.get(..end).unwrap_or(arn.resource)
}
