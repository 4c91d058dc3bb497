//! `nexusc apply`: changes the registry to match the policy, or applies a saved plan.

use super::connect::{check_account, connect};
use super::gate::{AllowOptions, GateOptions};
use super::plan::eprint_planning;
use super::{Failure, PolicyOptions, RegistryOptions, World, file, runtime};
use crate::access::difference::AccountAccess;
use crate::access::held::HeldEndpoints;
use crate::apply::{ApplyError, Done, Outcome, Step, apply};
use crate::check::permission::{Identity, check};
use crate::diagnostic::{Findings, Severity};
use crate::facts::{Credential, Home, credential, home};
use crate::pipeline::{Applier, Extent, Planning, difference_of};
use crate::plan::{Change, Plan, VERSION, faults};
use crate::policy::demand::{Demand, Subject};
use crate::report::{connectivity_totals, counted, nothing_applied, plan_text, printable};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use registry::{OperationError, RegisteredTarget, Registry};
use schema::name::NamespaceId;
use schema::permission::Call;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The options of `apply`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    gate: GateOptions,
    #[command(flatten)]
    allow: AllowOptions,
    #[command(flatten)]
    registry: RegistryOptions,
    /// Apply a plan saved by `nexusc plan --out` instead of a policy
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "as_of", "vars", "files"])]
    plan: Option<PathBuf>,
    /// Apply only the Endpoints and private connections that list the API key's owner in `managed_by`
    ///
    /// Directly or through a group. Everything else is not changed and needs no permission; it is counted in the plan.
    /// Objects that the policy no longer declares are not detected.
    #[arg(long, conflicts_with = "plan")]
    mine: bool,
}

/// Applies a policy or a plan.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let registry = connect(&options.registry, world)?;
    let runtime = runtime()?;
    let plan = match &options.plan {
        Some(path) => {
            let plan = read_plan(path)?;
            runtime.block_on(async {
                check_account(&registry, world).await?;
                check_plan(&plan, &registry).await
            })?;
            plan
        }
        None => {
            let parsed =
                options.policy.load_with_base((&options.gate.base, &options.gate.base_variables), world)?;
            let made = runtime.block_on(async {
                check_account(&registry, world).await?;
                let extent = Extent::of(options.mine);
                let now = world.now;
                let progress = |line: &str| world.eprint(&printable(&format!("{line}\n")));
                Ok::<_, Failure>(
                    Planning::of_idle(&parsed, &registry, Applier::Credential, extent, now, progress).await?,
                )
            })?;
            eprint_planning(&made, &parsed, world);
            let Some(plan) = made.plan() else { return Ok(1) };
            if !options.gate.is_approved(&made, &parsed, &options.policy.paths, world)?
                || !options.allow.allows(&made, world)
            {
                world.eprint(&plan_text(&plan));
                return Ok(3);
            }
            plan
        }
    };
    world.eprint(&plan_text(&plan));
    runtime.block_on(carry_out(&plan, &registry, world))
}

/// Applies a plan, with progress on standard error and a summary at the end.
pub async fn carry_out(plan: &Plan, registry: &Registry, world: &mut World<'_>) -> Result<u8, Failure> {
    if plan.is_empty() {
        world.print(&nothing_applied(plan));
        return Ok(u8::from(is_stuck(plan)));
    }
    let endpoints = HeldEndpoints::registered(registry.backend(), &registry.endpoints().await?);
    let before = AccountAccess { endpoints, rights: Vec::new() };
    let bar = progress_bar(plan, world.err_is_terminal);
    let outcomes = apply(plan, registry, |outcome| {
        let line = outcome_line(outcome);
        if bar.is_hidden() {
            world.eprint(&format!("{line}\n"));
        } else {
            bar.println(line);
        }
        bar.inc(1);
    })
    .await;
    bar.finish_and_clear();
    world.print(&format!("{}\n", applied(&outcomes, &before)));
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    if failed > 0 {
        let count = counted(failed, "change");
        let all = outcomes.len();
        world.eprint(&format!("{count} of {all} failed; run `nexusc plan` to see what is left\n"));
    }
    Ok(u8::from(failed > 0 || is_stuck(plan)))
}

/// Whether an object is in a state in which it is not what the policy says, and that no change ends.
fn is_stuck(plan: &Plan) -> bool {
    plan.uncorrected.iter().any(|it| it.state.is_some())
}

fn progress_bar(plan: &Plan, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(plan.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} changes, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn outcome_line(outcome: &Outcome) -> String {
    let (kind, name, verb) = match outcome.step {
        Step::Endpoint(Change::Create { endpoint, .. }) => ("endpoint", endpoint.to_string(), "created"),
        Step::Endpoint(Change::Update { endpoint, .. }) => ("endpoint", endpoint.clone(), "changed"),
        Step::Rule(rule) => ("connectivity rule", rule.shown(), "created"),
        Step::Attachment(attachment) => ("connectivity of", attachment.namespace.to_string(), "changed"),
    };
    let line = match &outcome.result {
        Ok(Done::Now) => format!("  {verb} {kind} {name}"),
        Ok(Done::Before) => format!("  {kind} {name} was already as planned"),
        Err(ApplyError::Unfinished(error)) if !matches!(error, OperationError::Failed { .. }) => {
            format!("  error: {kind} `{name}` may not have been {verb}: {error}")
        }
        Err(error) => format!("  error: {kind} `{name}` was not {verb}: {error}{}", help(error)),
    };
    printable(&line)
}

fn help(error: &ApplyError) -> String {
    let help = match error {
        ApplyError::Registry(error) => error.help(),
        ApplyError::Refused(_) | ApplyError::Attachment(_) | ApplyError::NoRule(_) | ApplyError::Deleted => {
            Some("run `nexusc plan` again")
        }
        ApplyError::Unfinished(_) => None,
    };
    help.map(|help| format!("\n    help: {help}")).unwrap_or_default()
}

/// What was done, and how access differs from before.
fn applied(outcomes: &[Outcome], before: &AccountAccess) -> String {
    let done: Vec<_> = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.result, Ok(Done::Now)))
        .filter_map(|outcome| match outcome.step {
            Step::Endpoint(change) => Some(change),
            Step::Rule(_) | Step::Attachment(_) => None,
        })
        .collect();
    let created = done.iter().filter(|change| matches!(change, Change::Create { .. })).count();
    let (gained, lost) = difference_of(before, done.iter().copied()).calls();
    let (endpoints, changed) = (counted(created, "Endpoint"), done.len() - created);
    let carried_out = |is: fn(&Step) -> bool| {
        outcomes.iter().filter(|outcome| matches!(outcome.result, Ok(Done::Now)) && is(&outcome.step)).count()
    };
    let rules = carried_out(|step| matches!(step, Step::Rule(_)));
    let namespaces = carried_out(|step| matches!(step, Step::Attachment(_)));
    format!(
        "Applied: {endpoints} created, {changed} changed; {} gained, {lost} lost{}.",
        counted(gained, "call"),
        connectivity_totals(rules, namespaces, "created", "reattached")
    )
}

fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let (shown, text) = (path.display(), file::read_written(path)?);
    let help = "create it again with `nexusc plan --out`";
    let refuse = |why: String| {
        Failure::refusal(format!("`{shown}` is not a plan of this version of nexusc: {why}")).help(help)
    };
    let text = text.map_err(refuse)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    if let Some(version) = json.get("version").filter(|version| **version != VERSION) {
        return Err(
            Failure::refusal(format!("`{shown}` has plan version {version}, expected {VERSION}")).help(help)
        );
    }
    let faults = faults(&json);
    if !faults.is_empty() {
        return Err(refuse(faults.join("; ")));
    }
    let plan: Plan = serde_json::from_value(json).map_err(|error| refuse(error.to_string()))?;
    if let Some(snapshot) = &plan.snapshot {
        let message =
            format!("`{shown}` was planned on a snapshot of {}, which may be outdated", snapshot.as_of);
        return Err(Failure::refusal(message)
            .help("plan against the registry: `nexusc plan --out`, without `--account`"));
    }
    if let Some(endpoint) = plan.changed_twice() {
        let message = format!("`{shown}` changes the Endpoint `{endpoint}` twice: the file was edited");
        return Err(Failure::refusal(message).help(help));
    }
    if let Some(namespace) = plan.foreign_namespace() {
        return Err(refuse(format!("`{namespace}` is not a valid Namespace id: it has no account")));
    }
    Ok(plan)
}

/// A plan is for one account, and may be applied by another principal than it was checked for.
async fn check_plan(plan: &Plan, registry: &Registry) -> Result<(), Failure> {
    let home = home(registry).await?;
    if home.id() != plan.account {
        return Err(other_home(plan, &home));
    }
    let Some(Credential { identity, rights }) = credential(registry).await? else { return Ok(()) };
    let mut targets = Vec::new();
    for change in &plan.changes {
        targets.extend(targets_of(change, registry).await?.map(|(from, to)| (change.endpoint(), from, to)));
    }
    let demands = targets.iter().map(|(endpoint, from, to)| Demand {
        call: from
            .as_ref()
            .map_or(Call::CreateEndpoint { target: to }, |from| Call::UpdateEndpoint { from, to }),
        subject: Subject::Endpoint(endpoint),
        span: None,
        instance: None,
    });
    let demand =
        |call| Demand { call, subject: Subject::Privatelink("of the plan"), span: None, instance: None };
    let rules = plan.connectivity.create.iter().map(|_| demand(Call::ManageConnectivityRules));
    let attached =
        plan.connectivity.attachments.iter().map(|it| demand(Call::ManageNamespace(&it.namespace)));
    let demands = demands.chain(rules).chain(attached);
    let mut findings = Findings::new();
    check(&Identity { id: identity.id, rights, named: None, declared: None }, demands, &mut findings);
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(()),
        Some(finding) => {
            Err(Failure::refusal(&finding.message).help(finding.help.clone().unwrap_or_default()))
        }
    }
}

fn other_home(plan: &Plan, home: &Home) -> Failure {
    match home {
        Home::Account(account) => {
            let message =
                format!("the plan is for the account `{}`, the API key is for `{account}`", plan.account);
            Failure::refusal(message).help("use an API key of the plan's account")
        }
        Home::Cluster(cluster) => {
            let message = format!("the plan is for `{}`, the server's cluster is `{cluster}`", plan.account);
            Failure::refusal(message).help("pass the server of the plan with `--registry`")
        }
    }
}

/// The targets before and after a change; `None` where they cannot be determined.
async fn targets_of(
    change: &Change,
    registry: &Registry,
) -> Result<Option<(Option<NamespaceId>, NamespaceId)>, Failure> {
    match change {
        Change::Create { target, .. } => Ok(target.namespace().map(|to| (None, to.clone()))),
        Change::Update { id, attributes, .. } => {
            let Some(held) = registry.endpoint(id).await? else { return Ok(None) };
            let RegisteredTarget::Worker { namespace, .. } = held.target() else { return Ok(None) };
            let Ok(from) = namespace.parse::<NamespaceId>() else { return Ok(None) };
            let to = attributes.target.as_ref().and_then(|target| target.to.namespace().cloned());
            Ok(Some((Some(from.clone()), to.unwrap_or(from))))
        }
    }
}
