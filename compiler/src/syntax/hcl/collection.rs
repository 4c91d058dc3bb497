//! Lists, objects and `for` expressions.

use super::cursor::Cursor;
use super::fault::Parsed;
use crate::syntax::document::{Expr, ExprKind, For, Item, Key, KeyKind, Name};

impl Cursor<'_> {
    pub(super) fn list(&mut self) -> Parsed<Expr> {
        let open = self.at;
        let kind = self.nested(open, |cursor| {
            cursor.at += 1;
            cursor.skip()?;
            if cursor.at_for()? {
                return cursor.for_list(open);
            }
            cursor.elements(open)
        })?;
        Ok(Expr { span: self.span(open, self.at), kind })
    }

    fn elements(&mut self, open: usize) -> Parsed<ExprKind> {
        let mut elements = Vec::new();
        loop {
            self.skip()?;
            if self.byte() == Some(b']') {
                self.at += 1;
                return Ok(ExprKind::List(elements.into()));
            }
            if self.byte().is_none() || self.at_block_start() {
                return Err(self.expected_in("`]`", open));
            }
            let element = self.expression()?;
            elements.push(element);
            self.skip()?;
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b']') => {}
                _ => return Err(self.expected_in("`,` or `]`", open)),
            }
        }
    }

    pub(super) fn object(&mut self) -> Parsed<Expr> {
        let open = self.at;
        let kind = self.nested(open, |cursor| {
            cursor.at += 1;
            cursor.skip()?;
            if cursor.at_for()? {
                return cursor.for_object(open);
            }
            cursor.newline_ends = true;
            cursor.items(open)
        })?;
        Ok(Expr { span: self.span(open, self.at), kind })
    }

    fn items(&mut self, open: usize) -> Parsed<ExprKind> {
        let mut items = Vec::new();
        loop {
            self.skip_lines()?;
            if self.byte() == Some(b'}') {
                self.at += 1;
                return Ok(ExprKind::Object(items.into()));
            }
            if self.byte().is_none() || self.at_block_start() {
                return Err(self.expected_in("`}`", open));
            }
            let item = self.object_item(open)?;
            items.push(item);
            self.skip()?;
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'\n' | b'}') => {}
                _ => return Err(self.expected_in("`,`, a new line or `}`", open)),
            }
        }
    }

    fn object_item(&mut self, open: usize) -> Parsed<Item> {
        let key = self.key()?;
        self.skip()?;
        if !self.is_equals() && self.byte() != Some(b':') {
            return Err(self.expected_in("`=` after the key", open));
        }
        self.at += 1;
        let value = self.expression()?;
        Ok(Item { key, value })
    }

    /// A bare name before `=` or `:` is a literal key; a longer path such as `namespace.payments` is a reference.
    fn key(&mut self) -> Parsed<Key> {
        let start = self.at;
        if let Some(word) = self.word() {
            let span = self.span(start, self.at);
            self.skip()?;
            if self.is_equals() || self.byte() == Some(b':') {
                return Ok(Key { span, kind: KeyKind::Plain(self.names.name(word)) });
            }
            self.at = start;
        }
        let expr = self.expression()?;
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::String(text) => KeyKind::Plain(text),
            kind => KeyKind::Expr(Box::new(Expr { span, kind })),
        };
        Ok(Key { span, kind })
    }

    /// Consumes `for`, which is no name at the start of a list or an object.
    fn at_for(&mut self) -> Parsed<bool> {
        let start = self.at;
        if self.word() == Some("for") {
            self.skip()?;
            return Ok(true);
        }
        self.at = start;
        Ok(false)
    }

    fn for_list(&mut self, open: usize) -> Parsed<ExprKind> {
        let (key, value, collection) = self.for_intro(open)?;
        let result = self.expression()?;
        let condition = self.for_condition()?;
        self.close(b']', "`]`", open)?;
        let list = For { key, value, collection, result_key: None, result, grouped: false, condition };
        Ok(ExprKind::For(Box::new(list)))
    }

    fn for_object(&mut self, open: usize) -> Parsed<ExprKind> {
        let (key, value, collection) = self.for_intro(open)?;
        let result_key = Some(self.expression()?);
        self.skip()?;
        if !self.starts_with(b"=>") {
            return Err(self.expected_in("`=>`", open));
        }
        self.at += 2;
        let result = self.expression()?;
        self.skip()?;
        let grouped = self.starts_with(b"...");
        self.at += if grouped { 3 } else { 0 };
        let condition = self.for_condition()?;
        self.close(b'}', "`}`", open)?;
        let object = For { key, value, collection, result_key, result, grouped, condition };
        Ok(ExprKind::For(Box::new(object)))
    }

    /// `key, value in collection :`, after `for`.
    fn for_intro(&mut self, open: usize) -> Parsed<(Option<Name>, Name, Expr)> {
        let (key, value) = self.for_names()?;
        let collection = self.expression()?;
        self.close(b':', "`:`", open)?;
        Ok((key, value, collection))
    }

    /// `key, value in`, after `for`; in templates too.
    pub(super) fn for_names(&mut self) -> Parsed<(Option<Name>, Name)> {
        let first = self.for_name()?;
        self.skip()?;
        let names = if self.byte() == Some(b',') {
            self.at += 1;
            (Some(first), self.for_name()?)
        } else {
            (None, first)
        };
        self.skip()?;
        let start = self.at;
        if self.word() != Some("in") {
            self.at = start;
            return Err(self.expected("`in`"));
        }
        Ok(names)
    }

    fn for_name(&mut self) -> Parsed<Name> {
        self.skip()?;
        match self.word() {
            Some(word) => Ok(self.names.name(word)),
            None => Err(self.expected("a name for the element")),
        }
    }

    fn for_condition(&mut self) -> Parsed<Option<Expr>> {
        self.skip()?;
        let start = self.at;
        if self.word() == Some("if") {
            return self.expression().map(Some);
        }
        self.at = start;
        Ok(None)
    }
}
