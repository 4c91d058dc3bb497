//! Blocks in JSON: an object for each kind, a member for each label. JSON for programs has no comments, so what is left
//! out is not said in it.

use super::Adopted;
use super::block::{Block, Value};
use crate::render::steers;

/// How wide a line with a list or an object may be.
const WIDEST: usize = 100;

/// The whole file.
#[must_use]
pub fn json(adopted: &Adopted) -> String {
    let blocks: Vec<_> = adopted.blocks().collect();
    let kinds = blocks.chunk_by(|one, other| one.kind == other.kind);
    let kinds: Vec<_> = kinds.map(|blocks| (blocks.first().map_or("", |block| block.kind), blocks)).collect();
    let mut text = String::new();
    push_object(
        &mut text,
        0,
        &kinds,
        |(kind, _)| (*kind).to_owned(),
        |text, (_, blocks)| push_kind(text, blocks),
    );
    text.push('\n');
    text
}

fn push_kind(text: &mut String, blocks: &[&Block]) {
    match blocks {
        [only] if only.label.is_none() => push_block(text, only, 2),
        blocks => push_object(
            text,
            2,
            blocks,
            |block| block.label.clone().unwrap_or_default(),
            |text, block| push_block(text, block, 4),
        ),
    }
}

fn push_block(text: &mut String, block: &Block, indent: usize) {
    push_object(
        text,
        indent,
        &block.attributes,
        |(name, _)| (*name).to_owned(),
        |text, (name, value)| push_value(text, value, indent + 2, name.len() + 4),
    );
}

/// An object with each member on its line, and closed at `indent`.
fn push_object<T>(
    text: &mut String,
    indent: usize,
    members: &[T],
    key: impl Fn(&T) -> String,
    mut value: impl FnMut(&mut String, &T),
) {
    if members.is_empty() {
        return text.push_str("{}");
    }
    for (at, member) in members.iter().enumerate() {
        text.push_str(if at == 0 { "{\n" } else { ",\n" });
        push_indent(text, indent + 2);
        // Keys are never templates.
        push_string(text, &key(member));
        text.push_str(": ");
        value(text, member);
    }
    text.push('\n');
    push_indent(text, indent);
    text.push('}');
}

fn push_value(text: &mut String, value: &Value, indent: usize, before: usize) {
    let start = text.len();
    push_inline(text, value);
    if indent + before + text.len() - start < WIDEST {
        return;
    }
    match value {
        Value::Object(members) => {
            text.truncate(start);
            push_object(
                text,
                indent,
                members,
                |(key, _)| key.clone(),
                |text, (_, value)| push_inline(text, value),
            );
        }
        Value::List(elements) => {
            text.truncate(start);
            for (at, element) in elements.iter().enumerate() {
                text.push_str(if at == 0 { "[\n" } else { ",\n" });
                push_indent(text, indent + 2);
                push_inline(text, element);
            }
            text.push('\n');
            push_indent(text, indent);
            text.push(']');
        }
        _ => {}
    }
}

fn push_inline(text: &mut String, value: &Value) {
    match value {
        Value::Text(said) | Value::Declared(_, said) => push_string(text, &literal(said)),
        Value::Count(count) => text.push_str(&count.to_string()),
        Value::Yes => text.push_str("true"),
        Value::List(elements) => {
            for (at, element) in elements.iter().enumerate() {
                text.push_str(if at == 0 { "[" } else { ", " });
                push_inline(text, element);
            }
            text.push_str(if elements.is_empty() { "[]" } else { "]" });
        }
        Value::Object(members) => {
            for (at, (key, value)) in members.iter().enumerate() {
                text.push_str(if at == 0 { "{ " } else { ", " });
                push_string(text, key);
                text.push_str(": ");
                push_inline(text, value);
            }
            text.push_str(if members.is_empty() { "{}" } else { " }" });
        }
    }
}

/// A text that is no template.
fn literal(said: &str) -> String {
    said.replace("${", "$${").replace("%{", "%%{")
}

/// A string in which nothing steers a terminal.
fn push_string(text: &mut String, said: &str) {
    for letter in serde_json::Value::from(said).to_string().chars() {
        match steers(letter) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => text.push(letter),
        }
    }
}

fn push_indent(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}
