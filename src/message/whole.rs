//! A sentence that its client cut off and that stands whole elsewhere in the same text is one denial, not two.

use super::{Denial, Message, Unfinished, Wrapping};

/// How many denials are compared with one another: a paste has few, and a log's are not cut.
const MOST: usize = 64;

/// Gives what a sentence's beginning tells to the whole one, and drops the beginning.
pub(super) fn merge(message: &mut Message) {
    if message.denials.len() > MOST {
        return;
    }
    let mut whole = std::mem::take(&mut message.denials);
    let mut at = 0;
    while let Some(cut) = whole.get(at).cloned() {
        let place = whole.iter().position(|other| begins(&cut, other));
        match place.and_then(|place| whole.get_mut(place)) {
            Some(other) => {
                fill(&mut other.wrapping, &cut.wrapping);
                whole.remove(at);
            }
            None => at += 1,
        }
    }
    message.unfinished.retain(|cut| {
        let Some(other) = whole.iter_mut().find(|other| starts(cut, other)) else { return true };
        fill(&mut other.wrapping, &cut.wrapping);
        false
    });
    message.denials = whole;
}

/// Whether a denial whose resource is cut off is the beginning of another.
fn begins(cut: &Denial, other: &Denial) -> bool {
    let beginning = |cut: Option<&String>, whole: Option<&String>| match (cut, whole) {
        (Some(cut), Some(whole)) => cut.len() < whole.len() && whole.starts_with(cut.trim_end_matches(['.', '&'])),
        _ => false,
    };
    cut.resource_cut
        && cut.deny.is_none()
        && cut.principal == other.principal
        && cut.action == other.action
        && beginning(cut.resource.as_ref(), other.resource.as_ref())
}

/// Whether a sentence that breaks off before the action is the beginning of a denial.
fn starts(cut: &Unfinished, other: &Denial) -> bool {
    let name = cut.principal.as_deref().map(|name| name.trim_end_matches('.')).filter(|name| name.starts_with("arn:"));
    let same = name.zip(other.principal.as_deref()).is_some_and(|(name, whole)| whole.starts_with(name));
    let operation = cut.wrapping.operation.as_ref().zip(other.wrapping.operation.as_ref());
    let others_call = operation.is_some_and(|(one, other)| one != other);
    same && !others_call && cut.missing == "the action" && cut.resource.is_none() && cut.deny.is_none()
}

fn fill(known: &mut Wrapping, cut: &Wrapping) {
    let fill = |own: &mut Option<String>, others: &Option<String>| {
        if own.is_none() {
            own.clone_from(others);
        }
    };
    fill(&mut known.error_code, &cut.error_code);
    fill(&mut known.request_id, &cut.request_id);
    fill(&mut known.operation, &cut.operation);
    fill(&mut known.service, &cut.service);
    known.client = known.client.or(cut.client);
}
