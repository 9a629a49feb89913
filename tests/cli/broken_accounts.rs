//! An account of which some entries or documents are broken: they are reported, and the rest is audited.

use serde_json::{Value, json};

use super::program::{Run, account, diagnose};

fn audit(account: &Value, args: &str) -> Run {
    diagnose("audit --snapshot a.json").args(args).file("a.json", serde_json::to_string_pretty(account).unwrap())
}

fn rows(report: &Value) -> Vec<Value> {
    report["principals"].as_array().unwrap().clone()
}

fn broken(report: &Value) -> Vec<Value> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|found| found["code"] == "policy-broken").cloned().collect()
}

fn whole() -> Value {
    serde_json::from_str(&account()).unwrap()
}

/// Each kind of entry, of another shape than AWS gives it: told once, with its line, and nothing else is lost.
#[test]
fn an_entry_of_another_shape() {
    let good = audit(&whole(), "").json();
    for (list, field) in [
        ("RoleDetailList", "RolePolicyList"),
        ("RoleDetailList", "Tags"),
        ("UserDetailList", "GroupList"),
        ("GroupDetailList", "AttachedManagedPolicies"),
        ("Policies", "PolicyVersionList"),
    ] {
        let mut account = whole();
        let Some(entry) = account[list].as_array_mut().unwrap().first_mut() else { continue };
        entry[field] = json!(17);
        let arn = entry["Arn"].clone();
        let report = audit(&account, "").json();
        let [found] = broken(&report).try_into().unwrap();
        let text = found["text"].as_str().unwrap();
        assert!(text.contains(&format!("{list}[0] ({})", arn.as_str().unwrap())), "{text}");
        let line = usize::try_from(found["file_line"].as_u64().unwrap()).unwrap();
        let there = serde_json::to_string_pretty(&account).unwrap().lines().nth(line - 1).unwrap().to_owned();
        assert!(there.contains("17"), "{list} {field}: line {line} is {there}");
        assert_eq!(rows(&report).len(), rows(&good).len(), "{list}");
        let complete =
            |report: &Value| rows(report).into_iter().filter(|row| row["complete"] == true).collect::<Vec<_>>();
        let known = complete(&good);
        assert!(complete(&report).iter().all(|row| known.contains(row)), "{list} {field}");
        if list.ends_with("DetailList") && list != "GroupDetailList" {
            let row = rows(&report).into_iter().find(|row| row["arn"] == arn).unwrap();
            assert_eq!((&row["complete"], &row["boundary"]), (&json!(false), &Value::Null));
            assert_eq!(found["principal"], arn);
        }
    }
}

/// Of an entry without an ARN nobody knows whose it is: a gate that finds nothing cannot say that there is nothing.
#[test]
fn an_entry_of_nobody() {
    for entry in [json!(null), json!({"RoleName": "R"}), json!([]), json!("x"), json!({"Arn": "arn:aws:s3:::bucket"})] {
        let mut account = whole();
        account["RoleDetailList"].as_array_mut().unwrap().insert(1, entry);
        let report = audit(&account, "").json();
        let [found] = broken(&report).try_into().unwrap();
        assert!(found["text"].as_str().unwrap().contains("is not known"), "{found}");
        assert_eq!(rows(&report).len(), rows(&audit(&whole(), "").json()).len());
        audit(&account, "-q --fail-on boundary-aws-managed").code(3).check();
        audit(&account, "-q --fail-on any").code(1).check();
    }
    audit(&whole(), "-q --fail-on boundary-aws-managed").code(0).check();
    // Pages that are missing hide as much.
    let mut cut = whole();
    cut["IsTruncated"] = json!(true);
    audit(&cut, "-q --fail-on boundary-aws-managed").code(3).check();
}

/// What is no list at all is no account.
#[test]
fn lists_of_another_shape() {
    let mut account = whole();
    account["RoleDetailList"] = json!({"Arn": "arn:aws:iam::123456789012:role/R"});
    assert!(audit(&account, "").refused_with(2).contains("another kind of value"));
}

/// One question about one role is answered whatever another entry looks like; about the broken one, where it is broken is
/// the answer.
#[test]
fn a_question_beside_a_broken_entry() {
    let mut account = whole();
    let name = |entry: &Value| entry["RoleName"].as_str().unwrap().to_owned();
    let roles = account["RoleDetailList"].as_array_mut().unwrap();
    roles[0]["RolePolicyList"] = json!({});
    let (broken, other) = (name(&roles[0]), name(&roles[1]));
    let ask = |account: &Value, role: &str| {
        let run = diagnose("--action s3:GetObject --snapshot a.json").args(&format!("--role {role}"));
        run.file("a.json", account.to_string())
    };
    assert_eq!(ask(&account, &other).outcome(), ask(&whole(), &other).outcome());
    let line = ask(&account, &broken).refused_with(2);
    assert!(line.starts_with("a.json:1:") && line.contains("another kind of value"), "{line}");
}

/// Three hundred roles, one of them with a document that is cut short: it is found, and every other is judged as it is
/// without it, whatever the number of threads.
#[test]
fn a_broken_document_among_three_hundred() {
    let arn = |name: &str| format!("arn:aws:iam::123456789012:{name}");
    let document = |at: usize| {
        let condition = json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}});
        let own = format!("arn:aws:s3:::team-{at}/${{aws:PrincipalTag/team}}/*");
        let narrow =
            json!({"Effect": "Allow", "Action": ["s3:Get*", "sqs:*"], "Resource": own, "Condition": condition});
        let wide = json!({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": if at.is_multiple_of(30_usize) { vec![narrow, wide] } else { vec![narrow] }})
    };
    let boundary = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "ec2:Describe*", "logs:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]});
    let account = |broken: bool| {
        let role = |at: usize| {
            let own = if broken && at == 123 { json!("{\"Version\": \"2012-10-17\", \"Statem") } else { document(at) };
            json!({"Arn": arn(&format!("role/team/r{at}")), "RoleName": format!("r{at}"),
                "RolePolicyList": [{"PolicyName": "Own", "PolicyDocument": own}],
                "PermissionsBoundary": {"PermissionsBoundaryArn": arn("policy/Edge")}})
        };
        let version = json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": boundary}]);
        json!({"RoleDetailList": (0..300).map(role).collect::<Vec<_>>(),
            "Policies": [{"Arn": arn("policy/Edge"), "PolicyName": "Edge", "DefaultVersionId": "v1", "PolicyVersionList": version}]})
    };
    let run = |broken: bool, threads: &str| {
        let run = audit(&account(broken), "-o json").env("RAYON_NUM_THREADS", threads);
        run.outcome().stdout
    };
    let bytes = run(true, "1");
    assert_eq!(bytes, run(true, "2"));
    let (report, good): (Value, Value) =
        (serde_json::from_str(&bytes).unwrap(), serde_json::from_str(&run(false, "2")).unwrap());
    let [found] = broken(&report).try_into().unwrap();
    assert_eq!(found["principal"], json!(arn("role/team/r123")));
    let others =
        |report: &Value| rows(report).into_iter().filter(|row| row["arn"] != found["principal"]).collect::<Vec<_>>();
    assert_eq!((others(&report).len(), others(&report)), (299, others(&good)));
    let blocked = |row: &&Value| row["counts"]["blocked"].as_u64().unwrap() > 1_000;
    assert_eq!(others(&report).iter().filter(blocked).count(), 10);
}
