//! Every role and user of a store. Who they are is read at once, their policies one principal at a time.

use std::collections::BTreeMap;

use super::people::Found;
use super::store::Store;
use super::{Reader, organization};
use crate::arn::Arn;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Reading, Snapshot};
use crate::source::error::SourceError;
use crate::source::files::Files;

/// The roles and users of all accounts of a store.
#[derive(Debug)]
pub(in crate::source) struct Account {
    store: Store,
    found: Vec<Found>,
    /// The SCPs of each account, by partition and account.
    service_control: BTreeMap<(String, String), Reading>,
    /// Folders of which nobody can tell whose they are.
    pub(in crate::source) broken: Vec<String>,
}

impl Account {
    /// Reads who there is.
    pub(in crate::source) fn open(path: &str) -> Result<Self, SourceError> {
        let store = Store::open(path)?;
        let mut files = Files::default();
        let mut reader = Reader { store: &store, files: &mut files };
        let (mut found, mut broken) = (Vec::new(), Vec::new());
        for kind in [PrincipalKind::Role, PrincipalKind::User] {
            for entry in reader.entries(&Principal::named(kind, ""), None)? {
                match reader.known(std::iter::once(&entry)) {
                    Ok(known) => found.extend(known),
                    Err(error) => broken.push(error.to_string()),
                }
            }
        }
        let mut service_control = BTreeMap::new();
        for place in found.iter().filter_map(|found| place(&found.principal)) {
            let (partition, account) = &place;
            let read = || reader.control_policies(organization::Kind::Service, partition, account);
            service_control.entry(place.clone()).or_insert_with(read);
        }
        Ok(Self { store, found, service_control, broken })
    }

    /// How many there are.
    pub(in crate::source) fn len(&self) -> usize {
        self.found.len()
    }

    /// The ARN of one of them.
    pub(in crate::source) fn arn(&self, index: usize) -> Option<&str> {
        self.found.get(index).map(|found| found.metadata.arn.as_str())
    }

    /// What is known of one of them.
    pub(in crate::source) fn snapshot(&self, index: usize) -> Option<Snapshot> {
        let found = self.found.get(index)?;
        let mut files = Files::default();
        let mut reader = Reader { store: &self.store, files: &mut files };
        let mut snapshot = reader.entity(found, &found.principal);
        let reading = place(&found.principal).and_then(|place| self.service_control.get(&place));
        if let Some(reading) = reading {
            snapshot.layers.set(Layer::ServiceControl, reading.clone());
        }
        Some(snapshot)
    }
}

/// The partition and the account of a principal.
fn place(principal: &Principal) -> Option<(String, String)> {
    let partition = principal.arn.as_deref().and_then(Arn::parse).map_or("aws", |arn| arn.partition);
    Some((partition.to_owned(), principal.account.clone()?))
}
