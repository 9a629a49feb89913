//! Where a policy stands in a snapshot, and putting another one there.

use crate::snapshot::{Layer, Level, Policy, Reading, Snapshot};

/// The place of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The layer that it was read for.
    pub(super) layer: Layer,
    /// Which of the layer's readings, in the order of `Layers::readings`.
    pub(super) reading: usize,
    /// The level.
    pub(super) level: usize,
    /// The policy; one behind the last is a policy that is not there yet.
    pub(super) policy: usize,
}

impl Place {
    /// The policy that stands there.
    pub(super) fn policy<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Policy> {
        let reading = snapshot.layers.readings(self.layer).nth(self.reading)?;
        let Reading::Levels(levels) = reading else { return None };
        levels.get(self.level)?.policies.get(self.policy)
    }

    /// What the level or the whole reading is attached to.
    pub(super) fn attached_to(&self, snapshot: &Snapshot) -> Option<String> {
        if let Some(number) = self.reading.checked_sub(1) {
            return snapshot.layers.attached(self.layer).nth(number)?.to.clone();
        }
        let Reading::Levels(levels) = snapshot.layers.get(self.layer) else { return None };
        levels.get(self.level)?.target.clone()
    }

    /// Puts a policy there.
    pub(super) fn put(&self, snapshot: &mut Snapshot, policy: Policy) {
        let Some(reading) = snapshot.layers.readings_mut(self.layer).nth(self.reading) else { return };
        // Nothing was attached: for a layer that grants, an empty level is the same.
        if matches!(reading, Reading::Absent) {
            *reading = Reading::Levels(Vec::new());
        }
        let Reading::Levels(levels) = reading else { return };
        while levels.len() <= self.level {
            levels.push(Level::default());
        }
        let Some(level) = levels.get_mut(self.level) else { return };
        match level.policies.get_mut(self.policy) {
            Some(there) => *there = policy,
            None => level.policies.push(policy),
        }
    }

    /// The place behind the last policy of the same level.
    pub(super) fn behind(&self, snapshot: &Snapshot) -> Self {
        let mut count = 0;
        if let Some(Reading::Levels(levels)) = snapshot.layers.readings(self.layer).nth(self.reading) {
            count = levels.get(self.level).map_or(0, |level| level.policies.len());
        }
        Self { policy: count, ..*self }
    }
}

/// Where the reading that bears on a request stands: the policies of resources serve as trust policies too.
pub(super) fn place_of(reading: &Reading, layer: Layer, level: usize, snapshot: &Snapshot) -> Option<Place> {
    [layer, Layer::Resource].into_iter().find_map(|of| {
        let number = snapshot.layers.readings(of).position(|one| std::ptr::eq(one, reading))?;
        Some(Place { layer: of, reading: number, level, policy: 0 })
    })
}

/// Every place of a policy that `wanted` accepts.
pub(super) fn places(snapshot: &Snapshot, wanted: impl Fn(&Policy, Place) -> bool) -> Vec<Place> {
    let mut found = Vec::new();
    for layer in Layer::ALL {
        for (reading, one) in snapshot.layers.readings(layer).enumerate() {
            let Reading::Levels(levels) = one else { continue };
            for (level, all) in levels.iter().enumerate() {
                for (policy, it) in all.policies.iter().enumerate() {
                    let place = Place { layer, reading, level, policy };
                    if wanted(it, place) {
                        found.push(place);
                    }
                }
            }
        }
    }
    found
}
