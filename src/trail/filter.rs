//! Which denials are wanted.

use jiff::{SignedDuration, Timestamp};

use super::{Denied, Who};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::Layer;

/// Which denials are read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of whom; `None`: of anybody.
    pub principal: Option<Principal>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether the call was made in the time asked for; one without a time was, if none was asked for.
    pub fn is_in_time(&self, denied: &Denied) -> bool {
        let after = self.since.is_none_or(|since| denied.time.is_some_and(|time| time >= since));
        after && self.until.is_none_or(|until| denied.time.is_some_and(|time| time <= until))
    }

    /// Whether the call was made by whom it was asked for.
    pub fn is_wanted(&self, denied: &Denied) -> bool {
        self.principal.as_ref().is_none_or(|wanted| is_same(wanted, &denied.who))
    }
}

/// Whether a principal asked for made the call; a role stands for all its sessions.
fn is_same(wanted: &Principal, who: &Who) -> bool {
    let Some(found) = who.arn.as_deref().and_then(Principal::from_arn) else { return false };
    if wanted.kind.is_role() != found.kind.is_role() || (!wanted.kind.is_role() && wanted.kind != found.kind) {
        return false;
    }
    match (wanted.kind, &wanted.arn) {
        // The session's ARN does not tell the role's path, neither here nor there.
        (PrincipalKind::AssumedRole, _) => wanted.name == found.name && wanted.account == found.account,
        (_, None) => wanted.name == found.name,
        (_, Some(_)) if found.kind == PrincipalKind::AssumedRole => {
            wanted.name == found.name && wanted.account == found.account
        }
        (_, arn) => *arn == found.arn,
    }
}

/// A layer to show, by its name in the JSON output; `unknown` is that of denials whose text names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerFilter {
    /// This one.
    Is(Layer),
    /// None is known.
    Unknown,
}

impl LayerFilter {
    /// The layer of a name.
    pub fn parse(text: &str) -> Option<Self> {
        let known = || Layer::ALL.into_iter().find(|layer| layer.code() == text);
        if text == "unknown" { Some(Self::Unknown) } else { known().map(Self::Is) }
    }

    /// Whether it is the layer of a group.
    pub fn is(self, layer: Option<Layer>) -> bool {
        match self {
            Self::Is(wanted) => layer == Some(wanted),
            Self::Unknown => layer.is_none(),
        }
    }
}

/// A time as people write it: a span before now (`30m`, `24h`, `7d`, `2w`), a date (its first moment in UTC), or an RFC 3339
/// time. `None` where it is none of these.
pub fn parse_time(text: &str, now: Timestamp) -> Option<Timestamp> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    if let (Ok(count), Some(unit)) = (digits.parse::<i64>(), text.get(digits.len()..)) {
        let seconds = match unit {
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        let span = SignedDuration::from_secs(count.checked_mul(seconds)?);
        return now.checked_sub(span).ok().filter(|_| count >= 0);
    }
    instant(text)
}

/// As [`parse_time`], where it is the end of a span: a date stands for its last moment in UTC.
pub fn parse_end(text: &str, now: Timestamp) -> Option<Timestamp> {
    let last = || format!("{}T23:59:59.999999999Z", text.trim()).parse().ok();
    last().or_else(|| parse_time(text, now))
}

/// `2026-11-21T03:10:00Z`, `2026-11-21 03:10:00.000` as query results have it (in UTC), `2026-11-21`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let zoned = || text.strip_suffix(" UTC").unwrap_or(text).to_owned() + "Z";
    text.parse().ok().or_else(|| zoned().parse().ok()).or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let read = |text: &str| parse_time(text, now).map(|time| time.to_string());
        assert_eq!(read("24h").as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(read("7d").as_deref(), Some("2026-11-15T12:00:00Z"));
        assert_eq!(read("90m").as_deref(), Some("2026-11-22T10:30:00Z"));
        assert_eq!(read("2026-11-21").as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(read("2026-11-21T03:10:00Z").as_deref(), Some("2026-11-21T03:10:00Z"));
        assert_eq!(read("2026-11-21T03:10:00+01:00").as_deref(), Some("2026-11-21T02:10:00Z"));
        assert_eq!(read("2026-11-21 03:10:00.000").as_deref(), Some("2026-11-21T03:10:00Z"));
        let end = |text: &str| parse_end(text, now).map(|time| time.to_string());
        assert_eq!(end("2026-11-21").as_deref(), Some("2026-11-21T23:59:59.999999999Z"));
        assert_eq!(end("2026-11-21T03:10:00Z"), read("2026-11-21T03:10:00Z"));
        assert_eq!(end("24h"), read("24h"));
        assert_eq!(end("yesterday"), None);
        for wrong in ["", "h", "24", "24 h", "-24h", "24y", "yesterday", "2026-13-01", "99999999999999999999h"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
