//! Encoded authorization failure messages, decoded by STS.
//!
//! Source: STS API Reference, `DecodeAuthorizationMessage`, "Errors".

use super::connect::connect;
use super::failure::{Failure, FailureKind};
use super::{AwsError, AwsOptions};

/// Why STS did not decode a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecoded {
    /// It was not asked by somebody who may; why, in words.
    Refused(String),
    /// It does not know the message, which is cut, holds line breaks or has expired.
    Invalid,
}

/// The JSON behind an encoded message, or why STS did not decode it.
///
/// # Errors
/// Where there are no usable credentials, or STS could not be asked.
pub async fn decode(token: &str, options: &AwsOptions) -> Result<Result<String, Undecoded>, AwsError> {
    let clients = connect(options).await?;
    let reply = clients.sts.decode_authorization_message().encoded_message(token).send().await;
    let error = match reply {
        Ok(reply) => {
            let text = reply.decoded_message;
            return Ok(text.ok_or_else(|| Undecoded::Refused("STS sent an empty answer".to_owned())));
        }
        Err(error) => error,
    };
    let failure = Failure::of("sts:DecodeAuthorizationMessage", &error);
    if error.as_service_error().is_some_and(|error| error.is_invalid_authorization_message_exception()) {
        return Ok(Err(Undecoded::Invalid));
    }
    let of_server = failure.code.as_deref().is_some_and(|code| {
        matches!(code, "InternalFailure" | "InternalError" | "ServiceUnavailable") || code.starts_with("HTTP 5")
    });
    match failure.kind {
        FailureKind::AccessDenied | FailureKind::NotFound => Ok(Err(Undecoded::Refused(failure.reason()))),
        FailureKind::ServiceError if !of_server => Ok(Err(Undecoded::Refused(failure.reason()))),
        FailureKind::Throttled
        | FailureKind::Credentials
        | FailureKind::Network
        | FailureKind::Request
        | FailureKind::Timeout
        | FailureKind::MalformedReply
        | FailureKind::ServiceError => Err(failure.fatal()),
    }
}
