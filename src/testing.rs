//! How the unit tests with random inputs draw them.

use proptest::test_runner::{Config, RngSeed};

/// The same inputs every run, so that a test fails for a change and for nothing else; `PROPTEST_CASES=100000` looks
/// longer, and elsewhere every time. Nothing is written down: a failing input is printed, and becomes a case of its own.
pub(crate) fn drawing() -> Config {
    let hunt = Config { failure_persistence: None, ..Config::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => hunt,
        None => Config { rng_seed: RngSeed::Fixed(1), ..hunt },
    }
}
