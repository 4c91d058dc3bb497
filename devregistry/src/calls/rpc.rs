//! What an RPC is to this registry: a function over published messages, and the same with the types taken away, so
//! that gRPC and HTTP can both call it with bytes.

use crate::caller::Caller;
use crate::refusal;
use crate::state::State;
use prost::{Message, Name};
use tonic::Status;

/// One RPC of the Cloud Ops API.
pub(crate) trait Rpc {
    /// What is asked; its name is the RPC's with `Request` behind it.
    type Request: Message + Name + Default;
    /// What is answered.
    type Response: Message;
    /// The RPC's name.
    const NAME: &'static str;

    /// Does what is asked, on behalf of a caller that is authenticated and of whom nothing else is known.
    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status>;
}

/// An RPC on encoded messages.
type Run = fn(&mut State, &Caller, &[u8]) -> Result<Vec<u8>, Status>;

/// An RPC without its types.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

impl Served {
    pub(crate) const fn of<R: Rpc>() -> Self {
        Self { name: R::NAME, run: run::<R> }
    }
}

fn run<R: Rpc>(state: &mut State, caller: &Caller, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request = R::Request::decode(request);
    let request = request.map_err(|error| refusal::bad_request(format!("malformed request: {error}")))?;
    Ok(R::answer(state, caller, request)?.encode_to_vec())
}
