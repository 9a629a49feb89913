//! Which role or user of the store is the principal that was asked for.

use serde::Deserialize;

use super::Reader;
use super::store::{Folder, last_of};
use crate::arn::Arn;
use crate::principal::{Principal, PrincipalKind};
use crate::source::error::SourceError;
use crate::source::find::{find, similar};

/// A role, a user or a group: the facts of its `metadata.json`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) arn: String,
    #[serde(default)]
    pub(super) id: Option<String>,
    /// iam-collect calls it so.
    #[serde(default, rename = "permissionBoundary")]
    pub(super) boundary: Option<String>,
}

/// The role or user that was asked for.
#[derive(Debug)]
pub(super) struct Found {
    /// Its folder.
    pub(super) folder: Folder,
    /// The folder of its account.
    pub(super) account: Folder,
    pub(super) metadata: Metadata,
    pub(super) principal: Principal,
}

/// A folder of a role or user, of which the name alone is known, in lower case.
pub(super) struct Entry {
    folder: Folder,
    account: Folder,
    name: String,
}

impl Reader<'_> {
    /// The role or user that was asked for, in whatever account it is.
    pub(super) fn find(&mut self, ask: &Principal) -> Result<Found, SourceError> {
        let name = ask.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        // A name is one role's in its account: where the account is known, the others tell what was meant at most.
        let own = self.entries(ask, ask.account.as_deref())?;
        let mut known = self.known(own.iter().filter(|entry| entry.name == name))?;
        let mut found = find(&self.store.path, ask, &principals(&known));
        if found.is_err() {
            let all = self.entries(ask, None)?;
            // Of a name that is much like the one asked for, the spelling is wanted.
            let like = similar(&name, all.iter().map(|entry| entry.name.as_str())).unwrap_or(&name).to_owned();
            let wanted = |entry: &&Entry| entry.name == name || entry.name == like;
            known = self.known(all.iter().filter(wanted))?;
            let others = all.iter().filter(|entry| !wanted(entry));
            let others = others.map(|entry| Principal::named(entity_kind(ask), &entry.name));
            let principals: Vec<Principal> = principals(&known).into_iter().chain(others).collect();
            found = find(&self.store.path, ask, &principals);
        }
        let index = found?;
        match known.into_iter().nth(index) {
            Some(found) => Ok(found),
            None => Err(SourceError::NotAStore { path: self.store.path.clone() }),
        }
    }

    /// The roles or users of one account, or of all.
    pub(super) fn entries(&self, ask: &Principal, account: Option<&str>) -> Result<Vec<Entry>, SourceError> {
        let kind = if entity_kind(ask) == PrincipalKind::User { "user" } else { "role" };
        let partition = ask.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
        let own = partition.filter(|_| account.is_some()).and_then(|name| self.store.partition(name));
        let mut entries = Vec::new();
        for partition in self.store.partitions.iter().filter(|one| own.is_none_or(|own| std::ptr::eq(*one, own))) {
            let ids = match account {
                Some(account) => vec![account.to_owned()],
                None => partition.accounts()?,
            };
            for account in ids.iter().filter_map(|id| partition.account(id)) {
                let Some(list) = account.child("iam").and_then(|iam| iam.child(kind)) else { continue };
                for name in list.folders()? {
                    let Some(folder) = list.child(&name) else { continue };
                    entries.push(Entry { folder, account: account.clone(), name: last_of(&name) });
                }
            }
        }
        Ok(entries)
    }

    /// Reads who they are. Without it, nothing of them is certain.
    pub(super) fn known<'e>(&mut self, entries: impl Iterator<Item = &'e Entry>) -> Result<Vec<Found>, SourceError> {
        let mut known = Vec::new();
        for Entry { folder, account, .. } in entries {
            let read: Option<Metadata> = folder.json(self.files, "metadata.json")?;
            // A folder without it is one that iam-collect is about to fill, or to delete.
            let Some(metadata) = read else { continue };
            let mut principal = Principal::from_arn(&metadata.arn).unwrap_or_else(Principal::unknown);
            principal.unique_id.clone_from(&metadata.id);
            known.push(Found { folder: folder.clone(), account: account.clone(), metadata, principal });
        }
        Ok(known)
    }
}

fn entity_kind(ask: &Principal) -> PrincipalKind {
    if ask.kind == PrincipalKind::User { PrincipalKind::User } else { PrincipalKind::Role }
}

fn principals(known: &[Found]) -> Vec<Principal> {
    known.iter().map(|found| found.principal.clone()).collect()
}
