//! From a pasted message to questions: what the text says, and the flags over it.

mod principal;
mod resource;

use std::io::IsTerminal as _;

use super::Failure;
use super::ask::{self, Flags, Question};
use super::policies::Policies;
use crate::catalogue::{self, Needs};
use crate::cli::DiagnoseArgs;
use crate::condition::parse_date;
use crate::context::Value;
use crate::derive::{Given, MADE_BY_OTHERS};
use crate::message::{self, Denial, Message, Unfinished, Wrapping};
use crate::request::{Action, ActionError, ActionNote};
use crate::source::Files;
use crate::source::aws::Undecoded;

/// What to do with an encoded message that STS does not take for one.
const NOT_WHOLE: &str = "the encoded message was not decoded: STS finds it invalid: it is cut short, holds line breaks or has expired; \
                         paste the whole of it, or that of a new attempt";

/// A message that was read.
pub(super) struct Pasted {
    /// What is in it.
    pub(super) message: Message,
    /// The encoded message in it, which nobody decoded yet.
    token: Option<String>,
    /// Why an encoded message in it was not decoded, with what to do.
    not_decoded: Option<String>,
}

/// The message, if there is one: the flag, a pipe where no action was named, a decoded authorization message.
pub(super) fn read(args: &DiagnoseArgs, files: &mut Files) -> Result<Option<Pasted>, Failure> {
    let mut message = match &args.request.message {
        Some(text) if text == "-" && args.source.names_stdin() => {
            return Err(Failure::usage(
                "--message - and a file - both read standard input; give one of them as a file",
            ));
        }
        Some(text) if text == "-" => Some(stream(files)?.0),
        Some(text) => Some(message::read(text.as_encoded_bytes())),
        None => None,
    };
    let decoded = match &args.request.decoded {
        Some(path) => Some(decoded(path, &files.read(path)?)?),
        None => None,
    };
    let is_asked = !args.request.action.is_empty() || message.is_some() || decoded.is_some();
    if !is_asked && !args.source.names_stdin() && !std::io::stdin().is_terminal() {
        let (piped, is_empty) = stream(files)?;
        message = (!is_empty).then_some(piped);
    }
    if message.is_none() && decoded.is_none() {
        return Ok(None);
    }
    let mut message = message.unwrap_or_default();
    if let Some(decoded) = decoded {
        add_decoded(&mut message, decoded);
        return Ok(Some(Pasted { message, token: None, not_decoded: None }));
    }
    Ok(Some(Pasted::of(message)))
}

/// Standard input, and whether nothing but white space was in it.
fn stream(files: &mut Files) -> Result<(Message, bool), Failure> {
    let mut reader = message::Reader::new();
    let mut is_empty = true;
    files.stream(|block| {
        is_empty &= block.iter().all(u8::is_ascii_whitespace);
        reader.feed(block);
    })?;
    Ok((reader.finish(), is_empty))
}

/// The denial of a decoded authorization message.
fn decoded(path: &str, text: &str) -> Result<Denial, Failure> {
    message::decoded(text).ok_or_else(|| {
        Failure::usage(format!(
            "`{path}` is no decoded authorization message: expected the JSON of `aws sts decode-authorization-message`"
        ))
    })
}

/// The encoded message of the text, if it is whole.
fn encoded(message: &Message) -> Option<String> {
    let denials = message.denials.iter().map(|denial| &denial.encoded);
    let mut all = denials.chain(message.bare.iter().map(|bare| &bare.encoded)).chain([&message.wrapping.encoded]);
    all.find_map(|token| token.clone().filter(|token| !token.is_empty()))
}

/// Puts what a decoded message tells to the denial that it belongs to.
fn add_decoded(message: &mut Message, decoded: Denial) {
    let is_same = |denial: &&mut Denial| {
        denial.action.eq_ignore_ascii_case(&decoded.action)
            && (denial.resource.is_none() || denial.resource == decoded.resource)
    };
    if let Some(denial) = message.denials.iter_mut().find(is_same) {
        denial.principal = denial.principal.take().or(decoded.principal);
        denial.resource = denial.resource.take().or(decoded.resource);
        denial.deny = denial.deny.or(decoded.deny);
        denial.statement = denial.statement.take().or(decoded.statement);
        denial.context.extend(decoded.context);
        return;
    }
    // An error without a sentence, whose encoded message it is.
    let of_it = message.bare.iter().position(|bare| bare.encoded.is_some()).or((message.bare.len() == 1).then_some(0));
    let wrapping = of_it.map(|at| message.bare.remove(at)).unwrap_or_default();
    message.denials.push(Denial { wrapping, ..decoded });
}

impl Pasted {
    /// A message that was read elsewhere.
    pub(super) fn of(message: Message) -> Self {
        Self { token: encoded(&message), message, not_decoded: None }
    }

    /// Has an encoded message decoded, where AWS is the source anyway.
    pub(super) fn decode(&mut self, policies: &Policies<'_>) -> Result<(), Failure> {
        let Some(token) = self.token.take() else { return Ok(()) };
        let needed = self.message.denials.is_empty();
        let reason = if policies.is_live() {
            match policies.decode(&token) {
                Ok(Ok(text)) => match message::decoded(&text) {
                    Some(found) => {
                        add_decoded(&mut self.message, found);
                        return Ok(());
                    }
                    None => "STS sent what is not understood".to_owned(),
                },
                Ok(Err(Undecoded::Refused(reason))) => reason,
                Ok(Err(Undecoded::Invalid)) => {
                    self.not_decoded = Some(NOT_WHOLE.to_owned());
                    return Ok(());
                }
                // Without credentials the text still says what it says.
                Err(_) if !needed => return Ok(()),
                Err(failure) => return Err(failure),
            }
        } else {
            "no connection was allowed".to_owned()
        };
        self.not_decoded = Some(format!(
            "the encoded message was not decoded: {reason}; somebody who may can run `aws sts decode-authorization-message \
             --encoded-message {token} --query DecodedMessage --output text > decoded.json`; then add --decoded decoded.json"
        ));
        Ok(())
    }

    /// One question a denial; of errors that name an operation alone, what the operation needs.
    ///
    /// # Errors
    /// Where the message holds no denial that could be asked about: what it is instead, and what to do.
    pub(super) fn questions(&self, flags: &Flags) -> Result<Vec<Question>, Failure> {
        let mut questions = Vec::new();
        for denial in &self.message.denials {
            questions.push(flags.of_denial(denial)?);
        }
        if questions.is_empty() {
            for cut in &self.message.unfinished {
                questions.extend(flags.of_unfinished(cut)?);
            }
        }
        if questions.is_empty() {
            for bare in &self.message.bare {
                questions.extend(flags.of_bare(bare)?);
            }
        }
        if questions.is_empty() && !flags.actions.is_empty() {
            questions.push(flags.alone());
        }
        if questions.is_empty() { Err(self.no_denial(flags)) } else { Ok(questions) }
    }

    /// What the message is, where there is nothing to ask about.
    fn no_denial(&self, flags: &Flags) -> Failure {
        if !self.message.others.is_empty() {
            let line = |other: &message::Other| {
                // Of these a policy may be the cause, and AWS does not say so.
                let open = matches!(other.code, "kms-key" | "organizations");
                let is =
                    if open { "the message names no policy, and there may be none" } else { "no denial by a policy" };
                format!("{is}: {}; {}", other.what, other.next)
            };
            return Failure::new(super::code::USAGE, self.message.others.iter().map(line).collect());
        }
        if let Some(line) = &self.not_decoded {
            return Failure::usage(line);
        }
        if !self.message.bare.is_empty() {
            let lines = self.message.bare.iter().map(|bare| bare_line(bare, flags)).collect();
            return Failure::new(super::code::USAGE, lines);
        }
        let Some(cut) = self.message.unfinished.first() else {
            return Failure::usage(
                "no denial found in the message: paste the whole error text, or name --role and --action",
            );
        };
        let who = cut.principal.as_ref().map_or_else(String::new, |who| format!(" (it says that {who} was denied)"));
        Failure::usage(format!(
            "the message breaks off{who}; missing: {}; paste the whole error text, or add --role and --action",
            cut.missing
        ))
    }

    /// For standard error, beside an answer.
    pub(super) fn notes(&self) -> String {
        let others = self.message.others.iter().map(|other| format!("{}; {}", other.what, other.next));
        let bare = if self.message.denials.is_empty() { &[][..] } else { &self.message.bare };
        let bare =
            bare.iter().map(|bare| format!("the message also says that {} was denied, and no more", asked_of(bare)));
        let lines = others.chain(bare).chain(self.not_decoded.clone());
        lines.map(|line| format!("note: {}\n", crate::render::clean(&line))).collect()
    }
}

/// An error that says too little, with what to add.
fn bare_line(bare: &Wrapping, flags: &Flags) -> String {
    let code = bare.error_code.as_deref().unwrap_or("access denied");
    let asked = asked_of(bare);
    let add = match (flags.principal.is_none(), derived(bare).is_empty()) {
        (true, false) => "--role NAME (and --resource ARN)",
        (true, true) => "--role NAME and --action SERVICE:NAME (and --resource ARN)",
        (false, _) => "--action SERVICE:NAME (and --resource ARN)",
    };
    format!("the message says only that {asked} was denied ({code}), not to whom and why; add {add}")
}

fn asked_of(bare: &Wrapping) -> String {
    match (&bare.service, &bare.operation) {
        (Some(service), Some(operation)) => format!("{service}:{operation}"),
        (None, Some(operation)) => format!("the operation {operation}"),
        (Some(service), None) => format!("a request to {service}"),
        (None, None) => "a request".to_owned(),
    }
}

/// What the operation of an error needs, where that is certain.
fn derived(bare: &Wrapping) -> Vec<Action> {
    let (Some(service), Some(operation)) = (&bare.service, &bare.operation) else { return Vec::new() };
    let Ok(mut actions) = Action::expand(&format!("{service}:{operation}")) else { return Vec::new() };
    actions.retain(|action| action.known.is_some());
    for action in &mut actions {
        if action.notes.is_empty() {
            action.notes.push(ActionNote::Derived { operation: operation.clone() });
        }
    }
    actions
}

impl Flags {
    /// The question of a denial.
    pub(super) fn of_denial(&self, denial: &Denial) -> Result<Question, Failure> {
        let principal = self.principal.clone().or_else(|| principal::of(denial));
        let actions = match self.actions.as_slice() {
            [] => vec![action(&denial.action).map_err(|error| Failure::usage(format!("the message: {error}")))?],
            named => named.to_vec(),
        };
        let (resources, exact) = match self.resources.as_slice() {
            [] => {
                let (resource, exact) = resource::of(denial, principal.as_ref());
                (vec![resource], exact)
            }
            named => (named.to_vec(), self.exact),
        };
        Ok(Question {
            principal,
            requests: ask::each(&actions, &resources),
            exact,
            given: self.given_by(denial),
            denial: Some(denial.clone()),
            is_another: self.principal.is_some() || !self.actions.is_empty() || !self.resources.is_empty(),
        })
    }

    /// A denial that names no action, where its operation or a flag does.
    fn of_unfinished(&self, cut: &Unfinished) -> Result<Option<Question>, Failure> {
        let derived = derived(&cut.wrapping);
        let Some(action) = self.actions.first().or(derived.first()) else { return Ok(None) };
        let denial = Denial {
            principal: cut.principal.clone(),
            action: action.text.clone(),
            resource: cut.resource.clone(),
            deny: cut.deny,
            layer: cut.layer,
            policy_arn: cut.policy_arn.clone(),
            wrapping: cut.wrapping.clone(),
            count: 1,
            ..Denial::default()
        };
        let mut question = self.of_denial(&denial)?;
        if self.actions.is_empty() {
            for (asked, _) in &mut question.requests {
                asked.notes.clone_from(&action.notes);
            }
        }
        Ok(Some(question))
    }

    /// What the operation of an error needs, asked where somebody is named.
    fn of_bare(&self, bare: &Wrapping) -> Result<Option<Question>, Failure> {
        let actions = if self.actions.is_empty() { derived(bare) } else { self.actions.clone() };
        if actions.is_empty() || (self.principal.is_none() && !self.has_policies) {
            return Ok(None);
        }
        Ok(Some(Question { requests: ask::each(&actions, &self.named_resources()), ..self.alone() }))
    }

    /// The circumstances of the message, under those of the flags.
    fn given_by(&self, denial: &Denial) -> Given {
        let mut given = self.given.clone();
        let of_flags = given.resource_account.take();
        given.resource_account =
            of_flags.or_else(|| denial.resource_account.clone().filter(|_| self.resources.is_empty()));
        given.may_be_forwarded = is_of_another_service(denial) && self.actions.is_empty();
        if let Some(then) = denial.time.as_deref().and_then(parse_date) {
            given.now = then;
            given.is_then = true;
        }
        for (key, values) in &denial.context {
            let Some(key) = context_key(key) else { continue };
            let is_given = given.keys.iter().any(|(known, _)| known.eq_ignore_ascii_case(key));
            if !is_given {
                let list = values.len() != 1;
                given.keys.push((key.to_owned(), Value { items: values.clone(), list }));
            }
        }
        given
    }
}

/// Whether the text names an operation of another service than the denied action's: that service then asked for the
/// principal (S3's `PutObject` for `kms:GenerateDataKey`). What is only looked up for the caller's own call is none.
///
/// Source: IAM User Guide, "Forward access sessions".
fn is_of_another_service(denial: &Denial) -> bool {
    let Wrapping { service: Some(service), operation: Some(operation), .. } = &denial.wrapping else { return false };
    let lower = denial.action.to_lowercase();
    let Some((asked, _)) = lower.split_once(':').filter(|_| !MADE_BY_OTHERS.contains(&lower.as_str())) else {
        return false;
    };
    let Some(Needs::Actions(needs)) = catalogue::operation(service, operation).map(|found| found.needs) else {
        return false;
    };
    let own =
        needs.iter().filter(|need| need.always).flat_map(|need| &need.any_of).map(|action| action.service().prefix());
    let mut own = own.peekable();
    own.peek().is_some() && own.all(|prefix| prefix != asked)
}

/// A context key of a decoded message by the name that policies use; `None` for what no policy can test.
/// Source: STS API Reference, `DecodeAuthorizationMessage`, whose answers carry keys of AWS's own.
fn context_key(key: &str) -> Option<&str> {
    match key {
        "aws:Region" => Some("aws:RequestedRegion"),
        "aws:Account" => Some("aws:ResourceAccount"),
        "aws:Service" | "aws:Resource" | "aws:Type" | "aws:ARN" | "aws:ID" => None,
        other => Some(other),
    }
}

/// The action that a sentence names. One with a wildcard is the service's whole name for it, and stays one question.
fn action(text: &str) -> Result<Action, ActionError> {
    let parsed = Action::parse(text)?;
    if parsed.pattern.is_some() {
        return Ok(parsed);
    }
    Ok(Action::expand(text)?.into_iter().next().unwrap_or(parsed))
}
