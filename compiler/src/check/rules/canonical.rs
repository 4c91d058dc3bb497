//! The canonical text of an expression: equal for equal meaning of the same form, whatever the file format, the layout and
//! the locals that it goes through.

use crate::digest::sha256;
use crate::evaluate::{Given, GivenValue, Value, ValueKind};
use crate::language::block::BlockKind;
use crate::syntax::document::{
    Access, Document, Expr, ExprKind, Item, KeyKind, Name, Part, PartKind, StepKind, UnaryKind,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How long the text of a local or variable may be before its digest stands for it.
const LONGEST: usize = 4096;

/// The canonical texts of one document.
pub(super) struct Canonical<'d> {
    locals: BTreeMap<&'d str, &'d Expr>,
    variables: BTreeMap<&'d str, Vec<&'d Expr>>,
    given: &'d Given,
    /// The meanings of locals and variables, by `local.x` and `var.x`; `None` while it is computed.
    meanings: RefCell<BTreeMap<String, Option<String>>>,
}

impl<'d> Canonical<'d> {
    pub(super) fn of(document: &'d Document, given: &'d Given) -> Self {
        let locals = document.of_kind(BlockKind::Locals).flat_map(|block| &block.attributes);
        let variables = document.of_kind(BlockKind::Variable).map(|block| {
            let attributes = ["type", "default"].into_iter().filter_map(|name| block.attribute(name));
            (block.label_text(), attributes.map(|attribute| &attribute.value).collect())
        });
        Self {
            locals: locals.map(|attribute| (&*attribute.name, &attribute.value)).collect(),
            variables: variables.collect(),
            given,
            meanings: RefCell::default(),
        }
    }

    /// The canonical text of an expression.
    pub(super) fn text(&self, expr: &Expr) -> String {
        let mut text = String::new();
        self.push(expr, &mut text);
        text
    }

    fn push(&self, expr: &Expr, out: &mut String) {
        match &expr.kind {
            ExprKind::Null => out.push_str("null"),
            ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            ExprKind::Number(number) => out.push_str(&number.to_string()),
            ExprKind::String(text) => push_string(text, out),
            // `"${x}"` is `x`, and in JSON there is no other way to write it.
            ExprKind::Template(parts) => match &**parts {
                [Part { kind: PartKind::Interpolation(only), .. }] => self.push(only, out),
                parts => self.push_parts("template", parts, out),
            },
            ExprKind::List(elements) => self.push_all("list", elements.iter(), out),
            ExprKind::Object(items) => self.push_items(items, out),
            ExprKind::Variable(name) => out.push_str(name),
            ExprKind::Dotted(dotted) => {
                let (root, name) = dotted.words();
                self.push_dotted(root, name, out);
            }
            ExprKind::Access(access) => self.push_access(access, out),
            ExprKind::Unary(unary) => {
                out.push_str(match unary.operator {
                    UnaryKind::Negate => "(-",
                    UnaryKind::Not => "(!",
                });
                self.push(&unary.operand, out);
                out.push(')');
            }
            ExprKind::Binary(chain) => {
                out.push('(');
                self.push(&chain.first, out);
                for (operator, _, operand) in &chain.rest {
                    out.push_str(operator.symbol());
                    self.push(operand, out);
                }
                out.push(')');
            }
            ExprKind::Conditional(it) => {
                self.push_all("if", [&it.condition, &it.then, &it.otherwise].into_iter(), out);
            }
            ExprKind::Call(call) => {
                let name = format!("{}{}", call.name, if call.expand { "..." } else { "" });
                self.push_all(&name, call.arguments.iter(), out);
            }
            ExprKind::For(it) => {
                out.push_str(if it.grouped { "for...(" } else { "for(" });
                push_name(it.key.as_ref(), out);
                push_name(Some(&it.value), out);
                for part in
                    [Some(&it.collection), it.result_key.as_ref(), Some(&it.result), it.condition.as_ref()]
                {
                    part.into_iter().for_each(|part| self.push(part, out));
                    out.push(';');
                }
                out.push(')');
            }
        }
    }

    fn push_all<'e>(&self, name: &str, parts: impl Iterator<Item = &'e Expr>, out: &mut String) {
        out.push_str(name);
        out.push('(');
        for part in parts {
            self.push(part, out);
            out.push(',');
        }
        out.push(')');
    }

    /// Items in the order of their keys: the order of an object says nothing.
    fn push_items(&self, items: &[Item], out: &mut String) {
        let mut texts: Vec<_> = items
            .iter()
            .map(|item| {
                let mut text = String::new();
                match &item.key.kind {
                    KeyKind::Plain(name) => push_string(name, &mut text),
                    KeyKind::Expr(expr) => self.push(expr, &mut text),
                }
                text.push('=');
                self.push(&item.value, &mut text);
                text
            })
            .collect();
        texts.sort_unstable();
        out.push_str("object(");
        out.push_str(&texts.join(","));
        out.push(')');
    }

    fn push_parts(&self, name: &str, parts: &[Part], out: &mut String) {
        out.push_str(name);
        out.push('(');
        for part in parts {
            match &part.kind {
                PartKind::Text(text) => push_string(text, out),
                PartKind::Interpolation(expr) => self.push(expr, out),
                PartKind::If(it) => {
                    out.push_str("if(");
                    self.push(&it.condition, out);
                    self.push_parts(",", &it.then, out);
                    self.push_parts(",", &it.otherwise, out);
                    out.push(')');
                }
                PartKind::For(it) => {
                    out.push_str("for(");
                    push_name(it.key.as_ref(), out);
                    push_name(Some(&it.value), out);
                    self.push(&it.collection, out);
                    self.push_parts(",", &it.body, out);
                    out.push(')');
                }
            }
            out.push(',');
        }
        out.push(')');
    }

    fn push_access(&self, access: &Access, out: &mut String) {
        let mut steps = access.steps.iter();
        match (&access.root.kind, access.steps.first().map(|step| &step.kind)) {
            (ExprKind::Variable(root), Some(StepKind::Attribute(name))) => {
                self.push_dotted(root, name, out);
                steps.next();
            }
            _ => self.push(&access.root, out),
        }
        for step in steps {
            match &step.kind {
                StepKind::Attribute(name) => {
                    out.push('.');
                    push_string(name, out);
                }
                // `x["a"]` is `x.a`.
                StepKind::Index(Expr { kind: ExprKind::String(name), .. }) => {
                    out.push('.');
                    push_string(name, out);
                }
                StepKind::Index(index) => self.push_all("[", [index].into_iter(), out),
                StepKind::AttributeSplat => out.push_str(".*"),
                StepKind::FullSplat => out.push_str("[*]"),
            }
        }
    }

    fn push_dotted(&self, root: &str, name: &str, out: &mut String) {
        // A local is what it stands for.
        if let ("local", Some(value)) = (root, self.locals.get(name)) {
            out.push_str(&self.meaning(root, name, [*value].into_iter()));
            return;
        }
        out.push_str(root);
        out.push('.');
        push_string(name, out);
        if root != "var" {
            return;
        }
        out.push_str(&self.meaning(root, name, self.variables.get(name).into_iter().flatten().copied()));
        match self.given.get(name) {
            Some(GivenValue::Text { text, .. }) => push_string(text, out),
            Some(GivenValue::Expr(expr)) => self.push(expr, out),
            None => {}
        }
    }

    /// The text of a local or variable, or its digest where that is long: locals may double what they read at each step. What
    /// depends on itself has none, and is an error elsewhere.
    fn meaning<'e>(&self, root: &str, name: &str, parts: impl Iterator<Item = &'e Expr>) -> String {
        let key = format!("{root}.{name}");
        if let Some(known) = self.meanings.borrow().get(&key) {
            return known.clone().unwrap_or_default();
        }
        self.meanings.borrow_mut().insert(key.clone(), None);
        let mut text = String::new();
        for (index, part) in parts.enumerate() {
            text.push_str(if index > 0 { ";" } else { "" });
            self.push(part, &mut text);
        }
        let meaning = if text.len() > LONGEST { sha256(&text) } else { text };
        self.meanings.borrow_mut().insert(key, Some(meaning.clone()));
        meaning
    }
}

fn push_name(name: Option<&Name>, out: &mut String) {
    name.into_iter().for_each(|name| push_string(name, out));
    out.push(':');
}

fn push_string(text: &str, out: &mut String) {
    out.push_str(&format!("{text:?}"));
}

/// The canonical text of a value.
pub(super) fn value_text(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null(_) | ValueKind::Failed => "null".to_owned(),
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::Reference(reference) => String::from(&**reference),
        ValueKind::List(list) => {
            let elements: Vec<_> = list.iter().map(value_text).collect();
            format!("[{}]", elements.join(","))
        }
        ValueKind::Object(object) => {
            let members = object.sorted();
            let members = members.map(|member| format!("{:?}={}", member.key, value_text(&member.value)));
            let mut members: Vec<_> = members.collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
    }
}
