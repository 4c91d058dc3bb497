//! Connectivity rules and what they do to Namespaces: what the resources of private connectivity share.
//!
//! While no rule is attached to a Namespace, the internet and every private connection of its region reach it. The first
//! one closes every way but those that the attached rules let in; when the last one goes, all of them are open again.

pub(crate) mod apply;
pub(crate) mod consent;
pub(crate) mod desired;
pub(crate) mod exposure;
pub(crate) mod public_rule;
pub(crate) mod rule;
pub(crate) mod temporalcloud_rule;

use registry::RuleKind;

/// What a rule lets in, in words.
pub(crate) fn described(kind: &RuleKind) -> String {
    match kind {
        RuleKind::Public { .. } => "the internet".to_owned(),
        RuleKind::Private(connection) => format!("`{}` in `{}`", connection.connection_id, connection.region),
        RuleKind::Unknown(_) => "something that this version does not know".to_owned(),
    }
}

/// Ids as a list in a sentence.
pub(crate) fn list(ids: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    ids.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
