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
    /// The block instance as reports name it: `guard.prod`.
    pub instance: Reference,
    /// What it is about.
    pub guarded: Guarded,
    /// What must hold of each object.
    pub condition: Expr,
    /// What is said where it does not.
    pub message: Expr,
    /// How much that weighs.
    pub severity: Severity,
    /// What `each` is in it, where `for_each` made it.
    pub each: Option<Each>,
}

/// What a guard is about.
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
    /// Calls that a plan allows and that were not allowed.
    GainedCall,
    /// Calls that a plan no longer allows.
    LostCall,
    /// Principals who can manage an Endpoint after a plan and could not before.
    GainedManager,
    /// Principals who cannot manage an Endpoint after a plan and could before.
    LostManager,
}

impl Guarded {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Call,
        Self::Endpoint,
        Self::Namespace,
        Self::Principal,
        Self::Privatelink,
        Self::GainedCall,
        Self::LostCall,
        Self::GainedManager,
        Self::LostManager,
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
        }
    }

    /// Whether there are such objects only where a policy is compared with an account.
    #[must_use]
    pub fn is_change(self) -> bool {
        matches!(self, Self::GainedCall | Self::LostCall | Self::GainedManager | Self::LostManager)
    }

    /// What a word in a policy means.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guarded| guarded.name() == name)
    }
}
