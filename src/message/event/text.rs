//! Events in text that people paste. One that stands whole in it is read as JSON; of one that is cut off, escaped or in
//! pieces the fields are looked for by their names.

use super::{Event, Identity, whole};
use crate::message::words::Text;
use crate::message::{Denial, Wrapping};

/// An event, and from where to where it stands in the text.
#[derive(Debug)]
pub(in crate::message) struct Found {
    pub(in crate::message) within: (usize, usize),
    event: Event,
}

impl Found {
    /// Whether an offset lies in it.
    pub(in crate::message) fn holds(&self, at: usize) -> bool {
        self.within.0 <= at && at < self.within.1
    }

    /// The denials of an event without a sentence; none where nothing was refused, or where its action is not known.
    pub(in crate::message) fn denials(&self) -> Vec<Denial> {
        let operation = self.event.operation();
        if self.event.code().is_none() || self.event.is_sign_in() {
            return Vec::new();
        }
        let mut denials = self.event.denials_said(Vec::new(), operation.as_ref());
        denials.iter_mut().for_each(|denial| self.of_this_call(denial));
        denials
    }

    /// Adds what differs from call to call: an event that somebody pastes is about one.
    fn of_this_call(&self, denial: &mut Denial) {
        let identity = &self.event.identity;
        denial.time.clone_from(&self.event.time);
        let is_caller = denial.principal.as_deref().is_none_or(|printed| self.event.is_caller(printed));
        let id = identity.id.as_ref().filter(|_| is_caller && identity.kind.as_deref() != Some("AWSService"));
        denial.context.extend(id.map(|id| ("aws:userid".to_owned(), vec![id.clone()])));
    }

    /// Adds the role with its path, the request's context and what its text did not tell to a denial whose sentence stands
    /// in the event.
    pub(in crate::message) fn complete(&self, denial: &mut Denial) {
        self.event.complete(denial);
        self.of_this_call(denial);
        let said = std::mem::take(&mut denial.wrapping);
        self.event.wrap(denial, self.event.operation().as_ref());
        let by_event = std::mem::take(&mut denial.wrapping);
        denial.wrapping = Wrapping {
            error_code: said.error_code.or(by_event.error_code),
            request_id: said.request_id.or(by_event.request_id),
            operation: said.operation.or(by_event.operation),
            service: said.service.or(by_event.service),
            region: said.region.or(by_event.region),
            client: said.client.or(by_event.client),
            encoded: said.encoded,
        };
    }
}

/// The events of a text, in its order; `plain` is the text with its escapes.
pub(in crate::message) fn events(text: &Text, plain: &str) -> Vec<Found> {
    let places = places(text);
    let mut whole: Vec<(Event, bool)> = if places.is_empty() {
        Vec::new()
    } else {
        whole::events(plain).into_iter().map(|event| (event, false)).collect()
    };
    let mut found = Vec::with_capacity(places.len());
    for within in places {
        let told = event(text, within);
        let is_same =
            |own: &Event| (&own.source, &own.name, &own.request_id) == (&told.source, &told.name, &told.request_id);
        // Around an event may stand an object that repeats its fields.
        let place = whole.iter().position(|(own, used)| !used && is_same(own));
        let place = place.or_else(|| whole.iter().rposition(|(own, _)| is_same(own)));
        let event = match place.and_then(|place| whole.get_mut(place)) {
            Some((own, used)) => {
                *used = true;
                own.clone()
            }
            None => told,
        };
        found.push(Found { within, event });
    }
    found
}

/// The objects around each `eventSource`: from brace to brace, in the text's order.
fn places(text: &Text) -> Vec<(usize, usize)> {
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

/// Adds the role with its path and the request's context from the event around a sentence.
pub(in crate::message) fn enrich(text: &Text, within: (usize, usize), denial: &mut Denial) {
    if text.find("\"eventname\"", within.0, within.1).is_some() {
        event(text, within).complete(denial);
    }
}

/// What a stretch of text tells of an event.
fn event(text: &Text, within: (usize, usize)) -> Event {
    let get = |key: &str| string(text, key, within).map(str::to_owned);
    Event {
        time: get("\"eventtime\""),
        source: get("\"eventsource\""),
        name: get("\"eventname\""),
        error_code: get("\"errorcode\""),
        request_id: get("\"requestid\""),
        region: get("\"awsregion\""),
        address: get("\"sourceipaddress\""),
        agent: get("\"useragent\""),
        endpoint: get("\"vpcendpointid\""),
        identity: identity(text, within),
        resources: resources(text, within),
        versioned: get("\"versionid\"").is_some(),
        ..Event::default()
    }
}

fn identity(text: &Text, within: (usize, usize)) -> Identity {
    let get = |key: &str| string(text, key, within).map(str::to_owned);
    let issuer = text.find("\"sessionissuer\"", within.0, within.1);
    let of_issuer = issuer.and_then(|at| string(text, "\"arn\"", (at, within.1.min(at + 600))));
    let own_end = |at: usize| issuer.unwrap_or_else(|| object_end(text, at, within.1));
    let own = text.find("\"useridentity\"", within.0, within.1);
    Identity {
        arn: own.and_then(|at| string(text, "\"arn\"", (at, own_end(at)))).map(str::to_owned),
        issuer: of_issuer.map(str::to_owned),
        mfa: get("\"mfaauthenticated\""),
        created: issuer.and_then(|_| get("\"creationdate\"")),
        source_identity: get("\"sourceidentity\""),
        invoked_by: get("\"invokedby\""),
        ..Identity::default()
    }
}

fn resources(text: &Text, within: (usize, usize)) -> Vec<String> {
    let Some(list) = text.find("\"resources\"", within.0, within.1) else { return Vec::new() };
    let end = text.find("]", list, within.1).unwrap_or(within.1);
    let mut arns = Vec::new();
    let mut at = list;
    while let Some(found) = text.find("\"arn\"", at, end) {
        arns.extend(string(text, "\"arn\"", (found, end)).map(str::to_owned));
        at = found + "\"arn\"".len();
    }
    arns
}

/// The text of a JSON string behind a key.
pub(in crate::message) fn string<'a>(text: &'a Text, key: &str, within: (usize, usize)) -> Option<&'a str> {
    let at = text.find(key, within.0, within.1)? + key.len();
    let start = text.skip(at, |byte| b"\": ".contains(&byte));
    let quoted = text.before(start) == Some(b'"');
    let end = text.skip(start, |byte| byte != b'"' && byte != b'\n' && (quoted || !b",}]".contains(&byte)));
    Some(text.part(start, end)).filter(|value| !value.is_empty() && *value != "null")
}

/// The end of the object behind a key.
fn object_end(text: &Text, at: usize, to: usize) -> usize {
    let mut depth = 0_usize;
    for (place, byte) in text.lower(at, to).bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + place,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    to
}
