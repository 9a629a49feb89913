//! Bytes to plain text: escapes, entities, quotes and terminal sequences undone.
//!
//! The result has no control character but line feeds. Escapes are undone at any depth at once: a run of backslashes
//! before a letter is that letter's escape, however often the text was quoted.

use std::borrow::Cow;

/// Undoes what terminals, JSON, XML and Markdown put around characters.
pub(super) fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.bytes().position(|byte| SPECIAL.get(usize::from(byte)).is_some_and(|special| *special)) {
        plain.push_str(rest.get(..at).unwrap_or_default());
        rest = special(rest.get(at..).unwrap_or_default(), &mut plain);
    }
    plain.push_str(rest);
    plain
}

/// The text as a terminal shows it, without its sequences; everything else as it is.
pub(super) fn plain(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(['\u{1b}', '\u{9b}']) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(['\u{1b}', '\u{9b}']) {
        plain.push_str(rest.get(..at).unwrap_or_default());
        let mut letters = rest.get(at..).unwrap_or_default().chars();
        let first = letters.next().unwrap_or_default();
        rest = terminal_sequence(first, letters.as_str());
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// [`is_special`] of every byte.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 255 {
        // A constant's own array, with a byte as index.
        #[allow(clippy::indexing_slicing, reason = "a byte is always within 256, and constants have no `get_mut`")]
        let place = &mut table[byte as usize];
        *place = is_special(byte);
        byte += 1;
    }
    table
};

/// Bytes that may stand for something else; bytes of longer characters among them.
const fn is_special(byte: u8) -> bool {
    match byte {
        b'\n' => false,
        b'\\' | b'&' | b'`' | 0..=31 | 127 => true,
        b'<' | b']' => true,
        _ => byte >= 0xC2,
    }
}

/// Writes what the first character of a text stands for; the text behind it.
fn special<'a>(text: &'a str, plain: &mut String) -> &'a str {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return "" };
    let behind = letters.as_str();
    match first {
        '\u{1b}' | '\u{9b}' => return terminal_sequence(first, behind),
        '\\' => return escape(text, plain),
        '&' => return entity(behind, plain),
        '<' => return markup(text, behind, plain),
        ']' => match behind.strip_prefix("]>") {
            Some(behind) => return behind,
            None => plain.push(']'),
        },
        '`' => {}
        '\t' | '\u{b}' | '\u{c}' => plain.push(' '),
        '\r' if behind.starts_with('\n') => {}
        '\r' => plain.push('\n'),
        '“' | '”' | '„' | '‟' | '«' | '»' => plain.push('"'),
        '‘' | '’' => plain.push('\''),
        '…' => plain.push_str("..."),
        '\u{85}' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
        _ if first.is_control() || is_invisible(first) => {}
        _ if first.is_whitespace() => plain.push(' '),
        _ => plain.push(first),
    }
    behind
}

/// Characters that show nothing: joiners, marks of direction, the byte order mark.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// Skips CSI and OSC sequences (ECMA-48): `ESC [ … letter`, `ESC ] … BEL`.
fn terminal_sequence(first: char, behind: &str) -> &str {
    let (kind, body) = match (first, behind.chars().next()) {
        ('\u{9b}', _) => ('[', behind),
        (_, Some(kind)) => (kind, behind.get(kind.len_utf8()..).unwrap_or_default()),
        (_, None) => return behind,
    };
    match kind {
        '[' => {
            let end = body.bytes().take(64).position(|byte| (0x40..=0x7e).contains(&byte));
            end.and_then(|end| body.get(end + 1..)).unwrap_or(body)
        }
        ']' | 'P' | '_' | '^' => {
            let end = body.bytes().take(2048).position(|byte| matches!(byte, 7 | 0x1b | b'\n'));
            let Some(end) = end else { return body };
            let behind = body.get(end..).unwrap_or_default();
            behind.strip_prefix('\u{7}').or_else(|| behind.strip_prefix("\u{1b}\\")).unwrap_or(behind)
        }
        '(' | ')' => body.get(1..).unwrap_or(body),
        ' '..='~' => body,
        _ => behind,
    }
}

/// A run of backslashes and the letter behind it.
fn escape<'a>(text: &'a str, plain: &mut String) -> &'a str {
    let run = text.trim_start_matches('\\');
    let mut letters = run.chars();
    let Some(letter) = letters.next() else { return "" };
    let behind = letters.as_str();
    match letter {
        'n' | 'r' => plain.push('\n'),
        't' => plain.push(' '),
        '"' | '\'' | '/' => plain.push(letter),
        '\n' | '\r' => return run,
        'u' => match behind.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => return escaped(code, behind.get(4..).unwrap_or_default(), plain),
            None => plain.push_str("\\u"),
        },
        'x' => match behind.get(..2).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) if code < 128 => return escaped(code, behind.get(2..).unwrap_or_default(), plain),
            _ => plain.push_str("\\x"),
        },
        'e' if behind.starts_with('[') => return terminal_sequence('\u{1b}', behind),
        '0' if behind.starts_with("33[") => return terminal_sequence('\u{1b}', behind.get(2..).unwrap_or_default()),
        _ => {
            plain.push('\\');
            return run;
        }
    }
    behind
}

/// The character of a code, which may itself begin a terminal sequence.
fn escaped<'a>(code: u32, behind: &'a str, plain: &mut String) -> &'a str {
    match char::from_u32(code) {
        Some('\u{1b}') => return terminal_sequence('\u{1b}', behind),
        Some('\n' | '\r') => plain.push('\n'),
        Some('“' | '”') => plain.push('"'),
        Some(letter) if letter.is_whitespace() => plain.push(' '),
        Some(letter) if letter.is_control() || is_invisible(letter) => {}
        Some(letter) => plain.push(letter),
        None => {}
    }
    behind
}

/// An entity of XML or HTML, also one that was quoted several times (`&amp;quot;`).
fn entity<'a>(behind: &'a str, plain: &mut String) -> &'a str {
    const NAMED: [(&str, char); 8] = [
        ("quot;", '"'),
        ("apos;", '\''),
        ("lt;", '<'),
        ("gt;", '>'),
        ("nbsp;", ' '),
        ("ldquo;", '"'),
        ("rdquo;", '"'),
        ("hellip;", '…'),
    ];
    let mut text = behind;
    while let Some(inner) = text.strip_prefix("amp;") {
        text = inner;
    }
    for (name, letter) in NAMED {
        if let Some(behind) = text.strip_prefix(name) {
            plain.push(letter);
            return behind;
        }
    }
    if let Some((behind, letter)) = text.strip_prefix('#').and_then(number) {
        return escaped(letter, behind, plain);
    }
    plain.push('&');
    text
}

/// `34;`, `x22;`
fn number(text: &str) -> Option<(&str, u32)> {
    let end = text.bytes().take(8).position(|byte| byte == b';')?;
    let (digits, behind) = (text.get(..end)?, text.get(end + 1..)?);
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((behind, code))
}

/// Drops tags that only lay text out, and the mark of a CDATA section; other tags and `<placeholders>` stay.
fn markup<'a>(text: &'a str, behind: &'a str, plain: &mut String) -> &'a str {
    const LAYOUT: [&str; 19] = [
        "pre", "code", "div", "span", "b", "i", "strong", "em", "p", "br", "td", "tr", "th", "li", "ul", "a", "mark",
        "tbody", "table",
    ];
    if let Some(inner) = text.strip_prefix("<![CDATA[") {
        return inner;
    }
    let closing = behind.starts_with('/');
    let inner = behind.strip_prefix('/').unwrap_or(behind);
    let name = inner.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    let attributes = inner.get(name.len()..).unwrap_or_default();
    let end = attributes.bytes().take(300).position(|byte| byte == b'>' || byte == b'\n');
    // S3 and IAM write <Code>; HTML is written in lower case.
    if let Some(end) = end
        && LAYOUT.contains(&name)
        && attributes.as_bytes().first().is_some_and(|next| b"> /".contains(next))
        && attributes.as_bytes().get(end) == Some(&b'>')
    {
        if matches!(name, "div" | "p" | "br" | "td" | "tr" | "th" | "li" | "pre" | "table")
            || (closing && name == "code")
        {
            plain.push('\n');
        }
        return attributes.get(end + 1..).unwrap_or_default();
    }
    plain.push('<');
    behind
}
