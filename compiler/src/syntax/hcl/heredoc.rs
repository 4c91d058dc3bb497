//! Heredocs: `<<EOT` and, with the common indentation taken away, `<<-EOT`.

use super::cursor::Cursor;
use super::fault::Parsed;
use super::template::Ending;
use crate::document::Expr;
use schema::diagnostic::Code;

impl Cursor<'_> {
    /// A heredoc, up to and without the newline after its last word.
    pub(super) fn heredoc(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.at += 2;
        let outdented = self.byte() == Some(b'-');
        self.at += usize::from(outdented);
        let Some(word) = self.word() else {
            return Err(self.expected("the word that ends the heredoc, such as `EOT`"));
        };
        let intro_end = self.at;
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        if self.byte() != Some(b'\n') {
            return Err(self.expected(&format!("a new line after `<<{word}`")));
        }
        self.at += 1;
        let Some((text_end, end)) = self.heredoc_end(self.at, word) else {
            let fault =
                self.fault(Code::Syntax, start, intro_end, format!("no line `{word}` ends this heredoc"));
            return Err(
                fault.map(|finding| finding.help(format!("end it with a line that holds `{word}` alone")))
            );
        };
        let indent =
            if outdented { common_indent(self.text.get(self.at..text_end).unwrap_or_default()) } else { 0 };
        let (outer, ends) = (self.bytes, self.ends);
        (self.bytes, self.ends) = (outer.get(..text_end).unwrap_or(outer), "the heredoc");
        let kind = self.template(Ending::Text { indent }).map_err(|fault| fault.resume_at(text_end))?;
        (self.bytes, self.ends, self.at) = (outer, ends, end);
        Ok(Expr { span: self.span(start, self.at), kind })
    }
}

/// The white space that every line of the text begins with, blank lines and lines inside `${…}` aside.
fn common_indent(text: &str) -> usize {
    let mut depth = 0;
    let mut common = None;
    for line in text.split_inclusive('\n') {
        if depth == 0 && !line.trim().is_empty() {
            let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
            common = Some(common.unwrap_or(indent).min(indent));
        }
        depth = depth_after(line.as_bytes(), depth);
    }
    common.unwrap_or(0)
}

/// How many braces of interpolations are open after the line.
fn depth_after(line: &[u8], mut depth: usize) -> usize {
    let mut before = [0, 0];
    for byte in line {
        let opens = match before {
            [first, marker @ (b'$' | b'%')] => *byte == b'{' && first != marker,
            _ => false,
        };
        match byte {
            b'{' if opens || depth > 0 => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = [before[1], *byte];
    }
    depth
}
