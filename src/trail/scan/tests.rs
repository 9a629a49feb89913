//! The same text, however it comes, holds the same objects.

use super::*;
use crate::trail::Filter;
use crate::trail::read::Reader;

/// The ids of all objects that are JSON, and how many are broken, of a text that comes in pieces of this size.
fn found(text: &str, size: usize) -> (Vec<String>, u64) {
    let mut scanner = Scanner::default();
    let (mut ids, mut broken) = (Vec::new(), 0);
    let mut object = |_, object: &[u8]| match serde_json::from_slice::<serde_json::Value>(object) {
        Ok(value) => ids.push(value["id"].as_str().unwrap_or("?").to_owned()),
        Err(_) => broken += 1,
    };
    for piece in text.as_bytes().chunks(size) {
        scanner.room()[..piece.len()].copy_from_slice(piece);
        scanner.filled(piece.len(), &mut object);
    }
    scanner.finish(&mut object);
    (ids, broken + scanner.lost())
}

#[track_caller]
fn holds(text: &str, sizes: impl Iterator<Item = usize>, ids: &[&str], broken: u64) {
    for size in sizes {
        let (read, lost) = found(text, size);
        assert_eq!((read.join(" "), lost), (ids.join(" "), broken), "in pieces of {size}: {text}");
    }
}

/// Single bytes, pieces that end anywhere, and all at once.
fn some() -> impl Iterator<Item = usize> {
    [1, 7, 100, 4_096].into_iter()
}

/// An event as CloudTrail writes it.
fn event(id: &str) -> String {
    format!(r#"{{"eventVersion":"1.11","tags":[{{"a":"}},\"{{"}}],"id":"{id}","text":"a \"word\" \\"}}"#)
}

#[test]
fn documents_behind_one_another() {
    let (one, two, three) = (event("1"), event("2"), event("3"));
    for between in ["", "\n", "\r\n", "{\"Records\":[]}", "{\"Records\": [ ]}\n"] {
        let text = format!(
            "{{\"Records\":[{one},{two}]}}{between}{{\"Records\":[{three}]}}{between}{{\"Records\":[{one},{two},{three}]}}"
        );
        holds(&text, 1..=text.len(), &["1", "2", "3", "1", "2", "3"], 0);
        // Where the other document's first event begins otherwise.
        let other = r#"{"id":"o","eventVersion":"1.11"}"#;
        holds(
            &format!("{{\"Records\":[{one}]}}{between}{{\"Records\":[{other},{two},{three}]}}"),
            some(),
            &["1", "o", "2", "3"],
            0,
        );
    }
}

#[test]
fn an_event_written_by_half_takes_no_other_with_it() {
    let (one, half, next, last) = (event("1"), event("half"), event("2"), event("3"));
    for cut in r#"{"eventVersion":"#.len()..half.len() - 1 {
        let half = half.get(..cut).unwrap_or_default();
        for text in [
            format!("{{\"Records\":[{one},{half}{next},{last}]}}"),
            format!("{{\"Records\":[{one},{half},{next},{last}]}}"),
            format!("[{one},\n{half}\n{next},\n{last}]"),
        ] {
            holds(&text, some(), &["1", "2", "3"], 1);
        }
    }
}

/// Of events that nobody looks into (no error code stands in them), too, the same is told whatever the sizes of the reads.
#[test]
fn what_is_counted_does_not_hang_on_the_sizes_of_the_reads() {
    let event = |id: &str| {
        let who = r#""userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{}}}"#;
        format!(
            r#"{{"eventVersion":"1.11",{who},"eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"{id}"}}"#
        )
    };
    let seen = |text: &str, size: usize| {
        let (mut scanner, mut reader) = (Scanner::default(), Reader::default());
        let filter = Filter::default();
        for piece in text.as_bytes().chunks(size) {
            scanner.room()[..piece.len()].copy_from_slice(piece);
            scanner.filled(piece.len(), |place, object| reader.object(place, object, &filter, &mut |_| {}));
        }
        scanner.finish(|place, object| reader.object(place, object, &filter, &mut |_| {}));
        (reader.seen().events, reader.seen().broken + scanner.lost(), reader.seen().others)
    };
    let (one, half, next) = (event("1"), event("half"), event("2"));
    for cut in (r#"{"eventVersion":"#.len()..half.len() - 1).step_by(2) {
        let half = half.get(..cut).unwrap();
        for between in ["", ","] {
            let text = format!("{{\"Records\":[{one},{half}{between}{next},{one}]}}");
            for size in [1, 7, 100, 64 * 1024] {
                assert_eq!(seen(&text, size), (3, 1, 0), "in pieces of {size}: {text}");
            }
        }
    }
}

#[test]
fn a_pretty_event_written_by_half() {
    let event = |id: &str| {
        format!(
            "    {{\n      \"eventVersion\": \"1.11\",\n      \"who\": {{\"a\": \"b\"}},\n      \"id\": \"{id}\"\n    }}"
        )
    };
    let half = event("half");
    for cut in half.find("1.11").unwrap()..half.len() - 1 {
        let text = format!(
            "{{\n  \"Records\": [\n{},\n{}\n{},\n{}\n  ]\n}}\n",
            event("1"),
            half.get(..cut).unwrap_or_default(),
            event("2"),
            event("3")
        );
        holds(&text, some(), &["1", "2", "3"], 1);
    }
}

#[test]
fn strings_in_a_list() {
    let text = serde_json::to_string_pretty(&[event("1"), event("2")]).unwrap();
    let mut scanner = Scanner::default();
    let mut all = Vec::new();
    scanner.room()[..text.len()].copy_from_slice(text.as_bytes());
    scanner.filled(text.len(), |_, object| all.push(serde_json::from_slice::<String>(object).unwrap()));
    assert_eq!(all, [event("1"), event("2")]);
}
