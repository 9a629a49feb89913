//! Failed connections that say where they were to lead: the SDK's own errors do not.
//!
//! Source: `Intercept::modify_before_completion` of the AWS SDK for Rust: its error takes the place of the call's.

use std::sync::OnceLock;

use aws_sdk_iam::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut};
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;

use super::connect::without_password;
use super::failure::{one_line, root_cause};

/// No reply from an endpoint.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub(super) struct NotReached {
    /// `https://iam.amazonaws.com`.
    pub(super) endpoint: String,
    /// Whether it did not answer in time.
    pub(super) timed_out: bool,
    /// The innermost cause, on one line.
    pub(super) cause: String,
}

/// Names the endpoint of one client's calls in the errors of those that did not reach it.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// A service has one endpoint, known with the first request.
    endpoint: OnceLock<String>,
}

impl Intercept for Reached {
    fn name(&self) -> &'static str {
        "Reached"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.endpoint.get_or_init(|| endpoint(context.request().uri()));
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // With a response it was reached.
        let (Some(Err(error)), None, Some(endpoint)) =
            (context.output_or_error(), context.response(), self.endpoint.get())
        else {
            return Ok(());
        };
        let timed_out = error.is_timeout_error() || error.as_connector_error().is_some_and(|error| error.is_timeout());
        if !timed_out && !error.is_connector_error() {
            return Ok(());
        }
        Err(Box::new(NotReached { endpoint: endpoint.clone(), timed_out, cause: root_cause(error) }))
    }
}

/// Scheme, host and port of a request's URI.
fn endpoint(uri: &str) -> String {
    let host = uri.find("://").map_or(0, |at| at + 3);
    let end = uri.bytes().skip(host).position(|byte| b"/?#".contains(&byte)).map_or(uri.len(), |at| host + at);
    one_line(&without_password(uri.get(..end).unwrap_or(uri)))
}
