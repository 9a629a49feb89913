//! "Did you mean": the names nearest to a mistyped one.

use super::{Action, Service, service, services, table};

/// How many suggestions are worth reading.
const MOST: usize = 3;

/// Actions with a name in many services (`TagResource`) are no suggestion.
const MOST_SERVICES: usize = 3;

/// The services nearest to an unknown prefix, the nearest first, at most three: those that the SDK, the CLI or
/// an endpoint names so (`monitoring` is `cloudwatch`), else those that are spelled alike.
pub fn similar_service(prefix: &str) -> Vec<Service> {
    let text = prefix.to_ascii_lowercase();
    let other_names = table("s").filter(|row| (0..3).any(|place| row.field(place) == text));
    let mut found: Vec<Service> = other_names.filter_map(|row| service(row.field(3))).collect();
    found.dedup();
    if found.is_empty() {
        found = nearest(&text, services(), Service::prefix);
    }
    found.truncate(MOST);
    found
}

/// The actions nearest to an unknown one, the nearest first, at most three: those of its service, else of a
/// service that the prefix may mean, else the same name in another service.
pub fn similar_action(text: &str) -> Vec<Action> {
    let (prefix, name) = text.split_once(':').unwrap_or(("", text));
    let name = name.to_ascii_lowercase();
    let near = |service: Service| nearest(&name, service.actions(), Action::name);
    let mut found = service(prefix).map(near).unwrap_or_default();
    if found.is_empty() {
        found = service(prefix).map(|service| longer(&name, service)).unwrap_or_default();
    }
    if found.is_empty() {
        found = similar_service(prefix).into_iter().flat_map(near).collect();
    }
    if found.is_empty() {
        let same: Vec<_> = super::actions().filter(|action| action.name().eq_ignore_ascii_case(&name)).collect();
        found = if same.len() <= MOST_SERVICES { same } else { Vec::new() };
    }
    found.truncate(MOST);
    found
}

/// The actions whose names begin with `name`, the shortest first, where these are few.
fn longer(name: &str, service: Service) -> Vec<Action> {
    let begins =
        |action: &Action| action.name().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let mut found: Vec<_> = service.actions().filter(begins).collect();
    found.sort_by_key(|action| (action.name().len(), action.name()));
    if found.len() <= 2 * MOST { found } else { Vec::new() }
}

/// What is near enough to `text`, which is lower case: one mistake in five letters, but at least one.
fn nearest<T: Copy>(text: &str, all: impl Iterator<Item = T>, name: impl Fn(&T) -> &'static str) -> Vec<T> {
    let length = text.chars().count();
    let most = 1 + length / 5;
    let mut near: Vec<(usize, &'static str, T)> = Vec::new();
    for item in all {
        let candidate = name(&item);
        if candidate.len().abs_diff(length) <= most {
            let distance = strsim::osa_distance(text, &candidate.to_ascii_lowercase());
            // A name of two letters is near to everything.
            if distance <= most && distance * 2 <= length {
                near.push((distance, candidate, item));
            }
        }
    }
    near.sort_by_key(|(distance, candidate, _)| (*distance, *candidate));
    let best = near.first().map_or(0, |(distance, _, _)| *distance);
    near.into_iter().take_while(|(distance, _, _)| *distance <= best + 1).map(|(_, _, item)| item).take(MOST).collect()
}
