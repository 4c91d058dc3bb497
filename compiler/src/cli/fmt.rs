//! `nexusc fmt`: formats policy files.

use super::policy::ExcludeOptions;
use super::{Failure, World, file};
use crate::diagnostic::Findings;
use crate::diagnostic::source::Sources;
use crate::fmt::{format, unified};
use crate::load::{self, LoadError, Selection};
use crate::report::{counted, findings_text, printable, printable_line};
use crate::syntax::{self, Language};
use clap::Args;
use std::path::{Path, PathBuf};

/// The options of `fmt`.
#[derive(Args)]
pub struct Options {
    /// Policy files, and directories that hold `*.nexus.hcl` and `*.nexus.json`; `-` reads standard input and writes standard output
    #[arg(default_value = ".", value_name = "POLICY")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    exclude: ExcludeOptions,
    /// List unformatted files, and exit with 1 when there are any; write nothing
    #[arg(long)]
    check: bool,
    /// Print a unified diff of the changes; write nothing
    #[arg(long)]
    diff: bool,
}

/// Formats policy files.
pub fn run(options: &Options, world: &mut World) -> Result<u8, Failure> {
    let mut run = Run { options, world, found: 0, changed: 0, failed: 0 };
    if options.paths.iter().any(|path| path.as_os_str() == "-") {
        if options.paths.len() > 1 {
            return Err(Failure::new("`-`, standard input, cannot be combined with other paths"));
        }
        run.standard_input()?;
    } else {
        run.files()?;
    }
    if run.failed > 0 {
        return Ok(2);
    }
    Ok(u8::from(run.found > 0 || (options.check && run.changed > 0)))
}

struct Run<'r, 'w> {
    options: &'r Options,
    world: &'r mut World<'w>,
    /// How many findings there are so far.
    found: usize,
    /// How many unformatted files there are so far.
    changed: usize,
    /// How many files could not be read or written so far.
    failed: usize,
}

impl Run<'_, '_> {
    fn standard_input(&mut self) -> Result<(), Failure> {
        const NAME: &str = "<stdin>";
        let (mut sources, mut findings) = (Sources::default(), Findings::new());
        load::read_from(self.world.input, NAME, &mut sources, &mut findings)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        let text = sources.iter().map(|(_, source)| source.text()).collect::<String>();
        if !findings.is_empty() {
            syntax::withhold(&sources, &mut findings);
            self.report(&findings, &sources);
            return Ok(());
        }
        let Some(formatted) = self.formatted(NAME, &text, Language::of_text(&text)) else { return Ok(()) };
        if self.options.check || self.options.diff {
            self.show(NAME, &text, &formatted);
        } else {
            self.world.print_unchanged(&formatted);
        }
        Ok(())
    }

    fn files(&mut self) -> Result<(), Failure> {
        let (mut sources, mut findings) = (Sources::default(), Findings::new());
        let (paths, exclusions) = (&self.options.paths, self.options.exclude.exclusions());
        let selection = Selection { paths, beside: paths, exclusions: &exclusions, input: None };
        let (excluded, errors) = load::read_all(selection, &mut sources, &mut findings);
        ExcludeOptions::tell(&excluded, self.world);
        errors.into_iter().for_each(|error: LoadError| self.fail(&error.into()));
        syntax::withhold(&sources, &mut findings);
        self.report(&findings, &sources);
        for (file, source) in sources.iter() {
            if findings.iter().any(|finding| finding.span.is_some_and(|span| span.file == file)) {
                continue;
            }
            let (path, text) = (source.path(), source.text());
            let Some(formatted) = self.formatted(path, text, Language::of_path(path)) else { continue };
            if formatted == text {
                continue;
            }
            let writes = !self.options.check && !self.options.diff;
            let written = if writes { file::rewrite(Path::new(path), text, &formatted) } else { Ok(()) };
            match written {
                Ok(()) => self.show(path, text, &formatted),
                Err(failure) => self.fail(&failure),
            }
        }
        self.world.note(&self.summary(sources.iter().count()));
        Ok(())
    }

    /// Tells that a file could not be read or written.
    fn fail(&mut self, failure: &Failure) {
        self.failed += 1;
        self.world.eprint(&failure.text());
    }

    /// The formatted text; `None` when it has syntax errors, which are reported.
    fn formatted(&mut self, name: &str, text: &str, language: Language) -> Option<String> {
        match format(name, text, language) {
            Ok(formatted) => Some(formatted),
            Err((findings, sources)) => {
                self.report(&findings, &sources);
                None
            }
        }
    }

    fn report(&mut self, findings: &Findings, sources: &Sources) {
        self.found += findings.len();
        let text = findings_text(findings, sources, self.world.colour(self.world.err_is_terminal));
        self.world.eprint(&text);
    }

    /// Prints the name or the diff of an unformatted file.
    fn show(&mut self, name: &str, text: &str, formatted: &str) {
        if text == formatted {
            return;
        }
        self.changed += 1;
        // A file without any block of a policy may be any HCL, so its text is not shown.
        if !self.options.diff || !syntax::is_policy(text) {
            return self.world.print(&(printable_line(name) + "\n"));
        }
        let diff = unified(&printable_line(name), text, formatted);
        // A program that reads the diff needs every byte of it.
        let shown = if self.world.out_is_terminal { printable(&diff) } else { diff };
        self.world.print(&shown);
    }

    fn summary(&self, files: usize) -> String {
        let files = counted(files, "file");
        let done = if self.options.check || self.options.diff { "not formatted" } else { "changed" };
        let found = match self.found {
            0 => String::new(),
            count => format!(", {}", counted(count, "error")),
        };
        let failed = match self.failed {
            0 => String::new(),
            count => format!(", {count} failed"),
        };
        format!("{files}: {} {done}{found}{failed}\n", self.changed)
    }
}
