//! `nexusc test`: runs the policy's tests and shows the result of each element.

use super::policy::eprint_findings;
use super::reports::{ReportOptions, verdict};
use super::{AccountOptions, FailOn, Failure, PolicyOptions, World, repository};
use crate::check::{ACCOUNT_MISMATCH, any_at_least, test};
use crate::diagnostic::{Finding, Findings};
use crate::facts::Facts;
use crate::pipeline::ParsedPolicy;
use crate::policy::{DeclaredTest, Policy};
use crate::report::{Contents, RunReport, Tested, findings_text, tested_text, tested_totals};
use clap::Args;
use std::collections::BTreeSet;
use time::Date;

/// How many test names are listed when none matches.
const SUGGESTED: usize = 10;

/// The options of `test`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Run only the tests whose name contains this text, which must be in one; may be repeated
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// The lowest severity that fails the run: `warning` also fails unproven elements
    #[arg(long, value_enum, default_value = "error")]
    fail_on: FailOn,
    #[command(flatten)]
    reports: ReportOptions,
}

/// Runs the tests of a policy.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    options.reports.check(&options.policy.paths)?;
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let facts = facts.as_ref();
    let (policy, findings) = parsed.compile(facts);
    let findings = parsed.finalize(findings, &policy, facts);
    let mismatched = findings.iter().any(|finding| finding.code == &ACCOUNT_MISMATCH);
    if !policy.whole || mismatched {
        return refuse(&options, &parsed, &findings, world);
    }
    if let Some(unused) = options.filter.iter().find(|text| !any_named(&policy, text)) {
        return Err(nothing_selected(&policy, unused));
    }
    let mut tests = tested(&policy, facts, parsed.today);
    tests.retain(|tested| options.selects(&tested.test.instance.to_string()));
    let findings = own_findings(findings, &mut tests);
    if options.reports.is_for_people() {
        world.print(&tested_text(&tests));
        let text = findings_text(&findings, &parsed.sources, world.colour(world.out_is_terminal));
        world.print(&if text.is_empty() { text } else { format!("\n{text}") });
    }
    if tests.is_empty() {
        let help = "name the folder that has them, or add `test \"LABEL\" { … }`";
        return Err(Failure::new("no tests were run: the policy has no `test` block").help(help));
    }
    if options.reports.is_for_people() {
        world.note(&format!("{}\n", tested_totals(&tests)));
    }
    // What fails fails, whatever `lint` and suppressions make of it in `check`.
    let failed = tests.iter().flat_map(|test| &test.outcomes).any(|outcome| outcome.holds == Some(false));
    let code = u8::from(failed || any_at_least(&findings, options.fail_on.severity()));
    options.write(&parsed, &findings, &tests, code, world)?;
    Ok(options.reports.exit_code(code))
}

impl Options {
    fn write(
        &self,
        parsed: &ParsedPolicy,
        findings: &[Finding],
        tests: &[Tested],
        code: u8,
        world: &mut World,
    ) -> Result<(), Failure> {
        let report = RunReport {
            findings,
            sources: &parsed.sources,
            paths: &repository::paths(parsed.files(), world),
            as_of: parsed.today,
            verdict: verdict(code),
            fails: self.fail_on.severity(),
            remarks: &[],
            contents: Contents::Tests(tests),
            options: &self.reports.format_options(),
        };
        self.reports.write(&report, world)
    }

    fn selects(&self, name: &str) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|text| name.contains(text.as_str()))
    }
}

/// Every test with its outcomes, in the order of the files.
fn tested<'p>(policy: &'p Policy, facts: Option<&'p Facts>, today: Date) -> Vec<Tested<'p>> {
    let mut outcomes = test::run(policy, facts, today);
    let outcomes_of = |test: &'p DeclaredTest| Tested {
        test,
        outcomes: outcomes.by_ref().take(test.expectations.len()).collect(),
    };
    policy.tests.iter().map(outcomes_of).collect()
}

fn any_named(policy: &Policy, text: &str) -> bool {
    policy.tests.iter().any(|test| test.instance.to_string().contains(text))
}

fn nothing_selected(policy: &Policy, filter: &str) -> Failure {
    let names = policy.tests.iter().take(SUGGESTED).map(|test| format!("`{}`", test.instance));
    let names = names.collect::<Vec<_>>().join(", ");
    let failure = Failure::new(format!("no test name contains `{filter}`"));
    match policy.tests.len() {
        0 => failure.help("the policy has no `test` block"),
        count if count > SUGGESTED => failure.help(format!("the policy has {count} tests, such as {names}")),
        _ => failure.help(format!("the policy has {names}")),
    }
}

/// The findings of these tests. Suppressed findings are also removed from their outcomes.
fn own_findings(findings: Findings, tests: &mut [Tested]) -> Findings {
    let key = |finding: &Finding| (finding.code, finding.span, finding.message.clone());
    let reported: BTreeSet<_> = findings.iter().map(key).collect();
    let mut own = BTreeSet::new();
    for outcome in tests.iter_mut().flat_map(|tested| &mut tested.outcomes) {
        outcome.finding = outcome.finding.take().filter(|finding| reported.contains(&key(finding)));
        own.extend(outcome.finding.as_ref().map(key));
    }
    findings.into_iter().filter(|finding| own.contains(&key(finding))).collect()
}

/// A policy with errors is not tested: what it lacks may be in a block with an error.
fn refuse(
    options: &Options,
    parsed: &ParsedPolicy,
    findings: &[Finding],
    world: &mut World,
) -> Result<u8, Failure> {
    if options.reports.is_for_people() {
        eprint_findings(findings, parsed, world);
    }
    world.eprint("no tests were run: the policy has errors\n");
    options.write(parsed, findings, &[], 1, world)?;
    Ok(options.reports.exit_code(1))
}
