//! What can go wrong while reading, and what it means for the exit code.

use super::aws::AwsError;
use super::files::shown_path;
use crate::policy::{ParseError, json};

/// A source that cannot be read, in one line: what, where, what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file that cannot be read.
    #[error("could not read `{path}`: {reason}")]
    File {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("could not write `{path}`: {reason}")]
    Write {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file that is no JSON.
    #[error("{path}:{line}:{column}: {problem}")]
    Syntax {
        /// The path as given.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The entry of the principal in a list of a file is not of the shape that it should have.
    #[error("{path}:{line}:{column}: {problem}")]
    Entry {
        /// The path as given.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        problem: &'static str,
    },
    /// JSON of neither kind.
    #[error(
        "`{path}` is no snapshot: expected the output of `aws iam get-account-authorization-details` or of \
         `diagnose snapshot`; a policy document goes to --identity-policy or --boundary"
    )]
    NotASnapshot {
        /// The path as given.
        path: String,
    },
    /// A folder that iam-collect did not write.
    #[error("`{path}` is a folder, but none of iam-collect: expected `aws/PARTITION/accounts` in it")]
    NotAStore {
        /// The path as given.
        path: String,
    },
    /// JSON that Terraform did not write.
    #[error("`{path}` is no Terraform plan or state: expected the output of `terraform show -json`")]
    NotAPlan {
        /// The path as given.
        path: String,
    },
    /// A snapshot of a later format.
    #[error("`{path}` has snapshot format {found}, this program reads format 1; a newer diagnose reads it")]
    Format {
        /// The path as given.
        path: String,
        /// The number in it.
        found: String,
    },
    /// The snapshot does not hold the principal.
    #[error("{kind} `{asked}` is not in `{path}`{hint}")]
    NoSuchPrincipal {
        /// `role` or `user`.
        kind: &'static str,
        /// What was asked for.
        asked: String,
        /// The path as given.
        path: String,
        /// What to do.
        hint: String,
    },
    /// It holds one of that name with another path or account.
    #[error("`{asked}` is not in `{path}`; the {kind} of that name there is {exists}")]
    OtherPrincipal {
        /// `role` or `user`.
        kind: &'static str,
        /// What was asked for.
        asked: String,
        /// The path as given.
        path: String,
        /// What is there.
        exists: String,
    },
    /// The name stands for several.
    #[error("{kind} `{asked}` exists more than once in `{path}`: {all}; give the ARN")]
    Ambiguous {
        /// `role` or `user`.
        kind: &'static str,
        /// What was asked for.
        asked: String,
        /// The path as given.
        path: String,
        /// Their ARNs.
        all: String,
    },
    /// A principal without an ARN cannot be saved: nobody could ask for it again.
    #[error("the ARN of {who} is not known{why}, so that it cannot be saved; name it by its ARN")]
    NoArn {
        /// The principal in words.
        who: String,
        /// The read that did not tell it, or nothing.
        why: String,
    },
    /// A policy without what it is attached to cannot be saved: nobody would know when it applies.
    #[error("what the policy is attached to is not known, so that it cannot be saved; write {flag}")]
    NotNamed {
        /// How to name it.
        flag: &'static str,
    },
    /// From AWS.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl SourceError {
    /// Whether the input is at fault (exit 2), rather than AWS or the principal (exit 4).
    pub fn is_input(&self) -> bool {
        match self {
            Self::File { .. }
            | Self::Write { .. }
            | Self::Syntax { .. }
            | Self::Entry { .. }
            | Self::NotASnapshot { .. }
            | Self::NotAStore { .. }
            | Self::NotAPlan { .. }
            | Self::Format { .. } => true,
            Self::Ambiguous { .. } | Self::NoArn { .. } | Self::NotNamed { .. } => true,
            Self::Aws(error) => matches!(error, AwsError::Flag { .. }),
            Self::NoSuchPrincipal { .. } | Self::OtherPrincipal { .. } => false,
        }
    }

    /// Whether it says that this principal is not there or cannot be read, and nothing of others.
    pub fn is_of_principal(&self) -> bool {
        match self {
            Self::NoSuchPrincipal { .. }
            | Self::OtherPrincipal { .. }
            | Self::Ambiguous { .. }
            | Self::Entry { .. } => true,
            Self::Aws(error) => match error {
                AwsError::NoSuchPrincipal { .. } | AwsError::OtherPrincipal { .. } | AwsError::WrongAccount { .. } => {
                    true
                }
                AwsError::Credentials { .. }
                | AwsError::Flag { .. }
                | AwsError::Settings { .. }
                | AwsError::NotAsked { .. } => false,
            },
            Self::File { .. }
            | Self::Write { .. }
            | Self::Syntax { .. }
            | Self::NotASnapshot { .. }
            | Self::NotAStore { .. }
            | Self::NotAPlan { .. }
            | Self::Format { .. }
            | Self::NoArn { .. }
            | Self::NotNamed { .. } => false,
        }
    }

    /// Whether AWS did not answer: of another principal it may.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Aws(AwsError::NotAsked { .. }))
    }

    /// Adds that a principal may be missing because the file is one page of several.
    pub(super) fn in_page_of_several(mut self, truncated: bool) -> Self {
        if let Self::NoSuchPrincipal { hint, .. } = &mut self
            && truncated
        {
            hint.push_str("; the file is one page of several, and the others are missing");
        }
        self
    }

    /// The words are for people: what a parser says of its own types is left out.
    pub(super) fn syntax(path: &str, text: &str, error: &serde_json::Error) -> Self {
        let problem = match error.is_data() {
            true => "a field is missing here, or holds another kind of value than it should".to_owned(),
            false => json::problem(text, error),
        };
        let path = shown_path(path).to_owned();
        Self::Syntax { path, line: error.line().max(1), column: error.column().max(1), problem }
    }

    pub(super) fn document(path: &str, error: &ParseError) -> Self {
        let ParseError { place, problem } = error;
        Self::Syntax { path: path.to_owned(), line: place.line, column: place.column, problem: problem.clone() }
    }
}
