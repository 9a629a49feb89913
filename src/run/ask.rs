//! From what was typed to what is asked: names, ARNs, actions, context, each refused with the flag it came from.

use crate::arn::{Arn, is_account_id};
use crate::cli::{DiagnoseArgs, PrincipalArgs, RequestArgs, SourceArgs};
use crate::context::Value;
use crate::derive::Given;
use crate::message::Denial;
use crate::principal::{Principal, PrincipalKind};
use crate::request::{Action, ActionError, Resource};
use crate::source::{Ask, LooseFile};

/// An argument that is no answer to its flag.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    #[error("--action: {0}")]
    Action(#[from] ActionError),
    #[error("no action: give --action SERVICE:NAME, such as --action ec2:TerminateInstances")]
    NoAction,
    #[error(
        "--resource: `{text}` is no ARN: {problem}; an ARN is arn:partition:service:region:account:resource, and * stands for any"
    )]
    Resource { text: String, problem: &'static str },
    #[error(
        "--resource-policy: `{name}` is no ARN: write the resource that has the policy, as ARN=FILE, or the file alone"
    )]
    NotAnArn { name: String },
    #[error("--resource-account: `{text}` is no account id: 12 digits")]
    Account { text: String },
    #[error("--context: `{text}` {problem}; write KEY=VALUE, such as aws:SourceIp=203.0.113.9")]
    Context { text: String, problem: &'static str },
    #[error("--{flag}: {problem}")]
    Principal { flag: &'static str, problem: String },
}

/// Who asks for what.
#[derive(Debug)]
pub(super) struct Question {
    /// Who; `None` where nobody was named.
    pub(super) principal: Option<Principal>,
    /// Every action on every resource.
    pub(super) requests: Vec<(Action, Resource)>,
    /// The resources are the very strings that AWS evaluated.
    pub(super) exact: bool,
    /// In which circumstances.
    pub(super) given: Given,
    /// What the text of the denial says, where the question comes from one.
    pub(super) denial: Option<Denial>,
    /// The flags ask about another request than the text.
    pub(super) is_another: bool,
}

/// What the flags say; they override a message.
#[derive(Debug)]
pub(super) struct Flags {
    pub(super) principal: Option<Principal>,
    pub(super) actions: Vec<Action>,
    pub(super) resources: Vec<Resource>,
    pub(super) exact: bool,
    pub(super) given: Given,
    /// Policy files are named, which need no principal.
    pub(super) has_policies: bool,
}

impl Flags {
    pub(super) fn read(args: &DiagnoseArgs) -> Result<Self, AskError> {
        Ok(Self {
            actions: actions(&args.request.action)?,
            resources: resources(&args.request)?,
            principal: principal(&args.principal)?,
            exact: args.request.exact_resource,
            given: attached_to_arns(&args.source).and_then(|()| given(&args.request))?,
            has_policies: !args.source.identity_policy.is_empty() || args.source.boundary.is_some(),
        })
    }

    /// The flags' own question.
    pub(super) fn alone(&self) -> Question {
        Question {
            principal: self.principal.clone(),
            requests: each(&self.actions, &self.named_resources()),
            exact: self.exact,
            given: self.given.clone(),
            denial: None,
            is_another: false,
        }
    }

    /// The resources that were named, or any.
    pub(super) fn named_resources(&self) -> Vec<Resource> {
        if self.resources.is_empty() { vec![Resource::any()] } else { self.resources.clone() }
    }
}

/// What stands before the `=` of a resource's policy is the resource.
fn attached_to_arns(args: &SourceArgs) -> Result<(), AskError> {
    for text in &args.resource_policy {
        if let Some(name) = LooseFile::parse(text).name.filter(|name| Arn::parse(name).is_none()) {
            return Err(AskError::NotAnArn { name });
        }
    }
    Ok(())
}

/// Every action on every resource.
pub(super) fn each(actions: &[Action], resources: &[Resource]) -> Vec<(Action, Resource)> {
    let on_all =
        |action: &Action| resources.iter().map(|resource| (action.clone(), resource.clone())).collect::<Vec<_>>();
    actions.iter().flat_map(on_all).collect()
}

/// The actions that these texts stand for, each once.
pub(super) fn actions(texts: &[String]) -> Result<Vec<Action>, AskError> {
    let mut actions: Vec<Action> = Vec::new();
    for text in texts {
        for action in Action::expand(text)? {
            match actions.iter_mut().find(|known| known.lower == action.lower) {
                Some(known) => known.notes.extend(action.notes),
                None => actions.push(action),
            }
        }
    }
    Ok(actions)
}

/// The resources that were named.
pub(super) fn resources(args: &RequestArgs) -> Result<Vec<Resource>, AskError> {
    args.resource.iter().map(|text| resource(text, args.exact_resource)).collect()
}

/// What a snapshot is to be about beside its principal: the roles among these ARNs are assumed.
pub(super) fn subjects(texts: &[String]) -> Result<Subjects, AskError> {
    let resources: Vec<Resource> = texts.iter().map(|text| resource(text, false)).collect::<Result<_, _>>()?;
    let given = Given::nothing(jiff::Timestamp::now());
    Ok(Subjects::of(&each(&actions(&["sts:AssumeRole".to_owned()])?, &resources), &given))
}

/// What the requests are about beside the principal: a source that holds more reads no more than that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Subjects {
    roles: Vec<String>,
    resources: Vec<String>,
    resource_account: Option<String>,
    endpoints: Vec<String>,
}

impl Subjects {
    /// What these requests are about.
    pub(super) fn of(requests: &[(Action, Resource)], given: &Given) -> Self {
        let mut resources: Vec<String> = Vec::new();
        for (_, resource) in requests {
            if !resources.iter().any(|known| known == resource.text()) {
                resources.push(resource.text().to_owned());
            }
        }
        let endpoints = given.keys.iter().filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceVpce"));
        Self {
            roles: assumed_roles(requests),
            resources,
            resource_account: given.resource_account.clone(),
            endpoints: endpoints.flat_map(|(_, value)| value.items.clone()).collect(),
        }
    }

    /// The question to a source.
    pub(super) fn ask<'a>(&'a self, principal: &'a Principal) -> Ask<'a> {
        Ask {
            principal,
            roles: &self.roles,
            resources: &self.resources,
            resource_account: self.resource_account.as_deref(),
            endpoints: &self.endpoints,
        }
    }

    /// The same for a source that tells of a principal alone and of the roles that are assumed.
    pub(super) fn of_principal(&self) -> Self {
        Self { roles: self.roles.clone(), ..Self::default() }
    }
}

/// The roles that these requests assume, by their ARNs.
fn assumed_roles(requests: &[(Action, Resource)]) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for (action, resource) in requests {
        let Resource::Exact(arn) = resource else { continue };
        let is_role = Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
        if is_role && action.service() == Some("sts") && !roles.contains(arn) {
            roles.push(arn.clone());
        }
    }
    roles
}

fn resource(text: &str, exact: bool) -> Result<Resource, AskError> {
    let refuse = |problem| Err(AskError::Resource { text: text.to_owned(), problem });
    if text.is_empty() {
        return refuse("it is empty");
    }
    if text.contains(char::is_control) {
        return refuse("it holds control characters");
    }
    if exact || text == "*" {
        return Ok(Resource::new(text, exact));
    }
    match Arn::parse(text) {
        Some(arn) if arn.service.is_empty() || arn.partition.is_empty() => {
            refuse("it has an empty partition or service")
        }
        Some(_) => Ok(Resource::new(text, false)),
        None if text.starts_with("arn:") => refuse("it has fewer than six fields"),
        None => refuse("it does not start with arn:"),
    }
}

/// The context that was given.
pub(super) fn given(args: &RequestArgs) -> Result<Given, AskError> {
    if let Some(text) = args.resource_account.as_ref().filter(|text| !is_account_id(text)) {
        return Err(AskError::Account { text: text.clone() });
    }
    let mut keys: Vec<(String, Value)> = Vec::new();
    for text in &args.context {
        let (key, value) = pair(text)?;
        match keys.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&key)) {
            Some((_, known)) => {
                known.items.extend(value.items);
                known.list = true;
            }
            None => keys.push((key, value)),
        }
    }
    Ok(Given {
        keys,
        complete: args.complete_context,
        resource_account: args.resource_account.clone(),
        ..Given::nothing(jiff::Timestamp::now())
    })
}

fn pair(text: &str) -> Result<(String, Value), AskError> {
    let refuse = |problem| AskError::Context { text: text.to_owned(), problem };
    let (key, value) = match (text.split_once('='), text.strip_suffix("[]")) {
        (Some((key, value)), _) => (key, Value::one(value)),
        (None, Some(key)) => (key, Value { items: Vec::new(), list: true }),
        (None, None) => return Err(refuse("has no =")),
    };
    match key.split_once(':') {
        // A tag's key may hold spaces: `aws:ResourceTag/Cost Center`.
        _ if key.trim() != key || key.contains(char::is_control) || has_space(key.split('/').next()) => {
            Err(refuse("has white space around or in its key, which no condition key has"))
        }
        Some((prefix, name)) if !prefix.is_empty() && !name.is_empty() => Ok((key.to_owned(), value)),
        Some(_) | None => Err(refuse("names no condition key: a key has a prefix, such as aws: or s3:")),
    }
}

fn has_space(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.contains(char::is_whitespace))
}

/// The principal that was named, if one was.
pub(super) fn principal(args: &PrincipalArgs) -> Result<Option<Principal>, AskError> {
    if let Some(text) = &args.role {
        return entity(text, "role", PrincipalKind::Role).map(Some);
    }
    if let Some(text) = &args.user {
        return entity(text, "user", PrincipalKind::User).map(Some);
    }
    let Some(text) = &args.principal else { return Ok(None) };
    let problem = format!(
        "`{text}` is no principal's ARN: expected a role, user, assumed-role session, federated user or root ARN, or a \
         service such as ec2.amazonaws.com"
    );
    Principal::from_arn(text).map(Some).ok_or(AskError::Principal { flag: "principal", problem })
}

/// A role or a user by name or ARN.
fn entity(text: &str, flag: &'static str, kind: PrincipalKind) -> Result<Principal, AskError> {
    let refuse = |problem: String| Err(AskError::Principal { flag, problem });
    if text.starts_with("arn:") {
        let found = Principal::from_arn(text);
        let fits = |found: &Principal| {
            found.kind == kind || (kind == PrincipalKind::Role && found.kind == PrincipalKind::AssumedRole)
        };
        return match found {
            Some(found) if fits(&found) => Ok(found),
            Some(found) => {
                refuse(format!("`{text}` is the ARN of a {}, not of a {flag}; use --principal", found.kind.code()))
            }
            None => refuse(format!("`{text}` is no ARN of a {flag}: expected arn:aws:iam::ACCOUNT:{flag}/NAME")),
        };
    }
    if text.contains('/') {
        let name = text.rsplit('/').next().unwrap_or(text);
        return refuse(format!("`{text}` has a path; give the name alone (`{name}`) or the whole ARN"));
    }
    let valid = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if text.is_empty() || text.len() > 128 || !text.chars().all(valid) {
        return refuse(format!("`{text}` is no name of a {flag}: letters, digits and _+=,.@- only"));
    }
    Ok(Principal::named(kind, text))
}
