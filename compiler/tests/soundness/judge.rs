//! One case against a registry of its own.

use crate::case::{Case, Observer};
use crate::doors;
use crate::truth::Truth;
use crate::world::{World, seen, text};
use compiler::access::difference::AccessChange;
use compiler::apply::{Outcome, PlanAge, Review, apply};
use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Finding, Findings, Severity};
use compiler::facts::Facts;
use compiler::facts::snapshot::Snapshot;
use compiler::pipeline::{Applier, Checked, Extent, ParsedPolicy, Planning};
use compiler::plan::{Change, ConnectivityChange, LeftOut, Plan, PlanSource, VERSION, connectivity, diff};
use registry::{Registry, RegistryError};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

/// What cases showed.
#[derive(Debug, Default)]
pub struct Tally {
    /// Policies that were accepted and applied, those among them that attach something, and their single changes.
    pub applied: usize,
    pub attaching: usize,
    pub changes: usize,
    /// Those among the applied in which somebody's own is planned, and something of others is left out.
    pub sharing: usize,
    pub unproven: usize,
    pub refused: usize,
    /// Findings that the registry was asked about and confirmed.
    pub confirmed: usize,
    /// Cases in which the account could not be read at all.
    pub unplanned: usize,
    /// In how many refused cases there is an error of each code.
    pub codes: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.applied += other.applied;
        self.attaching += other.attaching;
        self.changes += other.changes;
        self.sharing += other.sharing;
        self.unproven += other.unproven;
        self.refused += other.refused;
        self.confirmed += other.confirmed;
        self.unplanned += other.unplanned;
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
    }

    /// Whether enough of the cases were of each sort.
    pub fn shows_something(&self, cases: usize) -> bool {
        let Self { applied, attaching, changes, sharing, unproven, refused, confirmed, .. } = self;
        [applied, attaching, changes, sharing, unproven, refused, confirmed]
            .iter()
            .all(|count| **count >= cases / 50)
    }
}

pub const NOW: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);

/// What is said of a policy before it is applied.
pub struct Verdict {
    pub findings: Findings,
    /// Unless it is refused.
    pub plan: Option<Plan>,
}

impl Verdict {
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }
}

/// Checks the case's policy for its actor, and holds the registry to what the findings say.
pub async fn judge(case: &Case) -> Result<Tally, String> {
    let world = World::start(case).await?;
    let actor = world.client(&case.actor()).ok_or("the actor has no key")?;
    let observer = world.client(&case.observer()).ok_or("the observer has no key")?;
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", case.policy());
    let parsed = ParsedPolicy::parse(sources, Findings::new(), NOW.date());
    let unplanned = Tally { unplanned: 1, ..Tally::default() };
    let Some(facts) = seen(&observer).await else { return Ok(unplanned) };
    let facts = read_back(&facts)?;
    let Some(verdict) = verdict(case, &parsed, &facts, &actor).await else { return Ok(unplanned) };
    let Some(plan) = &verdict.plan else {
        let confirmed = Truth { case, world: &world }.confirm(&parsed, &facts, &verdict).await?;
        let codes: BTreeSet<_> = verdict.errors().map(|finding| finding.code.name).collect();
        let codes = codes.into_iter().map(|code| (code, 1)).collect();
        return Ok(Tally { refused: 1, confirmed, codes, ..Tally::default() });
    };
    if verdict.findings.iter().any(|finding| finding.code.name == "unproven") {
        return Ok(Tally { unproven: 1, ..Tally::default() });
    }
    demand_success(case, &parsed, &verdict, &world, &actor).await?;
    let attaching = usize::from(!plan.connectivity.is_empty());
    let leaves = |left: &LeftOut| left.endpoints + left.privatelinks > 0;
    let sharing = usize::from(!plan.is_empty() && plan.left_out.as_ref().is_some_and(leaves));
    Ok(Tally { applied: 1, attaching, sharing, changes: plan.len(), ..Tally::default() })
}

/// Of what is the actor's own.
async fn nothing_left(parsed: &ParsedPolicy, actor: &Registry) -> Result<(), String> {
    let again = Planning::of(parsed, actor, Applier::Credential, Extent::Owned, NOW).await.map_err(text)?;
    match again.plan() {
        Some(plan) if plan.is_empty() => Ok(()),
        Some(plan) => Err(format!("applied, but left to change: {plan:?}")),
        None => Err(format!("applied, but refused afterwards: {:?}", again.findings)),
    }
}

fn extent(case: &Case) -> Extent {
    if case.is_mine { Extent::Owned } else { Extent::Whole }
}

/// The facts as a snapshot gives them.
pub fn read_back(facts: &Facts) -> Result<Facts, String> {
    let snapshot = Snapshot::of(facts, NOW.date().to_string());
    let json = serde_json::to_string(&snapshot).map_err(text)?;
    Snapshot::parse(&json).map_err(text)?.facts().map_err(text)
}

/// What `plan` says to the actor, or `check --account --as` to somebody else.
async fn verdict(case: &Case, parsed: &ParsedPolicy, facts: &Facts, actor: &Registry) -> Option<Verdict> {
    if case.observer == Observer::Actor {
        let planning = Planning::of(parsed, actor, Applier::Credential, extent(case), NOW).await.ok()?;
        let plan = planning.plan();
        return Some(Verdict { findings: planning.findings, plan });
    }
    let Checked { policy, findings, .. } = Checked::of(parsed, Some(facts), Some(&case.actor())).ok()?;
    let planned = diff(&policy, facts, parsed.today).into_iter().map(|planned| planned.change);
    let plan = plan(planned.collect(), connectivity(&policy, facts).change);
    let is_refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    Some(Verdict { findings, plan: (!is_refused).then_some(plan) })
}

pub fn plan(changes: Vec<Change>, connectivity: ConnectivityChange) -> Plan {
    Plan {
        version: VERSION,
        digest: String::new(),
        source: PlanSource::default(),
        account: "a2dd6".to_owned(),
        identity: None,
        as_of: NOW.date().to_string(),
        made_at: String::new(),
        changes,
        connectivity,
        access: AccessChange::default(),
        interruptions: Vec::new(),
        interrupted_targets: Vec::new(),
        unmanaged: Vec::new(),
        left_out: None,
        uncorrected: Vec::new(),
        snapshot: None,
    }
}

/// Applies a plan that was just made.
pub async fn applied<'p>(plan: &'p Plan, actor: &Registry) -> Result<Vec<Outcome<'p>>, RegistryError> {
    let review = Review::of(plan, PlanAge::New, actor).await?;
    Ok(apply(plan, review, actor, &CancellationToken::new(), &|_, _| Ok(()), |_| ()).await)
}

/// What was accepted is applied without a refusal, does what it says, and leaves nothing to change.
async fn demand_success(
    case: &Case,
    parsed: &ParsedPolicy,
    verdict: &Verdict,
    world: &World,
    actor: &Registry,
) -> Result<(), String> {
    let Some(plan) = &verdict.plan else { return Ok(()) };
    if plan.is_empty() {
        return Ok(());
    }
    let own = Planning::of(parsed, actor, Applier::Credential, extent(case), NOW).await;
    let own = own.map_err(|error| format!("accepted, but the actor cannot plan: {error}"))?;
    if own.plan().is_none() {
        return Err(format!("accepted, but refused to the actor: {:?}", own.findings));
    }
    let owner = world.owner()?;
    let before = seen(&owner).await.ok_or("the Owner sees nothing")?;
    for outcome in applied(plan, actor).await.map_err(text)? {
        if let Err(error) = outcome.result {
            return Err(format!("accepted, but {:?} was refused: {error}", outcome.step));
        }
    }
    let after = seen(&owner).await.ok_or("the Owner sees nothing")?;
    doors::demand_announced(case, &verdict.findings, &before, &after)?;
    if case.is_mine {
        return nothing_left(parsed, actor).await;
    }
    let Checked { policy, findings, .. } =
        Checked::of(parsed, Some(&after), Some(&case.actor())).map_err(text)?;
    let left = diff(&policy, &after, parsed.today);
    let left_open = connectivity(&policy, &after).change;
    if !left.is_empty() || !left_open.is_empty() {
        return Err(format!("applied, but left to change: {left:?} {left_open:?}"));
    }
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        Some(error) => Err(format!("applied, but refused afterwards: {error:?}")),
        None => Ok(()),
    }
}
