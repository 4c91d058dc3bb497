//! Splits the text into tokens.

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// The newlines before it.
    pub(super) newlines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Comma,
    Colon,
    /// A string, a number or a word.
    Value,
    /// `/* … */`
    Comment,
    /// `// …`, which ends its line.
    LineComment,
}

/// The tokens of a text without syntax errors.
pub(super) fn scan(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut newlines = 0;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if letter.is_whitespace() {
            newlines += usize::from(letter == '\n');
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (kind, length) = token(rest, letter);
        let (text, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(Token { kind, text, newlines });
        (newlines, rest) = (0, after);
    }
    tokens
}

/// The kind of the token that a text begins with, and its length.
fn token(text: &str, letter: char) -> (Kind, usize) {
    match letter {
        '{' | '[' => (Kind::Open, 1),
        '}' | ']' => (Kind::Close, 1),
        ',' => (Kind::Comma, 1),
        ':' => (Kind::Colon, 1),
        '"' => (Kind::Value, string(text)),
        _ if text.starts_with("//") => (Kind::LineComment, text.find(['\n', '\r']).unwrap_or(text.len())),
        _ if text.starts_with("/*") => {
            let end = text.get(2..).and_then(|inside| inside.find("*/"));
            (Kind::Comment, end.map_or(text.len(), |end| end + 4))
        }
        _ => {
            let ends = |letter: char| letter.is_whitespace() || "{}[],:\"/".contains(letter);
            (Kind::Value, text.find(ends).unwrap_or(text.len()).max(letter.len_utf8()))
        }
    }
}

/// The length of a string with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
