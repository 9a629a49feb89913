//! The evaluator: a request against everything known. No IO, no clock, no errors; what is not known is a value.
//!
//! One function judges one statement (`statement`, whom it is about in `naming`), another finds the policies of a layer
//! that bear on the request (`scope`), another combines statements into a layer (`layer`), another combines the layers
//! (`combine`). None does two.
//!
//! Source: IAM User Guide, "Policy evaluation logic".

mod combine;
mod layer;
mod naming;
mod open;
mod refused;
mod scope;
mod statement;

pub use combine::{Block, Decision, DenyKind, Verdict, beyond_policies, evaluate, needs_no_permission};
pub use layer::{Evidence, LayerDecision, Outcome, StatementRef, blocking_levels};
pub use naming::{Naming, is_by_token, is_unsigned, names, naming};
pub use refused::Refused;
pub use scope::{Idle, Owner, all_bearing, assumes_role, bearing, is_key_or_role, of_resource, owner};
pub use statement::{
    action, beside_action, condition, is_about_its_own, judge, may_be_about, needs_no_resource, resource, resource_of,
};
