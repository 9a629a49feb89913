//! `DateEquals` and its kind: ISO 8601 in the W3C profile, or seconds since 1970.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Base, numeric};

/// The instant of a text. A date alone is its first second in UTC, as is a time without an offset; four digits are a
/// year, other numbers seconds since 1970.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() != 4 {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    let full = match text.len() {
        4 if digits => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if let Ok(instant) = full.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil = full.parse::<Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight()));
    let civil: DateTime = civil.ok().filter(|_| full.len() == 10).or_else(|| full.parse().ok())?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// One of the values for a positive operator, none of them for a negated one; what is no date meets neither.
pub(super) fn matches(base: Base, negated: bool, item: &str, values: &[Option<Timestamp>]) -> bool {
    let Some(item) = parse(item) else { return false };
    let test =
        |value: &Option<Timestamp>| value.is_some_and(|value| numeric::accepts(base, item.cmp(&value)) != negated);
    if negated { values.iter().all(test) } else { values.iter().any(test) }
}
