//! A call that fails stops what depends on it.

use diagnose::fix::Fix;
use diagnose::fix::commands::{AwsCli, commands};
use diagnose::snapshot::Layer;

use super::made::{POLICY, VERIFY, attached, managed, replacing, role};
use super::shell::{Stage, shells};

/// The operations that were called, and whether the script ended well.
fn called(fix: &Fix, fails: &str, options: &[&str]) -> Vec<(Vec<String>, bool)> {
    let lines = commands(fix, &role(), &AwsCli::default(), VERIFY);
    let stage = Stage::new(&[("list-policy-versions", "v2\n"), ("get-queue-url", "https://sqs/q\n")], fails);
    let play = |shell: Vec<&str>| {
        let played = stage.play(&shell, options, &lines);
        let names = |call: &Vec<String>| if call[0] == "aws" { call[2].clone() } else { call[0].clone() };
        (played.calls.iter().map(names).collect(), played.code == Some(0))
    };
    shells().into_iter().map(play).collect()
}

#[test]
fn a_script_stops_where_it_fails() {
    let version = managed(Layer::Boundary, POLICY);
    let boundary = replacing("arn:aws:iam::aws:policy/P");
    let queue = attached(Layer::Resource, "arn:aws:sqs:eu-west-1:123456789012:q");
    let cases: [(&Fix, &str, &[&str]); 6] = [
        (&version, "list-policy-versions", &["list-policy-versions"]),
        (&version, "delete-policy-version", &["list-policy-versions", "delete-policy-version"]),
        (
            &version,
            "create-policy-version",
            &["list-policy-versions", "delete-policy-version", "create-policy-version"],
        ),
        (&boundary, "create-policy", &["create-policy"]),
        (&boundary, "put-role-permissions-boundary", &["create-policy", "put-role-permissions-boundary"]),
        (&queue, "get-queue-url", &["get-queue-url"]),
    ];
    // The fake program fails by its second word, which is the operation.
    for (fix, fails, expected) in cases {
        for (calls, well) in called(fix, fails, &["-eu"]) {
            assert_eq!(calls, expected, "{fails}");
            assert!(!well, "{fails}");
        }
    }
}

/// Pasted into a terminal, where nothing stops: no boundary is switched to a policy that was not made by the line before.
#[test]
fn a_boundary_is_not_switched_to_what_was_not_made() {
    for (calls, _) in called(&replacing("arn:aws:iam::aws:policy/P"), "create-policy", &["-u"]) {
        assert_eq!(calls, ["create-policy", "diagnose"]);
    }
}
