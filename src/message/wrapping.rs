//! What clients print around the sentence: error code, operation, service, request id.
//!
//! Sources: botocore's `ClientError` ("An error occurred (CODE) when calling the OP operation: …"), Smithy's `OperationError`
//! in the AWS SDK for Go v2, `AwsServiceException` of the SDK for Java, the S3 User Guide's XML error body.

use super::words::{Text, is_identifier};

/// What was found, the service still as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) error_code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) service: Option<String>,
    pub(super) region: Option<String>,
    pub(super) client: Option<&'static str>,
}

impl Found {
    /// Takes what is missing here from another.
    pub(super) fn or(&mut self, other: Self) {
        let fill = |own: &mut Option<String>, others: Option<String>| {
            if own.is_none() {
                *own = others;
            }
        };
        fill(&mut self.error_code, other.error_code);
        fill(&mut self.request_id, other.request_id);
        fill(&mut self.operation, other.operation);
        fill(&mut self.service, other.service);
        fill(&mut self.region, other.region);
        self.client = self.client.or(other.client);
    }
}

/// A stretch of text around a sentence: the head before it and the tail behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    pub(super) head: (usize, usize),
    pub(super) tail: (usize, usize),
}

/// What stands around a sentence. The nearest before it counts, then the first behind it.
pub(super) fn read(text: &Text, around: Around) -> Found {
    let (head, tail) = (around.head, around.tail);
    let mut found = Found::default();
    called(text, head, &mut found);
    go_v2(text, head, &mut found);
    php(text, head, &mut found);
    java(text, tail, &mut found);
    codes(text, head, tail, &mut found);
    requests(text, head, tail, &mut found);
    names(text, head, tail, &mut found);
    found
}

/// "An error occurred (CODE) when calling the OP operation", "A client error (CODE) occurred when calling the OP operation"
fn called(text: &Text, head: (usize, usize), found: &mut Found) {
    let Some(when) = text.rfind("when calling the", head.0, head.1) else { return };
    let start = text.skip_space(when + "when calling the".len());
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric());
    let operation = text.part(start, end);
    if operation.starts_with(|first: char| first.is_ascii_uppercase()) {
        found.operation = Some(operation.to_owned());
    }
    let back = text.floor(when.saturating_sub(120)).max(head.0);
    let open = text.rfind("(", back, when);
    let close = open.and_then(|open| text.find(")", open, when));
    if let (Some(open), Some(close)) = (open, close) {
        found.error_code = code(text.part(open + 1, close));
    }
}

/// "operation error S3: PutObject, https response error StatusCode: 403, RequestID: R, api error CODE: "
fn go_v2(text: &Text, head: (usize, usize), found: &mut Found) {
    let Some(at) = text.rfind("operation error ", head.0, head.1) else { return };
    let start = at + "operation error ".len();
    let Some(colon) = text.find(":", start, head.1.min(start + 80)) else { return };
    let service: Vec<&str> = text.part(start, colon).split_whitespace().collect();
    let name = text.skip_space(colon + 1);
    let end = text.skip(name, |byte| byte.is_ascii_alphanumeric());
    found.service = Some(service.join(" "));
    if end > name {
        found.operation = Some(text.part(name, end).to_owned());
    }
    let api = ["api error ", "api error\n"].iter().filter_map(|words| text.rfind(words, end, head.1)).max();
    let modelled = || {
        let status = text.rfind("statuscode:", end, head.1)?;
        let word_end = text.skip_back(head.1, |byte| b": \n".contains(&byte));
        let word = text.skip_back(word_end, |byte| byte.is_ascii_alphanumeric());
        (word > status && is_denial_code(text.part(word, word_end))).then_some(word)
    };
    if let Some(start) = api.map(|api| text.skip_space(api + "api error ".len())).or_else(modelled) {
        let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
        let at_end = text.skip_space(end) == text.len();
        found.error_code = code(text.part(start, end)).map(|code| completed(&code, at_end));
    }
}

/// `Error executing "PutObject" on "https://…"`
fn php(text: &Text, head: (usize, usize), found: &mut Found) {
    let Some(at) = text.rfind("error executing \"", head.0, head.1) else { return };
    let start = at + "error executing \"".len();
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric());
    if found.operation.is_none() && end > start {
        found.operation = Some(text.part(start, end).to_owned());
    }
}

/// "(Service: AmazonS3; Status Code: 403; Error Code: AccessDenied; Request ID: R; …)"
fn java(text: &Text, tail: (usize, usize), found: &mut Found) {
    let near = tail.1.min(text.floor(tail.0 + 1_500));
    let Some(at) = text.find("(service:", tail.0, near) else { return };
    let start = text.skip_space(at + "(service:".len());
    let end = text.skip(start, |byte| !b",;)\n".contains(&byte));
    if found.service.is_none() {
        found.service = Some(text.part(start, end).trim().to_owned());
    }
}

/// The error code: the nearest before the sentence by its place, else by its form; else behind it.
fn codes(text: &Text, head: (usize, usize), tail: (usize, usize), found: &mut Found) {
    let fallbacks: [&dyn Fn() -> Option<String>; 6] = [
        &|| valued(text, head, CODE_KEYS, true),
        &|| java_code(text, tail),
        &|| adjacent(text, head),
        &|| valued(text, tail, CODE_KEYS, false),
        &|| {
            valued(text, tail, &["handlererrorcode:"], false)
                .or_else(|| valued(text, tail, &["exception name:"], false))
        },
        &|| suffix(text, tail),
    ];
    for fallback in fallbacks {
        if found.error_code.is_none() {
            found.error_code = fallback();
        }
    }
}

/// Keys of JSON, of XML and of structures printed by debuggers that hold an error code.
const CODE_KEYS: &[&str] = &[
    "<code>",
    "\"code\"",
    "'code'",
    "\"__type\"",
    "'__type'",
    "\"errorcode\"",
    "\"errortype\"",
    "aws-error-code\"",
    "x-amzn-errortype",
    " code: \"",
    "{code: \"",
    "code: 'a",
    "code: some(\"",
    "errorcode=",
    "error code:",
    "\"errorcode",
];

fn java_code(text: &Text, tail: (usize, usize)) -> Option<String> {
    let near = tail.1.min(text.floor(tail.0 + 1_500));
    valued(text, (tail.0, near), &["error code:"], false)
}

/// The value behind one of several keys: the last in a head, the first in a tail.
fn valued(text: &Text, within: (usize, usize), keys: &[&str], last: bool) -> Option<String> {
    let places = keys.iter().filter_map(|key| {
        let at = if last { text.rfind(key, within.0, within.1) } else { text.find(key, within.0, within.1) }?;
        let behind = at + key.trim_end_matches(['"', 'a', '\'']).len().max(key.len().saturating_sub(2));
        let start = text.skip(behind, |byte| b"\"':= >(u".contains(&byte));
        let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || b"._#:-".contains(&byte));
        let word = text.part(start, end.min(within.1));
        let value = code(word).filter(|code| code.len() > 2 && !is_generic(code))?;
        let status = value.bytes().all(|byte| byte.is_ascii_digit());
        let shape = value.starts_with(|first: char| first.is_ascii_uppercase()) || (status && key.contains("code>"));
        shape.then_some((at, value))
    });
    let found = if last { places.max() } else { places.min() };
    found.map(|(_, value)| value)
}

/// Types of exceptions that are no codes of AWS.
fn is_generic(word: &str) -> bool {
    const NAMES: [&str; 8] = [
        "ClientError",
        "Error",
        "Exception",
        "Sender",
        "RuntimeError",
        "AuthorizationException",
        "GeneralServiceException",
        "Client",
    ];
    NAMES.contains(&word)
}

/// A code by its form right before the sentence: "AccessDenied: User: …", `…model.ForbiddenException: User: …`.
fn adjacent(text: &Text, head: (usize, usize)) -> Option<String> {
    let mut end = head.1;
    let near = text.floor(head.1.saturating_sub(400)).max(head.0);
    while end > near {
        let word_end = text.skip_back(end, |byte| !byte.is_ascii_alphanumeric()).max(near);
        let start = text.skip_back(word_end, |byte| byte.is_ascii_alphanumeric()).max(near);
        let word = text.part(start, word_end);
        // These are also words of HTTP and of prose.
        let is_word = matches!(word, "Forbidden" | "Unauthorized");
        let is_marked =
            text.byte(word_end) == Some(b':') || text.byte(word_end) == Some(b')') && text.before(start) == Some(b'(');
        if is_denial_code(word) && (!is_word || is_marked) {
            return Some(completed(word, word_end == text.len() || text.skip_space(word_end) == text.len()));
        }
        if start >= end {
            break;
        }
        end = start;
    }
    None
}

/// A code whose last letters the text's end cut off.
fn completed(word: &str, at_end: bool) -> String {
    let cut = word.strip_prefix("AccessDenied").filter(|rest| !rest.is_empty() && "Exception".starts_with(rest));
    if at_end && cut.is_some() { "AccessDeniedException".to_owned() } else { word.to_owned() }
}

/// "… (Aws::S3::Errors::AccessDenied)" behind the sentence.
fn suffix(text: &Text, tail: (usize, usize)) -> Option<String> {
    let line = text.find("\n", tail.0, tail.1).unwrap_or(tail.1);
    let open = text.find("(", tail.0, line)?;
    let close = text.find(")", open, line)?;
    let word = text.part(open + 1, close).rsplit([':', '.']).next().unwrap_or_default();
    is_denial_code(word).then(|| word.to_owned())
}

/// Parts of the error codes that say "denied".
///
/// Source: the error shapes of AWS's API models; S3 API Reference, "Error responses".
pub const DENIAL_CODES: [&str; 10] = [
    "AccessDenied",
    "Unauthorized",
    "NotAuthorized",
    "Forbidden",
    "AuthorizationError",
    "InsufficientPrivileges",
    "InsufficientPermissions",
    "AllAccessDisabled",
    "AuthorizationFailed",
    "AuthorizationPermissionMismatch",
];

/// Whether a word is an error code that says "denied", by its form.
pub(super) fn is_denial_code(word: &str) -> bool {
    let shaped = word.starts_with(|first: char| first.is_ascii_uppercase()) && word.len() < 80;
    shaped
        && DENIAL_CODES.iter().any(|part| word.contains(part))
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A code without its namespace, address or prefix.
pub(super) fn code(written: &str) -> Option<String> {
    let inner = written.rsplit('#').next().unwrap_or_default();
    let inner = inner.rsplit("::").next().unwrap_or_default();
    let inner = inner.split(':').next().unwrap_or_default();
    let inner = inner.strip_prefix("Client.").or_else(|| inner.strip_prefix("Server.")).unwrap_or(inner);
    let inner = inner.rsplit('.').next().unwrap_or_default().trim();
    (is_identifier(inner) && inner.len() <= 80).then(|| inner.to_owned())
}

/// The request id: before the sentence in the same error, else behind it.
fn requests(text: &Text, head: (usize, usize), tail: (usize, usize), found: &mut Found) {
    const KEYS: [&str; 10] = [
        "amz-request-id:",
        ",rid ",
        "requestid:",
        "request id:",
        "<requestid>",
        "\"requestid\"",
        "aws-request-id\"",
        "aws_request_id",
        "requestid\"",
        "requestid'",
    ];
    // S3's second id is no request id.
    let is_first = |at: &usize| {
        text.lower(at.saturating_sub(9), *at) != "extended " && text.lower(at.saturating_sub(8), *at) != "extended"
    };
    let last = |key: &str| {
        let at = text.rfind(key, head.0, head.1)?;
        if is_first(&at) { Some(at) } else { text.rfind(key, head.0, at).filter(is_first) }
    };
    let first = |key: &str| text.find(key, tail.0, tail.1).filter(is_first);
    let before = KEYS.iter().filter_map(|key| last(key).map(|at| (at, key.len()))).max();
    let behind = || KEYS.iter().filter_map(|key| first(key).map(|at| (at, key.len()))).min();
    let id = |(at, length): (usize, usize)| request_id(text, at, at + length);
    found.request_id = before.and_then(id).or_else(|| behind().and_then(id));
}

fn request_id(text: &Text, key: usize, at: usize) -> Option<String> {
    let start = text.skip(at, |byte| b"\"':= >(\n".contains(&byte));
    let start = text.phrase(start, "some(").map_or(start, |start| text.skip(start, |byte| byte == b'"'));
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || b"-:*_".contains(&byte));
    let id = text.part(start, end).trim_end_matches(':');
    let in_xml = text.lower(key, at).starts_with('<');
    let whole = !in_xml || text.lower(end, end + 2) == "</";
    let is_id = !id.is_empty() && !matches!(id, "null" | "None" | "undefined" | "host");
    (whole && is_id && id.len() <= 128).then(|| id.to_owned())
}

/// Names of operation and service in structured logs, class names and addresses.
fn names(text: &Text, head: (usize, usize), tail: (usize, usize), found: &mut Found) {
    let by_key = |keys: &[&str]| {
        let at = |key: &&str| {
            let before = text.rfind(key, head.0, head.1);
            before.or_else(|| text.find(key, tail.0, tail.1)).map(|at| at + key.len())
        };
        let start = text.skip(keys.iter().find_map(at)?, |byte| b"\": =".contains(&byte));
        let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        Some(text.part(start, end).to_owned()).filter(|name| is_identifier(name))
    };
    if found.operation.is_none() {
        found.operation = by_key(&["aws-operation-name\"", "\"eventname\""]).filter(|name| !name.contains('.'));
    }
    if found.service.is_none() {
        found.service = by_key(&["aws-service-name\"", "\"eventsource\""]);
    }
    found.region = by_key(&["\"awsregion\""]);
    if found.service.is_none() {
        found.service = class(text, head).or_else(|| endpoint(text, head));
    }
}

/// `software.amazon.awssdk.services.s3.model`, `com.amazonaws.services.s3.model`, `Aws::S3::Errors`, `Aws\S3\Exception`,
/// `Amazon.S3.AmazonS3Exception`.
fn class(text: &Text, head: (usize, usize)) -> Option<String> {
    const PREFIXES: [(&str, u8); 5] = [
        ("awssdk.services.", b'.'),
        ("amazonaws.services.", b'.'),
        ("aws::", b':'),
        ("aws\\", b'\\'),
        ("amazon.", b'.'),
    ];
    PREFIXES.iter().find_map(|(prefix, separator)| {
        let start = text.rfind(prefix, head.0, head.1)? + prefix.len();
        let end = text.skip(start, |byte| byte.is_ascii_alphanumeric());
        let name = text.part(start, end);
        let is_name = text.byte(end) == Some(*separator) && !matches!(name, "Runtime" | "awssdk" | "coral" | "Core");
        (is_name && name.len() > 1).then(|| name.to_owned())
    })
}

/// `https://cognito-idp.us-east-1.amazonaws.com`, `https://bucket.s3.amazonaws.com`
fn endpoint(text: &Text, head: (usize, usize)) -> Option<String> {
    let at = text.rfind(".amazonaws.com", head.0, head.1)?;
    let start = text.skip_back(at, |byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)).max(head.0);
    let before = text.skip_back(start, |byte| byte == b'/');
    if start - before != 2 {
        return None;
    }
    let host = text.lower(start, at);
    let is_region = |label: &&str| {
        label.bytes().filter(|byte| *byte == b'-').count() >= 2 && label.ends_with(|last: char| last.is_ascii_digit())
    };
    let labels: Vec<&str> = host.split('.').filter(|label| !is_region(label)).collect();
    match labels.last() {
        Some(last) if last.starts_with("s3") => Some("s3".to_owned()),
        Some(last) if labels.len() <= 2 => Some((*last).to_owned()),
        _ => None,
    }
}
