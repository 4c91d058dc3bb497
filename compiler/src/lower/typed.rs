//! Converts evaluated values to the types of the block tables. A value of another type is reported and dropped.

use super::fields::{Fields, place, placed};
use super::hidden::HiddenCharacters;
use super::names::Names;
use crate::diagnostic::source::Span;
use crate::diagnostic::{
    DANGLING_NAMESPACE, Finding, Findings, INVALID_VALUE, MISSING_ATTRIBUTE, UNKNOWN_ATTRIBUTE, UNSUPPORTED,
    WRONG_TYPE,
};
use crate::evaluate::{Member, Origin, Value, ValueKind};
use crate::language::block::{Attribute, BlockKind, Type, quoted};
use crate::language::day;
use crate::language::suggest;
use crate::policy::Spanned;
use schema::backend::Backend;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use std::mem::discriminant;
use std::sync::Arc;
use time::Date;

/// A value of the type of its attribute.
#[derive(Debug)]
pub enum Typed {
    /// Of `Text`, `Word` and `Message`.
    Text(Arc<str>),
    Count(usize),
    /// Of `Bool` and `Condition`.
    Bool(bool),
    Date(Date),
    Namespace(NamespaceId),
    Endpoint(EndpointName),
    Principal(PrincipalId),
    Object(Fields),
    /// The elements in order; `None` for an invalid one.
    List(Vec<Option<Spanned<Typed>>>),
    /// The valid members.
    Map(Vec<(Spanned<Arc<str>>, Spanned<Typed>)>),
    NamespaceMap(Vec<(Spanned<NamespaceId>, Spanned<Typed>)>),
}

/// An evaluated attribute.
pub struct Entry<'e> {
    /// Its name.
    pub name: &'e str,
    /// Where the name stands.
    pub at: Origin,
    /// The attribute of this name, if there is one.
    pub known: Option<&'static Attribute>,
    /// Its value.
    pub value: Value,
}

/// Reads values by their types.
pub struct Reader<'r, 'a> {
    pub names: &'r Names<'a>,
    pub backend: Backend,
    pub hidden: &'r HiddenCharacters<'a>,
}

impl Reader<'_, '_> {
    /// Adds the valid attributes to the fields of `owner`, whose header is at `header`, and reports invalid and missing
    /// ones.
    pub fn fields<'e>(
        &self,
        mut fields: Fields,
        entries: impl IntoIterator<Item = Entry<'e>>,
        table: &'static [Attribute],
        (owner, header): (&str, Origin),
        findings: &mut Findings,
    ) -> Fields {
        for Entry { name, at, known, value } in entries {
            let Some(attribute) = known else {
                findings.push(unknown_attribute(name, at, table, owner));
                // The attribute that it was probably meant to be is not also reported as missing.
                fields.note(close(name, table));
                continue;
            };
            if matches!(value.kind, ValueKind::Null(_)) {
                continue;
            }
            if let Some(only) = attribute.only.filter(|only| *only != self.backend) {
                fields.note(Some(attribute.name));
                findings.push(unsupported(name, at, only));
                continue;
            }
            match self.value(&value, attribute.of, attribute, findings) {
                Some(typed) => fields.give(attribute.name, typed),
                None => fields.note(Some(attribute.name)),
            }
        }
        let needed = table.iter().filter(|attribute| attribute.required.on(self.backend));
        for attribute in needed.filter(|attribute| !fields.given(attribute.name)) {
            findings.push(missing_attribute(attribute, owner, header));
        }
        fields
    }

    /// Converts a value, of an attribute or inside one, to the type `of`.
    fn value(
        &self,
        value: &Value,
        of: Type,
        attribute: &Attribute,
        findings: &mut Findings,
    ) -> Option<Spanned<Typed>> {
        let at = place(value);
        let typed = match (of, &value.kind) {
            (_, ValueKind::Failed) => return None,
            (Type::Text | Type::Message, ValueKind::String(text)) => Typed::Text(Arc::clone(text)),
            (Type::Word(words), ValueKind::String(text)) => {
                if !words.contains(&&**text) {
                    findings.push(unknown_word(text, words, at, attribute));
                    return None;
                }
                Typed::Text(Arc::clone(text))
            }
            (Type::Date, ValueKind::String(text)) => Typed::Date(date(text, at, findings)?),
            (Type::Bool | Type::Condition, ValueKind::Bool(is_on)) => Typed::Bool(*is_on),
            (Type::Count, ValueKind::Number(number)) => match number.to_usize() {
                Some(count) => Typed::Count(count),
                None => return refuse(value, attribute, of, findings),
            },
            (Type::Namespace(dangling), ValueKind::String(text)) => {
                Typed::Namespace(self.names.namespace_text(text, at, dangling, findings)?)
            }
            (Type::Namespace(dangling), ValueKind::Reference(to)) if to.kind == BlockKind::Namespace => {
                Typed::Namespace(self.names.namespace_reference(to, at, dangling, findings)?)
            }
            (Type::Endpoint, ValueKind::String(text)) => {
                Typed::Endpoint(self.names.endpoint_text(text, at, findings)?)
            }
            (Type::Endpoint, ValueKind::Reference(to)) if to.kind == BlockKind::Endpoint => {
                Typed::Endpoint(self.names.endpoint_reference(to, at, findings)?)
            }
            (Type::Principal, ValueKind::String(text)) => {
                Typed::Principal(self.names.principal_text(text, at, findings)?)
            }
            (Type::User, ValueKind::String(text)) => {
                Typed::Principal(self.names.user_text(text, at, findings)?)
            }
            (Type::Principal, ValueKind::Reference(to)) if to.kind.principal().is_some() => {
                Typed::Principal(self.names.principal_reference(to, at, findings)?)
            }
            (Type::User, ValueKind::Reference(to)) if to.kind == BlockKind::User => {
                Typed::Principal(self.names.principal_reference(to, at, findings)?)
            }
            (Type::Object(table), ValueKind::Object(members)) => {
                let entries = members.iter().map(|member| entry(member, value.span, table));
                let fields = Fields::with_capacity(members.len());
                Typed::Object(self.fields(fields, entries, table, (attribute.name, at), findings))
            }
            (Type::List(of) | Type::OneOrMore(of), ValueKind::List(elements)) => {
                let element = |element: &Value| {
                    self.value(&placed(element.clone(), value.span), *of, attribute, findings)
                };
                Typed::List(elements.iter().map(element).collect())
            }
            (Type::OneOrMore(of), ValueKind::String(_) | ValueKind::Reference(_)) => {
                let one = self.value(value, *of, attribute, findings);
                Typed::List(vec![one])
            }
            (Type::Map(of), ValueKind::Object(members)) => {
                let member = |member: &Member| {
                    let typed =
                        self.value(&placed(member.value.clone(), value.span), *of, attribute, findings)?;
                    let at = Origin::of(member.key_span, None, value.span);
                    Some((Spanned::new(at, Arc::clone(&member.key)), typed))
                };
                Typed::Map(members.iter().filter_map(member).collect())
            }
            (Type::NamespaceMap(of), ValueKind::Object(members)) => {
                let member =
                    |member: &Member| self.namespace_member(member, value.span, *of, attribute, findings);
                Typed::NamespaceMap(members.iter().filter_map(member).collect())
            }
            _ => return refuse(value, attribute, of, findings),
        };
        Some(Spanned::new(at, typed))
    }

    /// A member whose key is a Namespace, in the object at `within`.
    fn namespace_member(
        &self,
        member: &Member,
        within: Span,
        of: Type,
        attribute: &Attribute,
        findings: &mut Findings,
    ) -> Option<(Spanned<NamespaceId>, Spanned<Typed>)> {
        let typed = self.value(&placed(member.value.clone(), within), of, attribute, findings)?;
        let (at, dangling) = (Origin::of(member.key_span, None, within), &DANGLING_NAMESPACE);
        let id = match &member.reference {
            Some(to) => self.names.namespace_reference(to, at, dangling, findings)?,
            None => self.names.namespace_text(&member.key, at, dangling, findings)?,
        };
        Some((Spanned::new(at, id), typed))
    }
}

/// A member of the object at `within`, as an attribute.
fn entry<'m>(member: &'m Member, within: Span, table: &'static [Attribute]) -> Entry<'m> {
    Entry {
        name: &member.key,
        at: Origin::of(member.key_span, None, within),
        known: table.iter().find(|attribute| attribute.name == &*member.key),
        value: placed(member.value.clone(), within),
    }
}

fn date(text: &str, at: Origin, findings: &mut Findings) -> Option<Date> {
    let parsed = day::parse(text);
    if parsed.is_none() {
        let message = format!("`{}` is not a date", text.escape_debug());
        findings.push(at.finding(&INVALID_VALUE, message).help("write YYYY-MM-DD, such as `2027-06-30`"));
    }
    parsed
}

pub fn unknown_attribute(name: &str, at: Origin, table: &[Attribute], owner: &str) -> Finding {
    let known: Vec<_> = table.iter().map(|attribute| attribute.name).collect();
    let help = match close(name, table) {
        Some(close) => format!("did you mean `{close}`?"),
        None if known.is_empty() => "remove it: there are no attributes".to_owned(),
        None => format!("it has {}", quoted(&known).replace(" or ", " and ")),
    };
    at.finding(&UNKNOWN_ATTRIBUTE, format!("`{owner}` has no attribute `{name}`")).help(help)
}

fn close(name: &str, table: &[Attribute]) -> Option<&'static str> {
    suggest::likely(name, table.iter().map(|attribute| attribute.name))
}

/// The finding for `name`, which the backend does not support.
pub fn unsupported(name: &str, at: impl Into<Origin>, only: Backend) -> Finding {
    let message = format!("`{name}` exists on {} only", only.name());
    let help = match only {
        Backend::Cloud => instead_of(name),
        Backend::SelfHosted => "remove it, or write `backend = \"self_hosted\"` in `account`",
    };
    at.into().finding(&UNSUPPORTED, message).help(help)
}

/// Help for `name` on self-hosted Temporal.
fn instead_of(name: &str) -> &'static str {
    match name {
        "user" | "service_account" | "group" | "managed_by" | "apply_as" => {
            "remove it: self-hosted Temporal has no principals; its Authorizer decides who may do what"
        }
        "privatelink" => {
            "remove it: the network and the TLS settings of a self-hosted server decide who reaches it"
        }
        _ => "remove it: self-hosted Temporal has no equivalent",
    }
}

/// The finding for `name`, which is about allowlists, on self-hosted Temporal.
pub fn no_allowlists(name: &str, at: impl Into<Origin>) -> Finding {
    let message =
        format!("`{name}`: self-hosted Temporal has no allowlists, any Namespace may call any Endpoint");
    let help = "remove it, or set `allowlist = \"ignore\"` in `account` and enforce the output of `nexusc export authorizer` on the server: see docs/authorizer.md";
    at.into().finding(&UNSUPPORTED, message).help(help)
}

fn missing_attribute(attribute: &Attribute, owner: &str, header: Origin) -> Finding {
    let name = attribute.name;
    let message = format!("`{owner}` needs the attribute `{name}`");
    let help = format!("write `{name} = …`, {}", attribute.of.expected());
    header.finding(&MISSING_ATTRIBUTE, message).help(help)
}

fn unknown_word(text: &str, words: &[&str], at: Origin, attribute: &Attribute) -> Finding {
    let help = match suggest::closest(text, words.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("write one of {}", quoted(words)),
    };
    at.finding(&INVALID_VALUE, format!("`{}` cannot be `{text}`", attribute.name)).help(help)
}

fn refuse<T>(value: &Value, attribute: &Attribute, of: Type, findings: &mut Findings) -> Option<T> {
    let found = match &value.kind {
        ValueKind::Reference(to) => format!("`{to}`"),
        ValueKind::Number(number) if matches!(of, Type::Count) => number.to_string(),
        other => other.name().to_owned(),
    };
    let is_element = discriminant(&of) != discriminant(&attribute.of);
    let what = if is_element { "each value in " } else { "" };
    let message = format!("{what}`{}` must be {}, not {found}", attribute.name, of.expected());
    findings.push(place(value).finding(&WRONG_TYPE, message));
    None
}
