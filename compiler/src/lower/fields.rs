//! A block's attributes, with the types from its table.

use super::instance::Instance;
use super::typed::{Entry, Reader, Typed};
use crate::diagnostic::Findings;
use crate::diagnostic::source::Span;
use crate::evaluate::{Evaluator, Origin, Value};
use crate::language::block::{BlockType, Type};
use crate::policy::{DeclaredCallers, Guarded, Spanned};
use crate::syntax::document::Block;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use std::sync::Arc;
use time::Date;

/// The attributes of a block or object that are not null, by name.
#[derive(Debug, Default)]
pub struct Fields {
    /// `None` for an invalid one, which was reported.
    given: Vec<(&'static str, Option<Spanned<Typed>>)>,
}

impl Fields {
    /// Evaluates a block's attributes and reads them by its table, except `name` and `for_each`.
    pub fn of_block(
        block: &Instance,
        table: &BlockType,
        reader: &Reader,
        evaluator: &Evaluator,
        findings: &mut Findings,
    ) -> Self {
        let mut fields = Self::with_capacity(block.attributes.len());
        if !block.blocks.is_empty() {
            fields.given.extend(given_as_blocks(block, table).map(|name| (name, None)));
        }
        let mut entries = Vec::with_capacity(block.attributes.len());
        for attribute in &block.attributes {
            let known = table.attribute(&attribute.name);
            let value = match known.map(|known| (known.name, known.of)) {
                Some(("name" | "for_each", _)) => continue,
                Some((_, Type::Condition | Type::Message)) => {
                    let object = guarded(block, evaluator);
                    reader.hidden.report_written(&attribute.name, &attribute.value, findings);
                    evaluator.value_of_any_object(&attribute.value, block.each, object, findings)
                }
                _ => evaluator.value(&attribute.value, block.each, findings),
            };
            reader.hidden.report(&attribute.name, &value, attribute.value.span, block.each, findings);
            let value = placed(value, attribute.value.span);
            entries.push(Entry { name: &attribute.name, at: attribute.name_span.into(), known, value });
        }
        reader.fields(fields, entries, table.attributes, (table.kind.name(), block.span.into()), findings)
    }

    pub fn with_capacity(count: usize) -> Self {
        Self { given: Vec::with_capacity(count) }
    }

    /// Keeps what was given.
    pub fn give(&mut self, name: &'static str, value: Spanned<Typed>) {
        self.given.push((name, Some(value)));
    }

    /// Records an attribute with an invalid value.
    pub fn note(&mut self, name: Option<&'static str>) {
        self.given.extend(name.map(|name| (name, None)));
    }

    /// Whether a value other than null was given, valid or not.
    pub fn given(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| *known == name)
    }

    /// The names of the given attributes.
    pub fn names(&self) -> Vec<&'static str> {
        self.given.iter().map(|(name, _)| *name).collect()
    }

    fn get(&self, name: &str) -> Option<&Spanned<Typed>> {
        self.given.iter().find(|(known, value)| *known == name && value.is_some())?.1.as_ref()
    }

    /// Where a value stands.
    pub fn place(&self, name: &str) -> Option<Origin> {
        self.get(name).map(Spanned::place)
    }

    /// A string with its location.
    pub fn text(&self, name: &str) -> Option<(&Arc<str>, Origin)> {
        self.get(name).and_then(text)
    }

    /// A whole number with its location.
    pub fn count(&self, name: &str) -> Option<(usize, Origin)> {
        let value = self.get(name)?;
        if let Typed::Count(count) = value.id { Some((count, value.place())) } else { None }
    }

    /// A date with its location.
    pub fn date(&self, name: &str) -> Option<(Date, Origin)> {
        let value = self.get(name)?;
        if let Typed::Date(date) = value.id { Some((date, value.place())) } else { None }
    }

    /// The value of a bool; false if omitted.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Spanned { id: Typed::Bool(true), .. }))
    }

    /// Whether a bool is on, or has an invalid value, which was reported: nothing follows from that.
    pub fn may_be_on(&self, name: &str) -> bool {
        self.is_on(name) || (self.given(name) && self.get(name).is_none())
    }

    pub fn namespace(&self, name: &str) -> Option<Spanned<NamespaceId>> {
        namespace(self.get(name)?)
    }

    pub fn endpoint(&self, name: &str) -> Option<Spanned<EndpointName>> {
        let value = self.get(name)?;
        if let Typed::Endpoint(endpoint) = &value.id { Some(value.with(endpoint.clone())) } else { None }
    }

    pub fn principal(&self, name: &str) -> Option<Spanned<PrincipalId>> {
        principal(self.get(name)?)
    }

    /// The elements of a list, `None` for an invalid one.
    fn elements(&self, name: &str) -> &[Option<Spanned<Typed>>] {
        match self.get(name) {
            Some(Spanned { id: Typed::List(elements), .. }) => elements,
            _ => &[],
        }
    }

    /// The strings of a list, each with its location; `None` for an invalid element.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = Option<(&Arc<str>, Origin)>> {
        self.elements(name).iter().map(|element| text(element.as_ref()?))
    }

    /// The principals of a list; `None` for an invalid one.
    pub fn principals(&self, name: &str) -> impl Iterator<Item = Option<Spanned<PrincipalId>>> {
        self.elements(name).iter().map(|element| principal(element.as_ref()?))
    }

    /// The valid Namespaces of a list.
    pub fn namespaces(&self, name: &str) -> Option<DeclaredCallers> {
        let span = self.get(name)?.span;
        let elements = self.elements(name);
        let namespaces = elements.iter().flatten().filter_map(namespace).collect();
        Some(DeclaredCallers { span, written_empty: elements.is_empty(), namespaces })
    }

    /// The keys and strings of a map.
    pub fn text_map(&self, name: &str) -> impl Iterator<Item = (&Spanned<Arc<str>>, &Arc<str>)> {
        let members: &[_] = match self.get(name) {
            Some(Spanned { id: Typed::Map(members), .. }) => members,
            _ => &[],
        };
        members.iter().filter_map(|(key, value)| Some((key, text(value)?.0)))
    }

    /// The Namespaces and words of a map.
    pub fn namespace_map(&self, name: &str) -> impl Iterator<Item = (&Spanned<NamespaceId>, &Arc<str>)> {
        let members: &[_] = match self.get(name) {
            Some(Spanned { id: Typed::NamespaceMap(members), .. }) => members,
            _ => &[],
        };
        members.iter().filter_map(|(key, value)| Some((key, text(value)?.0)))
    }

    /// An object with its location.
    pub fn object(&self, name: &str) -> Option<(&Self, Origin)> {
        object(self.get(name)?)
    }

    /// The objects of a list, each with its location.
    pub fn objects(&self, name: &str) -> impl Iterator<Item = (&Self, Origin)> {
        self.elements(name).iter().flatten().filter_map(object)
    }
}

fn text(value: &Spanned<Typed>) -> Option<(&Arc<str>, Origin)> {
    if let Typed::Text(text) = &value.id { Some((text, value.place())) } else { None }
}

fn namespace(value: &Spanned<Typed>) -> Option<Spanned<NamespaceId>> {
    if let Typed::Namespace(id) = &value.id { Some(value.with(id.clone())) } else { None }
}

fn principal(value: &Spanned<Typed>) -> Option<Spanned<PrincipalId>> {
    if let Typed::Principal(id) = &value.id { Some(value.with(id.clone())) } else { None }
}

fn object(value: &Spanned<Typed>) -> Option<(&Fields, Origin)> {
    if let Typed::Object(fields) = &value.id { Some((fields, value.place())) } else { None }
}

/// The name under which a guard sees its objects.
fn guarded(block: &Instance, evaluator: &Evaluator) -> Option<&'static str> {
    let each = block.attribute("each")?;
    let each = evaluator.value(&each.value, block.each, &mut Findings::new());
    Some(Guarded::from_name(each.as_str()?)?.object())
}

/// Where a value is used and where it was written.
pub fn place(value: &Value) -> Origin {
    Origin { span: value.span, from: value.from }
}

/// The value with its place seen from the attribute at `within`.
pub fn placed(value: Value, within: Span) -> Value {
    let Origin { span, from } = value.place(within);
    Value { span, from, ..value }
}

/// The attributes written as blocks: they are reported as such, and not also as missing.
fn given_as_blocks(block: &Block, table: &BlockType) -> impl Iterator<Item = &'static str> {
    let names = table.attributes.iter().map(|attribute| attribute.name);
    names.filter(|name| block.blocks.iter().any(|inner| *inner.kind == **name))
}
