//! A policy document as one argument.

use serde::de::IgnoredAny;

/// The JSON object `text` on one line, without white space between its parts; its order, its numbers and its duplicates
/// stay. `None` where it is none.
///
/// Characters beyond ASCII are escaped: IAM takes none above U+00FF as they stand (API reference, "CreatePolicyVersion",
/// the pattern of PolicyDocument), and an escape does not hang on the encoding of the terminal.
pub(super) fn compact(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            '\t' | '\n' | '\r' | ' ' if !in_string => continue,
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && letter == '\\' && !escaped;
        if letter.is_ascii() && letter != '\u{7f}' {
            out.push(letter);
        } else {
            out.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    Some(out)
}

/// Text (of ASCII alone) as a JSON string.
pub(super) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn only_the_layout_goes() {
        let cases = [
            ("{ \"b\" : [ 1.50 , 2e3 ],\r\n\t\"a\": \" \\\" {, : \\\\\" }", r#"{"b":[1.50,2e3],"a":" \" {, : \\"}"#),
            (r#"{"a": 1, "a": 2}"#, r#"{"a":1,"a":2}"#),
            ("\u{feff}{\"é\": \"\u{7f}\u{1f600} \\u00e9\"}", r#"{"\u00e9":"\u007f\ud83d\ude00 \u00e9"}"#),
            (r#"{"\\": "\\\" "}"#, r#"{"\\":"\\\" "}"#),
        ];
        for (text, expected) in cases {
            assert_eq!(compact(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "{", "-1", "\"{}\"", "[{}]", "{} x"] {
            assert_eq!(compact(text), None, "{text}");
        }
    }
}
