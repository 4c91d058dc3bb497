//! `nexusc explain`: explains a code, with a wrong and a right example.

use super::{Failure, World};
use crate::check::{code, codes, lint_codes};
use crate::diagnostic::{Code, readable};
use crate::language::suggest;
use crate::report::padded;
use clap::Args;

/// The options of `explain`.
#[derive(Args)]
pub struct Options {
    /// The code, such as `dangling-target`; without one, lists all codes
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Explains a code, or lists all.
pub fn run(options: &Options, world: &mut World) -> Result<u8, Failure> {
    let text = match &options.code {
        None => list(),
        Some(name) => explain(code(name).ok_or_else(|| unknown(name))?),
    };
    world.print(&text);
    Ok(0)
}

fn list() -> String {
    let width = codes().map(|code| code.name.len()).max().unwrap_or_default();
    let line = |code: &Code| {
        let (name, severity) = (padded(code.name, width), code.severity.name());
        format!("{name}  {severity:7}  {}\n", code.meaning)
    };
    codes().map(line).collect()
}

fn explain(code: &Code) -> String {
    let Code { severity, meaning, explanation, examples, .. } = code;
    let mut text = format!("{code} ({})\n\n{}\n", severity.name(), wrapped(meaning));
    text.push_str(&format!("\n{}\n", wrapped(explanation)));
    text.push_str(&format!("\nWrong:\n\n{}", indented(&readable(examples.wrong))));
    text.push_str(&format!("\nRight:\n\n{}", indented(&readable(examples.right))));
    if let Some(facts) = examples.facts {
        text.push_str(&format!("\nBoth with `--account` and this snapshot:\n\n{}", indented(facts)));
    }
    text.push_str(&format!("\n{}\n", changing(code)));
    if code.name == lint_codes().guard {
        text.push_str(&of_one_guard(code));
    }
    text
}

/// How to change what a single guard reports.
fn of_one_guard(code: &Code) -> String {
    let ignore = format!("`# nexusc:ignore {code}/NAME reason=\"…\"`");
    format!(
        "Change that of one guard: `lint {{ guards = {{ NAME = \"warning\" }} }}`\nSilence one guard: {ignore}\n"
    )
}

fn changing(code: &Code) -> String {
    if code.may_silence() {
        let ignore = format!("`# nexusc:ignore {code} reason=\"…\"` on the line above a block");
        format!("Change its severity: `lint {{ {code} = \"off\" }}`\nSilence it: {ignore}")
    } else if code.may_change() {
        format!("Change its severity: `lint {{ {code} = \"error\" }}`\nIt cannot be silenced.")
    } else {
        "It can be neither silenced nor changed.".to_owned()
    }
}

fn unknown(name: &str) -> Failure {
    let help = match suggest::closest(name, codes().map(|code| code.name)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`nexusc explain` lists all codes".to_owned(),
    };
    Failure::new(format!("unknown code `{}`", name.escape_debug())).help(help)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// Lines of at most 80 characters. Nothing else in the tree wraps text, and `textwrap` would be a dependency for this alone.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_shows_both_examples_and_what_can_be_done() {
        let text = explain(code("no-callers").unwrap());
        for part in [
            "no-callers (warning)",
            "Wrong:",
            "allowed_caller_namespaces = [] # here",
            "Right:",
            "nexusc:ignore no-callers",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(explain(code("syntax").unwrap()).contains("neither silenced nor changed"));
    }

    #[test]
    fn single_guards_can_be_changed() {
        let lines = [
            "Change that of one guard: `lint { guards = { NAME = \"warning\" } }`",
            "Silence one guard: `# nexusc:ignore guard-failed/NAME reason=\"…\"`",
        ];
        let text = explain(code("guard-failed").unwrap());
        assert!(text.ends_with(&format!("{}\n", lines.join("\n"))), "{text}");
        assert!(!explain(code("test-failed").unwrap()).contains(lines[0]));
    }

    #[test]
    fn the_list_has_a_line_for_each_code() {
        assert_eq!(list().lines().count(), codes().count());
    }
}
