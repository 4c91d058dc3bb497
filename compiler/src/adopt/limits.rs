//! Raised limits of an account that exceeds the documented ones.

use super::block::Value;
use crate::facts::{Facts, Home};
use registry::RegisteredEndpoint;
use schema::limit::Limits;
use std::collections::BTreeSet;

/// The documented limits, or the current counts if they are higher.
pub fn held(facts: &Facts) -> Limits {
    let documented = Limits::default();
    if matches!(facts.home, Home::Cluster(_)) {
        return documented;
    }
    let callers = facts.endpoints.values().map(RegisteredEndpoint::callers).map(|callers| callers.len());
    let private: BTreeSet<String> =
        facts.connectivity.private_rules().map(|(rule, _)| rule.id().to_owned()).collect();
    let attached = facts.connectivity.attached().map(|(_, rules)| rules.intersection(&private).count());
    Limits {
        endpoints: documented.endpoints.max(facts.endpoints.len()),
        callers_per_endpoint: callers.fold(documented.callers_per_endpoint, usize::max),
        privatelinks_per_namespace: attached.fold(documented.privatelinks_per_namespace, usize::max),
        privatelinks_per_account: documented.privatelinks_per_account.max(private.len()),
    }
}

/// The limits that differ from the documented ones, as attributes.
pub fn raised(limits: Limits) -> Vec<(String, Value)> {
    let documented = Limits::default();
    let all = [
        ("endpoints", limits.endpoints, documented.endpoints),
        ("callers_per_endpoint", limits.callers_per_endpoint, documented.callers_per_endpoint),
        (
            "privatelinks_per_namespace",
            limits.privatelinks_per_namespace,
            documented.privatelinks_per_namespace,
        ),
        ("privatelinks_per_account", limits.privatelinks_per_account, documented.privatelinks_per_account),
    ];
    let raised = all.into_iter().filter(|(_, held, documented)| held > documented);
    raised.map(|(name, held, _)| (name.to_owned(), Value::Count(held))).collect()
}
