//! The documented limits of a Temporal Cloud account. An account may have others: raised by Temporal, or given in a policy.

/// How much of each thing an account may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Endpoints in the account.
    pub endpoints: usize,
    /// Caller Namespaces on one Endpoint's allowlist.
    pub callers_per_endpoint: usize,
    /// Private connectivity rules on one Namespace.
    pub privatelinks_per_namespace: usize,
    /// Private connectivity rules in the account.
    pub privatelinks_per_account: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            endpoints: 100,
            callers_per_endpoint: 1000,
            privatelinks_per_namespace: 5,
            privatelinks_per_account: 50,
        }
    }
}
