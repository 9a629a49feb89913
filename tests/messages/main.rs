//! Pasted messages: the labelled ones, and what holds of any.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test fails by panicking, and the counts by field are printed"
)]

mod labels;
mod properties;
