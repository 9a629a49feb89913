//! Fixes: which document, which edit, what the proof says, what follows beside, what one is warned of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test ends at the first surprise"
)]

mod fix {
    mod boundary;
    mod conditions;
    mod denies;
    mod exempt;
    mod identity;
    mod left;
    mod literal;
    mod narrow;
    mod organization;
    mod resources;
    mod several;
    mod warnings;
    mod world;
}
