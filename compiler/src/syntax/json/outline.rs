//! Where the blocks of a policy in JSON stand, found without reading what is in them. Whether each is right, its parser
//! says; what lies between them is looked at here, and whatever is unusual there makes the policy one that has none.

use crate::syntax::{is_block_word, is_unlabelled};
use std::ops::Range;

/// A block: its word, its label where it has one, and its body, which begins with `{`. Words and labels are without their
/// quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outlined {
    pub(super) kind: Range<usize>,
    pub(super) label: Option<Range<usize>>,
    pub(super) body: Range<usize>,
}

/// Gives each block of a text without comments, in order, as soon as it is found. `None` where the text has to be read
/// otherwise, also after some blocks.
pub(super) fn outline(text: &str, mut found: impl FnMut(Outlined)) -> Option<()> {
    let mut kinds = Vec::new();
    let mut reader = Reader { text, at: 0 };
    reader.members(|reader, kind| {
        let word = text.get(kind.clone())?;
        if kinds.contains(&word) {
            return None;
        }
        kinds.push(word);
        if is_unlabelled(word) {
            let body = reader.body()?;
            found(Outlined { kind, label: None, body });
            return Some(());
        }
        if !is_block_word(word) {
            return None;
        }
        reader.members(|reader, label| {
            let body = reader.body()?;
            found(Outlined { kind: kind.clone(), label: Some(label), body });
            Some(())
        })
    })?;
    reader.skip_space();
    (reader.at == text.len()).then_some(())
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    /// Reads an object: `member` reads what is given to each key.
    fn members(&mut self, mut member: impl FnMut(&mut Self, Range<usize>) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        while self.take(b'}').is_none() {
            let key = self.key()?;
            self.take(b':')?;
            member(self, key)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
        Some(())
    }

    /// A key without escapes.
    fn key(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let start = self.at;
        let is_odd = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
        let length = self.rest().iter().position(is_odd)?;
        self.at += length;
        (self.byte() == Some(b'"')).then(|| self.at += 1)?;
        Some(start..start + length)
    }

    /// An object, which is not looked into: it ends where as many braces were closed as opened.
    fn body(&mut self) -> Option<Range<usize>> {
        self.take(b'{')?;
        let start = self.at - 1;
        let mut open = 1;
        while open > 0 {
            let is_mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'}');
            self.at += self.rest().iter().position(is_mark)?;
            match self.byte()? {
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => self.skip_string()?,
            }
            self.at += 1;
        }
        Some(start..self.at)
    }

    /// From the quote that opens a string to the one that closes it.
    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if self.byte()? == b'"' {
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Takes this byte, and the space before it.
    fn take(&mut self, wanted: u8) -> Option<()> {
        self.skip_space();
        (self.byte()? == wanted).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<Vec<String>> {
        let mut found = Vec::new();
        outline(text, |block| {
            let label = block.label.map_or("-", |label| &text[label]);
            found.push(format!("{} {label} {}", &text[block.kind], &text[block.body]));
        })?;
        Some(found)
    }

    #[test]
    fn finds_each_block() {
        let text =
            r#" { "locals": {"x": "}\"{"}, "namespace": { "a" : {}, "b":{"tags": {}} ,}, "guard": {} } "#;
        let blocks = [r#"locals - {"x": "}\"{"}"#, "namespace a {}", r#"namespace b {"tags": {}}"#];
        assert_eq!(shown(text).unwrap(), blocks);
        assert_eq!(shown("{}").unwrap(), [""; 0]);
    }

    #[test]
    fn leaves_what_is_unusual() {
        for text in [
            "",
            "[]",
            "{} {}",
            "{",
            r#"{"namespace": {"a": 1}}"#,
            r#"{"namespace": {"a": {}} "guard": {}}"#,
            r#"{"namespace": {"a": {}}, "namespace": {}}"#,
            r#"{"namespace": {"a\u0062": {}}}"#,
            r#"{"namespaces": {"a": {}}}"#,
            r#"{"namespace": {"a": {"b": "}}"#,
            r#"{"namespace": {"a": {}}}}"#,
            r#"{"namespace": {,}}"#,
            r#"{"locals": []}"#,
            "{\"namespace\": {\"a\n\": {}}}",
            r#"{/* */}"#,
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
