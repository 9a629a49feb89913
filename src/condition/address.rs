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
