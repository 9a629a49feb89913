//! What to know of a Deny that was narrowed: whom else it spares, and what only its patterns said.

use super::Whom;
use crate::catalogue;
use crate::fix::Warning;
use crate::fix::plan::Planner;
use crate::fix::warn::warning;
use crate::fix::words::list;

/// The warnings of all that was narrowed in a draft.
pub(in crate::fix) fn warnings(planner: &Planner<'_>, draft: usize) -> Vec<Warning> {
    let narrowed = || planner.narrowed.iter().filter(move |one| one.draft == draft);
    let mut found = Vec::new();
    if narrowed().any(|one| one.whom == Whom::Everybody) {
        found.push(warning(
            "spares-everybody",
            "the edit spares everybody whom the statement names, not the caller alone: no list or condition of it tells them apart",
        ));
    }
    let (mut patterns, mut on): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for spelled in narrowed().filter_map(|one| one.spelled.as_ref()) {
        patterns.extend(spelled.patterns.iter().filter(|text| !patterns.contains(text)).cloned().collect::<Vec<_>>());
        on.extend(spelled.on.iter().filter(|text| !on.contains(text)).cloned().collect::<Vec<_>>());
    }
    if !patterns.is_empty() {
        let there =
            if on.is_empty() || on.iter().any(|one| one == "*") { String::new() } else { format!(" on {}", list(&on)) };
        let text = format!(
            "the pattern {} is spelled out{there}: an action of such a name that AWS adds later, or that the catalogue of {} does not know, \
             is not denied there any more",
            list(&patterns),
            catalogue::date()
        );
        found.push(warning("pattern-spelled-out", text));
    }
    found
}
