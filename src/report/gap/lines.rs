//! What people are told of a gap beside its rows.

use super::{GapReport, StandingReport};
use crate::catalogue::ActionSet;
use crate::gap::Gap;
use crate::reach::Standing;
use crate::report::words;
use crate::snapshot::{Layer, Snapshot};

/// One sentence that answers.
pub(super) fn headline(gap: &Gap<'_>, snapshot: &Snapshot) -> String {
    let whom = words::principal(&snapshot.principal);
    let layers = by_layer(gap, snapshot);
    let blocking: Vec<&(String, usize)> = layers.iter().filter(|(_, count)| *count > 0).collect();
    let (granted, blocked, partly) = (gap.granted.len(), gap.blocked.len(), gap.partly.len());
    let noun = if granted == 1 { "action" } else { "actions" };
    let boundary = gap.ceilings.iter().find(|(layer, _)| *layer == Layer::Boundary).map(|(_, standing)| standing);
    match (granted, blocking.as_slice(), layers.as_slice()) {
        (0, ..) if matches!(gap.identity, Standing::Unclear(_)) => {
            format!("not known: the identity policies could not be read or understood, for {whom}")
        }
        (0, ..) => format!("nothing is granted by the identity policies, for {whom}"),
        (_, [], _) if matches!(boundary, Some(Standing::Unclear(_))) => {
            format!(
                "not known: the permissions boundary over the {granted} granted {noun} could not be read or understood, for {whom}"
            )
        }
        (_, [], []) if matches!(boundary, Some(Standing::NotChecked(_))) => {
            format!("not known: no ceiling was given over the {granted} granted {noun}, for {whom}")
        }
        (_, [], []) => format!("nothing is blocked: there is no ceiling over the {granted} granted {noun}, for {whom}"),
        (_, [], [(only, _)]) => {
            format!("nothing is blocked: all of the {granted} granted {noun} pass the {only}, for {whom}")
        }
        (_, [], _) => format!("nothing is blocked: all of the {granted} granted {noun} pass the ceilings, for {whom}"),
        (_, [(only, _)], _) => format!("{} by the {only}, for {whom}", how_many(granted, blocked, partly)),
        (_, several, _) => {
            let each: Vec<String> = several.iter().map(|(layer, count)| format!("{count} by the {layer}")).collect();
            format!("{}, {}, for {whom}", how_many(granted, blocked, partly).trim_end_matches(','), each.join(", "))
        }
    }
}

/// `172 of 812 granted actions are blocked`, and those of which something passes apart from the others.
fn how_many(granted: usize, blocked: usize, partly: usize) -> String {
    let noun = if granted == 1 { "action" } else { "actions" };
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    match (blocked - partly, partly) {
        (everywhere, 0) => format!("{everywhere} of {granted} granted {noun} {} blocked", are(everywhere)),
        (0, partly) => format!("{partly} of {granted} granted {noun} {} partly blocked", are(partly)),
        (everywhere, partly) => {
            format!("{everywhere} of {granted} granted {noun} {} blocked, and {partly} partly,", are(everywhere))
        }
    }
}

/// How many actions each ceiling that is there blocks, and the layer with its policy where it is one:
/// `permissions boundary BoundaryPolicy (v3)`.
fn by_layer(gap: &Gap<'_>, snapshot: &Snapshot) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (layer, standing) in &gap.ceilings {
        let is_there = snapshot.layers.policies(*layer).any(|policy| policy.document.is_ok());
        if !is_there || matches!(standing, Standing::Absent | Standing::NotChecked(_)) {
            continue;
        }
        let entries = gap.entries.iter().filter(|entry| entry.layer == *layer);
        let blocked: ActionSet = entries.flat_map(|entry| entry.actions.iter().copied()).collect();
        let policies: Vec<String> = snapshot.layers.policies(*layer).map(words::policy).collect();
        let named = match policies.as_slice() {
            [only] => format!("{} {only}", layer.words()),
            _ => layer.words().to_owned(),
        };
        found.push((named, blocked.len()));
    }
    found
}

/// What to know of the layers: the boundary in any case, the others where reading them failed.
pub(super) fn notes(layers: &[StandingReport]) -> Vec<String> {
    let of_layer = |one: &StandingReport| {
        let is_boundary = one.layer == Layer::Boundary.code();
        let name = Layer::ALL.iter().find(|layer| layer.code() == one.layer).map_or(one.layer, |layer| layer.words());
        let reason = one.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        match one.standing {
            "absent" if is_boundary => Some("there is no permissions boundary: nothing is blocked by one".to_owned()),
            "not-checked" if is_boundary => Some(format!(
                "the permissions boundary was not checked{reason}: give it with --boundary FILE, or say --no-boundary"
            )),
            "unclear" => Some(format!(
                "not all of the {name} could be read or understood{reason}: the rest is used, and there may be more"
            )),
            _ => None,
        }
    };
    layers.iter().filter_map(of_layer).collect()
}

impl GapReport {
    /// Whether a layer on which the answer rests could not be read or understood.
    pub fn is_unclear(&self) -> bool {
        self.layers.iter().any(StandingReport::is_open)
    }
}

impl StandingReport {
    /// Whether it is a layer on which every number rests, and could not be read or understood.
    pub(super) fn is_open(&self) -> bool {
        let rests_on = [Layer::Identity, Layer::Boundary].map(Layer::code);
        self.standing == "unclear" && rests_on.contains(&self.layer)
    }
}
