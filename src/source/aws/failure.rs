//! What a failed call means, told by error code and kind of failure, never by message text.
//!
//! Source: IAM API Reference, "Common Errors"; AWS SDKs and Tools Reference, "Retry behavior".

use std::error::Error;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

use super::AwsError;
use super::reached::NotReached;
use crate::snapshot::{Layer, Unread};

/// The kinds of failure that call for different answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The credentials are good but may not make this call.
    AccessDenied,
    /// What was asked for does not exist.
    NotFound,
    /// AWS asked to slow down, also after the SDK's retries.
    Throttled,
    /// AWS does not accept the credentials.
    Credentials,
    /// No connection.
    Network,
    /// The request could not be made: a setting is wrong.
    Request,
    /// No reply in time.
    Timeout,
    /// A reply that is cut short or not understood.
    MalformedReply,
    /// AWS answered with another error, 5xx among them.
    ServiceError,
}

impl FailureKind {
    /// What may help.
    pub(super) fn next(self) -> &'static str {
        match self {
            Self::AccessDenied => "use credentials that may make this call",
            Self::Network => "check the network, --region and --endpoint-url",
            Self::NotFound
            | Self::Throttled
            | Self::Credentials
            | Self::Request
            | Self::Timeout
            | Self::MalformedReply
            | Self::ServiceError => "try again later",
        }
    }

    /// The stable code in `unread`.
    pub fn code(self) -> &'static str {
        match self {
            // Refused either way; which of the two is in the words.
            Self::AccessDenied | Self::Credentials => "access-denied",
            Self::NotFound => "not-found",
            Self::Throttled => "throttled",
            Self::Network | Self::Request => "network",
            Self::Timeout => "timeout",
            Self::MalformedReply => "malformed-reply",
            Self::ServiceError => "service-error",
        }
    }
}

/// One failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The operation, `iam:GetRole`.
    pub(super) operation: &'static str,
    pub(super) kind: FailureKind,
    /// AWS's error code, or what else is known in a few words.
    pub(super) code: Option<String>,
    /// The endpoint that was not reached, where that is the failure and it is known.
    pub(super) endpoint: Option<String>,
}

impl Failure {
    /// A reply that lacks what it must hold.
    pub(super) fn incomplete(operation: &'static str) -> Self {
        Self { operation, kind: FailureKind::MalformedReply, code: None, endpoint: None }
    }

    /// What `error` of the SDK means.
    pub(super) fn of<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(not_reached) = not_reached(error) {
            let NotReached { endpoint, timed_out, cause } = not_reached;
            let (kind, code) =
                if *timed_out { (FailureKind::Timeout, None) } else { (FailureKind::Network, Some(cause.clone())) };
            return Self { operation, kind, code, endpoint: Some(endpoint.clone()) };
        }
        let (kind, code) = match error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().meta().code().filter(|code| is_code(code));
                let words = code.map_or_else(|| format!("HTTP {status}"), str::to_owned);
                (kind_of(code.unwrap_or_default(), status), Some(words))
            }
            SdkError::TimeoutError(_) => (FailureKind::Timeout, None),
            SdkError::DispatchFailure(context) if context.is_timeout() => (FailureKind::Timeout, None),
            SdkError::DispatchFailure(_) => (FailureKind::Network, Some(root_cause(error))),
            // An error reply without a body that the SDK understands, from a proxy or a load balancer.
            SdkError::ResponseError(context) if context.raw().status().as_u16() >= 400 => {
                let status = context.raw().status().as_u16();
                (kind_of("", status), Some(format!("HTTP {status}")))
            }
            SdkError::ResponseError(_) => (FailureKind::MalformedReply, None),
            SdkError::ConstructionFailure(_) => (FailureKind::Request, Some(root_cause(error))),
            _ => (FailureKind::ServiceError, None),
        };
        Self { operation, kind, code, endpoint: None }
    }

    /// The failure in words, without the operation.
    pub(super) fn detail(&self) -> String {
        let endpoint = self.endpoint.as_deref();
        let said = match self.kind {
            FailureKind::AccessDenied => "not allowed with these credentials",
            FailureKind::NotFound => "there is no such thing",
            FailureKind::Throttled => "AWS throttles these credentials, also after retries",
            FailureKind::Credentials => "AWS does not accept these credentials",
            FailureKind::Network => &format!("no connection to {}", endpoint.unwrap_or("AWS")),
            FailureKind::Request => "the request cannot be made with these settings",
            FailureKind::Timeout => {
                &endpoint.map_or("no reply in time".to_owned(), |at| format!("no reply in time from {at}"))
            }
            FailureKind::MalformedReply => "the reply is cut short or not understood",
            FailureKind::ServiceError => "AWS answered with an error",
        };
        match &self.code {
            // Behind a proxy that signs for AWS itself; these are the words of rustls.
            Some(code) if self.kind == FailureKind::Network && code.contains("certificate") => format!(
                "{said} ({code}): if a proxy signs for it, its certificate must be in the file that AWS_CA_BUNDLE names"
            ),
            Some(code) => format!("{said} ({code})"),
            None => said.to_owned(),
        }
    }

    /// Why a policy could not be read, in words: "not readable with these credentials (AccessDenied on iam:GetPolicy)".
    pub(super) fn reason(&self) -> String {
        let said = match self.kind {
            FailureKind::AccessDenied => "not readable with these credentials",
            FailureKind::NotFound => "AWS says that it does not exist",
            FailureKind::Throttled => "not readable because AWS throttles these credentials",
            FailureKind::Credentials => "not readable because AWS does not accept these credentials",
            FailureKind::Network => "not readable because there was no connection to AWS",
            FailureKind::Request => "not readable because the request cannot be made with these settings",
            FailureKind::Timeout => "not readable because AWS did not reply in time",
            FailureKind::MalformedReply => "not readable because AWS's reply is cut short or not understood",
            FailureKind::ServiceError => "not readable because AWS answered with an error",
        };
        match &self.code {
            Some(code) => format!("{said} ({code} on {})", self.operation),
            None => format!("{said} ({})", self.operation),
        }
    }

    /// The entry in the snapshot's list of failed reads.
    pub(super) fn unread(&self, layer: Layer) -> Unread {
        Unread { layer, operation: self.operation.to_owned(), reason: self.kind.code().to_owned() }
    }

    /// The failure of a call without which there is no answer.
    pub(super) fn fatal(&self) -> AwsError {
        if self.kind == FailureKind::Credentials {
            let code = self.code.as_deref().unwrap_or("no code");
            let detail = match code {
                "ExpiredToken" | "ExpiredTokenException" => {
                    "they have expired (ExpiredToken); sign in again".to_owned()
                }
                "RequestExpired" | "RequestTimeTooSkewed" => {
                    format!("AWS finds the request too old or too new ({code}); set the clock of this machine")
                }
                "SignatureDoesNotMatch" => format!(
                    "AWS does not accept their signature ({code}); check the secret key and the clock of this machine, or \
                     choose others with --profile"
                ),
                _ => format!("AWS does not accept them ({code}); check the keys, or choose others with --profile"),
            };
            return AwsError::Credentials { detail };
        }
        if self.kind == FailureKind::Request {
            let detail = format!("{}: {}; check --region and --endpoint-url", self.operation, self.detail());
            return AwsError::Settings { detail };
        }
        AwsError::NotAsked { operation: self.operation, kind: self.kind, detail: self.detail() }
    }
}

/// What an error that [`super::reached::Reached`] left says.
fn not_reached<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e NotReached> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|one| one.downcast_ref())
}

/// What an error code means; without a code that says something, what the HTTP status does.
pub(super) fn kind_of(code: &str, status: u16) -> FailureKind {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => FailureKind::AccessDenied,
        "NoSuchEntity" | "NoSuchEntityException" => FailureKind::NotFound,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => FailureKind::Throttled,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidToken"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "AuthFailure"
        | "OptInRequired" => FailureKind::Credentials,
        "RequestTimeout" | "RequestTimeoutException" => FailureKind::Timeout,
        _ if status == 429 => FailureKind::Throttled,
        // A success that is no answer.
        _ if (200..300).contains(&status) => FailureKind::MalformedReply,
        _ => FailureKind::ServiceError,
    }
}

/// Whether `text` looks like an error code. It comes from the network and ends up on a terminal.
fn is_code(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// The innermost cause of `error`, on one line: "Connection refused (os error 111)".
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    one_line(&cause.to_string())
}

/// `text` without control characters and line breaks, cut after 200 characters.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests;
