//! Whatever the text, reading it gives an answer; and its layout does not matter.

use diagnose::context::{Context, Rest};
use diagnose::eval::judge;
use diagnose::policy::{Document, wrapping};
use diagnose::principal::Principal;
use diagnose::request::{Action, Caller, Request, Resource};
use diagnose::snapshot::Layer;
use diagnose::truth::Truth;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::cases;
use super::strategies::one_policy;

/// Longer than what a message shows, with characters of two and three bytes.
const LONG: &str =
    "é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢é漢";

const WORDS: [&str; 33] = [
    LONG,
    LONG,
    "Statement",
    "statement",
    "Version",
    "Id",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "Condition",
    "StringEquals",
    "ForAllValues:StringLike",
    "Null",
    "NumericLessThan",
    "aws:username",
    "Allow",
    "2012-10-17",
    "s3:Get*",
    "arn:aws:s3:::b/${aws:username}",
    "*",
    "Policy",
    "PolicyVersion",
    "Document",
    "PolicyDocument",
    "PolicySummary",
    "Content",
    "Role",
    "%7B%22Statement%22%3A%5B%5D%7D",
    "{\"Statement\":[]}",
];

const TOKENS: [&str; 24] = [
    "{", "}", "[", "]", ":", ",", "\"", "\\", " ", "\n", "\r\n", "\t", "\u{feff}", "%7B", "%", "\\u", "\\ud800",
    "1e999", "-", "true", "null", "${", "é", "\u{0}",
];

/// Text that is nearly JSON.
fn soup() -> impl Strategy<Value = String> {
    let word = select(&WORDS[..]).prop_map(|word| serde_json::to_string(word).unwrap());
    vec(prop_oneof![select(&TOKENS[..]).prop_map(str::to_owned), word], 0..24).prop_map(|tokens| tokens.concat())
}

/// Any JSON, with the words of policies in it.
fn json() -> impl Strategy<Value = Value> {
    let word = || prop_oneof![3 => select(&WORDS[..]).prop_map(str::to_owned), 1 => any::<String>()];
    let number = prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)];
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool), number, word().prop_map(Value::String)];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => btree_map(word(), inner, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// JSON with a `Statement` at its top.
fn document_like() -> impl Strategy<Value = Value> {
    (json(), vec(json(), 0..3)).prop_map(|(root, statements)| {
        let mut members = root.as_object().cloned().unwrap_or_default();
        members.insert("Statement".to_owned(), Value::Array(statements));
        Value::Object(members)
    })
}

/// A change to a text: what stands at a place, so long, gives way to something else.
fn edits() -> impl Strategy<Value = Vec<(Index, usize, String)>> {
    let word = select(&WORDS[..]).prop_map(|word| serde_json::to_string(word).unwrap());
    let other = prop_oneof![
        3 => select(&TOKENS[..]).prop_map(str::to_owned),
        2 => word,
        1 => Just(String::new()),
        1 => any::<char>().prop_map(String::from),
    ];
    vec((any::<Index>(), 0_usize..12, other), 1..5)
}

fn edited(text: &str, edits: Vec<(Index, usize, String)>) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, length, other) in edits {
        let start = at.index(letters.len() + 1);
        letters.splice(start..(start + length).min(letters.len()), other.chars());
    }
    letters.into_iter().collect()
}

/// Reads the text in every way, and uses what comes of it: positions lie in the text, and a statement can be judged.
fn read_and_use(text: &str) {
    if let Ok(found) = wrapping::unwrap(text) {
        read_document(&found.text);
    }
    read_document(text);
}

fn read_document(text: &str) {
    let Ok(document) = Document::parse(text) else { return };
    let rest = Rest { complete: false, service: Some("s3".to_owned()), principal_tags: None };
    let caller = Caller { principal: Principal::unknown().into(), has_boundary: Truth::No };
    let exact = Resource::new("arn:aws:s3:::b/alice", true);
    let request = Request {
        caller,
        action: Action::parse("s3:GetObject").unwrap(),
        resource: exact,
        context: Context::new(rest),
    };
    let any = Request { action: Action::parse("s3:*").unwrap(), resource: Resource::any(), ..request.clone() };
    for statement in &document.statements {
        for layer in Layer::ALL {
            judge(statement, layer, &request);
            judge(statement, layer, &any);
        }
        for span in [statement.span, statement.effect_span, statement.action.span, statement.resource.span] {
            assert!(document.text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {text}");
        }
    }
    for finding in &document.findings {
        assert!(document.text.get(finding.span.start as usize..finding.span.end as usize).is_some(), "{finding:?}");
        assert!(document.place(finding.span.start).line >= 1);
    }
}

/// All that a document is, with its places.
fn content(text: &str) -> Option<String> {
    Document::parse(text).ok().map(|document| format!("{document:#?}"))
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_text_is_read_without_a_panic(text in prop_oneof![any::<String>(), soup(), "[\\[\\]{}\":,a ]{0,40}"]) {
        read_and_use(&text);
    }

    #[test]
    fn any_json_is_read_without_a_panic(value in prop_oneof![json(), document_like()]) {
        read_and_use(&value.to_string());
        read_and_use(&format!("{value:#}"));
        read_and_use(&Value::String(value.to_string()).to_string());
    }

    #[test]
    fn a_damaged_policy_is_read_without_a_panic(policy in one_policy(), edits in edits(), pretty in any::<bool>()) {
        let mut text = policy.json(Layer::Resource, &mut None);
        if pretty {
            text = format!("{:#}", serde_json::from_str::<Value>(&text).unwrap());
        }
        read_and_use(&edited(&text, edits));
    }

    /// A document of one line and its pretty-printed form are the same document, to the column.
    #[test]
    fn a_document_of_one_line_reads_as_its_pretty_form(policy in one_policy()) {
        let value: Value = serde_json::from_str(&policy.json(Layer::Resource, &mut None)).unwrap();
        prop_assert_eq!(content(&value.to_string()), content(&format!("{value:#}")));
    }

    /// The same of documents that AWS would refuse.
    #[test]
    fn any_document_of_one_line_reads_as_its_pretty_form(value in document_like()) {
        prop_assert_eq!(content(&value.to_string()), content(&format!("{value:#}")));
    }

    /// In the outputs of the AWS CLI, as an object, a string, or URL-encoded.
    #[test]
    fn a_wrapped_document_is_the_document(policy in one_policy(), path in vec(select(&["PolicyVersion", "Document", "Policy", "Content", "PolicyDocument"][..]), 0..4), form in 0_u8..3) {
        let text = policy.json(Layer::Resource, &mut None);
        let mut file = match form {
            0 => text.clone(),
            1 => Value::String(text.clone()).to_string(),
            _ => format!("\"{}\"", utf8_percent_encode(&text, NON_ALPHANUMERIC)),
        };
        for name in path {
            file = format!("{{\"VersionId\": \"v7\", \"{name}\": {file}}}");
        }
        prop_assert_eq!(wrapping::unwrap(&file).map(|found| found.text), Ok(text));
    }
}
