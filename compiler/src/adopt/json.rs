//! Writes blocks as JSON, formatted as by `nexusc fmt`: an object for each kind, a member for each label. Remarks are not
//! written, because generated JSON has no comments.

use super::Adopted;
use super::block::{Block, Value};
use crate::fmt::laid_out;
use crate::syntax::Language;
use printable::printable_json;

/// The whole file.
#[must_use]
pub fn json(adopted: &Adopted) -> String {
    let blocks: Vec<_> = adopted.blocks().collect();
    let kinds = blocks.chunk_by(|one, other| one.kind == other.kind);
    let mut text = String::new();
    let kind_of = |blocks: &[&Block]| blocks.first().map_or("", |block| block.kind).to_owned();
    push_members(&mut text, "\n", kinds, kind_of, push_kind);
    laid_out(&text, Language::Json)
}

fn push_kind(text: &mut String, blocks: &[&Block]) {
    match blocks {
        [only] if only.label.is_none() => push_block(text, only),
        blocks => {
            let label = |block: &&Block| block.label.clone().unwrap_or_default();
            push_members(text, "\n", blocks.iter(), label, |text, block| push_block(text, block));
        }
    }
}

fn push_block(text: &mut String, block: &Block) {
    let attributes = block.attributes.iter();
    push_members(
        text,
        "\n",
        attributes,
        |(name, _)| (*name).to_owned(),
        |text, (_, value)| push_value(text, value),
    );
}

/// An object with this text before each member.
fn push_members<T: Copy>(
    text: &mut String,
    before: &str,
    members: impl Iterator<Item = T>,
    key: impl Fn(T) -> String,
    value: impl Fn(&mut String, T),
) {
    text.push('{');
    for (at, member) in members.enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        text.push_str(before);
        // Keys are never templates.
        push_string(text, &key(member));
        text.push(':');
        value(text, member);
    }
    text.push('}');
}

fn push_value(text: &mut String, value: &Value) {
    match value {
        Value::Text(said) | Value::Declared(_, said) => push_string(text, &literal(said)),
        Value::Count(count) => text.push_str(&count.to_string()),
        Value::Yes => text.push_str("true"),
        Value::List(elements) => {
            text.push('[');
            for (at, element) in elements.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                push_value(text, element);
            }
            text.push(']');
        }
        Value::Object(members) => {
            push_members(
                text,
                "",
                members.iter(),
                |(key, _)| key.clone(),
                |text, (_, value)| push_value(text, value),
            );
        }
    }
}

/// A string escaped so that it is not a template.
fn literal(said: &str) -> String {
    said.replace("${", "$${").replace("%{", "%%{")
}

/// A string with control characters escaped.
fn push_string(text: &mut String, said: &str) {
    text.push_str(&printable_json(&serde_json::Value::from(said).to_string()));
}
