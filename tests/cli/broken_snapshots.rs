//! The program's own snapshot, of which some entries are broken: they are reported, and the rest is answered as if they
//! were not there. What the broken entry itself is about is not known, and never "there is none".

use serde_json::{Value, json};

use super::program::{Run, diagnose, digest, list};

fn arn(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

fn policy(name: &str, action: &str) -> Value {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"name": name, "document": {"Version": "2012-10-17", "Statement": [statement]}})
}

/// Three roles with a boundary, and a session of the last.
fn whole() -> Value {
    let role = |name: &str| {
        json!({"arn": arn(name), "tags": {"team": "a"}, "identity_policies": [policy("Own", "*")],
            "trust_policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": arn("app")}}]},
            "permissions_boundary": {"name": "Edge", "arn": "arn:aws:iam::123456789012:policy/Edge",
                "document": policy("", "s3:*")["document"]}})
    };
    let session = json!({"arn": session("web"), "session_policies": [policy("Scoped", "s3:Get*")]});
    json!({"diagnose_snapshot": 1, "principals": [role("app"), role("db"), role("web"), session],
        "service_control_policies": [{"target": "r-root", "policies": [policy("Full", "*")]}],
        "resource_policies": [{"resource": "arn:aws:s3:::known", "account": "123456789012", "document": null}]})
}

fn session(role: &str) -> String {
    format!("arn:aws:sts::123456789012:assumed-role/{role}/s")
}

/// The snapshot with this entry of its principals in the place of another.
fn with(at: usize, entry: &Value) -> Value {
    let mut file = whole();
    file["principals"][at] = entry.clone();
    file
}

/// The snapshot in which a field of a principal is something else.
fn spoilt(at: usize, field: &str, value: Value) -> Value {
    let mut entry = whole()["principals"][at].clone();
    entry[field] = value;
    with(at, &entry)
}

fn on(command: &str, file: &Value) -> Run {
    diagnose(command).args("--snapshot own.json").file("own.json", serde_json::to_string_pretty(file).unwrap())
}

fn audit(file: &Value) -> Value {
    on("audit", file).json()
}

fn broken(report: &Value) -> Vec<Value> {
    list(&report["findings"]).iter().filter(|found| found["code"] == "policy-broken").cloned().collect()
}

fn rows_but(report: &Value, name: &str) -> Vec<Value> {
    list(&report["principals"]).iter().filter(|row| row["arn"] != json!(arn(name))).cloned().collect()
}

#[test]
fn an_entry_of_another_shape_is_reported_and_the_rest_audited() {
    let good = audit(&whole());
    assert_eq!((list(&good["principals"]).len(), broken(&good).len()), (3, 0));
    for (field, value) in [
        ("identity_policies", json!({"spoilt": true})),
        ("identity_policies", json!([policy("Own", "*"), "spoilt"])),
        ("identity_policies", json!([{"name": "Own", "arn": ["spoilt"]}])),
        ("permissions_boundary", json!("spoilt")),
        ("tags", json!([{"Key": "spoilt", "Value": "a"}])),
        ("session_policies", json!("spoilt")),
        ("boundary_users", json!("spoilt")),
        ("unique_id", json!(["spoilt"])),
    ] {
        let file = spoilt(1, field, value);
        let report = audit(&file);
        let [found] = broken(&report).try_into().unwrap();
        let text = found["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("the entry principals[1] ({}) cannot be read", arn("db"))), "{text}");
        assert_eq!((&found["principal"], &found["file"]), (&json!(arn("db")), &json!("own.json")));
        let line = usize::try_from(found["file_line"].as_u64().unwrap()).unwrap();
        let near = serde_json::to_string_pretty(&file).unwrap();
        let near: Vec<&str> = near.lines().skip(line - 2).take(3).collect();
        assert!(near.iter().any(|line| line.contains("spoilt") || line.contains(field)), "{field}: {near:?}");
        assert_eq!(rows_but(&report, "db"), rows_but(&good, "db"), "{field}");
        let row = list(&report["principals"]).iter().find(|row| row["arn"] == json!(arn("db"))).unwrap();
        assert_eq!((&row["complete"], &row["boundary"]), (&json!(false), &Value::Null), "{field}");
        let without = list(&report["findings"]).iter().filter(|found| found["code"] == "boundary-missing").count();
        assert_eq!(without, 0, "whose boundary is not known is not without one: {field}");
        let unread = list(&report["unread"]).iter().filter(|one| one["principal"] == json!(arn("db")));
        assert_eq!(unread.count(), 2, "{field}");
    }
}

/// Of an entry without an ARN nobody knows whose it is: a gate that finds nothing cannot say that there is nothing.
#[test]
fn an_entry_of_nobody() {
    let good = audit(&whole());
    on("audit -q --fail-on boundary-aws-managed", &whole()).code(0).check();
    for entry in [json!(null), json!(5), json!([]), json!({"tags": {}}), json!({"arn": 7}), json!({"arn": "a:b"})] {
        let mut file = whole();
        file["principals"].as_array_mut().unwrap().push(entry.clone());
        let report = audit(&file);
        let [found] = broken(&report).try_into().unwrap();
        assert!(found["text"].as_str().unwrap().contains("is not known"), "{entry}: {found}");
        assert!(found["file_line"].is_u64(), "{entry}: {found}");
        assert_eq!(report["principals"], good["principals"], "{entry}");
        on("audit -q --fail-on boundary-aws-managed", &file).code(3).check();
        on("audit -q --fail-on policy-broken", &file).code(1).check();
    }
}

/// A session has no row of its own, and hides nobody who has one.
#[test]
fn an_entry_of_a_session() {
    let report = audit(&spoilt(3, "session_policies", json!(7)));
    let [found] = broken(&report).try_into().unwrap();
    assert!(found["text"].as_str().unwrap().contains(&session("web")), "{found}");
    assert!(!found["text"].as_str().unwrap().contains("is not known"), "{found}");
    assert_eq!(report["principals"], audit(&whole())["principals"]);
}

/// What stands beside the principals is broken for all of them, or for none.
#[test]
fn an_entry_of_another_list() {
    let good = audit(&whole());
    for (field, entry) in [
        ("resource_policies", json!({"document": null})),
        ("vpc_endpoint_policies", json!("vpce-0abc")),
        ("policy_holders", json!({"policy": "arn:aws:iam::123456789012:policy/Edge", "as": 3})),
        ("service_control_policies", json!({"target": "ou-1", "policies": {}})),
        ("resource_control_policies", json!(null)),
    ] {
        let mut file = whole();
        file[field] = json!([entry]);
        let report = audit(&file);
        let [found] = broken(&report).try_into().unwrap();
        let text = found["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("the entry {field}[0] cannot be read")), "{text}");
        assert_eq!(list(&report["principals"]).len(), 3, "{field}");
        if !field.starts_with("service_control") {
            assert_eq!(report["principals"], good["principals"], "{field}");
        }
    }
}

/// What cannot be read was not checked: neither a level that allows, nor a list that is empty.
#[test]
fn a_question_beside_an_entry_of_another_list() {
    let ask = |field: &str, entry: Value| {
        let mut file = whole();
        file[field] = json!([entry]);
        let report = on("--role app --action s3:GetObject --resource arn:aws:s3:::b/k", &file).json();
        report["results"][0].clone()
    };
    let of = |field: &str, entry: Value, code: &str| {
        let result = ask(field, entry);
        let layer = list(&result["layers"]).iter().find(|layer| layer["layer"] == code).unwrap().clone();
        (layer["outcome"].as_str().unwrap().to_owned(), layer["reason"].to_string())
    };
    let (outcome, _) = of("service_control_policies", json!({"target": "ou-1", "policies": {}}), "scp");
    assert_eq!(outcome, "not-checked");
    let resource = json!({"resource": "arn:aws:s3:::b", "account": 5});
    for (field, entry, code) in
        [("resource_policies", resource, "resource"), ("vpc_endpoint_policies", json!("vpce-0abc"), "vpc-endpoint")]
    {
        let (outcome, reason) = of(field, entry, code);
        assert_eq!(outcome, "not-checked");
        assert!(reason.contains(&format!("{field}[0] of the snapshot cannot be read")), "{reason}");
    }
}

/// One question about one role is answered whatever another entry looks like; about the broken one, where it is broken is
/// the answer.
#[test]
fn a_question_beside_a_broken_entry() {
    for file in [
        spoilt(1, "identity_policies", json!({})),
        spoilt(1, "permissions_boundary", json!(5)),
        with(1, &json!({"arn": arn("db"), "tags": 5})),
    ] {
        // Who else has the boundary, of which a fix speaks, is known of fewer.
        for command in ["--action s3:GetObject", "--action ec2:RunInstances --fix none", "gap --fix none"] {
            let ask = |file: &Value, who: &str| on(command, file).args(who);
            assert_eq!(ask(&file, "--role app").outcome(), ask(&whole(), "--role app").outcome());
            for who in ["--role db".to_owned(), format!("--principal {}", session("db"))] {
                let line = ask(&file, &who).refused_with(2);
                assert!(
                    line.starts_with("own.json:") && line.contains("another kind of value"),
                    "{command} {who}: {line}"
                );
            }
        }
    }
}

/// Who is not there may be whom an entry without an ARN is about.
#[test]
fn a_question_about_whom_a_broken_entry_may_hide() {
    let mut file = whole();
    file["principals"].as_array_mut().unwrap().push(json!({"permissions_boundary": null}));
    for who in ["--role gone".to_owned(), "--user gone".to_owned(), format!("--principal {}", session("gone"))] {
        let ask = |file: &Value| on("--action s3:GetObject", file).args(&who);
        assert!(ask(&file).refused_with(2).contains("a field is missing"), "{who}");
        assert!(ask(&whole()).refused_with(4).contains("is not in `own.json`"), "{who}");
    }
    let ask = |file: &Value| on("--action s3:GetObject --role app", file).outcome();
    assert_eq!(ask(&file), ask(&whole()));
}

/// The session's own policies are not known: its role's are no answer for it.
#[test]
fn a_question_about_a_session() {
    let file = spoilt(3, "session_policies", json!(7));
    let ask = |file: &Value, who: &str| on("--action s3:GetObject", file).args("--principal").arg(who);
    let line = ask(&file, &session("web")).refused_with(2);
    assert!(line.starts_with("own.json:") && line.contains("another kind of value"), "{line}");
    assert_eq!(ask(&file, &arn("web")).outcome(), ask(&whole(), &arn("web")).outcome());
}

/// Whom a role that cannot be read trusts is not known; every role trusts somebody.
#[test]
fn a_role_that_is_assumed() {
    let ask = |file: &Value, code: i32| {
        let run = on("--role app --no-boundary --action sts:AssumeRole", file).args("--resource").arg(arn("db"));
        digest(&run.code(code).json()["results"][0])
    };
    assert!(ask(&whole(), 0).contains("trust=allow"), "{}", ask(&whole(), 0));
    let spoilt = spoilt(1, "tags", json!(5));
    assert!(ask(&spoilt, 3).contains("trust=undetermined"), "{}", ask(&spoilt, 3));
}

/// One of many principals whose calls were denied: of the others it is told what stops them now.
#[test]
fn a_trail_beside_a_broken_entry() {
    let event = |number: usize, role: &str| {
        let message = format!(
            "User: {} is not authorized to perform: ec2:RunInstances on resource: * because no permissions boundary \
             allows the ec2:RunInstances action",
            session(role)
        );
        json!({"eventVersion": "1.11", "eventID": format!("event-{number}"), "eventTime": "2026-11-21T03:10:00Z",
            "userIdentity": {"type": "AssumedRole", "arn": session(role), "accountId": "123456789012",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn(role)}}},
            "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "awsRegion": "eu-west-1",
            "errorCode": "AccessDenied", "errorMessage": message})
        .to_string()
    };
    let file = spoilt(1, "identity_policies", json!({}));
    let events = format!("{}\n{}\n", event(1, "app"), event(2, "db"));
    let report = on("trail e.jsonl", &file).file("e.jsonl", events).json();
    let groups = list(&report["groups"]);
    let verdict = |role: &str| {
        let of = |group: &&Value| group["principal"].to_string().contains(&arn(role));
        groups.iter().find(of).unwrap()["now"]["verdict"].clone()
    };
    assert_eq!((groups.len(), verdict("app"), verdict("db")), (2, json!("denied"), Value::Null));
}

/// What is no list at all is no snapshot, and a failed read that nobody can tell may be of anything.
#[test]
fn lists_of_another_shape() {
    for (field, value) in [("principals", json!({})), ("principals", json!(null)), ("unread", json!([3]))] {
        let mut file = whole();
        file[field] = value;
        assert!(on("audit", &file).refused_with(2).contains("another kind of value"), "{field}");
    }
    let later = json!({"diagnose_snapshot": 2, "principals": [5]});
    assert!(on("audit", &later).refused_with(2).contains("snapshot format 2"));
}
