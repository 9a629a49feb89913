//! Finds the policy document in what people have: a bare document, or the output of an AWS CLI command around one.
//!
//! The document may stand there as an object, as a JSON string, or URL-encoded. Source: AWS CLI Command Reference,
//! outputs of `iam get-policy-version`, `iam get-role-policy`, `s3api get-bucket-policy`, `kms get-key-policy`,
//! `organizations describe-policy` and their kind.

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::json::{self, Kind, Member};
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
    /// The line of the file on which that text starts, where it stands there as it is.
    pub first_line: Option<usize>,
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
    let mut found = Unwrapped { text: String::new(), first_line: None, name: None, arn: None, version: None };
    let mut text = decoded(file);
    let mut verbatim = text == file;
    for _ in 0..DEPTH {
        let root: &RawValue = serde_json::from_str(&text).map_err(|error| syntax_error(&text, &error))?;
        let Some(document) = descend(root, &mut found) else {
            let problem = "no policy document in it: expected an object with `Statement`, or the output of an AWS CLI \
                           command that holds one (such as get-policy-version or get-role-policy)";
            return Err(ParseError { place: Place { line: 1, column: 1 }, problem: problem.to_owned() });
        };
        if json::kind(document) == Kind::Object {
            found.first_line = verbatim.then(|| place_in(&text, json::span(&text, document).start as usize).line);
            document.get().clone_into(&mut found.text);
            return Ok(found);
        }
        let inner = decoded(&json::string(document).unwrap_or_default());
        text = inner;
        verbatim = false;
    }
    Err(ParseError { place: Place { line: 1, column: 1 }, problem: "a policy document wrapped too deep".to_owned() })
}

/// Percent-decodes what IAM's API percent-encodes; a `+` stays one.
fn decoded(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.starts_with('%') {
        return percent_decode_str(trimmed).decode_utf8_lossy().into_owned();
    }
    text.to_owned()
}

/// The document as an object, or the string that holds it.
fn descend<'a>(root: &'a RawValue, found: &mut Unwrapped) -> Option<&'a RawValue> {
    let mut value = root;
    for _ in 0..DEPTH {
        match json::kind(value) {
            Kind::String => return Some(value),
            Kind::Array => value = json::items(value)?.first().copied()?,
            Kind::Object => {
                let members = json::members(value)?;
                if members.iter().any(|member| member.key.eq_ignore_ascii_case("Statement")) {
                    return Some(value);
                }
                note(&members, found);
                let lead = |name: &&str| members.iter().find(|member| member.key == **name);
                value = LEADS.iter().find_map(lead)?.value;
            }
            Kind::Number | Kind::Bool | Kind::Null => return None,
        }
    }
    None
}

/// Keeps what the wrapping says of the policy.
fn note(members: &[Member<'_>], found: &mut Unwrapped) {
    for member in members {
        match member.key.as_str() {
            "PolicyName" | "Name" => found.name = json::string(member.value).or(found.name.take()),
            "Arn" => found.arn = json::string(member.value).or(found.arn.take()),
            "VersionId" => found.version = json::string(member.value).or(found.version.take()),
            "PolicySummary" => note(&json::members(member.value).unwrap_or_default(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unwrap;

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
        ] {
            assert_eq!(unwrap(&file).map(|found| found.text), Ok(DOCUMENT.to_owned()), "{file}");
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
    fn depth_does_not_overflow_the_stack() {
        let file = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(unwrap(&file).is_err());
        let file = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(crate::policy::Document::parse(&file).is_ok());
    }
}
