//! Text of others, escaped so that it stays in its line: names of a policy, ids of a registry, file names and arguments. A line
//! break in one of them could begin a line that a CI system takes for a command, a control character could move the cursor
//! of a terminal, and an invisible character could make two names look alike.

/// Whether a character is a control character, changes the direction of text or is invisible: those of Unicode's
/// `Default_Ignorable_Code_Point`, line and paragraph separators, interlinear annotations and the blank of Braille.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    matches!(
        letter,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with hidden characters escaped as `\u{…}`, line breaks excepted.
#[must_use]
pub fn printable(text: &str) -> String {
    escaped(text, "\n")
}

/// The text with hidden characters escaped as `\u{…}`, and line breaks as `\n`.
#[must_use]
pub fn printable_line(text: &str) -> String {
    escaped(text, "\\n")
}

/// The text with hidden characters escaped as `\u{…}`. Its lines after the first are marked with `|`, so that none can be
/// taken for a command of a CI system, which may look behind blanks.
#[must_use]
pub fn printable_block(text: &str) -> String {
    escaped(text, "\n  | ")
}

fn escaped(text: &str, line_break: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str(line_break),
            _ if is_hidden(letter) => shown.extend(letter.escape_unicode()),
            _ => shown.push(letter),
        }
    }
    shown
}

/// JSON with hidden characters in its strings escaped as `\uXXXX`. It has the same meaning.
#[must_use]
pub fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for letter in json.chars() {
        if !letter.is_ascii() && is_hidden(letter) {
            let units = &mut [0; 2];
            letter.encode_utf16(units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else if letter == '\u{7f}' {
            shown.push_str("\\u007f");
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_reorders_or_is_invisible() {
        let text = "a\u{1b}[31m\u{9b}2J\u{202e}b\r\nü";
        assert_eq!(printable(text), "a\\u{1b}[31m\\u{9b}2J\\u{202e}b\\u{d}\nü");
        assert_eq!(printable_line(text), "a\\u{1b}[31m\\u{9b}2J\\u{202e}b\\u{d}\\nü");
        let invisible = "\u{200b}\u{200d}\u{200e}\u{ad}\u{2060}\u{e0041}\u{3164}\u{fe0f}\u{2028}\u{61c}\u{feff}\u{202d}\u{2066}\u{115f}";
        assert!(invisible.chars().all(is_hidden));
        let visible = "aZ09 -_.…→äß漢字\u{301}\u{a0}🦀";
        assert_eq!(printable_line(visible), visible);
    }

    #[test]
    fn a_line_of_a_block_is_no_command() {
        assert_eq!(printable_block("a\n::error::b"), "a\n  | ::error::b");
    }

    #[test]
    fn escaped_json_has_the_same_meaning() {
        assert_eq!(
            printable_json("{\n  \"a\": \"\u{202e}ü\u{e0041}\u{7f}\"\n}"),
            "{\n  \"a\": \"\\u202eü\\udb40\\udc41\\u007f\"\n}"
        );
    }
}
