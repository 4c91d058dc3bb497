//! A document printed as JSON, with the JSON offset of each source offset.

use crate::diagnostic::source::{Sources, Span};
use crate::syntax::document::{Attribute, Block, Comment, Document, Expr, ExprKind, Item, KeyKind};
use std::collections::BTreeMap;

/// The text, and the positions of source offsets in it: a name in HCL may occur twice in JSON.
pub(in crate::check) struct Printed<'a> {
    pub(in crate::check) text: String,
    places: BTreeMap<u32, Vec<u32>>,
    sources: &'a Sources,
}

impl<'a> Printed<'a> {
    pub(in crate::check) fn of(document: &'a Document, sources: &'a Sources) -> Self {
        let mut printed = Self { text: String::new(), places: BTreeMap::new(), sources };
        printed.document(document);
        printed
    }

    pub(in crate::check) fn places(&self, offset: u32) -> Vec<u32> {
        self.places.get(&offset).cloned().unwrap_or_default()
    }

    fn document(&mut self, document: &'a Document) {
        let mut kinds: Vec<(&str, Vec<&Block>)> = Vec::new();
        for block in &document.blocks {
            match kinds.iter_mut().find(|(kind, _)| *kind == &*block.kind) {
                Some((_, blocks)) => blocks.push(block),
                None => kinds.push((&block.kind, vec![block])),
            }
        }
        self.text.push_str("{\n");
        for (kind, blocks) in kinds {
            for block in &blocks {
                self.mark(block.kind_span.start);
            }
            if blocks.iter().all(|block| block.label.is_none()) {
                self.comments(blocks[0], document);
                self.string(kind);
                self.text.push_str(": ");
                self.body(&blocks[0].attributes);
            } else {
                self.string(kind);
                self.text.push_str(": {\n");
                for block in blocks {
                    if let Some(second) = block.second_label() {
                        // A key that is given twice is read as two blocks.
                        self.mark(block.span.start);
                        self.string(block.label_text());
                        self.text.push_str(": {\n");
                        self.comments(block, document);
                        self.mark(block.span.start);
                        self.string(&second.text);
                        self.text.push_str(": ");
                        self.body(&block.attributes);
                        self.text.push_str("},\n");
                        continue;
                    }
                    self.comments(block, document);
                    self.mark(block.span.start);
                    block.label.iter().for_each(|label| self.mark(label.span.start));
                    self.string(block.label_text());
                    self.text.push_str(": ");
                    self.body(&block.attributes);
                    self.text.push_str(",\n");
                }
                self.text.push('}');
            }
            self.text.push_str(",\n");
        }
        self.text.push('}');
    }

    /// The comments on the lines right above a block.
    fn comments(&mut self, block: &Block, document: &Document) {
        let place = |span: Span| self.sources.get(span.file).unwrap().place(span.start).line;
        let mut line = place(block.span);
        let mut above: Vec<&Comment> = Vec::new();
        for comment in document.comments.iter().rev().filter(|comment| comment.span < block.span) {
            if place(comment.span) + 1 != line {
                break;
            }
            line -= 1;
            above.push(comment);
        }
        for comment in above.into_iter().rev() {
            let text = self.sources.text(comment.span).trim_start_matches(['#', '/']);
            self.mark(comment.span.start);
            self.text.push_str("//");
            let start = comment.span.end - u32::try_from(text.len()).unwrap();
            self.verbatim(text, start);
            self.text.push('\n');
        }
    }

    fn body(&mut self, attributes: &[Attribute]) {
        self.text.push_str("{\n");
        for attribute in attributes {
            self.mark(attribute.name_span.start);
            self.string(&attribute.name);
            self.text.push_str(": ");
            self.expr(&attribute.value);
            self.text.push_str(",\n");
        }
        self.text.push('}');
    }

    fn expr(&mut self, expr: &Expr) {
        self.mark(expr.span.start);
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {
                self.text.push_str(self.sources.text(expr.span));
            }
            ExprKind::String(text) => self.string(&text.replace("${", "$${").replace("%{", "%%{")),
            ExprKind::List(elements) => {
                self.text.push('[');
                for element in elements {
                    self.expr(element);
                    self.text.push_str(",\n");
                }
                self.text.push(']');
            }
            ExprKind::Object(items)
                if items.iter().all(|item| matches!(item.key.kind, KeyKind::Plain(_))) =>
            {
                self.object(items);
            }
            _ => {
                self.text.push_str("\"${");
                self.verbatim(self.sources.text(expr.span), expr.span.start);
                self.text.push_str("}\"");
            }
        }
    }

    fn object(&mut self, items: &[Item]) {
        self.text.push('{');
        for item in items {
            self.mark(item.key.span.start);
            if let KeyKind::Plain(key) = &item.key.kind {
                self.string(key);
            }
            self.text.push_str(": ");
            self.expr(&item.value);
            self.text.push_str(",\n");
        }
        self.text.push('}');
    }

    fn string(&mut self, text: &str) {
        self.text.push_str(&serde_json::to_string(text).unwrap());
    }

    /// Text of the source within a string or comment, escaped where it must be.
    fn verbatim(&mut self, text: &str, start: u32) {
        for (at, letter) in text.char_indices() {
            self.mark(start + u32::try_from(at).unwrap());
            match letter {
                '"' if !self.in_comment() => self.text.push_str("\\\""),
                '\\' if !self.in_comment() => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                letter => self.text.push(letter),
            }
        }
    }

    fn in_comment(&self) -> bool {
        self.text.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with("//"))
    }

    /// Maps this offset of the source to the current position.
    fn mark(&mut self, offset: u32) {
        self.places.entry(offset).or_default().push(u32::try_from(self.text.len()).unwrap());
    }
}
