//! CloudTrail's event history: the last 90 days of management events of one region, page by page.
//!
//! Its filter knows no error codes, so every page of the time asked for is read, and denials are told apart here. CloudTrail
//! answers two requests a second for an account and region, so that is how fast it is asked.
//!
//! Source: CloudTrail API Reference, `LookupEvents`.

use std::time::Duration;

use aws_sdk_cloudtrail::primitives::DateTime;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use super::connect::connect;
use super::failure::{Failure, FailureKind};
use super::{AwsError, AwsOptions};
use crate::trail::read::{Reader, Seen};
use crate::trail::scan::Place;
use crate::trail::{Denied, Filter};

const OPERATION: &str = "cloudtrail:LookupEvents";

/// Two requests a second.
const PACE: Duration = Duration::from_millis(500);

/// As many events as a page can hold.
const PAGE: i32 = 50;

/// How often a page is asked for again where others use up the two requests a second, beyond the SDK's own retries.
const PATIENCE: u32 = 3;

/// How far the reading is.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// How many events were read.
    pub events: u64,
    /// The time of the last one: they come from the latest to the first.
    pub reached: Option<Timestamp>,
}

/// What was looked up.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What was in it.
    pub seen: Seen,
    /// Of which region.
    pub region: String,
}

/// Reads the events between two times; every refused call that passes the filter is given away.
///
/// # Errors
/// Where AWS could not be asked for a page: what was read before says too little.
pub async fn lookup(
    options: &AwsOptions,
    filter: &Filter,
    mut page: impl FnMut(Page),
    mut denied: impl FnMut(Denied),
) -> Result<Looked, AwsError> {
    let clients = connect(options).await?;
    let time = |time: Option<Timestamp>| time.map(|time| DateTime::from_secs(time.as_second()));
    let request = clients
        .cloudtrail
        .lookup_events()
        .set_start_time(time(filter.since))
        .set_end_time(time(filter.until))
        .max_results(PAGE);
    let region = clients.cloudtrail.config().region().map(ToString::to_string).unwrap_or_default();
    let mut reader = Reader::default();
    let mut token: Option<String> = None;
    let mut next = Instant::now();
    let mut tries = 0;
    loop {
        sleep_until(next).await;
        next = Instant::now() + PACE;
        let reply = match request.clone().set_next_token(token.clone()).send().await {
            Ok(reply) => reply,
            Err(error) => {
                let failure = Failure::of(OPERATION, &error);
                if failure.kind != FailureKind::Throttled || tries >= PATIENCE {
                    return Err(failure.fatal());
                }
                sleep(PACE * 2_u32.pow(tries)).await;
                tries += 1;
                continue;
            }
        };
        tries = 0;
        let mut reached = None;
        for event in reply.events() {
            reached = event.event_time().and_then(|time| Timestamp::from_second(time.secs()).ok()).or(reached);
            if let Some(text) = event.cloud_trail_event() {
                reader.object(Place::Listed, text.as_bytes(), filter, &mut denied);
            }
        }
        page(Page { events: reader.seen().events, reached });
        let following = reply.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        // A token that comes back would be asked for for ever.
        if following.is_none() || following == token {
            return Ok(Looked { seen: reader.seen(), region });
        }
        token = following;
    }
}
