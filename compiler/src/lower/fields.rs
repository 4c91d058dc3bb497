//! A block's attributes, evaluated and of the type that its table says. What is not was reported and is left out.

use crate::document::Block;
use crate::evaluate::{Evaluator, Member, Value, ValueKind};
use crate::suggest;
use schema::block::{Attribute, Backend, BlockType, Type, quoted};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The attributes of a block or object.
#[derive(Default)]
pub struct Fields {
    given: BTreeSet<&'static str>,
    fields: BTreeMap<&'static str, Field>,
}

enum Field {
    Value(Value),
    Object(Span, Fields),
}

impl Fields {
    /// Evaluates a block's attributes against its table. `name` is left to whoever names blocks.
    pub fn of_block(
        block: &Block,
        table: &BlockType,
        backend: Backend,
        evaluator: &Evaluator,
        findings: &mut Findings,
    ) -> Self {
        let entries =
            block.attributes.iter().filter(|attribute| &*attribute.name != "name").map(|attribute| {
                let value = evaluator.value(&attribute.value, findings);
                (Arc::clone(&attribute.name), attribute.name_span, value)
            });
        let entries: Vec<_> = entries.collect();
        conform_all(entries, table.attributes, backend, &format!("`{}`", table.name), block.span, findings)
    }

    /// Whether something other than null was written, understood or not.
    pub fn given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// The names of what was written.
    pub fn given_names(&self) -> &BTreeSet<&'static str> {
        &self.given
    }

    /// A value of a type other than an object.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match self.fields.get(name)? {
            Field::Value(value) => Some(value),
            Field::Object(..) => None,
        }
    }

    /// A string with its place.
    pub fn text(&self, name: &str) -> Option<(&str, Span)> {
        let value = self.value(name)?;
        value.as_str().map(|text| (text, value.span))
    }

    /// A whole number with its place.
    pub fn count(&self, name: &str) -> Option<(usize, Span)> {
        let value = self.value(name)?;
        match &value.kind {
            ValueKind::Number(number) => number.to_usize().map(|count| (count, value.span)),
            _ => None,
        }
    }

    /// Whether a switch is on; one that is left out is off.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value { kind: ValueKind::Bool(true), .. }))
    }

    /// The elements of a list; what is no list is a list of one.
    pub fn elements(&self, name: &str) -> Option<&[Value]> {
        let value = self.value(name)?;
        match &value.kind {
            ValueKind::List(elements) => Some(elements),
            _ => Some(std::slice::from_ref(value)),
        }
    }

    /// The members of a map.
    pub fn members(&self, name: &str) -> &[Member] {
        match self.value(name).map(|value| &value.kind) {
            Some(ValueKind::Object(members)) => members,
            _ => &[],
        }
    }

    /// An object with its place.
    pub fn object(&self, name: &str) -> Option<(&Self, Span)> {
        match self.fields.get(name)? {
            Field::Object(span, fields) => Some((fields, *span)),
            Field::Value(_) => None,
        }
    }
}

type Entry = (Arc<str>, Span, Value);

fn conform_all(
    entries: Vec<Entry>,
    table: &'static [Attribute],
    backend: Backend,
    owner: &str,
    header: Span,
    findings: &mut Findings,
) -> Fields {
    let mut fields = Fields::default();
    for (name, name_span, value) in entries {
        match table.iter().find(|attribute| attribute.name == &*name) {
            None => findings.push(unknown_attribute(&name, name_span, table, owner)),
            Some(_) if matches!(value.kind, ValueKind::Null) => {}
            Some(attribute) => {
                fields.given.insert(attribute.name);
                if let Some(only) = attribute.only.filter(|only| *only != backend) {
                    findings.push(unsupported(&name, name_span, only));
                    continue;
                }
                let field = conform(value, attribute, backend, findings);
                fields.fields.extend(field.map(|field| (attribute.name, field)));
            }
        }
    }
    for attribute in table
        .iter()
        .filter(|attribute| attribute.required.on(backend) && !fields.given.contains(attribute.name))
    {
        findings.push(missing_attribute(attribute, owner, header));
    }
    fields
}

fn unknown_attribute(name: &str, span: Span, table: &[Attribute], owner: &str) -> Finding {
    let known: Vec<_> = table.iter().map(|attribute| attribute.name).collect();
    let help = match suggest::closest(name, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", quoted(&known).replace(" or ", " and ")),
    };
    Finding::new(Code::UnknownAttribute, span, format!("{owner} has no attribute `{name}`")).help(help)
}

/// `name`, which only one backend has, and it is not the chosen one.
pub fn unsupported(name: &str, span: Span, only: Backend) -> Finding {
    let message = format!("`{name}` exists on {} only", only.name());
    let help = match only {
        Backend::Cloud => "remove it: a server of one's own has nothing like it",
        Backend::SelfHosted => "remove it, or write `backend = \"self_hosted\"` in `account`",
    };
    Finding::new(Code::Unsupported, span, message).help(help)
}

fn missing_attribute(attribute: &Attribute, owner: &str, header: Span) -> Finding {
    let name = attribute.name;
    let message = format!("{owner} needs the attribute `{name}`");
    let help = format!("write `{name} = …`, {}", attribute.of.expected());
    Finding::new(Code::MissingAttribute, header, message).help(help)
}

fn conform(value: Value, attribute: &Attribute, backend: Backend, findings: &mut Findings) -> Option<Field> {
    if let Type::Object(table) = attribute.of {
        return conform_object(value, attribute, table, backend, findings);
    }
    let span = value.span;
    let kind = conform_value(value, attribute.of, attribute, findings)?;
    Some(Field::Value(Value { span, kind }))
}

fn conform_object(
    value: Value,
    attribute: &Attribute,
    table: &'static [Attribute],
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field> {
    let span = value.span;
    match value.kind {
        ValueKind::Object(members) => {
            let entries =
                members.into_iter().map(|member| (member.key, member.key_span, member.value)).collect();
            let fields =
                conform_all(entries, table, backend, &format!("`{}`", attribute.name), span, findings);
            Some(Field::Object(span, fields))
        }
        ValueKind::Failed => None,
        other => refuse(span, &other, attribute, attribute.of, findings),
    }
}

/// The value as it is to be kept: in lists what was refused stands as failed, in maps it is left out.
fn conform_value(
    value: Value,
    of: Type,
    attribute: &Attribute,
    findings: &mut Findings,
) -> Option<ValueKind> {
    let span = value.span;
    match (of, value.kind) {
        (_, ValueKind::Failed) => None,
        (Type::Texts, ValueKind::List(elements)) => list(elements, Type::Text, attribute, findings),
        (Type::Words(words), ValueKind::List(elements)) => {
            list(elements, Type::Word(words), attribute, findings)
        }
        (Type::Namespaces, ValueKind::List(elements)) => list(elements, Type::Namespace, attribute, findings),
        (Type::Users | Type::Principals, ValueKind::List(elements)) => {
            list(elements, single(of), attribute, findings)
        }
        (Type::TextMap, ValueKind::Object(members)) => map(members, Type::Text, attribute, findings),
        (Type::NamespaceMap(words), ValueKind::Object(members)) => {
            map(members, Type::Word(words), attribute, findings)
        }
        (Type::Word(words), ValueKind::String(text)) => {
            if words.contains(&&*text) {
                return Some(ValueKind::String(text));
            }
            findings.push(unknown_word(&text, words, span, attribute));
            None
        }
        (_, kind) if fits(of, &kind) => Some(kind),
        (_, other) => refuse(span, &other, attribute, of, findings),
    }
}

fn single(of: Type) -> Type {
    if matches!(of, Type::Users) { Type::Users } else { Type::Principal }
}

fn fits(of: Type, kind: &ValueKind) -> bool {
    match (of, kind) {
        (Type::Text | Type::Date | Type::Namespace | Type::Endpoint, ValueKind::String(_)) => true,
        (Type::Principal | Type::Principals | Type::Users, ValueKind::String(_)) => true,
        (Type::Count, ValueKind::Number(number)) => number.to_usize().is_some(),
        (Type::Bool, ValueKind::Bool(_)) => true,
        (Type::Namespace, ValueKind::Reference(to)) => &*to.kind == "namespace",
        (Type::Endpoint, ValueKind::Reference(to)) => &*to.kind == "endpoint",
        (Type::Users, ValueKind::Reference(to)) => &*to.kind == "user",
        (Type::Principal | Type::Principals, ValueKind::Reference(to)) => {
            matches!(&*to.kind, "user" | "service_account" | "group")
        }
        _ => false,
    }
}

fn list(elements: Vec<Value>, of: Type, attribute: &Attribute, findings: &mut Findings) -> Option<ValueKind> {
    let keep = |element: Value| {
        let span = element.span;
        Value { span, kind: conform_value(element, of, attribute, findings).unwrap_or(ValueKind::Failed) }
    };
    Some(ValueKind::List(elements.into_iter().map(keep).collect()))
}

fn map(members: Vec<Member>, of: Type, attribute: &Attribute, findings: &mut Findings) -> Option<ValueKind> {
    let keep = |member: Member| {
        let span = member.value.span;
        let kind = conform_value(member.value, of, attribute, findings)?;
        Some(Member { value: Value { span, kind }, ..member })
    };
    Some(ValueKind::Object(members.into_iter().filter_map(keep).collect()))
}

fn unknown_word(text: &str, words: &[&str], span: Span, attribute: &Attribute) -> Finding {
    let help = match suggest::closest(text, words.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("write one of {}", quoted(words)),
    };
    Finding::new(Code::InvalidValue, span, format!("`{}` cannot be `{text}`", attribute.name)).help(help)
}

fn refuse<T>(
    span: Span,
    kind: &ValueKind,
    attribute: &Attribute,
    of: Type,
    findings: &mut Findings,
) -> Option<T> {
    let found = match kind {
        ValueKind::Reference(to) => format!("`{to}`"),
        other => other.name().to_owned(),
    };
    let message = format!("`{}` is {}, not {found}", attribute.name, of.expected());
    findings.push(Finding::new(Code::WrongType, span, message));
    None
}
