//! Why AWS says it refused: the layer, the kind of denial and the denying policy.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages".

use super::arn;
use super::words::Text;
use crate::eval::DenyKind;
use crate::snapshot::Layer;

/// What a reason says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) deny: Option<DenyKind>,
    pub(super) layer: Option<Layer>,
    pub(super) via: Option<Layer>,
    pub(super) policy_arn: Option<String>,
    /// The words of a reason that names no policy type.
    pub(super) free: Option<String>,
    /// The action that it repeats.
    pub(super) action: Option<String>,
    /// Behind it.
    pub(super) end: usize,
}

/// The reason that starts at an offset.
pub(super) fn reason(text: &Text, at: usize) -> Option<Reason> {
    explicit(text, at).or_else(|| implicit(text, at)).or_else(|| free(text, at))
}

/// Whether AWS's own reason, not any "because", starts at an offset.
pub(super) fn is_of_aws(text: &Text, at: usize) -> bool {
    const OTHERS: [&str; 6] = [
        "because the resource does not",
        "because public",
        "because this bucket",
        "because the role",
        "because there",
        "because it",
    ];
    explicit(text, at).is_some()
        || implicit(text, at).is_some()
        || OTHERS.iter().any(|phrase| text.phrase(at, phrase).is_some())
}

/// "with an explicit deny in a service control policy: arn:…"
fn explicit(text: &Text, at: usize) -> Option<Reason> {
    const STARTS: [&str; 4] =
        ["with an explicit deny", "with explicit deny", "with a explicit deny", "with the explicit deny"];
    let end = STARTS.iter().find_map(|phrase| text.phrase(at, phrase))?;
    Some(explicit_in(text, end))
}

/// What follows the word "deny".
pub(super) fn explicit_in(text: &Text, end: usize) -> Reason {
    let mut reason = Reason { deny: Some(DenyKind::Explicit), end, ..Reason::default() };
    let Some((layer, end)) = in_policy(text, end) else { return reason };
    (reason.layer, reason.end) = (Some(layer), end);
    let transitive = ["transitively through", "transitively via"];
    let through = transitive.iter().find_map(|phrase| text.phrase(text.skip_space(end), phrase));
    if let Some((layer, end)) = through.and_then(|at| policy_type(text, article(text, at))) {
        (reason.via, reason.layer, reason.end) = (reason.layer, Some(layer), end);
    }
    if let Some((policy_arn, end)) = policy_arn(text, reason.end) {
        (reason.policy_arn, reason.end) = (Some(policy_arn), end);
    }
    reason
}

/// " in a session policy"
fn in_policy(text: &Text, at: usize) -> Option<(Layer, usize)> {
    let at = ["in", "by", "from"].iter().find_map(|word| text.phrase(text.skip_space(at), word))?;
    policy_type(text, article(text, at))
}

/// Behind white space and an article.
fn article(text: &Text, at: usize) -> usize {
    let at = text.skip_space(at);
    let behind = ["an", "a", "the", "your", "one or more"].iter().find_map(|word| text.phrase(at, word));
    behind.map_or(at, |at| text.skip_space(at))
}

/// "because no permissions boundary allows the s3:PutObject action"; without "because" where only that much is left.
fn implicit(text: &Text, at: usize) -> Option<Reason> {
    let typo = text.phrase(at, "because the role trust policy allows the");
    if let Some(end) = typo {
        return Some(allowed_action(text, Layer::Trust, end));
    }
    let at = text.phrase(at, "because").map_or(at, |at| text.skip_space(at));
    let at = text.phrase(at, "no")?;
    let (layer, end) = policy_type(text, text.skip_space(at))?;
    let end =
        ["allows the", "allow the", "allows"].iter().find_map(|phrase| text.phrase(text.skip_space(end), phrase))?;
    Some(allowed_action(text, layer, end))
}

/// " s3:PutObject action"
fn allowed_action(text: &Text, layer: Layer, end: usize) -> Reason {
    let mut reason = Reason { deny: Some(DenyKind::Implicit), layer: Some(layer), end, ..Reason::default() };
    if let Some((action, end)) = arn::action(text, text.skip_space(end)) {
        let behind = text.phrase(text.skip_space(end), "action");
        reason.end = behind.unwrap_or(end);
        // What a line or the text ends in may be the beginning of an action only.
        let may_be_cut = behind.is_none() && text.byte(end).is_none_or(|next| next == b'\n' || next == b'.');
        let is_whole = !may_be_cut || crate::catalogue::action(&action).is_some();
        reason.action = is_whole.then_some(action);
    }
    reason
}

/// The policy type at an offset, in any case and number.
pub(super) fn policy_type(text: &Text, at: usize) -> Option<(Layer, usize)> {
    const TYPES: [(&str, Layer); 17] = [
        ("identity-based", Layer::Identity),
        ("identity- based", Layer::Identity),
        ("identity based", Layer::Identity),
        ("resource-based", Layer::Resource),
        ("resource- based", Layer::Resource),
        ("resource based", Layer::Resource),
        ("permissions boundary", Layer::Boundary),
        ("permission boundary", Layer::Boundary),
        ("permissions boundaries", Layer::Boundary),
        ("session", Layer::Session),
        ("sessions", Layer::Session),
        ("service control", Layer::ServiceControl),
        ("resource control", Layer::ResourceControl),
        ("vpc endpoint", Layer::VpcEndpoint),
        ("role trust", Layer::Trust),
        ("scp", Layer::ServiceControl),
        ("rcp", Layer::ResourceControl),
    ];
    let (layer, end) = TYPES.iter().find_map(|(phrase, layer)| Some((*layer, text.phrase(at, phrase)?)))?;
    let policy = ["policy", "policies"].iter().find_map(|word| text.phrase(text.skip_space(end), word));
    // "session" and "role trust" are words of prose too, but for abbreviations and at the end of a text that was cut.
    let alone = layer == Layer::Boundary || text.lower(at, end).ends_with("cp");
    let cut = text.skip_space(end) + 6 >= text.len();
    match policy {
        Some(end) => Some((layer, end)),
        None if alone || cut => Some((layer, end)),
        None => None,
    }
}

/// ": arn:…" or ", with policy ARN: arn:…"
fn policy_arn(text: &Text, at: usize) -> Option<(String, usize)> {
    let plain = || text.byte(at).filter(|byte| *byte == b':').map(|_| at + 1);
    let labelled = || {
        let start = text.skip(at, |byte| byte == b',' || byte.is_ascii_whitespace());
        ["with policy arn:", "policy arn:", "with the policy arn:"].iter().find_map(|phrase| text.phrase(start, phrase))
    };
    let start = text.skip(plain().or_else(labelled)?, |byte| byte.is_ascii_whitespace() || byte == b'"');
    text.phrase(start, "arn:")?;
    let (value, end) = arn::policy(text, start);
    // What a break cut off names no policy.
    (arn::colons(&value) >= 4 || arn::is_masked(&value)).then_some((value, end))
}

/// "because public policies are blocked by the BlockPublicPolicy block public access setting."
fn free(text: &Text, at: usize) -> Option<Reason> {
    let start = text.phrase(at, "because").or_else(|| text.phrase(at, "since"))?;
    let limit = text.floor(start + 600);
    let ends = |at: usize| match text.byte(at) {
        Some(b'"' | b'|') => true,
        Some(b'<') => text.byte(at + 1) == Some(b'/'),
        Some(b'.') => text.byte(at + 1).is_none_or(|next| next.is_ascii_whitespace() || next == b'"' || next == b'\''),
        Some(b'\n') => text.blank_line_at(at) || text.phrase(at + 1, "status code:").is_some(),
        Some(b' ') => text.lower(at, at + 9) == " (service" || text.lower(at, at + 16) == " (sdk attempt co",
        _ => false,
    };
    let end = (start..limit).find(|at| ends(*at)).unwrap_or(limit);
    let words: Vec<&str> = text.part(start, end).split_whitespace().collect();
    let free = words.join(" ");
    Some(Reason { free: (!free.is_empty()).then_some(free), end, ..Reason::default() })
}
