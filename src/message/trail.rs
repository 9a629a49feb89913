//! CloudTrail events of refused calls that hold no sentence of AWS's: who, what and on what stand in their fields.
//!
//! Source: CloudTrail User Guide, "CloudTrail record contents", "userIdentity element" and "Network activity events for VPC
//! endpoints".

use super::words::Text;
use super::{Denial, Wrapping, event, wrapping};
use crate::catalogue::{self, Action, Fit, Needs};
use crate::snapshot::Layer;

/// The objects around each `eventSource`: from brace to brace, in the text's order.
pub(super) fn events(text: &Text) -> Vec<(usize, usize)> {
    const KEY: &str = "\"eventsource\"";
    let mut keys = Vec::new();
    let mut at = 0;
    while let Some(found) = text.find(KEY, at, text.len()) {
        keys.push(found);
        at = found + KEY.len();
    }
    let mut events: Vec<(usize, usize)> = Vec::new();
    if keys.is_empty() {
        return events;
    }
    let mut keys = keys.into_iter().peekable();
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (at, byte) in text.lower(0, text.len()).bytes().enumerate() {
        if keys.next_if(|key| *key == at).is_some()
            && let Some(object) = open.last_mut()
        {
            object.1 = true;
        }
        match byte {
            b'{' => open.push((at, false)),
            b'}' => {
                if let Some((start, true)) = open.pop() {
                    events.push((start, at + 1));
                }
            }
            _ => {}
        }
    }
    // What the text's end cuts off is an event too.
    events.extend(open.into_iter().filter(|(_, is_event)| *is_event).map(|(start, _)| (start, text.len())));
    events.sort_unstable();
    events
}

/// The denials of one event; none where nothing was refused, or where its action is not known.
pub(super) fn denials(text: &Text, within: (usize, usize)) -> Vec<Denial> {
    let get = |key: &str| event::string(text, key, within).map(str::to_owned);
    let code = get("\"errorcode\"").and_then(|code| wrapping::code(&code));
    let Some(code) = code.filter(|code| wrapping::is_denial_code(code)) else { return Vec::new() };
    let (Some(source), Some(name)) = (get("\"eventsource\""), get("\"eventname\"")) else { return Vec::new() };
    let Some(found) = catalogue::event_source(&source) else { return Vec::new() };
    let client = catalogue::client(found.prefix).unwrap_or(found.prefix);
    let operation = catalogue::operation(client, &name).or_else(|| catalogue::operation(found.prefix, &name));
    let Some(operation) = operation else { return Vec::new() };
    let Needs::Actions(needs) = &operation.needs else { return Vec::new() };
    let by_endpoint = code.starts_with("VpceAccess");
    let versioned = get("\"versionid\"").is_some();
    let mut denials = Vec::new();
    for need in needs.iter().filter(|need| need.always) {
        let of_version = need.any_of.iter().find(|action| versioned && action.name().contains("Version"));
        let Some(action) = of_version.or(need.any_of.first()) else { continue };
        let mut denial = Denial {
            action: action.text(),
            resource: resource(text, within, action),
            layer: by_endpoint.then_some(Layer::VpcEndpoint),
            wrapping: Wrapping {
                error_code: Some(code.clone()),
                request_id: get("\"requestid\""),
                operation: Some(operation.name.to_owned()),
                service: Some(operation.client.to_owned()),
                region: get("\"awsregion\""),
                client: Some("cloudtrail"),
                encoded: None,
            },
            count: 1,
            ..Denial::default()
        };
        event::enrich(text, within, &mut denial);
        if denial.principal.is_none() {
            denial.principal = get("\"invokedby\"").filter(|by| by.ends_with(".amazonaws.com"));
        }
        denials.push(denial);
    }
    denials
}

/// The only ARN of the event's resources that the action is about.
fn resource(text: &Text, within: (usize, usize), action: &Action) -> Option<String> {
    let list = text.find("\"resources\"", within.0, within.1)?;
    let end = text.find("]", list, within.1).unwrap_or(within.1);
    let mut arns: Vec<&str> = Vec::new();
    let mut at = list;
    while let Some(found) = text.find("\"arn\"", at, end) {
        arns.extend(event::string(text, "\"arn\"", (found, end)));
        at = found + "\"arn\"".len();
    }
    let fits = |arn: &&&str| matches!(action.fit(arn), Fit::Fits(_));
    let mut fitting: Vec<&str> = arns.iter().filter(fits).copied().collect();
    // A bucket's pattern may fit its objects too, but not the other way round.
    if fitting.len() > 1 && fitting.iter().any(|arn| arn.contains('/')) {
        fitting.retain(|arn| arn.contains('/'));
    }
    match fitting.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}
