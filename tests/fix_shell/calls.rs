//! Each kind of fix makes these calls and no others, and the document arrives as it was written.

use diagnose::fix::Fix;
use diagnose::fix::commands::{AwsCli, commands, quote};
use diagnose::principal::Principal;
use diagnose::snapshot::{Layer, Origin};
use proptest::prelude::*;

use super::made::*;
use super::shell::{Stage, config, nasty_text, shells};

/// Words of a call; `DOC` stands for the document.
type Call<'a> = &'a [&'a str];

fn check(fix: &Fix, who: &Principal, expected: &[Call<'_>]) {
    let lines = commands(fix, who, &AwsCli::default(), VERIFY);
    let stage = Stage::new(&[("get-queue-url", "https://sqs/q\n"), ("list-policy-versions", "\n")], "");
    let verify = ["diagnose", "--role", "MyRole", "--action", "s3:GetObject"];
    let expected: Vec<Vec<String>> = expected
        .iter()
        .chain([&verify.as_slice()])
        .map(|call| call.iter().map(|word| word.replace("DOC", NASTY_ARGUMENT)).collect())
        .collect();
    for shell in shells() {
        let played = stage.play(&shell, &["-eu"], &lines);
        assert_eq!(played.calls, expected, "{shell:?}\n{}", lines.join("\n"));
        assert_eq!(played.code, Some(0), "{shell:?}");
    }
}

#[test]
fn policies_in_roles_users_and_groups() {
    let put = |kind: &'static str, name: &'static str, policy: &'static str| {
        let call = format!("put-{kind}-policy");
        let flag = format!("--{kind}-name");
        vec![
            "aws".to_owned(),
            "iam".to_owned(),
            call,
            flag,
            name.to_owned(),
            "--policy-name".to_owned(),
            policy.to_owned(),
        ]
    };
    let session = who("arn:aws:sts::123456789012:assumed-role/MyRole/session");
    let cases = [
        (inside(Origin::Inline, "Inline"), role(), put("role", "MyRole", "Inline")),
        (inside(Origin::Inline, "a,b=c@d+e"), session, put("role", "MyRole", "a,b=c@d+e")),
        (inside(Origin::Inline, "Inline"), user(), put("user", "Ann", "Inline")),
        (inside(Origin::Group("dev ops".to_owned()), "P"), user(), put("group", "dev ops", "P")),
        (attaching("New"), role(), put("role", "MyRole", "New")),
        (attaching("New"), user(), put("user", "Ann", "New")),
    ];
    for (fix, who, call) in cases {
        let mut call: Vec<&str> = call.iter().map(String::as_str).collect();
        call.extend(["--policy-document", "DOC"]);
        check(&fix, &who, &[&call]);
    }
    // The CLI would take a word with a leading dash for an option.
    let dashed = ["aws", "iam", "put-role-policy", "--role-name=-r", "--policy-name=--p", "--policy-document", "DOC"];
    check(&inside(Origin::Inline, "--p"), &who("arn:aws:iam::123456789012:role/-r"), &[&dashed]);
}

#[test]
fn managed_policies_get_a_new_version() {
    for layer in [Layer::Identity, Layer::Boundary] {
        let lines = commands(&managed(layer, POLICY), &role(), &AwsCli::default(), VERIFY);
        let query = lines[0].split('\'').nth(1).expect("a query");
        let list: Call<'_> =
            &["aws", "iam", "list-policy-versions", "--policy-arn", POLICY, "--query", query, "--output", "text"];
        let create: Call<'_> = &[
            "aws",
            "iam",
            "create-policy-version",
            "--policy-arn",
            POLICY,
            "--set-as-default",
            "--policy-document",
            "DOC",
        ];
        check(&managed(layer, POLICY), &role(), &[list, create]);
    }
    let mut group = managed(Layer::Identity, POLICY);
    group.document.origin = Some(Origin::Group("dev".to_owned()));
    assert_eq!(
        commands(&group, &user(), &AwsCli::default(), ""),
        commands(&managed(Layer::Identity, POLICY), &user(), &AwsCli::default(), "")
    );
}

#[test]
fn a_boundary_of_aws_is_copied_and_switched() {
    let cases = [
        ("arn:aws:iam::aws:policy/PowerUserAccess", "PowerUserAccess-boundary", "/", "policy/PowerUserAccess-boundary"),
        ("arn:aws:iam::aws:policy/job-function/View", "View-boundary", "/", "policy/View-boundary"),
        ("arn:aws:iam::123456789012:policy/Copy", "Copy", "/", "policy/Copy"),
        ("arn:aws:iam::123456789012:policy/a/b/Copy", "Copy", "/a/b/", "policy/a/b/Copy"),
    ];
    for (arn, name, path, new) in cases {
        let new = format!("arn:aws:iam::123456789012:{new}");
        let mut create = vec!["aws", "iam", "create-policy", "--policy-name", name];
        if path != "/" {
            create.extend(["--path", path]);
        }
        create.extend(["--policy-document", "DOC"]);
        let put = |kind: &'static str, flag: &'static str, holder: &'static str| {
            vec!["aws", "iam", kind, flag, holder, "--permissions-boundary"]
        };
        for (who, mut put) in [
            (role(), put("put-role-permissions-boundary", "--role-name", "MyRole")),
            (user(), put("put-user-permissions-boundary", "--user-name", "Ann")),
        ] {
            put.push(&new);
            check(&replacing(arn), &who, &[&create, &put]);
        }
    }
    let lines = commands(
        &replacing("arn:aws-cn:iam::aws:policy/P"),
        &who("arn:aws-cn:iam::123456789012:role/R"),
        &AwsCli::default(),
        "",
    );
    assert!(lines[1].contains("arn:aws-cn:iam::123456789012:policy/P-boundary"), "{lines:?}");
}

/// Operations with a single call: where the policy is, and the words of the call.
const SINGLE: &[(Layer, &str, &str)] = &[
    (
        Layer::Trust,
        "arn:aws:iam::123456789012:role/a/Other",
        "iam update-assume-role-policy --role-name Other --policy-document",
    ),
    (Layer::VpcEndpoint, "vpce-0abc", "ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-0abc --policy-document"),
    (
        Layer::VpcEndpoint,
        "arn:aws:ec2:eu-west-1:123456789012:vpc-endpoint/vpce-0abc",
        "ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-0abc --policy-document",
    ),
    (Layer::Resource, "arn:aws:s3:::my.bucket", "s3api put-bucket-policy --bucket my.bucket --policy"),
    (Layer::Resource, "arn:aws:s3:::bucket/a/key", "s3api put-bucket-policy --bucket bucket --policy"),
    (
        Layer::Resource,
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/k",
        "s3control put-access-point-policy --region eu-west-1 --account-id 123456789012 --name ap --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:s3express:eu-west-1:123456789012:bucket/b--euw1-az1--x-s3",
        "s3api put-bucket-policy --region eu-west-1 --bucket b--euw1-az1--x-s3 --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:s3tables:eu-west-1:123456789012:bucket/tb",
        "s3tables put-table-bucket-policy --region eu-west-1 --table-bucket-arn arn:aws:s3tables:eu-west-1:123456789012:bucket/tb --resource-policy",
    ),
    (
        Layer::Resource,
        "arn:aws:sns:eu-west-1:123456789012:topic",
        "sns set-topic-attributes --region eu-west-1 --topic-arn arn:aws:sns:eu-west-1:123456789012:topic --attribute-name Policy --attribute-value",
    ),
    (
        Layer::Resource,
        "arn:aws:kms:eu-west-1:123456789012:key/0-1",
        "kms put-key-policy --region eu-west-1 --key-id arn:aws:kms:eu-west-1:123456789012:key/0-1 --policy-name default --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf",
        "secretsmanager put-resource-policy --region eu-west-1 --secret-id arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf --resource-policy",
    ),
    (
        Layer::Resource,
        "arn:aws:ecr:eu-west-1:123456789012:repository/a/b",
        "ecr set-repository-policy --region eu-west-1 --registry-id 123456789012 --repository-name a/b --query repositoryName --output text --policy-text",
    ),
    (
        Layer::Resource,
        "arn:aws:dynamodb:eu-west-1:123456789012:table/T/index/I",
        "dynamodb put-resource-policy --region eu-west-1 --resource-arn arn:aws:dynamodb:eu-west-1:123456789012:table/T --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/S",
        "dynamodb put-resource-policy --region eu-west-1 --resource-arn arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/S --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:kinesis:eu-west-1:123456789012:stream/S",
        "kinesis put-resource-policy --region eu-west-1 --resource-arn arn:aws:kinesis:eu-west-1:123456789012:stream/S --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/c",
        "acm-pca put-policy --region eu-west-1 --resource-arn arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/c --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:codebuild:eu-west-1:123456789012:project/p",
        "codebuild put-resource-policy --region eu-west-1 --resource-arn arn:aws:codebuild:eu-west-1:123456789012:project/p --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:events:eu-west-1:123456789012:event-bus/default",
        "events put-permission --region eu-west-1 --event-bus-name default --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:glue:eu-west-1:123456789012:catalog",
        "glue put-resource-policy --region eu-west-1 --policy-in-json",
    ),
    (
        Layer::Resource,
        "arn:aws:backup:eu-west-1:123456789012:backup-vault:v",
        "backup put-backup-vault-access-policy --region eu-west-1 --backup-vault-name v --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1",
        "efs put-file-system-policy --region eu-west-1 --file-system-id fs-1 --query FileSystemId --output text --policy",
    ),
    (
        Layer::Resource,
        "arn:aws:es:eu-west-1:123456789012:domain/d/_search",
        "opensearch update-domain-config --region eu-west-1 --domain-name d --query DomainConfig.AccessPolicies.Status.State --output text --access-policies",
    ),
    (
        Layer::Resource,
        "arn:aws:codeartifact:eu-west-1:123456789012:domain/d",
        "codeartifact put-domain-permissions-policy --region eu-west-1 --domain d --domain-owner 123456789012 --query policy.revision --output text --policy-document",
    ),
    (
        Layer::Resource,
        "arn:aws:codeartifact:eu-west-1:123456789012:repository/d/r",
        "codeartifact put-repository-permissions-policy --region eu-west-1 --domain d --domain-owner 123456789012 --repository r --query policy.revision --output text --policy-document",
    ),
];

#[test]
fn policies_that_hang_on_something() {
    for (layer, to, call) in SINGLE {
        let words: Vec<&str> = std::iter::once("aws").chain(call.split(' ')).chain(["DOC"]).collect();
        check(&attached(*layer, to), &role(), &[&words]);
    }
    for (layer, kind) in
        [(Layer::ServiceControl, "service_control_policy"), (Layer::ResourceControl, "resource_control_policy")]
    {
        let arn = format!("arn:aws:organizations::111122223333:policy/o-abc/{kind}/p-12345678");
        let call = "aws organizations update-policy --policy-id p-12345678 --query Policy.PolicySummary.Arn --output text --content DOC";
        check(&managed(layer, &arn), &role(), &[&call.split(' ').collect::<Vec<_>>()]);
    }
}

#[test]
fn the_url_of_a_queue_is_asked_for() {
    let attributes = serde_json::json!({"Policy": NASTY_ARGUMENT}).to_string();
    let find = "aws sqs get-queue-url --region eu-west-1 --queue-name q.fifo --queue-owner-aws-account-id 123456789012 --query QueueUrl --output text";
    let mut set: Vec<&str> =
        "aws sqs set-queue-attributes --region eu-west-1 --queue-url https://sqs/q --attributes".split(' ').collect();
    set.push(&attributes);
    let fix = attached(Layer::Resource, "arn:aws:sqs:eu-west-1:123456789012:q.fifo");
    check(&fix, &role(), &[&find.split(' ').collect::<Vec<_>>(), &set]);
}

fn any_document() -> impl Strategy<Value = String> {
    let leaf =
        prop_oneof![nasty_text().prop_map(serde_json::Value::from), any::<i64>().prop_map(serde_json::Value::from)];
    let value = leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::btree_map(nasty_text(), inner, 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    (value, any::<bool>()).prop_map(|(value, pretty)| {
        let value = serde_json::json!({"Statement": value});
        if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
    })
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn any_document_and_any_name_arrive(document in any_document(), name in nasty_text(), argument in nasty_text()) {
        let mut fix = inside(Origin::Inline, &name);
        fix.edited = Some(edited("", &document));
        let lines = commands(&fix, &role(), &AwsCli::default(), &format!("diagnose {}", quote(&argument)));
        prop_assert!(lines.iter().all(|line| !line.contains(|letter: char| letter.is_control())), "{:?}", lines);
        let stage = Stage::new(&[], "");
        for shell in shells() {
            let played = stage.play(&shell, &["-eu"], &lines);
            prop_assert_eq!(played.calls.len(), 2);
            let call = &played.calls[0];
            let named: Vec<String> =
                if name.starts_with('-') { vec![format!("--policy-name={name}")] } else { vec!["--policy-name".into(), name.clone()] };
            prop_assert_eq!(&call[5..5 + named.len()], &named[..]);
            let arrived = call.last().unwrap();
            prop_assert!(arrived.is_ascii());
            let (arrived, sent): (serde_json::Value, serde_json::Value) =
                (serde_json::from_str(arrived).unwrap(), serde_json::from_str(&document).unwrap());
            prop_assert_eq!(arrived, sent);
            prop_assert_eq!(&played.calls[1], &["diagnose".to_owned(), argument.clone()]);
        }
    }
}
