//! Whether evaluated values are of the types that a table says. What is not is reported and left out.

use super::fields::{Field, Fields, place, placed};
use crate::evaluate::{List, ListKind, Member, Object, Place, Value, ValueKind};
use crate::suggest;
use schema::block::{Attribute, Backend, Type, quoted};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::mem::discriminant;

/// An attribute that was evaluated.
pub struct Entry<'e> {
    /// Its name.
    pub name: &'e str,
    /// Where the name stands.
    pub at: Place,
    /// The attribute of this name, if there is one.
    pub known: Option<&'static Attribute>,
    /// Its value.
    pub value: Value,
}

/// Adds to the fields what is of the right type, and reports what is not and what is missing.
pub fn conform_all<'b>(
    mut fields: Fields<'b>,
    entries: Vec<Entry>,
    table: &'static [Attribute],
    backend: Backend,
    owner: &str,
    header: impl Into<Place>,
    findings: &mut Findings,
) -> Fields<'b> {
    for Entry { name, at, known, value } in entries {
        let Some(attribute) = known else {
            findings.push(unknown_attribute(name, at, table, owner));
            // What it was probably meant to be is not missing as well.
            fields.note(close(name, table));
            continue;
        };
        if matches!(value.kind, ValueKind::Null) {
            continue;
        }
        if let Some(only) = attribute.only.filter(|only| *only != backend) {
            fields.note(Some(attribute.name));
            findings.push(unsupported(name, at, only));
            continue;
        }
        match conform(value, attribute, backend, findings) {
            Some(field) => fields.give(attribute.name, field),
            None => fields.note(Some(attribute.name)),
        }
    }
    let header = header.into();
    let needed = table.iter().filter(|attribute| attribute.required.on(backend));
    for attribute in needed.filter(|attribute| !fields.given(attribute.name)) {
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
        Backend::Cloud => instead_of(name),
        Backend::SelfHosted => "remove it, or write `backend = \"self_hosted\"` in `account`",
    };
    at.into().finding(Code::Unsupported, message).help(help)
}

/// What does on a server what `name` does on Temporal Cloud.
fn instead_of(name: &str) -> &'static str {
    match name {
        "user" | "service_account" | "group" | "managed_by" | "apply_as" => {
            "remove it: a server of one's own knows no principals, its Authorizer decides who may do what"
        }
        "privatelink" => {
            "remove it: the network of a server of one's own and its TLS settings decide who reaches it"
        }
        _ => "remove it: a server of one's own has nothing like it",
    }
}

/// `name`, which is about allowlists, on a server.
pub fn no_allowlists(name: &str, at: impl Into<Place>) -> Finding {
    let message =
        format!("`{name}`: a self-hosted server has no allowlists, any Namespace may call any Endpoint");
    let help = "remove it; or write `allowlist = \"ignore\"` in `account`, and add a check to the server for what `nexusc export authorizer` writes: see docs/authorizer.md";
    at.into().finding(Code::Unsupported, message).help(help)
}

fn missing_attribute(attribute: &Attribute, owner: &str, header: Place) -> Finding {
    let name = attribute.name;
    let message = format!("`{owner}` needs the attribute `{name}`");
    let help = format!("write `{name} = …`, {}", attribute.of.expected());
    header.finding(Code::MissingAttribute, message).help(help)
}

fn conform<'b>(
    value: Value,
    attribute: &Attribute,
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field<'b>> {
    match attribute.of {
        Type::Object(table) => return conform_object(value, attribute, table, backend, findings),
        Type::Objects(table) => return conform_objects(&value, attribute, table, backend, findings),
        _ => {}
    }
    let kind = conform_value(&value, attribute.of, attribute, findings)?;
    Some(Field::Value(Value { kind, ..value }))
}

fn conform_object<'b>(
    value: Value,
    attribute: &Attribute,
    table: &'static [Attribute],
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field<'b>> {
    let at = place(&value);
    match &value.kind {
        ValueKind::Object(object) => {
            let entry = |member| entry(member, value.span, table);
            let entries: Vec<_> = object.iter().map(entry).collect();
            let fields = Fields::with_capacity(entries.len());
            let fields = conform_all(fields, entries, table, backend, attribute.name, at, findings);
            Some(Field::Object(at, fields))
        }
        ValueKind::Failed => None,
        _ => refuse(&value, attribute, attribute.of, findings),
    }
}

/// A member of the object at `within`.
fn entry<'m>(member: &'m Member, within: Span, table: &'static [Attribute]) -> Entry<'m> {
    Entry {
        name: &member.key,
        at: Place::of(member.key_span, None, within),
        known: table.iter().find(|attribute| attribute.name == &*member.key),
        value: placed(member.value.clone(), within),
    }
}

/// The elements that are objects; the others were reported.
fn conform_objects<'b>(
    value: &Value,
    attribute: &Attribute,
    table: &'static [Attribute],
    backend: Backend,
    findings: &mut Findings,
) -> Option<Field<'b>> {
    let elements = match &value.kind {
        ValueKind::List(elements) => elements,
        ValueKind::Failed => return None,
        _ => return refuse(value, attribute, attribute.of, findings),
    };
    let object = |element: &Value| {
        let element = placed(element.clone(), value.span);
        match conform_object(element, attribute, table, backend, findings)? {
            Field::Object(place, fields) => Some((place, fields)),
            _ => None,
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
