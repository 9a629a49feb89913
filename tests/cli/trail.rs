//! `diagnose trail`: every form of input, what is wanted of it, and everything that can be wrong with a file.

mod broken;
mod calls;
mod forms;
mod sql;

use insta::assert_snapshot;
use serde_json::Value;

use super::program::{Run, diagnose, on_logs};

/// The groups of a run, a line each: how often, who, what, by which layer.
#[track_caller]
fn groups(run: Run) -> Vec<String> {
    let found = run.arg("-o").arg("jsonl").arg("-v").outcome();
    let group = |line: &str| {
        let group: Value = serde_json::from_str(line).unwrap();
        let who = group["principal"]["arn"].as_str().unwrap_or("?").rsplit([':', '/']).next().unwrap().to_owned();
        let text = |name: &str| group[name].as_str().unwrap_or("-").to_owned();
        format!("{} {who} {} {} {}", group["count"], text("action"), text("layer"), text("deny"))
    };
    found.stdout.lines().map(group).collect()
}

#[test]
fn the_files_of_a_trail() {
    assert_snapshot!(on_logs("AWSLogs").outcome());
}

#[test]
fn with_the_policies_of_now() {
    assert_snapshot!(on_logs("AWSLogs --snapshot account.json").outcome());
}

#[test]
fn as_json() {
    assert_snapshot!(on_logs("AWSLogs -o json").outcome());
}

#[test]
fn as_json_with_the_policies_of_now() {
    assert_snapshot!(on_logs("AWSLogs --role MyRole --layer boundary --snapshot account.json -o json").outcome());
}

#[test]
fn as_json_lines() {
    assert_snapshot!(on_logs("AWSLogs --layer scp --layer vpc-endpoint -o jsonl").outcome());
}

#[test]
fn for_a_ticket() {
    assert_snapshot!(on_logs("AWSLogs --layer boundary --snapshot account.json -o markdown").outcome());
}

#[test]
fn as_commands() {
    assert_snapshot!(on_logs("AWSLogs --layer boundary --snapshot account.json --fix cli").outcome());
}

#[test]
fn nothing_of_that_kind() {
    assert_snapshot!(on_logs("events.jsonl --layer session").outcome());
}

#[test]
fn a_denial_is_counted_once_wherever_it_stands() {
    let twice = on_logs("AWSLogs AWSLogs events.jsonl").json();
    assert_eq!(twice["read"]["denied"], 17);
    let once = on_logs("events.jsonl").json();
    assert_eq!(twice["groups"], once["groups"]);
    assert_eq!((&once["read"]["repeated"], &once["read"]["events"]), (&0.into(), &22.into()));
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let one = groups(on_logs("AWSLogs events.jsonl"));
    assert_eq!(one, groups(on_logs("events.jsonl AWSLogs")));
    assert_eq!(one.len(), 11, "{one:#?}");
}

#[test]
fn what_is_wanted() {
    let of = |args: &str| groups(on_logs("events.jsonl").args(args));
    assert_eq!(
        of("--layer boundary"),
        ["3 MyRole ec2:TerminateInstances boundary implicit", "2 MyRole ec2:StopInstances boundary implicit"]
    );
    assert_eq!(of("--layer trust"), ["1 MyRole sts:AssumeRole trust implicit"]);
    assert_eq!(of("--layer unknown").len(), 3);
    let reader = ["4 ReportReader s3:PutObject identity implicit", "1 ReportReader s3:GetObject - -"];
    assert_eq!(of("--role ReportReader"), reader);
    assert_eq!(of("--role arn:aws:iam::123456789012:role/team/ReportReader"), reader);
    assert_eq!(of("--principal arn:aws:sts::123456789012:assumed-role/ReportReader/other"), reader);
    assert_eq!(of("--role arn:aws:iam::123456789012:role/ReportReader"), [""; 0]);
    assert_eq!(of("--role arn:aws:iam::999999999999:role/team/ReportReader"), [""; 0]);
    assert_eq!(of("--user alice").len(), 2);
    assert_eq!(of("--user MyRole"), [""; 0]);
    assert_eq!(of("--since 2026-11-22"), ["1 MyRole ec2:TerminateInstances boundary implicit"]);
    assert_eq!(of("--until 2026-11-21T03:11:00Z"), ["1 MyRole ec2:TerminateInstances boundary implicit"]);
    assert_eq!(of("--since 2026-11-21T19:00:00Z --until 2026-11-21T20:00:00Z").len(), 2);
}

#[test]
fn a_run_fails_where_it_is_told_to() {
    let code = |args: &str| on_logs("events.jsonl -q").args(args).outcome().code;
    assert_eq!(code(""), 0);
    assert_eq!(code("--fail-on boundary"), 1);
    assert_eq!(code("--fail-on any"), 1);
    assert_eq!(code("--fail-on session"), 0);
    assert_eq!(code("--fail-on session --fail-on scp"), 1);
    assert_eq!(code("--fail-on any --layer session"), 0);
    assert_eq!(code("--fail-on any --exit-zero"), 0);
    // What the policies allow now is no reason to fail, whatever stopped it then.
    assert_eq!(code("--fail-on identity --until 2026-11-21T03:12:00Z --role MyRole"), 1);
    assert_eq!(code("--fail-on identity --until 2026-11-21T03:12:00Z --role MyRole --snapshot account.json"), 0);
    assert_eq!(code("--fail-on boundary --until 2026-11-21T03:12:00Z --role MyRole --snapshot account.json"), 1);
}

#[test]
fn policy_files_alone_say_what_would_be() {
    let allow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}"#;
    let run = on_logs("events.jsonl --layer boundary --boundary new.json --identity-policy new.json");
    let found = run.file("new.json", allow).json();
    let verdicts: Vec<&Value> =
        found["groups"].as_array().unwrap().iter().map(|group| &group["now"]["verdict"]).collect();
    assert_eq!(verdicts, ["allowed", "allowed"]);
}

/// The resources of a group are listed up to a number; nothing is told of those behind it.
#[test]
fn what_was_not_looked_at_is_not_fixed() {
    let allow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
    let events = |count: usize| -> String {
        let event = |number: usize| {
            let event = serde_json::json!({
                "eventVersion": "1.11", "eventID": format!("event-{number}"), "eventTime": "2026-11-21T03:10:00Z",
                "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/u", "accountId": "123456789012"},
                "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
                "errorCode": "AccessDenied", "requestParameters": {"bucketName": "b", "key": format!("k{number:02}")},
            });
            format!("{event}\n")
        };
        (0..count).map(event).collect()
    };
    let ask = |count: usize, policy: &str| {
        let run = diagnose("trail e.jsonl --identity-policy p.json --no-boundary").file("e.jsonl", events(count));
        run.file("p.json", policy).json()["groups"][0].clone()
    };
    let (all, more) = (ask(20, allow), ask(21, allow));
    assert_eq!((&all["now"]["verdict"], &all["more_resources"]), (&"allowed".into(), &0.into()));
    assert_eq!((&more["now"]["verdict"], &more["more_resources"]), (&"undetermined".into(), &1.into()));
    // The last one that is listed counts as the first does.
    let but_one = allow.replace(r#""Resource": "*""#, r#""NotResource": "arn:aws:s3:::b/k19""#);
    assert_eq!(ask(20, &but_one)["now"]["verdict"], "denied");
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let refused = |args: &str| on_logs(args).refused_with(2);
    assert_eq!(
        refused("events.jsonl --since yesterday"),
        "--since: `yesterday` is no time: write a span before now (90m, 24h, 7d), a date (2026-11-21) or an RFC 3339 time"
    );
    assert_eq!(refused("events.jsonl --since 2026-11-22 --until 2026-11-21"), "--since is later than --until");
    assert_eq!(
        refused("--offline"),
        "--offline needs events from files: name CloudTrail's files or folders, or pipe them in"
    );
    for (args, word) in [
        ("events.jsonl --layer law", "[possible values: scp, rcp, vpc-endpoint, "),
        ("events.jsonl --fail-on law", "[possible values: any, scp, rcp, "),
        ("--sql athena", "--table"),
        ("--table x", "--sql"),
        ("events.jsonl --now --offline", "cannot be used"),
    ] {
        let found = diagnose("trail").args(args).outcome();
        assert_eq!(found.code, 2, "{args}");
        assert!(found.stderr.contains(word), "{args}: {}", found.stderr);
    }
}

#[test]
fn the_query_for_athena() {
    assert_snapshot!(diagnose("trail --sql athena --table logs.cloudtrail --since 2026-11-21").outcome().stdout);
}

#[test]
fn the_query_for_lake() {
    let table = "0a1b2c3d-1111-4222-8333-444455556666";
    let run = diagnose("trail --sql lake --until 2026-11-22T12:00:00Z --table").arg(table);
    assert_snapshot!(run.outcome().stdout);
}

#[test]
fn what_is_not_in_the_query_is_told() {
    let run = |args: &str| diagnose("trail --sql athena --table t").args(args).outcome();
    let found = run("--role app --layer boundary --since 7d");
    assert_eq!(
        (found.code, found.stderr.as_str()),
        (0, "note: not in the query: --role, --layer; give it again with the result\n")
    );
    assert_eq!(run("--since 7d").stderr, "");
}

#[test]
fn a_table_is_a_name_and_nothing_else() {
    for table in ["a;b", "a b", "a\"b", "a--\n", "", "a..b", "a.b.c.d", "a'b", "ü"] {
        let found = diagnose("trail --sql athena --table").arg(table).outcome();
        assert_eq!((found.code, found.stdout.as_str()), (2, ""), "{table:?}");
    }
    let line = diagnose("trail --sql lake --table a.b").refused_with(2);
    assert!(line.starts_with("--table: `a.b` is no name of a table"), "{line}");
}
