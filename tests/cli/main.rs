//! The command line as people type it: every flag, every format of every file, and everything that can be wrong.
//!
//! Each run has a folder and an environment of its own and is compared exactly: exit code, standard output, standard
//! error. Answers are pinned in `snapshots/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test ends at the first surprise"
)]

mod answers;
mod audit;
mod broken_accounts;
mod broken_snapshots;
mod catalogue;
mod collect;
mod escapes;
mod exit_codes;
mod expectations;
mod fixes;
mod flags;
mod gaad;
mod gap;
mod huge;
mod layers;
mod loose;
mod manual;
mod markdown;
mod messages;
mod own;
mod plans;
mod program;
mod promises;
mod redact;
mod refused;
mod said;
mod save;
mod trail;
mod untrusted;
#[cfg(unix)]
mod widths;
