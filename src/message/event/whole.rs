//! Events that stand whole in a text, as JSON over any number of lines: alone, in an object that carries them
//! (EventBridge's `detail`, a list of `Records`) or as a string of one (`CloudTrailEvent` of `lookup-events`).

use serde_json::{Deserializer, Value};

use super::{Event, Record};
use crate::message::words::find;

/// How often JSON may be a string within JSON.
const DEPTH: usize = 4;

/// All of a text, in its order.
pub(super) fn events(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    in_text(text, 0, &mut events);
    events
}

fn in_text(text: &str, depth: usize, events: &mut Vec<Event>) {
    if depth > DEPTH || find(text, "eventSource").is_none() {
        return;
    }
    let mut rest = text;
    while let Some(object) = rest.find('{').and_then(|at| rest.get(at..)) {
        let mut values = Deserializer::from_str(object).into_iter::<Value>();
        let behind = match values.next() {
            Some(Ok(value)) => {
                in_value(&value, depth, events);
                values.byte_offset()
            }
            // What is cut off may hold others that are whole.
            Some(Err(_)) | None => 1,
        };
        rest = object.get(behind..).unwrap_or_default();
    }
}

fn in_value(value: &Value, depth: usize, events: &mut Vec<Event>) {
    match value {
        Value::Object(members) => {
            let is_text = |name: &str| members.get(name).is_some_and(Value::is_string);
            if is_text("eventSource") && is_text("eventName") {
                let bytes = serde_json::to_vec(value).unwrap_or_default();
                events.extend(Record::parse(&bytes).map(Record::event));
            } else {
                members.values().for_each(|member| in_value(member, depth, events));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| in_value(item, depth, events)),
        Value::String(text) => in_text(text, depth + 1, events),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::message::{self, Denial};

    const FIELDS: [&str; 16] = [
        r#""eventTime": "2026-11-22T10:00:00Z""#,
        r#""eventSource": "s3.amazonaws.com""#,
        r#""eventName": "PutBucketTagging""#,
        r#""awsRegion": "eu-west-1""#,
        r#""sourceIPAddress": "10.0.0.4""#,
        r#""userAgent": "[aws-cli/2.1]""#,
        r#""errorCode": "AccessDenied""#,
        r#""errorMessage": "User: arn:aws:sts::111122223333:assumed-role/R/s1 is not authorized to perform: s3:PutBucketTagging on resource: \"arn:aws:s3:::b\" because no identity-based policy allows the s3:PutBucketTagging action""#,
        r#""requestParameters": {"bucketName": "b", "vpcEndpointId": "vpce-0", "resources": [{"arn": "arn:aws:s3:::c"}]}"#,
        r#""responseElements": null"#,
        r#""requestID": "x""#,
        r#""eventID": "y""#,
        r#""resources": [{"accountId": "444455556666", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]"#,
        r#""recipientAccountId": "111122223333""#,
        r#""vpcEndpointId": "vpce-9""#,
        r#""tlsDetails": {"tlsVersion": "TLSv1.3"}"#,
    ];

    const IDENTITY: &str = r#""userIdentity": {"type": "AssumedRole", "principalId": "AROAEX:s1",
        "arn": "arn:aws:sts::111122223333:assumed-role/R/s1", "accountId": "111122223333", "sessionContext": {
        "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/team/R", "userName": "R"},
        "attributes": {"creationDate": "2026-11-20T00:00:00Z", "mfaAuthenticated": "false"}}}"#;

    /// The event with its fields from one of them on, each bracket and each field on a line of its own.
    fn lines(first: usize) -> String {
        let fields: Vec<&str> =
            FIELDS.iter().cycle().skip(first).take(FIELDS.len()).copied().chain([IDENTITY]).collect();
        let text = format!("{{\n{}\n}}", fields.join(",\n"));
        text.replace(": {", ": {\n").replace("[{", "[\n  {\n").replace("}]", "\n  }\n ]")
    }

    fn only(text: &str) -> Denial {
        let mut denials = message::read(text.as_bytes()).denials;
        assert_eq!(denials.len(), 1, "{text}");
        denials.remove(0)
    }

    fn value(denial: &Denial, key: &str) -> Option<String> {
        denial.context.iter().find(|(own, _)| own == key).map(|(_, values)| values.join(" "))
    }

    #[test]
    fn a_field_counts_wherever_it_stands_in_an_event() {
        let first = only(&lines(0));
        assert_eq!(value(&first, "aws:SourceVpce").as_deref(), Some("vpce-9"));
        assert_eq!(value(&first, "aws:VpcSourceIp").as_deref(), Some("10.0.0.4"));
        assert_eq!(value(&first, "aws:SourceIp"), None);
        assert_eq!(first.role.as_deref(), Some("arn:aws:iam::111122223333:role/team/R"));
        for place in 1..FIELDS.len() {
            let text = lines(place);
            assert_eq!(only(&text), first, "{text}");
            assert_eq!(only(&text.replace('\n', " ")).context, first.context, "{text}");
            let carried = format!("note\n{{\"Records\": [{{\"n\": 1}}, {text}], \"more\": {{}}}}\nbye");
            assert_eq!(only(&carried).context, first.context, "{carried}");
        }
    }

    #[test]
    fn an_event_in_a_string_and_one_without_a_sentence_are_read_as_json() {
        let first = only(&lines(0));
        for depth in 0..3 {
            let mut text = lines(3);
            for _ in 0..depth {
                text = serde_json::json!({"EventSource": "s3.amazonaws.com", "CloudTrailEvent": text}).to_string();
            }
            assert_eq!(only(&text).context, first.context, "{text}");
        }
        let silent = only(&lines(9).replace(FIELDS[7], r#""errorMessage": "Access Denied""#));
        assert_eq!((silent.context, silent.resource.as_deref()), (first.context, Some("arn:aws:s3:::b")));
    }

    #[test]
    fn of_an_event_that_is_cut_off_a_field_behind_a_list_counts() {
        for place in 0..FIELDS.len() {
            let text = lines(place).replace(r#", "vpcEndpointId": "vpce-0""#, "");
            let cut = text.trim_end_matches('}');
            assert_eq!(value(&only(cut), "aws:SourceVpce").as_deref(), Some("vpce-9"), "{cut}");
            assert_eq!(value(&only(cut), "aws:SourceIp"), None, "{cut}");
        }
    }
}
