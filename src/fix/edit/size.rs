//! How large a document is for IAM.

/// The characters of a document that count for IAM's limits (6,144 for a managed policy): white space outside strings
/// does not.
///
/// Source: IAM User Guide, "IAM and AWS STS quotas": "IAM doesn't count white space when calculating the size of a policy
/// against these quotas".
pub fn size(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let mut counts = |letter: &char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '\t' | '\r' | '\n' if !quoted => return false,
            _ => {}
        }
        true
    };
    text.chars().filter(|letter| counts(letter)).count()
}
