//! `diagnose`: why was this AWS call denied, by which policy layer and statement.
//!
//! One straight line, whose arrows never go back:
//!
//! ```text
//! argv ─cli→ Args ─run→ Principal, Action, Resource ─source→ Snapshot ─derive→ Request
//!                └ message ┘ (or from pasted text)
//!      ─eval→ Decision ─explain→ Explanation ─report→ Report ─render→ bytes
//!                     └ fix → edits of documents, each proven by eval ┘
//! ```
//!
//! - [`source`] is the only room that reads, and [`run`] the only one that looks at the terminal. Everything between is
//!   pure: [`eval::evaluate`] has no IO, no clock, no errors. What was not read, not understood or not said is a value
//!   and gives an unknown, never an allow.
//! - [`eval`] judges statements, combines them into layers and layers into a verdict. [`explain`] looks again, with the
//!   same functions, at the few statements that matter. [`fix`] edits the documents that block, and lets the evaluator
//!   decide again.
//! - [`trail`] finds refused calls in CloudTrail's events, each of which is a denial like a pasted one.
//! - Patterns and conditions are compiled when a policy is loaded, so that one evaluator serves one request and a whole
//!   account.
//! - Text for people is written last: [`report`] has the words, [`render`] the layout.

// In reading order.
pub mod truth;

pub mod arn;
pub mod catalogue;
pub mod pattern;

pub mod context;
pub mod principal;
pub mod request;

pub mod condition;
pub mod policy;
pub mod snapshot;

pub mod audit;
pub mod confront;
pub mod derive;
pub mod eval;
pub mod explain;
pub mod fix;
pub mod gap;
pub mod message;
pub mod reach;
pub mod trail;

pub mod suite;

pub mod source;

pub mod expect;
pub mod redact;
pub mod render;
pub mod report;
pub mod schema;

pub mod cli;
pub mod run;

#[cfg(test)]
mod testing;
