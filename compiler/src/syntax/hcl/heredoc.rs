//! Heredocs: `<<EOT` and, without the common indentation, `<<-EOT`.

use super::cursor::Cursor;
use super::fault::Parsed;
use super::template::Ending;
use crate::diagnostic::SYNTAX;
use crate::syntax::document::Expr;

impl Cursor<'_> {
    /// A heredoc, up to the newline after its delimiter.
    pub(super) fn heredoc(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.at += 2;
        let outdented = self.byte() == Some(b'-');
        self.at += usize::from(outdented);
        let Some(word) = self.word() else {
            return Err(self.expected("a heredoc delimiter, such as `EOT`"));
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
            let fault = self.fault(
                &SYNTAX,
                start,
                intro_end,
                format!("the heredoc is not closed by a line `{word}`"),
            );
            return Err(
                fault.map(|finding| finding.help(format!("close it with a line that has only `{word}`")))
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

/// The nested constructs in the text of a heredoc.
enum Inside<'t> {
    /// The expression of a `${…}` or `%{…}`, or braces in it.
    Code,
    /// A string in an expression.
    Quotes,
    /// A block comment in an expression.
    Comment,
    /// A heredoc in an expression, with its delimiter.
    Heredoc(&'t str),
}

/// The common indentation of the lines of the text, except blank lines and lines inside `${…}`.
fn common_indent(text: &str) -> usize {
    let (mut inside, mut common) = (Vec::new(), None);
    for line in text.split_inclusive('\n') {
        if inside.is_empty() && !line.trim().is_empty() {
            let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
            common = Some(common.unwrap_or(indent).min(indent));
        }
        pass(line, &mut inside);
    }
    common.unwrap_or(0)
}

/// Tracks what starts and ends on a line.
fn pass<'t>(line: &'t str, inside: &mut Vec<Inside<'t>>) {
    let mut rest = line;
    if matches!(inside.last(), Some(Inside::Heredoc(word)) if line.trim() == *word) {
        inside.pop();
        return;
    }
    while let Some(letter) = rest.chars().next() {
        let length = match inside.last() {
            None | Some(Inside::Heredoc(_)) => pass_literal(rest, inside),
            Some(Inside::Quotes) if letter == '"' => ends(1, inside),
            Some(Inside::Quotes) if letter == '\\' => 2,
            Some(Inside::Quotes) => pass_literal(rest, inside),
            Some(Inside::Comment) if rest.starts_with("*/") => ends(2, inside),
            Some(Inside::Comment) => 1,
            Some(Inside::Code) => pass_code(rest, inside),
        };
        // Nothing starts or ends inside a character.
        let next = (length..).find(|at| *at >= rest.len() || rest.is_char_boundary(*at));
        rest = next.and_then(|next| rest.get(next..)).unwrap_or_default();
    }
}

fn ends(length: usize, inside: &mut Vec<Inside>) -> usize {
    inside.pop();
    length
}

fn begins<'t>(length: usize, what: Inside<'t>, inside: &mut Vec<Inside<'t>>) -> usize {
    inside.push(what);
    length
}

/// The bytes of literal text up to a possible marker, or of the marker.
fn pass_literal(rest: &str, inside: &mut Vec<Inside>) -> usize {
    match rest.as_bytes() {
        [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
        [b'$' | b'%', b'{', ..] => begins(2, Inside::Code, inside),
        _ => rest.get(1..).map_or(1, |tail| 1 + tail.find(['$', '%', '"', '\\']).unwrap_or(tail.len())),
    }
}

fn pass_code<'t>(rest: &'t str, inside: &mut Vec<Inside<'t>>) -> usize {
    match rest.as_bytes() {
        [b'{', ..] => begins(1, Inside::Code, inside),
        [b'}', ..] => ends(1, inside),
        [b'"', ..] => begins(1, Inside::Quotes, inside),
        [b'/', b'*', ..] => begins(2, Inside::Comment, inside),
        [b'#', ..] | [b'/', b'/', ..] => rest.len(),
        [b'<', b'<', ..] => {
            let word = rest.trim_start_matches(['<', '-']).trim_end();
            begins(rest.len(), Inside::Heredoc(word), inside)
        }
        _ => 1,
    }
}
