//! The HCL, read back by a reader of its own.

use proptest::prelude::*;

use super::hcl::expression;
use super::statements::{Step, read, steps};
use super::value::Json;

/// What the reader takes: the part of HCL's grammar that has no names, calls or templates.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n']);
    }

    fn take(&mut self, word: &str) -> bool {
        self.blank();
        let next = self.rest.strip_prefix(word);
        self.rest = next.unwrap_or(self.rest);
        next.is_some()
    }

    fn letter(&mut self) -> char {
        let mut letters = self.rest.chars();
        let letter = letters.next().expect("more text");
        self.rest = letters.as_str();
        letter
    }

    fn value(&mut self) -> Json {
        self.blank();
        match self.rest.chars().next().expect("a value") {
            '"' => Json::Text(self.string()),
            '[' => self.list(),
            '{' => self.object(),
            _ => match self.word(|letter| !" ,]}\n".contains(letter)).as_str() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number => {
                    number.parse::<f64>().expect("a number");
                    Json::Number(number.to_owned())
                }
            },
        }
    }

    fn word(&mut self, of: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|letter| !of(letter)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn list(&mut self) -> Json {
        assert!(self.take("["));
        let mut items = Vec::new();
        while !self.take("]") {
            items.push(self.value());
            assert!(self.take(",") || self.rest.starts_with(']'), "a comma before {:?}", self.rest);
        }
        Json::List(items)
    }

    fn object(&mut self) -> Json {
        assert!(self.take("{"));
        let mut members = Vec::new();
        while !self.take("}") {
            let key = if self.rest.starts_with('"') {
                self.string()
            } else {
                let key = self.word(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
                assert!(key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'), "{key:?}");
                assert!(!["for", "true", "false", "null"].contains(&key.as_str()), "{key}");
                key
            };
            assert!(self.take("= "), "= before {:?}", self.rest);
            members.push((key, self.value()));
            assert!(self.rest.starts_with('\n'), "a line end before {:?}", self.rest);
        }
        Json::Object(members)
    }

    /// A quoted template without interpolations: `$${` and `%%{` stand for `${` and `%{`.
    fn string(&mut self) -> String {
        assert!(self.take("\""));
        let mut out = String::new();
        loop {
            let mark = self.rest.chars().next().filter(|first| "$%".contains(*first));
            if let Some(mark) = mark {
                assert!(!self.rest.starts_with(&format!("{mark}{{")), "an interpolation: {:?}", self.rest);
                if self.rest.starts_with(&format!("{mark}{mark}{{")) {
                    self.letter();
                    out.extend([self.letter(), self.letter()]);
                    continue;
                }
            }
            match self.letter() {
                '"' => return out,
                '\\' => match self.letter() {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    letter @ ('"' | '\\') => out.push(letter),
                    letter @ ('u' | 'U') => {
                        let digits: String = (0..if letter == 'u' { 4 } else { 8 }).map(|_| self.letter()).collect();
                        out.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                    }
                    other => panic!("no escape: \\{other}"),
                },
                letter if letter.is_control() => panic!("{letter:?} in a string"),
                // Marks that open nothing are text.
                letter => out.push(letter),
            }
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-zA-Z0-9:/*?._-]{1,8}",
        2 => prop::sample::select(vec![
            "${", "$${", "%{", "%%{", "$", "%", "{", "}", "\"", "\\", "\n", "\r", "\t", "'", "\u{7f}", "\u{202e}",
            "\u{2028}", "é", "漢", "\u{1f600}", "\u{0}", "\\u0041", "for", "#", "//", "<<EOT",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|number| Json::Number(number.to_string())),
        any_text().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            any_text(),
            "[A-Za-z_][A-Za-z0-9_-]{0,12}",
            prop::sample::select(vec!["for", "true", "null", "aws:SourceIp", "ForAnyValue:StringLike", "1a", "-a"])
                .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::vec((key, inner), 0..6).prop_map(Json::Object),
        ]
    })
}

proptest! {
    #![proptest_config(crate::testing::drawing())]

    #[test]
    fn what_is_written_is_read_back(value in any_json()) {
        let text = expression(&value, 0);
        let mut reader = Reader { rest: &text };
        prop_assert_eq!(reader.value(), value, "{}", text);
        prop_assert_eq!(reader.rest, "");
        prop_assert!(!text.contains(crate::fix::commands::is_harmful), "{:?}", text);
    }

    #[test]
    fn steps_lead_from_before_to_after(before in prop::collection::vec(0..4, 0..7), after in prop::collection::vec(0..4, 0..7)) {
        let number = |number: &i32| Json::Number(number.to_string());
        let before: Vec<Json> = before.iter().map(number).collect();
        let after: Vec<Json> = after.iter().map(number).collect();
        let steps = steps(&before, &after);
        // Played on `before`, at the places they name; what is added stands behind what precedes it.
        let mut now: Vec<Option<Json>> = before.iter().cloned().map(Some).collect();
        let mut added = Vec::new();
        for step in &steps {
            match step {
                Step::Changed(index, to) => {
                    prop_assert_ne!(&before[*index], *to);
                    now[*index] = Some((*to).clone());
                }
                Step::Removed(index) => now[*index] = None,
                Step::Added(statement) => added.push((*statement).clone()),
            }
        }
        let mut have: Vec<Json> = now.into_iter().flatten().chain(added).collect();
        let mut want = after.clone();
        have.sort_by_key(|json| format!("{json:?}"));
        want.sort_by_key(|json| format!("{json:?}"));
        prop_assert_eq!(have, want);
        let untouched = before.len() - steps.iter().filter(|step| !matches!(step, Step::Added(_))).count();
        prop_assert!(untouched <= after.len());
        prop_assert!(before != after || steps.is_empty());
    }
}

#[test]
fn the_layout_is_that_of_terraform_fmt() {
    let statement = r#"{
        "Sid": "One", "Effect": "Allow",
        "Action": ["ec2:DescribeInstances", "ec2:TerminateInstances", "ec2:StartInstances", "ec2:StopInstances"],
        "Resource": "arn:aws:s3:::home/${aws:username}/*",
        "NotResource": ["a", "b"],
        "Condition": {
            "IpAddress": {"aws:SourceIp": ["10.0.0.0/8"], "aws:VpcSourceIp": "10.0.0.0/8"},
            "Bool": {"aws:MultiFactorAuthPresent": true}, "Null": {}
        }
    }"#;
    let expected = r#"{
  Sid    = "One"
  Effect = "Allow"
  Action = [
    "ec2:DescribeInstances",
    "ec2:TerminateInstances",
    "ec2:StartInstances",
    "ec2:StopInstances",
  ]
  Resource    = "arn:aws:s3:::home/$${aws:username}/*"
  NotResource = ["a", "b"]
  Condition = {
    IpAddress = {
      "aws:SourceIp"    = ["10.0.0.0/8"]
      "aws:VpcSourceIp" = "10.0.0.0/8"
    }
    Bool = {
      "aws:MultiFactorAuthPresent" = true
    }
    Null = {}
  }
}"#;
    assert_eq!(expression(&serde_json::from_str(statement).unwrap(), 0), expected);
}

#[test]
fn statements_are_a_list_or_one() {
    assert_eq!(read(r#"{"Statement": {"Sid": "a"}}"#).len(), 1);
    assert_eq!(read("\u{feff}{\"Statement\": [{}, {}]}").len(), 2);
    assert_eq!(read("").len(), 0);
    assert_eq!(read("[1]").len(), 0);
}
