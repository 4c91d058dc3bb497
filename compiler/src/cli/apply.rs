//! `nexusc apply`: changes the registry to match the policy, or applies a saved plan.

mod confirm;
mod plan_file;
mod progress;
mod record;

pub use plan_file::{UNFINISHED, read_any_plan};
pub use record::{Record, record_schema};

use super::connect::{check_account, connect};
use super::gate::{AllowOptions, GateOptions, taken_away};
use super::plan::eprint_planning;
use super::policy::ExcludeOptions;
use super::signals::Signals;
use super::variables::VariableOptions;
use super::{Failure, PolicyOptions, RegistryOptions, World, git, runtime};
use crate::access::difference::AccountAccess;
use crate::access::held::HeldEndpoints;
use crate::apply::{PlanAge, Review, Step, apply, prove};
use crate::pipeline::{Applier, Extent, ParsedPolicy, Planning};
use crate::plan::Plan;
use crate::report::{counted, nothing_applied, plan_text, printable_line};
use clap::Args;
use plan_file::{check_age, check_permissions, check_place, lock_plan, parse_age, read_plan};
use progress::{applied, not_started, outcome_line, progress_bar};
use registry::Registry;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::pin::pin;
use time::{Date, Duration};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The options of `apply`.
#[derive(Args)]
pub struct Options {
    /// Policy files, and directories that hold `*.nexus.hcl` and `*.nexus.json` [default: .]
    ///
    /// With --plan: the policy that the saved plan must follow from.
    #[arg(value_name = "POLICY")]
    paths: Vec<PathBuf>,
    /// Evaluate expiry dates as of this day instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::parse_day, conflicts_with = "plan")]
    as_of: Option<Date>,
    #[command(flatten)]
    exclude: ExcludeOptions,
    #[command(flatten)]
    variables: VariableOptions,
    #[command(flatten)]
    gate: GateOptions,
    #[command(flatten)]
    allow: AllowOptions,
    #[command(flatten)]
    registry: RegistryOptions,
    /// Apply a plan saved by `nexusc plan --out`
    ///
    /// Only at the registry, in the account and as the principal that it was made for. With POLICY too, the policy is planned
    /// afresh, and the saved plan is applied only if it is what the policy says: this proves that nobody has edited it, and
    /// that the guards pass.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The greatest age of a saved plan, such as `30m`, `12h` or `7d`
    #[arg(long, value_name = "AGE", value_parser = parse_age, default_value = "1d")]
    max_age: Duration,
    /// Apply the changes without asking; required without a terminal, unless `--plan` is given
    #[arg(long)]
    auto_approve: bool,
    /// Apply only the Endpoints and private connections that list the API key's owner in `managed_by`
    ///
    /// Directly or through a group. Everything else is not changed and needs no permission; it is counted in the plan.
    /// Objects that the policy no longer declares are not detected.
    #[arg(long, conflicts_with = "plan")]
    mine: bool,
    /// Append a record of the apply to a file: JSON lines, each on disk before the write that it announces
    ///
    /// What is written, by whom, with which operation, from which policy and commit, and how it ended. `nexusc schema record`
    /// prints the format.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// Applies a policy or a plan.
pub fn run(options: &Options, world: &mut World) -> Result<u8, Failure> {
    if options.as_of.is_some() {
        let message = "`apply` takes no `--as-of`: a grant ends with the first apply after its last day";
        let help = "use `nexusc plan --as-of` to see what an apply on another day would change";
        return Err(Failure::new(message).help(help));
    }
    let mut record = options.record.as_deref().map(|path| Record::open(path, world)).transpose()?;
    match &options.plan {
        Some(path) => run_plan(path, options, record.as_mut(), world),
        None => run_policy(options, record.as_mut(), world),
    }
}

fn run_policy(options: &Options, record: Option<&mut Record>, world: &mut World) -> Result<u8, Failure> {
    let registry = connect(&options.registry, world)?;
    let runtime = runtime()?;
    let extent = Extent::of(options.mine);
    let policy = options.policy();
    let parsed = policy.load_with_base((&options.gate.base, &options.gate.base_variables), world)?;
    runtime.block_on(check_account(&registry, world))?;
    let made = planned(&parsed, extent, &registry, &runtime, world)?;
    let Some(plan) = made.plan() else { return Ok(1) };
    world.eprint(&plan_text(&plan));
    if !is_agreed_to(options, &made, &parsed, &policy, world)? {
        return Ok(3);
    }
    if !options.auto_approve {
        confirm::confirm(&plan, world)?;
    }
    let record = Recording::begin(record, &policy.paths);
    runtime.block_on(carry_out(&plan, &registry, record, world))
}

/// Applies a saved plan: everything about it is decided before the first write.
fn run_plan(
    path: &Path,
    options: &Options,
    record: Option<&mut Record>,
    world: &mut World,
) -> Result<u8, Failure> {
    if options.paths.is_empty() && !options.variables.is_empty() {
        let message = "`--var` and `--var-file` cannot be used with `--plan` without a policy";
        return Err(Failure::new(message).help("name the policy that the plan must follow from"));
    }
    if options.paths.is_empty() && !options.gate.base.is_empty() {
        let message = "`--base` cannot be used with `--plan` without a policy";
        return Err(Failure::new(message).help("name the policy that the plan must follow from"));
    }
    if options.paths.is_empty() && !options.exclude.is_empty() {
        let message = "`--exclude` cannot be used with `--plan` without a policy";
        return Err(Failure::new(message).help("name the policy that the plan must follow from"));
    }
    let plan = read_plan(path)?;
    // Two runs of one plan could not tell which of them made a change.
    let _lock = lock_plan(path, || world.note("waiting for another nexusc that applies this plan\n"))?;
    check_age(&plan, options.max_age, world.now)?;
    let registry = connect(&options.registry, world)?;
    let runtime = runtime()?;
    runtime.block_on(check_account(&registry, world))?;
    let credential = runtime.block_on(check_place(&plan, &registry))?;
    let policy = options.policy();
    let made = if options.paths.is_empty() {
        None
    } else {
        let parsed = policy.load_with_base((&options.gate.base, &options.gate.base_variables), world)?;
        let extent = Extent::of(plan.left_out.is_some());
        Some((planned(&parsed, extent, &registry, &runtime, world)?, parsed))
    };
    let review = runtime.block_on(Review::of(&plan, PlanAge::Saved, &registry))?;
    check_permissions(&plan, credential, &review.endpoints)?;
    let is_agreed_to = match &made {
        Some((made, parsed)) => {
            let Some(fresh) = made.plan() else { return Ok(1) };
            check_proof(&plan, &review, &fresh)?;
            world.eprint(&plan_text(&fresh));
            is_agreed_to(options, made, parsed, &policy, world)?
        }
        None => {
            if let Some(commit) = &plan.source.commit {
                world.note(&(printable_line(&format!("The policy is that of commit {commit}.")) + "\n"));
            }
            world.eprint(&plan_text(&plan));
            options.gate.is_saved_approved(&plan, world.now.date(), world)?
                && options.allow.allows(taken_away(&plan), world)
        }
    };
    if !is_agreed_to {
        return Ok(3);
    }
    let record = Recording::begin(record, &options.paths);
    runtime.block_on(carry_out_reviewed(&plan, review, &registry, record, world))
}

impl Options {
    fn policy(&self) -> PolicyOptions {
        let paths = if self.paths.is_empty() { vec![PathBuf::from(".")] } else { self.paths.clone() };
        let (exclude, variables) = (self.exclude.clone(), self.variables.clone());
        PolicyOptions { paths, exclude, as_of: self.as_of, variables }
    }
}

/// Whether a plan has the approvals that it needs, and may take away what it takes away.
fn is_agreed_to(
    options: &Options,
    made: &Planning,
    parsed: &ParsedPolicy,
    policy: &PolicyOptions,
    world: &mut World,
) -> Result<bool, Failure> {
    let agreed = options.allow.agreed();
    Ok(options.gate.is_approved(made, parsed, &policy.paths, agreed, world)?
        && options.allow.allows(made.takes_away(), world))
}

/// The plan of a policy for the API key's owner, with its findings on standard error.
fn planned(
    parsed: &ParsedPolicy,
    extent: Extent,
    registry: &Registry,
    runtime: &Runtime,
    world: &mut World,
) -> Result<Planning, Failure> {
    let now = world.now;
    let progress = |line: &str| world.note(&(printable_line(line) + "\n"));
    let made = Planning::of_idle(parsed, registry, Applier::Credential, extent, now, progress);
    let made = runtime.block_on(made)?;
    eprint_planning(&made, parsed, world);
    Ok(made)
}

fn check_proof(plan: &Plan, review: &Review, fresh: &Plan) -> Result<(), Failure> {
    let Err(difference) = prove(plan, review, fresh) else { return Ok(()) };
    let why = if plan.source.policy == fresh.source.policy {
        "the plan was made from the same files: the account has changed since, variables have other values, or the plan was edited"
    } else {
        "the plan was made from other files"
    };
    let message = format!("the plan is not what the policy says: {difference}");
    Err(Failure::refusal(message).help(format!("{why}; create it again with `nexusc plan --out`")))
}

/// Applies a plan that this run made.
pub async fn carry_out(
    plan: &Plan,
    registry: &Registry,
    recording: Option<Recording<'_>>,
    world: &mut World<'_>,
) -> Result<u8, Failure> {
    if plan.is_empty() {
        world.print(&nothing_applied(plan));
        return Ok(u8::from(is_stuck(plan)));
    }
    let review = Review::of(plan, PlanAge::New, registry).await?;
    carry_out_reviewed(plan, review, registry, recording, world).await
}

/// Applies a plan, with progress on standard error and a summary at the end.
async fn carry_out_reviewed(
    plan: &Plan,
    review: Review,
    registry: &Registry,
    recording: Option<Recording<'_>>,
    world: &mut World<'_>,
) -> Result<u8, Failure> {
    if plan.is_empty() {
        world.print(&nothing_applied(plan));
        return Ok(u8::from(is_stuck(plan)));
    }
    let record =
        recording.map(|recording| recording.of(plan, registry, world)).transpose()?.map(RefCell::new);
    let announce = |step: &Step, operation: &str| match &record {
        Some(record) => record.borrow_mut().change_begins(plan, step, operation),
        None => Ok(()),
    };
    let endpoints = HeldEndpoints::registered(registry.backend(), &review.endpoints);
    let before = AccountAccess { endpoints, rights: Vec::new() };
    let is_quiet = world.is_quiet();
    let bar = progress_bar(plan, world.err_is_terminal && !is_quiet);
    let world = RefCell::new(world);
    let eprint = |text: &str| match bar.is_hidden() {
        true => world.borrow_mut().eprint(&format!("{text}\n")),
        false => bar.println(text),
    };
    let (stop, mut signals, mut told) = (CancellationToken::new(), Signals::listen(), 0);
    let outcomes = {
        let mut running = pin!(apply(plan, review, registry, &stop, &announce, |outcome| {
            if let Some(record) = &record {
                record.borrow_mut().change_ended(plan, outcome);
            }
            told += 1;
            if outcome.result.is_err() || !is_quiet {
                eprint(&outcome_line(outcome, told, plan.len()));
            }
            bar.inc(1);
        }));
        loop {
            tokio::select! {
                outcomes = &mut running => break outcomes,
                () = signals.next() => {}
            }
            if stop.is_cancelled() {
                bar.finish_and_clear();
                let text = "stopped at once: changes in progress were not awaited; run `nexusc plan` to see what is left";
                world.borrow_mut().eprint(&format!("{text}\n"));
                return Ok(1);
            }
            stop.cancel();
            eprint(
                "stopping: changes in progress are finished, no other is started; a second signal ends at once",
            );
        }
    };
    bar.finish_and_clear();
    let world = world.into_inner();
    world.print(&format!("{}\n", applied(&outcomes, &before)));
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    if failed > 0 {
        let count = counted(failed, "change");
        let all = outcomes.len();
        world.eprint(&format!("{count} of {all} failed; run `nexusc plan` to see what is left\n"));
    }
    let left = not_started(plan, &outcomes);
    world.eprint(&left);
    let recorded = record.map_or(Ok(()), |record| record.into_inner().end(plan, &outcomes));
    if let Err(why) = &recorded {
        world.eprint(&Failure::new(why).text());
    }
    Ok(u8::from(failed > 0 || !left.is_empty() || is_stuck(plan) || recorded.is_err()))
}

/// A record, and the policy whose commit it names.
pub struct Recording<'r> {
    record: &'r mut Record,
    policy: &'r [PathBuf],
}

impl<'r> Recording<'r> {
    fn begin(record: Option<&'r mut Record>, policy: &'r [PathBuf]) -> Option<Self> {
        record.map(|record| Self { record, policy })
    }

    /// Records that a plan is about to be carried out.
    fn of(self, plan: &Plan, registry: &Registry, world: &World) -> Result<&'r mut Record, Failure> {
        let (address, commit) = (registry.address().to_string(), git::commit(self.policy));
        self.record.begin(plan, &address, commit, world.redaction())?;
        Ok(self.record)
    }
}

/// Whether an object is in a state in which it is not what the policy says, and that no change ends.
fn is_stuck(plan: &Plan) -> bool {
    plan.uncorrected.iter().any(|it| it.state.is_some())
}
