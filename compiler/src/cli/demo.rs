//! `nexusc demo`: an end-to-end demo on an embedded registry. Every step must succeed, or the demo fails.

mod acme;
mod terraform;

use super::apply::carry_out;
use super::dev;
use super::policy::eprint_findings;
use super::{Failure, World, runtime};
use crate::access::endpoint::access;
use crate::check::any_at_least;
use crate::check::permission::{Identity, check};
use crate::diagnostic::Severity;
use crate::pipeline::{Applier, Extent, ParsedPolicy, Planning};
use crate::policy::Policy;
use crate::policy::demand::demands;
use crate::report::{access_table, counted, plan_text, totals};
use devregistry::Settings;
use registry::{Address, Registry};
use schema::account::Account;
use schema::secret::Secret;
use std::collections::BTreeMap;
use std::time::Duration;
use terraform::Terraform;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long the demo's operations take: long enough to see progress.
const OPERATION_TIME: Duration = Duration::from_millis(150);

/// Runs the demo; exit code 0 means that every step succeeded.
pub fn run(world: &mut World) -> Result<u8, Failure> {
    let runtime = runtime()?;
    let parsed = ParsedPolicy::parse(acme::sources(), Vec::new(), world.now.date());
    let policy = step_check(&parsed, world)?;
    let applier = policy.account.apply_as.as_ref().map(|used| used.id.clone());
    let applier = applier.ok_or_else(|| Failure::new("the example policy has no `apply_as`"))?;

    let registry = dev::registry(
        before(&policy, &parsed)?,
        Settings { operation_time: OPERATION_TIME, ..Settings::default() },
    )?;
    let key = registry.api_keys().remove(&applier);
    let key =
        key.ok_or_else(|| Failure::new(format!("the embedded registry has no API key for `{applier}`")))?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
        let address =
            listener.local_addr().map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(registry.serve(listener, async {
            let _ = stopped.await;
        }));
        let address = address.to_string();
        let shown = show(&parsed, &policy, &address, key, world).await;
        let _ = stop.send(());
        let _ = served.await;
        shown
    })?;
    Ok(0)
}

async fn show(
    parsed: &ParsedPolicy,
    policy: &Policy,
    address: &str,
    key: Secret,
    world: &mut World<'_>,
) -> Result<(), Failure> {
    world.print(&format!(
        "\nAn embedded registry serves the account, still without Endpoints, at http://{address}.\n"
    ));
    let parsed_address =
        Address::parse(address, Some(true)).map_err(|error| Failure::new(error.to_string()))?;
    let registry = Registry::new(parsed_address, key.clone(), concat!("nexusc/", env!("CARGO_PKG_VERSION")))?;
    step_apply(parsed, &registry, world).await?;
    step_plan_again(parsed, &registry, world).await?;
    world.print("\nWho may call what:\n\n");
    world.print(&access_table(&access(policy, parsed.today)));
    // Terraform blocks this thread; another one serves the registry.
    tokio::task::block_in_place(|| step_terraform(address, &key, world))
}

fn step_check(parsed: &ParsedPolicy, world: &mut World) -> Result<Policy, Failure> {
    world.print("$ nexusc check examples/acme\n");
    let (policy, mut findings) = parsed.compile(None);
    if let Some(used) = &policy.account.apply_as
        && let Some(identity) = Identity::of(&used.id, Some(used.span), &policy, None)
    {
        check(&identity, demands(&policy), &mut findings);
    }
    let findings = parsed.finalize(findings, &policy, None);
    eprint_findings(&findings, parsed, world);
    if any_at_least(&findings, Severity::Error) {
        return Err(Failure::new("the example policy has errors"));
    }
    let (namespaces, principals) = (policy.namespaces.len(), policy.principals.len());
    world.print(&format!(
        "  checked {}, {} and {}: no errors\n",
        counted(namespaces, "Namespace"),
        counted(principals, "principal"),
        counted(policy.endpoints.len(), "Endpoint"),
    ));
    Ok(policy)
}

async fn step_apply(
    parsed: &ParsedPolicy,
    registry: &Registry,
    world: &mut World<'_>,
) -> Result<(), Failure> {
    world.print("\n$ nexusc plan examples/acme\n");
    let planning = Planning::of(parsed, registry, Applier::Credential, Extent::Whole, world.now).await?;
    eprint_findings(&planning.findings, parsed, world);
    let plan = planning.plan().ok_or_else(|| Failure::new("the plan was refused"))?;
    world.print(&plan_text(&plan));
    world.print("\n$ nexusc apply examples/acme\n");
    match carry_out(&plan, registry, None, world).await? {
        0 => Ok(()),
        _ => Err(Failure::new("some changes were not applied")),
    }
}

async fn step_plan_again(
    parsed: &ParsedPolicy,
    registry: &Registry,
    world: &mut World<'_>,
) -> Result<(), Failure> {
    world.print("\n$ nexusc plan examples/acme\n");
    let again = Planning::of(parsed, registry, Applier::Credential, Extent::Whole, world.now).await?;
    let plan = again.plan().ok_or_else(|| Failure::new("the second plan was refused"))?;
    world.print(&plan_text(&plan));
    if plan.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("the second plan is not empty: {}", totals(&plan))))
    }
}

fn step_terraform(address: &str, key: &Secret, world: &mut World) -> Result<(), Failure> {
    let Some(terraform) = Terraform::find(world, address, key.expose())? else {
        world.print("\nNeither Terraform nor OpenTofu is on the PATH, so the provider was not run.\n");
        world.print("Install Terraform 1.8 or later (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.8 or later\n");
        world.print("(https://opentofu.org/docs/intro/install/) and run this again.\n");
        return Ok(());
    };
    world.print(&format!(
        "\n{} with the provider beside nexusc, in examples/terraform-endpoint:\n",
        terraform.version()?
    ));
    let steps: [(&[&str], &str); 3] = [
        (&["apply", "-auto-approve", "-input=false", "-no-color"], "apply"),
        (&["plan", "-detailed-exitcode", "-input=false", "-no-color"], "plan"),
        (&["destroy", "-auto-approve", "-input=false", "-no-color"], "destroy"),
    ];
    for (arguments, shown) in steps {
        world.print(&format!("\n$ {} {shown}\n", terraform.program));
        let summary = terraform.run(arguments, 0)?;
        world.print(&summary);
    }
    world.print("\nAll steps succeeded.\n");
    Ok(())
}

/// The example account before its policy is applied: Namespaces and principals, no Endpoints.
fn before(policy: &Policy, parsed: &ParsedPolicy) -> Result<Account, Failure> {
    let account = policy.declared_account(parsed.today);
    let account = account.ok_or_else(|| Failure::new("the example has no account id"))?;
    Ok(Account { endpoints: BTreeMap::new(), ..account })
}
