//! `--snapshot` with the output of `aws iam get-account-authorization-details`, as it comes out of different tools.

use serde_json::{Value, json};

use super::program::{Run, account, diagnose, digest, statements};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/Edge";

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// A role with one inline policy, and whatever else is said of it.
fn role(arn: &str, more: &Value) -> Value {
    let mut role = json!({
        "Path": "/", "RoleName": arn.rsplit('/').next(), "RoleId": "AROAEXAMPLE", "Arn": arn, "CreateDate": "2026-01-01T00:00:00Z",
        "RolePolicyList": [{"PolicyName": "Own", "PolicyDocument": allow("s3:*")}],
        "AttachedManagedPolicies": [], "Tags": [],
    });
    role.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    role
}

fn with_boundary() -> Value {
    json!({"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY}})
}

fn managed(versions: &Value) -> Value {
    json!({"PolicyName": "Edge", "Arn": BOUNDARY, "DefaultVersionId": "v2", "PolicyVersionList": versions})
}

fn page(roles: &[Value], policies: &[Value]) -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies})
}

const R: &str = "arn:aws:iam::123456789012:role/R";

fn on(text: impl AsRef<[u8]>) -> Run {
    diagnose("--role R --action s3:GetObject --snapshot gaad.json").file("gaad.json", text)
}

const CAPPED: &str = "denied identity=allow boundary=implicit-deny blocked:boundary/implicit";
const PLAIN: &str = "allowed identity=allow boundary=not-applicable";
const MISSING: &str = "undetermined identity=allow boundary=undetermined";

#[test]
fn documents_as_objects_as_strings_and_url_encoded() {
    let document = allow("ec2:*").to_string();
    let encoded: String = document.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let half: String = document.replace('{', "%7B").replace('"', "%22").replace('}', "%7D").replace(' ', "%20");
    for form in [allow("ec2:*"), json!(document), json!(encoded), json!(half)] {
        let versions = json!([{"VersionId": "v2", "IsDefaultVersion": true, "Document": form}]);
        on(page(&[role(R, &with_boundary())], &[managed(&versions)]).to_string()).gives(1, CAPPED);
        let own = json!({"RolePolicyList": [{"PolicyName": "Own", "PolicyDocument": form}]});
        let run = on(page(&[role(R, &own)], &[]).to_string());
        run.gives(1, "denied identity=implicit-deny boundary=not-applicable blocked:identity/implicit");
    }
}

#[test]
fn pages_one_behind_the_other_in_any_order() {
    let versions = json!([{"VersionId": "v2", "IsDefaultVersion": true, "Document": allow("ec2:*")}]);
    let roles = page(&[role(R, &with_boundary())], &[]).to_string();
    let policies = page(&[], &[managed(&versions)]).to_string();
    let mut marked = page(&[], &[]);
    marked["IsTruncated"] = json!(true);
    marked["Marker"] = json!("AAAA");
    for text in [
        format!("{roles}{policies}"),
        format!("{roles}\n{policies}\n"),
        format!("{policies}\n\n{roles}"),
        format!("{marked}\n{policies}{roles}"),
    ] {
        on(text).gives(1, CAPPED);
    }
}

#[test]
fn a_page_with_some_lists_only() {
    on(json!({"RoleDetailList": [role(R, &json!({}))]}).to_string()).gives(0, PLAIN);
    let nulls = json!({"RoleDetailList": [role(R, &json!({}))], "UserDetailList": null, "GroupDetailList": null, "Policies": null});
    on(nulls.to_string()).gives(0, PLAIN);
}

#[test]
fn a_byte_order_mark_before_it() {
    on(format!("\u{feff}{}", page(&[role(R, &json!({}))], &[]))).gives(0, PLAIN);
}

#[test]
fn the_default_version_counts_and_not_the_newest() {
    let flagged = json!([
        {"VersionId": "v3", "IsDefaultVersion": false, "Document": allow("*")},
        {"VersionId": "v2", "IsDefaultVersion": true, "Document": allow("ec2:*")},
        {"VersionId": "v1", "IsDefaultVersion": false, "Document": allow("*")},
    ]);
    on(page(&[role(R, &with_boundary())], &[managed(&flagged)]).to_string()).gives(1, CAPPED);
    let by_id = json!([{"VersionId": "v3", "Document": allow("*")}, {"VersionId": "v2", "Document": allow("ec2:*")}]);
    on(page(&[role(R, &with_boundary())], &[managed(&by_id)]).to_string()).gives(1, CAPPED);
    let elsewhere = json!([{"VersionId": "v3", "IsDefaultVersion": false, "Document": allow("*")}]);
    on(page(&[role(R, &with_boundary())], &[managed(&elsewhere)]).to_string()).gives(3, MISSING);
}

#[test]
fn a_boundary_without_its_document_is_never_no_boundary() {
    on(page(&[role(R, &with_boundary())], &[]).to_string()).gives(3, MISSING);
    on(page(&[role(R, &with_boundary())], &[managed(&json!([]))]).to_string()).gives(3, MISSING);
    let null = json!([{"VersionId": "v2", "IsDefaultVersion": true, "Document": null}]);
    on(page(&[role(R, &with_boundary())], &[managed(&null)]).to_string()).gives(3, MISSING);
    let nameless = json!({"PermissionsBoundary": {"PermissionsBoundaryType": "Policy"}});
    on(page(&[role(R, &nameless)], &[]).to_string()).gives(3, MISSING);
    let report = on(page(&[role(R, &with_boundary())], &[]).to_string()).code(3).json();
    assert_eq!(
        report["unread"],
        json!([{"layer": "boundary", "operation": "iam:GetPolicyVersion", "reason": "not-in-source"}])
    );
}

#[test]
fn a_boundary_that_is_no_policy_is_never_no_boundary() {
    for document in [json!("oops"), json!(3), json!([]), json!({}), json!("%7Boops"), json!({"Statement": 3})] {
        let versions = json!([{"VersionId": "v2", "IsDefaultVersion": true, "Document": document}]);
        let report = on(page(&[role(R, &with_boundary())], &[managed(&versions)]).to_string()).code(3).json();
        assert_eq!(digest(&report["results"][0]), MISSING, "{document}");
    }
}

#[test]
fn no_boundary_where_it_says_so() {
    on(page(&[role(R, &json!({}))], &[]).to_string()).gives(0, PLAIN);
    on(page(&[role(R, &json!({"PermissionsBoundary": null}))], &[]).to_string()).gives(0, PLAIN);
}

#[test]
fn an_attached_policy_without_its_document_leaves_it_open() {
    let attached =
        json!({"RolePolicyList": [], "AttachedManagedPolicies": [{"PolicyName": "Edge", "PolicyArn": BOUNDARY}]});
    let run = on(page(&[role(R, &attached)], &[]).to_string());
    run.gives(3, "undetermined identity=undetermined boundary=not-applicable");
    let beside = json!({"AttachedManagedPolicies": [{"PolicyName": "Edge", "PolicyArn": BOUNDARY}]});
    let report = on(page(&[role(R, &beside)], &[]).to_string()).code(3).json();
    assert_eq!(report["results"][0]["verdict"], "undetermined", "the unread policy may deny");
}

#[test]
fn a_users_groups() {
    let user = json!({"Arn": "arn:aws:iam::123456789012:user/u", "UserName": "u", "GroupList": ["g"], "AttachedManagedPolicies": []});
    let group = json!({"Arn": "arn:aws:iam::123456789012:group/g", "GroupName": "g",
        "GroupPolicyList": [{"PolicyName": "Inline", "PolicyDocument": allow("s3:GetObject")}],
        "AttachedManagedPolicies": [{"PolicyName": "Edge", "PolicyArn": BOUNDARY}]});
    let versions = json!([{"VersionId": "v2", "IsDefaultVersion": true, "Document": allow("s3:Put*")}]);
    let file =
        json!({"UserDetailList": [user], "GroupDetailList": [group], "Policies": [managed(&versions)]}).to_string();
    for (action, decided) in [("s3:GetObject", "Inline[0]"), ("s3:PutObject", "Edge[0]")] {
        let run = diagnose("--user u --snapshot gaad.json --action").arg(action).file("gaad.json", &file);
        assert_eq!(statements(&run.json()["results"][0], "identity"), [decided]);
    }
    let missing = json!({"UserDetailList": [user], "GroupDetailList": []}).to_string();
    let run = diagnose("--user u --snapshot gaad.json --action s3:GetObject").file("gaad.json", missing);
    run.gives(3, "undetermined identity=undetermined boundary=not-applicable");
    let other = json!({"Arn": "arn:aws:iam::999999999999:group/g", "GroupName": "g",
        "GroupPolicyList": [{"PolicyName": "Inline", "PolicyDocument": allow("s3:GetObject")}]});
    let elsewhere = json!({"UserDetailList": [user], "GroupDetailList": [other]}).to_string();
    let run = diagnose("--user u --snapshot gaad.json --action s3:GetObject").file("gaad.json", elsewhere);
    run.gives(3, "undetermined identity=undetermined boundary=not-applicable");
}

#[test]
fn the_same_name_in_two_accounts_needs_the_arn() {
    let other = "arn:aws:iam::999999999999:role/R";
    let empty = json!({"RolePolicyList": []});
    let file = page(&[role(R, &json!({})), role(other, &empty)], &[]).to_string();
    on(&file).refused(
        2,
        "role `R` exists more than once in `gaad.json`: arn:aws:iam::123456789012:role/R, arn:aws:iam::999999999999:role/R; give the ARN",
    );
    let by = |arn: &str| {
        diagnose("--action s3:GetObject --snapshot gaad.json --role").arg(arn).file("gaad.json", &file).outcome().code
    };
    assert_eq!((by(R), by(other)), (0, 1));
    let session = |account: &str| format!("arn:aws:sts::{account}:assumed-role/R/s");
    assert_eq!((by(&session("123456789012")), by(&session("999999999999"))), (0, 1));
    assert_eq!(by(&session("111122223333")), 4);
}

#[test]
fn a_page_saved_twice_is_still_one_role() {
    let page = page(&[role(R, &json!({}))], &[]).to_string();
    on(format!("{page}\n{page}")).gives(0, PLAIN);
}

#[test]
fn a_path_is_found_by_name_and_by_its_own_arn_only() {
    let arn = "arn:aws:iam::123456789012:role/team/a/R";
    let file = page(&[role(arn, &json!({}))], &[]).to_string();
    on(&file).gives(0, PLAIN);
    let by =
        |arn: &str| diagnose("--action s3:GetObject --snapshot gaad.json --role").arg(arn).file("gaad.json", &file);
    by(arn).gives(0, PLAIN);
    by("arn:aws:sts::123456789012:assumed-role/R/s").gives(0, PLAIN);
    for wrong in [R, "arn:aws:iam::999999999999:role/team/a/R", "arn:aws-cn:iam::123456789012:role/team/a/R"] {
        by(wrong).refused(4, &format!("`{wrong}` is not in `gaad.json`; the role of that name there is {arn}"));
    }
}

#[test]
fn from_standard_input() {
    let run = diagnose("--role MyRole --action ec2:TerminateInstances --snapshot -").stdin(&account());
    run.gives(1, CAPPED);
}

#[test]
fn root_services_and_federated_users_need_no_entry() {
    let run = |principal: &str| {
        let run = diagnose("--action s3:GetObject --snapshot gaad.json --principal").arg(principal);
        run.file("gaad.json", page(&[], &[]).to_string())
    };
    run("arn:aws:iam::123456789012:root").gives(0, "allowed identity=not-applicable boundary=not-applicable");
    run("ec2.amazonaws.com").gives(3, "undetermined identity=not-applicable boundary=not-applicable");
    let federated = run("arn:aws:sts::123456789012:federated-user/f").code(3).json();
    assert_eq!(federated["results"][0]["principal"]["kind"], "federated-user");
}
