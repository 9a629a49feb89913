//! One CloudTrail event, as far as a denial needs it: who was refused what, on what and in which circumstances.
//!
//! An [`Event`] comes from JSON as CloudTrail writes it, from the columns of a query's result, or from text that only holds
//! the remains of one; what it means is told here once for all of them.
//!
//! Sources: CloudTrail User Guide, "CloudTrail record contents", "userIdentity element" and "Network activity events for VPC
//! endpoints"; IAM User Guide, "AWS global condition context keys".

mod columns;
mod json;
mod named;
mod rows;
pub(super) mod text;
mod who;
mod whole;

use serde_json::Value;

pub use json::{Record, Text};

/// Parts of the error codes that say "denied".
pub use super::wrapping::DENIAL_CODES as CODES;

use super::{Denial, Wrapping, wrapping};
use crate::arn::Arn;
use crate::catalogue::{self, Action, Fit, Needs, Operation};
use crate::snapshot::Layer;

/// An event; what it does not hold is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// `eventID`: the same in every file that holds the event.
    pub id: Option<String>,
    /// `eventTime` as written, RFC 3339 in CloudTrail's own files.
    pub time: Option<String>,
    /// `eventSource`, `s3.amazonaws.com`.
    pub source: Option<String>,
    /// `eventName`, the API operation, with a version behind it for some services.
    pub name: Option<String>,
    /// `errorCode` as written.
    pub error_code: Option<String>,
    /// `errorMessage`; CloudTrail cuts it after 1,024 characters.
    pub error_message: Option<String>,
    /// `requestID`.
    pub request_id: Option<String>,
    /// `awsRegion`.
    pub region: Option<String>,
    /// `sourceIPAddress`: an address, or the name of the AWS service that called.
    pub address: Option<String>,
    /// `userAgent`.
    pub agent: Option<String>,
    /// `vpcEndpointId`.
    pub endpoint: Option<String>,
    /// `userIdentity`.
    pub identity: Identity,
    /// The ARNs in `resources`.
    pub resources: Vec<String>,
    /// Which accounts own some of them: an ARN and an account's id.
    pub owners: Vec<(String, String)>,
    /// Whether the request names a version of an object.
    pub versioned: bool,
    /// `requestParameters`; `null` for many refused calls.
    pub parameters: Value,
    /// Condition keys that the event spells out (`eventContext` of CloudTrail Lake), with their values.
    pub context: Vec<(String, Vec<String>)>,
}

/// Who made the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `AssumedRole`, `IAMUser`, `Root`, `FederatedUser`, `AWSService`, `AWSAccount`, …
    pub kind: Option<String>,
    /// The ARN; of a role, its session's.
    pub arn: Option<String>,
    /// `principalId`: the unique id, of a session followed by its name.
    pub id: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
    /// `sessionContext.sessionIssuer.arn`: of a role its ARN with the path, which the session's ARN lacks.
    pub issuer: Option<String>,
    /// `sessionContext.attributes.mfaAuthenticated`, `true` or `false`.
    pub mfa: Option<String>,
    /// `sessionContext.attributes.creationDate`.
    pub created: Option<String>,
    /// `sessionContext.sourceIdentity`.
    pub source_identity: Option<String>,
    /// `invokedBy`: the service that made the call for the principal.
    pub invoked_by: Option<String>,
}

impl Event {
    /// Whether it tells of a call that was refused: by its error code, or by AWS's sentence under another code.
    pub fn is_denied(&self) -> bool {
        is_denied(self.error_code.as_deref(), self.error_message.as_deref())
    }

    /// The role with its path, where a session of it made the call.
    pub fn role(&self) -> Option<&str> {
        self.identity.issuer.as_deref().filter(|arn| arn.contains(":role/"))
    }

    /// The requests that were refused: by the sentence in the error's message; without one, what the operation needs, of
    /// which CloudTrail does not say which was missing. Empty where the event is no denial or its action is not known.
    pub fn denials(&self) -> Vec<Denial> {
        if !self.is_denied() || self.is_sign_in() {
            return Vec::new();
        }
        let said = self.error_message.as_deref().map(|text| super::read(text.as_bytes())).unwrap_or_default();
        self.denials_said(said.denials, self.operation().as_ref())
    }

    /// [`Event::denials`], where the message in it was read and its operation looked up before.
    pub fn denials_said(&self, said: Vec<Denial>, operation: Option<&Operation>) -> Vec<Denial> {
        let mut denials = if said.is_empty() { self.unsaid(operation) } else { said };
        for denial in &mut denials {
            self.wrap(denial, operation);
            self.complete(denial);
        }
        denials
    }

    /// What the operation of a refused call needs, each a denial, with nothing of who asked.
    fn unsaid(&self, operation: Option<&Operation>) -> Vec<Denial> {
        let Some(operation) = operation else { return Vec::new() };
        let Needs::Actions(needs) = &operation.needs else { return Vec::new() };
        let by_endpoint = self.code().is_some_and(|code| code.starts_with("VpceAccess"));
        let mut denials = Vec::new();
        for need in needs.iter().filter(|need| need.always) {
            let of_version = need.any_of.iter().find(|action| self.versioned && action.name().contains("Version"));
            let Some(action) = of_version.or(need.any_of.first()) else { continue };
            denials.push(Denial {
                action: action.text(),
                resource: self.resource(action),
                layer: by_endpoint.then_some(Layer::VpcEndpoint),
                count: 1,
                ..Denial::default()
            });
        }
        denials
    }

    /// The error code without a namespace, where it says "denied".
    fn code(&self) -> Option<String> {
        self.error_code.as_deref().and_then(wrapping::code).filter(|code| wrapping::is_denial_code(code))
    }

    fn operation(&self) -> Option<Operation> {
        operation(self.source.as_deref()?, self.name.as_deref()?)
    }

    /// What the event says around a denial.
    fn wrap(&self, denial: &mut Denial, operation: Option<&Operation>) {
        let name = operation.map(|operation| operation.name.to_owned()).or_else(|| self.name.clone());
        denial.wrapping = Wrapping {
            error_code: self.code().or_else(|| self.error_code.clone()),
            request_id: self.request_id.clone(),
            operation: name,
            service: operation.map(|operation| operation.client.to_owned()),
            region: self.region.clone(),
            client: Some("cloudtrail"),
            encoded: denial.encoded.clone(),
        };
    }

    /// Adds who asked and in which circumstances, where the denial does not say it.
    pub(super) fn complete(&self, denial: &mut Denial) {
        denial.resource_account =
            denial.resource.as_deref().and_then(|resource| self.owner(resource)).map(str::to_owned);
        if denial.principal.as_deref().is_some_and(|printed| !self.is_caller(printed)) {
            // Whoever else was refused asked in circumstances of its own.
            denial
                .context
                .extend(self.region.iter().map(|region| ("aws:RequestedRegion".to_owned(), vec![region.clone()])));
            return;
        }
        denial.role = self.role().map(str::to_owned);
        let own = || self.identity.arn.clone().filter(|arn| arn.starts_with("arn:"));
        let service = || self.identity.invoked_by.clone().filter(|by| by.ends_with(".amazonaws.com"));
        denial.principal = denial.principal.take().or_else(own).or_else(service);
        denial.context.extend(self.circumstances());
        denial.context.extend(self.tags_of(denial.resource.as_deref()));
    }

    /// The condition keys of the request that the event tells.
    fn circumstances(&self) -> Vec<(String, Vec<String>)> {
        let mut context = Vec::new();
        let mut add = |key: &str, value: &str| context.push((key.to_owned(), vec![value.to_owned()]));
        if let Some(endpoint) = &self.endpoint {
            add("aws:SourceVpce", endpoint);
        }
        // A service's name stands there where the call came through it; from inside a VPC it is the private address.
        if let Some(address) = self.address.as_deref().filter(|text| text.parse::<std::net::IpAddr>().is_ok()) {
            add(if self.endpoint.is_some() { "aws:VpcSourceIp" } else { "aws:SourceIp" }, address);
        }
        if let Some(region) = &self.region {
            add("aws:RequestedRegion", region);
        }
        let identity = &self.identity;
        if let Some(mfa) = identity.mfa.as_deref().filter(|mfa| matches!(*mfa, "true" | "false")) {
            add("aws:MultiFactorAuthPresent", mfa);
        }
        if let Some(agent) = self.agent.as_deref().filter(|agent| !agent.ends_with(".amazonaws.com")) {
            add("aws:UserAgent", agent);
        }
        if let Some(by) = identity.invoked_by.as_deref().filter(|by| by.ends_with(".amazonaws.com")) {
            add("aws:ViaAWSService", "true");
            // The service that called last; whether others stood before it, CloudTrail does not say.
            add("aws:CalledViaLast", by);
            add("aws:CalledVia", by);
        }
        if let Some(created) = &identity.created {
            add("aws:TokenIssueTime", created);
        }
        if let Some(source) = &identity.source_identity {
            add("aws:SourceIdentity", source);
        }
        context.extend(named::keys(&self.parameters, self.source.as_deref()));
        context.extend(self.context.iter().filter(|(key, _)| !key.contains(TAGS_OF)).cloned());
        context
    }

    /// The tags of the resource, where the event has them.
    fn tags_of(&self, resource: Option<&str>) -> Vec<(String, Vec<String>)> {
        let Some(resource) = resource else { return Vec::new() };
        let of_it = |(key, values): &(String, Vec<String>)| {
            let (arn, tag) = key.split_once(TAGS_OF)?;
            (arn == resource).then(|| (format!("aws:ResourceTag/{tag}"), values.clone()))
        };
        self.context.iter().filter_map(of_it).collect()
    }

    /// What the action was asked on: the only ARN of the event's resources that it can be about, else what the request
    /// names. What is copied is read, and where it is copied to is written.
    fn resource(&self, action: &Action) -> Option<String> {
        let copied = named::Copy::of(&self.parameters, self.partition());
        if let Some(copied) = copied.filter(|_| matches!(self.name.as_deref(), Some("CopyObject" | "UploadPartCopy"))) {
            let place = if action.name().starts_with("Get") { copied.from } else { copied.to };
            return place.filter(|arn| matches!(action.fit(arn), Fit::Fits(_)));
        }
        let fits = |arn: &&String| matches!(action.fit(arn), Fit::Fits(_));
        let mut fitting: Vec<&String> = self.resources.iter().filter(fits).collect();
        // A bucket's pattern may fit its objects too, but not the other way round.
        if fitting.len() > 1 && fitting.iter().any(|arn| arn.contains('/')) {
            fitting.retain(|arn| arn.contains('/'));
        }
        match fitting.as_slice() {
            [one] => Some((*one).clone()),
            [] => named::resource(&self.parameters, action, &self.place()),
            _ => None,
        }
    }

    /// The account that owns a resource whose ARN does not say it: that of the bucket also of an object.
    fn owner(&self, resource: &str) -> Option<&str> {
        if !Arn::parse(resource)?.account.is_empty() {
            return None;
        }
        let is_of = |arn: &str| resource.strip_prefix(arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.owners.iter().find(|(arn, _)| is_of(arn)).map(|(_, account)| account.as_str())
    }

    /// Where the call was made.
    fn place(&self) -> named::Place<'_> {
        named::Place { partition: self.partition(), region: self.region.as_deref(), account: self.account() }
    }

    /// The partition: that of the region, else that of who called.
    fn partition(&self) -> &str {
        match (&self.region, self.identity.arn.as_deref().and_then(Arn::parse)) {
            (Some(region), _) => named::partition(region),
            (None, Some(arn)) => arn.partition,
            (None, None) => "aws",
        }
    }

    /// The account in which the call was made.
    fn account(&self) -> Option<&str> {
        let of_arn = || self.identity.arn.as_deref().and_then(Arn::parse).map(|arn| arn.account);
        self.identity.account.as_deref().or_else(of_arn)
    }
}

/// Between a resource's ARN and the key of its tag, in [`Event::context`]; no name of AWS's holds it.
const TAGS_OF: char = '\u{1f}';

/// The operation of an `eventSource` and an `eventName`, which may carry a version.
pub fn operation(source: &str, name: &str) -> Option<Operation> {
    let found = catalogue::event_source(source)?;
    let client = catalogue::client(found.prefix).unwrap_or(found.prefix);
    catalogue::operation(client, name).or_else(|| catalogue::operation(found.prefix, name))
}

/// [`Event::is_denied`], for an event that is still JSON.
pub fn is_denied(error_code: Option<&str>, error_message: Option<&str>) -> bool {
    let by_code = error_code.and_then(wrapping::code).is_some_and(|code| wrapping::is_denial_code(&code));
    let says = |text: &str| SENTENCES.iter().any(|words| text.contains(words));
    by_code || (error_code.is_some() && error_message.is_some_and(says))
}

/// What every sentence of AWS's that tells of a denial holds.
pub const SENTENCES: [&str; 2] = ["is not authorized to perform", "with an explicit deny"];
