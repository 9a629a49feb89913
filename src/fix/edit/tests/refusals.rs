//! What is not edited, and what is said of it.

use super::{Change, actions, allow, edit, except, resources, strings, without};
use crate::fix::NewStatement;

#[track_caller]
fn refused(text: &str, change: Change, words: &str) {
    let error = edit("p", text, &[change]).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

fn one(elements: &str) -> String {
    format!("{{\"Statement\":\n[{{{elements}}}]}}")
}

#[test]
fn unsound_documents() {
    let sound = r#"{"Effect":"Allow","Action":"x:B","Resource":"*"}"#;
    for (text, words) in [
        ("", "empty"),
        ("{", "syntax error"),
        ("[]", "expected a policy document"),
        ("{\"Version\": \"2012-10-17\"}", "no `Statement`"),
        ("{\"statement\":\n []}", "line 2, column 2: `statement` should be written `Statement`"),
        ("{\"version\": \"2012-10-17\",\n \"Statement\": []}", "`version` should be written `Version`"),
        ("{\"Statement\": [],\n \"Statement\": []}", "`Statement` stands twice"),
        ("{\"Statement\": [],\n \"Version\": \"2020-01-01\"}", "does not exist"),
        ("{\"Statement\": [],\n \"X\": 1}", "unknown element `X`"),
        ("{\"Statement\":\n 3}", "must be an object"),
        (&format!("{{\"Statement\":\n [{sound}, \"x\"]}}"), "must be an object"),
        (&format!("{{\"Statement\":\n [{sound}, {{}}]}}"), "without `Effect`"),
        (&format!("{{\"Statement\":\n [{sound}, {}]}}", sound.replace("Allow", "allow")), "Effect must be"),
        (&format!("{{\"Statement\":\n [{sound}, {}]}}", sound.replace("Resource", "Action")), "`Action` stands twice"),
        (&format!("{{\"Statement\":\n [{sound}, {}]}}", sound.replace("\"x:B\"", "[3]")), "expected a string"),
        (&format!("{{\"Statement\":\n [{sound}, {}]}}", sound.replace("Resource", "Bucket")), "unknown element"),
    ] {
        refused(text, Change::AddStatement(allow(None, &["x:A"], &["*"])), words);
    }
}

#[test]
fn what_is_left_alone_may_be_odd() {
    let text = "{\"Statement\":\n [{\"effect\":\"Allow\",\"action\":\"x:B\",\"Resource\":\"*\",\"Condition\":{\"New\":{\"a\":\"b\"}}}]}";
    assert!(edit("p", text, &[Change::AddStatement(allow(None, &["x:A"], &["*"]))]).is_ok());
}

#[test]
fn unsound_statements() {
    for (elements, words) in [
        (r#""Effect":"Allow","action":"x:B","Resource":"*""#, "`action` should be written `Action`"),
        (r#""Effect":"Allow","Action":"x:B","ACTION":"x:C","Resource":"*""#, "`Action`"),
        (r#""Effect":"Allow","Action":"x:B","Resource":"*","Resource":"*""#, "`Resource` stands twice"),
        (r#""Effect":"Allow","Action":"x:B","NotAction":"x:B","Resource":"*""#, "exclude each other"),
        (r#""Effect":"Allow","Action":["x:B",null],"Resource":"*""#, "expected a string"),
        (r#""Effect":"Allow","Action":"x:B","Resource":"*","Condition":{"X":{}}"#, "not a condition operator"),
        (r#""Action":"x:B","Resource":"*""#, "without `Effect`"),
        (r#""Effect":"Allow","Resource":"*""#, "without `Action`"),
    ] {
        refused(&one(elements), actions(0, &["x:A"]), words);
    }
}

#[test]
fn changes_that_do_not_fit() {
    let allowing = one(r#""Effect":"Allow","NotAction":"x:B","NotResource":"r""#);
    let denying = one(r#""Effect":"Deny","Action":"x:B","Resource":["a","b*"]"#);
    for (text, change, words) in [
        (&allowing, actions(1, &["x:A"]), "no statement number 2: the document has 1"),
        (&allowing, actions(0, &["x:A"]), "statement number 1: it has no `Action`"),
        (&allowing, resources(0, &["x:A"]), "it has no `Resource`"),
        (&allowing, without(0, &["x:B"]), "its Effect is not \"Deny\""),
        (&allowing, except(0, &["x:B"]), "its Effect is not \"Deny\""),
        (&denying, actions(0, &["x:A"]), "its Effect is not \"Allow\""),
        (&denying, resources(0, &["x:A"]), "its Effect is not \"Allow\""),
        (&denying, except(0, &["c"]), "deny more than now"),
        (
            &denying,
            Change::ExceptActions { statement: 0, actions: strings(&["x"]) },
            "as `NotAction` it would deny more than now",
        ),
        (&allowing, Change::ExceptActions { statement: 0, actions: strings(&["x"]) }, "its Effect is not \"Deny\""),
        (&denying, without(0, &["X:B"]), "no statement would be left"),
        (&one(r#""Effect":"Deny","Action":"x:B""#), except(0, &["c"]), "it has no `Resource`"),
    ] {
        refused(text, change, words);
    }
}

#[test]
fn new_statements_that_are_none() {
    let good = || allow(None, &["x:A"], &["*"]);
    for (new, words) in [
        (NewStatement { actions: Vec::new(), ..good() }, "it has no `Action`"),
        (NewStatement { resources: Some(Vec::new()), ..good() }, "it has no `Resource`"),
        (
            NewStatement { not_resources: Some(strings(&["*"])), ..good() },
            "`Resource` and `NotResource` exclude each other",
        ),
        (
            NewStatement { not_actions: Some(strings(&["x:B"])), ..good() },
            "`Action` and `NotAction` exclude each other",
        ),
        (NewStatement { actions: Vec::new(), not_actions: Some(Vec::new()), ..good() }, "it has no `NotAction`"),
        (NewStatement { effect: "allow", ..good() }, "its Effect is not \"Allow\" or \"Deny\""),
    ] {
        refused("{\"Statement\": []}", Change::AddStatement(new), words);
    }
}

#[test]
fn edits_of_nothing() {
    let text = one(r#""Effect":"Allow","Action":["x:B"],"Resource":"*""#);
    let deny = one(r#""Effect":"Deny","Action":["x:B"],"NotResource":["*"]"#);
    assert!(edit("p", &text, &[]).is_err());
    refused(&text, actions(0, &["X:b", "x:B"]), "nothing to change");
    refused(&text, actions(0, &[]), "nothing to change");
    refused(&text, resources(0, &["*"]), "nothing to change");
    refused(&deny, without(0, &["x:C"]), "nothing to change");
    refused(&deny, except(0, &["*"]), "nothing to change");
    refused(&one(r#""Effect":"Deny","Action":[],"Resource":"*""#), without(0, &["x:C"]), "nothing to change");
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let deep = format!("{{\"Id\":\n{}{},\"Statement\":[]}}", "[".repeat(500_000), "]".repeat(500_000));
    assert!(edit("p", &deep, &[Change::AddStatement(allow(None, &["x:A"], &["*"]))]).is_err());
}
