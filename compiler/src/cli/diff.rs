//! `nexusc diff`: shows how access differs between two policies.

use super::apply::read_any_plan;
use super::approval::{ApprovalOptions, needs_approval};
use super::base::{BaseAccountOptions, BasePath, BaseVariableOptions, remarks_of};
use super::connect::account_facts;
use super::policy::eprint_findings;
use super::reports::{ReportOptions, verdict};
use super::{AccountOptions, Failure, PolicyOptions, RegistryOptions, World, repository};
use crate::access::difference::Difference;
use crate::check::rules::{RuleChange, RuleChangeKind};
use crate::check::{Unjudged, any_at_least};
use crate::diagnostic::Severity;
use crate::diagnostic::source::Sources;
use crate::facts::Facts;
use crate::load::{Excluded, StoredFile};
use crate::pipeline::{
    Base, BaseFiles, ChangeDigest, Judgement, ParsedPolicy, VariableValues, difference_of_plan,
    policy_difference,
};
use crate::plan::{ConnectivityChange, declared_connectivity};
use crate::policy::Policy;
use crate::report::review::ReviewedChange;
use crate::report::service::Paths;
use crate::report::{Contents, RunReport, connectivity_text, difference_text, printable_line, rules_text};
use clap::Args;
use schema::backend::Backend;
use std::path::{Path, PathBuf};

/// The options of `diff`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    base: BaseOptions,
    #[command(flatten)]
    base_variables: BaseVariableOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    #[command(flatten)]
    base_account: BaseAccountOptions,
    #[command(flatten)]
    registry: RegistryOptions,
    #[command(flatten)]
    approvals: ApprovalOptions,
    #[command(flatten)]
    reports: ReportOptions,
}

/// What the policy is compared with.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct BaseOptions {
    /// The policy before the change: files and directories, or `REV:PATH` of a Git revision; may be repeated
    ///
    /// REV is a branch, a tag or any other name of a commit, PATH a file or folder from the top level of the repository, or with
    /// `./` from the current folder; `REV:` is the whole tree. The policy is compared with the merge base of REV and HEAD. Only
    /// Git objects are read: nothing is checked out, fetched or run. `--var-file`, `--account` and `--approvals` within the
    /// checkout count as they are at that commit. For a path with a colon write `./a:b`.
    #[arg(long, value_name = "POLICY")]
    base: Vec<BasePath>,
    /// Compare with an empty policy: everything is new
    ///
    /// Its rules are listed and need no approval. Access that the account of `--account` already allows is not new.
    #[arg(long)]
    no_base: bool,
    /// Compare with what the account allows today: that of `--account`, else that of the registry
    #[arg(long)]
    base_from_account: bool,
    /// Show what a plan changes that `nexusc plan --out` saved, without the policy and the account
    ///
    /// Shows access, and whether an approval is missing. Findings and the rules that change are not in a plan.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "account", "base_files", "exclude", "as_of", "vars", "files"])]
    plan: Option<PathBuf>,
}

/// How the two policies come to be.
struct Sides {
    base: ParsedPolicy,
    policy: ParsedPolicy,
    facts: Option<Facts>,
}

impl Options {
    fn sides(&self, world: &mut World) -> Result<Sides, Failure> {
        let account = self.account.account.as_deref();
        if self.base.no_base || self.base.base_from_account {
            let facts = match account {
                None if self.base.base_from_account => Some(account_facts(&self.registry, world)?),
                _ => self.account.facts()?,
            };
            let (base, policy) = self.load_on_nothing(world)?;
            return Ok(Sides { base, policy, facts });
        }
        let (base, mut policy) = self.policy.load_both((&self.base.base, &self.base_variables), world)?;
        let facts = account.map(|path| self.base_account.facts(path, &self.policy.paths, &self.base.base));
        let (facts, change) = facts.transpose()?.unzip();
        policy.changed_files.extend(change.flatten());
        Ok(Sides { base, policy, facts })
    }

    /// The policy, and an empty one of the same account.
    fn load_on_nothing(&self, world: &mut World) -> Result<(ParsedPolicy, ParsedPolicy), Failure> {
        let none = VariableValues::default();
        let load = |content: String, world: &mut World| {
            let name = "(empty base).nexus.hcl".to_owned();
            let size = content.len() as u64;
            let file = StoredFile { in_policy: name.clone(), name, size, content: content.into_bytes() };
            self.policy.load_on(BaseFiles::Stored(vec![file], Excluded::default()), &none, world)
        };
        // The account is known only once the policy is read.
        let (policy, _) = self.policy.load(world)?.compile(None);
        load(empty_policy(&policy), world)
    }

    /// Options that mean nothing with the base that is named.
    fn check(&self) -> Result<(), Failure> {
        let reads_registry = self.base.base_from_account && self.account.account.is_none();
        if self.registry.is_given() && !reads_registry {
            let message = "`diff` reads a registry only with `--base-from-account`, without `--account`";
            return Err(Failure::new(message).help("remove `--registry`, `--allow-insecure` and `--timeout`"));
        }
        Ok(())
    }
}

/// A policy without anything, for the account of another.
fn empty_policy(of: &Policy) -> String {
    let backend = match of.account.backend {
        Backend::Cloud => "cloud",
        Backend::SelfHosted => "self_hosted",
    };
    let id = of.account.id.as_ref().map(|(id, _)| format!("  id = \"{id}\"\n")).unwrap_or_default();
    format!("account {{\n{id}  backend = \"{backend}\"\n}}\n")
}

/// Compares a policy with its base. Both judge the change.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    options.reports.check(&options.policy.paths)?;
    options.check()?;
    if let Some(path) = &options.base.plan {
        return run_plan(path, &options, world);
    }
    let Sides { base, policy: parsed, facts } = options.sides(world)?;
    let facts = facts.as_ref();
    let (base, (policy, mut findings)) = Base::with(&base, &parsed, facts);
    parsed.check_permissions(&policy, facts, None, &mut findings)?;
    let mut unjudged = Unjudged::default();
    let rules = options.base.rules(parsed.rule_changes(&policy, &base, facts));
    let difference = policy_difference(&base.policy, &policy, facts, parsed.today);
    let difference = options.base.access(Difference { rules_changed: rules.len(), ..difference });
    parsed.check_difference(&policy, Some(&base), facts, &difference, &mut unjudged, &mut findings);
    unjudged.report(&policy, &mut findings);
    let judgement = parsed.judge(&policy, &base, facts, &difference, rules, findings);
    let Judgement { findings, rules, is_judged } = judgement;
    let has_errors = any_at_least(&findings, Severity::Error);
    // A policy with errors of its text is not compared: what it lacks may be in a block with an error.
    let compared = if is_judged { difference } else { Difference::default() };
    let account = policy.account.id.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let connectivity =
        if is_judged { declared_connectivity(&base.policy, &policy) } else { ConnectivityChange::default() };
    let digest = ChangeDigest::of(&account, &compared, &connectivity, &rules);
    if options.reports.is_for_people() {
        eprint_findings(&findings, &parsed, world);
        world.print(&rules_text(&rules));
        if is_judged {
            world.print(&(difference_text(&compared) + &connectivity_text(&connectivity)));
        }
    }
    let is_approved = has_errors
        || !needs_approval(&findings, &rules)
        || options.approvals.is_approved(
            &digest,
            &options.policy.paths,
            &options.base.base,
            parsed.today,
            world,
        )?;
    let code = match (has_errors, is_approved) {
        (true, _) => 1,
        (false, false) => 3,
        (false, true) => 0,
    };
    if options.reports.is_needed() {
        let paths = repository::paths(parsed.files(), world);
        let change = ReviewedChange {
            difference: &compared,
            rules: &rules,
            connectivity: &connectivity,
            policy: Some(&policy),
            base: Some(&base.policy),
            sources: &parsed.sources,
            paths: &paths,
            as_of: parsed.today,
            digest: Some(&*digest.0).filter(|_| !has_errors),
            is_compared: is_judged,
        };
        let report = RunReport {
            findings: &findings,
            sources: &parsed.sources,
            paths: &paths,
            as_of: parsed.today,
            verdict: verdict(code),
            fails: Severity::Error,
            remarks: &remarks_of(&options.base.base),
            contents: Contents::Difference(change),
            options: &options.reports.format_options(),
        };
        options.reports.write(&report, world)?;
    }
    // The process exits here: freeing two policies takes as long as checking one of them.
    std::mem::forget((base, parsed, policy));
    Ok(options.reports.exit_code(code))
}

impl BaseOptions {
    /// The rules that change. An empty policy has none that somebody could have agreed to, and of an account none are known.
    fn rules(&self, rules: Vec<RuleChange>) -> Vec<RuleChange> {
        match (self.no_base, self.base_from_account) {
            (false, false) => rules,
            (_, true) => Vec::new(),
            (true, false) => {
                let new = rules.into_iter().filter(|rule| rule.kind == RuleChangeKind::Added);
                new.map(|rule| RuleChange { needs_approval: false, ..rule }).collect()
            }
        }
    }

    /// How access differs. That the policy manages an allowlist is no change of what an account allows.
    fn access(&self, mut difference: Difference) -> Difference {
        if self.base_from_account {
            difference.names.values_mut().for_each(|differs| differs.claimed = None);
            difference.names.retain(|_, differs| differs.is_something());
        }
        difference
    }
}

/// Shows what a saved plan changes.
fn run_plan(path: &Path, options: &Options, world: &mut World) -> Result<u8, Failure> {
    let plan = read_any_plan(path).map_err(Failure::without_refusal)?;
    let digest = ChangeDigest(plan.source.change.clone());
    let difference = difference_of_plan(&plan);
    if options.reports.is_for_people() {
        world.print(&(difference_text(&difference) + &connectivity_text(&plan.connectivity)));
    }
    for message in &plan.source.approvals {
        world.eprint(&(printable_line(&format!("needs an approval: {message}")) + "\n"));
    }
    let takes_much = plan.source.deletes > 0 || plan.source.revokes > 0;
    let needs_approval = !plan.source.approvals.is_empty() || takes_much;
    let today = world.now.date();
    let is_approved = !needs_approval || options.approvals.is_approved(&digest, &[], &[], today, world)?;
    let code = if is_approved { 0 } else { 3 };
    if options.reports.is_needed() {
        let (sources, paths) = (Sources::default(), Paths::default());
        let as_of = crate::language::day::parse(&plan.as_of).unwrap_or(today);
        let change = ReviewedChange {
            difference: &difference,
            rules: &[],
            connectivity: &plan.connectivity,
            policy: None,
            base: None,
            sources: &sources,
            paths: &paths,
            as_of,
            digest: Some(&digest.0),
            is_compared: true,
        };
        let needs = |message: &String| format!("needs an approval: {message}");
        let report = RunReport {
            findings: &[],
            sources: &sources,
            paths: &paths,
            as_of,
            verdict: verdict(code),
            fails: Severity::Error,
            remarks: &plan.source.approvals.iter().map(needs).collect::<Vec<_>>(),
            contents: Contents::Difference(change),
            options: &options.reports.format_options(),
        };
        options.reports.write(&report, world)?;
    }
    Ok(options.reports.exit_code(code))
}
