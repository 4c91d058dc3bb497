//! `nexusc diff`: shows how access differs between two policies.

use super::policy::eprint_findings;
use super::{AccountOptions, Failure, Format, PolicyOptions, World};
use crate::access::difference::Difference;
use crate::check::any_at_least;
use crate::diagnostic::{Finding, Severity};
use crate::pipeline::policy_difference;
use crate::report::{difference_json, difference_text};
use clap::Args;
use std::path::PathBuf;

/// The options of `diff`.
#[derive(Args)]
pub struct Options {
    /// The policy before the change: files, and directories that hold `*.nexus.hcl` and `*.nexus.json`; may be repeated
    #[arg(long, value_name = "POLICY", required = true)]
    base: Vec<PathBuf>,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Output format
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Compares a policy with its base.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let (base, parsed) = options.policy.load_both(&options.base, world)?;
    let facts = options.account.facts()?;
    let facts = facts.as_ref();
    let (base_policy, base_findings) = base.compile(facts);
    let (policy, mut findings) = parsed.compile(facts);
    let difference = policy_difference(&base_policy, &policy, facts, parsed.today);
    parsed.check_difference(&policy, Some((&base, &base_policy)), facts, &difference, &mut findings);
    let findings = parsed.finalize(findings, &policy, facts);
    let base_errors: Vec<_> = base
        .finalize(base_findings, &base_policy, facts)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error && !is_configurable(finding))
        .collect();
    if any_at_least(&findings, Severity::Error) || !base_errors.is_empty() {
        // A policy with errors is not compared: what it lacks may be in a block with an error.
        let findings = [base_errors, findings].concat();
        match options.format {
            Format::Human => eprint_findings(&findings, &parsed, world),
            Format::Json => {
                let none = Difference::default();
                world.print(&difference_json(&none, &findings, &parsed.sources, parsed.today));
            }
        }
        return Ok(1);
    }
    match options.format {
        Format::Human => {
            eprint_findings(&findings, &parsed, world);
            world.print(&difference_text(&difference));
        }
        Format::Json => {
            world.print(&difference_json(&difference, &findings, &parsed.sources, parsed.today));
        }
    }
    let needs_approval = findings.iter().any(|finding| finding.severity == Severity::Approval);
    Ok(if needs_approval { 3 } else { 0 })
}

/// Whether the policy may change or silence the code. Such a finding in the base does not prevent a comparison.
fn is_configurable(finding: &Finding) -> bool {
    finding.code.may_silence() || finding.code.may_change()
}
