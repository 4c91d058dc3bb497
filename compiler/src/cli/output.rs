//! How a command writes to standard output and standard error: colours, and how much.

use super::World;
use crate::report::Colour;
use clap::{Args, ValueEnum};
use std::ffi::OsString;

/// Below which the help of each command lists them.
const HEADING: &str = "Options of every command";

/// The options of every command about what it writes.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct OutputOptions {
    /// When to colour text; machine-readable formats never have colours
    ///
    /// `auto` colours text on a terminal. NO_COLOR, CLICOLOR=0 and TERM=dumb switch that off, CLICOLOR_FORCE and FORCE_COLOR
    /// switch it on elsewhere.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN", help_heading = HEADING)]
    color: ColourChoice,
    /// Write no progress, notes and totals to standard error; errors, warnings and findings stay
    #[arg(long, short = 'q', global = true, help_heading = HEADING)]
    quiet: bool,
}

/// When text has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ColourChoice {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl OutputOptions {
    /// What a command line says of colours before it is parsed: errors of parsing are coloured too.
    pub fn scan(arguments: &[OsString]) -> Self {
        let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
        let words = words.iter().map(AsRef::as_ref).take_while(|word| *word != "--").collect::<Vec<&str>>();
        let given =
            words.iter().enumerate().rev().find_map(|(at, word)| match word.strip_prefix("--color") {
                Some("") => words.get(at + 1).copied(),
                Some(value) => value.strip_prefix('='),
                None => None,
            });
        let color = given.and_then(|given| ColourChoice::from_str(given, false).ok()).unwrap_or_default();
        Self { color, quiet: false }
    }
}

impl World<'_> {
    /// Whether text that goes to a terminal, or elsewhere, has colours: the command line decides, then the environment.
    pub(super) fn colour(&self, is_terminal: bool) -> Colour {
        let is_on = |name: &str| self.variable(name).is_some_and(|value| !["0", "false"].contains(&value));
        let is_plain = || self.variable("CLICOLOR") == Some("0") || self.variable("TERM") == Some("dumb");
        let is_coloured = match self.output.color {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto if self.variable("NO_COLOR").is_some() => false,
            ColourChoice::Auto if is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR") => true,
            ColourChoice::Auto => is_terminal && !is_plain(),
        };
        if is_coloured { Colour::Ansi } else { Colour::None }
    }

    /// Whether progress, notes and totals are left out.
    pub(super) fn is_quiet(&self) -> bool {
        self.output.quiet
    }

    /// Writes progress, a note or totals to standard error, unless `--quiet` leaves them out.
    pub(super) fn note(&mut self, text: &str) {
        if !self.is_quiet() {
            self.eprint(text);
        }
    }
}
