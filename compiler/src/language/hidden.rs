//! Characters of a text that cannot be seen, or that change its direction: a reviewer sees another text than the one that
//! counts.

use printable::is_hidden;

/// What a text may hold beside characters that can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Line breaks, tabs and what shapes letters and emoji: sentences, and the text of a file.
    Prose,
    /// Nothing: names, addresses and other values for programs.
    Name,
}

/// The first hidden character of a text, and its place in bytes.
#[must_use]
pub fn first_hidden(text: &str, kind: Kind) -> Option<(usize, char)> {
    if !may_hide(text.as_bytes()) {
        return None;
    }
    let mut before = ' ';
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let is_allowed = kind == Kind::Prose
            && match letter {
                '\t' | '\n' => true,
                '\r' => letters.peek().is_some_and(|(_, next)| *next == '\n'),
                '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => !before.is_ascii() && !is_hidden(before),
                _ => false,
            };
        if is_hidden(letter) && !is_allowed {
            return Some((at, letter));
        }
        before = letter;
    }
    None
}

/// Whether bytes may be those of a hidden character that is neither a tab nor a line break, or of a tab or line break within
/// a line. Whole chunks at a time: nearly all text is of plain bytes, and is read in full.
fn may_hide(bytes: &[u8]) -> bool {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte);
    bytes.chunks(256).any(|chunk| chunk.iter().fold(false, |any, byte| any | !plain(*byte)))
}

/// `U+202E, which changes the direction of text`
#[must_use]
pub fn named(letter: char) -> String {
    let what = match letter {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            ", which changes the direction of text"
        }
        _ if letter.is_control() => ", a control character",
        _ => "",
    };
    format!("U+{:04X}{what}", u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, prose: Option<usize>, name: Option<usize>) {
        let at = |kind| first_hidden(text, kind).map(|(at, _)| at);
        assert_eq!((at(Kind::Prose), at(Kind::Name)), (prose, name), "{text:?}");
    }

    #[test]
    fn a_name_holds_less_than_a_sentence() {
        check("ü → 漢字 ~", None, None);
        check("a\tb\nc\r\nd", None, Some(1));
        check("a\rb", Some(1), Some(1));
        check("👩\u{200d}🚒 نمی\u{200c}خواهم ⚠\u{fe0f}", None, Some(4));
        check("a\u{200d}b", Some(1), Some(1));
        check("a\u{200b}\u{200d}", Some(1), Some(1));
        check("a\u{7f}", Some(1), Some(1));
    }

    #[test]
    fn control_characters_and_directions_are_named() {
        assert_eq!(named('\u{200b}'), "U+200B");
        assert_eq!(named('\u{202e}'), "U+202E, which changes the direction of text");
        assert_eq!(named('\n'), "U+000A, a control character");
    }
}
