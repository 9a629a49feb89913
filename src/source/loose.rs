//! Loose policy files: alone they are the whole source; beside AWS or a snapshot they replace their layer.

use super::error::SourceError;
use super::files::{Files, shown_path};
use crate::policy::wrapping::unwrap;
use crate::policy::{Document, ParseError};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{FileRef, Layer, Layers, Origin, Policy, Reading, Snapshot, Source};

/// A policy file named on the command line, `[NAME=]FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseFile {
    /// The name to show, where one was given.
    pub name: Option<String>,
    /// The path.
    pub path: String,
}

impl LooseFile {
    /// Reads `[NAME=]FILE`. What stands before the first `=` is a name, unless a file of the whole text exists.
    pub fn parse(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() && !std::path::Path::new(text).exists() => {
                Self { name: Some(name.to_owned()), path: path.to_owned() }
            }
            _ => Self { name: None, path: text.to_owned() },
        }
    }
}

/// The layers that files replace.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// Identity-based policies; empty = none given.
    pub identity: Vec<LooseFile>,
    /// The permissions boundary.
    pub boundary: Option<LooseFile>,
    /// The principal has no boundary.
    pub no_boundary: bool,
}

impl Overlay {
    /// Whether a policy file was given: then the files alone can be the source.
    pub fn has_files(&self) -> bool {
        !self.identity.is_empty() || self.boundary.is_some()
    }

    /// Whether the files say all about identity policies and boundary, so that nothing is left to be asked for.
    pub fn is_whole(&self) -> bool {
        !self.identity.is_empty() && (self.boundary.is_some() || self.no_boundary)
    }

    /// A snapshot of the files alone.
    pub fn alone(principal: Principal) -> Snapshot {
        let mut snapshot = Snapshot::without_policies(Source::Files, principal);
        if snapshot.principal.kind == PrincipalKind::AssumedRole {
            // The path of the role is not in a session's ARN.
            snapshot.principal.entity_arn = None;
        }
        snapshot.layers = Layers::default();
        snapshot
    }

    /// Puts the files in the place of their layers.
    ///
    /// # Errors
    /// Every file that cannot be read, or is no policy document: all of them, not only the first.
    pub fn apply(&self, files: &mut Files, snapshot: &mut Snapshot) -> Result<(), Vec<SourceError>> {
        let mut errors = Vec::new();
        let mut read = |file: &LooseFile| policy(files, file).map_err(|error| errors.push(error)).ok();
        if !self.identity.is_empty() {
            let policies: Vec<Policy> = self.identity.iter().filter_map(&mut read).collect();
            replace(snapshot, Layer::Identity, Reading::policies(policies));
        }
        if let Some(policy) = self.boundary.as_ref().and_then(&mut read) {
            replace(snapshot, Layer::Boundary, Reading::policies(vec![policy]));
        }
        if self.no_boundary {
            replace(snapshot, Layer::Boundary, Reading::Absent);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A replaced layer no longer lacks what could not be read of the old one.
fn replace(snapshot: &mut Snapshot, layer: Layer, reading: Reading) {
    snapshot.layers.set(layer, reading);
    snapshot.unread.retain(|unread| unread.layer != layer);
}

fn policy(files: &mut Files, file: &LooseFile) -> Result<Policy, SourceError> {
    let text = files.read(&file.path)?;
    let shown = shown_path(&file.path);
    let refuse = |error: &ParseError| SourceError::document(shown, error);
    let found = unwrap(&text).map_err(|error| refuse(&error))?;
    let document = Document::parse(&found.text).map_err(|error| match found.place {
        None => refuse(&error),
        Some(start) => refuse(&ParseError { place: start.offset_by(error.place), ..error }),
    })?;
    let stem = std::path::Path::new(shown).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = file.name.clone().or(found.name).or(stem).unwrap_or_else(|| shown.to_owned());
    // A document that is shown as it stands in the file has its places there.
    let as_it_is = found.place.filter(|_| *document.text == *found.text);
    Ok(Policy {
        name,
        arn: found.arn,
        origin: Origin::File,
        version: found.version,
        document: Ok(document),
        file: Some(FileRef { path: shown.to_owned(), start: as_it_is }),
    })
}
