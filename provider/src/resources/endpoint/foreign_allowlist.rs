//! An allowlist that this resource does not manage. The state omits it, since changes to it are not drift. The private state
//! contains it as last read, so that a takeover can list the callers that it revokes, and revokes no others.
//!
//! A read stores it, not a plan: at apply Terraform plans again from the private state of the read.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use tfplugin::{Answer, Diagnostic, Stored, Value};

use super::change::Change;
use super::model::{self, CALLERS};

/// The member of the private state of a planned deletion with the callers that its warning listed.
const WARNED: &str = "told";

/// The state, with the callers in the private state if it does not manage them.
pub(super) fn remember(state: Value, callers: BTreeSet<String>) -> Stored {
    let private = match state.get(CALLERS) {
        Value::Null => json!({ CALLERS: callers }).to_string().into_bytes(),
        _ => Vec::new(),
    };
    Stored { private: Some(private), ..state.into() }
}

/// The state after an update: an allowlist that is no longer managed keeps its callers.
pub(super) fn after_update(prior: &Value, state: Value) -> Stored {
    match (prior.get(CALLERS), state.get(CALLERS)) {
        (Value::Null, Value::Null) => state.into(),
        (known, _) => remember(state, known.strings().map(str::to_owned).collect()),
    }
}

/// The private state of a planned deletion, with the callers that its warning listed.
pub(super) fn record_warned(private: &[u8], callers: &BTreeSet<String>) -> Vec<u8> {
    let mut json: Map<_, _> = serde_json::from_slice(private).unwrap_or_default();
    json.insert(WARNED.to_owned(), json!(callers));
    serde_json::Value::Object(json).to_string().into_bytes()
}

/// The callers that the warning of a planned deletion listed. The deletion in a replacement is not planned separately and has
/// none.
pub(super) fn warned(private: &[u8]) -> BTreeSet<String> {
    listed(private, WARNED).unwrap_or_default()
}

/// The callers to be taken over, if the change starts to manage the allowlist.
///
/// # Errors
/// If no read has stored them.
pub(super) fn taken_over(change: Change<'_>, private: &[u8]) -> Answer<Option<BTreeSet<String>>> {
    let planned = change.planned.get(CALLERS);
    let Some(prior) = change.prior.filter(|prior| prior.get(CALLERS).is_null()) else { return Ok(None) };
    if planned.is_null() || !planned.is_wholly_known() {
        return Ok(None);
    }
    remembered(private).map(Some).ok_or_else(|| not_read(prior).into())
}

/// The callers when last read; `None` if they were not read.
pub(crate) fn remembered(private: &[u8]) -> Option<BTreeSet<String>> {
    listed(private, CALLERS)
}

fn listed(private: &[u8], name: &str) -> Option<BTreeSet<String>> {
    let json: serde_json::Value = serde_json::from_slice(private).ok()?;
    json.get(name)?.as_array()?.iter().map(|caller| caller.as_str().map(str::to_owned)).collect()
}

fn not_read(prior: &Value) -> Diagnostic {
    let detail = "The allowlist was managed elsewhere until now and was not read, so the callers that this change revokes are \
                  not known. Plan again, without `-refresh=false`.";
    Diagnostic::error(
        format!("cannot take over the allowlist of {} without reading it", model::title(prior)),
        detail,
    )
    .at(CALLERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_private_states_hold_no_allowlist() {
        for bytes in ["", "{", "{}", "[]", r#"{"allowed_caller_namespaces":[7]}"#] {
            assert_eq!(remembered(bytes.as_bytes()), None, "{bytes}");
        }
    }

    #[test]
    fn a_deletion_knows_the_callers_that_its_plan_listed() {
        let callers = BTreeSet::from(["shop.a2dd6".to_owned()]);
        let bytes = record_warned(br#"{"instance":"i"}"#, &callers);
        assert_eq!(warned(&bytes), callers);
        assert!(String::from_utf8(bytes).unwrap().contains("instance"));
        assert_eq!(warned(b"{}"), BTreeSet::new());
    }

    #[test]
    fn only_an_unmanaged_allowlist_is_stored() {
        let callers = BTreeSet::from(["shop.a2dd6".to_owned()]);
        let state = Value::object([(CALLERS, Value::Null)]);
        let noted = |state| remember(state, callers.clone()).private.unwrap();
        assert_eq!(remembered(&noted(state.clone())), Some(callers.clone()));
        assert_eq!(noted(state.with(CALLERS, Value::set(&callers))), b"");
    }
}
