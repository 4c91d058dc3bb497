//! Values for the policy's variables: from the command line, from files and from the environment.

use super::PipelineError;
use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::{Finding, Findings, SYNTAX, Severity, UNKNOWN_ATTRIBUTE};
use crate::evaluate::{Given, GivenValue};
use crate::language::block::BlockKind;
use crate::language::suggest;
use crate::load::StoredFile;
use crate::syntax::document::{Block, Document};
use crate::{load, syntax};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The prefix of environment variables that set a policy's variables.
const PREFIX: &str = "NEXUSC_VAR_";

/// The values that a policy's variables are given from outside.
#[derive(Clone, Debug, Default)]
pub struct VariableValues {
    /// Names and values from the command line, which take precedence; of one name the last counts.
    pub command_line: Vec<(String, String)>,
    /// Files of values, which come next; of one name the last counts.
    pub files: Vec<ValuesFile>,
    /// Names and values from the environment, which come last.
    pub environment: Vec<(String, String)>,
}

/// A file of values.
#[derive(Clone, Debug)]
pub enum ValuesFile {
    /// On the disk.
    Path(PathBuf),
    /// Of a tree that is not on the disk.
    Stored(StoredFile),
}

impl VariableValues {
    /// The values in the environment: its variables `NEXUSC_VAR_NAME`.
    pub fn of_environment(environment: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let named = environment.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)));
        named.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// The values without those of the command line that the document does not declare: one of two policies need not
    /// know them all.
    pub fn declared_in(&self, document: &Document) -> Self {
        let declared = declared(document);
        let known = self.command_line.iter().filter(|(name, _)| declared.contains(&**name));
        Self { command_line: known.cloned().collect(), ..self.clone() }
    }

    /// The values for the variables that the document declares.
    ///
    /// # Errors
    /// When a file cannot be read, or the command line names a variable that is not declared.
    pub fn given(
        &self,
        document: &Document,
        sources: &mut Sources,
        findings: &mut Findings,
    ) -> Result<Given, PipelineError> {
        let declared = declared(document);
        let mut given = Given::new();
        for (name, value) in self.environment.iter().filter(|(name, _)| declared.contains(&**name)) {
            given.insert(name.clone(), text_value(format!("{PREFIX}{name}"), value, sources, findings));
        }
        for path in &self.files {
            let reported = findings.len();
            let file = match path {
                ValuesFile::Path(path) => load::read_file(path, sources, findings)?,
                ValuesFile::Stored(file) => load::read_stored_file(file.clone(), sources, findings),
            };
            let Some(source) = sources.get(file) else { continue };
            let attributes = syntax::parse_values(file, source, findings);
            if !attributes.iter().take(COMPARED).any(|attribute| is_meant(&attribute.name, &declared)) {
                let is_sound = findings.len() == reported;
                let is_foreign = !is_sound || !(attributes.is_empty() || document.incomplete);
                // A file that is too large was not read.
                if is_foreign && !source.text().is_empty() {
                    syntax::replace(file, findings, foreign(is_sound));
                }
                continue;
            }
            for attribute in attributes {
                if declared.contains(&*attribute.name) {
                    given.insert(attribute.name.to_string(), GivenValue::Expr(attribute.value));
                } else if !document.incomplete {
                    findings.push(undeclared(&attribute.name, attribute.name_span, &declared));
                }
            }
        }
        for (name, value) in &self.command_line {
            if !declared.contains(&**name) && !document.incomplete {
                let closest = suggest::closest(name, declared.iter().copied()).map(str::to_owned);
                return Err(PipelineError::UndeclaredVariable { name: name.clone(), closest });
            }
            given.insert(name.clone(), text_value(format!("--var {name}"), value, sources, findings));
        }
        Ok(given)
    }
}

fn declared(document: &Document) -> BTreeSet<&str> {
    document.of_kind(BlockKind::Variable).map(Block::label_text).collect()
}

/// A value from the command line or the environment, added as a source so that findings can show it.
fn text_value(source: String, value: &str, sources: &mut Sources, findings: &mut Findings) -> GivenValue {
    let file = sources.add(source, value);
    let span = Span::new(file, 0, u32::try_from(value.len()).unwrap_or(u32::MAX));
    load::hidden_characters(file, sources, findings);
    GivenValue::Text { text: Arc::from(value), span, expr: syntax::parse_expression(span, value) }
}

/// How many names of a variable file are compared with the declared variables to tell whether it is one.
const COMPARED: usize = 1_000;

/// Whether a name is that of a variable or close to one.
fn is_meant(name: &str, declared: &BTreeSet<&str>) -> bool {
    declared.contains(name) || suggest::closest(name, declared.iter().copied()).is_some()
}

/// The finding for a file that sets no declared variable: it may hold passwords, so its text is not shown.
fn foreign(is_sound: bool) -> Finding {
    let help = "write `name = value` for variables of the policy; the text of other files is not shown";
    if is_sound {
        let message = "the file sets no variable that the policy declares";
        let finding = Finding::new(&UNKNOWN_ATTRIBUTE, None, message).help(help);
        return Finding { severity: Severity::Warning, ..finding };
    }
    let message = "not a variable file: it sets no variable of the policy before this syntax error";
    Finding::new(&SYNTAX, None, message).help(help)
}

/// A variable file may be shared by several policies, so an undeclared variable is a warning.
fn undeclared(name: &str, span: Span, declared: &BTreeSet<&str>) -> Finding {
    let message = format!("the policy declares no variable `{name}`");
    let finding = Finding::new(&UNKNOWN_ATTRIBUTE, span, message);
    let finding = Finding { severity: Severity::Warning, ..finding };
    match suggest::closest(name, declared.iter().copied()) {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None => finding.help(format!("declare it: `variable \"{name}\" {{ … }}`")),
    }
}
