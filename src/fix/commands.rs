//! A fix as commands of the AWS CLI: the lines of one POSIX shell script, to be reviewed and run.
//!
//! Each command replaces a whole document, which is how these calls work; nothing else is changed, and nothing is
//! deleted but the oldest version of a managed policy that has no room for another.
//!
//! Sources: AWS CLI Command Reference, the operations named; IAM User Guide, "Versioning IAM policies" (five versions,
//! the default one cannot be deleted), "Service-linked roles" and "IAM Identity Center: permission sets".

mod aws_cli;
mod command;
mod document;
mod quote;
mod resource;

use super::{Fix, FixKind};
use crate::arn::{Arn, is_account_id};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Origin};
pub use aws_cli::AwsCli;
use command::Command;

pub(crate) use quote::is_harmful;
pub use quote::quote;

/// Why a fix has no commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCommand {
    /// There is no edited document.
    NoEdit,
    /// It is nobody's to edit here.
    NotEditable,
    /// The document is a file: whoever owns the file deploys it.
    File,
    /// A policy of AWS.
    AwsManaged,
    /// A role of IAM Identity Center: its permission set is what can be changed.
    PermissionSet,
    /// A role of an AWS service, which IAM refuses to change.
    ServiceLinked,
    /// A session policy is an argument of the call that made the session.
    Session,
    /// The name or ARN that the command needs is not known.
    Unnamed,
    /// Lambda has calls for single permissions, none for a document.
    Lambda,
    /// The service has no call that takes the whole document, or none that is known here.
    NoDocumentCall,
}

impl NoCommand {
    /// The reason, as the end of "no command: …".
    pub fn words(self) -> &'static str {
        match self {
            Self::NoEdit => "there is no document to edit",
            Self::NotEditable => "the document cannot be edited",
            Self::File => "the policy was read from a file; deploy the edited file the way it is deployed today",
            Self::AwsManaged => "AWS manages this policy",
            Self::PermissionSet => "IAM Identity Center manages this role; change its permission set",
            Self::ServiceLinked => "an AWS service owns this role, and IAM refuses to change it",
            Self::Session => "a session policy is passed by whoever assumes the role; change it there",
            Self::Unnamed => "the name or ARN of what holds the policy is not known",
            Self::Lambda => {
                "Lambda takes no policy document; add the statement with `aws lambda add-permission`, a principal and \
                 an action a call"
            }
            Self::NoDocumentCall => "this service has no call that takes the whole document",
        }
    }
}

/// The lines of a POSIX shell script (`sh -eu`) that applies the fix, with the credentials that `aws` names; `verify`, already
/// quoted, is its last line, and is left out where it is empty. No lines where there is no command: see [`no_command`].
///
/// A document is one argument: compact JSON in single quotes.
pub fn commands(fix: &Fix, who: &Principal, aws: &AwsCli, verify: &str) -> Vec<String> {
    let Ok(mut script) = script(fix, who, aws) else { return Vec::new() };
    if !verify.is_empty() {
        script.push(verify.to_owned());
    }
    // A quoted name may hold a line feed; the shell reads on.
    script.iter().flat_map(|line| line.split('\n')).map(str::to_owned).collect()
}

/// Why [`commands`] has none.
pub fn no_command(fix: &Fix, who: &Principal) -> Option<NoCommand> {
    script(fix, who, &AwsCli::default()).err()
}

fn script(fix: &Fix, who: &Principal, aws: &AwsCli) -> Result<Vec<String>, NoCommand> {
    if fix.kind == FixKind::Nothing {
        return Err(NoCommand::NoEdit);
    }
    if !fix.editable {
        return Err(NoCommand::NotEditable);
    }
    let text = &fix.edited.as_ref().ok_or(NoCommand::NoEdit)?.after;
    let document = document::compact(text).ok_or(NoCommand::NoEdit)?;
    match fix.layer {
        Layer::ServiceControl | Layer::ResourceControl => organization(fix, aws, &document),
        Layer::VpcEndpoint => endpoint(fix, aws, &document),
        Layer::Resource => {
            let to = fix.document.attached_to.as_deref().ok_or_else(|| unnamed(fix))?;
            resource::lines(to, aws, &document)
        }
        Layer::Trust => trust(fix, aws, &document),
        Layer::Identity | Layer::Boundary => of_principal(fix, who, aws, &document),
        Layer::Session => Err(NoCommand::Session),
    }
}

/// The name is missing, because it is a file or because nobody said it.
fn unnamed(fix: &Fix) -> NoCommand {
    let file = fix.document.path.is_some() || fix.document.origin == Some(Origin::File);
    if file { NoCommand::File } else { NoCommand::Unnamed }
}

fn organization(fix: &Fix, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    if fix.kind == FixKind::Attach {
        return attached_to_level(fix, aws, document);
    }
    let arn = fix.document.arn.as_deref().and_then(Arn::parse).ok_or_else(|| unnamed(fix))?;
    if arn.account == "aws" {
        return Err(NoCommand::AwsManaged);
    }
    let id = arn.resource.rsplit('/').next().filter(|id| id.starts_with("p-")).ok_or(NoCommand::Unnamed)?;
    // The answer repeats the document.
    let command = aws.call("organizations update-policy").option("--policy-id", id);
    let command = command.words("--query Policy.PolicySummary.Arn --output text");
    Ok(vec![command.option("--content", document).line()])
}

/// A new service control policy, and attached by the id that it was given.
fn attached_to_level(fix: &Fix, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let target = fix.document.attached_to.as_deref().ok_or_else(|| unnamed(fix))?;
    let create = aws.call("organizations create-policy --type SERVICE_CONTROL_POLICY");
    let create = create.option("--name", &fix.document.name).option("--description", &fix.document.name);
    let create = create.words("--query Policy.PolicySummary.Id --output text").option("--content", document);
    let attach = aws.call("organizations attach-policy").words("--policy-id \"$policy\"");
    Ok(vec![format!("policy=$({})", create.line()), attach.option("--target-id", target).line()])
}

fn endpoint(fix: &Fix, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let to = fix.document.attached_to.as_deref().unwrap_or(&fix.document.name);
    let arn = Arn::parse(to);
    let region = arn.map_or("", |arn| arn.region);
    let id = arn.map_or(to, |arn| arn.resource.strip_prefix("vpc-endpoint/").unwrap_or_default());
    if !id.starts_with("vpce-") {
        return Err(unnamed(fix));
    }
    let command = aws.call_in("ec2 modify-vpc-endpoint", region).option("--vpc-endpoint-id", id);
    Ok(vec![command.option("--policy-document", document).line()])
}

fn trust(fix: &Fix, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let to = fix.document.attached_to.as_deref().or(fix.document.arn.as_deref());
    let role = to.and_then(Principal::from_arn).filter(|role| role.kind == PrincipalKind::Role);
    let role = role.ok_or_else(|| unnamed(fix))?;
    not_reserved(&role)?;
    let name = role.name.as_deref().ok_or(NoCommand::Unnamed)?;
    let command = aws.call("iam update-assume-role-policy").option("--role-name", name);
    Ok(vec![command.option("--policy-document", document).line()])
}

fn of_principal(fix: &Fix, who: &Principal, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    not_reserved(who)?;
    match fix.kind {
        FixKind::ReplaceBoundary => return replace_boundary(fix, who, aws, document),
        FixKind::Attach => return inline(fix, who, aws, document),
        FixKind::AddAllow | FixKind::ExtendAllow | FixKind::NarrowDeny | FixKind::Nothing => {}
    }
    if let Some(arn) = fix.document.arn.as_deref() {
        return new_version(arn, aws, document);
    }
    match &fix.document.origin {
        Some(Origin::Inline) if fix.layer == Layer::Identity => inline(fix, who, aws, document),
        Some(Origin::Group(group)) => {
            let command = aws.call("iam put-group-policy").option("--group-name", group);
            Ok(vec![named_document(command, &fix.document.name, document)])
        }
        Some(Origin::AwsManaged) => Err(NoCommand::AwsManaged),
        Some(Origin::Inline | Origin::CustomerManaged | Origin::File) | None => Err(unnamed(fix)),
    }
}

/// Roles that IAM does not let their account change.
pub(crate) fn not_reserved(who: &Principal) -> Result<(), NoCommand> {
    if who.is_of_permission_set() {
        return Err(NoCommand::PermissionSet);
    }
    if who.is_service_linked() {
        return Err(NoCommand::ServiceLinked);
    }
    Ok(())
}

fn named_document(command: Command, name: &str, document: &str) -> String {
    command.option("--policy-name", name).option("--policy-document", document).line()
}

/// `role` or `user`, and its name.
fn entity(who: &Principal) -> Result<(&'static str, &str), NoCommand> {
    let kind = match who.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => "role",
        PrincipalKind::User => "user",
        PrincipalKind::FederatedUser
        | PrincipalKind::Root
        | PrincipalKind::Service
        | PrincipalKind::Anonymous
        | PrincipalKind::Unknown => return Err(NoCommand::Unnamed),
    };
    who.name.as_deref().map(|name| (kind, name)).ok_or(NoCommand::Unnamed)
}

/// The policy in the role or user itself; the same call makes a new one.
fn inline(fix: &Fix, who: &Principal, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let (kind, name) = entity(who)?;
    let command = aws.call(&format!("iam put-{kind}-policy")).option(&format!("--{kind}-name"), name);
    Ok(vec![named_document(command, &fix.document.name, document)])
}

/// A new default version, after room was made where five exist. The previous default stays, to go back to.
fn new_version(arn: &str, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.resource.starts_with("policy/"));
    if parsed.ok_or(NoCommand::Unnamed)?.account == "aws" {
        return Err(NoCommand::AwsManaged);
    }
    let list = aws.call("iam list-policy-versions").option("--policy-arn", arn).option("--query", OLDEST);
    let delete = aws.call("iam delete-policy-version").option("--policy-arn", arn);
    let create = aws.call("iam create-policy-version").option("--policy-arn", arn).words("--set-as-default");
    Ok(vec![
        format!("oldest=$({})", list.words("--output text").line()),
        format!("[ -z \"$oldest\" ] || {}", delete.words("--version-id \"$oldest\"").line()),
        create.option("--policy-document", document).line(),
    ])
}

/// Of five versions the oldest that is not the default; of fewer an empty text.
const OLDEST: &str =
    r#"(Versions[4] && sort_by(Versions[?IsDefaultVersion==`false`], &CreateDate)[0].VersionId) || `""`"#;

/// A policy of the account with the edited document, and the boundary switched to it. In a subshell, so that nothing is
/// switched to a policy of that name that existed before, and `sh -e` still stops.
fn replace_boundary(fix: &Fix, who: &Principal, aws: &AwsCli, document: &str) -> Result<Vec<String>, NoCommand> {
    let new = boundary_copy(fix, who).ok_or(NoCommand::Unnamed)?;
    let create = aws.call("iam create-policy").option("--policy-name", &new.name);
    let create = if new.path == "/" { create } else { create.option("--path", &new.path) };
    let mut calls = vec![create.option("--policy-document", document).line()];
    let one = std::slice::from_ref(who);
    for who in if fix.switched.is_empty() { one } else { &fix.switched } {
        let (kind, name) = entity(who)?;
        let put = aws.call(&format!("iam put-{kind}-permissions-boundary")).option(&format!("--{kind}-name"), name);
        calls.push(put.option("--permissions-boundary", &new.arn).line());
    }
    Ok(vec![format!("({})", calls.join(" &&\n  "))])
}

/// A managed policy that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPolicy {
    /// Its name, at most 128 characters.
    pub name: String,
    /// Its path, `/` or between slashes.
    pub path: String,
    /// Its ARN.
    pub arn: String,
}

/// The policy that replaces a boundary which cannot be edited. Its name and path are those of the fix's document where
/// that is a policy of the account; a policy of AWS gives its name, with `-boundary` behind it, and the path `/`.
/// `None` where the account is not known.
pub fn boundary_copy(fix: &Fix, who: &Principal) -> Option<NewPolicy> {
    let given = fix.document.arn.as_deref().and_then(Arn::parse);
    if let Some(arn) = given.filter(|arn| is_account_id(arn.account)) {
        let (path, name) = arn.resource.strip_prefix("policy/")?.rsplit_once('/').map_or_else(
            || ("/".to_owned(), arn.resource.trim_start_matches("policy/")),
            |(path, name)| (format!("/{path}/"), name),
        );
        return Some(NewPolicy { name: name.to_owned(), path, arn: fix.document.arn.clone()? });
    }
    let mine = who.entity_arn.as_deref().or(who.arn.as_deref()).and_then(Arn::parse);
    let account = who.account.as_deref().or(mine.map(|arn| arn.account)).filter(|account| is_account_id(account))?;
    let partition = given.or(mine).map_or("aws", |arn| arn.partition);
    const SUFFIX: &str = "-boundary";
    let base: String = fix.document.name.chars().take(128 - SUFFIX.len()).collect();
    let name = if base.ends_with(SUFFIX) { base } else { format!("{base}{SUFFIX}") };
    let arn = format!("arn:{partition}:iam::{account}:policy/{name}");
    Some(NewPolicy { name, path: "/".to_owned(), arn })
}
