//! The program against a real AWS-API server: moto, and a stand-in before it that fails on demand.
//!
//! Every test makes its own roles and policies, with names of its own, through the SDK, runs the program with
//! `--endpoint-url`, and reads its JSON and exit code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]

mod account;
mod audit;
mod faults;
mod fixes;
mod messages;
mod moto;
mod policies;
mod principals;
mod program;
mod refused;
mod run;
mod safe;
mod secrets;
mod signed;
mod snapshots;
mod stand_in;
mod trail;
mod trips;
