//! One region of text to denials, errors and what is missing; many regions to one message.

use std::collections::{HashMap, HashSet};

use super::clean::{clean, plain};
use super::event::text::{self as event, Found as FoundEvent};
use super::lines::unfold;
use super::sentence::{self, Sentence};
use super::signs::{may_be_error, message_start, says_denied};
use super::words::Text;
use super::wrap::unwrapped;
use super::wrapping::{self, Around, Found};
use super::{
    Denial, Message, Unfinished, Wrapping, arn, client, decoded, encoded, errors, others, service, transfer, whole,
};

/// What was read so far. It grows with the number of distinct denials and errors only.
#[derive(Debug, Default)]
pub(super) struct Collector {
    message: Message,
    denials: HashMap<String, usize>,
    bare: HashMap<String, usize>,
    unfinished: HashSet<String>,
    others: HashSet<&'static str>,
    /// The first wrapping of anything else.
    any: Option<Wrapping>,
    /// What drawings around the region tell of the client.
    drawn: Option<&'static str>,
    /// Whether another system refuses in the region, and nothing in it is of AWS.
    foreign: bool,
    /// Events of the region that gave denials without a sentence.
    events: Vec<(usize, usize)>,
}

impl Collector {
    /// Reads one region.
    pub(super) fn region(&mut self, bytes: &[u8]) {
        let plain = plain(bytes);
        let plain = transfer::undone(&plain);
        let text = Text::new(normal(&plain));
        self.drawn = client::drawn(bytes);
        let sentences = sentence::find_all(&text);
        let openers = errors::openers(&text);
        let around = errors::around(&text, &sentences, &openers);
        let rest = errors::rest(&text, &around, &openers);
        let others = others::find_all(&text);
        let of_aws = ["arn:aws", "amazonaws", "when calling the", "operation error"];
        let names_aws = || of_aws.iter().any(|word| text.find(word, 0, text.len()).is_some());
        self.foreign = others.iter().any(|other| others::speaks_s3(other.code))
            || others.iter().any(|other| others::is_foreign(other.code)) && !names_aws();
        let events = event::events(&text, &plain);
        self.event_denials(&events, &sentences);
        let mut stretches = rest.into_iter().peekable();
        for (sentence, around) in sentences.into_iter().zip(around.iter().copied()) {
            while let Some(stretch) = stretches.next_if(|stretch| stretch.0 < sentence.start) {
                self.stretch(&text, stretch);
            }
            self.sentence(&text, sentence, around, &events);
        }
        for stretch in stretches {
            self.stretch(&text, stretch);
        }
        for other in others {
            if self.others.insert(other.code) {
                self.message.others.push(other);
            }
        }
    }

    pub(super) fn finish(mut self) -> Message {
        whole::merge(&mut self.message);
        let first = self.message.denials.first().map(|denial| &denial.wrapping);
        let first = first.or_else(|| self.message.unfinished.first().map(|unfinished| &unfinished.wrapping));
        let first = first.or(self.message.bare.first()).cloned().or(self.any);
        self.message.wrapping = first.unwrap_or_default();
        self.message
    }

    fn sentence(&mut self, text: &Text, sentence: Sentence, around: Around, events: &[FoundEvent]) {
        if self.events.iter().any(|event| event.0 <= sentence.start && sentence.start < event.1) {
            return;
        }
        let found = wrapping::read(text, around);
        if sentence.actions.is_empty() {
            self.unfinished(text, sentence, found, around);
            return;
        }
        let event = events.iter().rev().find(|event| event.holds(sentence.start));
        let denial = denial(text, sentence, around);
        let key = key(&denial);
        match self.denials.get(&key).and_then(|place| self.message.denials.get_mut(*place)) {
            Some(known) => {
                known.count += 1;
                fill(&mut known.wrapping, found);
            }
            None => {
                let denial = finished(text, denial, found, around, (self.drawn, event));
                self.denials.insert(key, self.message.denials.len());
                self.message.denials.push(denial);
            }
        }
    }

    /// Denials of events that hold no sentence; the others are read as text.
    fn event_denials(&mut self, events: &[FoundEvent], sentences: &[Sentence]) {
        self.events.clear();
        for event in events {
            let has_sentence = sentences.iter().any(|own| event.holds(own.start) && !own.access_only);
            let denials = if has_sentence { Vec::new() } else { event.denials() };
            if !denials.is_empty() {
                self.events.push(event.within);
            }
            for denial in denials {
                self.add(denial);
            }
        }
    }

    /// A sentence without an action.
    fn unfinished(&mut self, text: &Text, sentence: Sentence, found: Found, around: Around) {
        let wrapping = named(text, found, around, sentence.cut_action.as_deref(), self.drawn);
        if sentence.access_only && sentence.principal.is_none() {
            self.any.get_or_insert(wrapping);
            return;
        }
        let principal = sentence.principal.filter(|principal| !(sentence.placeholders && principal.starts_with('$')));
        let missing = match (&principal, sentence.placeholders) {
            (_, true) => "the values for which placeholders stand",
            (Some(_), false) => "the action",
            (None, false) => "the principal and the action",
        };
        let reason = sentence.reason.unwrap_or_default();
        let unfinished = Unfinished {
            principal,
            missing,
            resource: sentence.resource.value.filter(|value| !value.starts_with("${")),
            deny: reason.deny,
            layer: reason.layer,
            policy_arn: reason.policy_arn,
            wrapping,
        };
        let key = format!("{:?} {:?} {:?}", unfinished.principal, unfinished.resource, unfinished.wrapping.operation);
        if self.unfinished.insert(key) {
            self.message.unfinished.push(unfinished);
        }
    }

    /// Text outside the sentences: an error that names an operation at most, or something else.
    fn stretch(&mut self, text: &Text, stretch: (usize, usize)) {
        if self.events.iter().any(|event| event.0 < stretch.1 && stretch.0 < event.1) {
            return;
        }
        if let Some(denial) = decoded::text::in_text(text, stretch) {
            self.add(denial);
            return;
        }
        let says_denied = says_denied(text, stretch);
        let coded = encoded::message(text, stretch.0, stretch.1);
        if !says_denied && coded.is_none() && !may_be_error(text, stretch) {
            return;
        }
        let around = Around { head: stretch, tail: stretch };
        let words = message_start(text, stretch);
        let mut found = wrapping::read(text, Around { head: (stretch.0, words), tail: (words, stretch.1) });
        found.or(wrapping::read(text, around));
        if let Some(action) = legacy_action(text, stretch) {
            let wrapping = named(text, found, around, Some(&action), self.drawn);
            self.add(Denial {
                action,
                encoded: coded.clone(),
                wrapping: Wrapping { encoded: coded, ..wrapping },
                count: 1,
                ..Denial::default()
            });
            return;
        }
        let is_denial =
            says_denied || coded.is_some() || found.error_code.as_deref().is_some_and(wrapping::is_denial_code);
        let wrapping = Wrapping { encoded: coded, ..named(text, found, around, None, self.drawn) };
        if is_denial && self.foreign {
            self.any.get_or_insert(Wrapping { service: None, client: None, ..wrapping });
            return;
        }
        if is_denial {
            let key = format!(
                "{:?} {:?} {:?} {:?}",
                wrapping.error_code, wrapping.operation, wrapping.service, wrapping.encoded
            );
            if !self.bare.contains_key(&key) {
                self.bare.insert(key, self.message.bare.len());
                self.message.bare.push(wrapping);
            }
        } else if wrapping != (Wrapping { client: wrapping.client, ..Wrapping::default() }) {
            self.any.get_or_insert(wrapping);
        }
    }

    fn add(&mut self, denial: Denial) {
        let key = key(&denial);
        match self.denials.get(&key).and_then(|place| self.message.denials.get_mut(*place)) {
            Some(known) => known.count += 1,
            None => {
                self.denials.insert(key, self.message.denials.len());
                self.message.denials.push(denial);
            }
        }
    }
}

/// The plain text of a region. What Guzzle cuts off ends there: "(truncated...)" is an ellipsis and the paragraph's end.
fn normal(plain: &str) -> String {
    let text = unfold(&clean(unwrapped(plain).as_bytes()));
    if !text.contains("(truncated...)") {
        return text;
    }
    let mut ended = String::with_capacity(text.len() + 8);
    for (number, part) in text.split("(truncated...)").enumerate() {
        if number > 0 {
            ended.push_str("...\n\n");
        }
        let part = if text.ends_with(part) { part } else { part.trim_end_matches(' ') };
        ended.push_str(part);
    }
    ended
}

/// What makes a denial another one.
fn key(denial: &Denial) -> String {
    let texts = [
        denial.principal.as_deref().unwrap_or_default(),
        &denial.action,
        denial.resource.as_deref().unwrap_or_default(),
        denial.policy_arn.as_deref().unwrap_or_default(),
    ];
    format!("{}\u{1f}{:?}\u{1f}{:?}", texts.join("\u{1f}"), denial.deny, denial.layer)
}

/// The sentence's own fields.
fn denial(text: &Text, sentence: Sentence, around: Around) -> Denial {
    let reason = sentence.reason.unwrap_or_default();
    let mut actions = sentence.actions.into_iter();
    let action = actions.next().unwrap_or_default();
    let mut further_actions: Vec<String> = actions.collect();
    further_actions.extend(reason.action.filter(|other| !other.eq_ignore_ascii_case(&action)));
    let (authorization_id, authorization_region) = encoded::authorization(text, around.tail.0, around.tail.1);
    Denial {
        principal: sentence.principal,
        action,
        further_actions,
        resource: sentence.resource.value,
        resource_cut: sentence.resource.cut,
        deny: reason.deny,
        layer: reason.layer,
        via: reason.via,
        policy_arn: reason.policy_arn,
        authorization_id,
        authorization_region,
        encoded: encoded::message(text, around.tail.0, around.tail.1),
        reason: reason.free,
        count: 1,
        ..Denial::default()
    }
}

/// Adds what costs more to find, for a denial that is new: also from the event in which it stands.
fn finished(
    text: &Text,
    denial: Denial,
    found: Found,
    around: Around,
    (drawn, event): (Option<&'static str>, Option<&FoundEvent>),
) -> Denial {
    let mut denial = denial;
    denial.wrapping = named(text, found, around, Some(&denial.action), drawn);
    denial.wrapping.encoded.clone_from(&denial.encoded);
    match event {
        Some(event) => event.complete(&mut denial),
        None => event::enrich(text, (around.head.0, around.tail.1), &mut denial),
    }
    denial.resource_cut |= denial.resource.as_deref().is_some_and(arn::is_masked);
    denial
}

/// The public form, with the service's name.
fn named(text: &Text, found: Found, around: Around, action: Option<&str>, drawn: Option<&'static str>) -> Wrapping {
    let client = client::of(text, around, &found, drawn);
    let written = found.service.as_deref();
    let (operation, code) = (found.operation.as_deref(), found.error_code.as_deref());
    let certain = || certain_service(text, around).map(str::to_owned);
    let service = service::resolve(written, operation, code, None)
        .or_else(certain)
        .or_else(|| service::resolve(None, None, None, action));
    Wrapping {
        error_code: found.error_code,
        request_id: found.request_id,
        operation: found.operation,
        service,
        region: found.region,
        client,
        encoded: None,
    }
}

/// Fills what the first copy of a sentence lacks from the next, which the same error printed.
fn fill(known: &mut Wrapping, found: Found) {
    let mut own = Found {
        error_code: known.error_code.take(),
        request_id: known.request_id.take(),
        operation: known.operation.take(),
        service: known.service.take(),
        region: known.region.take(),
        client: known.client,
    };
    own.or(Found { service: None, ..found });
    known.error_code = own.error_code;
    known.request_id = own.request_id;
    known.operation = own.operation;
    known.service = own.service;
    known.region = own.region;
}

/// The service that the words around a sentence can only mean.
fn certain_service(text: &Text, around: Around) -> Option<&'static str> {
    const WORDS: [(&str, &str); 15] = [
        (".dkr.ecr.", "ecr"),
        ("s3serviceexception", "s3"),
        ("<hostid>", "s3"),
        ("host id:", "s3"),
        ("hostid:", "s3"),
        ("extended request id:", "s3"),
        ("amazon s3", "s3"),
        ("s3 bucket", "s3"),
        ("unauthorizedoperation", "ec2"),
        ("encoded auth", "ec2"),
        ("insufficient permissions to execute the query", "athena"),
        ("is not authorized to access the key", "kms"),
        ("customer master key", "kms"),
        ("don't have permissions to access this resource", "organizations"),
        ("https://sqs.", "sqs"),
    ];
    let within = [around.head, around.tail];
    let has = |words: &str| within.iter().any(|(from, to)| text.find(words, *from, *to).is_some());
    WORDS.iter().find(|(words, _)| has(words)).map(|(_, service)| *service)
}

/// "API: ec2:RunInstances You are not authorized …", as CloudFormation's older resources print it.
fn legacy_action(text: &Text, stretch: (usize, usize)) -> Option<String> {
    let at = text.find("api: ", stretch.0, stretch.1)? + "api: ".len();
    let (action, end) = arn::action(text, at)?;
    let says = ["you are not authorized", "access denied", "user is not authorized"];
    says.iter().any(|words| text.phrase(text.skip_space(end), words).is_some()).then_some(action)
}
