//! The difference of access that `plan` and `diff` report is what the registry shows before and after the apply: what each
//! caller reaches by name. Guards on calls gained and lost fail for exactly those. `DIFFERENCE_CASES` asks for more cases
//! than CI runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use compiler::access::HeldTarget;
use compiler::access::account::{AccountCall, account_calls};
use compiler::access::difference::{AccessChange, CallRow};
use compiler::apply::{PlanAge, Review, apply};
use compiler::check::Unjudged;
use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Finding, Findings, Severity};
use compiler::facts::{Facts, credential, facts};
use compiler::pipeline::{Applier, Base, Extent, ParsedPolicy, Planning, policy_difference};
use compiler::plan::Plan;
use devregistry::{DevRegistry, Settings};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use registry::{Address, RegisteredEndpoint, RegisteredTarget, Registry};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

mod policies;
mod states;

use policies::{Block, Edit, Policy, account, block, edit};

const CASES: u32 = 150;
const NOW: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);

/// Caller, name, target Namespace and task queue; an unknown caller is empty.
type Call = (String, String, String, String);

#[derive(Clone, Debug)]
struct Case {
    account: BTreeMap<u8, Block>,
    base: Vec<Edit>,
    head: Vec<Edit>,
    undeclared: BTreeSet<u8>,
}

fn cases() -> impl Strategy<Value = Case> {
    let account = btree_map(0..5_u8, block(), 1..5);
    (account, vec(edit(5), 0..4), vec(edit(5), 1..5), btree_set(0..5_u8, 0..2))
        .prop_map(|(account, base, head, undeclared)| Case { account, base, head, undeclared })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What each caller reaches by name, as the registry has it.
async fn reached(registry: &Registry) -> Result<BTreeSet<Call>, String> {
    Ok(calls_of(&registry.endpoints().await.map_err(text)?))
}

fn calls_of(endpoints: &[RegisteredEndpoint]) -> BTreeSet<Call> {
    let mut calls = BTreeSet::new();
    for endpoint in endpoints {
        let RegisteredTarget::Worker { namespace, task_queue } = endpoint.target() else { continue };
        for caller in endpoint.callers() {
            calls.insert((caller, endpoint.name().to_owned(), namespace.clone(), task_queue.clone()));
        }
    }
    calls
}

fn parsed(policy: &Policy) -> ParsedPolicy {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy.text());
    ParsedPolicy::parse(sources, Findings::new(), NOW.date())
}

async fn planned(policy: &ParsedPolicy, registry: &Registry) -> Result<(Option<Plan>, Findings), String> {
    let planning =
        Planning::of(policy, registry, Applier::Credential, Extent::Whole, NOW).await.map_err(text)?;
    Ok((planning.plan(), planning.findings))
}

async fn applied(plan: &Plan, registry: &Registry) -> Result<(), String> {
    let review = Review::of(plan, PlanAge::New, registry).await.unwrap();
    for outcome in apply(plan, review, registry, &CancellationToken::new(), &|_, _| Ok(()), |_| ()).await {
        outcome.result.map_err(|error| format!("{:?}: {error}", outcome.step))?;
    }
    Ok(())
}

fn calls(rows: &[CallRow]) -> BTreeSet<Call> {
    let call = |row: &CallRow| {
        let (namespace, queue) = match &row.target {
            Some(HeldTarget::Worker(worker)) => (worker.namespace.clone(), worker.task_queue.clone()),
            _ => (String::new(), String::new()),
        };
        (row.caller.clone().unwrap_or_default(), row.endpoint.clone(), namespace, queue)
    };
    rows.iter().map(call).collect()
}

/// The calls that guards of a kind reported.
fn guarded(findings: &[Finding], kind: &str) -> BTreeSet<Call> {
    let messages = findings.iter().filter(|finding| finding.code.name == "guard-failed");
    let told = messages.filter_map(|finding| finding.message.strip_prefix(kind)?.strip_prefix(' '));
    let call = |told: &str| {
        let mut parts = told.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next(), next())
    };
    told.map(call).collect()
}

#[derive(Debug, Default)]
struct Tally {
    compared: usize,
    refused: usize,
    gained: usize,
    lost: usize,
    unknown: usize,
    deleted: usize,
}

#[track_caller]
fn same(what: &str, told: &BTreeSet<Call>, truth: &BTreeSet<Call>) -> Result<(), String> {
    if told == truth {
        return Ok(());
    }
    let (more, less) = (told - truth, truth - told);
    Err(format!("{what}: reported and not so {more:?}; so and not reported {less:?}"))
}

fn exact(
    what: &str,
    access: &AccessChange,
    gained: &BTreeSet<Call>,
    lost: &BTreeSet<Call>,
) -> Result<(), String> {
    same(&format!("{what}, gained"), &calls(&access.calls_gained), gained)?;
    same(&format!("{what}, lost"), &calls(&access.calls_lost), lost)
}

async fn compare(case: &Case) -> Result<Tally, String> {
    let served = DevRegistry::new(account(&case.account), Settings::default()).map_err(text)?;
    let key = served.api_keys().remove(&"user.owner".parse().unwrap()).ok_or("no key")?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(text)?;
    let address = listener.local_addr().map_err(text)?.to_string();
    let address = Address::parse(&address, Some(true)).map_err(text)?;
    let serving = tokio::spawn(served.serve(listener, std::future::pending()));
    let registry = Registry::new(address, key, "test").map_err(text)?;
    let told = compare_on(case, &registry).await;
    serving.abort();
    told
}

async fn compare_on(case: &Case, registry: &Registry) -> Result<Tally, String> {
    let mut start = Policy { endpoints: case.account.clone(), ..Policy::default() };
    start.endpoints.retain(|number, _| !case.undeclared.contains(number));
    let base = start.after(&case.base);
    let mut head = base.clone();
    // What the base renamed is done.
    head.endpoints.values_mut().for_each(|block| block.renamed_from = None);
    let head = head.after(&case.head);
    let known: Vec<_> = base.endpoints.keys().copied().collect();
    let new = head.endpoints.keys().filter(|number| !known.contains(number));
    let news: BTreeSet<_> = new.map(|number| format!("e{number}")).collect();
    let deletes_unmanaged = head.deletes_unmanaged;
    let refused = Ok(Tally { refused: 1, ..Tally::default() });
    let (base, head) = (parsed(&base), parsed(&head));
    for (policy, is_head) in [(&base, false), (&head, true)] {
        let before = reached(registry).await?;
        let facts = seen(registry).await?;
        let adopts = news.iter().any(|name| facts.endpoints.contains_key(name));
        let (plan, findings) = planned(policy, registry).await?;
        let Some(plan) = plan else { return refused };
        let deleted = plan.deletions();
        let compared = is_head.then(|| compared(&base, &head, &facts));
        let shown = account_calls(&policy.compile(Some(&facts)).0, &facts, NOW.date()).unwrap();
        applied(&plan, registry).await?;
        let after = reached(registry).await?;
        shows("today", &shown, |call| call.today, &before)?;
        shows("after an apply", &shown, |call| call.after_apply, &after)?;
        let (gained, lost) = (&after - &before, &before - &after);
        exact("plan", &plan.access, &gained, &lost)?;
        same("plan's guards on gained calls", &guarded(&findings, "gained_call"), &gained)?;
        same("plan's guards on lost calls", &guarded(&findings, "lost_call"), &lost)?;
        let Some(compared) = compared else { continue };
        let Some([with_facts, alone]) = compared else { return refused };
        exact("diff with facts", &with_facts.access, &gained, &lost)?;
        with_facts.agrees("diff with facts")?;
        alone.agrees("diff")?;
        let unknown = match adopts || deletes_unmanaged {
            // Without facts an Endpoint that only the account has is a new one, and it is not known what is not managed.
            true => 0,
            false => covers(&alone.access, &gained, &lost, &before, &after)?,
        };
        let (gained, lost) = (gained.len(), lost.len());
        return Ok(Tally { compared: 1, refused: 0, gained, lost, unknown, deleted });
    }
    Err("nothing was compared".to_owned())
}

/// Whether the calls that `access` and `graph` show for a moment are so.
fn shows(
    when: &str,
    shown: &[AccountCall],
    is_then: fn(&AccountCall) -> bool,
    truth: &BTreeSet<Call>,
) -> Result<(), String> {
    let shown = shown.iter().filter(|call| is_then(call));
    let shown: BTreeSet<_> = shown.map(|call| (call.caller.as_str(), call.endpoint.as_str())).collect();
    let truth: BTreeSet<_> =
        truth.iter().map(|(caller, name, ..)| (caller.as_str(), name.as_str())).collect();
    if shown == truth {
        return Ok(());
    }
    let (more, less) = (&shown - &truth, &truth - &shown);
    Err(format!("access {when}: shown and not so {more:?}; so and not shown {less:?}"))
}

/// What `diff` says.
struct Compared {
    access: AccessChange,
    findings: Findings,
}

impl Compared {
    fn agrees(&self, what: &str) -> Result<(), String> {
        let (gained, lost) = (calls(&self.access.calls_gained), calls(&self.access.calls_lost));
        same(&format!("{what}'s guards, gained"), &guarded(&self.findings, "gained_call"), &gained)?;
        same(&format!("{what}'s guards, lost"), &guarded(&self.findings, "lost_call"), &lost)
    }
}

fn compared(base: &ParsedPolicy, head: &ParsedPolicy, known: &Facts) -> Option<[Compared; 2]> {
    let compare = |facts: Option<&Facts>| {
        let (base, (policy, mut findings)) = (Base::of(base, facts), head.compile(facts));
        let difference = policy_difference(&base.policy, &policy, facts, NOW.date());
        let mut unjudged = Unjudged::default();
        head.check_difference(&policy, Some(&base), facts, &difference, &mut unjudged, &mut findings);
        let findings = head.finalize(findings, &policy, facts);
        let is_refused = findings.iter().any(|finding| finding.severity == Severity::Error);
        (!is_refused).then(|| Compared { access: difference.rows(), findings })
    };
    Some([compare(Some(known))?, compare(None)?])
}

/// Without facts `diff` knows what the policies manage: what it reports of known callers is so, unless others may have
/// decided it before, and what changes is reported, at least as unknown.
fn covers(
    access: &AccessChange,
    gained: &BTreeSet<Call>,
    lost: &BTreeSet<Call>,
    before: &BTreeSet<Call>,
    after: &BTreeSet<Call>,
) -> Result<usize, String> {
    let mut unknown = 0;
    for (rows, changed, other) in [(&access.calls_gained, gained, before), (&access.calls_lost, lost, after)]
    {
        let told = calls(rows);
        let is_unknown = |name: &str| told.iter().any(|(caller, at, ..)| caller.is_empty() && at == name);
        unknown += told.iter().filter(|(caller, ..)| caller.is_empty()).count();
        let mut missing = changed.difference(&told).filter(|(_, name, ..)| !is_unknown(name));
        if let Some(call) = missing.next() {
            return Err(format!("diff alone does not report {call:?}"));
        }
        let known =
            told.iter().filter(|(caller, _, namespace, _)| !caller.is_empty() && !namespace.is_empty());
        let is_so = |call: &Call| {
            changed.contains(call)
                || other.contains(call)
                || changed.iter().any(|(_, name, ..)| *name == call.1)
        };
        if let Some(call) = known.into_iter().find(|call| !is_so(call)) {
            return Err(format!("diff alone reports {call:?}, which is not so"));
        }
    }
    Ok(unknown)
}

async fn seen(registry: &Registry) -> Result<Facts, String> {
    let credential = credential(registry).await.map_err(text)?;
    facts(registry, credential.as_ref()).await.map_err(text)
}

/// Draws the same cases each time, or as many new ones as a variable of the environment says.
fn runner(variable: &str, cases: u32) -> TestRunner {
    let more = std::env::var_os(variable).and_then(|text| text.to_str()?.parse().ok());
    TestRunner::new(ProptestConfig {
        cases: more.unwrap_or(cases),
        rng_seed: if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) },
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

#[test]
fn what_plan_and_diff_report_is_what_the_registry_shows() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = RefCell::new(Tally::default());
    let checked = runner("DIFFERENCE_CASES", CASES).run(&cases(), |case| {
        let told = runtime.block_on(compare(&case)).map_err(TestCaseError::fail)?;
        let mut tally = tally.borrow_mut();
        tally.compared += told.compared;
        tally.refused += told.refused;
        tally.gained += told.gained;
        tally.lost += told.lost;
        tally.unknown += told.unknown;
        tally.deleted += told.deleted;
        Ok(())
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => {
            let start = Policy { endpoints: case.account.clone(), ..Policy::default() };
            panic!("{why}\n{case:#?}\nbase:\n{}", start.after(&case.base).text());
        }
        Err(error) => panic!("{error}"),
    }
    let tally = tally.into_inner();
    let _ = writeln!(std::io::stderr(), "{tally:?}");
    assert!(
        tally.compared > tally.refused && tally.gained > 0 && tally.lost > 0 && tally.deleted > 0,
        "{tally:?}"
    );
}
