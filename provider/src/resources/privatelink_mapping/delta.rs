//! The attachments that a change of a mapping adds and removes.

use std::collections::BTreeSet;

use ::schema::name::NamespaceId;
use serde_json::json;
use tfplugin::Value;

use super::model::{self, NAMESPACES};
use crate::resources::connectivity::consent::Consent;

const ATTACHED: &str = "attached";

/// The Namespaces to change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AttachmentDelta {
    /// Those to attach the rule to, and the public rule with `keep_public`.
    pub(super) attach: BTreeSet<NamespaceId>,
    /// Those to detach the rule from.
    pub(super) detach: BTreeSet<NamespaceId>,
}

impl AttachmentDelta {
    /// The difference between a state, with its private state, and a plan.
    pub(super) fn between(prior: Option<&Value>, private: &[u8], planned: &Value) -> Self {
        let Some(desired) = model::namespaces(planned) else { return Self::default() };
        let Some(prior) = prior else { return Self { attach: desired, detach: BTreeSet::new() } };
        let attached = model::namespaces(prior).unwrap_or_else(|| remembered(private));
        let starts_to_keep = Consent::of(planned).keep_public && !Consent::of(prior).keep_public;
        let mut attach = desired.clone();
        if !starts_to_keep {
            // A Namespace in `namespace_ids` but not in `namespaces` failed to be attached.
            let done = &model::namespaces(prior).unwrap_or_default() & &model::reached_ids(prior);
            attach.retain(|id| !done.contains(id));
        }
        let all_known = planned.get(NAMESPACES).is_wholly_known();
        let detach = if all_known { &attached - &desired } else { BTreeSet::new() };
        Self { attach, detach }
    }
}

/// The private state of a mapping that does not manage attachments: the attached Namespaces. Starting to manage them detaches
/// only Namespaces that a read has seen.
pub(super) fn remember(namespaces: &BTreeSet<NamespaceId>) -> Vec<u8> {
    let ids: Vec<_> = namespaces.iter().map(NamespaceId::to_string).collect();
    json!({ ATTACHED: ids }).to_string().into_bytes()
}

fn remembered(private: &[u8]) -> BTreeSet<NamespaceId> {
    let noted: serde_json::Value = serde_json::from_slice(private).unwrap_or_default();
    let ids = noted.get(ATTACHED).and_then(serde_json::Value::as_array).into_iter().flatten();
    ids.filter_map(|id| id.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::connectivity::consent::KEEP_PUBLIC;
    use crate::resources::privatelink_mapping::model::REACHED;

    fn set(names: &[&str]) -> BTreeSet<NamespaceId> {
        names.iter().map(|name| format!("{name}.tiny1").parse().unwrap()).collect()
    }

    fn state(ids: Value, reached: &[&str], keep_public: bool) -> Value {
        let reached = Value::map(set(reached).iter().map(|id| (id.to_string(), Value::Null)));
        Value::object([(NAMESPACES, ids), (REACHED, reached), (KEEP_PUBLIC, keep_public.into())])
    }

    fn ids(names: &[&str]) -> Value {
        model::ids(&set(names))
    }

    #[track_caller]
    fn check(prior: Option<&Value>, planned: &Value, attach: &[&str], detach: &[&str]) {
        let found = AttachmentDelta::between(prior, &remember(&set(&["theirs"])), planned);
        assert_eq!(found, AttachmentDelta { attach: set(attach), detach: set(detach) });
    }

    #[test]
    fn a_new_mapping_attaches_all() {
        check(None, &state(ids(&["a1", "b1"]), &[], false), &["a1", "b1"], &[]);
        check(None, &state(Value::Null, &[], false), &[], &[]);
    }

    #[test]
    fn a_change_touches_what_differs() {
        let prior = state(ids(&["a1", "b1"]), &["a1", "b1"], false);
        check(Some(&prior), &prior, &[], &[]);
        check(Some(&prior), &state(ids(&["b1", "c1"]), &[], false), &["c1"], &["a1"]);
        check(Some(&prior), &state(Value::Null, &[], false), &[], &[]);
        let some_unknown = Value::set([Value::Unknown, "c1.tiny1".into()]);
        check(Some(&prior), &state(some_unknown, &[], false), &["c1"], &[]);
    }

    #[test]
    fn what_was_left_half_done_is_finished() {
        let prior = state(ids(&["a1", "b1"]), &["a1"], false);
        check(Some(&prior), &state(ids(&["a1", "b1"]), &[], false), &["b1"], &[]);
    }

    #[test]
    fn keeping_public_concerns_all() {
        let prior = state(ids(&["a1"]), &["a1"], false);
        check(Some(&prior), &state(ids(&["a1"]), &["a1"], true), &["a1"], &[]);
        check(Some(&state(ids(&["a1"]), &["a1"], true)), &prior, &[], &[]);
    }

    #[test]
    fn a_takeover_detaches_what_was_seen() {
        let prior = state(Value::Null, &[], false);
        check(Some(&prior), &state(ids(&["a1"]), &[], false), &["a1"], &["theirs"]);
        let unread = AttachmentDelta::between(Some(&prior), b"", &state(ids(&["a1"]), &[], false));
        assert_eq!(unread, AttachmentDelta { attach: set(&["a1"]), detach: set(&[]) });
    }
}
