//! A block's attributes, of the types that its table says. What is not was reported and is left out.

use super::conform::{Entry, conform_all};
use super::instance::Instance;
use super::names::Names;
use super::plain::Reading;
use crate::document::{Block, Expr, ExprKind, Item, KeyKind};
use crate::evaluate::{Evaluator, Member, Place, Value, ValueKind};
use crate::policy::{DeclaredCallers, Guarded, Use};
use schema::block::{BlockType, Type};
use schema::diagnostic::{Code, Findings};
use schema::name::NamespaceId;
use schema::source::Span;
use std::mem::take;
use std::sync::Arc;

/// The attributes of a block or object.
#[derive(Default)]
pub struct Fields<'b> {
    /// What was given; of what is not understood, that it was.
    given: Vec<(&'static str, Option<Field<'b>>)>,
}

/// What an attribute is.
pub enum Field<'b> {
    /// What is written, as it stands.
    Written(&'b Expr),
    Value(Value),
    /// A declared Namespace.
    Namespace(Use<NamespaceId>),
    /// A list of declared Namespaces.
    Namespaces(DeclaredCallers),
    Object(Place, Fields<'b>),
    Objects(Vec<(Place, Fields<'b>)>),
}

impl<'b> Fields<'b> {
    /// Reads a block's attributes by its table; those that are more than what is written are evaluated. `name` and
    /// `for_each` are left to whoever names blocks.
    pub fn of_block(
        block: &Instance<'b>,
        table: &BlockType,
        reading: &Reading,
        evaluator: &Evaluator,
        findings: &mut Findings,
    ) -> Self {
        let Instance { block: Block { attributes, .. }, .. } = *block;
        let mut fields = Self::with_capacity(attributes.len());
        if !block.blocks.is_empty() {
            fields.given.extend(given_as_blocks(block, table).map(|name| (name, None)));
        }
        let mut entries = Vec::new();
        for attribute in attributes {
            let known = table.attribute(&attribute.name);
            if known.is_some_and(|known| matches!(known.name, "name" | "for_each")) {
                continue;
            }
            if let Some(known) = known
                && let Some(field) = reading.attribute(&attribute.value, known, evaluator)
            {
                fields.give(known.name, field);
                evaluator.finish(findings);
                continue;
            }
            let value = match known.map(|known| known.of) {
                Some(Type::Condition | Type::Message) => {
                    let object = guarded(block, evaluator);
                    evaluator.value_of_any_object(&attribute.value, block.each, object, findings)
                }
                _ => evaluator.value(&attribute.value, block.each, findings),
            };
            let value = placed(value, attribute.value.span);
            entries.push(Entry { name: &attribute.name, at: attribute.name_span.into(), known, value });
        }
        conform_all(fields, entries, table.attributes, reading.backend, table.name, block.span, findings)
    }

    pub fn with_capacity(count: usize) -> Self {
        Self { given: Vec::with_capacity(count) }
    }

    /// Keeps what was given.
    pub fn give(&mut self, name: &'static str, field: Field<'b>) {
        self.given.push((name, Some(field)));
    }

    /// Notes that something was given that is not understood.
    pub fn note(&mut self, name: Option<&'static str>) {
        self.given.extend(name.map(|name| (name, None)));
    }

    /// Whether something other than null was written, understood or not.
    pub fn given(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| *known == name)
    }

    /// The names of what was written.
    pub fn names(&self) -> Vec<&'static str> {
        self.given.iter().map(|(name, _)| *name).collect()
    }

    fn field(&self, name: &str) -> Option<&Field<'b>> {
        self.given.iter().find(|(known, field)| *known == name && field.is_some())?.1.as_ref()
    }

    /// A value of a type that is always evaluated.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match self.field(name)? {
            Field::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Where a value stands that is no object.
    pub fn place(&self, name: &str) -> Option<Place> {
        match self.field(name)? {
            Field::Written(expr) => Some(expr.span.into()),
            Field::Value(value) => Some(place(value)),
            Field::Namespace(used) => Some(Place { span: used.span, from: used.from }),
            Field::Namespaces(listed) => Some(listed.span.into()),
            Field::Object(..) | Field::Objects(_) => None,
        }
    }

    /// A string with its place.
    pub fn text(&self, name: &str) -> Option<(&str, Place)> {
        self.shared_text(name).map(|(text, place)| (&**text, place))
    }

    /// A string, in the memory that all its copies share, with its place.
    pub fn shared_text(&self, name: &str) -> Option<(&Arc<str>, Place)> {
        match self.field(name)? {
            Field::Written(expr) => written_text(expr),
            Field::Value(value) => value_text(value),
            _ => None,
        }
    }

    /// A whole number with its place.
    pub fn count(&self, name: &str) -> Option<(usize, Place)> {
        let (number, place) = match self.field(name)? {
            Field::Written(Expr { kind: ExprKind::Number(number), span }) => (number, (*span).into()),
            Field::Value(value @ Value { kind: ValueKind::Number(number), .. }) => (number, place(value)),
            _ => return None,
        };
        Some((number.to_usize()?, place))
    }

    /// Whether a switch is on; one that is left out is off.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(
            self.field(name),
            Some(
                Field::Written(Expr { kind: ExprKind::Bool(true), .. })
                    | Field::Value(Value { kind: ValueKind::Bool(true), .. })
            )
        )
    }

    /// The elements of a list that is evaluated; what is no list is a list of one.
    pub fn elements(&self, name: &str) -> Option<&[Value]> {
        let value = self.value(name)?;
        match &value.kind {
            ValueKind::List(elements) => Some(elements),
            _ => Some(std::slice::from_ref(value)),
        }
    }

    /// The strings of a list, each with its place; `None` for an element that was refused.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = Option<(&Arc<str>, Place)>> {
        let (written, values): (&[Expr], &[Value]) = match self.field(name) {
            Some(Field::Written(Expr { kind: ExprKind::List(elements), .. })) => (elements, &[]),
            Some(Field::Value(Value { kind: ValueKind::List(elements), .. })) => (&[], elements),
            _ => (&[], &[]),
        };
        written.iter().map(written_text).chain(values.iter().map(value_text))
    }

    /// The keys and strings of a map.
    pub fn text_map(&self, name: &str) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let items: &[Item] = match self.field(name) {
            Some(Field::Written(Expr { kind: ExprKind::Object(items), .. })) => items,
            _ => &[],
        };
        let written = items.iter().filter_map(|item| match &item.key.kind {
            KeyKind::Plain(key) => Some((key, written_text(&item.value)?.0)),
            KeyKind::Expr(_) => None,
        });
        let members = self.members(name).iter();
        written.chain(members.filter_map(|member| Some((&member.key, value_text(&member.value)?.0))))
    }

    /// The members of a map that is evaluated.
    pub fn members(&self, name: &str) -> &[Member] {
        match self.value(name).map(|value| &value.kind) {
            Some(ValueKind::Object(members)) => members,
            _ => &[],
        }
    }

    /// A Namespace. `dangling` is the code for one that does not exist.
    pub fn namespace(
        &self,
        name: &str,
        names: &Names,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<Use<NamespaceId>> {
        match self.field(name)? {
            Field::Namespace(used) => Some(used.clone()),
            Field::Value(value) => names.namespace(value, dangling, findings),
            _ => None,
        }
    }

    /// Takes the Namespaces of a list.
    pub fn take_namespaces(
        &mut self,
        name: &str,
        names: &Names,
        dangling: Code,
        findings: &mut Findings,
    ) -> Option<DeclaredCallers> {
        match self.given.iter_mut().find(|(known, field)| *known == name && field.is_some())?.1.as_mut()? {
            Field::Namespaces(listed) => {
                Some(DeclaredCallers { namespaces: take(&mut listed.namespaces), ..*listed })
            }
            Field::Value(Value { span, kind: ValueKind::List(elements), .. }) => {
                let mut namespaces = Vec::with_capacity(elements.len());
                for element in &**elements {
                    namespaces.extend(names.namespace(element, dangling, findings));
                }
                Some(DeclaredCallers { span: *span, written_empty: elements.is_empty(), namespaces })
            }
            _ => None,
        }
    }

    /// An object with its place.
    pub fn object(&self, name: &str) -> Option<(&Self, Place)> {
        match self.field(name)? {
            Field::Object(place, fields) => Some((fields, *place)),
            _ => None,
        }
    }

    /// The objects of a list, each with its place.
    pub fn objects(&self, name: &str) -> &[(Place, Self)] {
        match self.field(name) {
            Some(Field::Objects(objects)) => objects,
            _ => &[],
        }
    }
}

fn written_text(expr: &Expr) -> Option<(&Arc<str>, Place)> {
    match &expr.kind {
        ExprKind::String(text) => Some((text, expr.span.into())),
        _ => None,
    }
}

fn value_text(value: &Value) -> Option<(&Arc<str>, Place)> {
    match &value.kind {
        ValueKind::String(text) => Some((text, place(value))),
        _ => None,
    }
}

/// The name under which a guard sees its objects.
fn guarded(block: &Instance, evaluator: &Evaluator) -> Option<&'static str> {
    let each = block.attribute("each")?;
    let each = evaluator.value(&each.value, block.each, &mut Findings::new());
    Some(Guarded::from_name(each.as_str()?)?.object())
}

/// Where a value that was placed is used, and where it was written.
pub fn place(value: &Value) -> Place {
    Place { span: value.span, from: value.from }
}

/// The value with its place seen from the attribute at `within`.
pub fn placed(value: Value, within: Span) -> Value {
    let Place { span, from } = value.place(within);
    Value { span, from, ..value }
}

/// The attributes that were written as blocks: that is reported, and they are not missing as well.
fn given_as_blocks(block: &Block, table: &BlockType) -> impl Iterator<Item = &'static str> {
    let names = table.attributes.iter().map(|attribute| attribute.name);
    names.filter(|name| block.blocks.iter().any(|inner| *inner.kind == **name))
}
