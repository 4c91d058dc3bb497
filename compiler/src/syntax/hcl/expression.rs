//! Expressions: operators, operands and access steps.

use super::cursor::Cursor;
use super::fault::Parsed;
use crate::diagnostic::source::Span;
use crate::diagnostic::{SYNTAX, TOO_LARGE};
use crate::language::number::Number;
use crate::syntax::document::{
    Access, Binary, Call, Chain, Conditional, Expr, ExprKind, Step, StepKind, Unary, UnaryKind,
};

const AN_EXPRESSION: &str = "an expression";

impl<'a> Cursor<'a> {
    /// The whole text as one expression.
    pub(super) fn lone_expression(&mut self) -> Parsed<Expr> {
        self.newline_ends = false;
        self.ends = "the value";
        let expr = self.expression()?;
        self.skip()?;
        match self.byte() {
            None => Ok(expr),
            Some(_) => Err(self.expected("the end of the value")),
        }
    }

    /// An expression, including conditionals.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        if let Some(plain) = self.plain()? {
            return Ok(plain);
        }
        let condition = self.operation(1)?;
        self.skip()?;
        if self.byte() != Some(b'?') {
            return Ok(condition);
        }
        let question = self.at;
        self.at += 1;
        self.enter(question)?;
        let then = self.expression()?;
        self.skip()?;
        if self.byte() != Some(b':') {
            let mark = self.span(question, question + 1);
            let fault = self.expected("`:`");
            return Err(fault.map(|finding| finding.related(mark, "in this conditional")));
        }
        self.at += 1;
        let otherwise = self.expression()?;
        self.leave();
        let span = condition.span.to(otherwise.span);
        let conditional = Conditional { condition, then, otherwise };
        Ok(Expr { span, kind: ExprKind::Conditional(Box::new(conditional)) })
    }

    /// Operands joined by operators of at least the precedence `loosest`.
    fn operation(&mut self, loosest: u8) -> Parsed<Expr> {
        let mut left = self.operand()?;
        loop {
            self.skip()?;
            match self.operator() {
                Some(operator) if operator.precedence() >= loosest => {
                    left = self.chain(left, operator.precedence())?;
                }
                _ => return Ok(left),
            }
        }
    }

    /// The operators of one precedence that follow `first`.
    fn chain(&mut self, first: Expr, precedence: u8) -> Parsed<Expr> {
        let mut rest = Vec::new();
        let mut span = first.span;
        while let Some(operator) = self.operator().filter(|operator| operator.precedence() == precedence) {
            let at = self.span(self.at, self.at + operator.symbol().len());
            self.at += operator.symbol().len();
            let operand = self.operation(precedence + 1)?;
            span = span.to(operand.span);
            rest.push((operator, at, operand));
            self.skip()?;
        }
        Ok(Expr { span, kind: ExprKind::Binary(Box::new(Chain { first, rest })) })
    }

    fn operator(&self) -> Option<Binary> {
        let operator = match (self.byte()?, self.byte_after(1)) {
            (b'|', Some(b'|')) => Binary::Or,
            (b'&', Some(b'&')) => Binary::And,
            (b'=', Some(b'=')) => Binary::Equal,
            (b'!', Some(b'=')) => Binary::NotEqual,
            (b'<', Some(b'=')) => Binary::LessOrEqual,
            (b'<', _) => Binary::Less,
            (b'>', Some(b'=')) => Binary::GreaterOrEqual,
            (b'>', _) => Binary::Greater,
            (b'+', _) => Binary::Add,
            (b'-', _) => Binary::Subtract,
            (b'*', _) => Binary::Multiply,
            (b'/', _) => Binary::Divide,
            (b'%', _) => Binary::Remainder,
            _ => return None,
        };
        Some(operator)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        self.skip()?;
        self.make_room(1, self.at)?;
        let operator = match self.byte() {
            Some(b'-') => UnaryKind::Negate,
            Some(b'!') => UnaryKind::Not,
            _ => return self.read(),
        };
        let start = self.at;
        self.enter(start)?;
        self.at += 1;
        let operand = self.operand()?;
        self.leave();
        let span = self.span(start, start + 1).to(operand.span);
        let kind = match (operator, operand.kind) {
            (UnaryKind::Negate, ExprKind::Number(number)) => ExprKind::Number(number.negate()),
            (_, kind) => {
                let operand = Expr { span: operand.span, kind };
                ExprKind::Unary(Box::new(Unary { operator, operand }))
            }
        };
        Ok(Expr { span, kind })
    }

    /// A term and its access steps: `.name`, `[index]`, `.*`, `[*]`.
    fn read(&mut self) -> Parsed<Expr> {
        let start = self.at;
        let root = self.term()?;
        let mut steps = Vec::new();
        let mut end = self.at;
        loop {
            self.skip()?;
            match (self.byte(), self.byte_after(1)) {
                (Some(b'.'), next) if next != Some(b'.') => {
                    let start = self.at;
                    let step = self.dot()?;
                    self.refuse_twice(&steps, &step, start)?;
                    steps.push(step);
                }
                (Some(b'['), _) => steps.push(self.index()?),
                _ => break,
            }
            end = self.at;
        }
        if steps.is_empty() {
            return Ok(root);
        }
        let span = self.span(start, end);
        Ok(Expr { span, kind: ExprKind::Access(Box::new(Access { root, steps })) })
    }

    /// Refuses `.0.0` and `.*.*`, which HCL does not have.
    fn refuse_twice(&self, steps: &[Step], step: &Step, start: usize) -> Parsed<()> {
        let is_dotted = |step: &Step| match &step.kind {
            StepKind::Attribute(_) | StepKind::AttributeSplat => true,
            // `[0]` is one byte longer than its index at its end.
            StepKind::Index(index) => index.span.end == step.span.end,
            StepKind::FullSplat => false,
        };
        let is_old_index = |step: &Step| matches!(step.kind, StepKind::Index(_)) && is_dotted(step);
        let mut dotted = steps.iter().rev().take_while(|step| is_dotted(step));
        let is_splat = |step: &Step| matches!(step.kind, StepKind::AttributeSplat);
        let (message, help) = if is_old_index(step) && steps.last().is_some_and(is_old_index) {
            ("two numbers after dots", "write the indexes in brackets, such as `[0][0]`")
        } else if is_splat(step) && dotted.any(is_splat) {
            ("`.*` in what follows `.*`", "write `[*]`")
        } else {
            return Ok(());
        };
        Err(self.fault(&SYNTAX, start, self.at, message).map(|finding| finding.help(help)))
    }

    fn dot(&mut self) -> Parsed<Step> {
        let start = self.at;
        self.make_room(1, start)?;
        self.at += 1;
        self.skip()?;
        let kind = match self.byte() {
            Some(b'*') => {
                self.at += 1;
                StepKind::AttributeSplat
            }
            Some(b'0'..=b'9') => StepKind::Index(self.old_index()?),
            _ => match self.word() {
                Some(word) => StepKind::Attribute(self.names.name(word)),
                None => return Err(self.expected("a name after `.`")),
            },
        };
        Ok(Step { span: self.span(start, self.at), kind })
    }

    /// The number in `list.0`.
    fn old_index(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.digits();
        self.number_from(start)
    }

    fn index(&mut self) -> Parsed<Step> {
        let open = self.at;
        let kind = self.nested(open, |cursor| {
            cursor.at += 1;
            cursor.skip()?;
            let kind = if cursor.byte() == Some(b'*') {
                cursor.at += 1;
                StepKind::FullSplat
            } else {
                StepKind::Index(cursor.expression()?)
            };
            cursor.close(b']', "`]`", open)?;
            Ok(kind)
        })?;
        Ok(Step { span: self.span(open, self.at), kind })
    }

    fn term(&mut self) -> Parsed<Expr> {
        let start = self.at;
        match self.byte() {
            Some(b'"') => self.quoted(),
            Some(b'[') => self.list(),
            Some(b'{') => self.object(),
            Some(b'(') => self.parenthesised(),
            Some(b'0'..=b'9') => self.number(),
            Some(b'<') if self.byte_after(1) == Some(b'<') => self.heredoc(),
            Some(b'\'') => {
                let fault = self.expected(AN_EXPRESSION);
                Err(fault.map(|finding| finding.help("use double quotes for strings")))
            }
            _ => match self.word() {
                Some(word) => self.named(word, start),
                None => Err(self.expected(AN_EXPRESSION)),
            },
        }
    }

    fn parenthesised(&mut self) -> Parsed<Expr> {
        let open = self.at;
        let inside = self.nested(open, |cursor| {
            cursor.at += 1;
            let inside = cursor.expression()?;
            cursor.close(b')', "`)`", open)?;
            Ok(inside)
        })?;
        let kind = match inside.kind {
            // With parentheses the span no longer gives the positions of its parts.
            ExprKind::Dotted(dotted) => ExprKind::Access(Box::new(dotted.access(inside.span))),
            kind => kind,
        };
        Ok(Expr { span: self.span(open, self.at), kind })
    }

    fn named(&mut self, word: &'a str, start: usize) -> Parsed<Expr> {
        let name_span = self.span(start, self.at);
        let end = self.at;
        self.skip()?;
        if self.byte() == Some(b'(') {
            return self.call(word, start);
        }
        if self.starts_with(b"::") {
            return self.qualified_call(word, start);
        }
        // Whitespace after a name is not part of its span.
        self.at = end;
        let kind = match word {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            _ => ExprKind::Variable(self.names.name(word)),
        };
        Ok(Expr { span: name_span, kind })
    }

    /// A call of a function of a namespace, such as `core::upper("a")`.
    fn qualified_call(&mut self, word: &str, start: usize) -> Parsed<Expr> {
        let mut name = word.to_owned();
        while self.starts_with(b"::") {
            self.at += 2;
            self.skip()?;
            let Some(word) = self.word() else {
                return Err(self.expected("the name of a function after `::`"));
            };
            name = format!("{name}::{word}");
            self.skip()?;
        }
        if self.byte() != Some(b'(') {
            return Err(self.expected(&format!("`(` after `{name}`")));
        }
        self.call_of(&name, self.span(start, self.at), start)
    }

    fn call(&mut self, word: &str, start: usize) -> Parsed<Expr> {
        self.call_of(word, self.span(start, start + word.len()), start)
    }

    fn call_of(&mut self, word: &str, name_span: Span, start: usize) -> Parsed<Expr> {
        let name = self.names.name(word);
        let open = self.at;
        let mut arguments = Vec::new();
        let expand = self.nested(open, |cursor| {
            cursor.at += 1;
            cursor.arguments(&mut arguments, open)
        })?;
        let call = Call { name, name_span, arguments, expand };
        Ok(Expr { span: self.span(start, self.at), kind: ExprKind::Call(Box::new(call)) })
    }

    /// The arguments up to the closing parenthesis, and whether the last is expanded with `...`.
    fn arguments(&mut self, arguments: &mut Vec<Expr>, open: usize) -> Parsed<bool> {
        loop {
            self.skip()?;
            if self.byte() == Some(b')') {
                self.at += 1;
                return Ok(false);
            }
            if self.byte().is_none() || self.at_block_start() {
                return Err(self.expected_in("`)`", open));
            }
            arguments.push(self.expression()?);
            self.skip()?;
            if self.starts_with(b"...") {
                self.at += 3;
                self.close(b')', "`)` after `...`", open)?;
                return Ok(true);
            }
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b')') => {}
                _ => return Err(self.expected_in("`,` or `)`", open)),
            }
        }
    }

    fn number(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.digits();
        if self.byte() == Some(b'.') && self.byte_after(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte_after(1), Some(b'+' | b'-')));
            if self.byte_after(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        self.number_from(start)
    }

    fn digits(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn number_from(&self, start: usize) -> Parsed<Expr> {
        let text = self.text.get(start..self.at).unwrap_or_default();
        match Number::parse(text) {
            Ok(number) => Ok(Expr { span: self.span(start, self.at), kind: ExprKind::Number(number) }),
            Err(error) => Err(self.fault(&TOO_LARGE, start, self.at, error.to_string())),
        }
    }
}
