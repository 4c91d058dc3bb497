//! Writes blocks as HCL, formatted as by `nexusc fmt`.

use super::Adopted;
use super::block::{Block, Part, Value};
use crate::evaluate::Reference;
use crate::fmt::laid_out;
use crate::syntax::{Language, is_identifier};
use printable::{is_hidden, printable_line};

/// The maximum width of a line with a list or an object.
const WIDEST: usize = 100;
/// The maximum number of members of an object in one line.
const FEW: usize = 3;

/// The whole file.
#[must_use]
pub fn hcl(adopted: &Adopted) -> String {
    let mut text = String::new();
    let mut after_remark = false;
    for part in &adopted.parts {
        let is_remark = matches!(part, Part::Remark(_));
        let goes_on = text.is_empty() || (after_remark && is_remark);
        if !goes_on {
            text.push('\n');
        }
        match part {
            Part::Remark(remark) => push_remark(&mut text, remark),
            Part::Block(block) => push_block(&mut text, block),
        }
        after_remark = is_remark;
    }
    laid_out(&text, Language::Hcl)
}

fn push_remark(text: &mut String, remark: &str) {
    text.push_str("# ");
    text.push_str(&printable_line(remark));
    text.push('\n');
}

fn push_block(text: &mut String, block: &Block) {
    block.remarks.iter().for_each(|remark| push_remark(text, remark));
    text.push_str(block.kind);
    if let Some(label) = &block.label {
        text.push(' ');
        push_quoted(text, label);
    }
    if block.attributes.is_empty() {
        return text.push_str(" {}\n");
    }
    text.push_str(" {\n");
    let lines: Vec<_> = block.attributes.iter().map(|(name, value)| ((*name).to_owned(), value)).collect();
    push_members(text, &lines);
    text.push_str("}\n");
}

/// Members, each on its line.
fn push_members(text: &mut String, members: &[(String, &Value)]) {
    for (name, value) in members {
        text.push_str(name);
        text.push_str(" = ");
        match one_line(value, name.len()) {
            Some(line) => text.push_str(&line),
            None => push_lines(text, value),
        }
        text.push('\n');
    }
}

/// The value in one line, if it fits.
fn one_line(value: &Value, before: usize) -> Option<String> {
    let mut line = String::new();
    push_value(&mut line, value);
    let fits = match value {
        Value::Object(members) => members.len() <= FEW && before + line.len() < WIDEST,
        Value::List(elements) => elements.is_empty() || before + line.len() < WIDEST,
        _ => true,
    };
    fits.then_some(line)
}

fn push_lines(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let members: Vec<_> = members.iter().map(|(key, value)| (key_text(key), value)).collect();
            text.push_str("{\n");
            push_members(text, &members);
            text.push('}');
        }
        Value::List(elements) => {
            text.push_str("[\n");
            for element in elements {
                push_value(text, element);
                text.push_str(",\n");
            }
            text.push(']');
        }
        other => push_value(text, other),
    }
}

fn push_value(text: &mut String, value: &Value) {
    match value {
        Value::Text(said) => push_quoted(text, said),
        Value::Count(count) => text.push_str(&count.to_string()),
        Value::Yes => text.push_str("true"),
        Value::Declared(reference, _) => push_reference(text, reference),
        Value::List(elements) => {
            text.push('[');
            for (at, element) in elements.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                push_value(text, element);
            }
            text.push(']');
        }
        Value::Object(members) => {
            for (at, (key, value)) in members.iter().enumerate() {
                text.push_str(if at == 0 { "{ " } else { ", " });
                text.push_str(&key_text(key));
                text.push_str(" = ");
                push_value(text, value);
            }
            text.push_str(if members.is_empty() { "{}" } else { " }" });
        }
    }
}

fn push_reference(text: &mut String, reference: &Reference) {
    text.push_str(reference.kind.name());
    if is_identifier(&reference.label) {
        text.push('.');
        text.push_str(&reference.label);
    } else {
        push_index(text, &reference.label);
    }
    if let Some(key) = &reference.key {
        push_index(text, key);
    }
}

fn push_index(text: &mut String, index: &str) {
    text.push('[');
    push_quoted(text, index);
    text.push(']');
}

/// Keywords that are not parsed as keys.
const WORDS: [&str; 6] = ["for", "if", "in", "true", "false", "null"];

fn key_text(key: &str) -> String {
    if key.is_ascii() && is_identifier(key) && !WORDS.contains(&key) {
        return key.to_owned();
    }
    let mut text = String::new();
    push_quoted(&mut text, key);
    text
}

/// A quoted string with templates and control characters escaped.
fn push_quoted(text: &mut String, said: &str) {
    text.push('"');
    let mut letters = said.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => text.extend([letter, letter]),
            '\u{10000}'.. if is_hidden(letter) => text.push_str(&format!("\\U{:08x}", u32::from(letter))),
            _ if is_hidden(letter) => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => text.push(letter),
        }
    }
    text.push('"');
}
