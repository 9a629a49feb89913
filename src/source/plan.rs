//! The JSON of `terraform show -json`: a plan, with what is there before it and after it, or a state.
//!
//! What Terraform will know only after it has applied the plan is *not read*, never absent. Which policy an attachment
//! means is then told by the reference in the configuration, where there is one.
//!
//! Sources: Terraform, "JSON Output Format" (format version 1.2): plan, values, change and configuration representation;
//! AWS provider, resources `aws_iam_*`.

mod attachments;
mod people;
mod refer;
mod world;

use std::collections::HashSet;

use serde_json::Value;

use super::error::SourceError;
use super::files::{Files, shown_path};
use crate::snapshot::Member;
use world::{Resource, World};

/// The roles and users of a plan or state.
#[derive(Debug)]
pub struct Plan {
    path: String,
    /// Before the plan is applied; `None` where the file is a state.
    pub before: Option<Vec<Member>>,
    /// After it.
    pub after: Vec<Member>,
    /// What it does not tell, in words.
    pub notes: Vec<String>,
}

impl Plan {
    /// The file, as it is shown.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Reads a plan or a state.
///
/// # Errors
/// Where the file cannot be read, is no JSON, or is neither.
pub fn read(files: &mut Files, path: &str) -> Result<Plan, SourceError> {
    let text = files.read(path)?;
    let root: Value = serde_json::from_str(&text).map_err(|error| SourceError::syntax(path, &text, &error))?;
    let shown = shown_path(path).to_owned();
    let module = |name: &str| root.get(name).and_then(|values| values.get("root_module"));
    let configuration = module("configuration").unwrap_or(&Value::Null);
    let changes = root.get("resource_changes").and_then(Value::as_array);
    let state = module("values").or_else(|| module("planned_values"));
    let is_terraform = root.get("format_version").is_some_and(Value::is_string);
    if !is_terraform || (changes.is_none() && state.is_none() && root.get("terraform_version").is_none()) {
        return Err(SourceError::NotAPlan { path: shown });
    }
    let Some(changes) = changes else {
        let mut all = Vec::new();
        state.into_iter().for_each(|module| resources(module, "", &mut all));
        let mut world = World::new(all, configuration);
        let (after, _) = world.members(&HashSet::new());
        return Ok(Plan { path: shown, before: None, after, notes: world.notes });
    };
    // Data sources that were read while planning stand in the prior state alone, and so does what a plan with `-target`
    // leaves out: it is there before and after.
    let mut prior = Vec::new();
    if let Some(module) = root.get("prior_state").and_then(|state| state.get("values")?.get("root_module")) {
        let planned: HashSet<&str> = changes.iter().filter_map(|change| change.get("address")?.as_str()).collect();
        resources(module, "", &mut prior);
        prior.retain(|resource| !planned.contains(resource.address));
    }
    let side = |name: &str| -> Vec<Resource<'_>> {
        let own = changes.iter().filter_map(|change| Resource::of_change(change, name));
        own.chain(prior.iter().cloned()).collect()
    };
    let (before, given) = World::new(side("before"), configuration).members(&HashSet::new());
    let mut world = World::new(side("after"), configuration);
    let (after, _) = world.members(&given);
    Ok(Plan { path: shown, before: Some(before), after, notes: world.notes })
}

/// The resources of a module and those within it.
fn resources<'a>(module: &'a Value, address: &'a str, all: &mut Vec<Resource<'a>>) {
    let list = |name: &str| module.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    // What is to be destroyed after its replacement was made is no longer in use.
    let in_use = list("resources").iter().filter(|one| one.get("deposed_key").is_none());
    all.extend(in_use.filter_map(|one| Resource::of_values(one, address)));
    for child in list("child_modules") {
        resources(child, child.get("address").and_then(Value::as_str).unwrap_or_default(), all);
    }
}
