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
    let Some((before, mut rest)) = split_at_unplain(&json) else { return json };
    let mut out = String::with_capacity(json.len());
    out.push_str(before);
    loop {
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return out };
        if is_harmful(letter) && !matches!(letter, '\n' | '\t' | '\r') {
            out.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else if letter != '\r' {
            out.push(letter);
        }
        let Some((before, after)) = split_at_unplain(letters.as_str()) else {
            out.push_str(letters.as_str());
            return out;
        };
        out.push_str(before);
        rest = after;
    }
}

/// `json` before and from its first character that may have to be escaped; `None` where it holds none.
fn split_at_unplain(json: &str) -> Option<(&str, &str)> {
    const AT_ONCE: usize = 64;
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) | (byte == b'\n');
    // Without an early end, the bytes of a block are compared side by side.
    let are_plain = |block: &[u8; AT_ONCE]| block.iter().fold(true, |plain, byte| plain & is_plain(*byte));
    let (blocks, _) = json.as_bytes().as_chunks();
    let start = blocks.iter().take_while(|block| are_plain(block)).count() * AT_ONCE;
    let within = json.bytes().skip(start).position(|byte| !is_plain(byte))?;
    json.split_at_checked(start + within)
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
        // Wherever it stands, in texts of any length.
        for before in 0..200 {
            let (plain, behind) = ("x".repeat(before), "é".repeat(before % 70));
            assert_eq!(json(&format!("{plain}\u{9b}{behind}\r{plain}")), format!("{plain}\\u009b{behind}{plain}"));
        }
        assert_eq!(clean_in_place("a\r\n\tb\u{1b}\u{9b}é"), "a \n\tb???é");
    }
}
