//! Blocks: header, attributes, nested blocks.

use super::cursor::Cursor;
use super::fault::Parsed;
use crate::diagnostic::SYNTAX;
use crate::diagnostic::source::Span;
use crate::syntax::document::{Attribute, Block, Label, Name};
use crate::syntax::duplicate::{self, Seen};

/// The number of expressions that a block counts as.
pub const BLOCK: usize = 16;

impl Cursor<'_> {
    /// Skips whitespace to the next token at the top level, and returns its location.
    pub(super) fn next_line_start(&mut self) -> Parsed<Option<usize>> {
        self.skip_lines()?;
        Ok(self.byte().map(|_| self.at))
    }

    /// The labels and the body of a block whose kind was parsed.
    pub(super) fn block(&mut self, block: &mut Block) -> Parsed<()> {
        self.make_room(BLOCK, self.at)?;
        self.labels(block)?;
        let open = self.at;
        self.enter(open)?;
        self.at += 1;
        self.body(block, open)?;
        self.leave();
        block.body = self.span(open, self.at);
        Ok(())
    }

    fn labels(&mut self, block: &mut Block) -> Parsed<()> {
        loop {
            self.skip()?;
            let start = self.at;
            let label = match self.byte() {
                Some(b'{') => return Ok(()),
                Some(b'"') => self.quoted_label(block)?,
                _ => match self.word() {
                    Some(word) => self.names.name(word),
                    None => return Err(self.expected(expected_after(block))),
                },
            };
            self.add_label(block, label, start);
        }
    }

    /// A quoted label. An unterminated one still names the block.
    fn quoted_label(&mut self, block: &mut Block) -> Parsed<Name> {
        let start = self.at;
        let line_end = self.line_end_from(start);
        match self.plain_string() {
            Ok(text) => Ok(text),
            Err(fault) => {
                let line = self.text.get(start + 1..line_end).unwrap_or_default();
                let text = line.find(['"', ' ', '{', '\r']).and_then(|end| line.get(..end)).unwrap_or(line);
                let name = self.names.name(text);
                self.at = start + 1 + text.len();
                self.add_label(block, name, start);
                Err(fault)
            }
        }
    }

    fn add_label(&self, block: &mut Block, text: Name, start: usize) {
        let label = Label { text, span: self.span(start, self.at) };
        block.span = block.span.to(label.span);
        match block.label {
            None => block.label = Some(label),
            Some(_) => block.extra_labels.push(label),
        }
    }

    /// A body of lines, each an attribute or a block, or of one attribute on the line of the brace. On an error, the block keeps the
    /// attributes before it.
    fn body(&mut self, block: &mut Block, open: usize) -> Parsed<()> {
        let mut seen = Seen::default();
        self.skip()?;
        if !matches!(self.byte(), None | Some(b'\n' | b'}')) && !self.at_block_start() {
            return self.line_body(block, &mut seen, open);
        }
        while !self.closes(open)? {
            self.item(block, &mut seen)?;
        }
        Ok(())
    }

    /// Whether the block that begins at `open` ends at the next line that is not empty.
    fn closes(&mut self, open: usize) -> Parsed<bool> {
        self.skip_lines()?;
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(true);
        }
        if self.byte().is_none() || self.at_block_start() {
            return Err(self.expected_in("`}`", open));
        }
        Ok(false)
    }

    /// `name = value }`.
    fn line_body(&mut self, block: &mut Block, seen: &mut Seen, open: usize) -> Parsed<()> {
        let start = self.at;
        let before = block.blocks.len();
        self.item_of(block, seen)?;
        self.skip()?;
        if block.blocks.len() > before {
            self.refuse_layout(start, "a block on one line has one attribute and no blocks");
        }
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let end = self.at;
        self.skip_lines()?;
        match self.byte() {
            None => return Err(self.expected_in("`}`", open)),
            Some(b',') => return self.line_end("attribute"),
            Some(_) if self.at_block_start() => return Err(self.expected_in("`}`", open)),
            // The block is read all the same: what else is wrong in it is reported too.
            Some(b'}') => {
                self.refuse_layout(end, "a block that begins on the line of its `{` ends on that line")
            }
            Some(_) => {
                self.refuse_layout(start, "a block of several attributes has each on a line of its own")
            }
        }
        while !self.closes(open)? {
            self.item_of(block, seen)?;
            self.skip()?;
        }
        Ok(())
    }

    /// Reports a layout that HCL does not have, but that is understood.
    fn refuse_layout(&mut self, start: usize, message: &str) {
        let end = (start + 1).min(self.text.len());
        let fault = self.fault(&SYNTAX, start, end, message);
        self.findings.push(fault.finding.help("write `{`, each attribute and `}` on lines of their own"));
    }

    /// Attributes up to the end of the text or the first error.
    pub(super) fn lone_attributes(&mut self) -> (Vec<Attribute>, Option<Box<super::Fault>>) {
        let mut block = empty_block(self.names.name(""), self.span(0, 0));
        let fault = self.items_of_text(&mut block).err();
        (block.attributes, fault)
    }

    fn items_of_text(&mut self, block: &mut Block) -> Parsed<()> {
        let mut seen = Seen::default();
        while let Some(start) = self.next_line_start()? {
            if self.byte() == Some(b'}') {
                return Err(self.not_an_item());
            }
            self.item(block, &mut seen)?;
            if let Some(inner) = block.blocks.pop() {
                let fault = self.fault_at(inner.span, "write values as `name = value`, not as blocks");
                return Err(fault.resume_at(start));
            }
        }
        Ok(())
    }

    /// An attribute or a block of `block`, and the end of its line.
    fn item(&mut self, block: &mut Block, seen: &mut Seen) -> Parsed<()> {
        let is_block = self.item_of(block, seen)?;
        self.line_end(if is_block { "block" } else { "attribute" })
    }

    /// An attribute or a block of `block`; whether it is a block.
    fn item_of(&mut self, block: &mut Block, seen: &mut Seen) -> Parsed<bool> {
        let start = self.at;
        let Some(word) = self.word() else {
            return Err(self.not_an_item());
        };
        let name_span = self.span(start, self.at);
        self.skip()?;
        match self.byte() {
            Some(b'=') if self.is_equals() => {
                self.at += 1;
                let value = self.expression()?;
                let name = self.names.name(word);
                match seen.given(&name, name_span) {
                    Some(first) => {
                        self.findings.push(duplicate::finding("attribute", word, name_span, first))
                    }
                    None => block.attributes.push(Attribute { name, name_span, value }),
                }
                Ok(false)
            }
            Some(b'{' | b'"') => self.nested_block(block, word, start),
            _ if self.at_word() => self.nested_block(block, word, start),
            Some(b':') => {
                let fault = self.expected(&format!("`=` after `{word}`"));
                Err(fault.map(|finding| finding.help(format!("in a block, write `{word} = …`"))))
            }
            _ => Err(self.expected(&format!("`=` after `{word}`"))),
        }
    }

    fn nested_block(&mut self, parent: &mut Block, word: &str, start: usize) -> Parsed<bool> {
        let kind_span = self.span(start, start + word.len());
        let mut block = empty_block(self.names.name(word), kind_span);
        self.block(&mut block)?;
        parent.blocks.push(block);
        Ok(true)
    }

    fn not_an_item(&mut self) -> Box<super::Fault> {
        let fault = self.expected("an attribute or `}`");
        match self.byte() {
            Some(b'"') => fault.map(|finding| finding.help("write attribute names without quotes")),
            _ => fault,
        }
    }

    /// The end of an attribute or block: a newline.
    pub(super) fn line_end(&mut self, after: &str) -> Parsed<()> {
        self.skip()?;
        match self.byte() {
            None | Some(b'\n') => Ok(()),
            Some(b'}') => {
                self.refuse_layout(self.at, &format!("expected a new line after the {after}, found `}}`"));
                Ok(())
            }
            Some(b',') => {
                let fault = self.expected(&format!("a new line after the {after}"));
                Err(fault
                    .map(|finding| finding.help("only items of lists and objects are separated by commas")))
            }
            _ => Err(self.expected(&format!("a new line after the {after}"))),
        }
    }
}

/// A block of which only the kind is known.
pub(super) fn empty_block(kind: Name, kind_span: Span) -> Block {
    Block {
        kind,
        kind_span,
        label: None,
        extra_labels: Vec::new(),
        attributes: Vec::new(),
        blocks: Vec::new(),
        span: kind_span,
        body: kind_span,
        broken: false,
    }
}

fn expected_after(block: &Block) -> &'static str {
    match block.label {
        Some(_) => "`{`",
        None => "`=`, a label or `{`",
    }
}
