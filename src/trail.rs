//! The denials that already happened: from CloudTrail's events to groups of the same denial.
//!
//! [`scan`] finds the objects in text of any length, [`read`] the refused calls among them, and [`Groups`] puts those
//! together that have principal, action, layer and policy in common. Events that are no denial are passed by without being
//! read; of a refused call its group and its id are kept, and of few of a group, that stand for all, what they were about.
//!
//! Sources: CloudTrail User Guide, "CloudTrail record contents"; "Receiving CloudTrail log files from multiple Regions".

mod calls;
mod filter;
mod groups;
pub mod read;
pub mod scan;
pub mod sql;

pub use calls::{CIRCUMSTANCES, Call, Chosen, LISTED};
pub use filter::{Filter, LayerFilter, parse_end, parse_time};
pub use groups::{Group, Groups, Who, sort};

use jiff::Timestamp;

use crate::catalogue::Operation;
use crate::message::event::Event;
use crate::message::{self, Denial, Other};
use crate::snapshot::Layer;

/// A refused call.
#[derive(Debug, Clone)]
pub struct Denied {
    /// The event's id, the same wherever the event stands.
    pub id: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// Who, as groups name them.
    pub who: Who,
    /// The unique id of who made the call, `AROA…:session`: the condition key `aws:userid`.
    pub user_id: Option<String>,
    /// What was refused. Never empty: where the catalogue does not know the operation, it stands for the action.
    pub denials: Vec<Denial>,
    /// One of `denials` was refused, or several: CloudTrail does not say which of the operation's actions it was.
    pub is_one_of: bool,
    /// The action is not known: the operation's name stands for it.
    pub is_guess: bool,
    /// The message is encoded, in part or as a whole.
    pub encoded: bool,
    /// What refused it, where that was no policy of IAM's: the grants of Lake Formation, a setting of S3.
    pub other: Option<Other>,
    /// Somebody failed to sign in, and IAM was not asked; there are no `denials`.
    pub is_sign_in: bool,
}

/// What a message says.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The requests that it says were refused.
    pub denials: Vec<Denial>,
    /// What else it says refused them.
    pub other: Option<Other>,
}

/// What refuses calls beside the policies of IAM, under the same error codes.
const BESIDE_IAM: [&str; 7] = [
    "lake-formation",
    "block-public-access",
    "object-lock",
    "acls-disabled",
    "sse-c-blocked",
    "mfa-delete",
    "account-not-enabled",
];

impl Said {
    /// Reads the message of an event.
    pub fn read(text: &str) -> Self {
        let read = message::read(text.as_bytes());
        let other = read.others.into_iter().find(|other| BESIDE_IAM.contains(&other.code));
        Self { other: other.filter(|_| read.denials.is_empty()), denials: read.denials }
    }
}

impl Denied {
    /// The refused call of an event whose message says this, and whose operation is this.
    pub fn new(event: Event, said: Said, operation: Option<&Operation>) -> Self {
        let Said { denials: said, other } = said;
        let printed = said.first().and_then(|denial| denial.principal.clone());
        let who = Who::of(&event, printed.as_deref());
        let is_caller = printed.is_none_or(|printed| event.is_caller(&printed));
        let is_said = !said.is_empty();
        let mut denials = event.denials_said(said, operation);
        let is_guess = denials.is_empty();
        if is_guess {
            denials = event.denials_said(vec![by_name(&event)], operation);
        }
        for denial in &mut denials {
            // What is resource-based where a role is assumed is the role's trust policy.
            let assumes = denial.action.to_ascii_lowercase().starts_with("sts:assumerole");
            if denial.layer == Some(Layer::Resource) && assumes {
                denial.layer = Some(Layer::Trust);
            }
        }
        Self {
            time: event.time.as_deref().and_then(filter::instant),
            who,
            user_id: event.identity.id.clone().filter(|_| event.identity.issuer.is_some() && is_caller),
            is_one_of: !is_said && denials.len() > 1,
            denials,
            is_guess,
            encoded: event.error_message.as_deref().is_some_and(|text| text.contains(ENCODED)),
            other,
            is_sign_in: false,
            id: event.id,
        }
    }

    /// A sign-in that failed.
    pub fn sign_in(event: Event) -> Self {
        Self {
            time: event.time.as_deref().and_then(filter::instant),
            who: Who::of(&event, None),
            user_id: None,
            denials: Vec::new(),
            is_one_of: false,
            is_guess: false,
            encoded: false,
            other: None,
            is_sign_in: true,
            id: event.id,
        }
    }
}

/// What stands before an encoded message.
///
/// Source: STS API Reference, `DecodeAuthorizationMessage`.
const ENCODED: &str = "Encoded authorization failure message";

/// A denial of an operation that the catalogue does not know: most have the name of their action.
fn by_name(event: &Event) -> Denial {
    let source = event.source.as_deref().unwrap_or_default();
    let service = source.split('.').next().filter(|name| !name.is_empty()).unwrap_or("unknown");
    let name = event.name.as_deref().unwrap_or("Unknown");
    Denial { action: format!("{service}:{name}"), count: 1, ..Denial::default() }
}

/// Whether these are names of the columns of a query's result; CloudWatch Logs Insights has the whole event in one of them.
pub fn is_head(names: &[String]) -> bool {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    has("@message") || (has("eventname") && has("errorcode"))
}
