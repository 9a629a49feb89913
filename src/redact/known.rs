//! What the catalogue knows, in the way that redaction asks: the same few words over and over, thousands of times a
//! report. The catalogue searches its text for every question, so that each answer is kept.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use std::thread::LocalKey;

use crate::catalogue;

type Memory = RefCell<HashMap<String, bool>>;

thread_local! {
    static ACTIONS: Memory = RefCell::default();
    static KEYS: Memory = RefCell::default();
    /// Of a service the words that its ARNs have between slashes and colons.
    static FORMS: RefCell<HashMap<String, HashSet<&'static str>>> = RefCell::default();
}

fn remembered(memory: &'static LocalKey<Memory>, text: &str, find: impl FnOnce() -> bool) -> bool {
    if let Some(known) = memory.with_borrow(|memory| memory.get(text).copied()) {
        return known;
    }
    let found = find();
    memory.with_borrow_mut(|memory| memory.insert(text.to_owned(), found));
    found
}

/// Whether there is a service with this prefix, whatever its case.
pub(super) fn is_service(prefix: &str) -> bool {
    static SERVICES: LazyLock<HashSet<String>> =
        LazyLock::new(|| catalogue::services().map(|service| service.prefix().to_ascii_lowercase()).collect());
    SERVICES.contains(prefix) || SERVICES.contains(&prefix.to_ascii_lowercase())
}

/// Whether a word that is the prefix of a service is as likely somebody's: a queue `events`, a team `support`. The short ones
/// (`s3`, `ec2`) are nobody's words.
pub(super) fn is_service_like(word: &str) -> bool {
    word.len() > 3 && is_service(word)
}

/// `s3:Get*` of a service that there is, in letters that an action may have.
pub(super) fn is_action(text: &str) -> bool {
    let Some((service, name)) = text.split_once(':') else { return false };
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?'));
    if !plain || name.is_empty() || !is_service(service) {
        return false;
    }
    // A name with a wildcard stands for actions that there are; one that there is not is somebody's.
    let stands_for = || name.contains(['*', '?']) && (name.len() <= 3 || !catalogue::expand(text).is_empty());
    remembered(&ACTIONS, text, || catalogue::action(text).is_some() || stands_for())
}

/// Whether it is a global key, or one of the service that it names. Others would be looked for in every service.
pub(super) fn is_listed(key: &str) -> bool {
    let Some((prefix, _)) = key.split_once(':') else { return false };
    let of_service = || {
        let own = catalogue::service(prefix).filter(|_| is_service(prefix));
        own.is_some_and(|of| of.condition_keys().any(|known| known.matches(key)))
    };
    remembered(&KEYS, key, || catalogue::global_key(key).is_some() || of_service())
}

/// Whether a word stands between slashes and colons in the ARNs of a service, as `log-group` and `role` do.
pub(super) fn is_in_arns(service: &str, word: &str) -> bool {
    let words = || -> HashSet<&'static str> {
        let types = catalogue::service(service).into_iter().flat_map(|of| of.resource_types());
        types.filter_map(|found| found.arn().splitn(6, ':').nth(5)).flat_map(|form| form.split(['/', ':'])).collect()
    };
    FORMS.with_borrow_mut(|forms| match forms.get(service) {
        Some(known) => known.contains(word),
        None => forms.entry(service.to_owned()).or_insert_with(words).contains(word),
    })
}
