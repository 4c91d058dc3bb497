//! Connectivity rules and their attachment to Namespaces, shared by the resources of private connectivity.
//!
//! A Namespace without rules is open to the internet and to every private connection of its region. The first attached rule
//! closes it to all traffic that the attached rules do not admit; when the last rule is detached, it is open again.

pub(crate) mod apply;
pub(crate) mod consent;
pub(crate) mod desired;
pub(crate) mod exposure;
pub(crate) mod public_rule;
pub(crate) mod rule;
pub(crate) mod temporalcloud_rule;

use registry::RuleKind;

/// Describes the traffic that a rule admits.
pub(crate) fn described(kind: &RuleKind) -> String {
    match kind {
        RuleKind::Public { .. } => "the internet".to_owned(),
        RuleKind::Private(connection) => format!("`{}` in `{}`", connection.connection_id, connection.region),
        RuleKind::Unknown(_) => "traffic of a kind that this version does not support".to_owned(),
    }
}

/// Ids as a list in a sentence.
pub(crate) fn list(ids: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    ids.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
