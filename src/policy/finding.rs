//! Findings: what AWS would refuse in a document, or what does not do what it seems to.

use super::Span;

/// The kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingCode {
    /// AWS would refuse the document for it; what it touches is unknown.
    Malformed,
    /// The same element twice: which one counts is unknown.
    DuplicateElement,
    /// An element that the language does not have.
    UnknownElement,
    /// An element whose name is not in AWS's own case; read all the same.
    ElementCase,
    /// A `Version` that does not exist.
    UnknownVersion,
    /// A list without items: it matches nothing.
    EmptyList,
    /// A `Sid` that IAM refuses, or one given twice.
    InvalidSid,
    /// `${…}` in a document whose version does not substitute variables.
    VariableInOldVersion,
    /// An action that cannot match: white space, a comma, no colon.
    UnmatchableAction,
    /// A wildcard in the service prefix of an action.
    WildcardInPrefix,
    /// A resource that cannot match, or that AWS refuses.
    UnmatchableResource,
    /// A principal that names nobody.
    UnmatchablePrincipal,
    /// A condition value that its operator cannot read.
    UnreadableValue,
    /// A condition that does not do what it seems to.
    SurprisingCondition,
    /// A character that AWS does not accept in documents.
    InvalidCharacter,
}

impl FindingCode {
    /// The stable name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::DuplicateElement => "duplicate-element",
            Self::UnknownElement => "unknown-element",
            Self::ElementCase => "element-case",
            Self::UnknownVersion => "unknown-version",
            Self::EmptyList => "empty-list",
            Self::InvalidSid => "invalid-sid",
            Self::VariableInOldVersion => "variable-in-old-version",
            Self::UnmatchableAction => "unmatchable-action",
            Self::WildcardInPrefix => "wildcard-in-prefix",
            Self::UnmatchableResource => "unmatchable-resource",
            Self::UnmatchablePrincipal => "unmatchable-principal",
            Self::UnreadableValue => "unreadable-value",
            Self::SurprisingCondition => "surprising-condition",
            Self::InvalidCharacter => "invalid-character",
        }
    }
}

/// A finding with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind.
    pub code: FindingCode,
    /// Where in the document's text.
    pub span: Span,
    /// What, in words.
    pub text: String,
}
