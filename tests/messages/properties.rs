//! Properties of the reader: no panic, blocks do not matter, wrappers give back what they wrap, denials are not mixed.

use diagnose::eval::DenyKind;
use diagnose::message::{Denial, Message, Reader, read};
use diagnose::snapshot::Layer;
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Wanted {
    principal: String,
    action: String,
    resource: Option<String>,
    reason: usize,
    operation: String,
}

/// A reason's words, and what it means.
const REASONS: [(&str, Option<DenyKind>, Option<Layer>); 14] = [
    ("", None, None),
    (" because no identity-based policy allows the ACTION action", Some(DenyKind::Implicit), Some(Layer::Identity)),
    (" because no resource-based policy allows the ACTION action", Some(DenyKind::Implicit), Some(Layer::Resource)),
    (" because no permissions boundary allows the ACTION action", Some(DenyKind::Implicit), Some(Layer::Boundary)),
    (" because no session policy allows the ACTION action", Some(DenyKind::Implicit), Some(Layer::Session)),
    (
        " because no service control policy allows the ACTION action",
        Some(DenyKind::Implicit),
        Some(Layer::ServiceControl),
    ),
    (" because no VPC endpoint policy allows the ACTION action", Some(DenyKind::Implicit), Some(Layer::VpcEndpoint)),
    (" with an explicit deny in an identity-based policy: POLICY", Some(DenyKind::Explicit), Some(Layer::Identity)),
    (" with an explicit deny in a permissions boundary: POLICY", Some(DenyKind::Explicit), Some(Layer::Boundary)),
    (
        " with an explicit deny in a service control policy, with policy ARN: POLICY",
        Some(DenyKind::Explicit),
        Some(Layer::ServiceControl),
    ),
    (" with an explicit deny in a resource control policy", Some(DenyKind::Explicit), Some(Layer::ResourceControl)),
    (" with an explicit deny in a resource-based policy", Some(DenyKind::Explicit), Some(Layer::Resource)),
    (" with an explicit deny in the role trust policy", Some(DenyKind::Explicit), Some(Layer::Trust)),
    (
        " with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        Some(DenyKind::Explicit),
        Some(Layer::ServiceControl),
    ),
];

const POLICY: &str = "arn:aws:organizations::111122223333:policy/o-abc123/service_control_policy/p-abcd1234";

fn wanted() -> impl Strategy<Value = Wanted> {
    let name = "[A-Za-z][A-Za-z0-9+=,.@_-]{1,20}[A-Za-z0-9]";
    let principal = prop_oneof![
        name.prop_map(|name| format!("arn:aws:iam::111122223333:user/{name}")),
        (name, name).prop_map(|(role, session)| format!("arn:aws:sts::444455556666:assumed-role/{role}/{session}")),
        Just("arn:aws-us-gov:iam::111122223333:root".to_owned()),
        Just("anonymous".to_owned()),
    ];
    let action = prop_oneof![
        Just(("s3:GetObject", "GetObject")),
        Just(("iam:PassRole", "CreateFunction")),
        Just(("SNS:Publish", "Publish")),
        Just(("kms:GenerateDataKey", "PutObject")),
        Just(("aws-external-anthropic:CreateInference", "CreateInference")),
        Just(("sqs:createqueue", "CreateQueue")),
    ];
    let resource = prop_oneof![
        Just(None),
        Just(Some("*".to_owned())),
        "[a-z0-9.-]{3,20}[a-z0-9]".prop_map(|name| Some(format!("\"arn:aws:s3:::{name}/a key.txt\""))),
        "[A-Za-z0-9_/-]{1,30}[A-Za-z0-9]"
            .prop_map(|name| Some(format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"))),
        "[A-Za-z0-9_+=.@-]{1,30}[A-Za-z0-9]".prop_map(|name| Some(format!("role {name}"))),
        Just(Some("arn:aws:sqs:us-east-1:111122223333:".to_owned())),
        Just(Some("arn:aws:ec2:us-east-1:111122223333:*/*".to_owned())),
    ];
    (principal, action, resource, 0..REASONS.len()).prop_map(|(principal, (action, operation), resource, reason)| {
        Wanted { principal, action: action.to_owned(), resource, reason, operation: operation.to_owned() }
    })
}

impl Wanted {
    fn sentence(&self) -> String {
        let resource = self.resource.as_ref().map(|resource| format!(" on resource: {resource}")).unwrap_or_default();
        let reason = REASONS[self.reason].0.replace("ACTION", &self.action).replace("POLICY", POLICY);
        format!("User: {} is not authorized to perform: {}{resource}{reason}", self.principal, self.action)
    }

    fn check(&self, denial: &Denial) -> Result<(), TestCaseError> {
        prop_assert_eq!(denial.principal.as_deref(), Some(self.principal.as_str()));
        prop_assert_eq!(&denial.action, &self.action);
        let resource = self.resource.as_ref().map(|resource| resource.trim_matches('"').to_owned());
        // A break at a space of a name is not certain: the name is then marked as cut, never joined wrongly.
        let is_beginning = resource
            .as_ref()
            .zip(denial.resource.as_ref())
            .is_some_and(|(whole, part)| whole.starts_with(part.as_str()));
        if !(denial.resource_cut && is_beginning) {
            prop_assert_eq!(&denial.resource, &resource);
        }
        let (words, deny, layer) = REASONS[self.reason];
        prop_assert_eq!(denial.deny, deny);
        prop_assert_eq!(denial.layer, layer);
        prop_assert_eq!(denial.policy_arn.as_deref(), words.contains("POLICY").then_some(POLICY));
        Ok(())
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// Words wrapped between words at a width, as Terraform does, with its box.
fn boxed(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().unwrap();
        if last.len() + word.len() + 1 > width && !last.is_empty() {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    format!(
        "╷\n│ {}\n│ \n│   with aws_x.y,\n│   on main.tf line 3, in resource \"aws_x\" \"y\":\n╵\n",
        lines.join("\n│ ")
    )
}

fn wrap(wanted: &Wanted, kind: usize, width: usize) -> String {
    let (sentence, operation) = (wanted.sentence(), &wanted.operation);
    match kind {
        0 => format!("An error occurred (AccessDenied) when calling the {operation} operation: {sentence}"),
        1 => format!(
            "\u{1b}[31maws: [ERROR]:\u{1b}[0m An error occurred (AccessDenied) when calling the {operation} operation: {sentence}\n"
        ),
        2 => format!(
            "Exception: com.amazonaws.services.x.model.AmazonXException: {sentence} (Service: AmazonX; Status Code: 403; Error Code: AccessDenied; Request ID: r-1; Proxy: null)"
        ),
        3 => format!(
            "software.amazon.awssdk.services.s3.model.S3Exception: {sentence} (Service: S3, Status Code: 403, Request ID: r-1) (SDK Attempt Count: 1)\n\tat software.amazon.awssdk.core.X.y(X.java:1)"
        ),
        4 => format!(
            "operation error S3: {operation}, https response error StatusCode: 403, RequestID: r-1, HostID: h=, api error AccessDenied: {sentence}"
        ),
        5 => format!("AccessDenied: {sentence}\n\tstatus code: 403, request id: r-1"),
        6 => format!(
            "AccessDeniedException: {sentence}\n    at de_AccessDeniedExceptionRes (/var/x.js:1:2) {{\n  '$metadata': {{ requestId: 'r-1' }}\n}}"
        ),
        7 => format!(
            "<Error><Code>AccessDenied</Code><Message>{}</Message><RequestId>r-1</RequestId></Error>",
            xml(&sentence)
        ),
        8 => {
            format!("{{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":{}}}", json(&sentence))
        }
        9 => format!(
            "{{\"level\":\"error\",\"msg\":{}}}",
            json(&json(&format!("AccessDenied: {sentence}\n\tstatus code: 403")))
        ),
        10 => format!("{{\"log\":{}}}", json(&json(&json(&format!("{{\"message\":{}}}", json(&sentence)))))),
        11 => boxed(
            &format!(
                "Error: creating X: operation error S3: {operation}, https response error StatusCode: 403, RequestID: r-1, api error AccessDenied: {sentence}"
            ),
            width,
        ),
        12 => format!(
            "Resource handler returned message: \"{sentence} (Service: Lambda, Status Code: 403, Request ID: r-1) (SDK Attempt Count: 1)\" (RequestToken: t, HandlerErrorCode: AccessDenied)"
        ),
        13 => format!("2026-06-03T20:19:44.1536797Z ##[error]{sentence}\r\n2026-06-03T20:19:45.1Z done\r\n"),
        14 => format!("Aws::S3::Errors::AccessDenied: {sentence}\n"),
        15 => format!("denied: {sentence}"),
        16 => format!("  {{u'Message': u'{sentence}', u'__type': u'x#AccessDeniedException'}}"),
        17 => format!(
            "\"errorCode\": \"AccessDenied\",\n\"errorMessage\": {},\n\"requestID\": \"r-1\",\n",
            json(&sentence)
        ),
        18 => format!(
            "Encountered AWSError 'AccessDeniedException': {sentence}\nHTTP response code: 403\nException name: AccessDeniedException"
        ),
        19 => format!(
            "thing: service error: unhandled error (AccessDenied): Error {{ code: \"AccessDenied\", message: {}, aws_request_id: \"r-1\" }}",
            json(&sentence)
        ),
        20 => format!(
            "{sentence}. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/a1b2c3d4e5f6g7h8i9j0k1l2m for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: a1b2c3d4e5f6g7h8i9j0k1l2m"
        ),
        21 => format!(
            "You are not authorized to perform this operation. {sentence}. Encoded authorization failure message: GdIWPnptu6_x-Q3kD9fAbC-_123"
        ),
        _ => sentence,
    }
}

/// The same cases every time; `PROPTEST_CASES=100000` looks longer, and elsewhere every time.
fn cases(number: u32) -> ProptestConfig {
    let hunt = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return hunt;
    }
    ProptestConfig { cases: number, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..hunt }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_words_are_read(words in prop::collection::vec(prop_oneof![
        Just("User: "), Just("is not authorized to perform: "), Just("on resource: "), Just("\""), Just("\\\""), Just("\n"), Just("│ "),
        Just("arn:aws:"), Just("s3:GetObject"), Just("because no "), Just("permissions boundary "), Just("allows the "), Just("\u{1b}["),
        Just("with an explicit deny "), Just("in a "), Just("service control policy"), Just(": "), Just("<"), Just("</Message>"),
        Just("&amp;quot;"), Just("("), Just(")"), Just("{"), Just("é"), Just("\u{1b}]"), Just("**"), Just("Encoded authorization failure message: "),
        Just("An error occurred ("), Just("when calling the "), Just("operation error "), Just("request id: "), Just("\\u00"), Just("&#x"),
    ], 0..60)) {
        let text: String = words.concat();
        let message = read(text.as_bytes());
        for denial in &message.denials {
            let texts = [Some(&denial.action), denial.principal.as_ref(), denial.resource.as_ref(), denial.policy_arn.as_ref()];
            prop_assert!(texts.into_iter().flatten().all(|text| !text.chars().any(char::is_control)), "{:?}", denial);
        }
    }

    #[test]
    fn wrapping_changes_nothing(wanted in wanted(), kind in 0..23_usize, width in 60..140_usize) {
        let text = wrap(&wanted, kind, width);
        let message = read(text.as_bytes());
        prop_assert_eq!(message.denials.len(), 1, "{}\n{:?}", text, message);
        wanted.check(&message.denials[0]).map_err(|error| TestCaseError::fail(format!("{text}\n{error}")))?;
    }

    #[test]
    fn two_denials_are_not_mixed(one in wanted(), other in wanted(), kinds in (0..23_usize, 0..23_usize)) {
        prop_assume!(one.sentence() != other.sentence());
        let text = format!("{}\n{}", wrap(&one, kinds.0, 78), wrap(&other, kinds.1, 78));
        let message = read(text.as_bytes());
        prop_assert_eq!(message.denials.len(), 2, "{}\n{:?}", text, message);
        for (wanted, denial) in [one, other].iter().zip(&message.denials) {
            wanted.check(denial).map_err(|error| TestCaseError::fail(format!("{text}\n{error}")))?;
        }
    }
}

/// A sentence cut at a terminal's last column, behind a gutter or none.
fn hard_wrapped(text: &str, width: usize, gutter: usize) -> String {
    let gutters = ["", "│ ", "> ", "    ", "2026-11-21T03:11:02.1234567Z "];
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(width).map(|line| format!("{}{}\n", gutters[gutter], line.iter().collect::<String>())).collect()
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn hard_wraps_give_the_denial_or_less(wanted in wanted(), width in 60..=200_usize, gutter in 0..5_usize) {
        let text = hard_wrapped(&wrap(&wanted, 0, 80), width, gutter);
        let message = read(text.as_bytes());
        prop_assert!(message.denials.len() <= 1, "two denials of one\n{}\n{:?}", text, message);
        for denial in &message.denials {
            prop_assert_eq!(&denial.action, &wanted.action, "{}", text);
            prop_assert!(denial.further_actions.is_empty(), "{}\n{:?}", text, denial);
            prop_assert!(denial.principal.as_ref().is_none_or(|found| *found == wanted.principal), "{}\n{:?}", text, denial);
            let resource = wanted.resource.as_ref().map(|resource| resource.trim_matches('"').to_owned());
            let is_right = denial.resource.is_none() || denial.resource == resource || denial.resource_cut;
            prop_assert!(is_right, "{}\n{:?}", text, denial);
            prop_assert!(denial.policy_arn.as_ref().is_none_or(|found| found == POLICY), "{}\n{:?}", text, denial);
        }
    }
}

fn in_blocks(text: &[u8], sizes: &[usize]) -> Message {
    let mut reader = Reader::new();
    let mut rest = text;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at((*size).min(rest.len()));
        reader.feed(now);
        rest = later;
    }
    reader.finish()
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn blocks_do_not_matter(
        all in prop::collection::vec((wanted(), 0..23_usize, 0..9000_usize), 1..80),
        sizes in prop::collection::vec(1..9000_usize, 1..9),
        wide in any::<bool>(),
    ) {
        let filler = "2026-11-21 INFO é request served in 12 ms\n";
        let text: String = all.iter().map(|(wanted, kind, gap)| format!("{}\n{}", wrap(wanted, *kind, 80), filler.repeat(gap / 40))).collect();
        let bytes: Vec<u8> = match wide {
            true => std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            false => text.into_bytes(),
        };
        prop_assert_eq!(in_blocks(&bytes, &sizes), read(&bytes));
    }
}

#[test]
fn hostile_text_comes_to_an_end() {
    let texts = [
        "User: ".repeat(20_000),
        "User: is not authorized to perform: ".repeat(3_000),
        "((((".repeat(30_000),
        format!("User: a is not authorized to perform: s3:GetObject on resource: \"{}", "a".repeat(200_000)),
        "on resource: \"".repeat(8_000),
        "because no ".repeat(10_000),
        "[{(".repeat(40_000),
        "\\\\\\\\\"".repeat(20_000),
        "&amp;".repeat(20_000),
        "explicit deny ".repeat(8_000),
        format!("{}\n", "a".repeat(80)).repeat(1_300),
        "An error occurred (AccessDenied) when calling the A operation: Access Denied ".repeat(1_300),
        "Encoded authorization failure message: ".repeat(2_500),
        "User:\n".repeat(10_000) + " is not authorized",
        " ".repeat(200_000),
        "authorized ".repeat(9_000),
        "not authorized to perform: s3:A on resource: arn:\n".repeat(2_000),
    ];
    // What is quadratic would not come to an end here.
    for text in texts {
        let _ = read(text.as_bytes());
        let small = text.as_bytes().get(..60_000).unwrap_or(text.as_bytes());
        let _ = read(small);
    }
}
