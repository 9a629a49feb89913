//! `diagnose audit`: what it finds in made accounts and plans, and what it must not find.

use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program::{Run, account, diagnose, on_account};

/// A shipped file.
fn fixture(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

/// A run on the account that has every finding and its near miss.
fn on_boundaries(args: &str) -> Run {
    diagnose("audit --snapshot boundaries.json").args(args).file("boundaries.json", fixture("accounts/boundaries.json"))
}

fn on_plan(args: &str) -> Run {
    diagnose("audit --plan plan.json").args(args).file("plan.json", fixture("plans/plan.json"))
}

fn list<'v>(report: &'v Value, name: &str) -> &'v Vec<Value> {
    report[name].as_array().unwrap()
}

/// The name of a principal, or of a policy, behind the last slash.
fn last(value: &Value) -> &str {
    value.as_str().map_or("", |text| text.rsplit('/').next().unwrap())
}

/// The codes by principal (or by policy, where there is none), each with its severity and, after a baseline, its state.
fn found(report: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in list(report, "findings") {
        let about = if finding["principal"].is_null() { last(&finding["policy"]) } else { last(&finding["principal"]) };
        let drift = finding["baseline"].as_str().map_or_else(String::new, |drift| format!(" {drift}"));
        let code = format!("{} {}{drift}", finding["code"].as_str().unwrap(), finding["severity"].as_str().unwrap());
        all.entry(about.to_owned()).or_default().push(code);
    }
    all.values_mut().for_each(|codes| codes.sort_unstable());
    all
}

#[track_caller]
fn finds(report: &Value, expected: &[(&str, &[&str])]) {
    let expected: BTreeMap<String, Vec<String>> = expected
        .iter()
        .map(|(about, codes)| ((*about).to_owned(), codes.iter().map(|code| (*code).to_owned()).collect()))
        .collect();
    let found = found(report);
    assert!(found == expected, "found {found:#?}\nexpected {expected:#?}");
}

/// Every code, and beside it what comes near and must not be reported: a boundary as AWS's delegation example has it, one
/// that would let a role go but the role is not granted it, one that may be edited elsewhere but not itself.
#[test]
fn every_finding_and_its_near_miss() {
    let report = on_boundaries("").json();
    finds(
        &report,
        &[
            // Boundaries by themselves.
            ("AllowsIam", &["boundary-shared info"]),
            ("Broken", &["policy-broken medium"]),
            ("DenyList", &["boundary-allows-everything low"]),
            ("Everything", &["boundary-allows-everything high", "boundary-iam-without-conditions low"]),
            ("Latent", &["boundary-iam-without-conditions low"]),
            ("PowerUserAccess", &["boundary-aws-managed low"]),
            ("ReadOnlyAccess", &["boundary-aws-managed low"]),
            ("Storage", &["boundary-shared info"]),
            // Principals.
            ("AWSReservedSSO_Team_0123456789abcdef", &["boundary-missing low"]),
            ("Admin", &["boundary-missing medium"]),
            ("AllButIdentity", &["gap low"]),
            ("BoundaryOfAws", &["boundary-never-limits info"]),
            (
                "CanEscape",
                &[
                    "boundary-can-be-edited high",
                    "boundary-can-be-removed high",
                    "boundary-iam-without-conditions high",
                    "boundary-never-limits info",
                ],
            ),
            ("CanNot", &["boundary-never-limits info"]),
            ("Dangling", &["boundary-dangling medium"]),
            ("Delegate", &["gap low"]),
            ("DeletesOnly", &["boundary-can-be-edited low", "gap low"]),
            ("EditsApps", &["gap low"]),
            ("HasBrokenBoundary", &["gap low"]),
            ("HasBrokenPolicy", &["policy-broken medium"]),
            ("InEurope", &["gap low"]),
            ("NeedsMfa", &["boundary-can-be-removed medium", "gap low"]),
            ("NotYet", &["boundary-never-limits info"]),
            ("OnePolicyIdle", &["gap low", "grant-without-effect low"]),
            ("OneStatementIdle", &["gap low", "grant-without-effect low"]),
            ("PartOfAStatement", &["gap low"]),
            ("Passes", &["boundary-iam-without-conditions medium", "gap low"]),
            ("PassesSome", &["gap low"]),
            ("Plain", &["boundary-missing low"]),
            ("Unlimited", &["boundary-never-limits info"]),
            ("bob", &["boundary-can-be-removed high", "boundary-never-limits info"]),
        ],
    );
}

/// What a finding rests on: the policy, the statement's line, the actions.
#[test]
fn findings_point_at_what_they_mean() {
    let report = on_boundaries("--principal OneStatementIdle --principal bob").json();
    let of = |code: &str| list(&report, "findings").iter().find(|found| found["code"] == code).unwrap();
    let idle = of("grant-without-effect");
    assert_eq!((last(&idle["policy"]), idle["policy_arn"].is_null()), ("Mixed", true));
    let line = usize::try_from(idle["file_line"].as_u64().unwrap()).unwrap();
    let text = fixture("accounts/boundaries.json");
    let there: Vec<&str> = text.lines().skip(line - 1).take(2).map(str::trim).collect();
    assert_eq!(there, ["{", "\"Sid\": \"Sends\","], "line {line}");
    let removable = of("boundary-can-be-removed");
    assert_eq!(removable["actions"], json!(["iam:DeleteUserPermissionsBoundary"]));
    assert_eq!(last(&removable["policy_arn"]), "AllowsIam");
}

#[test]
fn what_could_not_be_read_is_listed() {
    let report = on_boundaries("").json();
    let unread: Vec<String> = list(&report, "unread")
        .iter()
        .map(|one| format!("{} {} {}", last(&one["principal"]), one["layer"].as_str().unwrap(), last(&one["policy"])))
        .collect();
    assert_eq!(unread, ["BoundaryOfAwsNotRead boundary ReadOnlyAccess", "Dangling boundary Deleted"]);
    let incomplete = list(&report, "principals").iter().filter(|row| row["complete"] == false);
    let names: Vec<&str> = incomplete.map(|row| last(&row["arn"])).collect();
    assert_eq!(names, ["HasBrokenBoundary", "BoundaryOfAwsNotRead", "Dangling", "HasBrokenPolicy"]);
}

#[test]
fn the_counts_add_up_and_the_largest_gap_is_first() {
    let report = on_boundaries("").json();
    let number = |row: &Value, name: &str| row["counts"][name].as_u64().unwrap();
    let rows = list(&report, "principals");
    assert_eq!(rows.len(), 25);
    for row in rows {
        assert_eq!(number(row, "granted"), number(row, "effective") + number(row, "blocked"), "{row}");
        assert_eq!(number(row, "blocked") > 0, !list(row, "blocked_patterns").is_empty(), "{row}");
    }
    assert!(rows.is_sorted_by(|one, other| number(one, "blocked") >= number(other, "blocked")));
    assert_eq!(rows[0]["blocked_patterns"], json!(["iam:*", "organizations:*", "sts:AssumeRole"]));
}

#[test]
fn filters() {
    let codes = |args: &str| found(&on_boundaries(args).json()).into_keys().collect::<Vec<_>>();
    assert_eq!(codes("--check boundary-dangling"), ["Dangling"]);
    assert_eq!(
        codes("--check boundary-dangling --check boundary-can-be-edited"),
        ["CanEscape", "Dangling", "DeletesOnly"]
    );
    assert_eq!(codes("--principal arn:aws:iam::*:user/* --check boundary-can-be-removed"), ["bob"]);
    // Role names differ by more than case.
    assert_eq!(codes("--principal adm?n"), ["Admin"]);
}

#[test]
fn exit_codes() {
    for (args, code) in [
        ("", 0),
        ("--fail-on boundary-can-be-removed", 1),
        ("--fail-on any", 1),
        ("--fail-on any --exit-zero", 0),
        ("--fail-on gap-appears --principal Plain", 0),
        ("--fail-on boundary-missing --principal CanNot", 0),
        ("--fail-on gap --fail-on boundary-missing --principal Plain", 1),
        // What is behind a policy that could not be read, nobody knows.
        ("--fail-on gap --principal Dangling", 3),
        ("--fail-on boundary-dangling --principal Dangling", 1),
        ("--principal Dangling", 0),
    ] {
        on_boundaries(args).arg("-q").code(code).check();
    }
}

#[test]
fn what_cannot_be_audited_is_refused() {
    let text = fixture("accounts/boundaries.json");
    let run = |args: &str| diagnose("audit").args(args).file("a.json", &text).file("p.json", "{\"Statement\": []}");
    assert!(run("--offline").refused_with(2).contains("--snapshot FILE or --plan FILE"));
    assert!(run("--snapshot a.json --identity-policy p.json").refused_with(2).contains("diagnose gap"));
    assert!(run("--plan a.json").refused_with(2).contains("terraform show -json"));
    assert!(run("--snapshot a.json --baseline a.json").refused_with(2).contains("diagnose audit -o json"));
    let never = run("--snapshot a.json --check gap --fail-on boundary-missing").refused_with(2);
    assert!(never.contains("--fail-on boundary-missing can never be found"), "{never}");
    let nobody = run("--snapshot a.json --principal Nobody --principal Admin").refused_with(2);
    assert!(nobody.contains("--principal Nobody: no role or user is called so"), "{nobody}");
    assert!(run("--snapshot p.json").refused_with(2).contains("no snapshot"));
    let unknown = run("--snapshot a.json --check boundary-typo").outcome();
    assert!(unknown.code == 2 && unknown.stderr.contains("boundary-dangling"), "{unknown}");
    assert_eq!(run("--snapshot a.json --plan a.json").outcome().code, 2);
}

/// Which of the two policies of a role is said to be the boundary of all.
#[test]
fn another_boundary_for_all() {
    let proposed =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let run = on_boundaries("--boundary proposed.json --principal PassesSome --principal AWSServiceRole*");
    let report = run.file("proposed.json", proposed.to_string()).json();
    let rows: Vec<String> = list(&report, "principals")
        .iter()
        .map(|row| format!("{} {} {}", last(&row["arn"]), last(&row["boundary"]), row["counts"]["blocked"]))
        .collect();
    assert_eq!(rows, ["PassesSome proposed 190", "AWSServiceRoleForSupport  0"]);
    let scp = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]});
    let report = on_boundaries("--scp scp.json --principal Plain").file("scp.json", scp.to_string()).json();
    assert_eq!(list(&report, "principals")[0]["counts"]["blocked"], 2);
}

#[test]
fn the_landing_zone() {
    for (name, args) in
        [("human", ""), ("json", "-o json"), ("jsonl", "-o jsonl"), ("markdown", "-o markdown"), ("sarif", "-o sarif")]
    {
        assert_snapshot!(format!("landing_zone_{name}"), on_account("audit").args(args).outcome());
    }
}

#[test]
fn the_account_of_boundaries() {
    assert_snapshot!("boundaries_human", on_boundaries("").outcome());
    assert_snapshot!("boundaries_verbose", on_boundaries("-v").outcome());
    assert_snapshot!("boundaries_markdown", on_boundaries("-o markdown").outcome());
    // Against SARIF's own schema it is held by the run.
    assert_snapshot!(
        "boundaries_sarif",
        on_boundaries("-o sarif --principal CanEscape --principal Dangling").outcome()
    );
}

/// The same account, as the program's own snapshot and as a folder of iam-collect, is audited alike.
#[test]
fn other_sources() {
    let own = json!({
        "diagnose_snapshot": 1,
        "principals": [
            {"arn": "arn:aws:iam::123456789012:role/Known", "identity_policies": [{"name": "P", "document": {
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "sqs:SendMessage"], "Resource": "*"}]}}],
             "permissions_boundary": {"name": "B", "arn": "arn:aws:iam::123456789012:policy/B", "document": {
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}},
            {"arn": "arn:aws:iam::123456789012:role/BoundaryNotRead", "identity_policies": []},
            {"arn": "arn:aws:sts::123456789012:assumed-role/Known/session", "session_policies": []},
        ],
        "service_control_policies": [{"target": "root", "policies": [{"name": "S", "document": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}]}],
    });
    let report = diagnose("audit --snapshot own.json").file("own.json", own.to_string()).json();
    finds(
        &report,
        &[
            ("B", &["boundary-allows-everything high", "boundary-iam-without-conditions low"]),
            ("Known", &["boundary-never-limits info", "gap low"]),
        ],
    );
    let unread: Vec<&str> = list(&report, "unread").iter().map(|one| last(&one["principal"])).collect();
    assert_eq!(unread, ["BoundaryNotRead"]);
    let store = super::program::on_store("audit").json();
    let rows: Vec<&str> = list(&store, "principals").iter().map(|row| row["arn"].as_str().unwrap()).collect();
    assert_eq!(rows.len(), 6, "{rows:?}");
    let from_stdin = diagnose("audit --snapshot -").stdin(&account()).json();
    assert_eq!(list(&from_stdin, "principals").len(), 5);
}

/// One broken document is a finding of its principal; the others are audited as if it were not there.
#[test]
fn one_broken_document_among_many() {
    let good: Value = serde_json::from_str(&account()).unwrap();
    let mut bad = good.clone();
    bad["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("{\"Version\": \"2012-10-17\", \"Stat");
    let name = bad["RoleDetailList"][0]["Arn"].as_str().unwrap().to_owned();
    let report = |account: &Value| diagnose("audit --snapshot a.json").file("a.json", account.to_string()).json();
    let (good, bad) = (report(&good), report(&bad));
    let broken: Vec<&Value> = list(&bad, "findings").iter().filter(|found| found["code"] == "policy-broken").collect();
    assert!(matches!(broken.as_slice(), [one] if one["principal"] == json!(name)), "{broken:?}");
    let others = |report: &Value| -> Vec<Value> {
        list(report, "principals").iter().filter(|row| row["arn"] != json!(name)).cloned().collect()
    };
    assert_eq!(others(&good), others(&bad));
    let row = list(&bad, "principals").iter().find(|row| row["arn"] == json!(name)).unwrap();
    assert_eq!(row["complete"], false);
}

#[test]
fn the_same_bytes_from_run_to_run() {
    for format in ["human", "json", "sarif", "markdown", "jsonl"] {
        let run = || on_boundaries("-v -o").arg(format).outcome().stdout;
        let first = run();
        assert!((0..3).all(|_| run() == first), "{format}");
    }
}

/// Drift: what is new since the baseline counts alone, whatever lines and versions are.
#[test]
fn a_baseline() {
    let before: Value = serde_json::from_str(&fixture("accounts/boundaries.json")).unwrap();
    let saved = on_boundaries("-o json").outcome().stdout;
    let since = |account: &Value, args: &str| {
        let run = diagnose("audit --snapshot now.json --baseline saved.json").args(args).file("saved.json", &saved);
        // On one line: no line of it is as it was.
        run.file("now.json", account.to_string())
    };
    let unchanged = since(&before, "--fail-on any").outcome();
    // What could not be read then cannot be read now: nothing is new.
    assert!(unchanged.code == 0 && unchanged.stdout.contains("0 new"), "{unchanged}");
    let mut after = before;
    let roles = after["RoleDetailList"].as_array_mut().unwrap();
    let at = |roles: &[Value], name: &str| roles.iter().position(|role| role["RoleName"] == name).unwrap();
    let number = at(roles, "CanNot");
    // The role is granted what its boundary allows: it can escape now.
    roles[number]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] = json!(["iam:*"]);
    let number = at(roles, "Passes");
    roles.remove(number);
    // The boundary of four roles is tightened.
    let policies = after["Policies"].as_array_mut().unwrap();
    let storage = policies.iter_mut().find(|policy| policy["PolicyName"] == "Storage").unwrap();
    storage["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"] = json!("s3:List*");
    let report = since(&after, "").json();
    let mut new = found(&report);
    new.values_mut().for_each(|codes| codes.retain(|code| code.ends_with(" new")));
    new.retain(|_, codes| !codes.is_empty());
    let expected = [
        (
            "CanNot",
            vec![
                "boundary-can-be-edited high new",
                "boundary-can-be-removed high new",
                "boundary-iam-without-conditions high new",
            ],
        ),
        ("HasBrokenPolicy", vec!["gap low new", "gap-appears high new"]),
        ("OnePolicyIdle", vec!["gap-appears high new"]),
        ("OneStatementIdle", vec!["gap-appears high new", "grant-without-effect low new"]),
        ("PartOfAStatement", vec!["gap-appears high new", "grant-without-effect low new"]),
    ];
    let expected: BTreeMap<String, Vec<String>> = expected
        .into_iter()
        .map(|(name, codes)| (name.to_owned(), codes.into_iter().map(str::to_owned).collect()))
        .collect();
    assert!(new == expected, "{new:#?}");
    let drift = &report["baseline"];
    assert!(drift["gone"].as_u64().unwrap() >= 2, "{drift}");
    since(&after, "--fail-on boundary-can-be-removed -q").code(1).check();
    since(&after, "--fail-on boundary-dangling -q").code(0).check();
    let role = after["RoleDetailList"].as_array_mut().unwrap().iter_mut().find(|role| role["RoleName"] == "CanNot");
    role.unwrap()["AttachedManagedPolicies"] =
        json!([{"PolicyName": "New", "PolicyArn": "arn:aws:iam::123456789012:policy/New"}]);
    since(&after, "--principal CanNot --fail-on boundary-never-limits -q").code(3).check();
    // Which boundary it has is known, whatever that policy grants.
    since(&after, "--fail-on boundary-dangling -q").code(0).check();
}

/// A finding for each of the statements without effect, though they are written alike, and the same ones in another order.
#[test]
fn statements_without_effect_are_told_apart() {
    let boundary = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
    let sends = |queue: &str| {
        let resource = format!("arn:aws:sqs:eu-west-1:123456789012:{queue}");
        json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resource})
    };
    let reads = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let audit = |statements: &[&Value], args: &str| {
        let account = of_one_role(json!(statements), boundary.clone());
        diagnose("audit --check grant-without-effect --snapshot a.json").args(args).file("a.json", account.to_string())
    };
    let (one, two) = (sends("one"), sends("two"));
    let saved = audit(&[&one, &two, &two, &reads], "-o json").outcome().stdout;
    let report: Value = serde_json::from_str(&saved).unwrap();
    let texts: Vec<&str> = list(&report, "findings").iter().map(|found| found["text"].as_str().unwrap()).collect();
    for (at, text) in texts.iter().enumerate() {
        assert!(text.starts_with(&format!("nothing that Statement[{at}] of All grants has an effect")), "{texts:?}");
    }
    assert_eq!(texts.len(), 3);
    let since = |statements: &[&Value]| {
        let run = audit(statements, "-q --baseline b.json --fail-on grant-without-effect").file("b.json", &saved);
        run.outcome().code
    };
    assert_eq!(since(&[&two, &reads, &one, &two]), 0);
    assert_eq!(since(&[&one, &two, &reads]), 0);
    assert_eq!(since(&[&one, &two, &two, &two, &reads]), 1);
    assert_eq!(since(&[&one, &two, &two, &reads, &sends("three")]), 1);
}

/// The account with one role, its boundary and what both allow.
fn of_one_role(identity: Value, boundary: Value) -> Value {
    let document = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [{
        "Path": "/", "RoleName": "Builder", "RoleId": "AROAEXAMPLE", "Arn": "arn:aws:iam::123456789012:role/Builder",
        "AssumeRolePolicyDocument": document(json!([])), "InstanceProfileList": [],
        "RolePolicyList": [{"PolicyName": "All", "PolicyDocument": document(identity)}],
        "AttachedManagedPolicies": [], "Tags": [],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/Own",
        },
    }], "Policies": [{
        "PolicyName": "Own", "PolicyId": "ANPAEXAMPLE", "Arn": "arn:aws:iam::123456789012:policy/Own", "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
        "PolicyVersionList": [{"Document": document(boundary), "VersionId": "v1", "IsDefaultVersion": true}],
    }], "IsTruncated": false})
}

/// A condition on the boundary that lets pass others than the own one is no protection.
#[test]
fn a_condition_that_another_boundary_fulfils() {
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let audit = |account: &Value| diagnose("audit --snapshot a.json").file("a.json", account.to_string()).json();
    let of_role = |account: &Value| found(&audit(account)).remove("Builder").unwrap_or_default();
    let allow = |action: &str, operator: &str, value: &str| {
        let condition = json!({operator: {"iam:PermissionsBoundary": value}});
        of_one_role(
            all.clone(),
            json!([{"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}]),
        )
    };
    let (any, own) = ("arn:aws:iam::123456789012:policy/*", "arn:aws:iam::123456789012:policy/Own");
    let makes = ["boundary-iam-without-conditions high", "gap low"];
    assert_eq!(of_role(&allow("iam:CreateRole", "StringLike", any)), makes);
    assert_eq!(of_role(&allow("iam:CreateUser", "Null", "false")), makes);
    assert_eq!(of_role(&allow("iam:CreateRole", "StringEquals", own)), ["gap low"]);
    let removed = ["boundary-can-be-removed high", "gap low"];
    assert_eq!(of_role(&allow("iam:PutRolePermissionsBoundary", "ArnLike", any)), removed);
    let named = allow("iam:PutRolePermissionsBoundary", "StringEquals", "arn:aws:iam::123456789012:policy/Wide");
    assert_eq!(of_role(&named), ["boundary-can-be-removed medium", "gap low"]);
    assert_eq!(of_role(&allow("iam:PutRolePermissionsBoundary", "StringEquals", own)), ["gap low"]);
}

/// What a policy that was not read may deny is told with that, and nobody says that it is not granted.
#[test]
fn a_way_out_that_an_unread_policy_may_deny() {
    let iam = json!([{"Effect": "Allow", "Action": ["iam:CreateRole", "s3:*"], "Resource": "*"}]);
    let storage = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
    for (identity, is_found) in [(iam.clone(), true), (storage, false)] {
        let mut account = of_one_role(identity, iam.clone());
        account["RoleDetailList"][0]["AttachedManagedPolicies"] =
            json!([{"PolicyName": "Gone", "PolicyArn": "arn:aws:iam::123456789012:policy/Gone"}]);
        let outcome = diagnose("audit --snapshot a.json").file("a.json", account.to_string()).outcome();
        let text = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains("unless a policy that was not read denies it"), is_found, "{outcome}");
        assert_eq!(text.contains("is granted that is not known"), !is_found, "{outcome}");
        assert!(!text.contains("no principal that has this boundary is granted that now"), "{outcome}");
    }
}

/// An edit that turns "on some resources" into "everywhere" takes something away, though the same actions are blocked.
#[test]
fn a_gap_that_grows_from_partly_to_everywhere() {
    let with = |action: &str| {
        let mut account: Value = serde_json::from_str(&fixture("accounts/boundaries.json")).unwrap();
        let policies = account["Policies"].as_array_mut().unwrap();
        let storage = policies.iter_mut().find(|policy| policy["PolicyName"] == "Storage").unwrap();
        storage["PolicyVersionList"][0]["Document"] = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"},
            {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::team-data/*"},
        ]});
        account.to_string()
    };
    let (before, after) = (with("s3:*"), with("s3:PutObject"));
    let saved = diagnose("audit -o json --snapshot a.json").file("a.json", &before).outcome().stdout;
    let since = |saved: &str, now: &str| {
        diagnose("audit --principal OneStatementIdle --snapshot a.json --baseline b.json --fail-on gap-appears")
            .file("a.json", now)
            .file("b.json", saved)
    };
    since(&saved, &before).arg("-q").code(0).check();
    let grown = since(&saved, &after).outcome();
    assert_eq!(grown.code, 1, "{grown}");
    assert!(
        grown.stdout.contains("everywhere that w") && grown.stdout.contains("blocked only partly before"),
        "{grown}"
    );
    // A baseline that does not tell is compared as far as it goes.
    let older = saved.replace("blocked_everywhere_patterns", "unknown_to_this_version");
    since(&older, &after).arg("-q").code(0).check();
}

#[test]
fn a_plan() {
    let report = on_plan("").json();
    assert_eq!(report["source"], "plan");
    finds(
        &report,
        &[
            ("Boundary", &["boundary-shared info unchanged"]),
            // The edit of the boundary breaks it.
            ("worker", &["gap low new", "gap-appears high new"]),
            ("reader", &["boundary-never-limits info unchanged"]),
            ("old", &["boundary-missing low unchanged"]),
            ("fresh", &["boundary-missing low new"]),
            ("loses", &["boundary-missing low new"]),
            ("tight", &["gap low new"]),
        ],
    );
    let row = |name: &str| {
        let rows = list(&report, "principals");
        rows.iter().find(|row| last(&row["arn"]) == name).unwrap_or_else(|| panic!("{name}: {rows:#?}"))
    };
    // The attached policy is made by the same plan.
    assert_eq!(row("fresh")["counts"]["granted"], 2);
    // What will be known only later is not absent.
    assert_eq!((&row("app-a")["complete"], &row("app-a")["boundary"]), (&json!(false), &Value::Null));
    assert_eq!(row("later")["complete"], false);
    assert_eq!(row("bob")["arn"], "arn:aws:iam::123456789012:user/people/bob");
    assert_eq!(last(&row("tight")["boundary"]), "Tight");
    assert!(list(&report, "principals").iter().all(|row| last(&row["arn"]) != "gone"));
    assert_snapshot!("plan_human", on_plan("").outcome());
    on_plan("--fail-on gap-appears -q").code(1).check();
    on_plan("--fail-on boundary-aws-managed -q").code(3).check();
}

#[test]
fn a_state_has_no_before() {
    let report = diagnose("audit --plan -").stdin(&fixture("plans/state.json")).json();
    assert!(report.get("baseline").is_none());
    let rows: Vec<&str> = list(&report, "principals").iter().map(|row| last(&row["arn"])).collect();
    assert_eq!(rows, ["gone", "later", "loses", "old", "reader", "worker"]);
}

#[test]
fn names_from_outside_are_harmless() {
    let mut bad: Value = serde_json::from_str(&account()).unwrap();
    bad["RoleDetailList"][0]["RolePolicyList"][0]["PolicyName"] = json!("a\u{1b}[31m|`<b>\u{202e}");
    bad["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("{\u{7}");
    for format in ["human", "json", "jsonl", "markdown", "sarif"] {
        // Every run is looked through for control characters.
        let run = diagnose("audit --snapshot a.json -v -o").arg(format).file("a.json", bad.to_string());
        assert_eq!(run.outcome().code, 0);
    }
}

#[test]
fn without_names() {
    for format in ["human", "json", "jsonl", "markdown", "sarif"] {
        let text = on_boundaries("-v --redact -o").arg(format).outcome().stdout;
        for name in ["123456789012", "CanEscape", "AllowsIam", "OneStatementIdle", "boundaries.json"] {
            assert!(!text.contains(name), "{format} has {name}");
        }
        assert!(text.contains("boundary-can-be-removed"), "{format}");
    }
}
