//! One finished command: what was run, how it ended, what it said.

use std::fmt;
use std::process::{Command, Stdio};

/// A command that has ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// The command in a reader's words, such as `terraform 1.15.5 plan`.
    pub what: String,
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Runs `command` to its end, without a standard input.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn of(what: impl Into<String>, command: &mut Command) -> Self {
        let what = what.into();
        let output = command.stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("cannot start {what}: {error}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { what, code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Itself, where it ended with code 0.
    ///
    /// # Panics
    /// With the whole output where it did not.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Itself, where it ended with `code`.
    ///
    /// # Panics
    /// With the whole output where it did not.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "expected exit code {code} of {self}");
        self
    }

    /// Itself, where its output holds `text`. White space counts as one blank: Terraform breaks lines at 78 columns.
    ///
    /// # Panics
    /// With the whole output where it does not.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.holds(text), "expected `{text}` in the output of {self}");
        self
    }

    /// Itself, where its output does not hold `text`.
    ///
    /// # Panics
    /// With the whole output where it does.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.holds(text), "did not expect `{text}` in the output of {self}");
        self
    }

    /// The titles of Terraform's warnings, in order, without the one that every run with a provider from the build gets.
    #[must_use]
    pub fn warnings(&self) -> Vec<&str> {
        let titles = self.titles("Warning: ");
        titles.filter(|title| *title != "Provider development overrides are in effect").collect()
    }

    /// The titles of Terraform's errors, in order.
    #[must_use]
    pub fn errors(&self) -> Vec<&str> {
        self.titles("Error: ").collect()
    }

    fn titles<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.stdout.lines().chain(self.stderr.lines()).filter_map(move |line| line.strip_prefix(kind))
    }

    fn holds(&self, text: &str) -> bool {
        let text = one_line(text);
        one_line(&self.stdout).contains(&text) || one_line(&self.stderr).contains(&text)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, code, stdout, stderr } = self;
        let code = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        write!(out, "`{what}`, which ended with {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> Run {
        Run::of("sh", Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn keeps_code_and_both_streams() {
        let run = run("echo out; echo err >&2; exit 7").exits(7);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn finds_text_across_line_breaks() {
        run("printf 'the Endpoint\\n  is gone'").says("Endpoint is gone").never_says("Endpoint is here");
    }

    #[test]
    fn reads_the_titles_of_warnings_and_errors() {
        let overrides = "Warning: Provider development overrides are in effect";
        let run = run(&format!("echo '{overrides}'; echo 'Warning: a rename'; echo 'Error: gone' >&2"));
        assert_eq!((run.warnings(), run.errors()), (vec!["a rename"], vec!["gone"]));
    }

    #[test]
    #[should_panic(expected = "expected `all is well` in the output of `sh`, which ended with exit code 0")]
    fn shows_the_output_of_a_failure() {
        run("echo it is not").says("all is well");
    }
}
