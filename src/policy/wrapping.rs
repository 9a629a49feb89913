//! Finds the policy document in what people have: a bare document, or the output of an AWS CLI command around one.
//!
//! The document may stand there as an object, as a JSON string, or URL-encoded. Source: AWS CLI Command Reference,
//! outputs of `iam get-policy-version`, `iam get-role-policy`, `s3api get-bucket-policy`, `kms get-key-policy`,
//! `organizations describe-policy` and their kind.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::json::{Kind, Layout, Member, Members, Value};
use super::parse::syntax_error;
use super::{ParseError, Place, place_in};

/// Members that hold a document or lead to one, in the order in which they are tried.
const LEADS: [&str; 12] = [
    "PolicyVersion",
    "PolicyDocument",
    "Document",
    "Policy",
    "Content",
    "ResourcePolicy",
    "policyText",
    "Attributes",
    "PolicyText",
    "Role",
    "AssumeRolePolicyDocument",
    "VpcEndpoints",
];

/// How deep a document may be wrapped: `{"Policy": {"Content": "\"…\""}}` is four.
const DEPTH: usize = 8;

/// A document found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// The document's own text.
    pub text: String,
    /// Where that text starts in the file, if it stands there as it is.
    pub place: Option<Place>,
    /// The policy's name, where the wrapping gives it.
    pub name: Option<String>,
    /// The policy's ARN, where the wrapping gives it.
    pub arn: Option<String>,
    /// The version id, where the wrapping gives it.
    pub version: Option<String>,
}

/// Finds the document in the text of a file.
///
/// # Errors
/// With the place in the file, where the text is no JSON or holds no policy document.
pub fn unwrap(file: &str) -> Result<Unwrapped, ParseError> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut found = Unwrapped { text: String::new(), place: None, name: None, arn: None, version: None };
    let mut text = decoded(file).into_owned();
    // Where the text stands in the file, once it is no longer the file itself.
    let mut inside: Option<Place> = (text != file).then_some(FIRST);
    for _ in 0..DEPTH {
        let locate = |value: &Value<'_>| inside.unwrap_or_else(|| place_in(&text, value.span().start as usize));
        let layout = Layout::read(&text).map_err(|error| {
            let error = syntax_error(&text, &error);
            ParseError { place: inside.unwrap_or(error.place), problem: within(inside, &error) }
        })?;
        let document = descend(layout.root(&text), &mut found)
            .map_err(|(at, problem)| ParseError { place: locate(&at), problem })?;
        if document.kind() == Kind::Object {
            found.place = inside.is_none().then(|| locate(&document));
            document.get().clone_into(&mut found.text);
            return Ok(found);
        }
        let place = locate(&document);
        text = quoted(&document.string().unwrap_or_default());
        inside = Some(place);
    }
    Err(ParseError { place: FIRST, problem: "a policy document wrapped too deep".to_owned() })
}

const FIRST: Place = Place { line: 1, column: 1 };

/// The problem, with its place in the quoted document where it stands in one.
pub(crate) fn within(inside: Option<Place>, error: &ParseError) -> String {
    match inside {
        None => error.problem.clone(),
        Some(_) => format!("in the document quoted here, {error}"),
    }
}

/// Percent-decodes, once, what IAM's API percent-encodes; other text stays as it is. A `+` is itself, not a space.
///
/// A document starts with `{` or white space, so that text which does not start with `%` is not encoded.
/// Source: IAM API Reference, `GetPolicyVersion`: the document is URL-encoded compliant with RFC 3986.
pub fn decoded(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with('%') {
        percent_decode_str(text.trim()).decode_utf8_lossy()
    } else {
        Cow::Borrowed(text)
    }
}

/// The document as an object, or the string that holds it; else what is in the way.
fn descend<'t>(root: Value<'t>, found: &mut Unwrapped) -> Result<Value<'t>, (Value<'t>, String)> {
    let mut value = root;
    for _ in 0..DEPTH {
        match value.kind() {
            Kind::String => return Ok(value),
            Kind::Array => match (value.items().next(), value.items().count()) {
                (None, _) => break,
                (Some(one), 1) => value = one,
                (Some(_), many) => {
                    return Err((value, format!("a list of {many} documents; give each in a file of its own")));
                }
            },
            Kind::Object => {
                if is_document(&value) {
                    return Ok(value);
                }
                let members = value.members_or_none();
                note(members.clone(), found);
                let lead = |name: &&str| members.clone().find(|member| member.key == **name);
                match LEADS.iter().find_map(lead) {
                    Some(member) => value = member.value,
                    None if members.clone().any(|member| SNAPSHOTS.contains(&&*member.key)) => {
                        return Err((
                            value,
                            "a snapshot of an account, no policy document; give it with --snapshot".to_owned(),
                        ));
                    }
                    None => {
                        let has_version = members.clone().any(|member| member.key == "Version");
                        return only(value, has_version).unwrap_or_else(|| Err((root, NO_DOCUMENT.to_owned())));
                    }
                }
            }
            Kind::Number | Kind::Bool | Kind::Null => break,
        }
    }
    Err((root, NO_DOCUMENT.to_owned()))
}

const NO_DOCUMENT: &str = "no policy document in it: expected an object with `Statement`, or the output of an AWS CLI command \
                           that holds one (such as get-policy-version or get-role-policy)";

/// The only document in an object, or why it is not the only one; `None` where there is none. Its member may have any name,
/// for each service has one of its own for it
/// (`AccessPolicies`, `PolicyInJson`, `InlinePolicy`, `policyDocument`).
fn only<'t>(object: Value<'t>, has_version: bool) -> Option<Result<Value<'t>, (Value<'t>, String)>> {
    let mut documents = Vec::new();
    collect(&object, 0, &mut documents);
    match documents.as_slice() {
        [one] => Some(Ok(*one)),
        [] => has_version.then(|| Err((object, "no `Statement` in it: this is not a policy document".to_owned()))),
        many => Some(Err((object, format!("{} policy documents in it; give each in a file of its own", many.len())))),
    }
}

/// Everything within a value that is a document, or a string that holds one.
fn collect<'t>(value: &Value<'t>, depth: usize, documents: &mut Vec<Value<'t>>) {
    if depth > DEPTH {
        return;
    }
    match value.kind() {
        Kind::Object if is_document(value) => documents.push(*value),
        Kind::Object => value.members_or_none().for_each(|one| collect(&one.value, depth + 1, documents)),
        Kind::Array => value.items().for_each(|one| collect(&one, depth + 1, documents)),
        Kind::String => {
            let text = quoted(&value.string().unwrap_or_default());
            if Layout::read(&text).is_ok_and(|layout| is_document(&layout.root(&text))) {
                documents.push(*value);
            }
        }
        Kind::Number | Kind::Bool | Kind::Null => {}
    }
}

fn is_document(value: &Value<'_>) -> bool {
    value.members_or_none().any(|member| member.key.eq_ignore_ascii_case("Statement"))
}

/// The text of a document that stands in a string: percent-encoded by IAM, escaped once more by API Gateway.
///
/// Source: API Gateway API Reference, `GetRestApi`: `policy` is "a stringified JSON policy document".
fn quoted(text: &str) -> String {
    let text = decoded(text);
    let is_escaped = text.trim_start().starts_with("{\\\"");
    let unescaped = is_escaped.then(|| serde_json::from_str::<String>(&format!("\"{}\"", text.trim())).ok()).flatten();
    unescaped.unwrap_or_else(|| text.into_owned())
}

/// What snapshots begin with.
const SNAPSHOTS: [&str; 3] = ["RoleDetailList", "UserDetailList", "diagnose_snapshot"];

/// Keeps what the wrapping says of the policy.
fn note(members: Members<'_>, found: &mut Unwrapped) {
    let text = |member: &Member<'_>| member.value.string().map(Cow::into_owned);
    for member in members {
        match &*member.key {
            "PolicyName" | "Name" => found.name = text(&member).or(found.name.take()),
            "Arn" => found.arn = text(&member).or(found.arn.take()),
            "VersionId" => found.version = text(&member).or(found.version.take()),
            "PolicySummary" => note(member.value.members_or_none(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decoded, unwrap};

    const DOCUMENT: &str = r#"{"Statement":[]}"#;

    #[test]
    fn every_wrapping_gives_the_same_document() {
        let quoted = serde_json::to_string(DOCUMENT).unwrap();
        let encoded = "%7B%22Statement%22%3A%5B%5D%7D";
        for file in [
            DOCUMENT.to_owned(),
            quoted.clone(),
            encoded.to_owned(),
            format!("\"{encoded}\""),
            format!("\u{feff}{DOCUMENT}"),
            format!(r#"{{"PolicyVersion": {{"Document": {DOCUMENT}, "VersionId": "v2"}}}}"#),
            format!(r#"{{"PolicyVersion": {{"Document": "{encoded}"}}}}"#),
            format!(r#"{{"RoleName": "R", "PolicyName": "P", "PolicyDocument": {DOCUMENT}}}"#),
            format!(r#"{{"Policy": {quoted}}}"#),
            format!(r#"{{"Policy": {{"PolicySummary": {{"Name": "P"}}, "Content": {quoted}}}}}"#),
            format!(r#"{{"Attributes": {{"Policy": {quoted}}}}}"#),
            format!(r#"{{"ResourcePolicy": {quoted}, "Name": "P"}}"#),
            format!(r#"{{"policyText": {quoted}}}"#),
            format!(r#"{{"VpcEndpoints": [{{"PolicyDocument": {quoted}}}]}}"#),
            format!(r#"{{"DomainStatus": {{"AccessPolicies": {quoted}, "ARN": "a"}}}}"#),
            format!(r#"{{"DomainConfig": {{"AccessPolicies": {{"Options": {quoted}, "Status": {{}}}}}}}}"#),
            format!(
                r#"{{"id": "x", "version": "Statement", "policy": {}}}"#,
                serde_json::json!(r#"{\"Statement\":[]}"#)
            ),
            format!(r#"{{"resourcePolicies": [{{"policyName": "p", "policyDocument": {quoted}}}]}}"#),
            format!(r#"{{"Policies": [{{"PolicyId": "x", "PolicyHash": "{{", "Policy": "{encoded}"}}]}}"#),
            format!(r#"{{"PolicyInJson": {quoted}, "Version": 3}}"#),
            format!(r#"{{"policy": {{"resourceArn": "a", "document": {DOCUMENT}}}}}"#),
        ] {
            assert_eq!(unwrap(&file).map(|found| found.text), Ok(DOCUMENT.to_owned()), "{file}");
        }
    }

    #[test]
    fn encoded_documents_are_decoded_once() {
        for (served, expected) in [
            ("%7B%22a%22%3A%22b%20c%22%7D", r#"{"a":"b c"}"#),
            ("%7B%22a%22%3A%22b+c%22%7D", r#"{"a":"b+c"}"#),
            ("%7B%22a%22%3A%22%2541%22%7D", r#"{"a":"%41"}"#),
            ("%0A%7B%7D", "\n{}"),
            (r#"{"a":"%41"}"#, r#"{"a":"%41"}"#),
            ("", ""),
        ] {
            assert_eq!(decoded(served), expected);
        }
    }

    #[test]
    fn what_holds_no_document_says_so() {
        for file in ["{}", "[]", "3", r#"{"Policy": {"DefaultVersionId": "v1"}}"#, "null"] {
            assert!(unwrap(file).unwrap_err().problem.contains("no policy document"), "{file}");
        }
        assert!(unwrap("").unwrap_err().problem.contains("empty"));
    }

    #[test]
    fn several_documents_are_none() {
        let file = r#"{"policies": [{"policyDocument": "{\"Statement\":[]}"}, {"policyDocument": {"Statement": []}}]}"#;
        assert!(unwrap(file).unwrap_err().problem.contains("2 policy documents"));
    }

    #[test]
    fn depth_does_not_overflow_the_stack() {
        let file = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(unwrap(&file).is_err());
        let file = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(crate::policy::Document::parse(&file).is_ok());
    }
}
