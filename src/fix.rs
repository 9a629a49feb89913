//! The fix: the smallest edit of the documents that block, proven by the evaluator before anybody sees it.
//!
//! [`plan`] goes through the layers that block, in listing order. For each it makes edits of that layer's own document,
//! the least first, puts the edited document into a copy of the snapshot and evaluates again; the first edit that takes
//! the block away stays. Several denials for one document become one edit. What no edit of a document can change (a
//! condition on the request, a layer that nobody read) is a fix of kind [`FixKind::Nothing`] that says so.
//!
//! Sources: IAM User Guide, "Permissions boundaries for IAM entities", "Grant least privilege access", "IAM and AWS STS
//! quotas"; Organizations User Guide, "Service control policies".

mod allow;
mod apart;
mod beyond;
mod blast;
pub mod commands;
mod deny;
mod draft;
pub mod edit;
mod escalate;
mod exempt;
mod grant;
mod grantee;
mod guard;
mod literal;
mod narrow;
mod opened;
mod owner;
mod place;
mod plan;
mod quota;
mod raise;
mod scope;
mod shared;
mod target;
pub mod terraform;
mod unmet;
mod verify;
mod warn;
mod ways;
mod widen;
mod words;
mod work;

use std::rc::Rc;

pub use apart::plan_apart;
pub use edit::{EditError, edit};
pub use owner::{credentials, is_own};
pub use plan::plan;
pub use raise::raise;

use crate::eval::{Block, Decision, Verdict};
use crate::message::Denial;
use crate::principal::Principal;
use crate::request::Request;
use crate::snapshot::{Layer, Origin, Policy, Snapshot};

/// A question with its answer, as [`plan`] wants it.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The question.
    pub request: &'a Request,
    /// Everything known.
    pub snapshot: &'a Snapshot,
    /// The answer.
    pub decision: &'a Decision<'a>,
    /// What the text of the denial says, where there is one.
    pub denial: Option<&'a Denial>,
}

/// A change of one document, by numbers of its statements.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds actions to the `Action` of an Allow.
    AddActions {
        /// The statement.
        statement: usize,
        /// The actions.
        actions: Vec<String>,
    },
    /// Adds resources to the `Resource` of an Allow.
    AddResources {
        /// The statement.
        statement: usize,
        /// The resources.
        resources: Vec<String>,
    },
    /// Adds a statement behind the last one.
    AddStatement(NewStatement),
    /// Takes actions (exact items of the list) out of the `Action` of a Deny; a Deny left without actions is removed.
    RemoveActions {
        /// The statement.
        statement: usize,
        /// The items.
        actions: Vec<String>,
    },
    /// Replaces a `Resource` of a Deny that is `*` by `NotResource` with these resources, or adds them to the
    /// `NotResource` that is there.
    ExceptResources {
        /// The statement.
        statement: usize,
        /// The resources.
        resources: Vec<String>,
    },
    /// Replaces an `Action` of a Deny that is `*` by `NotAction` with these actions, or adds them to the `NotAction` that is
    /// there.
    ExceptActions {
        /// The statement.
        statement: usize,
        /// The actions.
        actions: Vec<String>,
    },
    /// Adds principals to the `AWS` entry of the `Principal` of an Allow.
    AddPrincipals {
        /// The statement.
        statement: usize,
        /// Their ARNs.
        principals: Vec<String>,
    },
    /// Adds values to a condition of an Allow.
    AddValues {
        /// The statement.
        statement: usize,
        /// The condition's operator as written, `IpAddress`.
        operator: String,
        /// Its key as written, `aws:SourceIp`.
        key: String,
        /// The values.
        values: Vec<String>,
    },
    /// Adds principals to a condition of a Deny that lists whom it spares.
    ExceptPrincipals {
        /// The statement.
        statement: usize,
        /// The condition's operator as written, `ArnNotLike`.
        operator: String,
        /// Its key as written, `aws:PrincipalArn`.
        key: String,
        /// Their ARNs.
        principals: Vec<String>,
    },
}

impl Change {
    /// The statement that it is about and what it puts in or takes out; `None` of a statement that is added.
    fn parts(&self) -> Option<(usize, &[String])> {
        match self {
            Self::AddActions { statement, actions: items }
            | Self::AddResources { statement, resources: items }
            | Self::RemoveActions { statement, actions: items }
            | Self::ExceptResources { statement, resources: items }
            | Self::ExceptActions { statement, actions: items }
            | Self::AddPrincipals { statement, principals: items }
            | Self::AddValues { statement, values: items, .. }
            | Self::ExceptPrincipals { statement, principals: items, .. } => Some((*statement, items)),
            Self::AddStatement(_) => None,
        }
    }
}

/// A statement to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStatement {
    /// The `Sid`.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// For policies of resources and trust policies.
    pub principal: Option<serde_json::Value>,
    /// The `Action`; empty where `not_actions` is given.
    pub actions: Vec<String>,
    /// The `NotAction`.
    pub not_actions: Option<Vec<String>>,
    /// The `Resource`; `None` in trust policies.
    pub resources: Option<Vec<String>>,
    /// The `NotResource`.
    pub not_resources: Option<Vec<String>>,
    /// The `Condition`.
    pub condition: Option<serde_json::Value>,
}

/// A document before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The text as it was shown, in its own layout; empty for a new document.
    pub before: String,
    /// The whole corrected document, the author's layout and order kept.
    pub after: String,
    /// RFC 6902, an array.
    pub patch: serde_json::Value,
    /// Unified, with three lines of context.
    pub diff: String,
}

/// The kinds of fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixKind {
    /// A new Allow statement.
    AddAllow,
    /// A few more actions or resources in an Allow statement that is there.
    ExtendAllow,
    /// A Deny statement that spares what was asked.
    NarrowDeny,
    /// A new policy.
    Attach,
    /// A copy of the boundary that can be edited, in its place.
    ReplaceBoundary,
    /// No edit of a document helps, or none can be proposed; the summary says what does.
    Nothing,
}

impl FixKind {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::AddAllow => "add-allow",
            Self::ExtendAllow => "extend-allow",
            Self::NarrowDeny => "narrow-deny",
            Self::Attach => "attach",
            Self::ReplaceBoundary => "replace-boundary",
            Self::Nothing => "none",
        }
    }
}

/// Which document, and on whom or what it hangs; the default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixedDocument {
    /// The policy's name.
    pub name: String,
    /// The ARN of a managed policy, an SCP or an RCP.
    pub arn: Option<String>,
    /// How it applies to the principal; `None` where no document is meant.
    pub origin: Option<Origin>,
    /// The version that was edited.
    pub version: Option<String>,
    /// The file that it was read from.
    pub path: Option<String>,
    /// The ARN of the resource, the id of the endpoint, the target of the SCP.
    pub attached_to: Option<String>,
}

impl FixedDocument {
    fn of(policy: &Policy, attached_to: Option<String>) -> Self {
        Self {
            name: policy.name.clone(),
            arn: policy.arn.clone(),
            origin: Some(policy.origin.clone()),
            version: policy.version.clone(),
            path: policy.file.as_ref().map(|file| file.path.clone()),
            attached_to,
        }
    }
}

/// What the evaluator said of the snapshot with this edit in it, and with those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The answer.
    pub verdict: Verdict,
    /// What still blocks.
    pub blocked_by: Vec<Block>,
}

/// Something to know before the fix is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable name.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// A fix of one document.
#[derive(Debug, Clone)]
pub struct Fix {
    /// The layer.
    pub layer: Layer,
    /// How.
    pub kind: FixKind,
    /// Which document.
    pub document: FixedDocument,
    /// Whether it can be edited where it is; what keeps it from that is among the warnings.
    pub editable: bool,
    /// The account whose credentials can make the change: the principal's, the resource owner's, of an organization's
    /// policies the managing one. `None` where it is not known.
    pub account: Option<String>,
    /// What it does, in a phrase that begins with a verb; of [`FixKind::Nothing`], what to do instead.
    pub summary: String,
    /// The edit.
    pub edited: Option<Rc<Edited>>,
    /// The proof.
    pub verified: Verified,
    /// Of a boundary that is replaced by a copy: everybody who was asked about, needs the copy, and is switched to it.
    pub switched: Vec<Principal>,
    /// What it allows beside what was asked, each as `ACTION on RESOURCE`; `… without CONDITION` where only a condition, which
    /// others are allowed it under, is not asked for.
    pub newly_allowed: Vec<String>,
    /// What to know before.
    pub warnings: Vec<Warning>,
    /// The same edit stands in the fixes of an earlier question of the run: the number of the question, and of the fix
    /// there.
    pub same_as: Option<(usize, usize)>,
    /// It is no part of the edit that the other questions of the run share: somebody has to decide it on its own.
    pub apart: bool,
}
