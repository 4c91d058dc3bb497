//! One case against a registry of its own.

use crate::case::{Block, Case, endpoint_name, namespace};
use compiler::apply::apply;
use compiler::command::{Applier, Parsed, Planning, credential, facts};
use compiler::plan::{Plan, Planned, VERSION, diff};
use devregistry::{DevRegistry, Settings};
use registry::{
    Address, CallersChange, EndpointChange, NewEndpoint, Registry, WorkerTarget, new_operation_id,
};
use schema::diagnostic::{Code, Family, Finding, Findings, Severity};
use schema::source::Sources;
use std::collections::BTreeSet;
use time::macros::datetime;
use tokio::net::TcpListener;

/// What cases showed.
#[derive(Debug, Default)]
pub struct Tally {
    pub applied: usize,
    pub changes: usize,
    pub unproven: usize,
    pub refused: usize,
    pub changes_refused: usize,
    pub unplanned: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.changes += other.changes;
        self.unproven += other.unproven;
        self.refused += other.refused;
        self.changes_refused += other.changes_refused;
        self.unplanned += other.unplanned;
    }

    /// Whether enough of the cases were of each sort.
    pub fn shows_something(&self, cases: usize) -> bool {
        [self.applied, self.changes, self.unproven, self.refused, self.changes_refused]
            .iter()
            .all(|count| *count >= cases / 100)
    }
}

/// Plans the case's policy as its actor, and holds the registry to what the findings say.
pub async fn judge(case: &Case) -> Result<Tally, String> {
    let served = DevRegistry::new(case.account(), Settings::default()).map_err(|error| error.to_string())?;
    let key = served.api_keys().remove(&case.actor()).ok_or("the actor has no key")?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?.to_string();
    let serving = tokio::spawn(served.serve(listener, std::future::pending()));
    let address = Address::parse(&address, Some(true)).map_err(|error| error.to_string())?;
    let client = Registry::new(address, key, "test").map_err(|error| error.to_string())?;
    let judged = judge_with(case, &client).await;
    serving.abort();
    judged
}

async fn judge_with(case: &Case, registry: &Registry) -> Result<Tally, String> {
    let now = datetime!(2026-06-15 12:00 UTC);
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", case.policy());
    let parsed = Parsed::parse(sources, Findings::new(), now.date());
    let Ok(planning) = Planning::of(&parsed, registry, Applier::Credential, now).await else {
        return Ok(Tally { unplanned: 1, ..Tally::default() });
    };
    let unproven = planning.findings.iter().any(|finding| finding.code == Code::Unproven);
    let Some(plan) = planning.plan() else {
        let changes_refused = demand_refusals(case, &parsed, &planning.findings, registry).await?;
        return Ok(Tally { refused: 1, changes_refused, ..Tally::default() });
    };
    if unproven {
        return Ok(Tally { unproven: 1, ..Tally::default() });
    }
    for outcome in apply(&plan, registry, |_| ()).await {
        if let Err(error) = outcome.result {
            return Err(format!("accepted, but {:?} was refused: {error}", outcome.step));
        }
    }
    let again = Planning::of(&parsed, registry, Applier::Credential, now).await;
    let again = again.map_err(|error| error.to_string())?;
    match again.plan() {
        Some(left) if left.is_empty() => {
            Ok(Tally { applied: 1, changes: plan.changes.len(), ..Tally::default() })
        }
        Some(left) => Err(format!("applied, but left to change: {:?}", left.changes)),
        None => Err(format!("applied, but refused afterwards: {:?}", again.findings)),
    }
}

/// Each change that a finding refuses is asked of the registry itself. Gives how many were.
async fn demand_refusals(
    case: &Case,
    parsed: &Parsed,
    findings: &[Finding],
    registry: &Registry,
) -> Result<usize, String> {
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let about = |finding: &Finding, instance: &str| finding.instance.as_deref() == Some(instance);
    let mut refused = 0;
    let credential = credential(registry).await.map_err(|error| error.to_string())?;
    let held = facts(registry, &credential).await.map_err(|error| error.to_string())?;
    let (policy, _) = parsed.compile(Some(&held));
    for planned in diff(&policy, &held, parsed.today) {
        let denied = errors.iter().find(|finding| {
            finding.code == Code::PermissionRole
                || finding.code.family() == Family::Permission && about(finding, &planned.instance)
        });
        if let Some(finding) = denied {
            demand_refusal(&planned, finding, registry).await?;
            refused += 1;
        }
    }
    for (number, block) in &case.declared {
        let instance = format!("endpoint.{}", endpoint_name(*number));
        let dangling = errors
            .iter()
            .find(|finding| finding.code.family() == Family::Reference && about(finding, &instance));
        if let Some(finding) = dangling
            && ask(*number, block, registry).await.is_ok()
        {
            return Err(format!("refused, but the registry takes it: {}", finding.message));
        }
        refused += usize::from(dangling.is_some());
    }
    Ok(refused)
}

async fn demand_refusal(planned: &Planned, finding: &Finding, registry: &Registry) -> Result<(), String> {
    let plan = Plan {
        version: VERSION,
        account: "a2dd6".to_owned(),
        identity: String::new(),
        as_of: "2026-06-15".to_owned(),
        made_at: String::new(),
        changes: vec![planned.change.clone()],
        connectivity: Default::default(),
    };
    let carried_out = apply(&plan, registry, |_| ()).await;
    match carried_out.iter().all(|outcome| outcome.result.is_err()) {
        true => Ok(()),
        false => Err(format!("refused, but the registry takes it: {}", finding.message)),
    }
}

/// Asks for a declared Endpoint as it is written, with what dangles.
async fn ask(number: u8, block: &Block, registry: &Registry) -> Result<(), String> {
    let name = endpoint_name(number);
    let target = WorkerTarget {
        namespace: namespace(block.target),
        task_queue: format!("q{}", block.queue).parse().unwrap(),
    };
    let callers: BTreeSet<_> = block.callers.iter().flatten().map(|caller| namespace(*caller)).collect();
    let all = registry.endpoints().await.map_err(|error| error.to_string())?;
    let answered = match all.iter().find(|endpoint| endpoint.name() == name) {
        None => {
            let description = block.description.map(str::to_owned);
            let name = name.parse().unwrap();
            let new = NewEndpoint { name, target, description, callers };
            registry.create_endpoint(&new, &new_operation_id()).await.map(|_| ())
        }
        Some(held) => {
            let change = EndpointChange {
                worker_target: Some(target),
                callers: block.callers.as_ref().map(|_| CallersChange::Whole(callers)),
                ..EndpointChange::default()
            };
            registry.update_endpoint(held, &change, &new_operation_id()).await.map(|_| ())
        }
    };
    answered.map_err(|error| error.to_string())
}
