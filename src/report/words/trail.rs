//! Sentences about the denials of a trail.

use crate::report::ResultReport;
use crate::snapshot::Layer;
use crate::trail::Who;

/// A caller whom no ARN of a principal names, as people call it.
///
/// Source: CloudTrail User Guide, "CloudTrail userIdentity element".
pub(in crate::report) fn caller(who: &Who) -> String {
    let name = who.arn.as_deref().or(who.id.as_deref());
    let account = who.account.as_ref().map_or_else(String::new, |account| format!(" (account {account})"));
    let called = |kind: &str| match name {
        Some(name) => format!("{kind} {name}{account}"),
        None => format!("a {kind}{account}"),
    };
    match (who.arn.as_deref(), who.kind.as_deref()) {
        (None, Some("AWSAccount")) => called("caller"),
        (None, Some("WebIdentityUser")) => called("web identity"),
        (None, Some("SAMLUser")) => called("SAML user"),
        (None, Some("IdentityCenterUser")) => called("user of IAM Identity Center"),
        (None, Some("Directory")) => called("directory user"),
        (None, Some("AWSService")) => called("AWS service"),
        (None, Some(kind)) => called(kind),
        (_, _) => format!("{}{account}", name.unwrap_or("an unknown caller")),
    }
}

/// What there is to say where only the messages say that calls are denied.
pub(in crate::report) fn only_told(result: &ResultReport) -> String {
    let named = result.layers.iter().find(|layer| layer.evidence == "message");
    let words = |code: &str| Layer::ALL.into_iter().find(|layer| layer.code() == code).map_or("layer", Layer::words);
    match named {
        Some(layer) => format!(
            "It cannot be told: AWS named the {}, of which nothing was read, and nothing that was read denies it for certain.",
            words(layer.layer)
        ),
        None => "It cannot be told: AWS gave a reason that no policy tells, and nothing that was read denies it for certain."
            .to_owned(),
    }
}

/// What there is to say where all calls that were asked again are allowed, and there were more.
pub(in crate::report) fn not_all_seen(asked: usize, unseen: usize) -> String {
    let (one, others) = match (asked, unseen) {
        (1, 1) => ("call".to_owned(), "1 other was".to_owned()),
        (1, _) => ("call".to_owned(), format!("{unseen} others were")),
        (_, 1) => (format!("{asked} calls"), "1 other was".to_owned()),
        (_, _) => (format!("{asked} calls"), format!("{unseen} others were")),
    };
    format!("Allowed in the {one} looked at; {others} not looked at.")
}
