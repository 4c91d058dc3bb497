//! What a change of a mapping has to do to Namespaces.

use std::collections::BTreeSet;

use ::schema::name::NamespaceId;
use serde_json::json;
use tfplugin::Value;

use super::model::{self, NAMESPACES};
use crate::resources::connectivity::consent::Consent;

const ATTACHED: &str = "attached";

/// The Namespaces to write to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Those that are to have the rule, and the public one where that is to be kept.
    pub(super) attach: BTreeSet<NamespaceId>,
    /// Those that are not to have it any more.
    pub(super) detach: BTreeSet<NamespaceId>,
}

impl Work {
    /// What leads from a state to a plan. `private` are the bytes beside the state.
    pub(super) fn between(prior: Option<&Value>, private: &[u8], planned: &Value) -> Self {
        let Some(wanted) = model::namespaces(planned) else { return Self::default() };
        let Some(prior) = prior else { return Self { attach: wanted, detach: BTreeSet::new() } };
        let had = model::namespaces(prior).unwrap_or_else(|| recall(private));
        let starts_to_keep = Consent::of(planned).keep_public && !Consent::of(prior).keep_public;
        let mut attach = wanted.clone();
        if !starts_to_keep {
            // What a state counts in and does not reach was left half-done.
            let done = &model::namespaces(prior).unwrap_or_default() & &model::reached_ids(prior);
            attach.retain(|id| !done.contains(id));
        }
        let all_known = planned.get(NAMESPACES).is_wholly_known();
        let detach = if all_known { &had - &wanted } else { BTreeSet::new() };
        Self { attach, detach }
    }
}

/// The Namespaces that others attached, noted beside a state that leaves them out: whoever takes them over detaches none
/// that no read has seen.
pub(super) fn beside(namespaces: &BTreeSet<NamespaceId>) -> Vec<u8> {
    let ids: Vec<_> = namespaces.iter().map(NamespaceId::to_string).collect();
    json!({ ATTACHED: ids }).to_string().into_bytes()
}

fn recall(private: &[u8]) -> BTreeSet<NamespaceId> {
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
        let found = Work::between(prior, &beside(&set(&["theirs"])), planned);
        assert_eq!(found, Work { attach: set(attach), detach: set(detach) });
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
        let unread = Work::between(Some(&prior), b"", &state(ids(&["a1"]), &[], false));
        assert_eq!(unread, Work { attach: set(&["a1"]), detach: set(&[]) });
    }
}
