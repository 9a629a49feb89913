//! The commands and the HCL of a fix, held against real shells and against `terraform`.
//!
//! No AWS CLI is run here: in its place stands a program that writes down what it was given.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed, and the message says where"
)]

mod fix_shell {
    mod calls;
    mod made;
    mod none;
    mod pruning;
    mod quoting;
    mod shell;
    mod stopping;
    mod terraform;
}
