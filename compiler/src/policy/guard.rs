//! Guards as a policy declares them.

use crate::diagnostic::Severity;
use crate::diagnostic::source::Span;
use crate::evaluate::{Each, Reference};
use crate::syntax::document::Expr;

/// A `guard` block.
#[derive(Clone, Debug)]
pub struct DeclaredGuard {
    /// Its header.
    pub span: Span,
    /// The block instance: `guard.prod`.
    pub instance: Reference,
    /// The kind of objects.
    pub guarded: Guarded,
    /// The condition that each object must meet.
    pub condition: Expr,
    /// The message for an object that does not.
    pub message: Expr,
    /// The severity of a failure.
    pub severity: Severity,
    /// The value of `each`, for an instance.
    pub each: Option<Each>,
}

/// The kinds of objects for guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// Calls that the policy allows.
    Call,
    /// Declared Endpoints.
    Endpoint,
    /// Declared Namespaces.
    Namespace,
    /// Declared principals.
    Principal,
    /// Declared private connections.
    Privatelink,
    /// Calls that a plan newly allows.
    GainedCall,
    /// Calls that a plan no longer allows.
    LostCall,
    /// Principals who can newly manage an Endpoint after a plan.
    GainedManager,
    /// Principals who can no longer manage an Endpoint after a plan.
    LostManager,
    /// The whole change, as numbers.
    Change,
}

impl Guarded {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Call,
        Self::Endpoint,
        Self::Namespace,
        Self::Principal,
        Self::Privatelink,
        Self::GainedCall,
        Self::LostCall,
        Self::GainedManager,
        Self::LostManager,
        Self::Change,
    ];

    /// The word in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GainedCall => "gained_call",
            Self::LostCall => "lost_call",
            Self::GainedManager => "gained_manager",
            Self::LostManager => "lost_manager",
            _ => self.object(),
        }
    }

    /// The name under which conditions see the object.
    #[must_use]
    pub fn object(self) -> &'static str {
        match self {
            Self::Call | Self::GainedCall | Self::LostCall => "call",
            Self::Endpoint => "endpoint",
            Self::Namespace => "namespace",
            Self::Principal => "principal",
            Self::Privatelink => "privatelink",
            Self::GainedManager | Self::LostManager => "manager",
            Self::Change => "change",
        }
    }

    /// Whether such objects exist only when a policy is compared with a base or an account.
    #[must_use]
    pub fn is_change(self) -> bool {
        match self {
            Self::GainedCall | Self::LostCall | Self::GainedManager | Self::LostManager | Self::Change => {
                true
            }
            Self::Call | Self::Endpoint | Self::Namespace | Self::Principal | Self::Privatelink => false,
        }
    }

    /// The kind of a word in policies.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guarded| guarded.name() == name)
    }
}
