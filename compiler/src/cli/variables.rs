//! The options that give values to a policy's variables.

use super::World;
use crate::pipeline::{ValuesFile, VariableValues};
use clap::Args;
use std::path::PathBuf;

/// The options that set variables.
#[derive(Args, Clone, Default)]
pub struct VariableOptions {
    /// Set a variable of the policy; may be repeated
    ///
    /// For a variable of type string, number or bool, or without a type, VALUE is the value itself, else it is an
    /// expression such as `["a", "b"]`. Precedence, highest first: --var, --var-file, the environment variable
    /// NEXUSC_VAR_NAME, the variable's default; of the same option the last one wins.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = parse_var)]
    vars: Vec<(String, String)>,
    /// Set variables from a file of `name = value` lines, or a JSON object (`*.json`); may be repeated
    #[arg(long = "var-file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected `name=value`".to_owned()),
    }
}

impl VariableOptions {
    /// Whether none is given.
    pub fn is_empty(&self) -> bool {
        self.vars.is_empty() && self.files.is_empty()
    }

    /// These options' values and those of the environment.
    pub fn values(&self, world: &World) -> VariableValues {
        VariableValues {
            command_line: self.vars.clone(),
            files: self.files.iter().cloned().map(ValuesFile::Path).collect(),
            environment: VariableValues::of_environment(&world.environment),
        }
    }
}
