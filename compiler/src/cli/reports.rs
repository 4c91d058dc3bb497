//! The reports that a command writes: one to standard output, and any number to files.

use super::{Failure, World, file};
use crate::report::review::{SUMMARY_MOST, Verdict};
use crate::report::{Audience, FORMATS, Format, FormatOptions, Rendered, RunReport};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which reports are written.
#[derive(Args)]
pub struct ReportOptions {
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_parser = format(), default_value = default())]
    format: &'static Format,
    /// Write a report to a file as well, such as `sarif=nexusc.sarif`, in one of the formats of `--format`; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_report)]
    report: Vec<ReportFile>,
    /// Exit with 0 where there are findings or an approval is missing, for jobs that judge by a report
    #[arg(long)]
    exit_zero: bool,
    /// The category of a SARIF report, which distinguishes it from others for the same commit
    #[arg(long, value_name = "NAME")]
    sarif_category: Option<String>,
    /// Write the hashes of lines into a SARIF report, for uploads without GitHub's own action, which computes them
    #[arg(long)]
    sarif_fingerprints: bool,
    /// What a comment of the `markdown` format is found again by, where a pull request has several
    #[arg(long, value_name = "ID", value_parser = parse_comment_id, default_value = "nexusc")]
    comment_id: String,
}

/// A report in a file.
#[derive(Clone)]
struct ReportFile {
    format: &'static Format,
    path: PathBuf,
}

fn default() -> Option<&'static str> {
    FORMATS.first().map(|format| format.name)
}

/// The formats by their names.
fn format() -> impl TypedValueParser<Value = &'static Format> {
    let names = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(names).try_map(|name| named(&name).ok_or("there is no such format"))
}

fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn parse_report(text: &str) -> Result<ReportFile, String> {
    let (name, path) = text.split_once('=').ok_or("expected FORMAT=FILE, such as `sarif=nexusc.sarif`")?;
    let names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
    let format = named(name).ok_or_else(|| format!("expected one of {}, not `{name}`", names.join(", ")))?;
    if path.is_empty() {
        return Err(format!("expected a file after `{name}=`"));
    }
    Ok(ReportFile { format, path: path.into() })
}

/// An id ends no HTML comment.
fn parse_comment_id(text: &str) -> Result<String, String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    match !text.is_empty() && text.chars().all(is_allowed) && !text.contains("--") {
        true => Ok(text.to_owned()),
        false => Err("expected letters, digits, `.`, `_` and single `-`".to_owned()),
    }
}

impl ReportOptions {
    /// Refuses a file that is named twice, or that is part of the policy.
    ///
    /// # Errors
    /// When one is.
    pub fn check(&self, policy: &[PathBuf]) -> Result<(), Failure> {
        let whole = |path: &Path| {
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name().unwrap_or_default();
            std::fs::canonicalize(folder).map_or_else(|_| path.to_owned(), |folder| folder.join(name))
        };
        let mut known = Vec::new();
        for ReportFile { format, path } in &self.report {
            let shown = format!("`--report {}={}`", format.name, path.display());
            if known.contains(&whole(path)) {
                return Err(Failure::new(format!("{shown}: another report is written to this file"))
                    .help("name a file of its own for each report"));
            }
            let is_policy = policy.iter().any(|policy| policy.is_file() && whole(policy) == whole(path));
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            if is_policy || name.ends_with(".nexus.hcl") || name.ends_with(".nexus.json") {
                return Err(Failure::new(format!("{shown}: this is a policy file, and is not overwritten"))
                    .help("name another file for the report"));
            }
            known.push(whole(path));
        }
        Ok(())
    }

    /// What the formats are told.
    pub fn format_options(&self) -> FormatOptions {
        let category = self.sarif_category.clone().map(|name| match name.ends_with('/') {
            true => name,
            false => name + "/",
        });
        FormatOptions {
            sarif_category: category,
            sarif_fingerprints: self.sarif_fingerprints,
            comment_id: self.comment_id.clone(),
        }
    }

    /// Whether standard output is for people. A command prints that itself.
    pub fn is_for_people(&self) -> bool {
        self.format.audience == Audience::People
    }

    /// Whether any report needs more than what is printed for people.
    pub fn is_needed(&self) -> bool {
        !self.is_for_people() || !self.report.is_empty()
    }

    /// Writes the reports, but for standard output for people.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, report: &RunReport, world: &mut World) -> Result<(), Failure> {
        for ReportFile { format, path } in &self.report {
            let Rendered { text, left_out } = (format.render)(report);
            file::replace(path, &text)?;
            tell_left_out(format, left_out, world);
        }
        if self.is_for_people() {
            return Ok(());
        }
        let Rendered { text, left_out } = (self.format.render)(report);
        if self.format.name == "github" {
            world.print_unchanged(&text)
        } else {
            world.print(&text)
        }
        tell_left_out(self.format, left_out, world);
        if self.format.name == "github" {
            summarize(report, world)?;
        }
        Ok(())
    }

    /// The exit code: 0 where findings do not count.
    pub fn exit_code(&self, code: u8) -> u8 {
        if self.exit_zero || self.format.name == "atlantis" { 0 } else { code }
    }
}

/// Says what a report leaves out.
fn tell_left_out(format: &Format, left_out: Option<String>, world: &mut World) {
    if let Some(left_out) = left_out {
        world.eprint(&format!("{} report: {left_out}\n", format.name));
    }
}

/// Adds the page for a reviewer to the summary of the job.
fn summarize(report: &RunReport, world: &mut World) -> Result<(), Failure> {
    let Some(path) = world.variable("GITHUB_STEP_SUMMARY").map(PathBuf::from) else { return Ok(()) };
    let failed = |error: std::io::Error| {
        Failure::new(format!("`{}`, of GITHUB_STEP_SUMMARY: {error}", path.display()))
            .help("unset GITHUB_STEP_SUMMARY outside of GitHub Actions")
    };
    let mut summary = std::fs::OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
    // Other programs of the step may have written there.
    let used = summary.metadata().map_err(failed)?.len();
    let most = SUMMARY_MOST.saturating_sub(usize::try_from(used).unwrap_or(usize::MAX));
    let (page, _) = report.page(most);
    let text = format!("{page}\n");
    if text.len() <= most {
        summary.write_all(text.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

/// The result of a run by its exit code.
pub fn verdict(code: u8) -> Verdict {
    match code {
        0 => Verdict::Accepted,
        3 => Verdict::NeedsApproval,
        _ => Verdict::Rejected,
    }
}
