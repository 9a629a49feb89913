//! `IpAddress`, `NotIpAddress`: IPv4 and IPv6 ranges; bits behind the prefix are ignored.

use std::net::IpAddr;

use ipnet::IpNet;

pub(super) fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A range, or a bare address as the range of itself alone.
pub(super) fn parse_range(text: &str) -> Option<IpNet> {
    text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address))).ok()
}

/// Families do not mix: an IPv4 address is outside every IPv6 range. What is no address meets nothing.
pub(super) fn matches(negated: bool, item: &str, values: &[Option<IpNet>]) -> bool {
    let Some(address) = parse(item) else { return false };
    if negated {
        return values.iter().all(|range| range.is_some_and(|range| !range.contains(&address)));
    }
    values.iter().flatten().any(|range| range.contains(&address))
}

/// Whether each of these ranges lies in one of the others. No where one of them is no range.
pub(super) fn are_within(ranges: &[Option<IpNet>], others: &[Option<IpNet>]) -> bool {
    let is_in = |range: &IpNet| others.iter().flatten().any(|other| other.contains(range));
    others.iter().all(Option::is_some) && ranges.iter().all(|range| range.as_ref().is_some_and(is_in))
}

/// Whether no address is in one of these ranges and in one of the others. No where one of them is no range.
pub(super) fn are_apart(ranges: &[Option<IpNet>], others: &[Option<IpNet>]) -> bool {
    let meet = |one: &IpNet, other: &IpNet| one.contains(other) || other.contains(one);
    let is_apart = |one: &IpNet| others.iter().all(|other| other.is_some_and(|other| !meet(one, &other)));
    ranges.iter().all(|range| range.as_ref().is_some_and(is_apart))
}
