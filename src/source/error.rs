//! What can go wrong while reading, and what it means for the exit code.

use std::path::Path;

use super::aws::AwsError;
use crate::policy::ParseError;

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
    /// JSON of neither kind.
    #[error(
        "`{path}` is no snapshot: expected the output of `aws iam get-account-authorization-details` or of \
         `diagnose snapshot`; a policy document goes to --identity-policy or --boundary"
    )]
    NotASnapshot {
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
            | Self::NotASnapshot { .. }
            | Self::Format { .. } => true,
            Self::NoSuchPrincipal { .. } | Self::OtherPrincipal { .. } | Self::Ambiguous { .. } | Self::Aws(_) => false,
        }
    }

    pub(super) fn syntax(path: &str, text: &str, error: &serde_json::Error) -> Self {
        let words = error.to_string();
        let problem = match text.trim() {
            "" => "it is empty".to_owned(),
            _ if error.is_eof() => format!("{} (the file is cut short)", before_place(&words)),
            _ => before_place(&words).to_owned(),
        };
        Self::Syntax { path: path.to_owned(), line: error.line().max(1), column: error.column().max(1), problem }
    }

    pub(super) fn document(path: &str, first_line: usize, error: &ParseError) -> Self {
        Self::Syntax {
            path: path.to_owned(),
            line: error.place.line + first_line - 1,
            column: error.place.column,
            problem: error.problem.clone(),
        }
    }
}

fn before_place(words: &str) -> &str {
    words.split(" at line ").next().unwrap_or(words)
}

/// The words for a failed file operation.
pub(super) fn file_error(path: &Path, shown: &str, error: &std::io::Error) -> SourceError {
    let kind = error.kind();
    let reason = if kind == std::io::ErrorKind::NotFound {
        "no such file".to_owned()
    } else if kind == std::io::ErrorKind::PermissionDenied {
        "permission denied".to_owned()
    } else if path.is_dir() {
        "it is a folder".to_owned()
    } else {
        error.to_string()
    };
    SourceError::File { path: shown.to_owned(), reason }
}
