//! Facts about actions and resource types that are known from AWS's documentation.

use crate::catalogue::*;

fn get(text: &str) -> Action {
    action(text).unwrap_or_else(|| panic!("no action {text}"))
}

fn dependents(text: &str) -> Vec<&'static str> {
    match get(text).dependents() {
        Dependents::Known(names) => names.iter().collect(),
        Dependents::NotKnown => panic!("the dependents of {text} are not known"),
    }
}

fn types(text: &str) -> Vec<&'static str> {
    get(text).resource_types().map(|own| own.kind.name()).collect()
}

#[test]
fn first_and_last_service() {
    assert_eq!(services().next().unwrap().prefix(), "a2c");
    assert_eq!(services().last().unwrap().prefix(), "xray");
    assert_eq!(get("XRAY:puttracesegments").text(), "xray:PutTraceSegments");
}

#[test]
fn a_name_that_is_anothers_prefix() {
    for (text, spelled) in [
        ("s3:getobject", "s3:GetObject"),
        ("s3:GETOBJECTACL", "s3:GetObjectAcl"),
        ("s3-outposts:getobject", "s3-outposts:GetObject"),
        ("s3express:createsession", "s3express:CreateSession"),
        ("iam:listroles", "iam:ListRoles"),
        ("iam:listrolepolicies", "iam:ListRolePolicies"),
        ("ec2:terminateinstances", "ec2:TerminateInstances"),
        ("ec2:describeinstances", "ec2:DescribeInstances"),
        ("ec2:describeinstancetypes", "ec2:DescribeInstanceTypes"),
    ] {
        assert_eq!(get(text).text(), spelled);
    }
    assert_eq!(action("ec2:TerminateInstance"), None);
    assert_eq!(action("ec2:TerminateInstances!"), None);
    assert_eq!(action("s3:GetObject\t"), None);
}

#[test]
fn new_services_and_actions() {
    for text in ["agent-registry:CreateRegistry", "s3vectors:QueryVectors", "dsql:DbConnect", "lambda:InvokeAsync"] {
        assert_eq!(get(text).text(), text);
    }
    assert!(service("bedrock-agentcore").is_some());
}

#[test]
fn access_levels() {
    let levels = |text: &str| get(text).levels().map(AccessLevel::words).collect::<Vec<_>>();
    assert_eq!(levels("s3:GetObject"), ["Read"]);
    assert_eq!(levels("s3:ListBucket"), ["List"]);
    assert_eq!(levels("ec2:TerminateInstances"), ["Write"]);
    assert_eq!(levels("ec2:CreateTags"), ["Tagging", "Write"]);
    assert_eq!(levels("iam:PutRolePolicy"), ["Permissions management", "Write"]);
}

#[test]
fn actions_without_resources() {
    for text in [
        "ec2:DescribeInstances",
        "s3:ListAllMyBuckets",
        "iam:ListRoles",
        "sts:GetCallerIdentity",
        "lambda:ListFunctions",
    ] {
        assert!(get(text).takes_only_star(), "{text}");
        assert_eq!(types(text), [""; 0]);
    }
    for text in ["ec2:RunInstances", "s3:GetObject", "iam:PassRole"] {
        assert!(!get(text).takes_only_star(), "{text}");
    }
}

#[test]
fn resource_types_and_their_arns() {
    let kind = |text: &str, name: &str| get(text).resource_types().find(|own| own.kind.name() == name).unwrap();
    let instance = kind("ec2:TerminateInstances", "instance");
    assert_eq!(instance.kind.arn(), "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}");
    assert!(instance.required);
    assert_eq!(kind("s3:ListBucket", "bucket").kind.arn(), "arn:${Partition}:s3:::${BucketName}");
    assert_eq!(kind("iam:PassRole", "role").kind.arn(), "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}");
    assert!(types("ec2:RunInstances").contains(&"subnet"));
    // Alternatives, though the reference calls several required.
    let model_types = get("bedrock:InvokeModel").resource_types().filter(|own| own.required).count();
    assert!(model_types > 1, "{model_types}");
}

#[test]
fn dependent_actions() {
    assert!(dependents("ec2:RunInstances").contains(&"iam:PassRole"));
    assert!(dependents("lambda:CreateFunction").contains(&"iam:PassRole"));
    assert_eq!(dependents("s3:GetBucketLocation"), [""; 0]);
    let newer = actions().find(|action| action.dependents() == Dependents::NotKnown).unwrap();
    assert!(newer.text().contains(':'));
}

fn fit(text: &str, arn: &str) -> Fit {
    get(text).fit(arn)
}

#[test]
fn an_arn_of_a_type_that_the_action_takes() {
    for (text, arn, names) in [
        ("s3:ListBucket", "arn:aws:s3:::bucket", &["bucket"][..]),
        ("s3:GetObject", "arn:aws:s3:::bucket/*", &["object"]),
        ("s3:GetObject", "arn:aws:s3:::bucket/key", &["object"]),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/team/deploy", &["role"]),
        ("iam:PassRole", "arn:aws:iam::*:role/${aws:username}", &["role"]),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:123456789012:table/T/index/*", &["index", "table"]),
        ("lambda:InvokeFunction", "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:PROD", &["function"]),
        ("ec2:TerminateInstances", "arn:aws:ec2:*:*:*", &["instance"]),
        ("ec2:TerminateInstances", "arn:aws:ec2:*", &["instance"]),
        ("ec2:TerminateInstances", "*", &["instance"]),
        ("ec2:DescribeInstances", "*", &[]),
    ] {
        assert_eq!(fit(text, arn), Fit::Fits(names.to_vec()), "{text} on {arn}");
    }
}

#[test]
fn an_arn_of_another_type() {
    for (text, arn) in [
        ("s3:ListBucket", "arn:aws:s3:::bucket/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/T/index/*"),
        ("iam:GetUser", "arn:aws:iam::123456789012:role/x"),
        ("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:123456789012:volume/*"),
        ("ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"),
        ("sqs:SendMessage", "arn:aws:sns:eu-west-1:123456789012:topic"),
    ] {
        assert_eq!(fit(text, arn), Fit::No, "{text} on {arn}");
    }
}

#[test]
fn what_is_not_an_arn() {
    for text in ["", "bucket", "ARN:aws:s3:::bucket", "${aws:username}", "\u{1f980}"] {
        assert_eq!(fit("s3:GetObject", text), Fit::NotKnown, "{text}");
    }
    assert_eq!(fit("s3:GetObject", "arn:"), Fit::No);
    assert_eq!(fit("s3:GetObject", "arn:aws:s3:::${unclosed"), Fit::No);
}
