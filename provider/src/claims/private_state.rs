//! The bytes beside a state, as far as they are about claims: who the instance is, and which plan its deletion comes from.
//! A resource may keep members of its own beside them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Object;

const INSTANCE: &str = "instance";
const PLAN: &str = "plan";
const READ: &str = "read";
const IMPORTED: &str = "imported";

/// The token of an instance: it stays with the instance under whatever address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Holder(String);

impl Holder {
    /// A token that no other instance has.
    pub(crate) fn new() -> Self {
        Self(registry::new_operation_id())
    }

    /// For an instance of an earlier version that was not read yet: what it keeps stands for its token.
    pub(crate) fn of_untracked(objects: &[Object]) -> Self {
        Self(serde_json::to_string(objects).unwrap_or_default())
    }

    /// The token in the bytes of an instance.
    pub(crate) fn of(private: &[u8]) -> Option<Self> {
        text(private, INSTANCE).map(Self)
    }
}

/// The plan that bytes come from.
pub(crate) fn plan_id(private: &[u8]) -> Option<String> {
    text(private, PLAN)
}

/// The bytes with a token, and with the id of a plan. What comes next is no import any more.
pub(crate) fn with(private: &[u8], holder: &Holder, plan: Option<&str>) -> Vec<u8> {
    let mut members = members(private);
    members.insert(INSTANCE.to_owned(), holder.0.clone().into());
    members.remove(IMPORTED);
    members.remove(READ);
    match plan {
        Some(plan) => drop(members.insert(PLAN.to_owned(), plan.into())),
        None => drop(members.remove(PLAN)),
    }
    Value::Object(members).to_string().into_bytes()
}

/// The bytes of a planned deletion, with the state that was read for it.
pub(crate) fn with_read(private: &[u8], state: &str) -> Vec<u8> {
    let mut members = members(private);
    members.insert(READ.to_owned(), state.into());
    Value::Object(members).to_string().into_bytes()
}

/// The state that was read for the plan of a deletion, where Terraform had not done so.
pub(crate) fn read(private: &[u8]) -> Option<String> {
    text(private, READ)
}

/// The bytes beside a state that comes from an import.
pub(crate) fn imported(private: &[u8]) -> Vec<u8> {
    let mut members = members(private);
    members.insert(IMPORTED.to_owned(), true.into());
    Value::Object(members).to_string().into_bytes()
}

/// Whether nothing was written since an import.
pub(crate) fn is_imported(private: &[u8]) -> bool {
    members(private).get(IMPORTED) == Some(&Value::Bool(true))
}

fn text(private: &[u8], name: &str) -> Option<String> {
    let text = members(private).get(name)?.as_str()?.to_owned();
    (!text.is_empty()).then_some(text)
}

fn members(private: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(private).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_the_resource_stay() {
        let holder = Holder::new();
        let bytes = with(br#"{"attached":["a.b"]}"#, &holder, Some("p1"));
        assert_eq!((Holder::of(&bytes), plan_id(&bytes)), (Some(holder.clone()), Some("p1".to_owned())));
        assert_eq!(members(&bytes)["attached"][0], "a.b");
        assert_eq!(plan_id(&with(&bytes, &holder, None)), None);
    }

    #[test]
    fn an_import_is_one_until_the_next_write() {
        let bytes = imported(br#"{"attached":["a.b"]}"#);
        assert!(is_imported(&bytes) && !is_imported(b"") && !is_imported(br#"{"imported":1}"#));
        assert_eq!(members(&bytes)["attached"][0], "a.b");
        assert!(!is_imported(&with(&bytes, &Holder::new(), None)));
    }

    #[test]
    fn bytes_of_another_kind_have_no_token() {
        for bytes in ["", "{", "[]", r#"{"instance":7}"#, r#"{"instance":""}"#] {
            assert_eq!(Holder::of(bytes.as_bytes()), None, "{bytes}");
        }
    }
}
