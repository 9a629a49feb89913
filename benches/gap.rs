//! How fast gaps are found: one principal over all actions of the catalogue, and many with policies of their own.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on has failed, and its figures are its output"
)]

use std::hint::black_box;

use diagnose::derive::Given;
use diagnose::gap::{gap, summary};
use diagnose::principal::Principal;
use diagnose::report::gap_report;
use diagnose::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Source};
use divan::Bencher;
use divan::counter::ItemsCount;
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn given() -> Given {
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    Given::nothing(now)
}

fn policies(documents: &[Value]) -> Reading {
    let policy = |document: &Value| Policy::new("P", None, Origin::CustomerManaged, None, &document.to_string());
    Reading::policies(documents.iter().map(policy).collect())
}

fn snapshot(identity: &[Value], boundary: &Value) -> Snapshot {
    let who = Principal::from_arn("arn:aws:iam::123456789012:role/team/Worker").unwrap();
    let mut snapshot = Snapshot::without_policies(Source::Snapshot, who);
    snapshot.layers.set(Layer::Identity, policies(identity));
    snapshot.layers.set(Layer::Boundary, policies(std::slice::from_ref(boundary)));
    snapshot
}

fn statement(effect: &str, action: Value, resource: Value) -> Value {
    json!({"Effect": effect, "Action": action, "Resource": resource})
}

fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// AdministratorAccess under a boundary like PowerUserAccess.
fn administrator() -> Snapshot {
    let power = json!([
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:ListRoles", "account:ListRegions"], "Resource": "*"}
    ]);
    let boundary = json!({"Version": "2012-10-17", "Statement": power});
    snapshot(&[document(vec![statement("Allow", json!("*"), json!("*"))])], &boundary)
}

/// Six policies of a worker with resources of its own, under a boundary with a region guard.
fn worker(number: usize) -> Snapshot {
    let bucket = format!("arn:aws:s3:::team-{number}");
    let identity = [
        document(vec![
            statement(
                "Allow",
                json!(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
                json!(format!("{bucket}/*")),
            ),
            statement("Allow", json!("s3:ListBucket"), json!(bucket)),
        ]),
        document(vec![statement(
            "Allow",
            json!(["sqs:*", "sns:Publish"]),
            json!([
                format!("arn:aws:sqs:eu-west-1:123456789012:jobs-{number}"),
                format!("arn:aws:sns:eu-west-1:123456789012:done-{number}")
            ]),
        )]),
        document(vec![statement("Allow", json!(["logs:CreateLogStream", "logs:PutLogEvents"]), json!("*"))]),
        document(vec![
            statement("Allow", json!(["ec2:Describe*", "ec2:Get*", "cloudwatch:*"]), json!("*")),
            statement("Deny", json!("ec2:*Spot*"), json!("*")),
        ]),
        document(vec![statement(
            "Allow",
            json!(["dynamodb:*Item", "dynamodb:Query"]),
            json!(format!("arn:aws:dynamodb:eu-west-1:123456789012:table/t{number}")),
        )]),
        document(vec![
            statement("Allow", json!("iam:PassRole"), json!("arn:aws:iam::123456789012:role/jobs/*")),
            json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
                   "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}),
        ]),
    ];
    let boundary = document(vec![
        statement("Allow", json!(["s3:*", "sqs:*", "sns:*", "logs:*", "ec2:*", "dynamodb:*", "kms:*"]), json!("*")),
        json!({"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "cloudfront:*"], "Resource": "*",
               "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}}),
        statement("Deny", json!(["iam:*Boundary", "iam:CreateUser"]), json!("*")),
    ]);
    snapshot(&identity, &boundary)
}

/// Everything that `diagnose gap` computes, but for reading and writing; the catalogue is there already.
#[divan::bench]
fn administrator_under_power_user(bencher: Bencher<'_, '_>) {
    let (snapshot, given) = (administrator(), given());
    bencher.bench_local(|| black_box(gap_report(&gap(&snapshot, &given), &snapshot)));
}

/// What the audit asks of each principal, documents loaded, on one core.
#[divan::bench]
fn worker_in_numbers(bencher: Bencher<'_, '_>) {
    let (all, given) = ((0..100).map(worker).collect::<Vec<Snapshot>>(), given());
    let count = ItemsCount::new(all.len());
    bencher.counter(count).bench_local(|| {
        for one in &all {
            black_box(summary(one, &given));
        }
    });
}
