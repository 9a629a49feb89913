//! What the action catalogue makes of the actions that people type: patterns, operations, slips of the hand.

use diagnose::catalogue;
use insta::assert_snapshot;
use serde_json::Value;

use super::program::{diagnose, list, on_account, text};

const ROLE: &str = "--role MyRole --action";

/// Runs on the shipped account with these actions; the results, whatever the verdicts.
#[track_caller]
fn results(actions: &[&str]) -> Vec<Value> {
    let run =
        actions.iter().fold(on_account("--role MyRole --exit-zero"), |run, action| run.arg("--action").arg(*action));
    list(&run.json()["results"]).to_vec()
}

fn actions(results: &[Value]) -> Vec<String> {
    results.iter().map(|result| text(&result["action"])).collect()
}

/// The texts of a result's caveats of this code.
fn caveats(result: &Value, code: &str) -> Vec<String> {
    let all = list(&result["caveats"]).iter();
    all.filter(|caveat| caveat["code"] == code).map(|caveat| text(&caveat["text"])).collect()
}

#[test]
fn a_pattern_expands_to_all_that_it_matches() {
    for pattern in ["s3:Get*", "S3:gEt*", "s3:Get*?"] {
        let found = actions(&results(&[pattern]));
        let known: Vec<String> = catalogue::expand("s3:Get*").iter().map(catalogue::Action::text).collect();
        assert!(found.len() > 50, "{pattern}: {}", found.len());
        assert_eq!(found, known, "{pattern}");
        assert!(found.is_sorted_by_key(|action| action.to_lowercase()), "{pattern}: {found:?}");
        assert!(found.contains(&"s3:GetBucketCORS".to_owned()), "{pattern}: {found:?}");
    }
}

#[test]
fn a_pattern_over_services_expands() {
    let found = actions(&results(&["*:RunInstances"]));
    assert!(found.contains(&"ec2:RunInstances".to_owned()), "{found:?}");
    assert!(found.iter().all(|action| action.ends_with(":RunInstances")), "{found:?}");
    assert_eq!(actions(&results(&["e?2:TerminateInstance?"])), ["ec2:TerminateInstances"]);
}

#[test]
fn each_action_of_a_pattern_is_answered_as_if_it_were_asked_alone() {
    let several = results(&["sqs:*Message*"]);
    assert!(several.len() > 3, "{several:?}");
    // But for the fixes: those of several questions are one edit.
    let without_fixes = |result: &Value| {
        let mut result = result.clone();
        result["fixes"].take();
        result
    };
    for result in &several {
        let alone: Vec<Value> = results(&[text(&result["action"]).as_str()]).iter().map(without_fixes).collect();
        assert_eq!(alone, [without_fixes(result)]);
    }
}

#[test]
fn an_action_that_was_asked_twice_is_answered_once() {
    assert_eq!(actions(&results(&["ec2:RunInstances", "EC2:runinstances", "ec2:RunInst*"])), ["ec2:RunInstances"]);
    let found = actions(&results(&["s3:PutObject", "s3:PutObject*"]));
    assert_eq!(found.first().map(String::as_str), Some("s3:PutObject"));
    assert_eq!(found.iter().filter(|action| *action == "s3:PutObject").count(), 1, "{found:?}");
}

#[test]
fn a_star_stays_one_question_about_all_actions() {
    for star in ["*", "*:*"] {
        let found = results(&[star]);
        assert_eq!(actions(&found), [star]);
        assert_eq!(found[0]["verdict"], "undetermined");
        assert_eq!(caveats(&found[0], "unknown-action"), [""; 0]);
    }
}

#[test]
fn a_pattern_that_matches_nothing_says_so() {
    for pattern in ["s3:Nothing*", "nope:*", "?:x"] {
        let found = results(&[pattern]);
        assert_eq!(actions(&found), [pattern]);
        assert_eq!(found[0]["verdict"], "denied", "{pattern}");
        let said = format!("{pattern} is not in the action catalogue of {}", catalogue::date());
        assert_eq!(caveats(&found[0], "unknown-action"), [said]);
    }
}

#[test]
fn the_answer_has_the_spelling_of_aws() {
    for (typed, spelled) in [
        ("EC2:TERMINATEINSTANCES", "ec2:TerminateInstances"),
        ("s3:getbucketcors", "s3:GetBucketCORS"),
        ("RDS-DB:Connect", "rds-db:connect"),
        ("S3:HEADOBJECT", "s3:GetObject"),
    ] {
        let found = results(&[typed]);
        assert_eq!(actions(&found), [spelled]);
        let human = on_account(ROLE).arg(typed).outcome().stdout;
        let (headline, _) = human.split_once('\n').unwrap();
        assert!(headline.contains(&format!("  {spelled} on ")), "{headline}");
    }
}

#[test]
fn an_operation_is_answered_with_its_action() {
    for (typed, needed) in [
        ("S3:HEADOBJECT", &["s3:GetObject"][..]),
        ("s3api:head-object", &["s3:GetObject"]),
        ("s3:ListObjectsV2", &["s3:ListBucket"]),
        ("lambda:Invoke", &["lambda:InvokeFunction"]),
        ("LAMBDA:invoke", &["lambda:InvokeFunction"]),
        ("kms:ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("apigateway:get-rest-api", &["apigateway:GET"]),
        ("lambda:CreateFunction20150331v2", &["lambda:CreateFunction"]),
    ] {
        let found = results(&[typed]);
        assert_eq!(actions(&found), needed, "{typed}");
        for (result, action) in found.iter().zip(needed) {
            let said = caveats(result, "operation-named");
            let start = format!("{typed} is an operation, which needs {action}");
            assert!(said.len() == 1 && said[0].starts_with(&start), "{typed}: {said:?}");
        }
    }
}

#[test]
fn an_operation_that_is_an_action_is_that_action() {
    let found = results(&["ec2:TerminateInstances"]);
    assert_eq!(caveats(&found[0], "operation-named"), [""; 0]);
}

#[test]
fn did_you_mean() {
    for (typed, meant) in [
        ("ec2:TerminateInstance", "ec2:TerminateInstances"),
        ("ec3:RunInstances", "ec2:RunInstances"),
        ("EC2:terminteinstances", "ec2:TerminateInstances"),
        ("lamda:InvokeFunction", "lambda:InvokeFunction"),
        ("s3:GetObjet", "s3:GetObject"),
    ] {
        let found = results(&[typed]);
        assert_eq!(actions(&found), [typed]);
        let said = caveats(&found[0], "unknown-action");
        let start = format!("{typed} is not in the action catalogue of {}; did you mean {meant}", catalogue::date());
        assert!(said.len() == 1 && said[0].starts_with(&start), "{typed}: {said:?}");
        let human = on_account(ROLE).arg(typed).outcome().stdout;
        assert!(human.contains("did you mean"), "{human}");
    }
}

#[test]
fn nothing_is_suggested_where_nothing_is_like_it() {
    for typed in ["newservice:DoThings", "ec2:FrobnicateTheInstances", "x:y"] {
        let said = caveats(&results(&[typed])[0], "unknown-action");
        assert_eq!(said, [format!("{typed} is not in the action catalogue of {}", catalogue::date())]);
    }
}

#[test]
fn an_unknown_action_is_evaluated() {
    let policy =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:Terminate*", "Resource": "*"}}"#;
    let run = |action: &str| {
        let run = diagnose("--no-boundary --identity-policy p.json --action").arg(action).file("p.json", policy);
        run.outcome().code
    };
    assert_eq!(run("ec2:TerminateInstance"), 0);
    assert_eq!(run("ec3:TerminateInstances"), 1);
}

/// Source: STS API Reference, `GetCallerIdentity`; DynamoDB API Reference, `DescribeEndpoints`.
#[test]
fn what_needs_no_permission_is_allowed_under_an_explicit_deny() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let run = |action: &str| {
        diagnose("--identity-policy p.json --boundary p.json --action").arg(action).file("p.json", policy)
    };
    for (action, spelled) in [
        ("sts:GetCallerIdentity", "sts:GetCallerIdentity"),
        ("STS:getcalleridentity", "sts:GetCallerIdentity"),
        ("sts:GetSessionToken", "sts:GetSessionToken"),
        ("dynamodb:DescribeEndpoints", "dynamodb:DescribeEndpoints"),
    ] {
        run(action).gives(0, "allowed identity=not-applicable boundary=not-applicable");
        let outcome = run(action).outcome();
        assert!(outcome.stdout.contains(&format!("{spelled} needs no permission")), "{outcome}");
    }
    run("sts:DecodeAuthorizationMessage").gives(
        1,
        "denied identity=explicit-deny boundary=explicit-deny blocked:identity/explicit blocked:boundary/explicit",
    );
}

#[test]
fn an_operation_that_needs_no_permission_is_allowed_under_an_explicit_deny() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    for action in ["sts:get-caller-identity", "cognito-idp:GetUserAuthFactors", "sso-oidc:create-token"] {
        let run = diagnose("--identity-policy p.json --boundary p.json --action").arg(action).file("p.json", policy);
        run.gives(0, "allowed identity=not-applicable boundary=not-applicable");
    }
}

#[test]
fn what_is_no_action_is_one_clear_line() {
    let form = "write it as service:Name, such as ec2:TerminateInstances";
    for typed in ["", " ", ":", "::", ":x", "TerminateInstances", "head-object", "\u{1f980}"] {
        let line = format!("--action: action `{typed}` has no service prefix; {form}");
        on_account("--role MyRole").arg("--action").arg(typed).refused(2, &line);
    }
    for typed in ["ec2:", "ec2:*:"] {
        let line = on_account("--role MyRole").arg("--action").arg(typed).refused_with(2);
        assert!(line.starts_with(&format!("--action: action `{typed}` is malformed: ")), "{line}");
    }
    for typed in [
        "ec2:a b",
        " ec2:RunInstances",
        "ec2:RunInstances ",
        "ec2:RunInstances,s3:GetObject",
        "ec2:RunInstances!",
        "ec2:RunInstances?\t",
        "ec2:Run\u{200b}Instances",
        "ec2:R\u{fc}nInstances",
        "ec2:Run\u{202e}Instances",
        "ec2:\u{1b}[31mRunInstances",
        "ec2:Run\nerror: Instances",
        "@ec2:RunInstances",
        "\n@ec2\n:RunInstances",
        "arn:aws:iam::123456789012:role/x",
        "s3:${aws:username}",
        "s3:GetObject?versionId=1",
        "https://ec2.amazonaws.com",
        "\"ec2:RunInstances\"",
    ] {
        let line = on_account("--role MyRole").arg("--action").arg(typed).refused_with(2);
        assert!(line.contains("is malformed: ") && line.ends_with(form), "{typed:?}: {line}");
    }
    on_account("--role MyRole")
        .arg("--action=-x")
        .refused(2, &format!("--action: action `-x` has no service prefix; {form}"));
}

#[test]
fn odd_and_huge_actions_get_an_answer() {
    let long = "a".repeat(20_000);
    let stars = "*".repeat(2_000);
    let alternating = "*a".repeat(500);
    for typed in [
        format!("ec2:{long}"),
        format!("{long}:RunInstances"),
        format!("ec2:{stars}zz"),
        format!("{alternating}:{alternating}b"),
        format!("ec2:{}", "?".repeat(300)),
        "ec2:-".to_owned(),
        "ec2:20150331".to_owned(),
        "p:k".to_owned(),
        "o:x".to_owned(),
        "ec2.amazonaws.com:x".replace('.', "-"),
    ] {
        let found = results(&[&typed]);
        assert_eq!(found.len(), 1, "{}", &typed[..20.min(typed.len())]);
        assert_eq!(caveats(&found[0], "unknown-action").len(), 1);
    }
}

#[test]
fn a_resource_that_does_not_count_is_explained() {
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"ec2:*\",\n      \"Resource\": \"arn:aws:ec2:*:*:instance/*\"\n    }\n  ]\n}\n";
    let run = diagnose("--no-boundary --identity-policy p.json --action ec2:DescribeInstances --resource");
    let run = run.arg("arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc").file("p.json", policy);
    assert_snapshot!(run.outcome());
}

/// The arrow must not deny what the sentence above it says.
#[test]
fn a_resource_that_was_seen_is_compared_in_the_arrow_as_well() {
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"iam:*\",\n      \"Resource\": \"arn:aws:iam::123456789012:user/*\"\n    }\n  ]\n}\n";
    let run = diagnose("--no-boundary --identity-policy p.json --action iam:ListRoles --exact-resource --resource");
    let outcome = run.arg("arn:aws:iam::123456789012:role/*").file("p.json", policy).outcome();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(!outcome.stdout.contains("takes no resource"), "{outcome}");
    assert!(outcome.stdout.contains("does not match arn:aws:iam::123456789012:role/*\n"), "{outcome}");
}

#[test]
fn a_key_that_is_never_there_is_explained_in_its_own_spelling() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": {"StringEquals": {"lambda:Principal": "x"}}}}"#;
    let run = diagnose("--no-boundary --identity-policy p.json --action lambda:InvokeFunction").file("p.json", policy);
    let report = run.code(1).json();
    let because = "requests for this action never carry it";
    let wanted = serde_json::json!([{"key": "lambda:Principal", "value": null, "because": because}]);
    assert_eq!(report["results"][0]["assumptions"], wanted);
}

#[test]
fn the_list_of_more_than_five_results() {
    let run =
        on_account("--role MyRole --action s3:GetBucket* --action ec2:DescribeInstances --action ec2:StartInstances");
    assert_snapshot!(run.outcome());
}

#[test]
fn the_list_begins_behind_five_results_and_ends_with_verbose() {
    let asked = |count: usize| {
        let five =
            ["StartInstances", "StopInstances", "RebootInstances", "RunInstances", "TerminateInstances", "CreateTags"];
        let names = five.iter().take(count);
        names.fold(on_account("--role MyRole"), |run, name| run.arg("--action").arg(format!("ec2:{name}")))
    };
    assert!(asked(5).outcome().stdout.starts_with("denied  ec2:StartInstances on any resource, for role MyRole"));
    assert!(asked(6).outcome().stdout.starts_with("6 requests on any resource, for role MyRole"));
    assert!(asked(6).arg("--verbose").outcome().stdout.starts_with("denied  ec2:StartInstances on any resource"));
    assert_eq!(asked(6).outcome().code, 1);
}

/// A slip of the hand looks like a denial also among others.
#[test]
fn the_list_tells_of_unknown_actions() {
    let run = on_account("--role MyRole --action s3:GetBucket* --action ec2:TerminateInstance");
    let outcome = run.outcome();
    let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains("did you mean ec2:TerminateInstances?"), "{outcome}");
}

/// Of alternatives, each is answered and all are named: an operation that needs one of them is not denied by the first.
#[test]
fn an_operation_with_alternatives_names_them_all() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "*"}}"#;
    let run = diagnose("--no-boundary --identity-policy p.json --action dynamodb:TransactWriteItems");
    let report = run.file("p.json", policy).code(1).json();
    let results = list(&report["results"]);
    let verdict = |action: &str| {
        let one = results.iter().find(|result| result["action"] == action).unwrap();
        one["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("dynamodb:UpdateItem"), "allowed");
    assert_eq!(verdict("dynamodb:PutItem"), "denied");
    let text = results[0]["caveats"][0]["text"].as_str().unwrap();
    assert!(text.contains("needs one of dynamodb:"), "{text}");
}

#[test]
fn an_operation_whose_needs_are_not_known_is_refused_in_one_line() {
    let run = diagnose("--role R --snapshot a.json --action cloudfront:CreateDistributionWithTags");
    run.refused(
        2,
        "--action: `cloudfront:CreateDistributionWithTags` is an operation without an action of its name, and which actions it needs is not known; name the action that the policy must allow",
    );
}

/// AWS's own sample policies test this key with this action, though its reference does not list it.
#[test]
fn a_key_that_the_reference_omits_is_not_taken_as_missing() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:ConditionCheckItem", "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}}}"#;
    let run = diagnose("--no-boundary --identity-policy p.json --action dynamodb:ConditionCheckItem");
    let report = run.file("p.json", policy).code(3).json();
    assert_eq!(report["results"][0]["depends_on"][0]["key"], "dynamodb:EnclosingOperation");
}

/// What AWS refuses as a resource matches nothing, and the answer says so.
#[test]
fn a_refused_resource_matches_nothing() {
    for resource in ["?*", "?", "bucket/*"] {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": resource}});
        let run = diagnose("--no-boundary --identity-policy p.json --action ec2:DescribeInstances");
        let report = run.file("p.json", policy.to_string()).code(1).json();
        let codes: Vec<&str> =
            list(&report["results"][0]["caveats"]).iter().filter_map(|one| one["code"].as_str()).collect();
        assert!(codes.contains(&"refused-by-aws"), "{resource}: {codes:?}");
    }
}
