//! The allowlist that others keep. The state leaves it out, as what they do is no drift; the private bytes beside the state
//! hold it as it was last read, so that a takeover tells whom it revokes, and revokes nobody else.
//!
//! Reading leaves it there and not planning: at apply Terraform plans again, from the bytes beside the state, and what the
//! first plan left is lost.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use tfplugin::{Answer, Diagnostic, Stored, Value};

use super::change::Change;
use super::model::{self, CALLERS};

/// The member of a planned deletion's bytes that holds whom its warning named.
const TOLD: &str = "told";

/// The state with, beside it, who may call, where it leaves that out.
pub(super) fn beside(state: Value, callers: BTreeSet<String>) -> Stored {
    let private = match state.get(CALLERS) {
        Value::Null => json!({ CALLERS: callers }).to_string().into_bytes(),
        _ => Vec::new(),
    };
    Stored { private: Some(private), ..state.into() }
}

/// The state after an update: an allowlist that is given up stays as it was.
pub(super) fn after(prior: &Value, state: Value) -> Stored {
    match (prior.get(CALLERS), state.get(CALLERS)) {
        (Value::Null, Value::Null) => state.into(),
        (known, _) => beside(state, known.strings().map(str::to_owned).collect()),
    }
}

/// The bytes of a planned deletion, with whom its warning named.
pub(super) fn told(private: &[u8], callers: &BTreeSet<String>) -> Vec<u8> {
    let mut json: Map<_, _> = serde_json::from_slice(private).unwrap_or_default();
    json.insert(TOLD.to_owned(), json!(callers));
    serde_json::Value::Object(json).to_string().into_bytes()
}

/// Whom the plan of a deletion named. The deletion in a replacement has no plan of its own, which would have named anybody.
pub(super) fn were_told(private: &[u8]) -> BTreeSet<String> {
    listed(private, TOLD).unwrap_or_default()
}

/// Whom others allowed, when the change takes their allowlist over.
///
/// # Errors
/// When it is not known: no read left it beside the state.
pub(super) fn taken_over(change: Change<'_>, private: &[u8]) -> Answer<Option<BTreeSet<String>>> {
    let planned = change.planned.get(CALLERS);
    let Some(prior) = change.prior.filter(|prior| prior.get(CALLERS).is_null()) else { return Ok(None) };
    if planned.is_null() || !planned.is_wholly_known() {
        return Ok(None);
    }
    recall(private).map(Some).ok_or_else(|| unread(prior).into())
}

/// Whom others allowed when that was last read; `None` when it was not.
pub(crate) fn recall(private: &[u8]) -> Option<BTreeSet<String>> {
    listed(private, CALLERS)
}

fn listed(private: &[u8], name: &str) -> Option<BTreeSet<String>> {
    let json: serde_json::Value = serde_json::from_slice(private).ok()?;
    json.get(name)?.as_array()?.iter().map(|caller| caller.as_str().map(str::to_owned)).collect()
}

fn unread(prior: &Value) -> Diagnostic {
    let detail = "Others kept the allowlist until now, and it was not read: whom this would revoke is not known. Plan again, without \
                  `-refresh=false`.";
    Diagnostic::error(format!("the allowlist of {} cannot be taken over unseen", model::title(prior)), detail)
        .at(CALLERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_another_kind_hold_no_allowlist() {
        for bytes in ["", "{", "{}", "[]", r#"{"allowed_caller_namespaces":[7]}"#] {
            assert_eq!(recall(bytes.as_bytes()), None, "{bytes}");
        }
    }

    #[test]
    fn a_deletion_remembers_whom_its_plan_named() {
        let callers = BTreeSet::from(["shop.a2dd6".to_owned()]);
        let bytes = told(br#"{"instance":"i"}"#, &callers);
        assert_eq!(were_told(&bytes), callers);
        assert!(String::from_utf8(bytes).unwrap().contains("instance"));
        assert_eq!(were_told(b"{}"), BTreeSet::new());
    }

    #[test]
    fn only_what_the_state_leaves_out_is_noted() {
        let callers = BTreeSet::from(["shop.a2dd6".to_owned()]);
        let state = Value::object([(CALLERS, Value::Null)]);
        let noted = |state| beside(state, callers.clone()).private.unwrap();
        assert_eq!(recall(&noted(state.clone())), Some(callers.clone()));
        assert_eq!(noted(state.with(CALLERS, Value::set(&callers))), b"");
    }
}
