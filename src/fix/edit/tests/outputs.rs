//! Patches, diffs and sizes.

use serde_json::json;

use super::{actions, allow, edited, except, resources, without};
use crate::fix::Change;
use crate::fix::edit::state::pointer;
use crate::fix::edit::{edit, size};

const TEXT: &str = r#"{"Statement": [
  {"Effect": "Allow", "Action": ["s3:A", "s3:C"], "Resource": "a"},
  {"Effect": "Deny", "Action": ["s3:A", "s3:B"], "Resource": "*"}
]}"#;

#[test]
fn patches_are_minimal() {
    for (changes, patch) in [
        (vec![actions(0, &["s3:D"])], json!([{"op": "add", "path": "/Statement/0/Action/2", "value": "s3:D"}])),
        (
            vec![actions(0, &["s3:D", "s3:B"])],
            json!([
                {"op": "add", "path": "/Statement/0/Action/2", "value": "s3:D"},
                {"op": "add", "path": "/Statement/0/Action/1", "value": "s3:B"},
            ]),
        ),
        (
            vec![resources(0, &["b"]), resources(0, &["c"])],
            json!([{"op": "replace", "path": "/Statement/0/Resource", "value": ["a", "b", "c"]}]),
        ),
        (vec![without(1, &["s3:A"])], json!([{"op": "remove", "path": "/Statement/1/Action/0"}])),
        (vec![without(1, &["s3:A", "s3:B"])], json!([{"op": "remove", "path": "/Statement/1"}])),
        (vec![without(1, &["s3:A"]), without(1, &["s3:B"])], json!([{"op": "remove", "path": "/Statement/1"}])),
        (
            vec![except(1, &["b"])],
            json!([
                {"op": "remove", "path": "/Statement/1/Resource"},
                {"op": "add", "path": "/Statement/1/NotResource", "value": "b"},
            ]),
        ),
        (
            vec![Change::AddStatement(allow(None, &["x:A"], &["b"]))],
            json!([{"op": "add", "path": "/Statement/2",
                "value": {"Effect": "Allow", "Action": "x:A", "Resource": "b"}}]),
        ),
    ] {
        assert_eq!(edited(TEXT, &changes).patch, patch);
    }
    let single = r#"{"Statement": {"Effect": "Allow", "Action": ["s3:A"], "Resource": "a"}}"#;
    let patch = json!([{"op": "add", "path": "/Statement/Action/1", "value": "s3:B"}]);
    assert_eq!(edited(single, &[actions(0, &["s3:B"])]).patch, patch);
}

#[test]
fn pointers_are_escaped() {
    assert_eq!(pointer(&["a/b".to_owned(), "~1".to_owned(), String::new()]), "/a~1b/~01/");
}

#[test]
fn the_diff_reads_as_usual() {
    let diff = edited(TEXT, &[actions(0, &["s3:D"])]).diff;
    let expected = r#"--- a/policy.json
+++ b/policy.json
@@ -1,4 +1,4 @@
 {"Statement": [
-  {"Effect": "Allow", "Action": ["s3:A", "s3:C"], "Resource": "a"},
+  {"Effect": "Allow", "Action": ["s3:A", "s3:C", "s3:D"], "Resource": "a"},
   {"Effect": "Deny", "Action": ["s3:A", "s3:B"], "Resource": "*"}
 ]}
\ No newline at end of file
"#;
    assert_eq!(diff, expected);
    let one = edited("{\"Statement\":[]}", &[Change::AddStatement(allow(None, &["x:A"], &["b"]))]).diff;
    assert!(one.contains("\n@@ -1 +1 @@\n-{\"Statement\":[]}\n\\ No newline at end of file\n+{"), "{one}");
}

#[test]
fn names_do_no_harm() {
    for (name, header) in [
        ("My Policy.json", "--- a/My Policy.json\t\n+++ b/My Policy.json\t\n@@"),
        ("a\n+++ b/x\u{1b}[2J\r\u{202e}", "--- a/a_+++ b/x_[2J__\t\n+++ b/a_+++ b/x_[2J__\t\n@@"),
        ("/etc/p.json", "--- a/etc/p.json\n+++ b/etc/p.json\n@@"),
        ("", "--- a/policy\n+++ b/policy\n@@"),
    ] {
        let diff = edit(name, TEXT, &[actions(0, &["s3:D"])]).unwrap().diff;
        assert!(diff.starts_with(header), "{diff}");
    }
}

#[test]
fn white_space_outside_strings_does_not_count() {
    for (text, count) in [
        ("{}", 2),
        ("", 0),
        (" {\r\n\t\"a b\" :\t\"c\\\" d\\\\\" , \"é\": [ ] }\n", 24),
        (r#"{"a b":"c\" d\\","é":[]}"#, 24),
        ("[\"\u{1f600} \"]", 6),
    ] {
        assert_eq!(size(text), count, "{text}");
    }
}
