//! `BinaryEquals`: bytes, written in base64 on both sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn parse(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(super) fn matches(item: &str, values: &[Option<Vec<u8>>]) -> bool {
    let item = parse(item);
    item.is_some() && values.contains(&item)
}
