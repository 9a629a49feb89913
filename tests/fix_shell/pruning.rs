//! A version is deleted only where five exist, and then the oldest that is not the default.

use diagnose::fix::commands::{AwsCli, commands};
use diagnose::snapshot::Layer;
use proptest::prelude::*;
use serde_json::json;

use super::made::{POLICY, VERIFY, managed, role};
use super::shell::{Stage, config, shells};

/// A version: its number, the hour of its making, whether it is the default.
type Version = (u32, u32, bool);

/// What the script deletes, where these versions exist; the CLI's `--query` is JMESPath.
fn deleted(versions: &[Version]) -> Vec<String> {
    let lines = commands(&managed(Layer::Boundary, POLICY), &role(), &AwsCli::default(), VERIFY);
    let asked = Stage::new(&[], "").play(&["sh"], &["-eu"], &lines).calls[0].clone();
    let query = &asked[asked.iter().position(|word| word == "--query").unwrap() + 1];
    let versions: Vec<_> = versions
        .iter()
        .map(|(number, hour, default)| {
            let made = format!("2026-01-{:02}T{:02}:00:00+00:00", hour / 24 + 1, hour % 24);
            json!({"VersionId": format!("v{number}"), "IsDefaultVersion": default, "CreateDate": made})
        })
        .collect();
    let answer = jmespath::compile(query).unwrap().search(json!({"Versions": versions, "IsTruncated": false})).unwrap();
    // `--output text` prints a null as None.
    let text = answer
        .as_string()
        .map_or_else(|| if answer.is_null() { "None".into() } else { answer.to_string() }, Clone::clone);
    let stage = Stage::new(&[("list-policy-versions", &format!("{text}\n"))], "");
    let mut found = Vec::new();
    for shell in shells() {
        let played = stage.play(&shell, &["-eu"], &lines);
        assert_eq!(played.code, Some(0));
        let calls: Vec<&str> = played.calls.iter().map(|call| call.get(2).map_or("", String::as_str)).collect();
        let delete = &played.calls[1];
        let now = if calls == ["list-policy-versions", "create-policy-version", "s3:GetObject"]
            || calls == ["list-policy-versions", "create-policy-version", "MyRole"]
        {
            Vec::new()
        } else {
            assert_eq!(calls, ["list-policy-versions", "delete-policy-version", "create-policy-version", "MyRole"]);
            assert_eq!(delete[3..6], ["--policy-arn", POLICY, "--version-id"]);
            delete[6..].to_vec()
        };
        found.push(now);
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
    found.remove(0)
}

#[test]
fn of_five_the_oldest_goes() {
    // As IAM lists them, the newest first.
    assert_eq!(deleted(&[(12, 50, true), (11, 40, false), (10, 30, false), (9, 20, false), (8, 10, false)]), ["v8"]);
    assert_eq!(deleted(&[(12, 50, false), (11, 40, false), (10, 30, false), (9, 20, false), (8, 10, true)]), ["v9"]);
    // By date, not by the text of the number.
    assert_eq!(deleted(&[(9, 1, false), (10, 2, false), (11, 3, true), (12, 4, false), (13, 5, false)]), ["v9"]);
}

#[test]
fn of_four_none_goes() {
    assert!(deleted(&[(4, 50, true), (3, 40, false), (2, 30, false), (1, 20, false)]).is_empty());
    assert!(deleted(&[(1, 50, true)]).is_empty());
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn the_default_never_goes(count in prop_oneof![3 => Just(5), 1 => 1_usize..5], default in 0_usize..5, order in Just((0..5_u32).collect::<Vec<_>>()).prop_shuffle()) {
        let versions: Vec<Version> =
            order.iter().take(count).enumerate().map(|(at, hour)| (hour + 7, *hour, at == default % count)).collect();
        let oldest = versions.iter().filter(|version| !version.2).min_by_key(|version| version.1);
        let expected: Vec<String> =
            oldest.filter(|_| count == 5).map(|version| format!("v{}", version.0)).into_iter().collect();
        prop_assert_eq!(deleted(&versions), expected);
    }
}
