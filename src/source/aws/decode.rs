//! Encoded authorization failure messages, decoded by STS.
//!
//! Source: STS API Reference, `DecodeAuthorizationMessage`.

use super::connect::connect;
use super::failure::Failure;
use super::{AwsError, AwsOptions};

/// The JSON behind an encoded message, or why STS did not decode it.
///
/// # Errors
/// Where there are no usable credentials.
pub async fn decode(token: &str, options: &AwsOptions) -> Result<Result<String, String>, AwsError> {
    let clients = connect(options).await?;
    let reply = clients.sts.decode_authorization_message().encoded_message(token).send().await;
    Ok(match reply {
        Ok(reply) => reply.decoded_message.ok_or_else(|| "STS sent an empty answer".to_owned()),
        Err(error) => Err(Failure::of("sts:DecodeAuthorizationMessage", &error).reason()),
    })
}
