//! Words for a POSIX shell.
//!
//! Source: POSIX.1-2017, "Shell Command Language", 2.2 Quoting and 2.6.3 Command Substitution; "printf", EXTENDED
//! DESCRIPTION (`\ddd` in the format).

use std::fmt::Write as _;

/// `text` as one word of a POSIX shell (dash, bash, zsh, busybox): as it stands where no shell reads anything into it,
/// else in single quotes.
///
/// Characters that could drive a terminal or make text read in another order are written as octal bytes in a
/// substituted `printf`, so that the line can be shown. A line feed stays one, inside the quotes. A NUL, which no
/// argument can hold, is left out.
pub fn quote(text: &str) -> String {
    // A word that begins with `=` is a command's path to zsh.
    if !text.is_empty() && !text.starts_with('=') && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    let mut rest = text;
    loop {
        let harmful = rest.find(is_harmful).unwrap_or(rest.len());
        let (shown, tail) = rest.split_at(harmful);
        if !shown.is_empty() || (out.is_empty() && tail.is_empty()) {
            out.push('\'');
            out.push_str(&shown.replace('\'', "'\\''"));
            out.push('\'');
        }
        if tail.is_empty() {
            return out;
        }
        let harmless = tail.find(|letter| !is_harmful(letter)).unwrap_or(tail.len());
        let (escaped, next) = tail.split_at(harmless);
        push_bytes(escaped, &mut out);
        rest = next;
    }
}

fn push_bytes(text: &str, out: &mut String) {
    let mut bytes = text.bytes().filter(|byte| *byte != 0).peekable();
    if bytes.peek().is_none() {
        return;
    }
    out.push_str("\"$(printf '");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\{byte:03o}");
    }
    out.push_str("')\"");
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte)
}

/// Whether a character must not be shown as it is: a control character (a tab completes a pasted line) or one that
/// changes the direction of text or is invisible.
pub(crate) fn is_harmful(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
