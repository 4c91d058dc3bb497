//! Policies as JSON: blocks of one kind together, comments, trailing commas.

use crate::policy::{Block, Policy, Value};
use crate::style::Style;

/// The policy with its attributes in another order than the HCL has.
pub fn print(policy: &Policy) -> String {
    let mut style = Style::new(policy.style.rotate_left(17));
    let mut kinds: Vec<&str> = Vec::new();
    for block in &policy.blocks {
        if !kinds.contains(&block.kind) {
            kinds.push(block.kind);
        }
    }
    let kinds = style.shuffled(&kinds);
    let mut members = Vec::new();
    for kind in kinds {
        let blocks: Vec<_> = policy.blocks.iter().filter(|block| block.kind == kind).collect();
        members.push(print_kind(kind, &blocks, &mut style));
    }
    object(&members, &mut style)
}

fn print_kind(kind: &str, blocks: &[&Block], style: &mut Style) -> String {
    let mut unlabelled = Vec::new();
    let mut labelled = Vec::new();
    for block in blocks {
        let body = print_body(block, style);
        match &block.label {
            Some(label) if kind == "removed" => {
                let second =
                    block.second.as_ref().map(|name| format!("{}{}: {body}", ignored(block), quoted(name)));
                let members: Vec<_> = second.into_iter().collect();
                labelled.push(format!("{}: {}", quoted(label), object(&members, style)));
            }
            Some(label) => labelled.push(format!("{}{}: {body}", ignored(block), quoted(label))),
            None => unlabelled.push(format!("{}{}: {body}", ignored(block), quoted(kind))),
        }
    }
    if !labelled.is_empty() {
        unlabelled.push(format!("{}: {}", quoted(kind), object(&labelled, style)));
    }
    unlabelled.join(",\n")
}

fn ignored(block: &Block) -> String {
    block.ignore.map(|code| format!("// nexusc:ignore {code} reason=\"known\"\n")).unwrap_or_default()
}

fn print_body(block: &Block, style: &mut Style) -> String {
    let mut members = Vec::new();
    for (name, value) in style.attributes(block) {
        members.push(format!("{}: {}", quoted(&name), print_value(&value, style)));
    }
    object(&members, style)
}

fn print_value(value: &Value, style: &mut Style) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.clone(),
        Value::Text(text) => quoted(&text.replace("${", "$${").replace("%{", "%%{")),
        Value::Template(text) | Value::Type(text) => quoted(text),
        Value::Expr(text) => quoted(&format!("${{{text}}}")),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| print_value(item, style)).collect();
            format!("[{}]", list(&items, style))
        }
        Value::Object(members) => {
            let member = |(key, value): &(String, Value), style: &mut Style| {
                format!("{}: {}", quoted(key), print_value(value, style))
            };
            let members: Vec<_> = members.iter().map(|it| member(it, style)).collect();
            object(&members, style)
        }
    }
}

fn object(members: &[String], style: &mut Style) -> String {
    format!("{{\n{}\n}}", list(members, style))
}

fn list(items: &[String], style: &mut Style) -> String {
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        text.push_str(&style.comment("//"));
        text.push_str(item);
        let last = at + 1 == items.len();
        text.push_str(if !last || style.choose(3) == 1 { ",\n" } else { "\n" });
    }
    text
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
