//! What renderers receive: the types of the JSON output, and beside them what only people are shown.
//!
//! Field names never change their meaning within a schema number.

pub mod audit;
mod build;
pub(crate) mod codes;
mod fix;
mod gap;
mod message;
mod suite;
mod trail;
pub mod words;

pub use build::{Answer, report, result};
pub use fix::{FixReport, InOrder, SameAs, VerifiedReport, WRITTEN_OUT, WarningReport, fix};
pub use gap::{
    BlockedReport, CountsReport, GapCountsReport, GapReport, LevelReport, RowReport, StandingReport, UnusedReport,
    gap_report,
};
pub use message::{DenialReport, MessageReport, SaidStatementReport, message};
pub use suite::{ExpectedReport, FoundReport, TallyReport, TestReport, TestsReport, test, tests};
pub use trail::{
    Answered, GroupReport, NowReport, OtherReport, ReadReport, SkippedReport, TrailReport, evaluated, group,
};

use schemars::JsonSchema;
use serde::Serialize;

/// The number of the JSON schema.
pub const SCHEMA: u32 = 1;

/// One run of the program.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The number of this schema; it grows when a field changes its meaning.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// `aws`, `snapshot`, `files` or `message`.
    #[schemars(schema_with = "codes::source")]
    pub source: &'static str,
    /// What was read from a pasted message; `null` where none was given.
    pub message: Option<MessageReport>,
    /// One entry a request, in the order asked.
    pub results: Vec<ResultReport>,
    /// Reads that failed.
    pub unread: Vec<UnreadReport>,
    /// What AWS would refuse in the documents, or what does not do what it seems to.
    pub findings: Vec<FindingReport>,
}

/// The answer to one request.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ResultReport {
    /// Who asks.
    pub principal: PrincipalReport,
    /// The action.
    pub action: String,
    /// The resource; `*` = any.
    pub resource: String,
    /// `allowed`, `denied` or `undetermined`.
    #[schemars(schema_with = "codes::verdict")]
    pub verdict: &'static str,
    /// Every layer that certainly blocks.
    pub blocked_by: Vec<BlockReport>,
    /// Every layer.
    pub layers: Vec<LayerReport>,
    /// What an undetermined verdict depends on.
    pub depends_on: Vec<DependencyReport>,
    /// What was filled in and mattered.
    pub assumptions: Vec<AssumptionReport>,
    /// What could change the verdict.
    pub caveats: Vec<CaveatReport>,
    /// One sentence.
    pub explanation: String,
    /// How often the denial stands in the message; missing where there is no message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Edits that would let the request pass.
    pub fixes: Vec<FixReport>,
    /// The command that asks again; empty where there is none.
    #[serde(skip)]
    pub verify: String,
    /// The resource was left out or has wildcards: the answer holds for all that it matches.
    #[serde(skip)]
    pub any_resource: bool,
    /// Only the text of the denial says that the request is denied: nothing that was read denies it for certain.
    #[serde(skip)]
    pub is_told: bool,
    /// Of an action that is most likely a slip of the hand, that it is, and what may be meant.
    #[serde(skip)]
    pub slip: Option<String>,
}

/// A principal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PrincipalReport {
    /// Its ARN; for a session the session's.
    pub arn: Option<String>,
    /// `role`, `assumed-role`, `user`, `federated-user`, `root`, `service`, `unknown`.
    #[schemars(schema_with = "codes::principal_kind")]
    pub kind: &'static str,
    /// The account.
    pub account: Option<String>,
    /// Of a session, the ARN of its role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// In words, `role MyRole (account 123456789012)`.
    #[serde(skip)]
    pub shown: String,
}

/// A layer that blocks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockReport {
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// `explicit` or `implicit`.
    #[schemars(schema_with = "codes::deny")]
    pub deny: &'static str,
}

/// A layer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayerReport {
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// What it says.
    #[schemars(schema_with = "codes::outcome")]
    pub outcome: &'static str,
    /// `evaluated`: from documents; `message`: from the text of the denial; `aws`: what AWS never allows.
    #[schemars(schema_with = "codes::evidence")]
    pub evidence: &'static str,
    /// Why it could not be decided or was not checked.
    pub reason: Option<String>,
    /// The deciding statements and the nearest misses.
    pub statements: Vec<StatementReport>,
    /// In words, for the table.
    #[serde(skip)]
    pub decided_by: String,
    /// Whether what kept it from being read may pass by itself.
    #[serde(skip)]
    pub may_pass: bool,
}

/// A statement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatementReport {
    /// The policy's name.
    pub policy: String,
    /// The policy's ARN.
    pub policy_arn: Option<String>,
    /// Its number in the document, from 0.
    pub index: u32,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// The line of the document on which it starts, from 1.
    pub line: usize,
    /// `Allow`, `Deny`, or `null` where it is not understood.
    #[schemars(schema_with = "codes::effect_or_null")]
    pub effect: Option<&'static str>,
    /// `yes`, `no` or `unknown`.
    #[schemars(schema_with = "codes::applies")]
    pub applies: &'static str,
    /// `deciding`, `nearest` (an Allow that came nearest) or `other`.
    #[schemars(schema_with = "codes::relevance")]
    pub relevance: &'static str,
    /// Element by element.
    pub why: Vec<WhyReport>,
    /// The policy as people see it, `BoundaryPolicy (v3)`.
    #[serde(skip)]
    pub policy_shown: String,
    /// The `Sid` as people see it, ` (KeepBoundary)` or nothing.
    #[serde(skip)]
    pub sid_shown: String,
    /// Where the document can be looked at.
    #[serde(skip)]
    pub snippet: Option<SnippetReport>,
}

/// One element of a statement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WhyReport {
    /// `Action`, `Resource`, `Condition`, …
    #[schemars(schema_with = "codes::element")]
    pub element: &'static str,
    /// `match`, `no-match` or `unknown`.
    #[schemars(schema_with = "codes::element_outcome")]
    pub outcome: &'static str,
    /// In words.
    pub detail: String,
    /// The line of the item, from 1.
    pub line: usize,
    /// The column of the item in characters, from 1.
    pub column: usize,
}

/// A document with the places to point at.
#[derive(Debug, Clone)]
pub struct SnippetReport {
    /// The document's text.
    pub text: Box<str>,
    /// The places, the most important one first.
    pub marks: Vec<Mark>,
}

/// A place in a document and what to say there.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The bytes to point at.
    pub span: std::ops::Range<usize>,
    /// What to say.
    pub label: String,
}

/// Something an undetermined verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DependencyReport {
    /// The condition key; `resource` or `action` where it depends on which one it is.
    pub key: String,
    /// What it has to be.
    pub allowed_when: String,
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
}

/// A fact that was filled in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AssumptionReport {
    /// The key.
    pub key: String,
    /// Its value; `null` = taken to be missing.
    pub value: Option<String>,
    /// Why.
    pub because: &'static str,
    /// It need not be so.
    #[serde(skip)]
    pub assumed: bool,
}

/// What could change the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaveatReport {
    /// A stable name.
    pub code: String,
    /// In words.
    pub text: String,
    /// People should be told.
    #[serde(skip)]
    pub is_loud: bool,
}

/// A read that failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnreadReport {
    /// The layer that lacks something.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// The API operation.
    pub operation: String,
    /// A stable code.
    pub reason: String,
}

/// Something odd in a document.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingReport {
    /// The policy's name.
    pub policy: String,
    /// The policy's ARN.
    pub policy_arn: Option<String>,
    /// A stable name.
    pub code: &'static str,
    /// The line in the document, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// In words.
    pub text: String,
    /// Where, for people: the file's own line where the policy came from a file.
    #[serde(skip)]
    pub place_shown: String,
}
