//! The settings of the embedded registry. Behaviour that Temporal's public sources do not specify is a setting, whose default
//! is what this registry assumes of Temporal Cloud.

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
    /// The code for an Endpoint whose target or caller is not a Namespace of the account. Default: `InvalidArgument`,
    /// because `NotFound` on an update would say that the Endpoint itself is gone.
    pub unknown_namespace: Code,
    /// The code for a write beyond a limit of the account. Default: `FailedPrecondition`, because clients
    /// take `ResourceExhausted` for throttling and retry the call.
    pub limit_reached: Code,
    /// Whether a Namespace that is the target of an Endpoint can be deleted. Default: no.
    pub targeted_namespace: TargetedNamespace,
    /// Which Namespaces a list shows. Default: those that the caller may read.
    pub namespace_list: NamespaceList,
    /// Who may make an Owner: grant that role, add a user to a group that has it, or create an API key of an Owner. Default:
    /// Owners.
    pub owners_are_made: OwnersAreMade,
    /// Whether a custom role that allows to create or update an Endpoint suffices for a target on which its holder has nothing.
    /// Default: no.
    pub custom_role_target: CustomRoleTarget,
    /// Who may read an operation. Default: who may read its object, and who started it.
    pub operation_readers: OperationReaders,
    /// Faults in effect from the start. Default: none.
    pub faults: Vec<Fault>,
    /// Whether faults can be added while the registry serves, under `/control/faults`. Default: no.
    pub control: bool,
    /// How long a client may take to complete a TLS handshake, to send a request's header or body, and to send its first
    /// request. Default: 30 s.
    pub client_timeout: Duration,
}

/// Whether a Namespace that is an Endpoint's target can be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetedNamespace {
    /// The deletion is refused with `FailedPrecondition`, as on a server.
    Kept,
    /// The Namespace is deleted, and the Endpoint has a dangling target.
    Deleted,
}

/// Which Namespaces a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceList {
    /// Those on which the caller holds Namespace Read; all of them for Owners and Global Admins.
    Readable,
    /// All of them, to every caller.
    All,
}

/// Who may make an Owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnersAreMade {
    /// Owners alone, so that no Global Admin can become one.
    ByOwners,
    /// Global Admins too, as they manage users and service accounts.
    ByGlobalAdmins,
}

/// What the target of an Endpoint needs where a custom role allows the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomRoleTarget {
    /// Namespace Admin on it, or a custom role that allows `cloud.namespace.update` on it.
    Administered,
    /// Nothing.
    Any,
}

/// Who may read an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationReaders {
    /// Those who may read the object that it changes, and the principal that started it.
    OfObject,
    /// Every principal with an account role.
    All,
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
            owners_are_made: OwnersAreMade::ByOwners,
            custom_role_target: CustomRoleTarget::Administered,
            operation_readers: OperationReaders::OfObject,
            faults: Vec::new(),
            control: false,
            client_timeout: Duration::from_secs(30),
        }
    }
}
