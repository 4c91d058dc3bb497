//! Text from a registry in messages: short, on one line, without control characters or invisible ones.

/// The longest piece of a registry's text that an error repeats, in characters.
const EXCERPT: usize = 300;

/// A foreign text on one line, without control characters, not too long.
pub(crate) fn excerpt(text: &str) -> String {
    let mut words = text.split_whitespace().flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1);
    let clean = |c: char| if c.is_control() || is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = words.by_ref().take(EXCERPT).map(clean).collect();
    if words.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a text has neither control characters nor letters that are not seen.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_invisible(c))
}

/// Letters that are not seen, or that reorder those around them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short() {
        assert_eq!(excerpt(&"ü".repeat(1_000_000)).chars().count(), EXCERPT + 1);
    }
}
