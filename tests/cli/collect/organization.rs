//! The organization in iam-collect's folder: SCPs and RCPs level by level, and what of it is not there.

use super::super::program::{digest, list, on_store, reason};
use super::{because, check, deployer};

const ORGANIZATION: &str = "store/aws/aws/organizations/o-a1b2c3d4e5";

#[test]
fn service_control_policies() {
    let denied = "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit";
    let result = check(deployer("--action ec2:TerminateInstances"), 1, denied, "scp", &["GuardRails[0]"]);
    assert_eq!(
        result["layers"][0]["statements"][0]["policy_arn"],
        "arn:aws:organizations::111122223333:policy/o-a1b2c3d4e5/service_control_policy/p-guardrails"
    );
    // The level of the account allows some services only.
    let capped = "denied scp=implicit-deny identity=allow boundary=allow blocked:scp/implicit";
    let result = check(deployer("--action rds:StopDBInstance"), 1, capped, "scp", &["Services[0]"]);
    assert_eq!(
        result["explanation"],
        "The service control policies block it: no statement of Services at 123456789012 allows rds:StopDBInstance."
    );
    // Another account is not in the OU, and has no such level.
    let run = on_store("--role Auditor --action ec2:TerminateInstances");
    let free = "denied scp=allow identity=implicit-deny boundary=not-applicable blocked:identity/implicit";
    check(run, 1, free, "scp", &["FullAWSAccess[0]", "FullAWSAccess[0]"]);
}

#[test]
fn control_policies_do_not_apply_to_the_management_account() {
    let run = on_store("--role Admin --action organizations:LeaveOrganization");
    let result = check(run, 0, "allowed identity=allow boundary=not-applicable", "scp", &[]);
    let reason_wanted = "not-applicable: does not apply to the account that manages the organization";
    assert_eq!(reason(&result, "scp"), reason_wanted);
    let run =
        on_store("--role Deployer --action s3:PutObject --resource arn:aws:s3:::x/a --resource-account 111122223333");
    assert_eq!(because(run, "rcp"), "not-applicable: -");
}

#[test]
fn an_account_in_no_organization_of_the_store_is_not_checked() {
    let stop = "--action ec2:StopInstances";
    let run = deployer(stop).without("store/aws/aws/organizations");
    let none = "the store holds no organization with account 123456789012 in it";
    assert_eq!(because(run, "scp"), format!("not-checked: {none}"));
    let run = deployer(stop).file(&format!("{ORGANIZATION}/accounts.json"), "{}");
    assert_eq!(because(run, "scp"), format!("not-checked: {none}"));
    let run = deployer(stop).without(&format!("{ORGANIZATION}/metadata.json"));
    assert_eq!(because(run, "scp"), "not-checked: the store does not hold the organization's metadata");
    let run = deployer(stop).file(&format!("{ORGANIZATION}/accounts.json"), "{");
    assert_eq!(
        because(run, "scp"),
        format!("not-checked: {ORGANIZATION}/accounts.json:1:1: EOF while parsing an object (the file is cut short)")
    );
}

#[test]
fn policies_that_are_not_enabled_are_absent() {
    let empty = |scps: &str| format!(r#"{{"123456789012": {{"ou": "r-1a2b", "scps": {scps}, "rcps": []}}}}"#);
    let on = |features: &str, scps: &str| {
        let metadata = format!(r#"{{"rootAccountId": "111122223333", "features": {features}}}"#);
        deployer("--action ec2:StopInstances")
            .file(&format!("{ORGANIZATION}/metadata.json"), metadata)
            .file(&format!("{ORGANIZATION}/ous.json"), r#"{"r-1a2b": {"scps": [], "rcps": []}}"#)
            .file(&format!("{ORGANIZATION}/accounts.json"), empty(scps))
    };
    on("{}", "[]").gives(0, "allowed identity=allow boundary=allow");
    on(r#"{"SERVICE_CONTROL_POLICY": false}"#, "[]").gives(0, "allowed identity=allow boundary=allow");
    // Enabled, and nothing at a level: that denies.
    on(r#"{"SERVICE_CONTROL_POLICY": true}"#, "[]")
        .gives(1, "denied scp=implicit-deny identity=allow boundary=allow blocked:scp/implicit");
    let unknown = "not-checked: the store does not say whether policies of this kind are enabled";
    assert_eq!(because(on("null", "[]"), "scp"), unknown);
}

#[test]
fn a_level_that_is_not_there_is_not_checked_but_a_deny_of_the_others_stands() {
    let lost = |action: &str| {
        let root = r#"{"ou-1a2b-11112222": {"parent": "r-1a2b", "scps":
            ["arn:aws:organizations::111122223333:policy/o-a1b2c3d4e5/service_control_policy/p-guardrails",
             "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"]}}"#;
        deployer(action).file(&format!("{ORGANIZATION}/ous.json"), root)
    };
    let run = lost("--action ec2:StopInstances");
    assert_eq!(because(run, "scp"), "not-checked: policies of r-1a2b: the store does not hold them");
    let denied = "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit";
    check(lost("--action ec2:TerminateInstances"), 1, denied, "scp", &["GuardRails[0]"]);
    // The document of one policy.
    let run = deployer("--action ec2:StopInstances").without(&format!("{ORGANIZATION}/scps/p-guardrails/policy.json"));
    assert_eq!(because(run, "scp"), "not-checked: GuardRails: the store does not hold its document");
    // OUs in a circle.
    let circle = r#"{"ou-1a2b-11112222": {"parent": "ou-1a2b-11112222", "scps": []}}"#;
    let run = deployer("--action ec2:StopInstances").file(&format!("{ORGANIZATION}/ous.json"), circle);
    assert!(because(run, "scp").starts_with("implicit-deny"));
}

#[test]
fn an_account_that_moved_between_organizations_is_in_the_one_of_the_index() {
    let both = |index: Option<&str>| {
        let run = deployer("--action ec2:TerminateInstances").folder("store/aws/aws/organizations/o-0000000000");
        let left = "store/aws/aws/organizations/o-0000000000";
        let run = run
            .file(&format!("{left}/metadata.json"), r#"{"rootAccountId": "111122223333", "features": {}}"#)
            .file(&format!("{left}/accounts.json"), r#"{"123456789012": {"ou": "r-0", "scps": [], "rcps": []}}"#)
            .file(&format!("{left}/ous.json"), r#"{"r-0": {"scps": [], "rcps": []}}"#);
        match index {
            Some(index) => run.file("store/aws/aws/indexes/accounts-to-orgs.json", index),
            None => run,
        }
    };
    check(
        both(None),
        1,
        "denied scp=explicit-deny identity=allow boundary=allow blocked:scp/explicit",
        "scp",
        &["GuardRails[0]"],
    );
    both(Some(r#"{"123456789012": "o-0000000000"}"#)).gives(0, "allowed identity=allow boundary=allow");
    let open = "not-checked: several organizations of the store have account 123456789012 in them";
    assert_eq!(because(both(Some("{}")), "scp"), open);
}

#[test]
fn resource_control_policies_are_those_of_the_resources_account() {
    let delete = |bucket: &str| deployer(&format!("--action s3:DeleteObject --resource arn:aws:s3:::{bucket}/a"));
    let denied = "denied scp=allow rcp=explicit-deny resource=allow identity=allow boundary=allow blocked:rcp/explicit";
    check(delete("example-shared"), 1, denied, "rcp", &["Perimeter[0]"]);
    let own = "allowed scp=allow rcp=allow identity=allow boundary=allow";
    check(delete("example-plain"), 0, own, "rcp", &["RCPFullAWSAccess[0]"; 3]);
    // Both in one run: each has its own.
    let both = delete("example-plain").arg("--resource").arg("arn:aws:s3:::example-shared/a").code(1).json();
    let digests: Vec<String> = list(&both["results"]).iter().map(digest).collect();
    assert_eq!(digests, [own, denied]);
    // Whose a bucket is that the store does not hold, is not known, unless it was said.
    assert_eq!(because(delete("nobodys"), "rcp"), "not-checked: whose the resource is, is not known");
    let said = delete("nobodys").arg("--resource-account").arg("999999999999");
    check(
        said,
        1,
        "denied scp=allow rcp=explicit-deny identity=allow boundary=allow blocked:rcp/explicit",
        "rcp",
        &["Perimeter[0]"],
    );
}
