//! Docs pages generated from the tables: the language and its codes. They are committed, and a test compares them.

use crate::diagnostic::{Code, Family, MESSAGE_MAX, SURROUNDINGS, readable};
use crate::language::block::{Attribute, BLOCKS, BlockKind, BlockType, Required, Type};
use crate::language::differences::{DIFFERENCES, MISSING};
use crate::language::limit::limit;
use crate::{check, evaluate, syntax};
use schema::backend::Backend;
use std::fmt::Write;

/// `docs/language.md`: the hand-written text, with the blocks from the tables.
#[must_use]
pub fn language() -> String {
    let functions: Vec<_> = evaluate::function_names().map(|name| format!("`{name}`")).collect();
    let page = include_str!("language.md").replace("FUNCTIONS.", &format!("{}.", functions.join(", ")));
    page.replace("<!-- differences -->\n", &differences())
        .replace("<!-- missing functions -->\n", &missing_functions())
        .replace("<!-- limits -->\n", &limits())
        .replace("<!-- blocks -->\n", &blocks())
}

fn differences() -> String {
    let mut text = String::from("| Difference | Expression | Terraform | `nexusc` |\n|---|---|---|---|\n");
    let code = |code: &str| format!("`{}`", code.replace('|', "\\|"));
    let given = |value: Option<&str>| value.map_or_else(|| "an error".to_owned(), code);
    for difference in DIFFERENCES {
        let [expression, terraform, nexusc] = match difference.example {
            Some(example) => [code(example.expression), given(example.terraform), given(example.nexusc)],
            None => [String::new(), String::new(), String::new()],
        };
        push(&mut text, &format!("| {} | {expression} | {terraform} | {nexusc} |", difference.text));
    }
    text
}

fn missing_functions() -> String {
    let mut text = String::new();
    for missing in MISSING {
        let names: Vec<_> = missing.functions.iter().map(|name| format!("`{name}`")).collect();
        push(&mut text, &format!("- {}: {}", missing.reason, names.join(", ")));
    }
    text
}

fn limits() -> String {
    let mut text = String::from("| At most | |\n|---|---|\n");
    let message = limit("characters of a message, also of a guard's", MESSAGE_MAX);
    for limit in syntax::limits().into_iter().chain(evaluate::limits()).chain([message]) {
        push(&mut text, &format!("| {} | {} |", thousands(limit.most), limit.what));
    }
    text
}

/// A number with a comma between thousands.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let at = |(index, digit): (usize, char)| {
        let comma = index > 0 && (digits.len() - index).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(at).collect()
}

fn blocks() -> String {
    let mut text = String::new();
    for block in BLOCKS {
        push_block(&mut text, block);
    }
    text
}

fn push_block(text: &mut String, block: &BlockType) {
    let labels = block.kind.labels().iter().map(|label| format!(" \"{label}\""));
    let header: String = std::iter::once(block.kind.to_string()).chain(labels).collect();
    push(text, &format!("### `{header}`\n\n{}{}\n", block.doc, only(block.only)));
    if block.kind == BlockKind::Locals {
        push(text, "The attributes are user-defined names.\n");
        return;
    }
    if block.kind == BlockKind::Lint {
        push(
            text,
            "The attributes are the codes whose severity may be changed, each `error`, `warning`, `note` or `off` (see [codes.md](codes.md)), and `guards`, a map from the labels of guards to these or to `approval`: `guards = { stages = \"warning\" }`.\n",
        );
        return;
    }
    if block.attributes.is_empty() {
        return;
    }
    push(text, "| Attribute | Value | |\n|---|---|---|");
    push_rows(text, "", block.attributes);
    push(text, "");
}

fn push_rows(text: &mut String, prefix: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let name = format!("{prefix}{}", attribute.name);
        let name = if attribute.required == Required::Always {
            format!("**`{name}`**")
        } else {
            format!("`{name}`")
        };
        let needed =
            if attribute.required == Required::OnCloud { " Required on Temporal Cloud." } else { "" };
        let value = match attribute.of {
            Type::Object(_) => "an object".to_owned(),
            Type::List(Type::Object(_)) => "a list of objects".to_owned(),
            of => of.expected(),
        };
        push(text, &format!("| {name} | {value} | {}{needed}{} |", attribute.doc, only(attribute.only)));
        if let Type::Object(inner) | Type::List(&Type::Object(inner)) = attribute.of {
            push_rows(text, &format!("{}.", attribute.name), inner);
        }
    }
}

fn only(backend: Option<Backend>) -> String {
    backend.map(|backend| format!(" On {} only.", backend.name())).unwrap_or_default()
}

/// `docs/codes.md`: every code with its examples.
#[must_use]
pub fn codes() -> String {
    let mut text = String::from(CODES_HEAD);
    for (family, title) in FAMILIES {
        push(&mut text, &format!("## {title}\n"));
        for code in check::codes().filter(|code| code.family == *family) {
            push_code(&mut text, code);
        }
    }
    push(
        &mut text,
        &format!(
            "## Around the examples\n\nEach example without an `account` block is checked together with:\n\n```hcl{SURROUNDINGS}```"
        ),
    );
    text
}

const CODES_HEAD: &str = "# Codes\n\nEvery finding has a code. `nexusc explain CODE` shows what is written here. This page is made from the \
compiler's own tables.\n\n";

const FAMILIES: &[(Family, &str)] = &[
    (Family::Document, "The document"),
    (Family::Reference, "References"),
    (Family::Permission, "Permissions"),
    (Family::Limit, "Limits"),
    (Family::Privatelink, "Private connectivity"),
    (Family::Facts, "The account's facts"),
    (Family::Demand, "Guards and tests"),
    (Family::Lint, "Suspicious declarations"),
];

fn push_code(text: &mut String, code: &Code) {
    let Code { severity, meaning, explanation, examples, .. } = code;
    push(text, &format!("### `{code}`\n\n{}. {meaning}\n", capital(severity.name())));
    push(text, &format!("{explanation} {}\n", changing(code)));
    push(text, &format!("Wrong:\n\n```hcl\n{}```\n", readable(examples.wrong)));
    push(text, &format!("Right:\n\n```hcl\n{}```\n", readable(examples.right)));
    if let Some(facts) = examples.facts {
        push(text, &format!("Both checked with `--account` and this file:\n\n```json\n{facts}```\n"));
    }
}

fn changing(code: &Code) -> &'static str {
    match (code.may_change(), code.may_silence()) {
        (_, true) => "It can be changed by `lint` and silenced by a comment.",
        (true, false) => "It can be changed by `lint`, not silenced.",
        (false, false) => "Its severity cannot be changed, and it cannot be silenced.",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn push(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
