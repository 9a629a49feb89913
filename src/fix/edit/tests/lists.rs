//! Items of lists, in the layouts that authors use.

use super::{Change, actions, edited, except, gives, gives_usual, resources, strings, usual, without};

#[test]
fn a_list_over_lines_gets_a_line() {
    gives_usual(
        "\"Effect\": \"Allow\",\n\"Action\": [\n    \"s3:Put*\",\n    \"ec2:Run*\"\n],\n\"Resource\": \"*\"",
        &[actions(0, &["a:B"])],
        "\"Effect\": \"Allow\",\n\"Action\": [\n    \"s3:Put*\",\n    \"ec2:Run*\",\n    \"a:B\"\n],\n\"Resource\": \"*\"",
    );
}

#[test]
fn a_sorted_list_stays_sorted_in_any_case() {
    let text = usual("\"Effect\": \"Allow\",\n\"Action\": [\n    \"S3:b\",\n    \"s3:D\"\n],\n\"Resource\": \"*\"");
    for (item, lines) in [
        ("s3:A", "    \"s3:A\",\n    \"S3:b\",\n    \"s3:D\"\n"),
        ("s3:C", "    \"S3:b\",\n    \"s3:C\",\n    \"s3:D\"\n"),
        ("s3:E", "    \"S3:b\",\n    \"s3:D\",\n    \"s3:E\"\n"),
    ] {
        let after = format!("\"Effect\": \"Allow\",\n\"Action\": [\n{lines}],\n\"Resource\": \"*\"");
        gives(&text, &[actions(0, &[item])], &usual(&after));
    }
    // Before another item, no line changes: one is added.
    let diff = edited(&text, &[actions(0, &["s3:C"])]).diff;
    assert_eq!(diff.lines().filter(|line| line.starts_with('-')).count(), 1, "{diff}");
}

#[test]
fn a_list_on_one_line_stays_there() {
    for (before, after) in [
        (r#"["s3:B", "s3:A"]"#, r#"["s3:B", "s3:A", "s3:C"]"#),
        (r#"["s3:B","s3:A"]"#, r#"["s3:B","s3:A","s3:C"]"#),
        (r#"[ "s3:B", "s3:A" ]"#, r#"[ "s3:B", "s3:A", "s3:C" ]"#),
        (r#"["s3:B" , "s3:A"]"#, r#"["s3:B" , "s3:A" , "s3:C"]"#),
        (r#"["s3:A"]"#, r#"["s3:A", "s3:C"]"#),
        (r#"["s3:D"]"#, r#"["s3:C", "s3:D"]"#),
        (r#"[ "s3:A" ]"#, r#"[ "s3:A", "s3:C" ]"#),
        ("[\t\"s3:B\",\t\"s3:A\"\t]", "[\t\"s3:B\",\t\"s3:A\",\t\"s3:C\"\t]"),
        ("[\"s3:Z\",\n    \"s3:A\"]", "[\"s3:Z\",\n    \"s3:A\",\n    \"s3:C\"]"),
        ("[\n    \"s3:Z\"\n    , \"s3:A\"\n]", "[\n    \"s3:Z\"\n    , \"s3:A\"\n    , \"s3:C\"\n]"),
        ("[\n    \"s3:Z\", \"s3:B\",\n    \"s3:A\"\n]", "[\n    \"s3:Z\", \"s3:B\",\n    \"s3:A\",\n    \"s3:C\"\n]"),
        ("[\n    \"s3:Z\",  \n\n    \"s3:A\"\t\n]", "[\n    \"s3:Z\",  \n\n    \"s3:A\",\n    \"s3:C\"\t\n]"),
        ("[\n    \"s3:A\"\n]", "[\n    \"s3:A\",\n    \"s3:C\"\n]"),
        (r#"["\u0073\u0033:Z","s3:A"]"#, r#"["\u0073\u0033:Z","s3:A","s3:C"]"#),
    ] {
        let elements = |list: &str| {
            let list = list.replace('\n', "\n            ");
            usual("\"Effect\": \"Allow\",\n\"Action\": @,\n\"Resource\": \"*\"").replace('@', &list)
        };
        gives(&elements(before), &[actions(0, &["s3:C"])], &elements(after));
    }
}

#[test]
fn a_list_too_long_for_its_line_is_broken_where_others_are() {
    let long = |from: char, to: char| -> Vec<String> { (from..=to).map(|c| format!("\"ec2:Describe{c}\"")).collect() };
    let line = format!("\"Action\": [{}]", long('A', 'E').join(", "));
    let other = "\"Resource\": [\n    \"a\",\n    \"b\"\n]";
    let broken = format!("\"Action\": [\n    {}\n]", long('A', 'F').join(",\n    "));
    gives_usual(
        &format!("\"Effect\": \"Allow\",\n{line},\n{other}"),
        &[actions(0, &["ec2:DescribeF"])],
        &format!("\"Effect\": \"Allow\",\n{broken},\n{other}"),
    );
    // An author who breaks no list, or who has longer lines already, gets none broken.
    let whole = format!("\"Action\": [{}]", long('A', 'F').join(", "));
    gives_usual(
        &format!("\"Effect\": \"Allow\",\n{line},\n\"Resource\": \"*\""),
        &[actions(0, &["ec2:DescribeF"])],
        &format!("\"Effect\": \"Allow\",\n{whole},\n\"Resource\": \"*\""),
    );
    let (line, whole) = (long('A', 'J').join(", "), long('A', 'K').join(", "));
    gives_usual(
        &format!("\"Effect\": \"Allow\",\n\"Action\": [{line}],\n{other}"),
        &[actions(0, &["ec2:DescribeK"])],
        &format!("\"Effect\": \"Allow\",\n\"Action\": [{whole}],\n{other}"),
    );
}

#[test]
fn a_list_that_is_wrapped_is_wrapped_on() {
    let long =
        |from: char, to: char| (from..=to).map(|c| format!("\"ec2:Describe{c}\"")).collect::<Vec<_>>().join(", ");
    let list = |last: &str| {
        let lines = format!("\"Action\": [\n    \"s3:A\", \"s3:B\",\n    {last}\n]");
        format!("\"Effect\": \"Allow\",\n{lines},\n\"Resource\": \"*\"")
    };
    gives_usual(
        &list(&long('b', 'f')),
        &[actions(0, &["ec2:Describea"])],
        &list(&format!("{}, \"ec2:Describea\"", long('b', 'f'))),
    );
    let wrapped = format!("{},\n    \"ec2:DescribeF2\"", long('A', 'F'));
    gives_usual(&list(&long('A', 'F')), &[actions(0, &["ec2:DescribeF2"])], &list(&wrapped));
}

#[test]
fn a_single_value_becomes_a_list_in_the_authors_style() {
    for (other, list) in [
        ("\"*\"", "[\n    \"s3:Get*\",\n    \"s3:Put\"\n]"),
        ("[\"a\", \"b\"]", "[\"s3:Get*\", \"s3:Put\"]"),
        ("[ \"a\",\"b\" ]", "[ \"s3:Get*\",\"s3:Put\" ]"),
        ("[\"a\"]", "[\"s3:Get*\", \"s3:Put\"]"),
        ("[\n  \"a\"\n]", "[\n  \"s3:Get*\",\n  \"s3:Put\"\n]"),
        ("[\n\t\"a\",\n\t\"b\"\n]", "[\n\t\"s3:Get*\",\n\t\"s3:Put\"\n]"),
        ("[\"a\",\n  \"b\"]", "[\n    \"s3:Get*\",\n    \"s3:Put\"\n]"),
        ("[]", "[\n    \"s3:Get*\",\n    \"s3:Put\"\n]"),
    ] {
        gives_usual(
            &format!("\"Effect\": \"Allow\",\n\"Action\": \"s3:Get*\",\n\"Resource\": {other}"),
            &[actions(0, &["s3:Put"])],
            &format!("\"Effect\": \"Allow\",\n\"Action\": {list},\n\"Resource\": {other}"),
        );
    }
}

#[test]
fn lists_of_the_same_element_tell_most() {
    let text = |list: &str| {
        format!(
            "{{\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": {list},\n      \"Resource\": [\n        \
             \"a\",\n        \"b\"\n      ]\n    }},\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [\"x:A\", \
             \"x:B\"],\n      \"Resource\": \"*\"\n    }}\n  ]\n}}"
        )
    };
    gives(&text("\"s3:B\""), &[actions(0, &["s3:A"])], &text("[\"s3:A\", \"s3:B\"]"));
}

#[test]
fn a_list_of_one_tells_less_than_one_of_many() {
    let text = |list: &str| {
        let other = "{\"Effect\": \"Allow\",\n      \"Action\": [\"x:A\"],\n      \"Resource\": \"*\"}";
        format!(
            "{{\"Statement\": [\n    {{\"Effect\": \"Allow\",\n      \"Action\": {list},\n      \"Resource\": [\n        \"a\",\n        \
             \"b\"\n      ]}},\n    {other}]}}"
        )
    };
    gives(&text("\"s3:B\""), &[actions(0, &["s3:A"])], &text("[\n        \"s3:A\",\n        \"s3:B\"\n      ]"));
}

#[test]
fn one_line_documents_stay_so() {
    for (before, after) in [
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:B","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":["s3:B","s3:C"],"Resource":"*"}]}"#,
        ),
        (
            r#"{ "Statement": { "Effect": "Allow", "Action": "s3:B", "Resource": "*" } }"#,
            r#"{ "Statement": { "Effect": "Allow", "Action": ["s3:B", "s3:C"], "Resource": "*" } }"#,
        ),
        (
            "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":\"s3:B\",\"Resource\":\"*\"},\n{\"Effect\":\"Deny\",\
             \"Action\":[\n\"a\",\n\"b\"],\n\"Resource\":\"*\"}\n]}",
            "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":[\"s3:B\",\"s3:C\"],\"Resource\":\"*\"},\n{\"Effect\":\"Deny\",\
             \"Action\":[\n\"a\",\n\"b\"],\n\"Resource\":\"*\"}\n]}",
        ),
    ] {
        gives(before, &[actions(0, &["s3:C"])], after);
    }
}

#[test]
fn line_ends_tabs_and_what_ends_the_file_stay() {
    let text = "\"Effect\": \"Allow\",\n\"Action\": \"s3:B\",  \n\"Resource\" :\t\"*\"";
    let after = "\"Effect\": \"Allow\",\n\"Action\": [\n    \"s3:B\",\n    \"s3:C\"\n],  \n\"Resource\" :\t\"*\"";
    let crlf = |text: &str| usual(text).replace('\n', "\r\n");
    gives(&crlf(text), &[actions(0, &["s3:C"])], &crlf(after));
    let tabs = |text: &str| usual(text).replace("    ", "\t");
    gives(&tabs(text), &[actions(0, &["s3:C"])], &tabs(after));
    let open = |text: &str| usual(text).trim_end().to_owned();
    gives(&open(text), &[actions(0, &["s3:C"])], &open(after));
    // One carriage return among line feeds is not the author's habit.
    let one = |text: &str| usual(text).replacen("Allow\",\n", "Allow\",\r\n", 1);
    gives(&one(text), &[actions(0, &["s3:C"])], &one(after));
}

#[test]
fn what_is_there_is_not_added_again() {
    gives_usual(
        "\"Effect\": \"Allow\",\n\"Action\": [\"s3:B\", \"s3:A\"],\n\"Resource\": [\"arn:A\", \"arn:a\"]",
        &[actions(0, &["S3:a", "s3:D", "s3:d"]), resources(0, &["arn:a", "arn:b"]), actions(0, &["s3:D", "s3:E"])],
        "\"Effect\": \"Allow\",\n\"Action\": [\"s3:B\", \"s3:A\", \"s3:D\", \"s3:E\"],\n\"Resource\": [\"arn:A\", \"arn:a\", \"arn:b\"]",
    );
}

#[test]
fn an_empty_list_is_filled() {
    gives_usual(
        "\"Effect\": \"Allow\",\n\"Action\": [ ],\n\"Resource\": \"*\"",
        &[actions(0, &["s3:B", "s3:A"])],
        "\"Effect\": \"Allow\",\n\"Action\": [\n    \"s3:A\",\n    \"s3:B\"\n],\n\"Resource\": \"*\"",
    );
}

#[test]
fn items_go_with_their_lines() {
    for (gone, before, after) in [
        (&["x:A"] as &[&str], "[\n    \"x:A\",\n    \"x:B\"\n]", "[\n    \"x:B\"\n]"),
        (&["x:B"], "[\n    \"x:A\",\n    \"x:B\"\n]", "[\n    \"x:A\"\n]"),
        (&["x:B"], "[\n    \"x:A\",  \n    \"x:B\",\n    \"x:C\"\n]", "[\n    \"x:A\",  \n    \"x:C\"\n]"),
        (&["x:A", "X:c"], "[\n    \"x:A\",\n    \"x:B\",\n    \"x:C\"\n]", "[\n    \"x:B\"\n]"),
        (&["x:B"], "[\"x:A\", \"x:B\", \"x:C\"]", "[\"x:A\", \"x:C\"]"),
        (&["x:A"], "[ \"x:A\", \"x:B\" ]", "[ \"x:B\" ]"),
        (&["x:B"], "[\"x:A\", \"x:B\",\n    \"x:C\"]", "[\"x:A\",\n    \"x:C\"]"),
        (&["x:B"], "[\n      \"x:A\"\n    , \"x:B\"\n    , \"x:C\"\n]", "[\n      \"x:A\"\n    , \"x:C\"\n]"),
        (&["x:B"], "[\"x:B\", \"x:A\", \"x:b\", \"x:C\"]", "[\"x:A\", \"x:C\"]"),
    ] {
        let elements = |list: &str| format!("\"Effect\": \"Deny\",\n\"Action\": {list},\n\"Resource\": \"*\"");
        gives_usual(&elements(before), &[without(0, gone)], &elements(after));
    }
}

#[test]
fn exceptions_of_a_deny() {
    for (before, items, after) in [
        ("\"Resource\": \"*\"", &["arn:b"] as &[&str], "\"NotResource\": \"arn:b\""),
        ("\"Resource\" : [\"*\"]", &["arn:b"], "\"NotResource\" : [\"arn:b\"]"),
        ("\"Resource\": [\"arn:x\", \"**\"]", &["arn:b", "arn:a", "arn:b"], "\"NotResource\": [\"arn:b\", \"arn:a\"]"),
        ("\"Resource\": [\n  \"*\"\n]", &["b", "a"], "\"NotResource\": [\n  \"b\",\n  \"a\"\n]"),
        ("\"Resource\": \"*\"", &["b", "a"], "\"NotResource\": [\n    \"b\",\n    \"a\"\n]"),
        ("\"NotResource\": \"x\"", &["a"], "\"NotResource\": [\n    \"a\",\n    \"x\"\n]"),
        ("\"NotResource\": [\"x\", \"b\"]", &["b", "a"], "\"NotResource\": [\"x\", \"b\", \"a\"]"),
    ] {
        let elements = |resource: &str| format!("\"Effect\": \"Deny\",\n\"Action\": \"x:A\",\n{resource}");
        gives_usual(&elements(before), &[except(0, items)], &elements(after));
    }
    gives_usual(
        "\"Effect\": \"Deny\",\n\"NotAction\": [\"iam:*\"],\n\"Resource\": \"*\"",
        &[Change::ExceptActions { statement: 0, actions: strings(&["sts:*"]) }],
        "\"Effect\": \"Deny\",\n\"NotAction\": [\"iam:*\", \"sts:*\"],\n\"Resource\": \"*\"",
    );
    for (before, after) in [
        ("\"*\"", "\"sts:*\""),
        ("[\"*\"]", "[\"sts:*\"]"),
        ("\"*:*\"", "\"sts:*\""),
        ("[\"s3:*\", \"*\"]", "[\"sts:*\"]"),
    ] {
        gives_usual(
            &format!("\"Effect\": \"Deny\",\n\"Action\": {before},\n\"Resource\": \"*\""),
            &[Change::ExceptActions { statement: 0, actions: strings(&["sts:*", "STS:*"]) }],
            &format!("\"Effect\": \"Deny\",\n\"NotAction\": {after},\n\"Resource\": \"*\""),
        );
    }
}

#[test]
fn strings_are_written_as_iam_accepts_them() {
    gives_usual(
        "\"Effect\": \"Allow\",\n\"Action\": \"s3:B\",\n\"Resource\": [\"\\u00e9\"]",
        &[resources(0, &["é", "ü\"\\/", "żó\u{1f600}"])],
        "\"Effect\": \"Allow\",\n\"Action\": \"s3:B\",\n\"Resource\": [\"\\u00e9\", \"ü\\\"\\\\/\", \"\\u017có\\ud83d\\ude00\"]",
    );
}

#[test]
fn principals_go_into_the_list_that_names_arns() {
    let change = Change::AddPrincipals { statement: 0, principals: strings(&["arn:b"]) };
    let with = |principal: &str| {
        usual(&format!("\"Effect\": \"Allow\",\n\"Principal\": {principal},\n\"Action\": \"sts:AssumeRole\""))
    };
    for (before, after) in [
        (r#"{"AWS": "arn:c"}"#, "{\"AWS\": [\n    \"arn:b\",\n    \"arn:c\"\n]}"),
        (r#"{"Service": "s", "AWS": ["arn:a", "arn:c"]}"#, r#"{"Service": "s", "AWS": ["arn:a", "arn:b", "arn:c"]}"#),
        (
            "{\n    \"AWS\": [\n        \"arn:z\",\n        \"arn:a\"\n    ]\n}",
            "{\n    \"AWS\": [\n        \"arn:z\",\n        \"arn:a\",\n        \"arn:b\"\n    ]\n}",
        ),
    ] {
        gives(&with(before), std::slice::from_ref(&change), &with(after));
    }
    let edit = super::edit("p", &with(r#"{"Service": "s"}"#), &[change]);
    assert_eq!(edit.unwrap_err().to_string(), "statement number 1: it has no `Principal/AWS`");
}

#[test]
fn what_an_allow_lets_pass_stands_in_its_condition() {
    let change = Change::AddValues {
        statement: 0,
        operator: "IpAddress".to_owned(),
        key: "aws:SourceIp".to_owned(),
        values: strings(&["198.51.100.1/32"]),
    };
    let with = |list: &str| {
        let condition = format!("{{\"IpAddress\": {{\"aws:SourceIp\": {list}}}}}");
        usual(&format!(
            "\"Effect\": \"Allow\",\n\"Action\": \"s3:*\",\n\"Resource\": \"*\",\n\"Condition\": {condition}"
        ))
    };
    let after = with(r#"["198.51.100.1/32", "203.0.113.0/24"]"#);
    gives(&with(r#"["203.0.113.0/24"]"#), std::slice::from_ref(&change), &after);
    // Of a Deny it would be what is denied.
    let deny = with(r#"["203.0.113.0/24"]"#).replace("Allow", "Deny");
    assert!(super::edit("p", &deny, std::slice::from_ref(&change)).is_err());
}

#[test]
fn whom_a_deny_spares_stands_in_its_condition() {
    let change = Change::ExceptPrincipals {
        statement: 0,
        operator: "ArnNotLike".to_owned(),
        key: "aws:PrincipalArn".to_owned(),
        principals: strings(&["arn:b"]),
    };
    let with = |list: &str| {
        let condition =
            format!("{{\"Bool\": {{\"a:b\": \"true\"}}, \"ArnNotLike\": {{\"aws:PrincipalArn\": {list}}}}}");
        usual(&format!(
            "\"Effect\": \"Deny\",\n\"Action\": \"s3:*\",\n\"Resource\": \"*\",\n\"Condition\": {condition}"
        ))
    };
    gives(&with(r#"["arn:a"]"#), std::slice::from_ref(&change), &with(r#"["arn:a", "arn:b"]"#));
    // The effect has to be the one that it is for, or it would do the opposite.
    let allow = with(r#"["arn:a"]"#).replace("Deny", "Allow");
    assert!(super::edit("p", &allow, std::slice::from_ref(&change)).is_err());
}
