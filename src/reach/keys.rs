//! What of a request's context depends on the action: which actions never carry a condition key.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, RwLock};

use super::ActionSet;
use super::list::Catalogued;
use crate::catalogue::Carries;
use crate::derive;

/// Whether requests for an action carry a key, answered once for the process and each action.
#[derive(Debug)]
pub(super) struct Absence {
    key: Box<str>,
    /// By number: not asked, carried or perhaps carried, never carried.
    known: Vec<AtomicU8>,
}

const NOT_ASKED: u8 = 0;
const MAY_BE: u8 = 1;
const NEVER: u8 = 2;

static KNOWN: LazyLock<RwLock<HashMap<Box<str>, Arc<Absence>>>> = LazyLock::new(RwLock::default);

impl Absence {
    /// Of a key in lower case; `None` where it is the same for all actions.
    pub(super) fn of(key: &str) -> Option<Arc<Self>> {
        let by_action = ["aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"];
        if key.starts_with("aws:") && !by_action.iter().any(|start| key.starts_with(start)) {
            return None;
        }
        let known = KNOWN.read().ok().and_then(|known| known.get(key).cloned());
        if known.is_some() {
            return known;
        }
        let count = Catalogued::get().len();
        let new = Arc::new(Self { key: key.into(), known: (0..count).map(|_| AtomicU8::new(NOT_ASKED)).collect() });
        let mut all = KNOWN.write().ok()?;
        Some(Arc::clone(all.entry(key.into()).or_insert(new)))
    }

    /// Whether requests for the action never carry it. Of an action that the catalogue does not know: no.
    pub(super) fn is_never_carried(&self, action: u32) -> bool {
        let Some(known) = self.known.get(action as usize) else { return false };
        match known.load(Ordering::Relaxed) {
            NOT_ASKED => {
                let carries = Catalogued::get().action(action).map(|action| action.carries(&self.key));
                let never = carries == Some(Carries::No);
                known.store(if never { NEVER } else { MAY_BE }, Ordering::Relaxed);
                never
            }
            found => found == NEVER,
        }
    }
}

/// Whether requests for an action carry a key (lower case), as far as it matters whether they never do.
pub(super) fn carries(action: u32, key: &str) -> Carries {
    match Absence::of(key) {
        Some(absence) if absence.is_never_carried(action) => Carries::No,
        Some(_) | None => Carries::Unknown,
    }
}

/// What of a request depends on its action beyond the name.
#[derive(Debug)]
pub(super) enum Split {
    /// Whether it carries a condition key.
    Key(Arc<Absence>),
    /// Whether it is one of these: of a service with a region of its own, of one that owns a key.
    These(ActionSet),
}

impl Split {
    /// On which side of it an action is.
    pub(super) fn has(&self, action: u32) -> bool {
        match self {
            Self::Key(absence) => absence.is_never_carried(action),
            Self::These(set) => set.contains(action),
        }
    }

    /// What splits the actions where a statement tests a key (lower case).
    pub(super) fn by_key(key: &str) -> Vec<Self> {
        let all = Catalogued::get();
        let these = |range| {
            let mut set = ActionSet::new();
            set.insert_range(range);
            Self::These(set)
        };
        match key {
            "aws:requestedregion" => {
                let services = derive::WITH_OWN_REGION.iter();
                let mut sets: Vec<Self> =
                    services.map(|service| these(all.starting_with(&format!("{service}:")))).collect();
                let others = derive::MADE_BY_OTHERS.iter().filter_map(|lower| all.number(lower));
                sets.push(Self::These(others.collect()));
                sets
            }
            "s3:resourceaccount" => {
                let own = these(all.starting_with("s3:"));
                Absence::of(key).map(Self::Key).into_iter().chain([own]).collect()
            }
            _ => Absence::of(key).map(Self::Key).into_iter().collect(),
        }
    }
}
