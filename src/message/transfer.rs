//! What mail and addresses do to text: quoted-printable and percent-encoding, undone where the sentence itself shows them.
//!
//! Sources: RFC 2045, section 6.7; RFC 3986, section 2.1.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The text as it was before it was sent.
pub(super) fn undone(text: &str) -> Cow<'_, str> {
    if ["is%20not%20authorized", "is+not+authorized"].iter().any(|words| text.contains(words)) {
        let spaced = text.replace('+', "%20");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    // A lone `=` at the end of a line also ends what is in Base64, but no space stands before that one.
    let by_mail = text.contains(" =\n") || text.contains(" =\r\n") || text.contains("quoted-printable");
    if !by_mail {
        return Cow::Borrowed(text);
    }
    let joined = text.replace("=\r\n", "").replace("=\n", "");
    Cow::Owned(joined.replace("=20", " ").replace("=22", "\"").replace("=3D", "="))
}

#[cfg(test)]
mod tests {
    use super::undone;

    #[test]
    fn what_is_encoded_is_undone_and_the_rest_stays() {
        for (text, expected) in [
            ("my-queue =\nbecause no", "my-queue because no"),
            (
                "Content-Transfer-Encoding: quoted-printable\n\nmy-qu=\r\neue=20a=3Db",
                "Content-Transfer-Encoding: quoted-printable\n\nmy-queue a=b",
            ),
            ("User%3A%20arn%3Aaws is%20not%20authorized", "User: arn:aws is not authorized"),
            ("User%3A+arn+is+not+authorized", "User: arn is not authorized"),
            ("HostId: aGVsbG8=\nbecause=20", "HostId: aGVsbG8=\nbecause=20"),
        ] {
            assert_eq!(undone(text), expected, "{text}");
        }
    }
}
