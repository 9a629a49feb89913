//! Which entry of a snapshot is the principal that was asked for.

use super::error::SourceError;
use super::files::shown_path;
use crate::principal::{Principal, PrincipalKind};

/// The index of the entry among `entries` (principals in the order of the file).
pub(super) fn find(path: &str, ask: &Principal, entries: &[Principal]) -> Result<usize, SourceError> {
    let kind = if ask.kind == PrincipalKind::User { "user" } else { "role" };
    let asked = ask.arn.clone().or_else(|| ask.name.clone()).unwrap_or_default();
    let path = shown_path(path).to_owned();
    if let Some(exact) = entries.iter().position(|entry| ask.arn.is_some() && entry.arn == ask.arn) {
        return Ok(exact);
    }
    let same_kind = |entry: &&Principal| {
        if kind == "user" { entry.kind == PrincipalKind::User } else { entry.kind == PrincipalKind::Role }
    };
    let named: Vec<usize> = positions(entries, |entry| same_kind(&entry) && same_name(entry, ask));
    let fits = |index: &usize| entries.get(*index).is_some_and(|entry| fits(entry, ask));
    let fitting: Vec<usize> = named.iter().copied().filter(fits).collect();
    let arns =
        |list: &[usize]| -> Vec<String> { list.iter().filter_map(|index| entries.get(*index)?.arn.clone()).collect() };
    match (fitting.as_slice(), named.as_slice()) {
        ([one, rest @ ..], _) if rest.iter().all(|other| same_arn(entries, *one, *other)) => Ok(*one),
        ([], []) => {
            let hint = hint(&asked, ask, entries.iter().filter(same_kind));
            Err(SourceError::NoSuchPrincipal { kind, asked, path, hint })
        }
        ([], named) => Err(SourceError::OtherPrincipal { kind, asked, path, exists: arns(named).join(", ") }),
        (several, _) => Err(SourceError::Ambiguous { kind, asked, path, all: arns(several).join(", ") }),
    }
}

/// The same entry twice, as in a page that was added twice.
fn same_arn(entries: &[Principal], one: usize, other: usize) -> bool {
    entries.get(one).map(|entry| &entry.arn) == entries.get(other).map(|entry| &entry.arn)
}

fn positions(entries: &[Principal], test: impl Fn(&Principal) -> bool) -> Vec<usize> {
    entries.iter().enumerate().filter(|(_, entry)| test(entry)).map(|(index, _)| index).collect()
}

/// Role names are unique whatever their case, and a session's ARN may spell its role in another.
fn same_name(entry: &Principal, ask: &Principal) -> bool {
    match (&entry.name, &ask.name) {
        (Some(a), Some(b)) if ask.kind == PrincipalKind::AssumedRole => a.eq_ignore_ascii_case(b),
        (a, b) => a.is_some() && a == b,
    }
}

/// A name fits whatever its path and account; an ARN must be equal; a session must be of the account.
fn fits(entry: &Principal, ask: &Principal) -> bool {
    match (ask.kind, &ask.arn) {
        (PrincipalKind::AssumedRole, _) => entry.account == ask.account && same_partition(entry, ask),
        (_, Some(arn)) => entry.arn.as_ref() == Some(arn),
        (_, None) => true,
    }
}

fn same_partition(entry: &Principal, ask: &Principal) -> bool {
    let partition =
        |principal: &Principal| principal.arn.as_deref().and_then(|arn| arn.split(':').nth(1)).map(str::to_owned);
    partition(entry) == partition(ask)
}

/// `; did you mean …?`, or how many there are.
fn hint<'a>(asked: &str, ask: &Principal, entries: impl Iterator<Item = &'a Principal>) -> String {
    let name = ask.name.as_deref().unwrap_or(asked);
    let names: Vec<&str> = entries.filter_map(|entry| entry.name.as_deref()).collect();
    match similar(name, names.iter().copied()) {
        Some(similar) => format!("; did you mean `{similar}`?"),
        None if names.is_empty() => "; it holds none at all".to_owned(),
        None if names.len() == 1 => "; it holds 1 other".to_owned(),
        None => format!("; it holds {} others", names.len()),
    }
}

/// The most similar of some names, if one is similar enough to be a slip of the hand.
pub(super) fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let scored = names.map(|other| (strsim::jaro_winkler(&lower, &other.to_lowercase()), other));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 > 0.85).then_some(best.1)
}
