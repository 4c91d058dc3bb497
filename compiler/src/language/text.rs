//! Text as Terraform has it: strings are in Unicode's normalization form C, so that one text is written in one way.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in normalization form C. Nearly all text is ASCII, which is looked for first.
#[must_use]
pub fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes_what_is_decomposed_only() {
        for (text, expected) in
            [("abc", "abc"), ("an\u{303}os", "a\u{f1}os"), ("\u{f1}", "\u{f1}"), ("\u{303}", "\u{303}")]
        {
            assert_eq!(normalized(text), expected);
        }
    }
}
