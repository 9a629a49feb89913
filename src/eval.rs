//! The evaluator: a request against everything known. No IO, no clock, no errors; what is not known is a value.
//!
//! One function judges one statement (`statement`), another combines statements into a layer (`layer`), another
//! combines the layers (`combine`). None does two.
//!
//! Source: IAM User Guide, "Policy evaluation logic".

mod combine;
mod layer;
mod statement;

pub use combine::{Block, Decision, DenyKind, Verdict, evaluate, needs_no_permission};
pub use layer::{LayerDecision, Outcome, StatementRef};
pub use statement::{action, condition, judge, resource};
