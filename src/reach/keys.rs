//! What of a request's context depends on the action: which actions never carry a condition key.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use smallvec::SmallVec;

use crate::catalogue::{ActionSet, Carries, Catalogued, Sought};
use crate::derive;

static KNOWN: LazyLock<RwLock<HashMap<Box<str>, Arc<ActionSet>>>> = LazyLock::new(RwLock::default);

/// The actions of which requests never carry a key (lower case), found once for the process; `None` where it is the same
/// for all actions. An action that the catalogue does not know is none of them.
fn never_carrying(key: &str) -> Option<Arc<ActionSet>> {
    // Of each tag the catalogue says the same, and an account may have any number of them.
    let key = match key.split_once('/') {
        Some(("aws:resourcetag", tag)) if !tag.is_empty() => "aws:resourcetag/tag",
        Some(("aws:requesttag", tag)) if !tag.is_empty() => "aws:requesttag/tag",
        Some(_) | None => key,
    };
    let by_action = ["aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"];
    if key.starts_with("aws:") && !by_action.iter().any(|start| key.starts_with(start)) {
        return None;
    }
    let known = KNOWN.read().ok().and_then(|known| known.get(key).cloned());
    if known.is_some() {
        return known;
    }
    let new = Arc::new(find(key));
    let mut all = KNOWN.write().ok()?;
    Some(Arc::clone(all.entry(key.into()).or_insert(new)))
}

fn find(key: &str) -> ActionSet {
    let all = Catalogued::get();
    let sought = Sought::new(key);
    let mut never = ActionSet::new();
    for (_, range) in all.services() {
        let Some(first) = all.action(range.start) else { continue };
        let mut said = sought.in_service(first.service());
        match said.of_all() {
            Some(Carries::No) => never.insert_range(range.clone()),
            Some(Carries::Yes | Carries::Unknown) => {}
            None => {
                let own = range.clone().filter_map(|number| Some((number, all.action(number)?)));
                let own: Vec<u32> = own.filter(|(_, action)| said.is_never(action)).map(|(number, _)| number).collect();
                own.into_iter().for_each(|number| never.insert_range(number..number + 1));
            }
        }
    }
    never
}

/// Whether requests for an action carry a key (lower case), as far as it matters whether they never do.
pub(crate) fn carries(action: u32, key: &str) -> Carries {
    match never_carrying(key) {
        Some(never) if never.contains(action) => Carries::No,
        Some(_) | None => Carries::Unknown,
    }
}

/// What of a request depends on its action beyond the name: whether it is one of these, which never carry a condition
/// key, have a region of their own, or are of the service that owns a key.
pub(super) type Split = Arc<ActionSet>;

/// What splits the actions where a statement tests a key (lower case).
pub(super) fn splits(key: &str) -> SmallVec<[Split; 2]> {
    match key {
        "aws:requestedregion" => REGIONS.iter().cloned().collect(),
        "s3:resourceaccount" | "kms:calleraccount" => {
            let (service, _) = key.split_once(':').unwrap_or((key, ""));
            never_carrying(key).into_iter().chain([of_service(service)]).collect()
        }
        _ => never_carrying(key).into_iter().collect(),
    }
}

/// The actions on which it hangs in which region a request is made.
static REGIONS: LazyLock<Vec<Split>> = LazyLock::new(|| {
    let others = derive::MADE_BY_OTHERS.iter().filter_map(|lower| Catalogued::get().number(lower));
    let services = derive::WITH_OWN_REGION.iter().map(|service| of_service(service));
    services.chain([Arc::new(others.collect())]).collect()
});

fn of_service(service: &str) -> Split {
    let mut set = ActionSet::new();
    set.insert_range(Catalogued::get().starting_with(&format!("{service}:")));
    Arc::new(set)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Catalogued, carries, never_carrying};
    use crate::catalogue::{self, Carries};

    /// What is told of one tag is told of all.
    #[test]
    fn the_catalogue_names_no_tag() {
        let keys = catalogue::services().flat_map(|service| service.condition_keys());
        let mut tags = 0;
        for name in keys.map(|key| key.name().to_lowercase()) {
            let tag = name.strip_prefix("aws:resourcetag/").or(name.strip_prefix("aws:requesttag/"));
            assert!(tag.is_none_or(|tag| tag == "${tagkey}"), "{name}");
            tags += usize::from(tag.is_some());
        }
        assert!(tags > 100, "only {tags}");
    }

    /// What is told of a whole service, or of the actions of one profile at once, is what is told of each action by itself.
    #[test]
    fn what_is_told_of_many_actions_is_told_of_each() {
        let all = Catalogued::get();
        let listed = catalogue::services().flat_map(|service| service.condition_keys());
        let listed: BTreeSet<String> = listed.map(|key| key.name().to_lowercase()).collect();
        // Some of all services, and those that several share or that are looked at in a way of their own.
        let mut keys: Vec<String> = listed.into_iter().step_by(97).collect();
        keys.extend(
            [
                "aws:resourcetag/team",
                "aws:requesttag/team",
                "aws:requesttag/aws:cloudformation:stack-name",
                "aws:resourcetag/a/b",
                "aws:tagkeys",
                "s3:prefix",
                "s3:resourceaccount",
                "ec2:resourcetag/team",
                "kms:viaservice",
                "iam:permissionsboundary",
                "iam:passedtoservice",
                "dynamodb:enclosingoperation",
                "token.actions.githubusercontent.com:sub",
                "nosuch:key",
            ]
            .map(str::to_owned),
        );
        let mut found = 0;
        for (start, key) in (0..).zip(&keys) {
            let never = never_carrying(key);
            // With each key other ones, so that all have their turn.
            let some = (start % 7..all.len()).step_by(7);
            for (number, action) in some.filter_map(|number| Some((number, all.action(number)?))) {
                let is_never = action.carries(key) == Carries::No;
                assert_eq!(never.as_ref().is_some_and(|never| never.contains(number)), is_never, "{key} of {action}");
                assert_eq!(carries(number, key) == Carries::No, is_never, "{key} of {action}");
                found += usize::from(is_never);
            }
        }
        assert!(found > 60_000, "only {found}");
    }
}
