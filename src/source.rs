//! Where a snapshot comes from: AWS, a snapshot file of either kind, or loose policy files. The only room with IO.

pub mod aws;
mod document;
mod error;
mod files;
mod find;
mod gaad;
mod loose;
mod own;
mod write;

pub use error::SourceError;
pub use files::{Files, write_file};
pub use loose::{LooseFile, Overlay};
pub use write::to_json;

use crate::principal::Principal;
use crate::snapshot::Snapshot;

/// Reads a snapshot file; its kind is told from its content.
///
/// # Errors
/// Where it cannot be read, is of neither kind, or does not hold the principal.
pub fn read_snapshot(files: &mut Files, path: &str, ask: &Principal) -> Result<Snapshot, SourceError> {
    let text = files.read(path)?;
    match kind(&text) {
        Some(Kind::Own) => own::read(path, &text, ask),
        Some(Kind::Gaad) => gaad::read(path, &text, ask),
        None => {
            if let Err(error) = check_json(&text) {
                return Err(SourceError::syntax(path, &text, &error));
            }
            Err(SourceError::NotASnapshot { path: path.to_owned() })
        }
    }
}

enum Kind {
    Own,
    Gaad,
}

/// Told from the first keys of the document, without reading the rest.
fn kind(text: &str) -> Option<Kind> {
    #[derive(serde::Deserialize)]
    struct Probe {
        diagnose_snapshot: Option<serde::de::IgnoredAny>,
        #[serde(rename = "RoleDetailList")]
        roles: Option<serde::de::IgnoredAny>,
        #[serde(rename = "UserDetailList")]
        users: Option<serde::de::IgnoredAny>,
        #[serde(rename = "Policies")]
        policies: Option<serde::de::IgnoredAny>,
        #[serde(rename = "GroupDetailList")]
        groups: Option<serde::de::IgnoredAny>,
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Probe>();
    let probe = stream.next()?.ok()?;
    if probe.diagnose_snapshot.is_some() {
        return Some(Kind::Own);
    }
    let gaad = probe.roles.is_some() || probe.users.is_some() || probe.policies.is_some() || probe.groups.is_some();
    gaad.then_some(Kind::Gaad)
}

fn check_json(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ())
}
