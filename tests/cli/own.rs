//! `--snapshot` with this program's own format: absent is "not read", empty and null are "read, there is none".

use serde_json::{Value, json};

use super::program::{Run, diagnose, digest, statements};

const R: &str = "arn:aws:iam::123456789012:role/R";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/R/s";

fn document(effect: &str, action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})
}

fn policy(effect: &str, action: &str) -> Value {
    json!({"name": format!("{effect}-{action}"), "document": document(effect, action)})
}

fn file(principals: &Value, more: &Value) -> String {
    let mut file = json!({"diagnose_snapshot": 1, "taken_at": "2026-11-22T01:00:00Z", "principals": principals});
    file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    file.to_string()
}

/// The role with an Allow and no boundary, but for what is said of it. `"absent"` takes a field away.
fn role(more: &Value) -> Value {
    let mut role = json!({"arn": R, "identity_policies": [policy("Allow", "s3:*")], "permissions_boundary": null});
    let fields = role.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    fields.retain(|_, value| value != "absent");
    role
}

fn on(text: &str) -> Run {
    diagnose("--role R --action s3:GetObject --snapshot own.json").file("own.json", text)
}

fn with(more: &Value) -> Run {
    on(&file(&json!([role(more)]), &json!({})))
}

#[test]
fn identity_policies() {
    with(&json!({})).gives(0, "allowed identity=allow boundary=not-applicable");
    let none = "denied identity=implicit-deny boundary=not-applicable blocked:identity/implicit";
    with(&json!({"identity_policies": []})).gives(1, none);
    with(&json!({"identity_policies": null})).gives(1, none);
    let report = with(&json!({"identity_policies": "absent"})).outcome();
    assert!(report.stdout.contains("identity policies     not checked"), "{report}");
}

#[test]
fn the_boundary() {
    let boundary = |value: Value| with(&json!({ "permissions_boundary": value }));
    boundary(Value::Null).gives(0, "allowed identity=allow boundary=not-applicable");
    boundary(policy("Allow", "s3:*")).gives(0, "allowed identity=allow boundary=allow");
    let capped = "denied identity=allow boundary=implicit-deny blocked:boundary/implicit";
    boundary(policy("Allow", "ec2:*")).gives(1, capped);
    boundary(json!("absent")).gives(0, "allowed identity=allow boundary=not-checked");
    let unread = "undetermined identity=allow boundary=undetermined";
    boundary(json!({"name": "Edge", "arn": "arn:aws:iam::123456789012:policy/Edge"})).gives(3, unread);
    boundary(json!({"name": "Edge", "document": null})).gives(3, unread);
    boundary(json!({"name": "Edge", "document": "oops"})).gives(3, unread);
    boundary(json!({"name": "Edge", "document": {}})).gives(3, unread);
}

#[test]
fn a_boundary_that_could_not_be_read_leaves_it_open() {
    let unread = json!({"unread": [{"layer": "boundary", "operation": "iam:GetRole", "reason": "access-denied"}]});
    let text = file(&json!([role(&json!({"permissions_boundary": "absent"}))]), &unread);
    on(&text).gives(3, "undetermined identity=allow boundary=undetermined");
    assert_eq!(on(&text).code(3).json()["unread"], unread["unread"]);
}

#[test]
fn identity_policies_that_could_not_be_read_leave_it_open() {
    let unread =
        json!({"unread": [{"layer": "identity", "operation": "iam:ListRolePolicies", "reason": "access-denied"}]});
    let text = file(&json!([role(&json!({"identity_policies": "absent"}))]), &unread);
    on(&text).gives(3, "undetermined identity=undetermined boundary=not-applicable");
}

#[test]
fn tags() {
    let tagged = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}});
    let run = |tags: Value| {
        with(&json!({"identity_policies": [{"name": "Tagged", "document": tagged}], "tags": tags})).outcome().code
    };
    assert_eq!(run(json!({"team": "a"})), 0);
    assert_eq!(run(json!({"TEAM": "a"})), 0);
    assert_eq!(run(json!({"team": "b"})), 1);
    assert_eq!(run(json!({})), 1);
    assert_eq!(run(Value::Null), 1);
    assert_eq!(run(json!("absent")), 3);
}

#[test]
fn organization_levels() {
    let scps = |value: Value| on(&file(&json!([role(&json!({}))]), &json!({ "service_control_policies": value })));
    let plain = "allowed identity=allow boundary=not-applicable";
    scps(json!([])).gives(0, plain);
    scps(Value::Null).gives(0, plain);
    let level = |policies: Value| json!({"target": "r-root", "policies": policies});
    scps(json!([level(json!([policy("Allow", "*")]))]))
        .gives(0, "allowed scp=allow identity=allow boundary=not-applicable");
    let implicit = "denied scp=implicit-deny identity=allow boundary=not-applicable blocked:scp/implicit";
    scps(json!([level(json!([]))])).gives(1, implicit);
    scps(json!([level(json!([policy("Allow", "*")])), level(json!([policy("Allow", "ec2:*")]))])).gives(1, implicit);
    let explicit = "denied scp=explicit-deny identity=allow boundary=not-applicable blocked:scp/explicit";
    scps(json!([level(json!([policy("Allow", "*"), policy("Deny", "s3:*")]))])).gives(1, explicit);
}

/// The sentence must not blame a policy that allows the request: the level that blocks is the other one.
#[test]
fn a_level_that_blocks_is_named() {
    let level = |target: &str, policies: Value| json!({"target": target, "policies": policies});
    let on = |second: Value| {
        let levels = json!([level("r-root", json!([policy("Allow", "*")])), level("ou-1", second)]);
        let report =
            on(&file(&json!([role(&json!({}))]), &json!({ "service_control_policies": levels }))).code(1).json();
        report["results"][0]["explanation"].as_str().unwrap().to_owned()
    };
    for second in [json!([]), json!([policy("Allow", "ec2:*")])] {
        let sentence = on(second);
        assert!(sentence.contains("ou-1"), "{sentence}");
        assert!(!sentence.contains("no statement of Allow-* ") && !sentence.contains("the 2 policies"), "{sentence}");
    }
}

#[test]
fn null_and_empty_are_the_same_for_every_list_of_the_file() {
    for field in [
        "service_control_policies",
        "resource_control_policies",
        "resource_policies",
        "vpc_endpoint_policies",
        "unread",
    ] {
        let with = |value: Value| on(&file(&json!([role(&json!({}))]), &json!({ field: value }))).json();
        assert_eq!(with(Value::Null), with(json!([])), "{field}");
    }
}

#[test]
fn a_session_without_an_entry_uses_its_role() {
    let text = file(&json!([role(&json!({}))]), &json!({}));
    let run = diagnose("--action s3:GetObject --snapshot own.json --principal").arg(SESSION).file("own.json", text);
    let report = run.json();
    assert_eq!(report["results"][0]["principal"]["role"], R);
    assert_eq!(digest(&report["results"][0]), "allowed identity=allow boundary=not-applicable");
}

#[test]
fn a_sessions_own_entry_adds_its_session_policies_to_its_role() {
    let session = |policies: Value| json!({"arn": SESSION, "session_policies": policies});
    let on = |role: Value, session: Value| {
        let text = file(&json!([role, session]), &json!({}));
        diagnose("--action s3:GetObject --snapshot own.json --principal").arg(SESSION).file("own.json", text)
    };
    let capped = "denied identity=allow boundary=not-applicable session=implicit-deny blocked:session/implicit";
    on(role(&json!({})), session(json!([policy("Allow", "ec2:*")]))).gives(1, capped);
    let free = "allowed identity=allow boundary=not-applicable session=allow";
    on(role(&json!({})), session(json!([policy("Allow", "s3:*")]))).gives(0, free);
    on(role(&json!({})), session(json!([]))).gives(0, "allowed identity=allow boundary=not-applicable");
    let bounded = role(&json!({"permissions_boundary": policy("Allow", "ec2:*")}));
    let blocked = "denied identity=allow boundary=implicit-deny session=allow blocked:boundary/implicit";
    on(bounded, session(json!([policy("Allow", "s3:*")]))).gives(1, blocked);
}

#[test]
fn a_sessions_own_entry_keeps_the_arn_of_its_role() {
    let by_role = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/path/R"}}}});
    let role = json!({"arn": "arn:aws:iam::123456789012:role/path/R", "permissions_boundary": null,
        "identity_policies": [{"name": "ByRole", "document": by_role}]});
    let session = json!({"arn": SESSION, "session_policies": [], "permissions_boundary": null,
        "identity_policies": [{"name": "ByRole", "document": by_role}]});
    let text = file(&json!([role, session]), &json!({}));
    let run = diagnose("--action s3:GetObject --snapshot own.json --principal").arg(SESSION).file("own.json", text);
    let report = run.json();
    assert_eq!(report["results"][0]["principal"]["role"], "arn:aws:iam::123456789012:role/path/R");
}

#[test]
fn origins_and_groups() {
    let user = json!({"arn": "arn:aws:iam::123456789012:user/u", "permissions_boundary": null, "identity_policies": [
        {"name": "FromGroup", "arn": null, "origin": "group:g", "version": null, "document": document("Allow", "s3:*")},
    ]});
    let text = file(&json!([user]), &json!({}));
    let run = diagnose("--user u --action s3:GetObject --snapshot own.json").file("own.json", text);
    assert_eq!(statements(&run.json()["results"][0], "identity"), ["FromGroup[0]"]);
}

#[test]
fn unknown_fields_are_a_later_programs_business() {
    let text = file(&json!([role(&json!({"later": [1, {"a": null}]}))]), &json!({"also_later": {"x": []}}));
    on(&text).gives(0, "allowed identity=allow boundary=not-applicable");
}

#[test]
fn a_later_format_is_refused_whatever_it_looks_like() {
    for (number, rest) in [
        ("2", r#""principals": []"#),
        ("2", r#""principals": {"by": "arn"}"#),
        ("2", r#""unread": {}"#),
        ("17", r#""entries": [1]"#),
        ("\"1\"", r#""principals": []"#),
    ] {
        on(&format!(r#"{{"diagnose_snapshot": {number}, {rest}}}"#)).refused(
            2,
            &format!("`own.json` has snapshot format {number}, this program reads format 1; a newer diagnose reads it"),
        );
    }
}
