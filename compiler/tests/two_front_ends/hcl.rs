//! Policies as HCL.

use crate::policy::{Block, Policy, Value};
use crate::style::Style;

/// The policy, its kinds of blocks in turns, and its attributes in any order.
pub fn print(policy: &Policy) -> String {
    let mut style = Style::new(policy.style);
    let mut text = String::new();
    for block in style.interleaved(&policy.blocks, |block| block.kind) {
        print_block(&block, &mut style, &mut text);
    }
    text
}

fn print_block(block: &Block, style: &mut Style, text: &mut String) {
    text.push_str(&style.comment("#"));
    text.push('\n');
    if let Some(code) = block.ignore {
        text.push_str(&format!("# nexusc:ignore {code} reason=\"known\"\n"));
    }
    let labels = block.label.iter().chain(&block.second).map(|label| format!(" {}", quoted(label)));
    text.push_str(&format!("{}{} {{\n", block.kind, labels.collect::<String>()));
    for (name, value) in style.attributes(block) {
        text.push_str(&style.comment("//"));
        let value = print_value(&value, style);
        let after = if style.choose(6) == 1 { " # so be it" } else { "" };
        text.push_str(&format!("  {name} = {value}{after}\n"));
    }
    text.push_str("}\n");
}

fn print_value(value: &Value, style: &mut Style) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.clone(),
        Value::Text(text) => quoted(text),
        Value::Template(text) => format!("\"{text}\""),
        Value::Expr(text) | Value::Type(text) => text.clone(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| print_value(item, style)).collect();
            match style.choose(3) {
                1 if !items.is_empty() => format!("[\n    {}, // and\n  ]", items.join(", /* then */\n    ")),
                _ => format!("[{}]", items.join(", ")),
            }
        }
        Value::Object(members) => print_object(members, style),
    }
}

fn print_object(members: &[(String, Value)], style: &mut Style) -> String {
    let mut printed = Vec::new();
    for (key, value) in members {
        let plain = style.choose(2) == 0 && compiler::syntax::is_identifier(key);
        let key = if plain { key.clone() } else { quoted(key) };
        let sign = if style.choose(4) == 1 { ":" } else { "=" };
        printed.push(format!("{key} {sign} {}", print_value(value, style)));
    }
    match style.choose(2) {
        1 => format!("{{\n    {}\n  }}", printed.join(" # next\n    ")),
        _ => format!("{{ {} }}", printed.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted.replace("${", "$${").replace("%{", "%%{")
}
