//! Every layer from loose files, from this program's own snapshot and from the output of IAM, with the statement that
//! decides, and into a saved snapshot and out of it again.

use serde_json::{Value, json};

use super::program::{Run, diagnose, list, statements, text};

const ROLE: &str = "arn:aws:iam::123456789012:role/R";
const TARGET: &str = "arn:aws:iam::123456789012:role/Target";

fn document(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn allow(action: &str) -> String {
    document(&json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

fn deny(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": action, "Resource": "*"}])
}

fn about(principal: &Value, action: &str) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})
}

/// A role of which everything is known but the layer in question.
fn role(request: &str) -> Run {
    diagnose(&format!("--principal {ROLE} --no-boundary --identity-policy identity.json --offline {request}"))
        .file("identity.json", allow("*"))
}

const GET: &str = "--action s3:GetObject --resource arn:aws:s3:::bucket/key --resource-account 123456789012";

#[test]
fn every_level_of_scps_must_allow_and_the_one_that_does_not_is_named() {
    let run = role(GET).file("full.json", allow("*")).file("ec2.json", allow("ec2:*"));
    let run =
        run.arg("--scp").arg("r-root=full.json").arg("--scp").arg("ou-1=full.json").arg("--scp").arg("ou-1=ec2.json");
    let run = run.arg("--scp").arg("123456789012=ec2.json");
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["blocked_by"], json!([{"layer": "scp", "deny": "implicit"}]));
    assert_eq!(statements(result, "scp"), ["ec2[0]"]);
    let sentence = text(&result["explanation"]);
    assert!(sentence.contains("at 123456789012"), "{sentence}");
}

#[test]
fn two_levels_that_block_are_both_named() {
    let run = role(GET).file("ec2.json", allow("ec2:*"));
    let run = run.arg("--scp").arg("r-root=ec2.json").arg("--scp").arg("ou-1=ec2.json");
    let sentence = text(&run.code(1).json()["results"][0]["explanation"]);
    assert!(sentence.contains("at r-root") && sentence.contains("ou-1 blocks it as well"), "{sentence}");
}

#[test]
fn an_rcp_denies_and_where_it_does_not_reach_it_has_no_say() {
    let rcp = json!([{"Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]);
    let rcp = document(&rcp);
    let run = role(GET).file("rcp.json", &rcp).arg("--rcp").arg("rcp.json");
    run.gives(1, "denied rcp=explicit-deny identity=allow boundary=not-applicable blocked:rcp/explicit");
    let other = role("--action ec2:StopInstances --resource arn:aws:ec2:us-east-1:123456789012:instance/i-1");
    let report = other.file("rcp.json", &rcp).arg("--rcp").arg("rcp.json").json();
    let layers = list(&report["results"][0]["layers"]);
    let layer = layers.iter().find(|layer| layer["layer"] == "rcp").unwrap();
    assert_eq!(layer["outcome"], "not-applicable");
    assert_eq!(layer["reason"], "does not reach this service or action");
}

#[test]
fn a_session_policy_caps_the_session_and_not_a_user() {
    let session = "--principal arn:aws:sts::123456789012:assumed-role/R/ci";
    let ask = |principal: &str| {
        let run = diagnose(&format!("{principal} --no-boundary --identity-policy identity.json --offline {GET}"));
        run.file("identity.json", allow("*"))
            .file("session.json", allow("ec2:*"))
            .arg("--session-policy")
            .arg("session.json")
    };
    let blocked = "denied identity=allow boundary=not-applicable session=implicit-deny blocked:session/implicit";
    ask(session).gives(1, blocked);
    ask("--user arn:aws:iam::123456789012:user/u").gives(0, "allowed identity=allow boundary=not-applicable");
}

#[test]
fn the_policy_of_an_endpoint_that_is_given_applies_whatever_its_name() {
    let policy = document(&json!([about(&json!("*"), "s3:PutObject")]));
    let run = |flag: &str| role(GET).file("endpoint.json", &policy).arg("--vpc-endpoint-policy").arg(flag);
    let blocked =
        "denied vpc-endpoint=implicit-deny identity=allow boundary=not-applicable blocked:vpc-endpoint/implicit";
    run("endpoint.json").gives(1, blocked);
    run("vpce-1=endpoint.json").gives(1, blocked);
}

#[test]
fn of_several_resource_policies_all_count_in_any_order() {
    let allows = document(&json!([about(&json!("*"), "s3:*")]));
    let denies = document(&json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]));
    let run = |one: &str, other: &str| {
        let run = role(GET).file("allows.json", &allows).file("denies.json", &denies);
        run.arg("--resource-policy").arg(one).arg("--resource-policy").arg(other)
    };
    let blocked = "denied resource=explicit-deny identity=allow boundary=not-applicable blocked:resource/explicit";
    for (one, other) in [
        ("allows.json", "denies.json"),
        ("denies.json", "allows.json"),
        ("arn:aws:s3:::bucket=allows.json", "arn:aws:s3:::bucket=denies.json"),
        ("arn:aws:s3:::bucket=denies.json", "allows.json"),
        ("denies.json", "arn:aws:s3:::bucket=allows.json"),
    ] {
        run(one, other).gives(1, blocked);
    }
    let line = run("Label=denies.json", "allows.json").refused_with(2);
    assert!(line.contains("`Label` is no ARN"), "{line}");
}

#[test]
fn a_deny_that_was_read_counts_beside_what_was_not() {
    let policy = |name: &str, statements: Value| json!({"name": name, "document": {"Version": "2012-10-17", "Statement": statements}});
    let unless = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]);
    let levels = |root: Value, account: Value| json!({"service_control_policies": [{"target": "r-root", "policies": [root]}, account]});
    let unread = json!({"target": "123456789012"});
    let denied = "denied scp=explicit-deny identity=allow boundary=not-applicable blocked:scp/explicit";
    in_own(GET, &levels(policy("Guard", deny("s3:*")), unread.clone())).gives(1, denied);
    let open = "undetermined scp=undetermined identity=allow boundary=not-applicable depends:aws:SourceIp";
    in_own(GET, &levels(policy("Guard", unless), unread.clone())).gives(3, open);
    let full = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let report = in_own(GET, &levels(policy("Full", full), unread)).json();
    let scp = &report["results"][0]["layers"][0];
    assert_eq!(scp["outcome"], "not-checked");
    assert!(text(&scp["reason"]).contains("the level was not read"), "{scp}");
}

#[test]
fn what_a_session_of_another_kind_has_is_not_what_a_role_has() {
    let federated = "arn:aws:sts::123456789012:federated-user/bob";
    let ask = format!("--principal {federated} --no-boundary --identity-policy identity.json --offline {GET}");
    let run = diagnose(&ask).file("identity.json", allow("*"));
    let report = run.code(3).json();
    assert_eq!(report["results"][0]["verdict"], "undetermined");
    let file = json!({"diagnose_snapshot": 1, "principals": [{
        "arn": federated, "session_policies": [],
        "identity_policies": [{"name": "All", "document": serde_json::from_str::<Value>(&allow("*")).unwrap()}],
        "permissions_boundary": null,
    }]});
    let run =
        diagnose(&format!("--principal {federated} --snapshot own.json {GET}")).file("own.json", file.to_string());
    run.gives(1, "denied identity=allow boundary=not-applicable session=implicit-deny blocked:session/implicit");
}

#[test]
fn another_accounts_resource_without_a_policy_of_its_own_cannot_be_reached() {
    let request = "--action ec2:TerminateInstances --resource arn:aws:ec2:us-east-1:111122223333:instance/i-1";
    let report = role(request).code(1).json();
    assert_eq!(report["results"][0]["blocked_by"], json!([{"layer": "resource", "deny": "implicit"}]));
}

#[test]
fn a_trust_policy_is_its_own_roles_alone() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}]});
    let team = "arn:aws:iam::123456789012:role/team";
    let more = json!({"resource_policies": [{"resource": team, "account": "123456789012", "document": trust}]});
    let request = "--action sts:AssumeRole --resource arn:aws:iam::123456789012:role/team/Admin";
    let report = in_own(request, &more).json();
    let layer = list(&report["results"][0]["layers"]).iter().find(|layer| layer["layer"] == "trust").unwrap();
    assert_eq!(layer["outcome"], "not-checked");
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let get = "--action s3:GetObject --resource arn:aws:s3:::bucket/key --resource-account 111122223333";
    let bucket = |principal: &str| document(&json!([about(&json!({ "AWS": principal }), "s3:GetObject")]));
    let ask =
        |principal: &str| role(get).file("bucket.json", bucket(principal)).arg("--resource-policy").arg("bucket.json");
    ask(ROLE).gives(0, "allowed resource=allow identity=allow boundary=not-applicable");
    let run = ask("arn:aws:iam::123456789012:role/Other");
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["blocked_by"], json!([{"layer": "resource", "deny": "implicit"}]));
    assert_eq!(statements(result, "resource"), ["bucket[0]"]);
    let why = list(&result["layers"][3]["statements"][0]["why"]);
    assert!(why.iter().any(|why| why["element"] == "Principal" && why["outcome"] == "no-match"), "{why:?}");
}

#[test]
fn a_resource_policy_that_need_not_grant_is_told_and_blocks_nothing() {
    let bucket = document(&json!([about(&json!({"AWS": "arn:aws:iam::111122223333:root"}), "s3:GetObject")]));
    let run = role(GET).file("bucket.json", bucket).arg("--resource-policy").arg("bucket.json");
    run.gives(0, "allowed resource=implicit-deny identity=allow boundary=not-applicable");
}

#[test]
fn whose_a_bucket_is_is_assumed_aloud() {
    let bucket = document(&json!([about(&json!("*"), "s3:GetObject")]));
    let request = "--action s3:GetObject --resource arn:aws:s3:::bucket/key";
    let run = role(request).file("bucket.json", bucket).arg("--resource-policy").arg("bucket.json");
    let report = run.json();
    let codes: Vec<String> = list(&report["results"][0]["caveats"]).iter().map(|one| text(&one["code"])).collect();
    assert!(codes.contains(&"resource-account-assumed".to_owned()), "{codes:?}");
}

const ASSUME: &str = "--action sts:AssumeRole --resource arn:aws:iam::123456789012:role/Target";

#[test]
fn a_trust_policy_is_the_policy_of_the_role_that_is_assumed() {
    let trust = |who: &Value| document(&json!([{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]));
    let ask = |who: &Value| role(ASSUME).file("trust.json", trust(who)).arg("--resource-policy").arg("trust.json");
    ask(&json!({ "AWS": ROLE })).gives(0, "allowed trust=allow identity=allow boundary=not-applicable");
    let blocked = "denied trust=implicit-deny identity=allow boundary=not-applicable blocked:trust/implicit";
    ask(&json!({"Service": "ec2.amazonaws.com"})).gives(1, blocked);
}

fn own(more: &Value) -> String {
    let identity = json!([{"name": "Everything", "document": serde_json::from_str::<Value>(&allow("*")).unwrap()}]);
    let target = json!({
        "arn": TARGET, "identity_policies": [], "permissions_boundary": null,
        "trust_policy": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/somebody"}, "Action": "sts:AssumeRole"}
        ]},
    });
    let role = json!({"arn": ROLE, "identity_policies": identity, "permissions_boundary": null});
    let mut file = json!({"diagnose_snapshot": 1, "principals": [role, target]});
    file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    file.to_string()
}

fn in_own(request: &str, more: &Value) -> Run {
    diagnose(&format!("--role R --snapshot own.json {request}")).file("own.json", own(more))
}

#[test]
fn all_layers_of_a_snapshot_are_evaluated_and_all_that_block_are_named() {
    let policy = |name: &str, statements: Value| json!({"name": name, "document": {"Version": "2012-10-17", "Statement": statements}});
    let rcp = json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]);
    let more = json!({
        "service_control_policies": [{"target": "r-root", "policies": [policy("Guard", deny("s3:GetObject"))]}],
        "resource_control_policies": [{"target": "r-root", "policies": [policy("Perimeter", rcp)]}],
        "resource_policies": [
            {"resource": "arn:aws:s3:::bucket", "account": "123456789012", "document": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*"}
            ]}},
            {"resource": "arn:aws:s3:::bucket2", "account": "123456789012", "document": null}
        ],
        "vpc_endpoint_policies": [{"name": "vpce-1", "document": {"Version": "2012-10-17", "Statement": []}}],
    });
    let request = "--action s3:GetObject --resource arn:aws:s3:::bucket/key --context aws:SourceVpce=vpce-1";
    let report = in_own(request, &more).code(1).stderr("").json();
    let result = &report["results"][0];
    let blocks: Vec<String> = list(&result["blocked_by"])
        .iter()
        .map(|one| format!("{} {}", text(&one["layer"]), text(&one["deny"])))
        .collect();
    assert_eq!(blocks, ["scp explicit", "rcp explicit", "vpc-endpoint implicit", "resource explicit"]);
    assert_eq!(statements(result, "scp"), ["Guard[1]"]);
    assert_eq!(statements(result, "rcp"), ["Perimeter[0]"]);
    assert_eq!(statements(result, "resource"), ["policy of bucket[0]"]);
    // Another bucket, of which the snapshot says that it has no policy, and another endpoint.
    let request = "--action s3:PutObject --resource arn:aws:s3:::bucket2/key";
    let digest = "allowed scp=allow rcp=allow identity=allow boundary=not-applicable";
    in_own(request, &more).gives(0, digest);
}

#[test]
fn the_trust_policy_is_the_one_of_the_target_in_the_snapshot() {
    let blocked = "denied trust=implicit-deny identity=allow boundary=not-applicable blocked:trust/implicit";
    in_own(ASSUME, &json!({})).gives(1, blocked);
    // Listed among the policies of resources, it is found there too.
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    ]});
    let other = "arn:aws:iam::123456789012:role/Elsewhere";
    let more = json!({"resource_policies": [{"resource": other, "account": "123456789012", "document": trust}]});
    let request = format!("--action sts:AssumeRole --resource {other}");
    in_own(&request, &more).gives(0, "allowed trust=allow identity=allow boundary=not-applicable");
}

#[test]
fn the_trust_policy_is_the_one_of_the_target_in_the_output_of_iam() {
    let role = |name: &str, trust: Value| {
        json!({
            "Arn": format!("arn:aws:iam::123456789012:role/{name}"), "RoleName": name, "Path": "/", "RoleId": "AROAEXAMPLE",
            "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [],
            "RolePolicyList": [{"PolicyName": "All", "PolicyDocument": serde_json::from_str::<Value>(&allow("*")).unwrap()}],
        })
    };
    let trust = |who: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]});
    let file = json!({"RoleDetailList": [
        role("R", trust(json!({"Service": "ec2.amazonaws.com"}))), role("Target", trust(json!({"Service": "lambda.amazonaws.com"}))),
    ]});
    let run = diagnose(&format!("--role R --snapshot gaad.json {ASSUME}")).file("gaad.json", file.to_string());
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["blocked_by"], json!([{"layer": "trust", "deny": "implicit"}]));
    assert_eq!(statements(result, "trust"), ["trust policy of Target[0]"]);
}

#[test]
fn a_saved_snapshot_holds_the_files_that_were_given_and_answers_the_same() {
    let bucket = document(&json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]));
    let full = allow("*");
    let flags = "--role R --snapshot own.json --scp r-root=full.json --rcp r-root=rcp.json --session-policy full.json \
                 --resource-policy arn:aws:s3:::bucket=bucket.json --vpc-endpoint-policy vpce-1=full.json";
    let save = diagnose(&format!("snapshot {flags} --out saved.json"));
    let rcp = document(&json!([{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]));
    let save = save
        .file("own.json", own(&json!({})))
        .file("full.json", &full)
        .file("bucket.json", &bucket)
        .file("rcp.json", rcp);
    let saved = save.writes("saved.json");
    let request = "--role R --snapshot saved.json --action s3:GetObject --resource arn:aws:s3:::bucket/key";
    let run = diagnose(request).file("saved.json", &saved);
    let digest = "denied scp=allow rcp=allow resource=explicit-deny identity=allow boundary=not-applicable session=allow \
                  blocked:resource/explicit";
    run.gives(1, digest);
}

#[test]
fn a_policy_without_what_it_is_attached_to_cannot_be_saved() {
    let run = diagnose("snapshot --role R --snapshot own.json --resource-policy bucket.json");
    let run = run.file("own.json", own(&json!({}))).file("bucket.json", allow("s3:*"));
    run.refused(
        2,
        "what the policy is attached to is not known, so that it cannot be saved; write --resource-policy ARN=FILE",
    );
}

#[test]
fn a_principal_element_is_warned_about_where_it_does_not_belong_or_is_missing() {
    let with = document(&json!([about(&json!("*"), "s3:*")]));
    let outcome = diagnose(&format!("--principal {ROLE} --no-boundary --identity-policy p.json {GET}"))
        .file("p.json", with)
        .outcome();
    assert!(outcome.stderr.contains("`Principal` has no place in a policy of this kind"), "{outcome}");
    assert_eq!(outcome.code, 3);
    let run = role(GET).file("bucket.json", allow("s3:*")).arg("--resource-policy").arg("bucket.json");
    let outcome = run.outcome();
    assert!(outcome.stderr.contains("a statement without `Principal`: it is about nobody"), "{outcome}");
}

#[test]
fn what_iam_refuses_no_policy_allows() {
    let run = role("--action iam:CreatePolicyVersion --resource arn:aws:iam::aws:policy/ReadOnlyAccess");
    let report = run.code(1).json();
    let result = &report["results"][0];
    assert_eq!(result["blocked_by"], json!([{"layer": "resource", "deny": "explicit"}]));
    let layer = list(&result["layers"]).iter().find(|layer| layer["layer"] == "resource").unwrap();
    assert_eq!((&layer["evidence"], &layer["outcome"]), (&json!("aws"), &json!("explicit-deny")));
}
