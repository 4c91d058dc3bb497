//! The one place through which every call goes, over gRPC or HTTP: who calls is established, what is due takes effect,
//! the RPC runs, and a defect in it ends with that call.

use crate::call::Served;
use crate::caller::Caller;
use crate::state::State;
use crate::{calls, refusal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tonic::Status;

/// Requests larger than this many bytes are refused.
pub(crate) const REQUEST_MOST: usize = 4 * 1024 * 1024;

/// A registry without a socket.
#[derive(Debug)]
pub(crate) struct Service {
    state: Mutex<State>,
}

impl Service {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    /// Refuses whoever does not present a known key as `Authorization: Bearer`.
    pub(crate) fn authenticate(&self, authorization: Option<&str>) -> Result<(), Status> {
        caller(&self.state(), authorization).map(drop)
    }

    /// Runs one RPC on an encoded request.
    pub(crate) fn call(
        &self,
        rpc: &Served,
        authorization: Option<&str>,
        request: &[u8],
    ) -> Result<Vec<u8>, Status> {
        let mut state = self.state();
        let caller = caller(&state, authorization)?;
        state.settle();
        let run = AssertUnwindSafe(|| (rpc.run)(&mut state, &caller, request));
        catch_unwind(run).unwrap_or_else(|_| {
            tracing::error!(rpc = rpc.name, "the call panicked");
            Err(Status::internal("internal error"))
        })
    }

    /// A call that panicked has changed nothing or all that it was about to: writes are made last.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The RPC of a name, or the refusal of those that are not served.
pub(crate) fn served(name: &str) -> Result<&'static Served, Status> {
    let found = calls::SERVED.iter().find(|rpc| rpc.name == name);
    found.ok_or_else(|| {
        Status::unimplemented(format!("the embedded registry does not serve `{}`", name.escape_debug()))
    })
}

fn caller(state: &State, authorization: Option<&str>) -> Result<Caller, Status> {
    let key = authorization.and_then(bearer).ok_or_else(refusal::unauthenticated)?;
    state.caller(key)
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
    use crate::api::{ResourceState, nexus};
    use crate::seed::plant;
    use crate::settings::Settings;
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
        let (state, keys) = plant(account, settings).unwrap();
        let key = keys.values().next().unwrap().expose();
        (Service::new(state), format!("Bearer {key}"))
    }

    fn call<Q: Message, A: Message + Default>(registry: &(Service, String), rpc: &str, request: Q) -> A {
        let (service, owner) = registry;
        let answer = service.call(served(rpc).unwrap(), Some(owner), &request.encode_to_vec());
        A::decode(answer.unwrap().as_slice()).unwrap()
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

    #[tokio::test]
    async fn a_call_that_panics_takes_nothing_with_it() {
        let registry = registry();
        let broken = Served { name: "Broken", run: |_, _, _| panic!("on purpose") };
        let answer = registry.0.call(&broken, Some(&registry.1), &[]);
        assert_eq!(answer.unwrap_err().code(), Code::Internal);
        assert!(endpoint(&registry).is_some());
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
