//! Names that people and logs use for actions: patterns, operations, event sources, misspellings.

use crate::catalogue::*;

fn texts(actions: &[Action]) -> Vec<String> {
    actions.iter().map(Action::text).collect()
}

/// What an operation needs, in the notation of `operations.tsv`.
fn needs(client: &str, name: &str) -> String {
    let need = |need: &Need| format!("{}{}", if need.always { "" } else { "?" }, texts(&need.any_of).join("|"));
    match operation(client, name).map(|operation| operation.needs) {
        None => "none".to_owned(),
        Some(Needs::NotKnown) => "not known".to_owned(),
        Some(Needs::Nothing) => "-".to_owned(),
        Some(Needs::Actions(needs)) => needs.iter().map(need).collect::<Vec<_>>().join(","),
    }
}

#[test]
fn patterns_expand() {
    assert_eq!(texts(&expand("SQS:send*")), ["sqs:SendMessage"]);
    assert_eq!(texts(&expand("s3:GetObject?cl")), ["s3:GetObjectAcl"]);
    assert_eq!(texts(&expand("ec2:TerminateInstances")), ["ec2:TerminateInstances"]);
    let gets = texts(&expand("s3:Get*"));
    assert!(gets.len() > 50 && gets.is_sorted_by_key(|text| text.to_lowercase()), "{gets:?}");
    assert_eq!(expand("*").len(), actions().count());
    assert_eq!(expand("*:*").len(), actions().count());
    let mut runs = expand("*:RunInstances");
    runs.retain(|action| action.service().prefix() == "ec2");
    assert_eq!(texts(&runs), ["ec2:RunInstances"]);
    for pattern in ["", ":", "s3", "s3:", "nope:*", "s3:Nope*", "?", "\u{1f980}*", "${aws:username}"] {
        assert_eq!(expand(pattern), [], "{pattern}");
    }
}

#[test]
fn operations_whose_action_has_another_name() {
    for (client, name, wanted) in [
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("s3", "HeadBucket", "s3:ListBucket"),
        ("s3api", "list-buckets", "s3:ListAllMyBuckets"),
        ("S3", "uploadpart", "s3:PutObject"),
        ("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("lambda", "InvokeAsync", "lambda:InvokeAsync"),
        ("kms", "ReEncrypt", "kms:ReEncryptFrom,kms:ReEncryptTo"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sns", "PublishBatch", "sns:Publish"),
        ("ec2", "RunInstances", "ec2:RunInstances,?iam:PassRole,?ec2:CreateTags"),
        ("sts", "GetCallerIdentity", "-"),
        ("ec2", "TerminateInstances", "ec2:TerminateInstances"),
        ("stepfunctions", "StartExecution", "states:StartExecution"),
        ("monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
    ] {
        assert_eq!(needs(client, name), wanted, "{client} {name}");
    }
    assert!(needs("s3", "HeadObject").starts_with("s3:GetObject|s3:GetObjectVersion,?"));
    assert!(needs("dynamodb", "ExecuteStatement").contains('|'));
}

#[test]
fn api_gateway_by_verb() {
    assert_eq!(needs("apigateway", "GetRestApi"), "apigateway:GET");
    assert_eq!(needs("apigateway", "create-rest-api"), "apigateway:POST");
    assert_eq!(needs("apigatewayv2", "DeleteApi"), "apigateway:DELETE");
    assert_eq!(needs("execute-api", "PostToConnection"), "execute-api:ManageConnections");
}

#[test]
fn names_as_cloudtrail_has_them() {
    assert_eq!(needs("lambda", "CreateFunction20150331v2"), "lambda:CreateFunction");
    assert_eq!(needs("lambda", "UpdateFunctionCode20150331v2"), "lambda:UpdateFunctionCode");
    assert_eq!(needs("lambda", "ListFunctions20150331"), "lambda:ListFunctions");
    assert_eq!(needs("cloudfront", "CreateDistribution2020_05_31"), "cloudfront:CreateDistribution");
    for name in ["20150331", "Nope20150331", "", "\u{1f980}20150331", "2020202020"] {
        assert_eq!(needs("lambda", name), "none", "{name}");
    }
    assert_eq!((needs("", "Invoke"), needs("-", "CreateStack")), ("none".to_owned(), "none".to_owned()));
}

#[test]
fn what_is_not_confirmed_says_so() {
    let confirmed = |client, name| operation(client, name).unwrap().confirmed;
    assert!(
        confirmed("s3", "HeadObject")
            && confirmed("ec2", "TerminateInstances")
            && confirmed("apigateway", "GetRestApi")
    );
    // From the table, from the operation's documentation, and of no known action.
    assert!(!confirmed("cloudsearchdomain", "UploadDocuments"));
    assert!(!confirmed("glue", "GetUnfilteredTableMetadata"));
    assert!(!confirmed("iam", "AcquireRole"));
    assert_eq!(needs("iam", "AcquireRole"), "not known");
}

#[test]
fn event_sources() {
    for (source, prefix, confirmed) in [
        ("monitoring.amazonaws.com", "cloudwatch", true),
        ("tagging.amazonaws.com", "tag", true),
        ("cloudcontrolapi.amazonaws.com", "cloudformation", true),
        ("rdsdata.amazonaws.com", "rds-data", true),
        ("ec2.amazonaws.com", "ec2", true),
        ("lambda.amazonaws.com.cn", "lambda", true),
        ("elasticmapreduce.amazonaws.com", "elasticmapreduce", true),
        ("runtime.sagemaker.amazonaws.com", "sagemaker", false),
        ("api.ecr.amazonaws.com", "ecr", false),
    ] {
        assert_eq!(event_source(source), Some(EventSource { prefix, confirmed }), "{source}");
    }
    for source in ["", ".", "amazonaws.com", "nope.amazonaws.com", "\u{1f980}.amazonaws.com"] {
        assert_eq!(event_source(source), None, "{source}");
    }
}

#[test]
fn did_you_mean_an_action() {
    for (text, wanted) in [
        ("ec2:TerminateInstance", "ec2:TerminateInstances"),
        ("EC2:terminteinstances", "ec2:TerminateInstances"),
        ("s3:GetObjet", "s3:GetObject"),
        ("lamda:InvokeFunction", "lambda:InvokeFunction"),
        ("monitoring:PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
        ("TerminateInstances", "ec2:TerminateInstances"),
        ("lambda:Invok", "lambda:InvokeAsync"),
    ] {
        assert_eq!(similar_action(text).first().map(Action::text).as_deref(), Some(wanted), "{text}");
    }
    for text in ["", ":", "x", "ec2:", "foo:Bar", "ec2:Frobnicate", "nope:TagResource", "\u{1f980}:\u{1f980}"] {
        assert_eq!(similar_action(text), [], "{text}");
    }
}

#[test]
fn did_you_mean_a_service() {
    let prefixes = |text: &str| similar_service(text).iter().map(Service::prefix).collect::<Vec<_>>();
    assert_eq!(prefixes("Monitoring"), ["cloudwatch"]);
    assert_eq!(prefixes("elb"), ["elasticloadbalancing"]);
    assert_eq!(prefixes("kinesys"), ["kinesis"]);
    assert_eq!(prefixes("cloudtrial"), ["cloudtrail"]);
    for text in ["", "x", "no-such-service-at-all", "\u{1f980}"] {
        assert_eq!(prefixes(text), [""; 0], "{text}");
    }
}

#[test]
fn hostile_texts_get_an_answer() {
    let long = "a".repeat(20_000);
    let stars = "*".repeat(200);
    let dollars = "${".repeat(200);
    let texts = [
        "",
        ":",
        "::",
        "\0",
        "\n@ec2\n",
        "@",
        "k\t",
        "p\t",
        "ec2:p\t",
        "e\u{301}c2:x",
        "\u{1f980}",
        "ec2:\u{1f980}",
        "aws:RequestTag/\u{1f980}",
    ];
    for text in texts.into_iter().chain([&*long, &*stars, &*dollars]) {
        for text in [text.to_owned(), format!("ec2:{text}"), format!("{text}:RunInstances"), format!("arn:{text}")] {
            assert_eq!(action(&text), None);
            let _ = (service(&text), expand(&text), condition_key(&text), global_key(&text), event_source(&text));
            let _ = (operation(&text, &text), operation("ec2", &text), similar_action(&text), similar_service(&text));
            let _ = action("ec2:RunInstances").map(|action| (action.carries(&text), action.fit(&text)));
        }
    }
}
