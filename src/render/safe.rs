//! Text that other people wrote, made safe for a terminal.

use std::borrow::Cow;

/// Whether a character could move the cursor, colour the screen, or make text read in another order.
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// `text` with harmful characters written as `\u{1b}`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let escaped =
        text.chars().map(|letter| if is_harmful(letter) { letter.escape_unicode().to_string() } else { letter.into() });
    Cow::Owned(escaped.collect())
}

/// JSON with harmful characters as `\u001b`. They can only stand inside strings; line feeds and tabs between values stay.
pub fn escape_json(json: String) -> String {
    // A large account's is hundreds of megabytes, and nearly never holds one.
    let is_plain = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    let Some(at) = json.bytes().position(|byte| !is_plain(byte)) else { return json };
    let mut out = String::with_capacity(json.len());
    let (before, rest) = json.split_at_checked(at).unwrap_or((&json, ""));
    out.push_str(before);
    for letter in rest.chars() {
        if is_harmful(letter) && !matches!(letter, '\n' | '\t' | '\r') {
            out.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else if letter != '\r' {
            out.push(letter);
        }
    }
    out
}

/// `text` with a `?` for every byte of a harmful character but line feed and tab: lengths and places stay.
pub(super) fn clean_in_place(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => out.push(letter),
            '\r' => out.push(' '),
            _ if is_harmful(letter) => out.extend(std::iter::repeat_n('?', letter.len_utf8())),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_in_place, escape_json};

    #[test]
    fn nothing_harmful_is_left() {
        assert_eq!(
            clean("a\u{1b}[31mb\u{9b}c\u{202e}\n\r\u{7f}é漢"),
            "a\\u{1b}[31mb\\u{9b}c\\u{202e}\\u{a}\\u{d}\\u{7f}é漢"
        );
        let json = |text: &str| escape_json(text.to_owned());
        assert_eq!(json("{\n\t\"a\": \"b ~\"}"), "{\n\t\"a\": \"b ~\"}");
        assert_eq!(json("a\n\r\u{1b}é\u{7f}b\u{1f}"), "a\n\\u001bé\\u007fb\\u001f");
        assert_eq!(clean_in_place("a\r\n\tb\u{1b}\u{9b}é"), "a \n\tb???é");
    }
}
