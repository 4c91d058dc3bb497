//! Docs pages generated from the tables: the language and its codes. They are committed, and a test compares them.

use crate::diagnostic::{Code, Family, HELP_MAX, MESSAGE_MAX, SURROUNDINGS, readable};
use crate::language::block::{Attribute, BLOCKS, BlockKind, BlockType, Required, Type};
use crate::language::differences::{DIFFERENCES, MISSING};
use crate::language::limit::limit;
use crate::{check, evaluate, load, report, syntax};
use devregistry::LIMITS;
use schema::backend::Backend;
use std::fmt::Write;
use std::time::Duration;

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
    let help = limit("characters of a help", HELP_MAX);
    for limit in syntax::limits().into_iter().chain(evaluate::limits()).chain([message, help]) {
        push(&mut text, &format!("| {} | {} |", thousands(limit.most), limit.what));
    }
    text
}

/// `docs/limits.md`: the hand-written text, with its numbers from the constants that are checked.
#[must_use]
pub fn limits_page() -> String {
    let page = include_str!("limits.md").to_owned();
    numbers().iter().fold(page, |page, (name, number)| page.replace(&format!("{{{name}}}"), number))
}

/// The numbers of `limits.md`, by the names that stand there for them.
fn numbers() -> [(&'static str, String); 27] {
    [
        ("file", bytes(load::FILE_LIMIT)),
        ("files", bytes(load::TOTAL_LIMIT)),
        ("block", thousands(syntax::BLOCK)),
        ("expressions", thousands(syntax::EXPRESSIONS)),
        ("nesting", syntax::DEEPEST.to_string()),
        ("values", thousands(evaluate::VALUES)),
        ("text", bytes(evaluate::BYTES as u64)),
        ("steps", thousands(evaluate::STEPS)),
        ("instances", thousands(evaluate::INSTANCES)),
        ("writer", seconds(load::WRITER_AFTER)),
        ("bytes", seconds(load::BYTES_AFTER)),
        ("shown", thousands(report::SHOWN_MOST)),
        ("findings", bytes(report::TEXT_MOST as u64)),
        ("hidden", thousands(load::REPORTED_LINES)),
        ("line", bytes(report::SHOWN_LINE_MAX as u64)),
        ("results", thousands(report::service::sarif::RESULTS_MOST)),
        ("sarif", bytes(report::service::sarif::BYTES_MOST as u64)),
        ("annotations", thousands(report::service::github::SHOWN_MOST)),
        ("comment", format!("{} bytes", thousands(report::review::COMMENT_MOST))),
        ("summary", format!("{} bytes", thousands(report::review::SUMMARY_MOST))),
        ("junit", bytes(report::service::junit::BYTES_MOST as u64)),
        ("request", bytes(LIMITS.request as u64)),
        ("large-body", bytes(LIMITS.large_body as u64)),
        ("large-bodies", thousands(LIMITS.concurrent_large_bodies)),
        ("client", seconds(devregistry::Settings::default().client_timeout)),
        ("page", thousands(LIMITS.page)),
        ("operations", thousands(LIMITS.finished_operations)),
    ]
}

/// A number of bytes: `64 MiB`, `64 KiB`, `400 bytes`.
fn bytes(count: u64) -> String {
    match count {
        _ if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{count} bytes"),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_limits_is_a_constant() {
        let page = include_str!("limits.md");
        let rows = page.lines().filter(|line| line.starts_with('|'));
        let cells = rows.flat_map(|row| row.split('|').skip(1).take(2));
        let written: Vec<_> =
            cells.filter(|cell| cell.contains(|letter: char| letter.is_ascii_digit())).collect();
        assert_eq!(written, [""; 0], "written by hand");
        for (name, _) in numbers() {
            assert_eq!(page.matches(&format!("{{{name}}}")).count(), 1, "{name}");
        }
        assert!(!limits_page().contains(['{', '}']), "{}", limits_page());
    }

    #[test]
    fn numbers_have_units() {
        let written = [bytes(64 << 20), bytes(64 << 10), bytes(400), seconds(Duration::from_millis(1_500))];
        assert_eq!(written, ["64 MiB", "64 KiB", "400 bytes", "1.5 s"]);
    }
}
