//! What follows the sentence: the authorization id and the encoded authorization failure message.
//!
//! Sources: STS API Reference, "DecodeAuthorizationMessage" (a message has up to 10,240 characters); IAM User Guide,
//! "Troubleshoot access denied errors with an authorization ID".

use super::words::Text;

const HEADING: &str = "encoded authorization failure message";

/// The longest message that STS decodes.
const LONGEST: usize = 10_240;

/// The id for GetRequestAuthorizationDetails and its region, up to an offset.
pub(super) fn authorization(text: &Text, from: usize, to: usize) -> (Option<String>, Option<String>) {
    let Some(label) = find_words(text, "authorization id:", from, to) else { return (None, None) };
    let start = text.skip_space(label);
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric());
    let id = text.part(start, end);
    let is_id = (8..=256).contains(&id.len());
    (is_id.then(|| id.to_owned()), region(text, from, label))
}

/// The region of `https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/…`.
fn region(text: &Text, from: usize, to: usize) -> Option<String> {
    let start = text.rfind("region=", from, to)? + "region=".len();
    let end = text.skip(start, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (end > start).then(|| text.part(start, end).to_owned())
}

/// Behind words that any white space may part.
fn find_words(text: &Text, words: &str, from: usize, to: usize) -> Option<usize> {
    let first = words.split(' ').next()?;
    let mut at = from;
    while let Some(found) = text.find(first, at, to) {
        if let Some(end) = text.phrase(found, words) {
            return Some(end);
        }
        at = found + first.len();
    }
    None
}

/// The encoded message up to an offset; empty where only its heading is left, or the heading's beginning at the text's end.
pub(super) fn message(text: &Text, from: usize, to: usize) -> Option<String> {
    let Some(end) = find_words(text, HEADING, from, to) else {
        let start = text.rfind("encoded auth", from, to)?;
        let rest: Vec<&str> = text.lower(start, to).split_whitespace().collect();
        return HEADING.starts_with(&rest.join(" ")).then(String::new);
    };
    let start = text.skip(end, |byte| byte == b':' || byte.is_ascii_whitespace() || b"\"'".contains(&byte));
    let mut token = String::new();
    let mut at = start;
    loop {
        let end = text.skip(at, is_of_token);
        let piece = text.part(at, end);
        if !token.is_empty() && !continues(&token, piece, text.byte(end)) {
            break;
        }
        if token.is_empty() && text.byte(end) == Some(b' ') && piece.len() < 20 && !is_random(piece) {
            break;
        }
        token.push_str(piece);
        at = text.skip_space(end);
        let is_break = at > end && text.part(end, at).contains('\n') && !text.blank_line_at(end);
        if piece.is_empty() || token.len() >= LONGEST || !is_break {
            break;
        }
    }
    // A token whose end is not there cannot be decoded: a line that breaks off, or one that goes on with an ellipsis.
    if text.part(at, text.floor(at + 3)) == "..." {
        token.clear();
    }
    token.truncate(LONGEST);
    Some(token)
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Whether a line goes on with the token: it is of its letters only, and no word.
fn continues(token: &str, piece: &str, behind: Option<u8>) -> bool {
    let whole_line = behind.is_none_or(|next| b"\n\".'<".contains(&next));
    token.len() >= 30 && whole_line && (piece.len() >= 30 || is_random(piece))
}

/// Not a word: with digits, or with capitals behind small letters.
fn is_random(piece: &str) -> bool {
    let inner_capital = piece
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one.is_ascii_lowercase() && other.is_ascii_uppercase()));
    piece.bytes().any(|byte| byte.is_ascii_digit() || b"_-".contains(&byte)) || inner_capital
}
