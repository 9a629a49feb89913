//! Errors that no policy explains: credentials, clocks, settings, other permission systems and other clouds.

mod elsewhere;
mod request;
mod systems;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Other;
use super::words::Text;

/// An error with the words that tell it, in lower case; of each inner list all must be there.
type Row = (&'static [&'static [&'static str]], Other);

const fn other(code: &'static str, what: &'static str, next: &'static str) -> Other {
    Other { code, what, next }
}

pub(super) use systems::{is_foreign, speaks_s3};

/// All rows, in the order in which errors are listed.
fn table() -> impl Iterator<Item = &'static Row> {
    request::TABLE.iter().chain(elsewhere::TABLE).chain(systems::TABLE)
}

/// All words of the table at once.
static WORDS: LazyLock<Option<(AhoCorasick, usize)>> = LazyLock::new(|| {
    let words: Vec<&str> = table().flat_map(|(rows, _)| rows.iter()).flat_map(|words| words.iter()).copied().collect();
    let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&words).ok()?;
    Some((automaton, words.len()))
});

/// The errors of the table that a text tells, in the order of the table.
pub(super) fn find_all(text: &Text) -> Vec<Other> {
    let Some((automaton, words)) = WORDS.as_ref() else { return Vec::new() };
    let mut seen = vec![false; *words];
    for found in automaton.find_overlapping_iter(text.lower(0, text.len())) {
        if let Some(seen) = seen.get_mut(found.pattern().as_usize()) {
            *seen = true;
        }
    }
    let mut seen = seen.into_iter();
    let mut others = Vec::new();
    for (rows, other) in table() {
        // Every row takes its words, whether an earlier one was found or not.
        let found = rows.iter().fold(false, |found, words| {
            let count = seen.by_ref().take(words.len()).filter(|seen| *seen).count();
            found || count == words.len()
        });
        if found {
            others.push(other.clone());
        }
    }
    // The same words are Google's only where nothing names another system.
    let names_google = ["google", "projects/", "gcloud", "gserviceaccount"];
    let by_words = ["ghcr", "databricks", "write_package", "read_package"];
    let has = |word: &&str| text.find(word, 0, text.len()).is_some();
    if by_words.iter().any(has) && !names_google.iter().any(has) {
        others.retain(|other| other.code != "google-cloud");
    }
    others
}
