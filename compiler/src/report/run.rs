//! The report of one run of `check`, `test`, `diff` or `plan`, in every format: one row of [`FORMATS`] each.

use super::review::{COMMENT_MOST, Review, ReviewedChange, Verdict};
use super::service::{self, Alert, Paths, atlantis, github, gitlab, junit, sarif};
use super::{
    Colour, Tested, connectivity_text, difference_json, difference_text, findings_json, findings_text,
    plan_text, rules_text, tested_json, tested_text, written,
};
use crate::check::rules::RuleChange;
use crate::diagnostic::source::Sources;
use crate::diagnostic::{Finding, Severity};
use crate::plan::Plan;
use time::Date;

/// The formats, the default first.
pub static FORMATS: &[Format] = &[
    Format { name: "human", about: "For people", audience: Audience::People, render: human },
    Format {
        name: "json",
        about: "For programs: `nexusc schema` has the schemas",
        audience: Audience::Programs,
        render: json,
    },
    Format {
        name: "sarif",
        about: "SARIF 2.1.0, for GitHub's code scanning",
        audience: Audience::Programs,
        render: sarif,
    },
    Format {
        name: "github",
        about: "Annotations and the summary of a GitHub Actions job",
        audience: Audience::Programs,
        render: github,
    },
    Format {
        name: "gitlab",
        about: "A Code Quality report for GitLab",
        audience: Audience::Programs,
        render: gitlab,
    },
    Format { name: "junit", about: "JUnit XML", audience: Audience::Programs, render: junit },
    Format {
        name: "markdown",
        about: "A comment for a pull request",
        audience: Audience::Programs,
        render: markdown,
    },
    Format {
        name: "atlantis",
        about: "A custom policy check of Atlantis; exits with 0 for findings",
        audience: Audience::Programs,
        render: atlantis,
    },
];

/// One format of reports.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// Who reads it.
    pub audience: Audience,
    /// Writes the report.
    pub render: fn(&RunReport) -> Rendered,
}

/// A report in one format.
pub struct Rendered {
    /// Its text.
    pub text: String,
    /// What it leaves out to keep the limits of its service.
    pub left_out: Option<String>,
}

impl From<String> for Rendered {
    fn from(text: String) -> Self {
        Self { text, left_out: None }
    }
}

/// Who reads a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// People, who are given totals on standard error too.
    People,
    /// Programs, which are given the report alone.
    Programs,
}

/// What a report is made from.
pub struct RunReport<'r> {
    /// The findings, in order.
    pub findings: &'r [Finding],
    /// The files that they point into.
    pub sources: &'r Sources,
    /// The paths of the policy's files in the repository.
    pub paths: &'r Paths,
    /// The day that decided which grants have expired.
    pub as_of: Date,
    /// The result.
    pub verdict: Verdict,
    /// The lowest severity that fails the run.
    pub fails: Severity,
    /// What is said besides, in a line each.
    pub remarks: &'r [String],
    /// What the command found out besides findings.
    pub contents: Contents<'r>,
    /// What formats are told besides.
    pub options: &'r FormatOptions,
}

/// What the formats are told on the command line.
#[derive(Clone, Debug, Default)]
pub struct FormatOptions {
    /// The category of a SARIF report.
    pub sarif_category: Option<String>,
    /// Whether a SARIF report has the lines' hashes.
    pub sarif_fingerprints: bool,
    /// By what a comment is found again.
    pub comment_id: String,
}

/// What a command found out besides findings.
pub enum Contents<'r> {
    /// `check`: nothing.
    Findings,
    /// `test`: the outcomes of the tests.
    Tests(&'r [Tested<'r>]),
    /// `diff`: how access differs.
    Difference(ReviewedChange<'r>),
    /// `plan`: what has to change, and how access differs then.
    Plan(&'r Plan, ReviewedChange<'r>),
}

impl RunReport<'_> {
    fn change(&self) -> Option<&ReviewedChange<'_>> {
        match &self.contents {
            Contents::Difference(change) | Contents::Plan(_, change) => Some(change),
            Contents::Findings | Contents::Tests(_) => None,
        }
    }

    fn rules(&self) -> &[RuleChange] {
        self.change().map_or(&[], |change| change.rules)
    }

    /// The findings and changes of rules, as services show them.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        service::alerts(self.findings, self.rules(), self.sources, self.paths)
    }

    /// Whether a finding of this severity fails the run.
    fn fails(&self, severity: Severity) -> bool {
        severity >= self.fails || (severity == Severity::Approval && self.verdict == Verdict::NeedsApproval)
    }

    /// The page for a reviewer, of at most so many bytes, and how many rows were left out.
    #[must_use]
    pub fn page(&self, most: usize) -> (String, usize) {
        let alerts = self.alerts();
        let review =
            Review { verdict: self.verdict, alerts: &alerts, remarks: self.remarks, change: self.change() };
        review.page(most)
    }
}

fn human(report: &RunReport) -> Rendered {
    let findings = findings_text(report.findings, report.sources, Colour::None);
    let text = match &report.contents {
        Contents::Findings => findings,
        Contents::Tests(tests) => tested_text(tests) + &separated(&findings),
        Contents::Difference(change) => {
            let access = difference_text(change.difference) + &connectivity_text(change.connectivity);
            findings + &rules_text(change.rules) + &access
        }
        Contents::Plan(plan, change) => findings + &rules_text(change.rules) + &plan_text(plan),
    };
    text.into()
}

fn separated(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n{text}") }
}

fn json(report: &RunReport) -> Rendered {
    let RunReport { findings, sources, as_of, .. } = report;
    let text = match &report.contents {
        Contents::Findings => findings_json(findings, sources, *as_of),
        Contents::Tests(tests) => tested_json(tests, findings, sources, *as_of),
        Contents::Difference(change) => {
            let rules = (change.rules, change.digest);
            difference_json((change.difference, change.connectivity), rules, findings, sources, *as_of)
        }
        Contents::Plan(plan, _) => written(plan),
    };
    text.into()
}

fn sarif(report: &RunReport) -> Rendered {
    let alerts = report.alerts();
    let FormatOptions { sarif_category, sarif_fingerprints, .. } = report.options;
    let hashes = || {
        let mut hashes = sarif::Fingerprints::new();
        for (id, file) in report.sources.iter() {
            let Some(path) = report.paths.get(id) else { continue };
            let lines: Vec<_> =
                alerts.iter().filter(|it| it.place.file == path).map(|it| it.place.line).collect();
            if lines.is_empty() {
                continue;
            }
            let all = sarif::line_hashes(file.text());
            let hash = |line: u32| Some(((path.to_owned(), line), all.get(line as usize - 1)?.clone()));
            hashes.extend(lines.into_iter().filter_map(hash));
        }
        hashes
    };
    let fingerprints = sarif_fingerprints.then(hashes);
    // What a comparison finds is not the whole state of the branch: under a category of its own it closes no alerts.
    let own = match &report.contents {
        Contents::Findings => None,
        Contents::Tests(_) => Some("nexusc-test/"),
        Contents::Difference(_) => Some("nexusc-diff/"),
        Contents::Plan(..) => Some("nexusc-plan/"),
    };
    let category = sarif_category.clone().or(own.map(str::to_owned));
    let (text, left_out) = sarif::sarif(alerts, &sarif::SarifOptions { category, fingerprints });
    Rendered { text, left_out }
}

fn github(report: &RunReport) -> Rendered {
    github::github(report.alerts()).into()
}

fn gitlab(report: &RunReport) -> Rendered {
    gitlab::gitlab(&report.alerts()).into()
}

fn junit(report: &RunReport) -> Rendered {
    let tests = match &report.contents {
        Contents::Tests(tests) => tests.iter().map(|test| test.case(report.sources, report.paths)).collect(),
        _ => Vec::new(),
    };
    // A test's findings are the text of its case.
    let alerts = if tests.is_empty() { report.alerts() } else { Vec::new() };
    junit::junit(&alerts, &tests, |severity| report.fails(severity)).into()
}

fn markdown(report: &RunReport) -> Rendered {
    // The marker comes first, so that no limit can cut it off.
    let marker = format!("<!-- nexusc:report id={} -->\n", report.options.comment_id);
    let (page, left) = report.page(COMMENT_MOST - marker.len());
    let told = || format!("{left} rows are left out, as a comment holds 60,000 bytes");
    Rendered { text: marker + &page, left_out: (left > 0).then(told) }
}

fn atlantis(report: &RunReport) -> Rendered {
    let has_passed = report.verdict == Verdict::Accepted;
    atlantis::atlantis(report.alerts(), has_passed, |severity| report.fails(severity)).into()
}
