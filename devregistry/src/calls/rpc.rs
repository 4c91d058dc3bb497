//! An RPC: a function over published messages, and its untyped form over encoded messages, which gRPC and HTTP call.

use crate::caller::Caller;
use crate::state::State;
use crate::status;
use prost::{Message, Name};
use tonic::Status;

/// One RPC of the Cloud Ops API.
pub(crate) trait Rpc {
    /// The request message, named as the RPC with the suffix `Request`.
    type Request: Message + Name + Default;
    /// The response message.
    type Response: Message;
    /// The RPC's name.
    const NAME: &'static str;

    /// Runs the RPC for an authenticated caller. It checks the permissions itself.
    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status>;
}

/// An RPC on encoded messages.
type Run = fn(&mut State, &Caller, &[u8]) -> Result<Vec<u8>, Status>;

/// An RPC by name, over encoded messages.
#[derive(Debug)]
pub(crate) struct RpcEntry {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

impl RpcEntry {
    pub(crate) const fn of<R: Rpc>() -> Self {
        Self { name: R::NAME, run: run::<R> }
    }
}

fn run<R: Rpc>(state: &mut State, caller: &Caller, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request = R::Request::decode(request);
    let request = request.map_err(|error| status::bad_request(format!("malformed request: {error}")))?;
    Ok(R::answer(state, caller, request)?.encode_to_vec())
}
