//! The one place through which every call goes, over gRPC or HTTP: who calls is established from the headers, limits and faults have
//! their say, what is due takes effect, the RPC runs, what it changed is saved, and a defect in it ends with that call.

use crate::audit::{Audit, Entry};
use crate::caller::Caller;
use crate::calls;
use crate::calls::rpc::Served;
use crate::faults::Faults;
use crate::faults::newer::Novelties;
use crate::faults::rate::Rates;
use crate::refusal;
use crate::server::body::BodyReader;
use crate::server::link::Link;
use crate::state::State;
use crate::storage::store::Store;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tonic::Status;

/// How many operations may be in progress where rates are limited, as in Temporal Cloud.
const MUTATIONS_MOST: usize = 10;
/// How long a client that was refused for them is told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A registry without a socket.
#[derive(Debug)]
pub(crate) struct Service {
    ledger: Mutex<Ledger>,
    pub(crate) faults: Faults,
    pub(crate) bodies: BodyReader,
    rates: Rates,
    audit: OnceLock<Audit>,
    control: bool,
    patience: Duration,
}

/// The state and the file that it is kept in.
#[derive(Debug)]
struct Ledger {
    state: State,
    store: Option<Store>,
}

/// What an RPC answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The encoded response.
    pub(crate) message: Vec<u8>,
    /// What a newer API would add to it.
    pub(crate) novelties: Novelties,
}

impl Service {
    pub(crate) fn new(state: State, store: Option<Store>) -> Self {
        let (faults, control) = (Faults::new(state.settings.faults.clone()), state.settings.control);
        let patience = state.settings.patience;
        let ledger = Mutex::new(Ledger { state, store });
        let bodies = BodyReader::new(patience);
        Self { ledger, faults, bodies, rates: Rates::default(), audit: OnceLock::new(), control, patience }
    }

    /// Writes an audit log from now on. The first log that is given stays.
    pub(crate) fn write_audit(&self, audit: Audit) {
        let _ = self.audit.set(audit);
    }

    /// Reads something of the state.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.ledger().state)
    }

    /// Whether faults can be brought into force from outside.
    pub(crate) fn has_control(&self) -> bool {
        self.control
    }

    /// How long a client may keep the registry waiting.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Refuses whoever does not present a known key as `Authorization: Bearer`. Whatever the protocol, this comes before
    /// anything of the body is read: a stranger can make the registry hold nothing.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Status> {
        let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = authorization.and_then(bearer).ok_or_else(refusal::unauthenticated)?;
        self.ledger().state.caller(key)
    }

    /// The same for a call of an RPC: that of a stranger is recorded.
    pub(crate) fn authenticate_call(&self, rpc: &Served, headers: &HeaderMap) -> Result<Caller, Status> {
        self.authenticate(headers).inspect_err(|refused| self.record(rpc.name, None, &[], Err(refused)))
    }

    /// Runs one RPC on an encoded request.
    pub(crate) async fn call(
        &self,
        rpc: &Served,
        caller: &Caller,
        request: &[u8],
        link: &Link,
    ) -> Result<Answer, Status> {
        let outcome = self.admit(rpc, caller, request).await;
        self.record(rpc.name, Some(caller), request, outcome.as_ref().map(|done| done.answer.as_slice()));
        let Done { answer, changed } = outcome?;
        if changed && self.faults.drops(rpc.name) {
            link.hang_up().await;
        }
        Ok(Answer { message: answer, novelties: self.faults.novelties(rpc.name) })
    }

    /// Records a call that was refused before its request could be read.
    pub(crate) fn record_unread(&self, rpc: &Served, caller: &Caller, status: &Status) {
        self.record(rpc.name, Some(caller), &[], Err(status));
    }

    async fn admit(&self, rpc: &Served, caller: &Caller, request: &[u8]) -> Result<Done, Status> {
        if let Some(limits) = self.faults.rate_limits(rpc.name) {
            self.rates.admit(limits, caller)?;
        }
        if let Some(latency) = self.faults.latency(rpc.name) {
            tokio::time::sleep(latency).await;
        }
        self.faults.refusal(rpc.name).map_or(Ok(()), Err)?;
        self.run(rpc, caller, request)
    }

    fn run(&self, rpc: &Served, caller: &Caller, request: &[u8]) -> Result<Done, Status> {
        let mut ledger = self.ledger();
        let Ledger { state, store } = &mut *ledger;
        state.settle();
        state.keep();
        // While the call waited, the caller may have lost what it held.
        let mut caller = state.caller_again(caller)?;
        self.faults.hold_back(&mut caller, state.clock.now());
        let doom = self.faults.doom(rpc.name);
        state.doom = doom.as_ref().map(|(_, doom)| doom.clone());
        let answer = run_safely(rpc, state, &caller, request);
        let took_doom = state.doom.take().is_none();
        let saved = answer.and_then(|answer| {
            let changed = state.changed();
            self.busy(rpc, state, changed)?;
            save(state, store.as_mut(), changed)?;
            Ok(Done { answer, changed })
        });
        let done = saved.inspect_err(|_| state.undo())?;
        if let Some((id, _)) = doom.filter(|_| took_doom && done.changed) {
            self.faults.spend(id);
        }
        self.faults.granted(rpc.name, state);
        state.keep();
        Ok(done)
    }

    /// Refuses a write that would be one operation too many, where rates are limited.
    fn busy(&self, rpc: &Served, state: &State, changed: bool) -> Result<(), Status> {
        if !changed
            || state.operations.in_progress() <= MUTATIONS_MOST
            || self.faults.rate_limits(rpc.name).is_none()
        {
            return Ok(());
        }
        Err(refusal::throttled("too many operations are in progress", RETRY_AFTER))
    }

    fn record(&self, rpc: &str, caller: Option<&Caller>, request: &[u8], outcome: Result<&[u8], &Status>) {
        let Some(audit) = self.audit.get() else { return };
        let (time, principal) = self.look(|state| {
            let name = caller.and_then(|caller| state.principal_name(caller));
            (state.clock.now(), name)
        });
        audit.write(&Entry { time, principal, rpc, request, outcome });
    }

    /// A call that panicked has changed nothing: what it had changed was undone.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An RPC that ran.
struct Done {
    answer: Vec<u8>,
    /// Whether it was a write.
    changed: bool,
}

fn run_safely(rpc: &Served, state: &mut State, caller: &Caller, request: &[u8]) -> Result<Vec<u8>, Status> {
    catch_unwind(AssertUnwindSafe(|| (rpc.run)(state, caller, request))).unwrap_or_else(|_| {
        tracing::error!(rpc = rpc.name, "the call panicked");
        Err(Status::internal("internal error"))
    })
}

/// Saves what the state file lacks. What a reader is told does not depend on the disk: what is due takes effect again
/// after a restart.
fn save(state: &mut State, store: Option<&mut Store>, is_write: bool) -> Result<(), Status> {
    let Some(store) = store else {
        state.saved();
        return Ok(());
    };
    if !state.has_unsaved() {
        return Ok(());
    }
    match store.write(state) {
        Ok(()) => state.saved(),
        Err(error) => {
            tracing::error!(%error, "the state file cannot be written");
            if is_write {
                return Err(Status::unavailable(format!("the write could not be saved: {error}")));
            }
        }
    }
    Ok(())
}

/// The RPC of a name, or the refusal of those that are not served.
pub(crate) fn served(name: &str) -> Result<&'static Served, Status> {
    let found = calls::SERVED.binary_search_by(|rpc| rpc.name.cmp(name)).ok();
    found.and_then(|at| calls::SERVED.get(at)).ok_or_else(|| {
        Status::unimplemented(format!("the embedded registry does not serve `{}`", name.escape_debug()))
    })
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::cloudservice::*;
    use crate::api::operation::{AsyncOperation, async_operation};
    use crate::api::{Payload, ResourceState, nexus};
    use crate::settings::Settings;
    use crate::state::seed::plant;
    use futures_util::FutureExt;
    use prost::Message;
    use schema::account::{Account, Endpoint, Namespace, Target};
    use std::time::Duration;
    use tokio::time::advance;
    use tonic::Code;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A registry whose operations take a minute, with one Endpoint, and the Owner's header.
    fn registry() -> (Service, String) {
        let mut account = Account::empty("a2dd6".parse().unwrap());
        let id: schema::name::NamespaceId = "orders.a2dd6".parse().unwrap();
        let (regions, auth) = (vec!["aws-us-east-1".to_owned()], Default::default());
        let namespace = Namespace { id: id.clone(), regions, auth, tags: Default::default() };
        account.namespaces.insert(id.clone(), namespace);
        let target = Target::Worker { namespace: id, task_queue: "work".parse().unwrap() };
        let name: schema::name::EndpointName = "orders".parse().unwrap();
        let endpoint =
            Endpoint { name: name.clone(), target, description: None, callers: Default::default() };
        account.endpoints.insert(name, endpoint);
        let settings = Settings { operation_time: MINUTE, ..Settings::default() };
        let state = plant(account, settings).unwrap();
        let keys = state.planted_keys();
        let key = keys.values().next().unwrap().expose();
        (Service::new(state, None), format!("Bearer {key}"))
    }

    fn call<Q: Message, A: Message + Default>(registry: &(Service, String), rpc: &str, request: Q) -> A {
        let answer = try_call(registry, served(rpc).unwrap(), &request.encode_to_vec());
        A::decode(answer.unwrap().message.as_slice()).unwrap()
    }

    /// Calls without faults never wait.
    fn try_call(registry: &(Service, String), rpc: &Served, request: &[u8]) -> Result<Answer, Status> {
        let (service, owner) = registry;
        let link = Link::default();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, owner.parse().unwrap())]);
        let caller = service.authenticate_call(rpc, &headers).unwrap();
        service.call(rpc, &caller, request, &link).now_or_never().unwrap()
    }

    fn endpoint(registry: &(Service, String)) -> Option<nexus::Endpoint> {
        let list: GetNexusEndpointsResponse =
            call(registry, "GetNexusEndpoints", GetNexusEndpointsRequest::default());
        list.endpoints.into_iter().next()
    }

    fn operation(registry: &(Service, String), id: &str) -> AsyncOperation {
        let request = GetAsyncOperationRequest { async_operation_id: id.to_owned() };
        let answer: GetAsyncOperationResponse = call(registry, "GetAsyncOperation", request);
        answer.async_operation.unwrap()
    }

    fn delete(registry: &(Service, String)) -> AsyncOperation {
        let held = endpoint(registry).unwrap();
        let request = DeleteNexusEndpointRequest {
            endpoint_id: held.id,
            resource_version: held.resource_version,
            async_operation_id: "op-1".to_owned(),
        };
        let answer: DeleteNexusEndpointResponse = call(registry, "DeleteNexusEndpoint", request);
        answer.async_operation.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_takes_effect_when_its_time_has_come() {
        let registry = registry();
        assert_eq!(delete(&registry).state(), async_operation::State::Pending);
        advance(MINUTE - Duration::from_millis(1)).await;
        assert_eq!(operation(&registry, "op-1").state(), async_operation::State::InProgress);
        assert_eq!(endpoint(&registry).unwrap().state(), ResourceState::Deleting);
        advance(Duration::from_millis(1)).await;
        assert_eq!(endpoint(&registry), None);
        let done = operation(&registry, "op-1");
        assert_eq!(done.state(), async_operation::State::Fulfilled);
        let (started, finished) = (done.started_time.unwrap(), done.finished_time.unwrap());
        assert_eq!(finished.seconds - started.seconds, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn an_updated_endpoint_becomes_active_again() {
        let registry = registry();
        let held = endpoint(&registry).unwrap();
        let spec = nexus::EndpointSpec { name: "renamed".to_owned(), ..held.spec.unwrap() };
        let request = UpdateNexusEndpointRequest {
            endpoint_id: held.id,
            resource_version: held.resource_version,
            spec: Some(spec),
            async_operation_id: String::new(),
        };
        let _: UpdateNexusEndpointResponse = call(&registry, "UpdateNexusEndpoint", request);
        assert_eq!(endpoint(&registry).unwrap().state(), ResourceState::Updating);
        advance(MINUTE).await;
        let settled = endpoint(&registry).unwrap();
        assert_eq!((settled.state(), settled.async_operation_id.as_str()), (ResourceState::Active, ""));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_look_is_due_after_a_tenth_of_what_is_left() {
        let registry = registry();
        assert_eq!(delete(&registry).check_duration.unwrap().seconds, 6);
        advance(MINUTE / 2).await;
        assert_eq!(operation(&registry, "op-1").check_duration.unwrap().seconds, 3);
        advance(MINUTE / 2 - Duration::from_millis(4)).await;
        assert_eq!(operation(&registry, "op-1").check_duration.unwrap().nanos, 4_000_000);
    }

    fn describe(registry: &(Service, String), text: &str) -> Result<Answer, Status> {
        let held = endpoint(registry).unwrap();
        let description = Some(Payload { data: text.as_bytes().to_vec(), ..Payload::default() });
        let request = UpdateNexusEndpointRequest {
            endpoint_id: held.id,
            resource_version: held.resource_version,
            spec: Some(nexus::EndpointSpec { description, ..held.spec.unwrap() }),
            async_operation_id: String::new(),
        };
        try_call(registry, served("UpdateNexusEndpoint").unwrap(), &request.encode_to_vec())
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let (service, key) = registry();
        let mut state = service.ledger.into_inner().unwrap().state;
        state.settings.operation_time = Duration::ZERO;
        let store = Store::create(&file, &mut state).unwrap();
        state.keep();
        state.saved();
        let registry = (Service::new(state, Some(store)), key);
        describe(&registry, "small").unwrap();
        let before = endpoint(&registry).unwrap();
        registry.0.ledger().store.as_ref().unwrap().limit(1);
        let refused = describe(&registry, &"large ".repeat(3_000)).unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        assert_eq!(endpoint(&registry).unwrap(), before);
        registry.0.ledger().store.as_ref().unwrap().limit(u32::MAX - 1);
        describe(&registry, &"large ".repeat(3_000)).unwrap();
        let after = endpoint(&registry).unwrap();
        drop(registry);
        let (_, contents) = Store::open(&file).unwrap();
        let restored = State::restore(contents, Settings::default()).unwrap();
        let held = restored.endpoints.get(&after.id).unwrap();
        assert_eq!(crate::entities::endpoint::message(&after.id, held), after);
    }

    #[tokio::test]
    async fn a_call_that_panics_takes_nothing_with_it() {
        let registry = registry();
        let before = endpoint(&registry);
        let run = |state: &mut State, caller: &Caller, _: &[u8]| {
            let id = state.endpoints.named("").next().unwrap().0.to_owned();
            let now = state.now();
            state.principals.forget(&"orders.a2dd6".parse().unwrap(), now);
            state.principals.grant_admin(caller.kind, &caller.id, &"orders.a2dd6".parse().unwrap(), now);
            state.endpoints.delete(&id, "op-1");
            panic!("on purpose")
        };
        let broken = Served { name: "Broken", run };
        let answer = try_call(&registry, &broken, &[]);
        assert_eq!(answer.unwrap_err().code(), Code::Internal);
        assert_eq!(endpoint(&registry), before);
    }

    #[test]
    fn every_rpc_is_served_once_under_its_own_name_and_has_a_route() {
        let routes = include_str!("../routes.tsv");
        for pair in calls::SERVED.windows(2) {
            let [first, second] = pair else { continue };
            assert!(first.name < second.name, "{} is out of order", second.name);
        }
        for rpc in calls::SERVED {
            assert!(routes.lines().any(|line| line.split('\t').next() == Some(rpc.name)), "{}", rpc.name);
        }
    }
}
