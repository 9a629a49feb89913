//! The answer for a ticket: pinned, and held against what could break out of it.

use insta::assert_snapshot;
use serde_json::json;

use super::program::{diagnose, on_account};

#[test]
fn denied_by_the_boundary() {
    assert_snapshot!(on_account("--role MyRole --action ec2:TerminateInstances -o markdown").outcome());
}

#[test]
fn undetermined_by_the_resource() {
    assert_snapshot!(on_account("--role ReportReader --action s3:GetObject -o markdown").outcome());
}

#[test]
fn many_results() {
    assert_snapshot!(on_account("--role MyRole --action ec2:*Vpcs --action s3:*Acl -o markdown").outcome());
}

#[test]
fn the_form_of_fixes_is_a_flag() {
    let of = |form: &str| {
        let run = on_account("--role MyRole --action ec2:TerminateInstances -o markdown --fix");
        run.arg(form).outcome().stdout
    };
    for (form, fences) in [
        ("none", vec!["text"]),
        ("diff", vec!["text", "diff", "sh", "sh"]),
        ("json", vec!["text", "json", "sh"]),
        ("cli", vec!["text", "sh", "sh"]),
        ("terraform", vec!["text", "hcl", "sh"]),
    ] {
        let found: Vec<String> = of(form)
            .lines()
            .filter_map(|line| line.strip_prefix("```").filter(|name| !name.is_empty()).map(str::to_owned))
            .collect();
        assert_eq!(found, fences, "{form}");
    }
}

/// Of what stands outside of code, and of every table, nothing may be anybody's but ours.
#[test]
fn nothing_in_a_policy_is_a_mark_a_link_or_a_mention() {
    let evil = "``` | </td><img src=x onerror=y> [a](https://evil.example) @team #1 GH-2 www.evil.example\n# head";
    let file = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": evil, "Effect": "Allow", "Action": ["s3:List*", evil], "Resource": [format!("arn:aws:s3:::{evil}"), "*"]},
        {"Sid": evil, "Effect": "Deny", "Action": "s3:Get*", "Resource": "*", "Condition": {"StringEquals": {format!("aws:RequestTag/{evil}"): evil}}},
    ]});
    let pretty = serde_json::to_string_pretty(&file).unwrap().replace("\\n", "\\u000a");
    for flags in ["", "-v", "--fix json", "--fix terraform", "--fix cli"] {
        let run = diagnose("-o markdown --no-boundary --action s3:GetObject").args(flags).file("p.json", &pretty);
        let name = evil.replace(['\n', '='], " ");
        let outcome = run.arg("--identity-policy").arg(format!("{name}=p.json")).outcome();
        assert!(matches!(outcome.code, 1 | 3), "{outcome}");
        let outside = outside_of_code(&outcome.stdout);
        for mark in ["<", "](", "@", "#1", "GH-", "www.", "https:"] {
            assert!(!outside.contains(mark), "{mark} outside of code:\n{outside}\n\n{outcome}");
        }
        let rows = outcome.stdout.lines().filter(|line| line.starts_with("| "));
        for row in rows {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
        }
    }
}

/// The text without blocks and spans of code, by CommonMark's rules.
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) => {
                if ticks >= open && line.trim_start_matches('`').is_empty() {
                    fence = None;
                }
                continue;
            }
            None if ticks >= 3 && !line.trim_start_matches('`').contains('`') => fence = Some(ticks),
            None => {
                outside.push_str(&without_spans(line));
                outside.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence stays open:\n{text}");
    outside
}

fn without_spans(line: &str) -> String {
    let Some(start) = line.find('`') else { return line.to_owned() };
    let rest = &line[start..];
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let body = &rest[ticks..];
    let mut at = 0;
    while let Some(found) = body[at..].find('`') {
        let run = body[at + found..].len() - body[at + found..].trim_start_matches('`').len();
        if run == ticks {
            return line[..start].to_owned() + &without_spans(&body[at + found + run..]);
        }
        at += found + run;
    }
    line[..start + ticks].to_owned() + &without_spans(body)
}
