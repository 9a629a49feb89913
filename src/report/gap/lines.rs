//! What people are told of a gap beside its rows.

use super::{CountsReport, GapReport, StandingReport};
use crate::reach::{ActionSet, Standing};
use crate::gap::Gap;
use crate::report::words;
use crate::snapshot::{Layer, Snapshot};

/// One sentence that answers.
pub(super) fn headline(gap: &Gap<'_>, counts: CountsReport, snapshot: &Snapshot) -> String {
    let whom = words::principal(&snapshot.principal);
    let layers = by_layer(gap, snapshot);
    let blocking: Vec<&(String, usize)> = layers.iter().filter(|(_, count)| *count > 0).collect();
    let CountsReport { granted, blocked, .. } = counts;
    let noun = if granted == 1 { "action" } else { "actions" };
    match (granted, blocking.as_slice(), layers.as_slice()) {
        (0, ..) if !matches!(gap.identity, Standing::Read | Standing::Absent) => {
            format!("not known: the identity policies were not read, for {whom}")
        }
        (0, ..) => format!("nothing is granted by the identity policies, for {whom}"),
        (_, [], []) => format!("nothing is blocked: there is no ceiling over the {granted} granted {noun}, for {whom}"),
        (_, [], [(only, _)]) => {
            format!("nothing is blocked: the {only} lets all of the {granted} granted {noun} pass, for {whom}")
        }
        (_, [], _) => format!("nothing is blocked: the ceilings let all of the {granted} granted {noun} pass, for {whom}"),
        (_, [(only, _)], _) => {
            format!("{blocked} of {granted} granted {noun} {} blocked by the {only}, for {whom}", are(blocked))
        }
        (_, several, _) => {
            let each: Vec<String> = several.iter().map(|(layer, count)| format!("{count} by the {layer}")).collect();
            format!("{blocked} of {granted} granted {noun} {} blocked, {}, for {whom}", are(blocked), each.join(", "))
        }
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
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
                "the {name} could not all be read or understood{reason}: what could is used, and there may be more"
            )),
            _ => None,
        }
    };
    layers.iter().filter_map(of_layer).collect()
}

impl GapReport {
    /// Whether a layer on which the answer rests could not be read or understood.
    pub fn is_unclear(&self) -> bool {
        let rests_on = [Layer::Identity, Layer::Boundary].map(Layer::code);
        self.layers.iter().any(|one| one.standing == "unclear" && rests_on.contains(&one.layer))
    }
}
