//! Caveats in words, with their stable names.

use super::elements::remark_words;
use super::is_plural;
use crate::condition::Remark;
use crate::eval::Verdict;
use crate::explain::Caveat;
use crate::report::Answer;
use crate::snapshot::Layer;

/// The stable name of a caveat.
pub(in crate::report) fn caveat_code(caveat: &Caveat) -> String {
    match caveat {
        Caveat::NotChecked(Layer::Boundary) => "boundary-not-checked".to_owned(),
        Caveat::NotChecked(layer) => format!("{}-policy-not-checked", layer.code()),
        Caveat::Remark(_, Remark::ForAllValuesOfNothing | Remark::NeedsSetOperator, _) => {
            "surprising-condition".to_owned()
        }
        Caveat::Remark(..) => "undocumented-condition".to_owned(),
        Caveat::StarOverColons(_) => "documented-not-tested".to_owned(),
        Caveat::Unreadable(..) => "policy-not-read".to_owned(),
        Caveat::NotUnderstood(..) => "policy-not-understood".to_owned(),
    }
}

/// A caveat in words.
pub(in crate::report) fn caveat(caveat: &Caveat, answer: &Answer<'_>) -> String {
    match caveat {
        Caveat::NotChecked(Layer::Resource) if answer.decision.verdict == Verdict::Denied => {
            "resource-based policies were not checked: one that names this principal itself could still allow it"
                .to_owned()
        }
        Caveat::NotChecked(layer) => {
            let were = if is_plural(*layer) { "were" } else { "was" };
            format!("the {} {were} not checked and could deny it", super::layer(*layer))
        }
        Caveat::Remark(layer, remark, key) => {
            let words = remark_words(*remark).trim_start_matches(" (").trim_end_matches(')');
            format!("{} of the {}: {words}", key, super::layer(*layer))
        }
        Caveat::StarOverColons(layer) => format!(
            "in the {} a resource matches only because a * at the end of an ARN field reaches over colons, as AWS documents",
            super::layer(*layer)
        ),
        Caveat::Unreadable(layer, name) => format!("{name} of the {} could not be read", super::layer(*layer)),
        Caveat::NotUnderstood(_, place) => {
            format!("{place} holds something that AWS would refuse; what it does is unknown")
        }
    }
}
