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
