//! Fuzz targets for everything that strangers write: messages, policies, account files, snapshots, events, conditions.
//!
//! Each target hands its bytes to the program as a person would, through `diagnose::run::run`, and looks at what comes
//! out: so the parsers, the evaluation, the fixes and every renderer are fuzzed together. With cargo-fuzz:
//!
//! ```text
//! tests/fuzz/seeds                                # corpora from fixtures/, into tests/fuzz/corpus
//! cargo fuzz run --fuzz-dir tests/fuzz policy -- -timeout=2 -rss_limit_mb=1024 -max_len=8192
//! ```
//!
//! or, without it and without nightly, `tests/fuzz/run policy 600`. A find is mended, kept in `fixtures/fuzz/TARGET/`, and run
//! by `tests/fuzz.rs` with every test from then on.

pub mod mutate;
pub mod targets;
