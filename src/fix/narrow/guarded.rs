//! What a Deny statement guards, in its own words.

use crate::fix::scope::all_written;
use crate::policy::{Document, Span, Statement};

/// Items of a statement, the first few by name.
fn items(document: &Document, spans: impl Iterator<Item = Span>) -> String {
    let texts = all_written(document, spans);
    let more = texts.len().saturating_sub(4);
    let shown = texts.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// The actions of a statement, in its own words.
pub(in crate::fix) fn actions(document: &Document, statement: &Statement) -> String {
    let actions = items(document, statement.action.patterns.iter().map(|pattern| pattern.span));
    match (statement.action.negated, actions.as_str()) {
        (true, _) => format!("everything but {actions}"),
        (false, "*") => "everything".to_owned(),
        (false, _) => actions,
    }
}

/// What a Deny statement guards, in its own words.
pub(in crate::fix) fn guarded(document: &Document, statement: &Statement) -> String {
    let what = actions(document, statement);
    let resources = items(document, statement.resource.patterns.iter().map(|pattern| pattern.span));
    let on = match (statement.resource.negated, resources.as_str()) {
        (_, "") => String::new(),
        (true, _) => format!(" on everything but {resources}"),
        (false, "*") => " everywhere".to_owned(),
        (false, _) => format!(" on {resources}"),
    };
    let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
    sid.map_or_else(|| format!("{what}{on}"), |sid| format!("{what}{on} ({sid})"))
}
