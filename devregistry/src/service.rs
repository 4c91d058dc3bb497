//! Every call, over gRPC or HTTP, goes through the service: it authenticates the caller by the headers, applies limits and faults,
//! finishes due operations, runs the RPC and saves its changes. A panic in an RPC fails only that call.

use crate::audit::{Audit, Entry};
use crate::caller::Caller;
use crate::calls;
use crate::calls::rpc::RpcEntry;
use crate::faults::Faults;
use crate::faults::newer_api::NewerApi;
use crate::faults::rate::Rates;
use crate::server::body::BodyReader;
use crate::server::connection::ConnectionHandle;
use crate::state::State;
use crate::status;
use crate::storage::store::Store;
use crate::warnings::Warnings;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tonic::Status;

/// How many operations may be in progress with the fault `rate-limits`, as in Temporal Cloud.
const MAX_OPERATIONS: usize = 10;
/// The Retry-After of writes beyond that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A registry without a socket.
#[derive(Debug)]
pub(crate) struct Service {
    inner: Mutex<Inner>,
    pub(crate) faults: Faults,
    pub(crate) bodies: BodyReader,
    rates: Rates,
    audit: OnceLock<Audit>,
    warnings: Warnings,
    control: bool,
    client_timeout: Duration,
}

/// The state, and the file that it is saved in.
#[derive(Debug)]
struct Inner {
    state: State,
    store: Option<Store>,
}

/// The response of an RPC.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The encoded response.
    pub(crate) message: Vec<u8>,
    /// The unknown fields and values to add to it.
    pub(crate) newer_api: NewerApi,
}

impl Service {
    pub(crate) fn new(state: State, store: Option<Store>) -> Self {
        let (faults, control) = (Faults::new(state.settings.faults.clone()), state.settings.control);
        let client_timeout = state.settings.client_timeout;
        let inner = Mutex::new(Inner { state, store });
        let bodies = BodyReader::new(client_timeout);
        Self {
            inner,
            faults,
            bodies,
            rates: Rates::default(),
            audit: OnceLock::new(),
            warnings: Warnings::default(),
            control,
            client_timeout,
        }
    }

    /// Sets the audit log. Only the first one is used.
    pub(crate) fn write_audit(&self, audit: Audit) {
        let _ = self.audit.set(audit);
    }

    /// Sets where warnings go.
    pub(crate) fn warn_to(&self, warn: Box<dyn Fn(String) + Send + Sync>) {
        self.warnings.set(warn);
    }

    /// Reads the state.
    pub(crate) fn with_state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.inner().state)
    }

    /// Whether faults can be added under `/control/faults`.
    pub(crate) fn has_control(&self) -> bool {
        self.control
    }

    /// The timeout of clients: see [`crate::Settings::client_timeout`].
    pub(crate) fn client_timeout(&self) -> Duration {
        self.client_timeout
    }

    /// Refuses a request without a known API key as `Authorization: Bearer`. This happens before the body is read, so that
    /// an unauthenticated client cannot make the registry allocate memory.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Status> {
        let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = authorization.and_then(bearer).ok_or_else(status::unauthenticated)?;
        self.inner().state.caller(key)
    }

    /// Authenticates the caller of an RPC, and records the call if that fails.
    pub(crate) fn authenticate_call(&self, rpc: &RpcEntry, headers: &HeaderMap) -> Result<Caller, Status> {
        self.authenticate(headers).inspect_err(|refused| self.record(rpc.name, None, &[], Err(refused)))
    }

    /// Runs one RPC on an encoded request.
    pub(crate) async fn call(
        &self,
        rpc: &RpcEntry,
        caller: &Caller,
        request: &[u8],
        connection: &ConnectionHandle,
    ) -> Result<Answer, Status> {
        let outcome = self.admit(rpc, caller, request).await;
        self.record(
            rpc.name,
            Some(caller),
            request,
            outcome.as_ref().map(|completed| completed.answer.as_slice()),
        );
        let Completed { answer, changed } = outcome?;
        if changed && self.faults.drops_connection(rpc.name) {
            connection.close().await;
        }
        Ok(Answer { message: answer, newer_api: self.faults.newer_api(rpc.name) })
    }

    /// Records a call that was refused before its request could be read.
    pub(crate) fn record_unread(&self, rpc: &RpcEntry, caller: &Caller, status: &Status) {
        self.record(rpc.name, Some(caller), &[], Err(status));
    }

    async fn admit(&self, rpc: &RpcEntry, caller: &Caller, request: &[u8]) -> Result<Completed, Status> {
        if let Some(limits) = self.faults.rate_limits(rpc.name) {
            self.rates.admit(limits, caller)?;
        }
        if let Some(latency) = self.faults.latency(rpc.name) {
            tokio::time::sleep(latency).await;
        }
        self.faults.injected_error(rpc.name).map_or(Ok(()), Err)?;
        self.run(rpc, caller, request)
    }

    fn run(&self, rpc: &RpcEntry, caller: &Caller, request: &[u8]) -> Result<Completed, Status> {
        let mut inner = self.inner();
        let Inner { state, store } = &mut *inner;
        state.finish_due_operations();
        state.commit();
        // The caller's rights may have changed while the call waited.
        let mut caller = state.refresh_caller(caller)?;
        self.faults.remove_delayed(&mut caller, state.clock.now());
        let planned_failure = self.faults.planned_failure(rpc.name);
        state.planned_failure = planned_failure.as_ref().map(|(_, planned_failure)| planned_failure.clone());
        let answer = run_safely(rpc, state, &caller, request);
        let failure_used = state.planned_failure.take().is_none();
        let saved = answer.and_then(|answer| {
            let changed = state.changed();
            self.check_operations_in_progress(rpc, state, changed)?;
            self.save(state, store.as_mut(), changed)?;
            Ok(Completed { answer, changed })
        });
        let completed = saved.inspect_err(|_| state.rollback())?;
        if let Some((id, _)) = planned_failure.filter(|_| failure_used && completed.changed) {
            self.faults.consume(id);
        }
        self.faults.delay_new_permissions(rpc.name, state);
        state.commit();
        Ok(completed)
    }

    /// Refuses a write beyond the limit of operations in progress, with the fault `rate-limits`.
    fn check_operations_in_progress(
        &self,
        rpc: &RpcEntry,
        state: &State,
        changed: bool,
    ) -> Result<(), Status> {
        if !changed
            || state.operations.in_progress() <= MAX_OPERATIONS
            || self.faults.rate_limits(rpc.name).is_none()
        {
            return Ok(());
        }
        Err(status::resource_exhausted("too many operations are in progress", RETRY_AFTER))
    }

    /// Saves changes to the state file. A read succeeds even if that fails: due operations take effect again after a restart.
    fn save(&self, state: &mut State, store: Option<&mut Store>, is_write: bool) -> Result<(), Status> {
        let Some(store) = store else {
            state.mark_saved();
            return Ok(());
        };
        if !state.has_unsaved() {
            return Ok(());
        }
        let written = store.write(state);
        self.warnings.state(written.as_ref().err().map(ToString::to_string));
        match written {
            Ok(()) => state.mark_saved(),
            Err(error) if is_write => {
                return Err(Status::unavailable(format!("cannot save the write: {error}")));
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn record(&self, rpc: &str, caller: Option<&Caller>, request: &[u8], outcome: Result<&[u8], &Status>) {
        let Some(audit) = self.audit.get() else { return };
        let (time, principal) = self.with_state(|state| {
            let name = caller.and_then(|caller| state.principal_name(caller));
            (state.clock.now(), name)
        });
        let written = audit.write(&Entry { time, principal, rpc, request, outcome });
        self.warnings.audit(written.err().map(|error| error.to_string()));
    }

    /// Ignores poisoning: the changes of a call that panicked were rolled back.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An RPC that has run.
struct Completed {
    answer: Vec<u8>,
    /// Whether it was a write.
    changed: bool,
}

fn run_safely(rpc: &RpcEntry, state: &mut State, caller: &Caller, request: &[u8]) -> Result<Vec<u8>, Status> {
    catch_unwind(AssertUnwindSafe(|| (rpc.run)(state, caller, request))).unwrap_or_else(|_| {
        tracing::error!(rpc = rpc.name, "an RPC panicked");
        Err(Status::internal("internal error"))
    })
}

/// The RPC with this name, or the error for one that is not served.
pub(crate) fn find_rpc(name: &str) -> Result<&'static RpcEntry, Status> {
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
    use crate::state::seed::build;
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
        let state = build(account, settings).unwrap();
        let keys = state.seeded_keys();
        let key = keys.values().next().unwrap().expose();
        (Service::new(state, None), format!("Bearer {key}"))
    }

    fn call<Q: Message, A: Message + Default>(registry: &(Service, String), rpc: &str, request: Q) -> A {
        let answer = try_call(registry, find_rpc(rpc).unwrap(), &request.encode_to_vec());
        A::decode(answer.unwrap().message.as_slice()).unwrap()
    }

    /// Calls without faults never wait.
    fn try_call(registry: &(Service, String), rpc: &RpcEntry, request: &[u8]) -> Result<Answer, Status> {
        let (service, owner) = registry;
        let connection = ConnectionHandle::default();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, owner.parse().unwrap())]);
        let caller = service.authenticate_call(rpc, &headers).unwrap();
        service.call(rpc, &caller, request, &connection).now_or_never().unwrap()
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
        let completed = operation(&registry, "op-1");
        assert_eq!(completed.state(), async_operation::State::Fulfilled);
        let (started, finished) = (completed.started_time.unwrap(), completed.finished_time.unwrap());
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
        let finished = endpoint(&registry).unwrap();
        assert_eq!((finished.state(), finished.async_operation_id.as_str()), (ResourceState::Active, ""));
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
        try_call(registry, find_rpc("UpdateNexusEndpoint").unwrap(), &request.encode_to_vec())
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let (service, key) = registry();
        let mut state = service.inner.into_inner().unwrap().state;
        state.settings.operation_time = Duration::ZERO;
        let store = Store::create(&file, &mut state).unwrap();
        state.commit();
        state.mark_saved();
        let registry = (Service::new(state, Some(store)), key);
        describe(&registry, "small").unwrap();
        let before = endpoint(&registry).unwrap();
        registry.0.inner().store.as_ref().unwrap().limit(1);
        let refused = describe(&registry, &"large ".repeat(3_000)).unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        assert_eq!(endpoint(&registry).unwrap(), before);
        registry.0.inner().store.as_ref().unwrap().limit(u32::MAX - 1);
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
            state.principals.remove_grants(&"orders.a2dd6".parse().unwrap(), now);
            state.principals.grant_admin(caller.kind, &caller.id, &"orders.a2dd6".parse().unwrap(), now);
            state.endpoints.delete(&id, "op-1");
            panic!("on purpose")
        };
        let broken = RpcEntry { name: "Broken", run };
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
