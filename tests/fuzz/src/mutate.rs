//! Mutations of JSON that leave it JSON: what is random in bytes is mostly refused at the first brace.

use serde_json::Value;

/// Text that the readers look for.
const WORDS: [&str; 40] = [
    "*", "?", "", "Allow", "Deny", "s3:*", "s3:GetObject", "ec2:TerminateInstances", "iam:PassRole", "Statement",
    "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "AWS", "Condition", "Version",
    "2012-10-17", "2008-10-17", "${aws:username}", "${aws:PrincipalTag/team, 'x'}", "${", "arn:aws:s3:::bucket/*",
    "arn:aws:iam::123456789012:role/MyRole", "arn:aws:iam::123456789012:root", "123456789012", "StringLike",
    "ForAllValues:StringEquals", "ForAnyValue:StringNotLikeIfExists", "IpAddress", "203.0.113.0/24", "Null", "true",
    "DateLessThan", "2026-11-22T01:00:00Z", "aws:SourceIp", "%7B%22Statement%22", "\u{1b}[31m\u{202e}",
];

/// `data[..size]` mutated in place; the new size, at most `max_size`.
pub fn mutated(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) | 1 << 40);
    let parsed = if random.below(3) == 0 { None } else { serde_json::from_slice::<Value>(&data[..size]).ok() };
    if let Some(mut value) = parsed {
        for _ in 0..=random.below(3) {
            let count = nodes(&value);
            let donor = node(&mut value, &mut random.below(count)).map(|found| found.clone()).unwrap_or_default();
            let at = random.below(count);
            if let Some(target) = node(&mut value, &mut { at }) {
                change(target, donor, &mut random);
            }
        }
        let text = if random.below(2) == 0 { value.to_string() } else { format!("{value:#}") };
        if text.len() <= max_size {
            data[..text.len()].copy_from_slice(text.as_bytes());
            return text.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}

fn change(target: &mut Value, donor: Value, random: &mut Random) {
    let word = || WORDS[seedless(&donor) % WORDS.len()];
    match (random.below(8), &mut *target) {
        (0, _) => *target = donor,
        (1, Value::Array(items)) if !items.is_empty() => drop(items.remove(random.below(items.len()))),
        (2, Value::Array(items)) => items.push(donor),
        (1, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(random.below(members.len())).cloned().unwrap_or_default();
            members.remove(&key);
        }
        (2, Value::Object(members)) => drop(members.insert(word().to_owned(), donor)),
        (3, Value::Object(members)) => drop(members.insert(WORDS[random.below(WORDS.len())].to_owned(), donor)),
        (4, _) => *target = Value::Array(vec![target.take(), donor]),
        (5, Value::String(text)) => text.push_str(WORDS[random.below(WORDS.len())]),
        (6, _) => *target = [Value::Null, Value::Bool(true), 0.into(), (-1.5e300).into()][random.below(4)].clone(),
        _ => *target = WORDS[random.below(WORDS.len())].into(),
    }
}

fn seedless(value: &Value) -> usize {
    value.to_string().len()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum::<usize>(),
        Value::Object(members) => members.values().map(nodes).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The node at `at`, counted from the root; `at` counts down.
fn node<'v>(value: &'v mut Value, at: &mut usize) -> Option<&'v mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, at)),
        Value::Object(members) => members.values_mut().find_map(|member| node(member, at)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
