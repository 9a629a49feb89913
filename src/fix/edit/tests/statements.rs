//! New statements in the style of the last one, and statements that go.

use serde_json::json;

use super::{Change, actions, allow, edited, except, gives, strings, usual, without};
use crate::fix::NewStatement;

fn add(statement: NewStatement) -> Change {
    Change::AddStatement(statement)
}

/// A list of statements in a document, as it is written.
fn document(statements: &str) -> String {
    format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {statements}\n}}\n")
}

#[test]
fn a_new_statement_has_the_style_of_the_last() {
    let new = allow(Some("Added"), &["s3:GetObject"], &["arn:aws:s3:::b/k"]);
    for (before, after) in [
        // One item alone, a list over lines, elements in another order.
        (
            r#"[
    {
      "Effect": "Allow",
      "Resource": "*",
      "Action": ["x:A"]
    }
  ]"#,
            r#"[
    {
      "Effect": "Allow",
      "Resource": "*",
      "Action": ["x:A"]
    },
    {
      "Sid": "Added",
      "Effect": "Allow",
      "Resource": "arn:aws:s3:::b/k",
      "Action": ["s3:GetObject"]
    }
  ]"#,
        ),
        // Keys in the order of the alphabet.
        (
            r#"[
    {
      "Action": "x:A",
      "Effect": "Allow",
      "Resource": [
        "*"
      ]
    }
  ]"#,
            r#"[
    {
      "Action": "x:A",
      "Effect": "Allow",
      "Resource": [
        "*"
      ]
    },
    {
      "Action": "s3:GetObject",
      "Effect": "Allow",
      "Resource": [
        "arn:aws:s3:::b/k"
      ],
      "Sid": "Added"
    }
  ]"#,
        ),
        // Brackets together, four spaces in two.
        (
            r#"[{
      "Effect" : "Allow",
      "Action" : "x:A",
      "Resource" : "*"
  }, {
      "Effect" : "Allow",
      "Action" : "x:B",
      "Resource" : "*"
  }]"#,
            r#"[{
      "Effect" : "Allow",
      "Action" : "x:A",
      "Resource" : "*"
  }, {
      "Effect" : "Allow",
      "Action" : "x:B",
      "Resource" : "*"
  }, {
      "Sid" : "Added",
      "Effect" : "Allow",
      "Action" : "s3:GetObject",
      "Resource" : "arn:aws:s3:::b/k"
  }]"#,
        ),
        // A statement a line.
        (
            r#"[
    { "Effect": "Allow", "Action": "x:A", "Resource": ["*"] },
    { "Effect": "Allow", "Action": "x:B", "Resource": ["*"] }
  ]"#,
            r#"[
    { "Effect": "Allow", "Action": "x:A", "Resource": ["*"] },
    { "Effect": "Allow", "Action": "x:B", "Resource": ["*"] },
    { "Sid": "Added", "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/k"] }
  ]"#,
        ),
        // Commas lead.
        (
            r#"[
      { "Effect": "Allow"
      , "Action": "x:A"
      , "Resource": "*"
      }
    , { "Effect": "Allow"
      , "Action": "x:B"
      , "Resource": "*"
      }
  ]"#,
            r#"[
      { "Effect": "Allow"
      , "Action": "x:A"
      , "Resource": "*"
      }
    , { "Effect": "Allow"
      , "Action": "x:B"
      , "Resource": "*"
      }
    , { "Sid": "Added"
      , "Effect": "Allow"
      , "Action": "s3:GetObject"
      , "Resource": "arn:aws:s3:::b/k"
      }
  ]"#,
        ),
        // A single object becomes a list; none of its lines moves.
        (
            r#"{
    "Effect": "Allow",
    "Action": "x:A",
    "Resource": "*"
  }"#,
            r#"[{
    "Effect": "Allow",
    "Action": "x:A",
    "Resource": "*"
  }, {
    "Sid": "Added",
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/k"
  }]"#,
        ),
        // No statement to copy from.
        (
            "[]",
            r#"[
    {
      "Sid": "Added",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::b/k"
    }
  ]"#,
        ),
    ] {
        for line_end in ["\n", "\r\n"] {
            let lines = |text: &str| document(text).replace('\n', line_end);
            gives(&lines(before), &[add(new.clone())], &lines(after));
        }
        let tabs = |text: &str| document(text).replace("  ", "\t");
        gives(&tabs(before), &[add(new.clone())], &tabs(after));
    }
}

#[test]
fn compact_documents_stay_compact() {
    let new = || allow(None, &["s3:A", "s3:B"], &["*"]);
    for (before, after) in [
        (r#"{"Statement":[]}"#, r#"{"Statement":[{"Effect":"Allow","Action":["s3:A","s3:B"],"Resource":"*"}]}"#),
        (
            r#"{"Statement":{"Effect":"Deny","Action":"x:A","Resource":["*"]}}"#,
            r#"{"Statement":[{"Effect":"Deny","Action":"x:A","Resource":["*"]},{"Effect":"Allow","Action":["s3:A","s3:B"],"Resource":["*"]}]}"#,
        ),
        (
            r#"{"Statement": [{"Effect": "Deny", "NotAction": "x:A", "NotResource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "NotAction": "x:A", "NotResource": "*"}, {"Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": "*"}]}"#,
        ),
    ] {
        gives(before, &[add(new())], after);
    }
}

#[test]
fn a_statement_of_all_but_some_actions() {
    let new = NewStatement {
        effect: "Deny",
        actions: Vec::new(),
        not_actions: Some(strings(&["s3:A", "sts:*"])),
        ..allow(None, &[], &["r"])
    };
    gives(
        r#"{"Statement": [{"Effect": "Deny", "Action": ["x:A"], "Resource": "*"}]}"#,
        &[add(new)],
        r#"{"Statement": [{"Effect": "Deny", "Action": ["x:A"], "Resource": "*"}, {"Effect": "Deny", "NotAction": ["s3:A", "sts:*"], "Resource": "r"}]}"#,
    );
}

#[test]
fn principals_conditions_and_lists_follow_the_layout() {
    let new = NewStatement {
        sid: None,
        effect: "Deny",
        principal: Some(json!({"AWS": "arn:aws:iam::123456789012:role/R"})),
        actions: strings(&["s3:A", "s3:B"]),
        not_actions: None,
        resources: None,
        not_resources: Some(strings(&["arn:a"])),
        condition: Some(json!({"StringEquals": {"aws:x": ["1", "2"], "a/b~\"": "3"}, "Bool": {"y": "true"}})),
    };
    gives(
        &document("[]"),
        &[add(new.clone())],
        &document(
            r#"[
    {
      "Effect": "Deny",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:role/R"
      },
      "Action": [
        "s3:A",
        "s3:B"
      ],
      "NotResource": "arn:a",
      "Condition": {
        "Bool": {
          "y": "true"
        },
        "StringEquals": {
          "a/b~\"": "3",
          "aws:x": [
            "1",
            "2"
          ]
        }
      }
    }
  ]"#,
        ),
    );
    let last = r#"{
      "Principal": { "AWS": "*" },
      "Effect": "Deny",
      "Action": ["x:A", "x:B"],
      "Resource": "*",
      "Condition": {
        "Bool": {"aws:SecureTransport": "false"}
      }
    }"#;
    let mine = r#"{
      "Principal": { "AWS": "arn:aws:iam::123456789012:role/R" },
      "Effect": "Deny",
      "Action": ["s3:A", "s3:B"],
      "NotResource": "arn:a",
      "Condition": {
        "Bool": {"y": "true"},
        "StringEquals": {"a/b~\"": "3", "aws:x": ["1", "2"]}
      }
    }"#;
    gives(
        &document(&format!("[\n    {last}\n  ]")),
        &[add(new.clone())],
        &document(&format!("[\n    {last},\n    {mine}\n  ]")),
    );
    gives(
        r#"{"Statement":[{"Effect":"Deny","Action":"x:A","Resource":"*"}]}"#,
        &[add(new)],
        r#"{"Statement":[{"Effect":"Deny","Action":"x:A","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:role/R"},"Action":["s3:A","s3:B"],"NotResource":"arn:a","Condition":{"Bool":{"y":"true"},"StringEquals":{"a/b~\"":"3","aws:x":["1","2"]}}}]}"#,
    );
}

#[test]
fn sids_are_unique_and_of_letters_and_digits() {
    let text = r#"{"Statement":[{"Sid":"Diagnose","Effect":"Deny","Action":"x:A","Resource":"*"},{"Sid":"diagnose2","Effect":"Deny","Action":"x:B","Resource":"*"}]}"#;
    for (wanted, given) in [("Diagnose", "Diagnose3"), ("allow-s3 \"é\"", "allows3"), ("--", "Statement")] {
        let after = edited(text, &[add(allow(Some(wanted), &["s3:A"], &["*"]))]).after;
        assert!(after.contains(&format!("{{\"Sid\":\"{given}\",\"Effect\":\"Allow\"")), "{after}");
    }
    let two = [add(allow(Some("A"), &["s3:A"], &["*"])), add(allow(Some("A"), &["s3:B"], &["*"]))];
    let after = edited(text, &two).after;
    assert!(after.contains("\"Sid\":\"A\",") && after.contains("\"Sid\":\"A2\","), "{after}");
}

#[test]
fn a_statement_that_is_there_is_not_added_again() {
    let text = r#"{"Statement":[{"Sid":"X","Action":["S3:b","s3:A"],"Resource":["r"],"Effect":"Allow"}]}"#;
    let same = allow(Some("Y"), &["s3:A", "s3:B"], &["r"]);
    assert!(super::edit("p", text, &[add(same)]).is_err());
    for other in [allow(None, &["s3:A"], &["r"]), allow(None, &["s3:A", "s3:B"], &["R"])] {
        edited(text, &[add(other)]);
    }
}

#[test]
fn a_deny_without_actions_goes() {
    let first = r#"{"Effect": "Allow", "Action": "x:A", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": ["x:A", "x:a"], "Resource": "*"}"#;
    let last = r#"{"Effect": "Deny", "Action": "x:B", "Resource": "*"}"#;
    let lines = |all: &[&str]| document(&format!("[\n    {}\n  ]", all.join(",\n    ")));
    let hugged = |all: &[&str]| document(&format!("[{}]", all.join(", ")));
    for layout in [&lines as &dyn Fn(&[&str]) -> String, &hugged] {
        gives(&layout(&[first, deny, last]), &[without(1, &["X:A"])], &layout(&[first, last]));
        gives(&layout(&[deny, last]), &[without(0, &["x:A"])], &layout(&[last]));
        gives(&layout(&[first, last]), &[without(1, &["x:B"])], &layout(&[first]));
        gives(&layout(&[deny, first, last]), &[without(2, &["x:B"]), without(0, &["x:a"])], &layout(&[first]));
    }
}

#[test]
fn numbers_are_those_before_all_changes() {
    let text = r#"{"Statement": [{"Effect": "Deny", "Action": "x:A", "Resource": "*"}, {"Effect": "Allow", "Action": ["x:B"], "Resource": "*"}, {"Effect": "Deny", "Action": "x:C", "Resource": "*"}]}"#;
    let guard = NewStatement {
        effect: "Deny",
        not_resources: Some(strings(&["r"])),
        resources: None,
        ..allow(Some("Rest"), &["x:A"], &[])
    };
    gives(
        text,
        &[without(0, &["x:A"]), add(guard.clone()), except(2, &["q"]), actions(1, &["x:D"])],
        r#"{"Statement": [{"Effect": "Allow", "Action": ["x:B", "x:D"], "Resource": "*"}, {"Effect": "Deny", "Action": "x:C", "NotResource": "q"}, {"Sid": "Rest", "Effect": "Deny", "Action": "x:A", "NotResource": "r"}]}"#,
    );
    // The only statement is replaced.
    gives(
        &usual("\"Effect\": \"Deny\",\n\"Action\": \"x:A\",\n\"Resource\": \"*\""),
        &[without(0, &["x:A"]), add(guard.clone())],
        &usual("\"Sid\": \"Rest\",\n\"Effect\": \"Deny\",\n\"Action\": \"x:A\",\n\"NotResource\": \"r\""),
    );
    gives(
        r#"{"Statement":{"Effect":"Deny","Action":"x:A","Resource":"*"}}"#,
        &[without(0, &["x:A"]), add(guard)],
        r#"{"Statement":[{"Sid":"Rest","Effect":"Deny","Action":"x:A","NotResource":"r"}]}"#,
    );
}

/// What is said by a statement that is removed is not said.
#[test]
fn a_statement_stays_though_one_that_says_the_same_goes() {
    let deny = r#"{"Effect": "Deny", "Action": ["s3:PutObject"], "NotResource": "arn:aws:s3:::b/k"}"#;
    let before = document(&format!("[{deny}]"));
    let kept = NewStatement {
        effect: "Deny",
        resources: None,
        not_resources: Some(strings(&["arn:aws:s3:::b/k"])),
        ..allow(Some("Kept"), &["s3:PutObject"], &[])
    };
    let edited = edited(&before, &[without(0, &["s3:PutObject"]), add(kept)]);
    let after: serde_json::Value = serde_json::from_str(&edited.after).unwrap();
    let kept = json!({"Sid": "Kept", "Effect": "Deny", "Action": ["s3:PutObject"], "NotResource": "arn:aws:s3:::b/k"});
    assert_eq!(after["Statement"], json!([kept]));
}
