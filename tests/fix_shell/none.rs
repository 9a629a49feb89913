//! Where there is no command there are no lines, and a reason.

use diagnose::fix::commands::{AwsCli, NoCommand, commands, no_command};
use diagnose::fix::{Fix, FixKind};
use diagnose::principal::Principal;
use diagnose::snapshot::{Layer, Origin};

use super::made::*;

#[test]
fn what_has_no_command() {
    let with = |mut fix: Fix, change: &dyn Fn(&mut Fix)| {
        change(&mut fix);
        fix
    };
    let sso = who("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_1");
    let sso_session = who("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_1/ann");
    let linked = who("arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS");
    let inline = || inside(Origin::Inline, "P");
    let resource = |arn: &str| attached(Layer::Resource, arn);
    let cases: Vec<(Fix, Principal, NoCommand)> = vec![
        (with(inline(), &|fix| fix.kind = FixKind::Nothing), role(), NoCommand::NoEdit),
        (with(inline(), &|fix| fix.edited = None), role(), NoCommand::NoEdit),
        (with(inline(), &|fix| fix.edited = Some(edited("", "{\"a\""))), role(), NoCommand::NoEdit),
        (with(inline(), &|fix| fix.editable = false), role(), NoCommand::NotEditable),
        (inline(), sso.clone(), NoCommand::PermissionSet),
        (managed(Layer::Identity, POLICY), sso_session, NoCommand::PermissionSet),
        (attaching("P"), linked, NoCommand::ServiceLinked),
        (inline(), who("arn:aws:iam::123456789012:root"), NoCommand::Unnamed),
        (inline(), who("arn:aws:sts::123456789012:federated-user/ann"), NoCommand::Unnamed),
        (inline(), Principal::unknown(), NoCommand::Unnamed),
        (inside(Origin::File, "p.json"), role(), NoCommand::File),
        (inside(Origin::AwsManaged, "ReadOnlyAccess"), role(), NoCommand::AwsManaged),
        (inside(Origin::CustomerManaged, "NoArn"), role(), NoCommand::Unnamed),
        (managed(Layer::Identity, "arn:aws:iam::aws:policy/ReadOnlyAccess"), role(), NoCommand::AwsManaged),
        (managed(Layer::Identity, "arn:aws:s3:::bucket"), role(), NoCommand::Unnamed),
        (with(inline(), &|fix| fix.layer = Layer::Boundary), role(), NoCommand::Unnamed),
        (with(inline(), &|fix| fix.layer = Layer::Session), role(), NoCommand::Session),
        (replacing("arn:aws:iam::aws:policy/P"), Principal::unknown(), NoCommand::Unnamed),
        (replacing("arn:aws:iam::aws:policy/P"), sso, NoCommand::PermissionSet),
        (
            managed(Layer::ServiceControl, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"),
            role(),
            NoCommand::AwsManaged,
        ),
        (fix(Layer::ServiceControl, FixKind::NarrowDeny), role(), NoCommand::Unnamed),
        (
            with(fix(Layer::ResourceControl, FixKind::NarrowDeny), &|fix| fix.document.path = Some("r.json".into())),
            role(),
            NoCommand::File,
        ),
        (fix(Layer::VpcEndpoint, FixKind::AddAllow), role(), NoCommand::Unnamed),
        (fix(Layer::Resource, FixKind::AddAllow), role(), NoCommand::Unnamed),
        (resource("arn:aws:lambda:eu-west-1:123456789012:function:f"), role(), NoCommand::Lambda),
        (resource("arn:aws:ec2:eu-west-1:123456789012:instance/i-1"), role(), NoCommand::NoDocumentCall),
        (resource("arn:aws:kms:eu-west-1:123456789012:alias/a"), role(), NoCommand::Unnamed),
        (resource("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-??????"), role(), NoCommand::Unnamed),
        (resource("arn:aws:s3:::*"), role(), NoCommand::Unnamed),
        (resource("arn:aws:s3:::"), role(), NoCommand::Unnamed),
        (resource("bucket"), role(), NoCommand::Unnamed),
        (attached(Layer::Trust, "arn:aws:iam::123456789012:user/u"), role(), NoCommand::Unnamed),
        (
            attached(Layer::Trust, "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"),
            role(),
            NoCommand::PermissionSet,
        ),
    ];
    for (fix, who, reason) in cases {
        assert_eq!(no_command(&fix, &who), Some(reason), "{fix:?}");
        assert!(commands(&fix, &who, &AwsCli::default(), VERIFY).is_empty(), "{fix:?}");
        assert!(!reason.words().is_empty());
    }
    assert_eq!(no_command(&inline(), &role()), None);
    // Where the path is known, it tells, not the name.
    let own = who("arn:aws:iam::123456789012:role/AWSReservedSSO_Mine");
    assert_eq!(no_command(&inline(), &own), None);
}
