//! A block's attributes, evaluated and of the type that its table says. What is not was reported and is left out.

use super::instance::Instance;
use crate::document::Block;
use crate::evaluate::{Evaluator, List, ListKind, Member, Object, Place, Value, ValueKind};
use crate::policy::Guarded;
use crate::suggest;
use schema::block::{Attribute, Backend, BlockType, Type, quoted};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::mem::discriminant;
use std::sync::Arc;

/// The attributes of a block or object.
#[derive(Default)]
pub struct Fields {
    given: Vec<&'static str>,
    fields: Vec<(&'static str, Field)>,
}

enum Field {
    Value(Value),
    Object(Place, Fields),
    Objects(Vec<(Place, Fields)>),
}

impl Fields {
    /// Evaluates a block's attributes against its table. `name` and `for_each` are left to whoever names blocks.
    pub fn of_block(
        block: &Instance,
        table: &BlockType,
        backend: Backend,
        evaluator: &Evaluator,
        findings: &mut Findings,
    ) -> Self {
        let names = |name: &str| match name {
            "name" => table.attribute("name").is_some(),
            "for_each" => table.expands(),
            _ => false,
        };
        let entries = block.attributes.iter().filter(|attribute| !names(&attribute.name)).map(|attribute| {
            let value = match table.attribute(&attribute.name).map(|known| known.of) {
                Some(Type::Condition | Type::Message) => {
                    let object = guarded(block, evaluator);
                    evaluator.value_of_any_object(&attribute.value, block.each, object, findings)
                }
                _ => evaluator.value(&attribute.value, block.each, findings),
            };
            let value = placed(value, attribute.value.span);
            (Arc::clone(&attribute.name), Place::from(attribute.name_span), value)
        });
        let entries: Vec<_> = entries.collect();
        let given = given_as_blocks(block, table);
        conform_all(entries, given, table.attributes, backend, table.name, block.span, findings)
    }

    /// Whether something other than null was written, understood or not.
    pub fn given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// The names of what was written.
    pub fn given_names(&self) -> &[&'static str] {
        &self.given
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, field)| field)
    }

    /// A value of a type other than an object.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match self.field(name)? {
            Field::Value(value) => Some(value),
            Field::Object(..) | Field::Objects(_) => None,
        }
    }

    /// A string with its place.
    pub fn text(&self, name: &str) -> Option<(&str, Place)> {
        let value = self.value(name)?;
        value.as_str().map(|text| (text, place(value)))
    }

    /// A whole number with its place.
    pub fn count(&self, name: &str) -> Option<(usize, Place)> {
        let value = self.value(name)?;
        match &value.kind {
            ValueKind::Number(number) => number.to_usize().map(|count| (count, place(value))),
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
    pub fn object(&self, name: &str) -> Option<(&Self, Place)> {
        match self.field(name)? {
            Field::Object(place, fields) => Some((fields, *place)),
            Field::Value(_) | Field::Objects(_) => None,
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

/// The name under which a guard sees its objects.
fn guarded(block: &Instance, evaluator: &Evaluator) -> Option<&'static str> {
    let each = block.attribute("each")?;
    let each = evaluator.value(&each.value, block.each, &mut Findings::new());
    Some(Guarded::from_name(each.as_str()?)?.object())
}

type Entry = (Arc<str>, Place, Value);

/// Where a value that was placed is used, and where it was written.
pub fn place(value: &Value) -> Place {
    Place { span: value.span, from: value.from }
}

/// The value with its place seen from the attribute at `within`.
fn placed(value: Value, within: Span) -> Value {
    let Place { span, from } = value.place(within);
    Value { span, from, ..value }
}

/// The attributes that were written as blocks: that is reported, and they are not missing as well.
fn given_as_blocks(block: &Block, table: &BlockType) -> Vec<&'static str> {
    if block.blocks.is_empty() {
        return Vec::new();
    }
    let names = table.attributes.iter().map(|attribute| attribute.name);
    names.filter(|name| block.blocks.iter().any(|inner| *inner.kind == **name)).collect()
}

fn conform_all(
    entries: Vec<Entry>,
    given: Vec<&'static str>,
    table: &'static [Attribute],
    backend: Backend,
    owner: &str,
    header: impl Into<Place>,
    findings: &mut Findings,
) -> Fields {
    let mut fields = Fields { given, fields: Vec::with_capacity(entries.len()) };
    for (name, at, value) in entries {
        match table.iter().find(|attribute| attribute.name == &*name) {
            None => {
                findings.push(unknown_attribute(&name, at, table, owner));
                // What it was probably meant to be is not missing as well.
                fields.given.extend(close(&name, table));
            }
            Some(_) if matches!(value.kind, ValueKind::Null) => {}
            Some(attribute) => {
                fields.given.push(attribute.name);
                if let Some(only) = attribute.only.filter(|only| *only != backend) {
                    findings.push(unsupported(&name, at, only));
                    continue;
                }
                let field = conform(value, attribute, backend, findings);
                fields.fields.extend(field.map(|field| (attribute.name, field)));
            }
        }
    }
    let header = header.into();
    for attribute in
        table.iter().filter(|attribute| attribute.required.on(backend) && !fields.given(attribute.name))
    {
        findings.push(missing_attribute(attribute, owner, header));
    }
    fields
}

pub fn unknown_attribute(name: &str, at: Place, table: &[Attribute], owner: &str) -> Finding {
    let known: Vec<_> = table.iter().map(|attribute| attribute.name).collect();
    let help = match close(name, table) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", quoted(&known).replace(" or ", " and ")),
    };
    at.finding(Code::UnknownAttribute, format!("`{owner}` has no attribute `{name}`")).help(help)
}

fn close(name: &str, table: &[Attribute]) -> Option<&'static str> {
    suggest::closest(name, table.iter().map(|attribute| attribute.name))
}

/// `name`, which only one backend has, and it is not the chosen one.
pub fn unsupported(name: &str, at: impl Into<Place>, only: Backend) -> Finding {
    let message = format!("`{name}` exists on {} only", only.name());
    let help = match only {
        Backend::Cloud => "remove it: a server of one's own has nothing like it",
        Backend::SelfHosted => "remove it, or write `backend = \"self_hosted\"` in `account`",
    };
    at.into().finding(Code::Unsupported, message).help(help)
}

/// `name`, which is about allowlists, on a server.
pub fn no_allowlists(name: &str, at: impl Into<Place>) -> Finding {
    let message =
        format!("`{name}`: a self-hosted server has no allowlists, any Namespace may call any Endpoint");
    let help = "remove it; or write `allowlist = \"ignore\"` in `account`, and let an Authorizer of the server enforce what `nexusc export authorizer` writes";
    at.into().finding(Code::Unsupported, message).help(help)
}

fn missing_attribute(attribute: &Attribute, owner: &str, header: Place) -> Finding {
    let name = attribute.name;
    let message = format!("`{owner}` needs the attribute `{name}`");
    let help = format!("write `{name} = …`, {}", attribute.of.expected());
    header.finding(Code::MissingAttribute, message).help(help)
}

fn conform(value: Value, attribute: &Attribute, backend: Backend, findings: &mut Findings) -> Option<Field> {
    match attribute.of {
        Type::Object(table) => return conform_object(value, attribute, table, backend, findings),
        Type::Objects(table) => return conform_objects(&value, attribute, table, backend, findings),
        _ => {}
    }
    let kind = conform_value(&value, attribute.of, attribute, findings)?;
    Some(Field::Value(Value { kind, ..value }))
}

fn conform_object(
    value: Value,
    attribute: &Attribute,
    table: &'static [Attribute],
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field> {
    let at = place(&value);
    match &value.kind {
        ValueKind::Object(object) => {
            let entry = |member: &Member| {
                let name_at = Place::of(member.key_span, None, value.span);
                (Arc::clone(&member.key), name_at, placed(member.value.clone(), value.span))
            };
            let entries = object.iter().map(entry).collect();
            let fields = conform_all(entries, Vec::new(), table, backend, attribute.name, at, findings);
            Some(Field::Object(at, fields))
        }
        ValueKind::Failed => None,
        _ => refuse(&value, attribute, attribute.of, findings),
    }
}

/// The elements that are objects; the others were reported.
fn conform_objects(
    value: &Value,
    attribute: &Attribute,
    table: &'static [Attribute],
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field> {
    let elements = match &value.kind {
        ValueKind::List(elements) => elements,
        ValueKind::Failed => return None,
        _ => return refuse(value, attribute, attribute.of, findings),
    };
    let object = |element: &Value| {
        let element = placed(element.clone(), value.span);
        match conform_object(element, attribute, table, backend, findings)? {
            Field::Object(place, fields) => Some((place, fields)),
            Field::Value(_) | Field::Objects(_) => None,
        }
    };
    Some(Field::Objects(elements.iter().filter_map(object).collect()))
}

/// The value as it is to be kept: in lists what was refused stands as failed, in maps it is left out.
fn conform_value(
    value: &Value,
    of: Type,
    attribute: &Attribute,
    findings: &mut Findings,
) -> Option<ValueKind> {
    let at = value.span;
    match (of, &value.kind) {
        (_, ValueKind::Failed) => None,
        (Type::Texts, ValueKind::List(elements)) => list(elements, at, Type::Text, attribute, findings),
        (Type::Words(words), ValueKind::List(elements)) => {
            list(elements, at, Type::Word(words), attribute, findings)
        }
        (Type::Namespaces, ValueKind::List(elements)) => {
            list(elements, at, Type::Namespace, attribute, findings)
        }
        (Type::Users, ValueKind::List(elements)) => list(elements, at, Type::User, attribute, findings),
        (Type::Principals, ValueKind::List(elements)) => {
            list(elements, at, Type::Principal, attribute, findings)
        }
        (Type::TextMap, ValueKind::Object(members)) => map(members, at, Type::Text, attribute, findings),
        (Type::NamespaceMap(words), ValueKind::Object(members)) => {
            map(members, at, Type::Word(words), attribute, findings)
        }
        (Type::Word(words), ValueKind::String(text)) => {
            if words.contains(&&**text) {
                return Some(value.kind.clone());
            }
            findings.push(unknown_word(text, words, place(value), attribute));
            None
        }
        (_, kind) if fits(of, kind) => Some(kind.clone()),
        _ => refuse(value, attribute, of, findings),
    }
}

fn fits(of: Type, kind: &ValueKind) -> bool {
    match (of, kind) {
        (
            Type::Text | Type::Message | Type::Date | Type::Namespace | Type::Endpoint,
            ValueKind::String(_),
        ) => true,
        (Type::Principal | Type::Principals | Type::User, ValueKind::String(_)) => true,
        (Type::Count, ValueKind::Number(number)) => number.to_usize().is_some(),
        (Type::Bool | Type::Condition, ValueKind::Bool(_)) => true,
        (Type::Namespace, ValueKind::Reference(to)) => &*to.kind == "namespace",
        (Type::Endpoint, ValueKind::Reference(to)) => &*to.kind == "endpoint",
        (Type::User, ValueKind::Reference(to)) => &*to.kind == "user",
        (Type::Principal | Type::Principals, ValueKind::Reference(to)) => {
            matches!(&*to.kind, "user" | "service_account" | "group")
        }
        _ => false,
    }
}

/// Whether a value in a list or map that is written at `within` is kept as it is.
fn is_right(value: &Value, within: Span, of: Type) -> bool {
    let is_of_type = match (of, &value.kind) {
        (Type::Word(words), ValueKind::String(text)) => words.contains(&&**text),
        (of, kind) => fits(of, kind),
    };
    is_of_type && value.place(within) == place(value)
}

fn list(
    elements: &List,
    at: Span,
    of: Type,
    attribute: &Attribute,
    findings: &mut Findings,
) -> Option<ValueKind> {
    if elements.iter().all(|element| is_right(element, at, of)) {
        return Some(ValueKind::List(elements.clone()));
    }
    let keep = |element: &Value| {
        let element = placed(element.clone(), at);
        let kind = conform_value(&element, of, attribute, findings).unwrap_or(ValueKind::Failed);
        Value { kind, ..element }
    };
    let elements = elements.iter().map(keep).collect();
    Some(ValueKind::List(List::new(ListKind::Tuple, elements)))
}

fn map(
    members: &Object,
    at: Span,
    of: Type,
    attribute: &Attribute,
    findings: &mut Findings,
) -> Option<ValueKind> {
    if members.iter().all(|member| is_right(&member.value, at, of)) {
        return Some(ValueKind::Object(members.clone()));
    }
    let keep = |member: &Member| {
        let value = placed(member.value.clone(), at);
        let kind = conform_value(&value, of, attribute, findings)?;
        Some(Member { value: Value { kind, ..value }, ..member.clone() })
    };
    Some(ValueKind::Object(Object::new(members.iter().filter_map(keep).collect())))
}

fn unknown_word(text: &str, words: &[&str], at: Place, attribute: &Attribute) -> Finding {
    let help = match suggest::closest(text, words.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("write one of {}", quoted(words)),
    };
    at.finding(Code::InvalidValue, format!("`{}` cannot be `{text}`", attribute.name)).help(help)
}

fn refuse<T>(value: &Value, attribute: &Attribute, of: Type, findings: &mut Findings) -> Option<T> {
    let found = match &value.kind {
        ValueKind::Reference(to) => format!("`{to}`"),
        other => other.name().to_owned(),
    };
    let is_element = discriminant(&of) != discriminant(&attribute.of);
    let what = if is_element { "each value in " } else { "" };
    let message = format!("{what}`{}` is {}, not {found}", attribute.name, of.expected());
    findings.push(place(value).finding(Code::WrongType, message));
    None
}
