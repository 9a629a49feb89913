//! What holds of the evaluator on any input: random policies, requests and contexts.
//!
//! No case is written down here; each property says what may never happen. The same cases are drawn every time, so that a
//! failure is the change's; `PROPTEST_CASES=100000` looks longer, and elsewhere every time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed, and the message says where"
)]

mod properties {
    mod blocks;
    mod callers;
    mod ceilings;
    mod completion;
    mod document;
    mod fixes;
    mod gap;
    mod matcher;
    mod mendable;
    mod model;
    mod monotone;
    mod obvious;
    mod order;
    mod overlaps;
    mod parsing;
    mod plain;
    mod random;
    mod reference;
    mod relations;
    mod stands_for_all;
    mod strategies;
    mod vocabulary;

    /// Without a file of failures: a failing case is printed, and belongs into `fixtures/cases/` once understood.
    fn cases(number: u32) -> proptest::test_runner::Config {
        let hunt = proptest::test_runner::Config { failure_persistence: None, ..Default::default() };
        if std::env::var_os("PROPTEST_CASES").is_some() {
            return hunt;
        }
        proptest::test_runner::Config { cases: number, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..hunt }
    }
}
