//! `--snapshot` with the folder of iam-collect: what it holds decides and is named, what it lacks is not checked.

mod organization;

use serde_json::Value;

use super::program::{Run, diagnose, digest, list, on_store, reason, statements};

const ACCOUNT: &str = "store/aws/aws/accounts/123456789012";
const OTHER: &str = "store/aws/aws/accounts/999999999999";
const DEPLOYER: &str = "store/aws/aws/accounts/123456789012/iam/role/team%2fpayments%2fdeployer";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// Runs it; the first result, and in it the statements of one layer.
#[track_caller]
fn check(run: Run, code: i32, wanted: &str, layer: &str, by: &[&str]) -> Value {
    let report = run.code(code).json();
    let result = report["results"][0].clone();
    let found = digest(&result);
    assert!(wanted == found, "expected: {wanted}\nfound:    {found}");
    assert_eq!(statements(&result, layer), by);
    result
}

/// Runs it; why a layer was not checked, or does not apply.
#[track_caller]
fn because(run: Run, layer: &str) -> String {
    let found = run.arg("--exit-zero").json();
    reason(&found["results"][0], layer)
}

fn deployer(rest: &str) -> Run {
    on_store("--role Deployer").args(rest)
}

#[test]
fn identity_policies() {
    let all = "allowed scp=allow rcp=allow identity=allow boundary=allow";
    let queue = "--resource arn:aws:sqs:eu-west-1:123456789012:Jobs --action";
    // A managed policy of the account, in its default version.
    let result = check(
        deployer(&format!("{queue} sqs:SendMessage")),
        0,
        "allowed scp=allow rcp=allow resource=implicit-deny identity=allow boundary=allow",
        "identity",
        &["QueueAccess[0]"],
    );
    assert_eq!(result["layers"][5]["statements"][0]["policy_arn"], "arn:aws:iam::123456789012:policy/QueueAccess");
    // An inline one.
    let plain = "--action s3:PutObject --resource arn:aws:s3:::example-plain/a";
    check(deployer(plain), 0, all, "identity", &["Deploy[0]"]);
    // One of AWS.
    let run = deployer("--action ec2:DescribeVpcs").without(&format!("{DEPLOYER}/inline-policies.json"));
    let some = "allowed scp=allow identity=allow boundary=allow";
    check(run, 0, some, "identity", &["ViewOnlyAccess[0]"]);
}

#[test]
fn a_list_that_is_not_there_is_empty() {
    let run = deployer("--action ec2:StopInstances").without(&format!("{DEPLOYER}/inline-policies.json"));
    let run = run.without(&format!("{DEPLOYER}/managed-policies.json"));
    let none = "denied scp=allow identity=implicit-deny boundary=allow blocked:identity/implicit";
    check(run, 1, none, "identity", &[]);
}

#[test]
fn the_boundary() {
    let secret = "--action secretsmanager:GetSecretValue \
                  --resource arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf";
    let capped = "denied scp=allow rcp=allow identity=allow boundary=implicit-deny blocked:boundary/implicit";
    let result = check(deployer(secret), 1, capped, "boundary", &["DeployBoundary[0]"]);
    let arn = "arn:aws:iam::123456789012:policy/boundary/DeployBoundary";
    assert_eq!(result["layers"][6]["statements"][0]["policy_arn"], arn);
    assert_eq!(
        result["explanation"],
        "The permissions boundary blocks it: no statement of DeployBoundary (v3) allows secretsmanager:GetSecretValue."
    );
    let without = on_store("--user alice --action s3:ListAllMyBuckets");
    check(
        without,
        1,
        "denied scp=allow identity=implicit-deny boundary=not-applicable blocked:identity/implicit",
        "boundary",
        &[],
    );
}

#[test]
fn a_boundary_whose_document_is_not_there_leaves_it_open() {
    let run = deployer("--action ec2:StopInstances");
    let run = run.without(&format!("{ACCOUNT}/iam/policy/boundary%2fdeployboundary")).code(3);
    let report = run.json();
    let open = "undetermined scp=allow identity=allow boundary=undetermined";
    assert_eq!(digest(&report["results"][0]), open);
    assert_eq!(
        reason(&report["results"][0], "boundary"),
        "undetermined: DeployBoundary: the store does not hold its document"
    );
    assert_eq!(report["unread"][0]["layer"], "boundary");
}

#[test]
fn the_policies_of_a_users_groups() {
    let bucket =
        |action: &str| on_store(&format!("--user alice --resource arn:aws:s3:::example-plain --action {action}"));
    let denied = "denied scp=allow rcp=allow identity=explicit-deny boundary=not-applicable blocked:identity/explicit";
    check(bucket("s3:DeleteBucket"), 1, denied, "identity", &["NoBuckets[0]"]);
    let send = on_store("--user alice --action sqs:SendMessage");
    check(send, 0, "allowed scp=allow identity=allow boundary=not-applicable", "identity", &["DeveloperAccess[0]"]);
    let gone = bucket("s3:DeleteBucket").without(&format!("{ACCOUNT}/iam/group"));
    let open = "undetermined scp=allow rcp=allow identity=undetermined boundary=not-applicable";
    let result = check(gone, 3, open, "identity", &[]);
    assert_eq!(
        reason(&result, "identity"),
        "undetermined: policies of group Developers: the store does not hold this group"
    );
}

#[test]
fn tags() {
    let read = "--role arn:aws:iam::123456789012:role/Reader --action s3:GetObject \
                --resource arn:aws:s3:::example-payments/a";
    let layers = "scp=allow rcp=allow resource=implicit-deny identity";
    on_store(read).gives(0, &format!("allowed {layers}=allow boundary=not-applicable"));
    let tags = format!("{ACCOUNT}/iam/role/reader/tags.json");
    on_store(read)
        .without(&tags)
        .gives(1, &format!("denied {layers}=implicit-deny boundary=not-applicable blocked:identity/implicit"));
    // Tags that cannot be understood are not known.
    on_store(read)
        .file(&tags, "{\"team\": [")
        .gives(3, &format!("undetermined {layers}=undetermined boundary=not-applicable depends:aws:PrincipalTag/team"));
}

#[test]
fn a_bucket_policy() {
    let get = |object: &str| deployer(&format!("--action s3:GetObject --resource arn:aws:s3:::{object}"));
    let denied =
        "denied scp=allow rcp=allow resource=explicit-deny identity=allow boundary=allow blocked:resource/explicit";
    check(get("example-payments/secret/a"), 1, denied, "resource", &["policy of example-payments[0]"]);
    // A pattern within the bucket has the same policy.
    check(get("example-payments/secret/*"), 1, denied, "resource", &["policy of example-payments[0]"]);
    let granted = "allowed scp=allow rcp=allow resource=allow identity=allow boundary=allow";
    let result = check(get("example-shared/a"), 0, granted, "resource", &["policy of example-shared[0]"]);
    let owner = list(&result["assumptions"]).iter().find(|one| one["key"] == "aws:ResourceAccount").cloned();
    assert!(owner.is_none_or(|one| one["value"] == "999999999999"));
    // The bucket of another account without a policy: nothing grants it. The index lacks it.
    let closed =
        "denied scp=allow rcp=allow resource=implicit-deny identity=allow boundary=allow blocked:resource/implicit";
    check(get("example-private/a"), 1, closed, "resource", &[]);
}

#[test]
fn a_bucket_without_a_policy_is_not_one_that_was_not_read() {
    let put = |bucket: &str| deployer(&format!("--action s3:PutObject --resource arn:aws:s3:::{bucket}/a"));
    assert_eq!(because(put("example-plain"), "resource"), "not-applicable: -");
    assert_eq!(
        because(put("example-closed-to-readers"), "resource"),
        "not-checked: the store does not hold the bucket's settings, which every bucket has: it was not read"
    );
    assert_eq!(because(put("nobodys"), "resource"), "not-checked: the store does not say whose the resource is");
    let gone = put("example-plain").without(&format!("{ACCOUNT}/s3/example-plain"));
    assert_eq!(because(gone, "resource"), "not-checked: the store does not hold arn:aws:s3:::example-plain");
    let any = deployer("--action s3:PutObject");
    assert_eq!(because(any, "resource"), "not-checked: which resource it is was not said");
}

#[test]
fn a_key_policy() {
    let decrypt = |key: &str| deployer(&format!("--action kms:Decrypt --resource {key}"));
    let denied =
        "denied scp=allow rcp=allow resource=implicit-deny identity=allow boundary=allow blocked:resource/implicit";
    let name = "policy of 11111111-2222-3333-4444-555555555555[0]";
    check(decrypt(KEY), 1, denied, "resource", &[name]);
    let reader = on_store("--role arn:aws:iam::123456789012:role/Reader --action kms:Decrypt --resource").arg(KEY);
    let granted = "allowed scp=allow rcp=allow resource=allow identity=allow boundary=not-applicable";
    check(reader, 0, granted, "resource", &[name]);
    // Every key has a policy: one without was not read.
    let other = "arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000";
    assert_eq!(
        because(decrypt(other), "resource"),
        "not-checked: the store does not hold the policy of the key, and every key has one"
    );
    let alias = "arn:aws:kms:eu-west-1:123456789012:alias/main";
    assert_eq!(because(decrypt(alias), "resource"), "not-checked: which resource it is was not said");
}

#[test]
fn policies_of_other_resources() {
    let purge = deployer("--action sqs:PurgeQueue --resource arn:aws:sqs:eu-west-1:123456789012:Jobs");
    let denied = "denied scp=allow rcp=allow resource=explicit-deny identity=allow boundary=implicit-deny \
                  blocked:resource/explicit blocked:boundary/implicit";
    let boundary = format!("{ACCOUNT}/iam/policy/boundary%2fdeployboundary/current-policy.json");
    let narrow = r#"{"Version": "2012-10-17", "Statement": []}"#;
    check(purge.file(&boundary, narrow), 1, denied, "resource", &["policy of Jobs[0]"]);
    // The name of a secret may hold slashes.
    let reader = |rest: &str| on_store("--role arn:aws:iam::123456789012:role/Reader").args(rest);
    let secret = "--action secretsmanager:GetSecretValue --resource \
                  arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-AbCdEf";
    let denied = "denied scp=allow rcp=allow resource=explicit-deny identity=allow boundary=not-applicable \
                  blocked:resource/explicit";
    check(reader(secret), 1, denied, "resource", &["policy of main-AbCdEf[0]"]);
    // One whose name differs by case alone has the same folder.
    let similar = secret.replace("main-AbCdEf", "main-abcdef");
    assert_eq!(
        because(reader(&similar), "resource"),
        "not-checked: the store does not hold arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-abcdef"
    );
    // A version of a function has the function's policy, and this function has none.
    let function = "--action lambda:InvokeFunction --resource \
                    arn:aws:lambda:eu-west-1:123456789012:function:Report:live";
    assert_eq!(because(reader(function), "resource"), "not-applicable: -");
}

#[test]
fn a_resource_that_was_shared_has_the_policy_of_its_share() {
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:Report";
    let share = r#"{"arn": "x", "shares": [], "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*"}]}}"#;
    let run = on_store("--role arn:aws:iam::123456789012:role/Reader --action lambda:InvokeFunction --resource");
    let run = run.arg(function).folder(&format!("{ACCOUNT}/ram")).folder(&format!("{ACCOUNT}/ram/eu-west-1"));
    let file = format!("{ACCOUNT}/ram/eu-west-1/arn-aws-lambda-eu-west-1-123456789012-function-report.json");
    let denied = "denied scp=allow resource=explicit-deny identity=allow boundary=not-applicable \
                  blocked:resource/explicit";
    check(run.file(&file, share), 1, denied, "resource", &["policy of the resource share[0]"]);
}

#[test]
fn the_trust_policy_of_a_role_in_another_account() {
    let assume = |role: &str| deployer(&format!("--action sts:AssumeRole --resource arn:aws:iam::{role}"));
    let layers = "scp=allow rcp=allow trust";
    let open = format!("undetermined {layers}=undetermined identity=allow boundary=allow depends:sts:ExternalId");
    check(assume("999999999999:role/Auditor"), 3, &open, "trust", &["trust policy of Auditor[0]"]);
    let trusted = assume("999999999999:role/Auditor").arg("--context").arg("sts:ExternalId=example");
    check(
        trusted,
        0,
        &format!("allowed {layers}=allow identity=allow boundary=allow"),
        "trust",
        &["trust policy of Auditor[0]"],
    );
    let refused = assume("999999999999:role/team/Reader");
    check(
        refused,
        1,
        &format!("denied {layers}=implicit-deny identity=allow boundary=allow blocked:trust/implicit"),
        "trust",
        &["trust policy of Reader[0]"],
    );
    let gone = assume("999999999999:role/Auditor").without(&format!("{OTHER}/iam/role/auditor/trust-policy.json"));
    assert_eq!(because(gone, "trust"), "not-checked: the store does not hold the role's trust policy");
    assert_eq!(
        because(assume("999999999999:role/Nobody"), "trust"),
        "not-checked: the store does not hold this role in account 999999999999"
    );
    assert_eq!(
        because(assume("444455556666:role/Auditor"), "trust"),
        "not-checked: the store does not hold arn:aws:iam::444455556666:role/Auditor"
    );
}

#[test]
fn the_policy_of_a_vpc_endpoint() {
    let put = |endpoint: &str| {
        let run = deployer("--action s3:PutObject --resource arn:aws:s3:::example-plain/a --context");
        run.arg(format!("aws:SourceVpce={endpoint}"))
    };
    let denied = "denied scp=allow rcp=allow vpc-endpoint=implicit-deny identity=allow boundary=allow \
                  blocked:vpc-endpoint/implicit";
    let name = "policy of vpce-0a1b2c3d4e5f60718[0]";
    check(put("vpce-0a1b2c3d4e5f60718"), 1, denied, "vpc-endpoint", &[name]);
    // It is found without an index too.
    let indexless = put("vpce-0a1b2c3d4e5f60718").without("store/aws/aws/indexes");
    check(indexless, 1, denied, "vpc-endpoint", &[name]);
    assert_eq!(because(put("vpce-0"), "vpc-endpoint"), "not-checked: the store does not hold the endpoint vpce-0");
    assert_eq!(because(put("../../x"), "vpc-endpoint"), "not-checked: the store does not hold the endpoint ../../x");
}

#[test]
fn a_session_is_its_roles() {
    let session = "--principal arn:aws:sts::123456789012:assumed-role/Deployer/ci --action ec2:TerminateInstances";
    let denied = "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit";
    let report = on_store(session).code(1).json();
    assert_eq!(digest(&report["results"][0]), denied);
    let principal = &report["results"][0]["principal"];
    assert_eq!(principal["role"], "arn:aws:iam::123456789012:role/team/payments/Deployer");
    let root = on_store("--principal arn:aws:iam::123456789012:root --action ec2:TerminateInstances");
    root.gives(1, "denied scp=explicit-deny identity=not-applicable boundary=not-applicable blocked:scp/explicit");
}

#[test]
fn principals_that_are_not_there() {
    let on = |role: &str| on_store("--action s3:GetObject --role").arg(role);
    on("Deployr").refused(4, "role `Deployr` is not in `store`; did you mean `Deployer`?");
    on("deployer").refused(4, "role `deployer` is not in `store`; did you mean `Deployer`?");
    on("Zzz").refused(4, "role `Zzz` is not in `store`; it holds 5 others");
    on("arn:aws:iam::123456789012:role/Deployer").refused(
        4,
        "`arn:aws:iam::123456789012:role/Deployer` is not in `store`; the role of that name there is \
         arn:aws:iam::123456789012:role/team/payments/Deployer",
    );
    on("arn:aws:iam::999999999999:role/Deployer").refused(
        4,
        "`arn:aws:iam::999999999999:role/Deployer` is not in `store`; the role of that name there is \
         arn:aws:iam::123456789012:role/team/payments/Deployer",
    );
    on("Reader").refused(
        2,
        "role `Reader` exists more than once in `store`: arn:aws:iam::123456789012:role/Reader, \
         arn:aws:iam::999999999999:role/team/Reader; give the ARN",
    );
    on_store("--action s3:GetObject --user ..").refused(4, "user `..` is not in `store`; it holds 1 other");
    let session = "arn:aws:sts::111122223333:assumed-role/Deployer/ci";
    let line = on_store("--action s3:GetObject --principal").arg(session).refused_with(4);
    assert!(line.ends_with("the role of that name there is arn:aws:iam::123456789012:role/team/payments/Deployer"));
}

#[test]
fn each_folder_of_the_layout_is_the_store() {
    let run = || on_store("--role Deployer --action ec2:TerminateInstances");
    let denied = "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit";
    for source in [["--snapshot", "store"], ["--snapshot", "store/"], ["--snapshot", "store/aws"]] {
        run().args(&source.join(" ")).from(&[]).gives(1, denied);
    }
    run().from(&["--snapshot", "store/aws/aws"]).gives(1, denied);
    for source in [&["--snapshot", "store/aws/aws/accounts"] as &'static [_], &["--snapshot", "."]] {
        let line = "is a folder, but none of iam-collect: expected `aws/PARTITION/accounts` in it";
        run().from(source).refused(2, &format!("`{}` {line}", source[1]));
    }
    diagnose("--role R --action s3:GetObject --snapshot empty")
        .folder("empty")
        .refused(2, "`empty` is a folder, but none of iam-collect: expected `aws/PARTITION/accounts` in it");
}

#[test]
fn files_that_are_broken_are_unknown_and_not_left_out() {
    let stop = || deployer("--action ec2:StopInstances");
    let open = "undetermined scp=allow identity=undetermined boundary=allow";
    for list in ["inline-policies.json", "managed-policies.json"] {
        let result = check(stop().file(&format!("{DEPLOYER}/{list}"), "[{"), 3, open, "identity", &[]);
        assert!(reason(&result, "identity").contains(&format!("{DEPLOYER}/{list}:1:2:")));
    }
    // Of several entries, the others count.
    let entries = r#"["oops", {"PolicyName": "No", "PolicyDocument": {"Version": "2012-10-17", "Statement":
        {"Effect": "Deny", "Action": "*", "Resource": "*"}}}]"#;
    let denied = "denied scp=allow identity=explicit-deny boundary=allow blocked:identity/explicit";
    check(stop().file(&format!("{DEPLOYER}/inline-policies.json"), entries), 1, denied, "identity", &["No[0]"]);
    let boundary = format!("{ACCOUNT}/iam/policy/boundary%2fdeployboundary/current-policy.json");
    let run = stop().file(&boundary, "{\"Version\": ").code(3).json();
    assert_eq!(digest(&run["results"][0]), "undetermined scp=allow identity=allow boundary=undetermined");
    let run = stop().file(&boundary, [0xff, 0xfe]);
    assert!(because(run, "boundary").ends_with("it is no text (byte 1 is not UTF-8)"));
    stop().file(&format!("{DEPLOYER}/metadata.json"), "{}").refused(
        2,
        &format!(
            "{DEPLOYER}/metadata.json:1:2: a field is missing here, or holds another kind of value than it should"
        ),
    );
}

#[test]
fn names_lead_nowhere_else() {
    let attach = |arn: &str| {
        let list = format!(r#"["{arn}"]"#);
        deployer("--action s3:GetBucketAcl --resource arn:aws:s3:::..")
            .file(&format!("{DEPLOYER}/managed-policies.json"), list)
            .file(&format!("{DEPLOYER}/inline-policies.json"), "[]")
    };
    for arn in ["arn:aws:iam::123456789012:policy/..", "arn:aws:../../..:::policy/x", "arn:aws:iam::1:../..", "x"] {
        let found = because(attach(arn), "identity");
        assert!(found.starts_with("undetermined: ") && found.contains("the store"), "{arn}: {found}");
        assert_eq!(because(attach(arn), "resource"), "not-checked: the store does not say whose the resource is");
    }
}

#[test]
fn the_same_store_gives_the_same_bytes_and_saves_as_a_snapshot() {
    let run = || on_store("--role Deployer --action ec2:TerminateInstances").outcome();
    assert_eq!(run(), run());
    let saved = on_store("snapshot --role Deployer --out saved.json").writes("saved.json");
    let again = diagnose("--role Deployer --action ec2:TerminateInstances --snapshot saved.json");
    let denied = "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit";
    check(again.file("saved.json", saved), 1, denied, "scp", &["GuardRails[0]"]);
}
