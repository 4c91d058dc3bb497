//! Schemas as lists of attributes: what must be set, what may be, what is read; nested ones below.

use super::page::Page;
use crate::schema::{Attribute, Block, IdentityAttribute, IdentitySchema, Mode, NestedBlock, Nesting, Shape};
use crate::value::Type;

/// What stands between an attribute's or block's name and its description, and what it nests.
struct Entry<'a> {
    name: &'a str,
    mode: Mode,
    kind: String,
    description: String,
    nested: Option<Nested<'a>>,
}

/// The attributes and blocks inside of another one.
#[derive(Clone, Copy)]
struct Nested<'a> {
    attributes: &'a [Attribute],
    blocks: &'a [NestedBlock],
}

/// Writes the section about a schema, where there is something in it.
pub(super) fn write(page: &mut Page, block: &Block) {
    if block.attributes.is_empty() && block.blocks.is_empty() {
        return;
    }
    page.heading(2, "Schema");
    let nested = Nested { attributes: &block.attributes, blocks: &block.blocks };
    write_nested(page, "", nested, &|page, title| page.heading(3, title));
}

/// Writes what an identity is made of.
pub(super) fn identity(page: &mut Page, schema: &IdentitySchema) {
    for (title, required) in [("Required", true), ("Optional", false)] {
        let some = schema.attributes.iter().filter(|it| it.required_for_import == required);
        let line =
            |it: &IdentityAttribute| format!("- `{}` ({}) {}", it.name, type_name(&it.ty), it.description);
        let lines: Vec<_> = some.map(line).collect();
        if !lines.is_empty() {
            page.heading(4, title);
            page.text(&lines.join("\n"));
        }
    }
}

/// A type in a reader's words.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Tuple(_) => "Tuple".to_owned(),
        Type::Object(_) => "Object".to_owned(),
    }
}

fn write_nested(page: &mut Page, path: &str, nested: Nested<'_>, title: &dyn Fn(&mut Page, &str)) {
    let mut entries: Vec<_> = nested.attributes.iter().map(Entry::of_attribute).collect();
    entries.extend(nested.blocks.iter().map(Entry::of_block));
    entries.sort_by_key(|entry| entry.name);
    let groups: [(&str, &[Mode]); 3] = [
        ("Required", &[Mode::Required]),
        ("Optional", &[Mode::Optional, Mode::OptionalComputed]),
        ("Read-Only", &[Mode::Computed]),
    ];
    for (group, modes) in groups {
        let some = entries.iter().filter(|entry| modes.contains(&entry.mode));
        let lines: Vec<_> = some.map(|entry| entry.line(path)).collect();
        if !lines.is_empty() {
            title(page, group);
            page.text(&lines.join("\n"));
        }
    }
    for entry in &entries {
        let Some(nested) = entry.nested else { continue };
        let path = below(path, entry.name);
        page.text(&format!("<a id=\"{}\"></a>", anchor(&path)));
        page.heading(3, &format!("Nested Schema for `{path}`"));
        write_nested(page, &path, nested, &|page, title| page.text(&format!("{title}:")));
    }
}

impl<'a> Entry<'a> {
    fn of_attribute(attribute: &'a Attribute) -> Self {
        let (mut kind, nested) = match &attribute.shape {
            Shape::Plain(ty) => (type_name(ty), None),
            Shape::Nested(nested) => (
                collection("Attributes", nested.nesting),
                Some(Nested { attributes: &nested.attributes, blocks: &[] }),
            ),
        };
        if attribute.sensitive {
            kind.push_str(", Sensitive");
        }
        let mut description = attribute.description.clone();
        if attribute.replaces {
            kind.push_str(", Forces replacement");
        }
        if let Some(instead) = &attribute.deprecation {
            kind.push_str(", Deprecated");
            description.push_str(&format!(" {instead}"));
        }
        Self { name: &attribute.name, mode: attribute.mode, kind, description, nested }
    }

    fn of_block(block: &'a NestedBlock) -> Self {
        let nested = Nested { attributes: &block.block.attributes, blocks: &block.block.blocks };
        Self {
            name: &block.name,
            mode: Mode::Optional,
            kind: collection("Block", block.nesting),
            description: block.block.description.clone(),
            nested: Some(nested),
        }
    }

    fn line(&self, path: &str) -> String {
        let Self { name, kind, description, .. } = self;
        let below = match self.nested {
            Some(_) => format!(" (see [below for nested schema](#{}))", anchor(&below(path, name))),
            None => String::new(),
        };
        format!("- `{name}` ({kind}) {description}{below}")
    }
}

fn collection(what: &str, nesting: Nesting) -> String {
    match nesting {
        Nesting::Single => what.to_owned(),
        Nesting::List => format!("{what} List"),
        Nesting::Set => format!("{what} Set"),
        Nesting::Map => format!("{what} Map"),
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn anchor(path: &str) -> String {
    format!("nested--{}", path.replace('.', "--"))
}
