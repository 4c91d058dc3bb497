//! Information that the parser does not return: the locations of comments and of unterminated strings.

use std::ops::Range;

/// The result of a pass over the text.
pub(super) struct Lexical {
    pub(super) comments: Vec<Range<usize>>,
    /// The first string that spans lines, up to the end of its first line.
    pub(super) open_string: Option<Range<usize>>,
    /// The first form feed that is in no string or comment.
    form_feed: Option<usize>,
}

/// An upper bound of the values and comments in a text: the count of the characters that each of them, or its key, has. It is
/// computed before parsing, which takes memory for each of them.
pub(super) fn most_items(text: &str) -> usize {
    // Sums of few bytes fit one byte, so that many are counted at a time.
    let of_few =
        |bytes: &[u8]| usize::from(bytes.iter().map(|byte| u8::from(begins_item(*byte))).sum::<u8>());
    text.as_bytes().chunks(usize::from(u8::MAX)).map(of_few).sum()
}

fn begins_item(byte: u8) -> bool {
    matches!(byte, b',' | b':' | b'[' | b'{' | b'/')
}

/// The comments of a text.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    if text.contains("//") || text.contains("/*") { scan(text).comments } else { Vec::new() }
}

/// The first form feed that is in no string or comment.
pub(super) fn form_feed(text: &str) -> Option<usize> {
    if text.contains('\u{c}') { scan(text).form_feed } else { None }
}

pub(super) fn scan(text: &str) -> Lexical {
    let bytes = text.as_bytes();
    let mut found = Lexical { comments: Vec::new(), open_string: None, form_feed: None };
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at = match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                let end = string_end(bytes, at);
                let line =
                    bytes.get(at..end).and_then(|string| string.iter().position(|byte| *byte == b'\n'));
                if let Some(length) = line.filter(|_| found.open_string.is_none()) {
                    found.open_string = Some(at..at + length);
                }
                end
            }
            (b'/', Some(b'/')) => {
                let end = bytes
                    .get(at..)
                    .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')));
                let end = end.map_or(bytes.len(), |length| at + length);
                found.comments.push(at..end);
                end
            }
            (b'/', Some(b'*')) => {
                let end = text
                    .get(at + 2..)
                    .and_then(|rest| rest.find("*/"))
                    .map_or(bytes.len(), |end| at + end + 4);
                found.comments.push(at..end);
                end
            }
            _ => {
                if *byte == b'\x0c' && found.form_feed.is_none() {
                    found.form_feed = Some(at);
                }
                at + 1
            }
        };
    }
    found
}

/// The end of the string that opens at `open`, including quotes.
pub(in crate::syntax) fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}
