//! The states that an account passes through while a plan is applied, one after each write: nobody may ever call what neither
//! the account before nor the policy allows, and who may call a name or reaches a target before and after is cut off from it
//! only where the plan says so. A signal or a failure ends an apply after any of its writes, so that each of these states can last.
//! `STATES_CASES` asks for more cases than CI runs.

use super::policies::{Block, Edit, Policy, account, block, edit};
use super::{Call, applied, calls_of, parsed, planned, runner, text};
use bytes::Bytes;
use compiler::access::{HeldTarget, WorkerTarget};
use compiler::plan::Plan;
use devregistry::{DevRegistry, Settings};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::TestError;
use registry::{Address, RegisteredEndpoint, Registry};
use schema::secret::Secret;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const CASES: u32 = 100;
const NAMES: u8 = 24;

/// An embedded registry that records what each caller reaches by name after each write.
struct Observed {
    registry: DevRegistry,
    key: Secret,
    states: Mutex<Vec<BTreeSet<Call>>>,
}

impl Observed {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let is_write = request.method() != http::Method::GET;
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = self.registry.answer(Request::from_parts(head, body)).await.unwrap();
        if is_write {
            let state = self.reached().await;
            self.states.lock().unwrap().push(state);
        }
        Ok(answer.map(Full::new))
    }

    /// What each caller reaches by name.
    async fn reached(&self) -> BTreeSet<Call> {
        let list = Request::get("/cloud/nexus/endpoints?pageSize=1000")
            .header("authorization", format!("Bearer {}", self.key.expose()))
            .body(Bytes::new())
            .unwrap();
        let answer = self.registry.answer(list).await.unwrap();
        let list: Value = serde_json::from_slice(answer.body()).unwrap();
        let endpoints = list.get("endpoints").and_then(Value::as_array).cloned().unwrap_or_default();
        let endpoints: Vec<_> =
            endpoints.into_iter().map(|it| RegisteredEndpoint::from_json(it).unwrap()).collect();
        calls_of(&endpoints)
    }
}

#[derive(Clone, Debug)]
struct Case {
    account: BTreeMap<u8, Block>,
    edits: Vec<Edit>,
}

fn cases() -> impl Strategy<Value = Case> {
    let account = btree_map(0..NAMES, block(), 16..22);
    (account, vec(edit(NAMES), 20..60)).prop_map(|(account, edits)| Case { account, edits })
}

#[derive(Debug, Default)]
struct Tally {
    applied: usize,
    refused: usize,
    changes: usize,
    states: usize,
    interrupted: usize,
    announced: usize,
    cut_off: usize,
    announced_targets: usize,
}

/// Who may call which name.
fn by_name(calls: &BTreeSet<Call>) -> BTreeSet<(&str, &str)> {
    calls.iter().map(|(caller, name, ..)| (caller.as_str(), name.as_str())).collect()
}

/// Who reaches which task queue of which Namespace, by any name.
fn by_target(calls: &BTreeSet<Call>) -> BTreeSet<(&str, &str, &str)> {
    calls.iter().map(|(caller, _, namespace, queue)| (&**caller, &**namespace, &**queue)).collect()
}

fn announced_targets(plan: &Plan) -> BTreeSet<(&str, &str, &str)> {
    let targets = plan.interrupted_targets.iter().flat_map(|it| {
        let HeldTarget::Worker(WorkerTarget { namespace, task_queue }) = &it.target else {
            return Vec::new();
        };
        it.callers.iter().map(|caller| (caller.as_str(), namespace.as_str(), task_queue.as_str())).collect()
    });
    targets.collect()
}

fn announced(plan: &Plan) -> BTreeSet<(&str, &str)> {
    let pairs = plan
        .interruptions
        .iter()
        .flat_map(|it| it.callers.iter().map(|caller| (caller.as_str(), it.name.as_str())));
    pairs.collect()
}

async fn observe(case: &Case) -> Result<Tally, String> {
    let registry = DevRegistry::new(account(&case.account), Settings::default()).map_err(text)?;
    let key = registry.api_keys().remove(&"user.owner".parse().unwrap()).ok_or("no key")?;
    let observed = Arc::new(Observed { registry, key: key.clone(), states: Mutex::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(text)?;
    let address = listener.local_addr().map_err(text)?.to_string();
    let serving = tokio::spawn(serve(Arc::clone(&observed), listener));
    let client =
        Registry::new(Address::parse(&address, Some(true)).map_err(text)?, key, "test").map_err(text)?;
    let told = observe_on(case, &observed, &client).await;
    serving.abort();
    told
}

async fn serve(observed: Arc<Observed>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let observed = Arc::clone(&observed);
        let service = service_fn(move |request| {
            let observed = Arc::clone(&observed);
            async move { observed.answer(request).await }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn observe_on(case: &Case, observed: &Observed, client: &Registry) -> Result<Tally, String> {
    let start = Policy { endpoints: case.account.clone(), ..Policy::default() };
    let policy = start.after(&case.edits).without_mistakes(&case.account);
    let (plan, _) = planned(&parsed(&policy), client).await?;
    let Some(plan) = plan else { return Ok(Tally { refused: 1, ..Tally::default() }) };
    let before = observed.reached().await;
    applied(&plan, client).await?;
    let after = observed.reached().await;
    let (kept_before, kept_after) = (by_name(&before), by_name(&after));
    let kept: BTreeSet<_> = kept_before.intersection(&kept_after).copied().collect();
    let granted = &before | &after;
    let states = observed.states.lock().unwrap();
    let (mut interrupted, mut cut_off) = (BTreeSet::new(), BTreeSet::new());
    let (target_before, target_after) = (by_target(&before), by_target(&after));
    let kept_targets: BTreeSet<_> = target_before.intersection(&target_after).copied().collect();
    for state in &*states {
        if let Some(call) = state.difference(&granted).next() {
            return Err(format!("{call:?} is possible during the apply, and neither before nor after"));
        }
        interrupted.extend(kept.difference(&by_name(state)).copied());
        cut_off.extend(kept_targets.difference(&by_target(state)).copied());
    }
    let announced_targets = announced_targets(&plan);
    if let Some(reach) = cut_off.difference(&announced_targets).next() {
        return Err(format!("{reach:?} is interrupted, and the plan does not say so"));
    }
    let announced = announced(&plan);
    if let Some(call) = interrupted.difference(&announced).next() {
        return Err(format!("{call:?} is interrupted, and the plan does not say so"));
    }
    Ok(Tally {
        applied: 1,
        refused: 0,
        changes: plan.changes.len(),
        states: states.len(),
        interrupted: interrupted.len(),
        announced: announced.len(),
        cut_off: cut_off.len(),
        announced_targets: announced_targets.len(),
    })
}

#[test]
fn an_apply_opens_nothing_that_nobody_grants_and_interrupts_whom_the_plan_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = RefCell::new(Tally::default());
    let checked = runner("STATES_CASES", CASES).run(&cases(), |case| {
        let told = runtime.block_on(observe(&case)).map_err(TestCaseError::fail)?;
        let mut tally = tally.borrow_mut();
        tally.applied += told.applied;
        tally.refused += told.refused;
        tally.changes += told.changes;
        tally.states += told.states;
        tally.interrupted += told.interrupted;
        tally.announced += told.announced;
        tally.cut_off += told.cut_off;
        tally.announced_targets += told.announced_targets;
        Ok(())
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n{case:#?}"),
        Err(error) => panic!("{error}"),
    }
    let tally = tally.into_inner();
    let _ = writeln!(std::io::stderr(), "{tally:?}");
    assert!(tally.applied > tally.refused && tally.states > 0 && tally.interrupted > 0, "{tally:?}");
}
