//! Names of all forms in texts of all forms.

use proptest::prelude::*;

use super::{Kind, Redactor};

fn redactor(names: &[&str]) -> Redactor {
    let mut redactor = Redactor::new(true);
    names.iter().for_each(|name| redactor.value(name, Kind::Name));
    redactor
}

#[test]
fn forms_give_themselves_away() {
    for (text, wanted) in [
        ("arn:aws:iam::111122223333:role/team/Bob.", "arn:aws:iam::ACCOUNT-1:role/NAME-1/ROLE-1."),
        ("(arn:aws:s3:::pay*roll/x/${aws:username}/*)", "(arn:aws:s3:::BUCKET-1*BUCKET-2/x/${aws:username}/*)"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        (
            "arn:aws:logs:eu-west-1:111122223333:log-group:Pay:log-stream:Roll",
            "arn:aws:logs:eu-west-1:ACCOUNT-1:log-group:NAME-1:log-stream:NAME-2",
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/Bob/al@example.com",
            "arn:aws:sts::ACCOUNT-1:assumed-role/ROLE-1/SESSION-1",
        ),
        ("account 111122223333, 1234567 actions, 2012-10-17", "account ACCOUNT-1, 1234567 actions, 2012-10-17"),
        ("from 198.51.100.7/32, 2001:db8::1 or 0.0.0.0/0", "from IP-1/32, IP-2 or 0.0.0.0/0"),
        ("AKIAQWERTYUIOPASDFGH AROA1234567890123456", "KEY-1 KEY-2"),
        ("vpce-0abc12 i-0a1b2c3d ou-ab12-cdef3456 o-abcdefg123", "ID-1 ID-2 ID-3 ID-4"),
        ("id 1a2b3c4d-1111-2222-3333-444455556666", "id ID-1"),
        ("/home/bob/x.json:4:5: it is broken", "FILE-1:4:5: it is broken"),
        ("al@example.com", "EMAIL-1"),
        ("s3://pay/roll.csv", "s3://BUCKET-1/NAME-1"),
        ("https://example.com/x?y=z", "URL-1"),
        ("aws:PrincipalTag/team = x", "aws:PrincipalTag/TAG-1 = x"),
        (
            "s3:GetObject on any resource, aws:SourceIp, ec2.amazonaws.com",
            "s3:GetObject on any resource, aws:SourceIp, ec2.amazonaws.com",
        ),
        ("1,234 of Statement[0] in eu-west-1 (v3)", "1,234 of Statement[0] in eu-west-1 (v3)"),
    ] {
        assert_eq!(redactor(&[]).text(text), wanted);
    }
}

#[test]
fn what_a_place_says_to_be_a_name_is_one_whatever_it_is() {
    for (text, wanted) in [
        ("arn:aws:iam::111122223333:user/athena", "arn:aws:iam::ACCOUNT-1:user/USER-1"),
        ("arn:aws:iam::111122223333:user/20481733", "arn:aws:iam::ACCOUNT-1:user/USER-1"),
        ("arn:aws:s3:::87654321/2026/*", "arn:aws:s3:::BUCKET-1/2026/*"),
        ("arn:aws:sqs:eu-west-1:111122223333:events", "arn:aws:sqs:eu-west-1:ACCOUNT-1:NAME-1"),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/support", "arn:aws:dynamodb:eu-west-1:ACCOUNT-1:table/NAME-1"),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:backup:3",
            "arn:aws:lambda:eu-west-1:ACCOUNT-1:function:NAME-1:3",
        ),
        (
            "arn:aws:iam::111122223333:role/aws-service-role/ec2.amazonaws.com/x*",
            "arn:aws:iam::ACCOUNT-1:role/aws-service-role/ec2.amazonaws.com/x*",
        ),
    ] {
        assert_eq!(redactor(&[]).text(text), wanted);
    }
    for (value, text, wanted) in [
        ("12345678", "x is 12345678", "x is NAME-1"),
        ("10.77.*", "from 10.77.*", "from NAME-1*"),
        ("zqdb.rds.amazonaws.com", "to zqdb.rds.amazonaws.com", "to NAME-1"),
        ("ec2.eu-west-1.amazonaws.com", "to ec2.eu-west-1.amazonaws.com", "to ec2.eu-west-1.amazonaws.com"),
        ("3600", "after 3600 of 2012-10-17", "after 3600 of 2012-10-17"),
        ("zqsvc:DoThing", "AllowZqsvcDoThing, KeepDenyingZqsvcActions", "AllowNAME-1, KeepDenyingNAME-2"),
        (
            "arn:aws:organizations::111122223333:policy/o-abcdefg123/service_control_policy/p-12ab34cd",
            "--type SERVICE_CONTROL_POLICY",
            "--type SERVICE_CONTROL_POLICY",
        ),
    ] {
        assert_eq!(redactor(&[value]).text(text), wanted, "{value}");
    }
}

#[test]
fn a_value_is_somebodys_though_a_service_has_its_name() {
    let mut team = Redactor::new(true);
    team.value("support", Kind::Value);
    assert_eq!(
        team.text("the request has support, support:CreateCase is in s3"),
        "the request has VALUE-1, support:CreateCase is in s3"
    );
}

#[test]
fn names_are_found_where_they_stand() {
    for (names, text, wanted) in [
        (&["Payroll"][..], "PayrollAdmin, payroll and XPAYROLLX", "NAME-1Admin, NAME-1 and XNAME-1X"),
        (&["Bob"], "Bob's Bobby", "NAME-1's Bobby"),
        (&["Pay", "Pay-Roll"], "Pay-Roll and Pay", "NAME-1 and NAME-2"),
        (&["Caf\u{e9}"], r#"{"Sid": "Caf\u00e9"} Café"#, r#"{"Sid": "NAME-1"} NAME-1"#),
        (&["it's"], r"'it'\''s' it's", "'NAME-1' NAME-1"),
        (&["boundary"], r#"the boundary "boundary""#, r#"the boundary "NAME-1""#),
        (&["Boundary"], "the boundary is Boundary", "the boundary is NAME-1"),
        (&["boundary"], "boundary", "NAME-1"),
        (&["Acme"], r#""x\nAcme""#, r#""x\nNAME-1""#),
        (
            &["s3", "*", "true", "Allow", "ec2:Describe*"],
            "s3:GetObject is * true Allow ec2:Describe*",
            "s3:GetObject is * true Allow ec2:Describe*",
        ),
        // How a quote is written in JSON is no part of a path, an address or a name.
        (&[], r#"{"x": "?:\u0000\"", "y": "c:\\users\\x\\"}"#, r#"{"x": "?:\u0000\"", "y": "FILE-1\\"}"#),
        (&[], r#""\nzq@pay.example and \u0041zq@pay.example\"""#, r#""\nEMAIL-1 and \u0041EMAIL-1\"""#),
        (&["0041pay"], r#""\u0041pay 0041pay""#, r#""\u0041pay NAME-1""#),
        (
            &["our.bucket@x"],
            "# aws_s3_bucket_policy.our_bucket_x (our.bucket@x)",
            "# aws_s3_bucket_policy.NAME-1 (NAME-1)",
        ),
        (&["\u{e9}"], "a_b", "a_b"),
        (&["inline policies"], "inline policies: not read", "inline policies: not read"),
        (&["TheLongNameOfAPolicy"], "by TheLongNameOf…", "by NAME-1…"),
    ] {
        assert_eq!(redactor(names).text(text), wanted, "{names:?}");
    }
}

#[test]
fn without_the_flag_nothing_is_changed() {
    let mut off = Redactor::new(false);
    off.value("Bob", Kind::Name);
    assert_eq!(off.text("Bob arn:aws:iam::111122223333:role/Bob"), "Bob arn:aws:iam::111122223333:role/Bob");
}

proptest! {
    #![proptest_config(crate::testing::drawing())]

    /// A name that was learned is in no text afterwards, and placeholders stay what they are.
    #[test]
    fn nothing_is_left(names in prop::collection::vec("[A-Z][a-z]{5,9}[0-9]{2}[a-z_.@-]{0,4}[a-z]", 1..6), glue in "[ ,.:/'\"(){}=-]{1,3}") {
        let list: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut redactor = redactor(&list);
        let text = format!("{glue}{}{glue}", names.join(&glue));
        let found = redactor.text(&text);
        for name in &names {
            prop_assert!(!found.to_lowercase().contains(&name.to_lowercase()), "{name} in {found}");
        }
        prop_assert_eq!(redactor.text(&found), found.clone());
        prop_assert_eq!(redactor.text(&text), found);
    }

    /// Whatever stands in a document, what comes out is JSON with the same structure.
    #[test]
    fn a_document_stays_json(sid in ".{0,12}", value in ".{0,12}", key in "[a-z]{1,6}") {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {key: [value]}}}]});
        let text = serde_json::to_string_pretty(&document).unwrap();
        let mut redactor = Redactor::new(true);
        redactor.document(&text);
        let found = redactor.text(&text);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&found).is_ok(), "{found}");
    }

    /// No text is too odd.
    #[test]
    fn nothing_panics(text in "\\PC{0,40}", name in "\\PC{0,8}") {
        let mut redactor = redactor(&[&name]);
        redactor.line(&text);
        redactor.document(&text);
        redactor.text(&format!("arn:aws:{name}:{text}…{name}"));
    }
}
