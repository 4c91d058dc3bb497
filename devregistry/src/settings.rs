//! What can be chosen about the embedded registry. Where Temporal's public sources leave a behaviour open, the choice
//! is a setting, and its default is what this registry assumes of Temporal Cloud.

use crate::faults::fault::Fault;
use std::time::Duration;
pub use tonic::Code;

/// How the registry behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long an operation takes; with zero it is fulfilled in the answer that accepts it. Default: 0 ms.
    pub operation_time: Duration,
    /// The code for a write that carries an old resource version. Default: `FailedPrecondition`, as on a server.
    pub stale_version: Code,
    /// The code for an `async_operation_id` that was used with another request. Default: `InvalidArgument`.
    pub reused_operation_id: Code,
    /// The code for an Endpoint whose target or caller is no Namespace of the account. Default: `InvalidArgument`,
    /// because `NotFound` on an update would say that the Endpoint itself is gone.
    pub unknown_namespace: Code,
    /// The code for a write beyond a limit of the account. Default: `FailedPrecondition`, because clients take
    /// `ResourceExhausted` for throttling and repeat the call.
    pub limit_reached: Code,
    /// What becomes of a request to delete a Namespace that an Endpoint targets. Default: it is refused.
    pub targeted_namespace: TargetedNamespace,
    /// Which Namespaces a list shows. Default: those that the caller may read.
    pub namespace_list: NamespaceList,
    /// What goes wrong, from the start. Default: nothing.
    pub faults: Vec<Fault>,
    /// Whether faults can be brought into force while the registry serves, under `/control/faults`. Default: no.
    pub control: bool,
    /// How long a client may take to complete a TLS handshake, to send a request's header or body, and after
    /// connecting to make a request at all. Default: 30 s.
    pub patience: Duration,
}

/// Whether a Namespace that is an Endpoint's target can be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetedNamespace {
    /// The deletion is refused with `FailedPrecondition`, as on a server.
    Kept,
    /// The Namespace goes and the Endpoint's target dangles.
    Deleted,
}

/// Which Namespaces a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceList {
    /// Those on which the caller holds Namespace Read; all of them for Owners and Global Admins.
    Readable,
    /// All of them, to every caller.
    Whole,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            operation_time: Duration::ZERO,
            stale_version: Code::FailedPrecondition,
            reused_operation_id: Code::InvalidArgument,
            unknown_namespace: Code::InvalidArgument,
            limit_reached: Code::FailedPrecondition,
            targeted_namespace: TargetedNamespace::Kept,
            namespace_list: NamespaceList::Readable,
            faults: Vec::new(),
            control: false,
            patience: Duration::from_secs(30),
        }
    }
}
