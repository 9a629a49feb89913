//! Loose policy files: alone they are the whole source; beside AWS or a snapshot they replace their layer.

use std::sync::Arc;

use super::error::SourceError;
use super::files::{Files, shown_path};
use crate::policy::wrapping::unwrap;
use crate::policy::{Document, ParseError};
use crate::principal::Principal;
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
        snapshot.layers = Layers::default();
        snapshot
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Every file that cannot be read, or is no policy document: all of them, not only the first.
    pub fn load(&self, files: &mut Files) -> Result<Loaded, Vec<SourceError>> {
        let mut errors = Vec::new();
        let mut loaded = Loaded::default();
        let mut read = |file: &LooseFile| policy(files, file).map_err(|error| errors.push(error)).ok();
        if !self.identity.is_empty() {
            loaded.set(Layer::Identity, Reading::policies(self.identity.iter().filter_map(&mut read).collect()));
        }
        if let Some(policy) = self.boundary.as_ref().and_then(&mut read) {
            loaded.set(Layer::Boundary, Reading::policies(vec![policy]));
        }
        if self.no_boundary {
            loaded.set(Layer::Boundary, Reading::Absent);
        }
        if !self.session.is_empty() {
            loaded.set(Layer::Session, Reading::policies(self.session.iter().filter_map(&mut read).collect()));
        }
        let organization =
            [(Layer::ServiceControl, &self.service_control), (Layer::ResourceControl, &self.resource_control)];
        for (layer, list) in organization.into_iter().filter(|(_, list)| !list.is_empty()) {
            loaded.set(layer, Reading::Levels(levels(list, &mut read)));
        }
        if !self.resource.is_empty() {
            // A role's trust policy is the policy of the resource where a role is assumed: it is looked up here too.
            for layer in [Layer::Resource, Layer::Trust] {
                loaded.set(layer, Reading::not_checked());
            }
            loaded
                .attached
                .extend(by_resource(&self.resource, &mut read).into_iter().map(|one| (Layer::Resource, one)));
        }
        if !self.endpoint.is_empty() {
            // The request passes the endpoint whose policy is given: its id is the policy's name.
            loaded.set(Layer::VpcEndpoint, Reading::policies(self.endpoint.iter().filter_map(&mut read).collect()));
        }
        if errors.is_empty() { Ok(loaded) } else { Err(errors) }
    }
}

/// Loose files that were read.
#[derive(Debug, Default)]
pub struct Loaded {
    readings: Vec<(Layer, Reading)>,
    attached: Vec<(Layer, Attached)>,
}

impl Loaded {
    fn set(&mut self, layer: Layer, reading: Reading) {
        self.readings.push((layer, reading));
    }

    /// Puts the files in the place of their layers. A replaced layer no longer lacks what could not be read of the old
    /// one.
    pub fn apply(&self, snapshot: &mut Snapshot) {
        for (layer, reading) in &self.readings {
            snapshot.layers.clear(*layer);
            snapshot.layers.set(*layer, reading.clone());
            snapshot.unread.retain(|unread| unread.layer != *layer);
        }
        for (layer, attached) in &self.attached {
            snapshot.layers.attach(*layer, attached.clone());
        }
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

/// The files of each resource; those without a resource belong to every one.
fn by_resource(list: &[LooseFile], read: &mut impl FnMut(&LooseFile) -> Option<Policy>) -> Vec<Attached> {
    let mut all: Vec<(Option<String>, Vec<Policy>)> = vec![(None, Vec::new())];
    for file in list {
        let Some(policy) = read(&LooseFile { name: None, path: file.path.clone() }) else { continue };
        match all.iter_mut().find(|(to, _)| *to == file.name) {
            Some((_, policies)) => policies.push(policy),
            None => all.push((file.name.clone(), vec![policy])),
        }
    }
    let (_, of_any) = all.remove(0);
    let attached = |to, policies| Attached { to, account: None, reading: Reading::policies(policies) };
    let mut named: Vec<Attached> =
        all.into_iter().map(|(to, own)| attached(to, own.into_iter().chain(of_any.clone()).collect())).collect();
    if !of_any.is_empty() {
        named.push(attached(None, of_any));
    }
    named
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
        versions: None,
        document: Ok(Arc::new(document)),
        file: Some(FileRef { path: shown.to_owned(), start: as_it_is }),
    })
}
