//! The command that asks a question again, to see that a fix does what it should.

use super::ask::Question;
use crate::cli::SourceArgs;
use crate::fix::commands::{AwsCli, quote};
use crate::principal::{Principal, PrincipalKind};
use crate::request::{Request, Resource};

/// The AWS CLI with the credentials that the flags name.
pub(super) fn aws_cli(source: &SourceArgs) -> AwsCli {
    let SourceArgs { profile, region, endpoint_url, .. } = source;
    AwsCli { profile: profile.clone(), region: region.clone(), endpoint_url: endpoint_url.clone() }
}

/// `diagnose --role MyRole --action …`, quoted for a POSIX shell; empty where nobody in particular asked.
pub(super) fn command(question: &Question, request: &Request, source: &SourceArgs) -> String {
    let mut words = vec!["diagnose".to_owned()];
    let mut option = |flag: &str, value: &str| {
        // A value that begins with a hyphen would be taken for a flag.
        if value.starts_with('-') {
            words.push(quote(&format!("{flag}={value}")));
        } else {
            words.push(flag.to_owned());
            words.push(quote(value));
        }
    };
    let Some((flag, name)) = principal(&request.caller.principal) else { return String::new() };
    option(flag, name);
    option("--action", &request.action.text);
    let resource = request.resource.text();
    if resource != "*" {
        option("--resource", resource);
    }
    if let Some(account) = &question.given.resource_account {
        option("--resource-account", account);
    }
    for (key, value) in &question.given.keys {
        if value.items.is_empty() {
            option("--context", &format!("{key}[]"));
        }
        for item in &value.items {
            option("--context", &format!("{key}={item}"));
        }
    }
    let policies: [(&str, &[String]); 6] = [
        ("--identity-policy", &source.identity_policy),
        ("--session-policy", &source.session_policy),
        ("--resource-policy", &source.resource_policy),
        ("--vpc-endpoint-policy", &source.vpc_endpoint_policy),
        ("--scp", &source.scp),
        ("--rcp", &source.rcp),
    ];
    for (flag, files) in policies {
        files.iter().for_each(|file| option(flag, file));
    }
    let others = [
        ("--boundary", &source.boundary),
        ("--profile", &source.profile),
        ("--region", &source.region),
        ("--endpoint-url", &source.endpoint_url),
    ];
    for (flag, value) in others {
        if let Some(value) = value {
            option(flag, value);
        }
    }
    let literal = matches!(&request.resource, Resource::Exact(text) if text != "*" && text.contains(['*', '?']));
    let switches = [
        ("--exact-resource", literal || (question.exact && resource != "*")),
        ("--complete-context", question.given.complete),
        ("--no-boundary", source.no_boundary),
    ];
    words.extend(switches.iter().filter(|(_, on)| *on).map(|(flag, _)| (*flag).to_owned()));
    words.join(" ")
}

/// The flag that names a principal.
fn principal(who: &Principal) -> Option<(&'static str, &str)> {
    match (&who.arn, who.kind, &who.name) {
        (Some(arn), PrincipalKind::Role, _) => Some(("--role", arn)),
        (Some(arn), PrincipalKind::User, _) => Some(("--user", arn)),
        (Some(arn), _, _) => Some(("--principal", arn)),
        (None, PrincipalKind::Role, Some(name)) => Some(("--role", name)),
        (None, PrincipalKind::User, Some(name)) => Some(("--user", name)),
        (None, _, _) => None,
    }
}
