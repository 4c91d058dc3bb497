//! The difference of access that `plan` and `diff` report is what the registry shows before and after the apply: what each
//! caller reaches by name. Guards on calls gained and lost fail for exactly those. `DIFFERENCE_CASES` asks for more cases
//! than CI runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use compiler::access::HeldTarget;
use compiler::access::difference::{AccessChange, CallRow};
use compiler::apply::{PlanAge, Review, apply};
use compiler::check::Unjudged;
use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Finding, Findings, Severity};
use compiler::facts::{Facts, credential, facts};
use compiler::pipeline::{Applier, Extent, ParsedPolicy, Planning, policy_difference};
use compiler::plan::Plan;
use devregistry::{DevRegistry, Settings};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use registry::{Address, RegisteredTarget, Registry};
use schema::account::{Account, Endpoint, Namespace, Target};
use schema::name::NamespaceId;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Write as _;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const CASES: u32 = 150;
const NOW: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);

/// Caller, name, target Namespace and task queue; an unknown caller is empty.
type Call = (String, String, String, String);

#[derive(Clone, Debug)]
struct Block {
    target: u8,
    queue: u8,
    callers: Option<BTreeSet<u8>>,
    renamed_from: Option<u8>,
}

#[derive(Clone, Debug)]
struct Grant {
    endpoint: u8,
    callers: BTreeSet<u8>,
    expired: bool,
}

#[derive(Clone, Debug, Default)]
struct Policy {
    endpoints: BTreeMap<u8, Block>,
    grants: Vec<Grant>,
    removed: BTreeSet<u8>,
    deletes_unmanaged: bool,
}

#[derive(Clone, Debug)]
enum Edit {
    Retarget(u8, u8),
    Requeue(u8, u8),
    Recall(u8, Option<BTreeSet<u8>>),
    Drop(u8),
    Remove(u8),
    DeleteUnmanaged,
    Rename(u8, u8),
    Swap(u8, u8),
    Add(u8, Block),
    Grant(Grant),
    Expire(u8),
    Revoke(u8),
}

#[derive(Clone, Debug)]
struct Case {
    account: BTreeMap<u8, Block>,
    base: Vec<Edit>,
    head: Vec<Edit>,
    undeclared: BTreeSet<u8>,
}

fn callers() -> impl Strategy<Value = BTreeSet<u8>> {
    btree_set(0..4_u8, 0..4)
}

fn block() -> impl Strategy<Value = Block> {
    (0..4_u8, 0..2_u8, weighted(0.75, callers())).prop_map(|(target, queue, callers)| Block {
        target,
        queue,
        callers,
        renamed_from: None,
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let (name, new) = (0..5_u8, 0..8_u8);
    let grant = (0..5_u8, callers(), proptest::bool::weighted(0.2))
        .prop_map(|(endpoint, callers, expired)| Grant { endpoint, callers, expired });
    prop_oneof![
        3 => (name.clone(), 0..4_u8).prop_map(|(at, to)| Edit::Retarget(at, to)),
        2 => (name.clone(), 0..2_u8).prop_map(|(at, to)| Edit::Requeue(at, to)),
        3 => (name.clone(), weighted(0.7, callers())).prop_map(|(at, to)| Edit::Recall(at, to)),
        2 => name.clone().prop_map(Edit::Drop),
        2 => name.clone().prop_map(Edit::Remove),
        1 => Just(Edit::DeleteUnmanaged),
        3 => (name.clone(), new.clone()).prop_map(|(from, to)| Edit::Rename(from, to)),
        2 => (name.clone(), name.clone()).prop_map(|(from, to)| Edit::Swap(from, to)),
        2 => (new, block()).prop_map(|(at, block)| Edit::Add(at, block)),
        3 => grant.prop_map(Edit::Grant),
        2 => name.clone().prop_map(Edit::Expire),
        1 => name.prop_map(Edit::Revoke),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    let account = btree_map(0..5_u8, block(), 1..5);
    (account, vec(edit(), 0..4), vec(edit(), 1..5), btree_set(0..5_u8, 0..2))
        .prop_map(|(account, base, head, undeclared)| Case { account, base, head, undeclared })
}

impl Policy {
    fn after(&self, edits: &[Edit]) -> Self {
        let mut policy = self.clone();
        for edit in edits {
            policy.edit(edit);
        }
        policy
    }

    fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Retarget(at, to) => self.change(*at, |it| it.target = *to),
            Edit::Requeue(at, to) => self.change(*at, |it| it.queue = *to),
            Edit::Recall(at, to) => self.change(*at, |it| it.callers.clone_from(to)),
            Edit::Drop(at) => drop(self.endpoints.remove(at)),
            Edit::Remove(at) => {
                let _ = self.endpoints.remove(at);
                self.grants.retain(|grant| grant.endpoint != *at);
                self.removed.insert(*at);
            }
            Edit::DeleteUnmanaged => self.deletes_unmanaged = true,
            Edit::Rename(from, to) => self.rename(*from, *to),
            // A chain: `from` takes a free name, and `to` the name that becomes free.
            Edit::Swap(from, to) => {
                self.rename(*from, 9);
                self.rename(*to, *from);
            }
            Edit::Add(at, block) => {
                self.removed.remove(at);
                self.endpoints.entry(*at).or_insert_with(|| block.clone());
            }
            Edit::Grant(grant) => {
                self.removed.remove(&grant.endpoint);
                self.grants.push(grant.clone());
            }
            Edit::Expire(at) => {
                let grants = self.grants.iter_mut().filter(|grant| grant.endpoint == *at);
                grants.for_each(|grant| grant.expired = true);
            }
            Edit::Revoke(at) => self.grants.retain(|grant| grant.endpoint != *at),
        }
    }

    fn change(&mut self, at: u8, change: impl FnOnce(&mut Block)) {
        if let Some(block) = self.endpoints.get_mut(&at) {
            change(block);
        }
    }

    fn rename(&mut self, from: u8, to: u8) {
        if from == to || self.endpoints.contains_key(&to) {
            return;
        }
        let Some(block) = self.endpoints.remove(&from) else { return };
        self.removed.remove(&to);
        self.endpoints.insert(to, Block { renamed_from: Some(from), ..block });
        for grant in self.grants.iter_mut().filter(|grant| grant.endpoint == from) {
            grant.endpoint = to;
        }
    }

    fn text(&self) -> String {
        let unmanaged = if self.deletes_unmanaged { "delete" } else { "keep" };
        let mut text = format!("account {{\n  id = \"a2dd6\"\n  unmanaged = \"{unmanaged}\"\n}}\n");
        for number in &self.removed {
            writeln!(text, "removed \"endpoint\" \"e{number}\" {{}}").unwrap();
        }
        for number in 0..4 {
            writeln!(text, "namespace \"n{number}\" {{\n  regions = [\"aws-us-east-1\"]\n}}").unwrap();
        }
        for (number, block) in &self.endpoints {
            let Block { target, queue, callers, renamed_from } = block;
            writeln!(text, "endpoint \"e{number}\" {{").unwrap();
            writeln!(text, "  worker_target = {{ namespace = \"n{target}\", task_queue = \"q{queue}\" }}")
                .unwrap();
            if let Some(callers) = callers {
                writeln!(text, "  allowed_caller_namespaces = {}", listed(callers)).unwrap();
            }
            if let Some(from) = renamed_from {
                writeln!(text, "  renamed_from = \"e{from}\"").unwrap();
            }
            text.push_str("}\n");
        }
        for (at, Grant { endpoint, callers, expired }) in self.grants.iter().enumerate() {
            let (callers, day) = (listed(callers), if *expired { "2026-06-14" } else { "2026-06-15" });
            writeln!(
                text,
                "allowlist \"a{at}\" {{\n  endpoint = \"e{endpoint}\"\n  callers = {callers}\n  expires = \"{day}\"\n}}"
            )
            .unwrap();
        }
        for kind in ["gained_call", "lost_call"] {
            writeln!(
                text,
                "guard \"{kind}\" {{\n  each = \"{kind}\"\n  condition = false\n  severity = \"approval\"\n  message = \"{kind} ${{try(call.caller.id, \"\")}}|${{call.endpoint.name}}|${{try(call.target.id, \"\")}}|${{call.task_queue == null ? \"\" : call.task_queue}}\"\n}}"
            )
            .unwrap();
        }
        text
    }
}

fn listed(callers: &BTreeSet<u8>) -> String {
    let names: Vec<_> = callers.iter().map(|caller| format!("\"n{caller}\"")).collect();
    format!("[{}]", names.join(", "))
}

fn namespace(number: u8) -> NamespaceId {
    format!("n{number}.a2dd6").parse().unwrap()
}

fn account(blocks: &BTreeMap<u8, Block>) -> Account {
    let mut account = Account::empty("a2dd6".parse().unwrap());
    for number in 0..4 {
        let held = Namespace {
            id: namespace(number),
            regions: vec!["aws-us-east-1".to_owned()],
            auth: BTreeSet::new(),
            tags: Default::default(),
        };
        account.namespaces.insert(held.id.clone(), held);
    }
    for (number, block) in blocks {
        let endpoint = Endpoint {
            name: format!("e{number}").parse().unwrap(),
            target: Target::Worker {
                namespace: namespace(block.target),
                task_queue: format!("q{}", block.queue).parse().unwrap(),
            },
            description: None,
            callers: block.callers.iter().flatten().map(|caller| namespace(*caller)).collect(),
        };
        account.endpoints.insert(endpoint.name.clone(), endpoint);
    }
    account
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What each caller reaches by name, as the registry has it.
async fn reached(registry: &Registry) -> Result<BTreeSet<Call>, String> {
    let mut calls = BTreeSet::new();
    for endpoint in registry.endpoints().await.map_err(text)? {
        let RegisteredTarget::Worker { namespace, task_queue } = endpoint.target() else { continue };
        for caller in endpoint.callers() {
            calls.insert((caller, endpoint.name().to_owned(), namespace.clone(), task_queue.clone()));
        }
    }
    Ok(calls)
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
    for outcome in apply(plan, review, registry, &CancellationToken::new(), |_| ()).await {
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
        applied(&plan, registry).await?;
        let after = reached(registry).await?;
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
        let ((base_policy, _), (policy, mut findings)) = (base.compile(facts), head.compile(facts));
        let difference = policy_difference(&base_policy, &policy, facts, NOW.date());
        let (before, mut unjudged) = (Some((base, &base_policy)), Unjudged::default());
        head.check_difference(&policy, before, facts, &difference, &mut unjudged, &mut findings);
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

#[test]
fn what_plan_and_diff_report_is_what_the_registry_shows() {
    let more = std::env::var_os("DIFFERENCE_CASES").and_then(|text| text.to_str()?.parse().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = RefCell::new(Tally::default());
    let config = ProptestConfig {
        cases: more.unwrap_or(CASES),
        rng_seed: if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let checked = TestRunner::new(config).run(&cases(), |case| {
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
