//! Markdown that names of others cannot change: they stand in code, where nothing links, notifies somebody or is HTML, and
//! messages have every other character that may be syntax as an entity.

use crate::report::printable_line;
use std::fmt::Write;

/// Text of others as code, for a line of text or a cell of a table.
#[must_use]
pub fn code(text: &str) -> String {
    let text = unmentioned(&printable_line(text));
    if text.trim().is_empty() {
        return "(blank)".to_owned();
    }
    // A fence is longer than every run of backticks within it.
    let runs = text.split(|letter| letter != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // Blanks next to a fence that has one on both sides are not shown.
    let needs_blanks = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let blank = if needs_blanks { " " } else { "" };
    // In a table, a bar ends the cell even within code, and a backslash before it is not shown.
    format!("{fence}{blank}{}{blank}{fence}", text.replace('|', "\\|"))
}

/// A message of a finding: what it quotes in backticks is code, and nothing else in it is Markdown.
#[must_use]
pub fn plain(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let is_quoted = |index: usize| parts.len() % 2 == 1 && index % 2 == 1;
    let mut shown = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        if is_quoted(index) {
            shown += &code(part);
            continue;
        }
        if index > 0 && !is_quoted(index - 1) {
            shown += "&#96;";
        }
        words(&printable_line(part), &mut shown);
    }
    shown
}

/// Text without quotes. Forges make links of addresses, whatever is escaped in them: these are code.
fn words(text: &str, shown: &mut String) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            shown.push(' ');
        }
        let links = ["://", "www.", "@", "mailto:", "xmpp:"];
        if links.iter().any(|link| word.to_ascii_lowercase().contains(link)) {
            shown.push_str(&code(word));
        } else {
            entities(word, shown);
        }
    }
}

/// The text with every character that Markdown, HTML or a forge may take for syntax as an entity.
fn entities(text: &str, shown: &mut String) {
    for letter in text.chars() {
        let is_word = letter.is_alphanumeric() || " .,;'/=()-%".contains(letter);
        let is_colon = letter == ':' && !shown.ends_with(':');
        if is_word || is_colon {
            shown.push(letter);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(shown, "&#{};", u32::from(letter));
        }
    }
}

/// The text without the form of a name that is notified: replies by e-mail quote code as text.
fn unmentioned(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let begins_name = letter == '@' && !shown.ends_with(char::is_alphanumeric);
        if begins_name { shown.push_str("\\u{40}") } else { shown.push(letter) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_nothing_around_them() {
        assert_eq!(code("endpoint.cart[\"eu\"]"), "`endpoint.cart[\"eu\"]`");
        assert_eq!(code("user.ada@acme.example"), "`user.ada@acme.example`");
        assert_eq!(code("@acme/owners"), "`\\u{40}acme/owners`");
        assert_eq!(code("a`|``b"), "```a`\\|``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" "), "(blank)");
        assert_eq!(code("a\nb"), "`a\\nb`");
        assert_eq!(plain("see #12, @team <img>"), "see &#35;12, `\\u{40}team` &#60;img&#62;");
        assert_eq!(plain("`a_b` is: `c|`"), "`a_b` is: `c\\|`");
        assert_eq!(plain("one ` alone"), "one &#96; alone");
        assert_eq!(plain("at http://x/y, ada@acme.example"), "at `http://x/y,` `ada@acme.example`");
    }
}
