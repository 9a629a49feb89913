//! The folder of iam-collect: what it read of every account of an organization, one file for each kind of fact.
//!
//! Only the files that bear on the question are read, as a store may hold thousands of resources. iam-collect writes no
//! file for an empty list or object, and deletes the one that was there; for each file the code says whether its absence
//! means "none" or "not read". A file that cannot be understood is an unknown and never left out.
//!
//! Source: iam-collect, `docs/Storage.md`, `docs/Indexing.md` and the files that it writes; data sets of iam-lens.

mod account;
mod entity;
mod organization;
mod people;
mod resources;
mod store;

use serde_json::value::RawValue;

use super::Ask;
use super::document;
use super::error::SourceError;
use super::files::Files;
use crate::arn::Arn;
use crate::principal::PrincipalKind;
use crate::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Source};
use store::Store;

pub(super) use account::Account;

/// Reads the facts about one principal, and about the resources, roles and endpoints of the question.
pub(super) fn read(files: &mut Files, path: &str, ask: Ask<'_>) -> Result<Snapshot, SourceError> {
    let store = Store::open(path)?;
    let mut reader = Reader { store: &store, files };
    let principal = ask.principal;
    let mut snapshot = if principal.kind.is_role() || principal.kind == PrincipalKind::User {
        let found = reader.find(principal)?;
        reader.entity(&found, principal)
    } else {
        Snapshot::without_policies(Source::Snapshot, principal.clone())
    };
    if let Some(account) = snapshot.principal.account.clone() {
        let partition = snapshot.principal.arn.as_deref().and_then(Arn::parse).map_or("aws", |arn| arn.partition);
        let reading = reader.control_policies(organization::Kind::Service, partition, &account);
        snapshot.layers.set(Layer::ServiceControl, reading);
    }
    reader.add_resources(ask, &mut snapshot);
    Ok(snapshot)
}

/// Whether a path is to be read as a store: it is a folder.
pub(super) fn is_folder(path: &str) -> bool {
    path != "-" && std::path::Path::new(path).is_dir()
}

/// The store with the way to its files.
#[derive(Debug)]
struct Reader<'f> {
    store: &'f Store,
    files: &'f mut Files,
}

fn not_checked(reason: impl Into<String>) -> Reading {
    Reading::NotChecked { reason: Some(reason.into()) }
}

/// A policy from the whole text of its file; `None` = there is no such file.
fn policy_of_file(
    name: &str,
    arn: Option<&str>,
    origin: Origin,
    version: Option<String>,
    text: Result<Option<String>, SourceError>,
) -> Policy {
    let arn = arn.map(str::to_owned);
    let text = match text {
        Ok(Some(text)) => text,
        Ok(None) => return Policy::unread(name, arn, origin, "the store does not hold its document"),
        Err(error) => return Policy::unread(name, arn, origin, error.to_string()),
    };
    match serde_json::from_str::<&RawValue>(&text) {
        // A document in a JSON string; one that is an object keeps the lines of its file.
        Ok(raw) if raw.get().starts_with('"') => document::policy(name, arn, origin, version, Some(raw)),
        Ok(_) | Err(_) => Policy::new(name, arn, origin, version, &text),
    }
}
