//! Condition keys: types, and which actions carry them.

use crate::catalogue::*;

fn carries(text: &str, key: &str) -> Carries {
    action(text).unwrap_or_else(|| panic!("no action {text}")).carries(key)
}

#[test]
fn types_of_keys() {
    for (key, kind, list) in [
        ("ec2:InstanceType", KeyKind::String, false),
        ("EC2:RESOURCETAG/team", KeyKind::String, false),
        ("aws:TagKeys", KeyKind::String, true),
        ("aws:RequestTag/team", KeyKind::String, false),
        ("aws:CalledVia", KeyKind::String, true),
        ("aws:PrincipalOrgPaths", KeyKind::String, true),
        ("aws:SourceIp", KeyKind::IpAddress, false),
        ("aws:CurrentTime", KeyKind::Date, false),
        ("aws:MultiFactorAuthPresent", KeyKind::Bool, false),
        ("aws:MultiFactorAuthAge", KeyKind::Numeric, false),
        ("dynamodb:LeadingKeys", KeyKind::String, true),
        ("dynamodb:Attributes", KeyKind::String, true),
        ("kms:ResourceAliases", KeyKind::String, true),
        ("sts:TransitiveTagKeys", KeyKind::String, true),
        ("kms:GrantIsForAWSResource", KeyKind::Bool, false),
        ("iam:PermissionsBoundary", KeyKind::Arn, false),
        ("s3:max-keys", KeyKind::Numeric, false),
        ("codebuild:secondarySources/one.location", KeyKind::String, false),
    ] {
        assert_eq!(condition_key(key), Some(KeyType { kind, list }), "{key}");
    }
    for key in ["", ":", "ec2:", "ec2:NoSuchKey", "aws:NoSuchKey", "ec2:ResourceTag/", "\u{1f980}:x"] {
        assert_eq!(condition_key(key), None, "{key}");
    }
}

#[test]
fn keys_that_are_carried() {
    for (text, key) in [
        ("ec2:RunInstances", "ec2:instancetype"),
        ("ec2:TerminateInstances", "aws:ResourceTag/team"),
        ("ec2:TerminateInstances", "ec2:resourcetag/team"),
        ("iam:PassRole", "iam:PassedToService"),
        ("s3:ListBucket", "s3:prefix"),
        ("s3:GetObject", "s3:ExistingObjectTag/team"),
        ("kms:Decrypt", "kms:EncryptionContext:app"),
        ("lambda:CreateFunction", "aws:TagKeys"),
        ("sts:AssumeRole", "sts:ExternalId"),
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team"),
        // In every request.
        ("s3:GetObject", "aws:PrincipalArn"),
        ("s3:GetObject", "aws:SecureTransport"),
    ] {
        assert_eq!(carries(text, key), Carries::Yes, "{text} {key}");
    }
}

#[test]
fn keys_that_are_never_carried() {
    for (text, key) in [
        // There is no resource whose tags these could be.
        ("ec2:DescribeInstances", "aws:ResourceTag/team"),
        ("ec2:DescribeInstances", "ec2:ResourceTag/team"),
        // No operation passes tags.
        ("ec2:TerminateInstances", "aws:RequestTag/team"),
        ("lambda:UpdateFunctionCode", "aws:TagKeys"),
        // The service's keys of other actions.
        ("ec2:DescribeInstances", "ec2:InstanceType"),
        ("s3:GetObject", "s3:prefix"),
        ("s3:PutObject", "s3:ExistingObjectTag/team"),
        ("iam:GetRole", "iam:PassedToService"),
        // Another service's keys.
        ("ec2:RunInstances", "iam:PassedToService"),
        ("s3:GetObject", "kms:ViaService"),
    ] {
        assert_eq!(carries(text, key), Carries::No, "{text} {key}");
    }
}

#[test]
fn keys_of_which_nothing_is_promised() {
    for (text, key) in [
        ("s3:GetObject", "aws:SourceIp"),
        ("s3:GetObject", "aws:CalledVia"),
        ("s3:GetObject", "aws:PrincipalTag/team"),
        ("s3:GetObject", "aws:NewerThanTheData"),
        ("s3:GetObject", "s3:NewerThanTheData"),
        // Permission only: no operation whose input could be looked at.
        ("iam:PassRole", "aws:RequestTag/team"),
        // Sessions carry these to other services.
        ("s3:GetObject", "ec2:RoleDelivery"),
        ("s3:GetObject", "lambda:SourceFunctionArn"),
        ("ec2:RunInstances", "ec2:SourceInstanceARN"),
        ("s3:GetObject", "token.actions.githubusercontent.com:sub"),
        ("s3:GetObject", "saml:sub"),
        ("s3:GetObject", ""),
        ("s3:GetObject", "nothing"),
    ] {
        assert_eq!(carries(text, key), Carries::Unknown, "{text} {key}");
    }
}

#[test]
fn the_keys_that_an_action_lists() {
    let keys: Vec<_> = action("iam:PassRole").unwrap().condition_keys().map(|key| key.name()).collect();
    assert!(keys.contains(&"iam:PassedToService") && keys.contains(&"aws:ResourceTag/${TagKey}"), "{keys:?}");
    assert!(!keys.contains(&"iam:PermissionsBoundary"), "{keys:?}");
}

#[test]
fn global_keys() {
    let key = global_key("AWS:principaltag/team").unwrap();
    assert_eq!((key.name, key.presence, key.confirmed), ("aws:PrincipalTag/${TagKey}", Presence::Principal, true));
    assert!(!global_key("aws:SignInSessionArn").unwrap().confirmed);
    assert_eq!(global_key("aws:PrincipalTag"), None);
    assert_eq!(global_key("ec2:InstanceType"), None);
}
