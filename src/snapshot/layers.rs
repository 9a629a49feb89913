//! What was read of every layer.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Layer, Policy, Reading, Sharing};

/// A policy that bears on some requests only: of a resource, of a role that is assumed, of a VPC endpoint.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The ARN of the resource or role, or the id of the endpoint; `None` = of whatever the request is about.
    pub to: Option<String>,
    /// The account that owns it, where the source says so.
    pub account: Option<String>,
    /// What was read.
    pub reading: Reading,
}

/// What was read of every layer. A layer that nobody set is not checked.
#[derive(Debug, Clone)]
pub struct Layers {
    readings: [Reading; Layer::ALL.len()],
    attached: Vec<(Layer, Attached)>,
    /// How many principals have the boundary, where the source tells.
    pub boundary_users: Option<usize>,
    /// Who else has the managed policies, where the source holds others than this principal.
    pub sharing: Option<Arc<Sharing>>,
    /// The names of all managed policies of the account, in lower case, where the source holds all of them.
    pub policy_names: Option<Arc<BTreeSet<String>>>,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            readings: std::array::from_fn(|_| Reading::not_checked()),
            attached: Vec::new(),
            boundary_users: None,
            sharing: None,
            policy_names: None,
        }
    }
}

impl Layers {
    /// What was read of `layer`.
    #[expect(clippy::indexing_slicing, reason = "one element a variant of Layer")]
    pub fn get(&self, layer: Layer) -> &Reading {
        &self.readings[layer as usize]
    }

    /// Replaces what was read of `layer`.
    #[expect(clippy::indexing_slicing, reason = "one element a variant of Layer")]
    pub fn set(&mut self, layer: Layer, reading: Reading) {
        self.readings[layer as usize] = reading;
    }

    /// The policies that were read of `layer`, of all its levels.
    pub fn policies(&self, layer: Layer) -> impl Iterator<Item = &Policy> {
        self.get(layer).all_policies()
    }

    /// Adds a policy that bears on some requests only.
    pub fn attach(&mut self, layer: Layer, attached: Attached) {
        self.attached.push((layer, attached));
    }

    /// The policies of `layer` that bear on some requests only, in the order of the source.
    pub fn attached(&self, layer: Layer) -> impl Iterator<Item = &Attached> {
        self.attached.iter().filter(move |(of, _)| *of == layer).map(|(_, attached)| attached)
    }

    /// As [`Self::readings`], to be changed.
    #[expect(clippy::indexing_slicing, reason = "one element a variant of Layer")]
    pub fn readings_mut(&mut self, layer: Layer) -> impl Iterator<Item = &mut Reading> {
        let attached = self.attached.iter_mut().filter(move |(of, _)| *of == layer);
        std::iter::once(&mut self.readings[layer as usize]).chain(attached.map(|(_, attached)| &mut attached.reading))
    }

    /// Forgets everything of `layer`.
    pub fn clear(&mut self, layer: Layer) {
        self.set(layer, Reading::not_checked());
        self.attached.retain(|(of, _)| *of != layer);
    }

    /// Everything that was read of `layer`, whatever it bears on.
    pub fn readings(&self, layer: Layer) -> impl Iterator<Item = &Reading> {
        std::iter::once(self.get(layer)).chain(self.attached(layer).map(|attached| &attached.reading))
    }
}
