//! `diagnose`: why was this AWS call denied, by which policy layer and statement.

pub mod arn;
pub mod cli;
pub mod condition;
pub mod context;
pub mod derive;
pub mod eval;
pub mod explain;
pub mod pattern;
pub mod policy;
pub mod principal;
pub mod render;
pub mod report;
pub mod request;
pub mod run;
pub mod snapshot;
pub mod source;
pub mod truth;
