//! Words by which errors are told from other text.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::words::Text;

/// Where the message of an error without a sentence starts; the code stands before it, the request id often behind.
pub(super) fn message_start(text: &Text, stretch: (usize, usize)) -> usize {
    const WORDS: [&str; 8] = [
        "you are not authorized",
        "access denied",
        ": forbidden",
        "your account is not",
        "access is not allowed",
        "is denied.",
        "encoded auth",
        "the security token",
    ];
    WORDS.iter().filter_map(|words| text.find(words, stretch.0, stretch.1)).min().unwrap_or(stretch.1)
}

/// Words of errors that say "denied".
static DENIED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    any_of(&[
        "access denied",
        "accessdenied",
        "unauthorizedoperation",
        "not authorized to",
        "forbidden",
        "(403)",
        "access is not allowed",
        "is denied",
        "authorizationerror",
        "not allowed to",
        "don't have permission",
        "does not have authorization",
        "does not have any privilege",
        "insufficient lake formation",
        "unauthorized tagging",
    ])
});

/// Words of errors of any kind.
static ERROR: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    any_of(&["when calling the", "status code", "error", "exception", "requestid", "request id", "<code>"])
});

fn any_of(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()
}

pub(super) fn says_denied(text: &Text, stretch: (usize, usize)) -> bool {
    DENIED.as_ref().is_some_and(|words| words.is_match(text.lower(stretch.0, stretch.1)))
}

/// Whether the text may be an error of AWS at all.
pub(super) fn may_be_error(text: &Text, stretch: (usize, usize)) -> bool {
    ERROR.as_ref().is_some_and(|words| words.is_match(text.lower(stretch.0, stretch.1)))
}
