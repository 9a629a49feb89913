//! `diagnose audit --plan` on what Terraform itself printed: what is computed, what is referred to, what is left open.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{Run, diagnose};

fn plan(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn on(plan: &Value, args: &str) -> Run {
    diagnose("audit --plan plan.json").args(args).file("plan.json", plan.to_string())
}

/// How many actions each role and user is granted, whether all of it is known, and the name of its boundary.
fn rows(plan: &Value) -> BTreeMap<String, (u64, bool, String)> {
    let report = on(plan, "").json();
    let last = |value: &Value| value.as_str().unwrap_or_default().rsplit('/').next().unwrap().to_owned();
    let row = |row: &Value| {
        let name = if row["arn"].is_null() { &row["address"] } else { &row["arn"] };
        let granted = row["counts"]["granted"].as_u64().unwrap();
        (last(name), (granted, row["complete"].as_bool().unwrap(), last(&row["boundary"])))
    };
    report["principals"].as_array().unwrap().iter().map(row).collect()
}

#[track_caller]
fn has(rows: &BTreeMap<String, (u64, bool, String)>, expected: &[(&str, u64, bool, &str)]) {
    for (name, granted, complete, boundary) in expected {
        assert_eq!(rows.get(*name), Some(&(*granted, *complete, (*boundary).to_owned())), "{name}: {rows:#?}");
    }
}

/// What the provider computes of a role that is made new is no policy that nobody knows; a document that names what is yet
/// to be made is.
#[test]
fn a_plan_that_makes_everything() {
    let rows = rows(&plan("created.json"));
    assert_eq!(rows.len(), 11);
    has(
        &rows,
        &[
            // Their own policies, and one that a module gives back.
            ("pair-p", 3, true, ""),
            ("pair-q", 2 + 1, true, ""),
            // The role is one of a count, the policies are those of `for_each`.
            ("aws_iam_role.counted[0]", 1, true, ""),
            // A name that is made at the end, and a boundary that the plan makes.
            ("aws_iam_role.prefixed", 2, true, "Boundary"),
            // Through variables of a module, and an output of another.
            ("modrole", 1, true, "Boundary"),
            ("dyn", 2, true, ""),
            // Through its group.
            ("u", 1, true, ""),
            // Documents that name a bucket that is yet to be made.
            ("bare", 1, false, ""),
            ("blocks", 180, false, ""),
            ("dynunknown", 0, false, ""),
        ],
    );
    // Where a local value leads to, a plan does not say.
    assert!(!rows["via-local"].1, "{rows:#?}");
}

/// A variable without a value leaves the attribute to the provider; one that leads to a local value does not.
#[test]
fn an_attribute_set_to_nothing() {
    let with = |references: Value| {
        let mut all = plan("created.json");
        let blocks = all["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
        let pair = blocks.iter_mut().find(|block| block["address"] == "aws_iam_role.pair").unwrap();
        pair["expressions"]["managed_policy_arns"] = json!({"references": references});
        rows(&all)["pair-p"].1
    };
    assert!(with(json!(["var.arns"])));
    assert!(!with(json!(["local.arns"])));
    assert!(!with(json!(["aws_iam_role.bare.arn", "aws_iam_role.bare"])));
}

/// The exit code of a plan that makes a role is the answer to what was asked.
#[test]
fn a_gate_on_a_plan_that_makes_roles() {
    let all = plan("created.json");
    for (args, code) in [
        ("--principal pair-* --fail-on gap", 0),
        ("--principal pair-* --fail-on boundary-missing", 1),
        ("--principal modrole --fail-on boundary-missing", 0),
        // Its inline policy is not known, and says nothing about its boundary.
        ("--principal bare --fail-on gap", 3),
        ("--principal bare --fail-on boundary-aws-managed", 0),
        ("--principal via-local --fail-on boundary-missing", 3),
    ] {
        on(&all, args).arg("-q").code(code).check();
    }
}

/// A role lists what other resources attach as it was before the plan: after it theirs counts.
#[test]
fn a_plan_that_takes_policies_away() {
    let narrowed = plan("narrowed.json");
    let after = rows(&narrowed);
    has(
        &after,
        &[("pair-p", 2, true, ""), ("pair-q", 2, true, ""), ("bare", 1, true, ""), ("via-local", 1, true, "Boundary")],
    );
    // What nothing in the plan attaches stays.
    let mut drifted = narrowed;
    for change in drifted["resource_changes"].as_array_mut().unwrap() {
        if change["address"] == json!("aws_iam_role.pair[\"p\"]") {
            for side in ["before", "after"] {
                let other = json!({"name": "by-hand", "policy": json!({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}).to_string()});
                change["change"][side]["inline_policy"].as_array_mut().unwrap().push(other);
            }
        }
    }
    has(&rows(&drifted), &[("pair-p", 3, true, "")]);
}

/// Without its configuration, a plan does not tell what is computed from what is not known.
#[test]
fn a_plan_without_its_configuration() {
    let mut bare = plan("created.json");
    bare.as_object_mut().unwrap().remove("configuration");
    let report: Value = serde_json::from_str(&on(&bare, "-o json").outcome().stdout).unwrap();
    let row = report["principals"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["arn"].as_str().unwrap_or_default().ends_with("pair-p"));
    assert_eq!(row.unwrap()["complete"], false);
}

/// What is left out by `-target` is there, as it was.
#[test]
fn a_plan_of_one_resource() {
    let mut targeted = plan("narrowed.json");
    let changes = targeted["resource_changes"].as_array_mut().unwrap();
    let (named, others): (Vec<Value>, Vec<Value>) = changes
        .drain(..)
        .partition(|change| change["address"].as_str().unwrap().starts_with("aws_iam_role_policy.pair"));
    *changes = named;
    let resources = targeted["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
    for other in &others {
        let mut resource = other.clone();
        resource["values"] = other["change"]["before"].clone();
        resources.push(resource);
    }
    // The attachment that the whole plan would take away stays.
    has(&rows(&targeted), &[("pair-p", 3, true, ""), ("dyn", 2, true, "")]);
}
