//! Loose policy files: alone they are the whole source; beside AWS or a snapshot they replace their layer.

use super::error::SourceError;
use super::files::{Files, shown_path};
use crate::policy::wrapping::unwrap;
use crate::policy::{Document, ParseError};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Attached, FileRef, Layer, Layers, Level, Origin, Policy, Reading, Snapshot, Source};

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
    /// Session policies; empty = none given.
    pub session: Vec<LooseFile>,
    /// Policies of resources, each with the ARN of its resource where one was given.
    pub resource: Vec<LooseFile>,
    /// Policies of VPC endpoints, each with the id of its endpoint where one was given.
    pub endpoint: Vec<LooseFile>,
    /// Service control policies, each with its target where one was given.
    pub service_control: Vec<LooseFile>,
    /// Resource control policies, each with its target where one was given.
    pub resource_control: Vec<LooseFile>,
}

impl Overlay {
    /// Whether a policy file was given: then the files alone can be the source.
    pub fn has_files(&self) -> bool {
        let lists = [
            &self.identity,
            &self.session,
            &self.resource,
            &self.endpoint,
            &self.service_control,
            &self.resource_control,
        ];
        self.boundary.is_some() || lists.iter().any(|list| !list.is_empty())
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
        if !self.session.is_empty() {
            let policies: Vec<Policy> = self.session.iter().filter_map(&mut read).collect();
            replace(snapshot, Layer::Session, Reading::policies(policies));
        }
        let organization =
            [(Layer::ServiceControl, &self.service_control), (Layer::ResourceControl, &self.resource_control)];
        for (layer, list) in organization.into_iter().filter(|(_, list)| !list.is_empty()) {
            let levels = levels(list, &mut read);
            replace(snapshot, layer, Reading::Levels(levels));
        }
        if !self.resource.is_empty() {
            // A role's trust policy is the policy of the resource where a role is assumed.
            snapshot.layers.clear(Layer::Resource);
            snapshot.layers.clear(Layer::Trust);
            for (attached, layer) in attached(&self.resource, &mut read).into_iter().flat_map(of_resource) {
                snapshot.layers.attach(layer, attached);
            }
        }
        if !self.endpoint.is_empty() {
            snapshot.layers.clear(Layer::VpcEndpoint);
            for one in attached(&self.endpoint, &mut read) {
                snapshot.layers.attach(Layer::VpcEndpoint, one);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// One level a target, in the order in which the targets are first named.
fn levels(list: &[LooseFile], read: &mut impl FnMut(&LooseFile) -> Option<Policy>) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for file in list {
        let Some(policy) = read(&LooseFile { name: None, path: file.path.clone() }) else { continue };
        match levels.iter_mut().find(|level| level.target == file.name) {
            Some(level) => level.policies.push(policy),
            None => levels.push(Level { target: file.name.clone(), policies: vec![policy] }),
        }
    }
    levels
}

/// Each file with what it is attached to.
fn attached(list: &[LooseFile], read: &mut impl FnMut(&LooseFile) -> Option<Policy>) -> Vec<Attached> {
    let one = |file: &LooseFile| {
        let policy = read(&LooseFile { name: None, path: file.path.clone() })?;
        Some(Attached { to: file.name.clone(), account: None, reading: Reading::policies(vec![policy]) })
    };
    list.iter().filter_map(one).collect()
}

fn of_resource(attached: Attached) -> [(Attached, Layer); 2] {
    [(attached.clone(), Layer::Resource), (attached, Layer::Trust)]
}

/// A replaced layer no longer lacks what could not be read of the old one.
fn replace(snapshot: &mut Snapshot, layer: Layer, reading: Reading) {
    snapshot.layers.clear(layer);
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
