//! Bad input: one line that says what, where and what to do.

use super::program::{Run, diagnose, on_account};

fn on_policy(text: impl AsRef<[u8]>) -> Run {
    diagnose("--action s3:GetObject --no-boundary --identity-policy policy.json").file("policy.json", text)
}

fn on_snapshot(text: impl AsRef<[u8]>) -> Run {
    diagnose("--role R --action s3:GetObject --snapshot snapshot.json").file("snapshot.json", text)
}

#[test]
fn principals_that_are_not_there() {
    let on = |arguments: &str| on_account(&format!("{arguments} --action s3:GetObject"));
    on("--role myrole").refused(4, "role `myrole` is not in `account.json`; did you mean `MyRole`?");
    on("--role Deploier").refused(4, "role `Deploier` is not in `account.json`; did you mean `Deployer`?");
    on("--role Zzz").refused(4, "role `Zzz` is not in `account.json`; it holds 4 others");
    on("--user alise").refused(4, "user `alise` is not in `account.json`; did you mean `alice`?");
    on("--user Zzz").refused(4, "user `Zzz` is not in `account.json`; it holds 1 other");
    on("--role arn:aws:iam::123456789012:role/x/MyRole").refused(
        4,
        "`arn:aws:iam::123456789012:role/x/MyRole` is not in `account.json`; the role of that name there is arn:aws:iam::123456789012:role/MyRole",
    );
    on("--principal arn:aws:sts::999999999999:assumed-role/MyRole/s").refused(
        4,
        "`arn:aws:sts::999999999999:assumed-role/MyRole/s` is not in `account.json`; the role of that name there is arn:aws:iam::123456789012:role/MyRole",
    );
    let empty = r#"{"RoleDetailList": []}"#;
    on_snapshot(empty).refused(4, "role `R` is not in `snapshot.json`; it holds none at all");
}

#[test]
fn principals_that_cannot_be() {
    let on = |flag: &str, value: &str| diagnose("--action s3:GetObject --snapshot a.json").arg(flag).arg(value);
    let role = "is no name of a role: letters, digits and _+=,.@- only";
    on("--role", "").refused(2, &format!("--role: `` {role}"));
    on("--role", "My Role").refused(2, &format!("--role: `My Role` {role}"));
    on("--role", &"x".repeat(200)).refused(2, &format!("--role: `{}` {role}", "x".repeat(200)));
    on("--role", "team/R").refused(2, "--role: `team/R` has a path; give the name alone (`R`) or the whole ARN");
    let arn = "is no ARN of a role: expected arn:aws:iam::ACCOUNT:role/NAME";
    for wrong in [
        "arn:aws:iam::12:role/R",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:s3:::bucket",
        "arn:",
        "arn:aws:sts::123456789012:assumed-role/R",
    ] {
        on("--role", wrong).refused(2, &format!("--role: `{wrong}` {arn}"));
    }
    let user = "arn:aws:iam::123456789012:user/u";
    on("--role", user).refused(2, &format!("--role: `{user}` is the ARN of a user, not of a role; use --principal"));
    let principal = "is no principal's ARN: expected a role, user, assumed-role session, federated user or root ARN, or a service such as ec2.amazonaws.com";
    for wrong in ["R", "arn:aws:s3:::bucket", "arn:aws:iam::123456789012:group/g", ""] {
        on("--principal", wrong).refused(2, &format!("--principal: `{wrong}` {principal}"));
    }
}

#[test]
fn actions_that_cannot_be() {
    let on = |value: &str| diagnose("--role R --snapshot a.json --action").arg(value);
    let write = "write it as service:Name, such as ec2:TerminateInstances";
    for text in ["TerminateInstances", "ec2.Terminate", "", ":GetObject"] {
        on(text).refused(2, &format!("--action: action `{text}` has no service prefix; {write}"));
    }
    for (text, problem) in [
        ("ec2:", "no name behind the colon"),
        ("ec 2:Run", "a service prefix has letters, digits and hyphens only"),
        ("ec2:Run Instances", "an action's name has letters and digits only"),
        ("s3:GetObject,s3:PutObject", "an action's name has letters and digits only"),
        ("ec2:Run:Instances", "an action's name has letters and digits only"),
        ("s3:Gët", "an action's name has letters and digits only"),
    ] {
        on(text).refused(2, &format!("--action: action `{text}` is malformed: {problem}; {write}"));
    }
}

#[test]
fn resources_accounts_and_context_that_cannot_be() {
    let on =
        |flag: &str, value: &str| diagnose("--role R --snapshot a.json --action s3:GetObject").arg(flag).arg(value);
    let form = "an ARN is arn:partition:service:region:account:resource, and * stands for any";
    for (text, problem) in [
        ("bucket", "it does not start with arn:"),
        ("s3://bucket/key", "it does not start with arn:"),
        ("arn:aws:s3", "it has fewer than six fields"),
        ("arn:::::", "it has an empty partition or service"),
    ] {
        on("--resource", text).refused(2, &format!("--resource: `{text}` is no ARN: {problem}; {form}"));
    }
    on("--resource", "").refused(2, &format!("--resource: `` is no ARN: it is empty; {form}"));
    for text in ["", "12", "12345678901x", "1234567890123", "١٢٣٤٥٦٧٨٩٠١٢"] {
        on("--resource-account", text).refused(2, &format!("--resource-account: `{text}` is no account id: 12 digits"));
    }
    let write = "write KEY=VALUE, such as aws:SourceIp=203.0.113.9";
    on("--context", "aws:SourceIp").refused(2, &format!("--context: `aws:SourceIp` has no =; {write}"));
    on("--context", "").refused(2, &format!("--context: `` has no =; {write}"));
    let prefix = "names no condition key: a key has a prefix, such as aws: or s3:";
    for text in ["SourceIp=1", "=1", ":x=1", "aws:=1", "[]"] {
        on("--context", text).refused(2, &format!("--context: `{text}` {prefix}; {write}"));
    }
}

/// A key with a space would match nothing, in silence.
#[test]
fn context_keys_with_white_space() {
    for text in ["aws:SourceIp = 1.2.3.4", " aws:SourceIp=1.2.3.4", "aws:SourceIp =1.2.3.4", "aws:TagKeys []"] {
        let run = diagnose("--role R --snapshot a.json --action s3:GetObject --context").arg(text);
        let line = run.refused_with(2);
        assert!(line.starts_with(&format!("--context: `{text}`")), "{line}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    for flag in ["--snapshot", "--identity-policy", "--boundary"] {
        let on = |path: &str| diagnose("--offline --role R --action s3:GetObject").arg(flag).arg(path);
        on("none.json").refused(2, "could not read `none.json`: no such file");
        let line = match flag {
            "--snapshot" => "`folder` is a folder, but none of iam-collect: expected `aws/PARTITION/accounts` in it",
            _ => "could not read `folder`: it is a folder",
        };
        on("folder").folder("folder").refused(2, line);
        on("a.bin")
            .file("a.bin", [b'{', 0xff, 0xfe])
            .refused(2, "could not read `a.bin`: it is no text (byte 2 is not UTF-8)");
        on("none/x.json").refused(2, "could not read `none/x.json`: no such file");
        on("a.json").file("a.json", "").refused(2, "a.json:1:1: it is empty");
        on("a.json").file("a.json", " \n\n").refused_with(2);
    }
}

#[test]
fn every_bad_file_is_named_at_once() {
    let run = diagnose("--action s3:GetObject --identity-policy a.json --identity-policy b.json --boundary c.json");
    run.file("b.json", "{")
        .code(2)
        .stderr(
            "error: could not read `a.json`: no such file\n\
         error: b.json:1:1: syntax error: EOF while parsing an object (the file is cut short)\n\
         error: could not read `c.json`: no such file\n",
        )
        .check();
}

#[test]
fn a_syntax_error_has_its_place_in_the_file() {
    on_policy("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    oops\n  ]\n}\n")
        .refused(2, "policy.json:4:5: syntax error: expected value");
    on_policy("Version: 2012-10-17\nStatement: []\n").refused(2, "policy.json:1:1: syntax error: it is no JSON");
    for (text, place) in [
        ("{\n  \"Version\": 1,,\n}", "2:16"),
        ("{\"PolicyVersion\": {\n  \"Document\": {\n    \"Version\": oops\n}}}", "3:16"),
        ("{\r\n  \"Statement\": [\r\n    {\"Effect\" \"Allow\"}]}", "3:15"),
        ("\u{feff}{\n  \"Statement\": oops}", "2:16"),
        ("{\"Statement\": []}\n{\"Statement\": []}", "2:1"),
    ] {
        let line = on_policy(text).refused_with(2);
        assert!(line.starts_with(&format!("policy.json:{place}: ")), "{place}: {line}");
    }
}

/// The document stands in a string: the place of the string is the place in the file.
#[test]
fn a_syntax_error_inside_a_string_has_its_place_in_the_file() {
    for text in [
        "{\n  \"PolicyVersion\": {\n    \"VersionId\": \"v1\",\n    \"Document\": \"{\\\"Version\\\": oops}\"\n  }\n}",
        "{\n  \"PolicyVersion\": {\n    \"VersionId\": \"v1\",\n    \"Document\": \"%7B%22Version%22%3A%20oops%7D\"\n  }\n}",
        "{\n  \"PolicyVersion\": {\n    \"VersionId\": \"v1\",\n    \"Document\": \"{}\"\n  }\n}",
        "{\n  \"PolicyVersion\": {\n    \"VersionId\": \"v1\",\n    \"Document\": {\"Version\": \"2012-10-17\"}\n  }\n}",
    ] {
        let line = on_policy(text).refused_with(2);
        assert!(line.starts_with("policy.json:4:"), "{line}");
    }
}

#[test]
fn a_file_cut_short_says_so() {
    for text in ["{", "{\"Statement\": [", "{\"Statement\": [{\"Effect\": \"All"] {
        let line = on_policy(text).refused_with(2);
        assert!(line.starts_with("policy.json:1:") && line.contains("cut short"), "{line}");
    }
    let account = super::program::account();
    for length in [account.len() / 3, account.len() - 3] {
        let line = on_snapshot(&account[..length]).refused_with(2);
        assert!(line.contains("cut short"), "{line}");
    }
}

#[test]
fn what_is_no_policy() {
    let none = "policy.json:1:1: no policy document in it: expected an object with `Statement`, or the output of an AWS CLI command that holds one (such as get-policy-version or get-role-policy)";
    for text in [
        "{}",
        "[]",
        "3",
        "null",
        "true",
        r#"{"Policy": {"DefaultVersionId": "v1", "Arn": "arn:aws:iam::123456789012:policy/P"}}"#,
    ] {
        on_policy(text).refused(2, none);
    }
    let line = on_policy(super::program::account()).refused_with(2);
    assert!(line.contains("--snapshot"), "an account goes to another flag: {line}");
}

#[test]
fn what_is_no_snapshot() {
    let none = "`snapshot.json` is no snapshot: expected the output of `aws iam get-account-authorization-details` or of `diagnose snapshot`; a policy document goes to --identity-policy or --boundary";
    for text in ["{}", "[]", "3", "null", r#"{"Version": "2012-10-17", "Statement": []}"#, "[1, 2, 3, 4, 5]"] {
        on_snapshot(text).refused(2, none);
    }
}

/// The words are for people: nothing of the parser's own.
#[test]
fn snapshots_of_another_shape_are_refused_in_words() {
    for text in [
        r#"{"RoleDetailList": [5]}"#,
        r#"{"RoleDetailList": {}}"#,
        r#"{"RoleDetailList": [{}]}"#,
        r#"{"RoleDetailList": [{"Arn": 5}]}"#,
        r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::123456789012:role/R", "Tags": "x"}]}"#,
        r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::123456789012:role/R", "RolePolicyList": [[]]}]}"#,
        r#"{"diagnose_snapshot": 1, "principals": [5]}"#,
        r#"{"diagnose_snapshot": 1, "principals": {}}"#,
        r#"{"diagnose_snapshot": 1, "principals": [{}]}"#,
        r#"{"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/R", "identity_policies": {}}]}"#,
        r#"{"diagnose_snapshot": 1, "principals": [{"arn": "arn:aws:iam::123456789012:role/R", "identity_policies": ["x"]}]}"#,
        r#"{"diagnose_snapshot": 1, "principals": [], "unread": [3]}"#,
    ] {
        let line = on_snapshot(text).refused_with(2);
        assert!(line.starts_with("snapshot.json:1:"), "{line}");
        for word in ["struct", "sequence", "a map", "invalid type", "unit", "Entity", "Entry", "variant"] {
            assert!(!line.contains(word), "`{word}` for {text}: {line}");
        }
    }
}

/// One broken entry among many is no reason to answer nothing about the others.
#[test]
fn one_broken_policy_among_many_leaves_the_rest() {
    let file = r#"{"RoleDetailList": [
        {"Arn": "arn:aws:iam::123456789012:role/Other", "RolePolicyList": [{"PolicyName": "P", "PolicyDocument": "{oops"}]},
        {"Arn": "arn:aws:iam::123456789012:role/R", "RolePolicyList": [
            {"PolicyName": "P", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}]}
    ]}"#;
    on_snapshot(file).gives(0, "allowed identity=allow boundary=not-applicable");
}

#[test]
fn standard_input_that_is_empty() {
    let run = diagnose("--role R --action s3:GetObject --snapshot -").stdin("");
    let line = run.refused_with(2);
    assert!(line.contains("empty") && line.contains("standard input"), "{line}");
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text() {
    use std::os::unix::ffi::OsStringExt;
    let run = diagnose("--action s3:GetObject --role").arg(std::ffi::OsString::from_vec(vec![b'x', 0xff]));
    assert_eq!(run.outcome().code, 2);
}

#[test]
fn a_password_in_an_endpoint_is_not_repeated() {
    for (url, shown) in [("user:Passw0rd@127.0.0.1", "…@127.0.0.1"), ("ftp://user:Passw0rd@host/x", "ftp://…@host/x")]
    {
        let run = diagnose("--role MyRole --action s3:GetObject --endpoint-url").arg(url);
        run.refused(2, &format!("--endpoint-url is `{shown}` but must be a URL such as http://127.0.0.1:5000"));
    }
}
