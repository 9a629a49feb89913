//! A quoted word is that word, in every shell.

use diagnose::fix::commands::quote;
use proptest::prelude::*;

use super::shell::{config, nasty_text, run, shells};

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_quoted_word_arrives_as_it_is(words in prop::collection::vec(nasty_text(), 1..40)) {
        let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let script = format!("printf '%s\\0' {}", quoted.join(" "));
        let expected: String = words.iter().map(|word| format!("{word}\0")).collect();
        for shell in shells() {
            let output = run(&shell, &["-eu"], &script, None);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            prop_assert_eq!(&said, &expected, "{:?}: {}", shell, script);
        }
    }

    #[test]
    fn what_is_shown_is_harmless(word in nasty_text()) {
        let quoted = quote(&word);
        let harmful = |letter: char| letter.is_control() && letter != '\n' || "\u{202e}\u{2028}\u{200b}\u{feff}".contains(letter);
        prop_assert!(!quoted.contains(harmful), "{:?}", quoted);
    }
}

#[test]
fn plain_words_stay_plain() {
    let cases = [
        ("", "''"),
        ("arn:aws:iam::123456789012:policy/a/B-c_d.e,f@g+h=i", "arn:aws:iam::123456789012:policy/a/B-c_d.e,f@g+h=i"),
        ("=ls", "'=ls'"),
        ("a b", "'a b'"),
        ("it's", "'it'\\''s'"),
        ("é", "'é'"),
        ("a\u{1b}[0mb", "'a'\"$(printf '\\033')\"'[0mb'"),
        ("\u{202e}", "\"$(printf '\\342\\200\\256')\""),
        ("a\0b", "'a''b'"),
        ("\0", "''"),
        ("a\nb", "'a\nb'"),
        ("s3:*", "'s3:*'"),
    ];
    for (text, expected) in cases {
        assert_eq!(quote(text), expected, "{text:?}");
    }
}
