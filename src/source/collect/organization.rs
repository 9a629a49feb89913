//! Service control policies and resource control policies of an account, level by level from the root.
//!
//! Sources: iam-collect's folder of an organization, which it writes as a whole; Organizations User Guide, "SCP
//! evaluation" and "Resource control policies".

use std::collections::BTreeMap;

use serde::Deserialize;

use super::store::{Folder, Partition};
use super::{Reader, not_checked, policy_of_file};
use crate::arn::Arn;
use crate::snapshot::{Level, Origin, Policy, Reading};
use crate::source::error::SourceError;

/// The two kinds of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// SCPs, of a principal's account.
    Service,
    /// RCPs, of a resource's account.
    Resource,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Service => "scps",
            Self::Resource => "rcps",
        }
    }

    /// Its name among the organization's features.
    fn feature(self) -> &'static str {
        match self {
            Self::Service => "SERVICE_CONTROL_POLICY",
            Self::Resource => "RESOURCE_CONTROL_POLICY",
        }
    }
}

/// The organization: the facts of its `metadata.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    root_account_id: String,
    /// The kinds of policies that are enabled; of old stores, not known.
    #[serde(default)]
    features: Option<BTreeMap<String, bool>>,
}

/// An account in `accounts.json`, or a root or OU in `ous.json`.
#[derive(Debug, Clone, Deserialize)]
struct Node {
    /// Where it lies: `parent` of an OU, `ou` of an account; a root lies nowhere.
    #[serde(default, alias = "ou")]
    parent: Option<String>,
    #[serde(default)]
    scps: Option<Vec<String>>,
    #[serde(default)]
    rcps: Option<Vec<String>>,
}

impl Node {
    fn policies(&self, kind: Kind) -> Option<&[String]> {
        match kind {
            Kind::Service => self.scps.as_deref(),
            Kind::Resource => self.rcps.as_deref(),
        }
    }
}

/// An SCP or RCP: the facts of its `metadata.json`.
#[derive(Debug, Deserialize)]
struct PolicyMetadata {
    #[serde(default)]
    name: Option<String>,
}

type Nodes = BTreeMap<String, Node>;

impl Reader<'_> {
    /// The SCPs or RCPs of an account. What of them could not be read is not checked, as most may not read them.
    pub(super) fn control_policies(&mut self, kind: Kind, partition: &str, account: &str) -> Reading {
        match self.levels(kind, partition, account) {
            Ok(reading) => reading,
            Err(error) => not_checked(error.to_string()),
        }
    }

    fn levels(&mut self, kind: Kind, partition: &str, account: &str) -> Result<Reading, SourceError> {
        let (folder, node) = match self.organization_of(partition, account)? {
            Ok(found) => found,
            Err(reason) => return Ok(not_checked(reason)),
        };
        let Some(metadata) = folder.json::<Metadata>(self.files, "metadata.json")? else {
            return Ok(not_checked("the store does not hold the organization's metadata"));
        };
        let ous: Nodes = folder.json(self.files, "ous.json")?.unwrap_or_default();
        let path = path_from_root(account, &node, &ous);
        let attached = |node: Option<&Node>| node.and_then(|node| node.policies(kind)).map(<[String]>::to_vec);
        let lists: Vec<(&str, Option<Vec<String>>)> = path.iter().map(|(id, node)| (*id, attached(*node))).collect();
        if lists.iter().all(|(_, list)| list.as_ref().is_some_and(Vec::is_empty)) {
            // A kind that is not enabled leaves the lists empty; one that is has a policy of AWS at every level.
            match metadata.features.as_ref().map(|features| features.get(kind.feature()).copied()) {
                Some(Some(true)) => {}
                Some(None | Some(false)) => return Ok(Reading::Absent),
                None => return Ok(not_checked("the store does not say whether policies of this kind are enabled")),
            }
        }
        let mut levels = Vec::new();
        for (target, list) in lists {
            let policies = match list {
                Some(arns) => arns.iter().map(|arn| self.control_policy(kind, &folder, arn)).collect(),
                None => {
                    let reason = "the store does not hold them";
                    vec![Policy::unread(format!("policies of {target}"), None, Origin::CustomerManaged, reason)]
                }
            };
            levels.push(Level { target: Some(target.to_owned()), policies });
        }
        // Neither kind applies to the account that manages the organization. Policies that it wrote say so by themselves.
        let says_so = |level: &Level| level.policies.iter().any(|policy| is_of_account(policy, account));
        if metadata.root_account_id == account && !levels.iter().any(says_so) {
            return Ok(Reading::Absent);
        }
        Ok(Reading::Levels(levels))
    }

    /// The folder of the organization that an account is in, with what that says of the account; or why it is not known.
    ///
    /// iam-collect has no file that says "in no organization": it writes as little of an account whose organization it
    /// may not read, which is any member account that is read by itself.
    fn organization_of(
        &mut self,
        partition: &str,
        account: &str,
    ) -> Result<Result<(Folder, Node), String>, SourceError> {
        let none = || Ok(Err(format!("the store holds no organization with account {account} in it")));
        let Some(folder) = self.store.partition(partition).map(|one: &Partition| one.folder.clone()) else {
            return none();
        };
        let Some(organizations) = folder.child("organizations") else { return none() };
        let mut all: Vec<(String, Folder, Node)> = Vec::new();
        for id in organizations.folders()? {
            let Some(folder) = organizations.child(&id) else { continue };
            let mut accounts: Nodes = folder.json(self.files, "accounts.json")?.unwrap_or_default();
            all.extend(accounts.remove(account).map(|node| (id, folder, node)));
        }
        if all.len() > 1 {
            // The account moved, and the organization that it left was not read again. The index is of the last one read.
            let index: Option<BTreeMap<String, String>> = match folder.child("indexes") {
                Some(indexes) => indexes.json(self.files, "accounts-to-orgs.json")?,
                None => None,
            };
            let now = index.unwrap_or_default().remove(account);
            all.retain(|(id, ..)| Some(id.as_str()) == now.as_deref());
            if all.is_empty() {
                return Ok(Err(format!("several organizations of the store have account {account} in them")));
            }
        }
        match all.pop() {
            Some((_, folder, node)) => Ok(Ok((folder, node))),
            None => none(),
        }
    }

    fn control_policy(&mut self, kind: Kind, organization: &Folder, arn: &str) -> Policy {
        let id = arn.rsplit('/').next().unwrap_or(arn);
        let origin = Origin::of_managed(arn);
        let Some(folder) = organization.child(kind.folder()).and_then(|all| all.child(id)) else {
            return Policy::unread(id, Some(arn.to_owned()), origin, "the store can hold no policy of this ARN");
        };
        let metadata = folder.json::<PolicyMetadata>(self.files, "metadata.json").ok().flatten();
        let name = metadata.and_then(|metadata| metadata.name).unwrap_or_else(|| id.to_owned());
        let text = folder.text(self.files, "policy.json");
        policy_of_file(&name, Some(arn), origin, None, text)
    }
}

/// The nodes from the root to the account, each with what is known of it.
fn path_from_root<'n>(account: &'n str, node: &'n Node, ous: &'n Nodes) -> Vec<(&'n str, Option<&'n Node>)> {
    let mut path = vec![(account, Some(node))];
    let mut parent = node.parent.as_deref();
    if parent.is_none() {
        path.push(("what the account lies in", None));
    }
    while let Some(id) = parent {
        // A circle is no organization: what lies above is not known.
        if path.iter().any(|(known, _)| *known == id) {
            path.push(("what lies above", None));
            break;
        }
        let node = ous.get(id);
        path.push((id, node));
        parent = node.and_then(|node| node.parent.as_deref());
    }
    path.reverse();
    path
}

fn is_of_account(policy: &Policy, account: &str) -> bool {
    let arn = policy.arn.as_deref().and_then(Arn::parse);
    arn.is_some_and(|arn| arn.service == "organizations" && arn.account == account)
}
