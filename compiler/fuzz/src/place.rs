//! Spans: each lies in its file, on the boundaries of characters, and within what it is part of.

use compiler::syntax::document::{
    Access, Attribute, Block, Chain, Expr, ExprKind, Item, KeyKind, Part, PartKind, StepKind,
};
use compiler::diagnostic::source::{Sources, Span};

pub(crate) struct Places<'a> {
    pub(crate) sources: &'a Sources,
}

impl Places<'_> {
    pub(crate) fn lie_in_file(&self, span: Span) {
        let text = self.sources.get(span.file).map(|file| file.text().get(span.range()));
        assert!(text.flatten().is_some(), "{span:?} is not in its file");
    }

    pub(crate) fn of_block(&self, block: &Block) {
        for span in [block.span, block.kind_span, block.body] {
            self.lie_in_file(span);
        }
        block.label.iter().chain(&block.extra_labels).for_each(|label| self.lie_in_file(label.span));
        block.attributes.iter().for_each(|attribute| self.of_attribute(attribute));
        block.blocks.iter().for_each(|inner| self.of_block(inner));
    }

    pub(crate) fn of_attribute(&self, attribute: &Attribute) {
        self.lie_in_file(attribute.name_span);
        self.of(&attribute.value, attribute.value.span);
    }

    fn of(&self, expr: &Expr, within: Span) {
        let span = expr.span;
        self.lie_in(span, within);
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {}
            ExprKind::String(_) | ExprKind::Variable(_) => {}
            ExprKind::Template(parts) => self.of_parts(parts, span),
            ExprKind::List(elements) => elements.iter().for_each(|element| self.of(element, span)),
            ExprKind::Object(items) => items.iter().for_each(|item| self.of_item(item, span)),
            ExprKind::Dotted(dotted) => {
                assert_eq!(self.sources.text(span), &*dotted.0, "{span:?} is not where it is written");
                self.of_access(&dotted.access(span), span);
            }
            ExprKind::Access(access) => self.of_access(access, span),
            ExprKind::Unary(unary) => self.of(&unary.operand, span),
            ExprKind::Binary(chain) => self.of_chain(chain, span),
            ExprKind::Conditional(it) => {
                [&it.condition, &it.then, &it.otherwise].into_iter().for_each(|part| self.of(part, span));
            }
            ExprKind::Call(call) => {
                self.lie_in(call.name_span, span);
                call.arguments.iter().for_each(|argument| self.of(argument, span));
            }
            ExprKind::For(it) => {
                let parts = [Some(&it.collection), it.result_key.as_ref(), Some(&it.result), it.condition.as_ref()];
                parts.into_iter().flatten().for_each(|part| self.of(part, span));
            }
        }
    }

    fn of_parts(&self, parts: &[Part], within: Span) {
        for part in parts {
            self.lie_in(part.span, within);
            match &part.kind {
                PartKind::Text(_) => {}
                PartKind::Interpolation(expr) => self.of(expr, within),
                PartKind::If(it) => {
                    self.of(&it.condition, within);
                    self.of_parts(&it.then, within);
                    self.of_parts(&it.otherwise, within);
                }
                PartKind::For(it) => {
                    self.of(&it.collection, within);
                    self.of_parts(&it.body, within);
                }
            }
        }
    }

    fn of_item(&self, item: &Item, within: Span) {
        self.lie_in(item.key.span, within);
        if let KeyKind::Expr(expr) = &item.key.kind {
            self.of(expr, within);
        }
        self.of(&item.value, within);
    }

    fn of_access(&self, access: &Access, within: Span) {
        self.of(&access.root, within);
        for step in &access.steps {
            self.lie_in(step.span, within);
            if let StepKind::Index(index) = &step.kind {
                self.of(index, within);
            }
        }
    }

    fn of_chain(&self, chain: &Chain, within: Span) {
        self.of(&chain.first, within);
        for (_, span, operand) in &chain.rest {
            self.lie_in(*span, within);
            self.of(operand, within);
        }
    }

    fn lie_in(&self, span: Span, within: Span) {
        self.lie_in_file(span);
        assert!(
            span.file == within.file && within.start <= span.start && span.end <= within.end,
            "{span:?} is not in {within:?}"
        );
    }
}
