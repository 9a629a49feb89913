//! The box of the AWS console: one line each for user, service, action, resources and context.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages".

use super::arn;
use super::reason::{self, Reason};
use super::resource::Resource;
use super::sentence::Sentence;
use super::words::Text;
use crate::eval::DenyKind;

/// The form around its line "On resource(s):".
pub(super) fn read(text: &Text, at: usize, from: usize) -> Option<Sentence> {
    let back = text.floor(at.saturating_sub(2_000)).max(from);
    let (action_start, action) = field(text, "action:", back, at)?;
    let (_, service) = field(text, "service:", back, at).unwrap_or((at, ""));
    let user = field(text, "user:", back, action_start);
    let full = match (action.contains(':'), service) {
        (true, _) => action.to_owned(),
        (false, "") => return None,
        (false, service) => format!("{service}:{action}"),
    };
    let name: String = full.split_whitespace().collect();
    let value = at + "on resource(s)".len();
    let resource = on_line(text, value);
    let mut sentence = Sentence {
        start: user.map_or(action_start, |(start, _)| start),
        end: resource.end.max(value),
        principal: user.map(|(_, user)| user.split_whitespace().collect::<String>()).filter(|user| !user.is_empty()),
        actions: vec![name],
        resource,
        ..Sentence::default()
    };
    if let Some(reason) = context(text, sentence.end) {
        sentence.end = reason.end;
        sentence.reason = Some(reason);
    }
    Some(sentence)
}

/// The resources of the form: the rest of the line, or the line behind it.
fn on_line(text: &Text, at: usize) -> Resource {
    let start = text.skip(at, |byte| b":[ \n".contains(&byte));
    let end = text.find("\n", start, text.len()).unwrap_or(text.len());
    let value = text.part(start, end).trim().trim_end_matches([']', ',']);
    let is_value = !value.is_empty() && !value.to_ascii_lowercase().starts_with("context:");
    let value = is_value.then(|| value.to_owned());
    Resource { cut: value.as_deref().is_some_and(arn::is_masked), end: if is_value { end } else { start }, value }
}

/// The last field of a label before an offset: where it starts and its value, brackets dropped.
fn field<'a>(text: &'a Text, label: &str, from: usize, to: usize) -> Option<(usize, &'a str)> {
    let start = text.rfind(label, from, to)?;
    let value = start + label.len();
    let end = text.find("\n", text.skip_space(value), to).unwrap_or(to);
    Some((start, text.part(value, end).trim().trim_matches(['[', ']', '"', ' '])))
}

/// "Context: no identity-based policy allows the iam:GetRole action"
fn context(text: &Text, from: usize) -> Option<Reason> {
    let limit = text.floor(from + 200);
    let label = text.find("context:", from, limit)?;
    let start = text.skip(label + "context:".len(), |byte| byte.is_ascii_whitespace() || b"[\"".contains(&byte));
    let denies = || {
        let article = ["an", "a", "the"].iter().find_map(|word| text.phrase(start, word)).unwrap_or(start);
        let (layer, end) = reason::policy_type(text, text.skip_space(article))?;
        let end = ["explicitly denies", "explicitly denied"]
            .iter()
            .find_map(|words| text.phrase(text.skip_space(end), words))?;
        Some(Reason { deny: Some(DenyKind::Explicit), layer: Some(layer), end, ..Reason::default() })
    };
    let named = reason::reason(text, start).filter(|reason| reason.deny.is_some());
    named.or_else(denies).map(|reason| Reason { end: reason.end.max(arn::word_end(text, start)), ..reason })
}
