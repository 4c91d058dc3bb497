//! What claims store in the private state of a resource: the id of the instance, and the plan that a deletion comes from. A
//! resource may store members of its own in the same JSON object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ManagedObject;

const INSTANCE: &str = "instance";
const PLAN: &str = "plan";
const READ: &str = "read";
const IMPORTED: &str = "imported";

/// The id of a resource instance, independent of its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct InstanceId(String);

impl InstanceId {
    /// A new, unique id.
    pub(crate) fn new() -> Self {
        Self(registry::new_operation_id())
    }

    /// The id of an instance that has none in its private state: derived from what it manages.
    pub(crate) fn of_untracked(objects: &[ManagedObject]) -> Self {
        Self(serde_json::to_string(objects).unwrap_or_default())
    }

    /// The id in a private state.
    pub(crate) fn of(private: &[u8]) -> Option<Self> {
        text(private, INSTANCE).map(Self)
    }
}

/// The plan that a private state comes from.
pub(crate) fn plan_id(private: &[u8]) -> Option<String> {
    text(private, PLAN)
}

/// The private state with the id of the instance and of the plan, and without the marks of an import or a read.
pub(crate) fn with(private: &[u8], instance: &InstanceId, plan: Option<&str>) -> Vec<u8> {
    let mut members = members(private);
    members.insert(INSTANCE.to_owned(), instance.0.clone().into());
    members.remove(IMPORTED);
    members.remove(READ);
    match plan {
        Some(plan) => drop(members.insert(PLAN.to_owned(), plan.into())),
        None => drop(members.remove(PLAN)),
    }
    Value::Object(members).to_string().into_bytes()
}

/// The private state of a planned deletion, with the state that was read for it.
pub(crate) fn with_read(private: &[u8], state: &str) -> Vec<u8> {
    let mut members = members(private);
    members.insert(READ.to_owned(), state.into());
    Value::Object(members).to_string().into_bytes()
}

/// The state that was read for the plan of a deletion, if Terraform had not read it.
pub(crate) fn read(private: &[u8]) -> Option<String> {
    text(private, READ)
}

/// The private state of an import.
pub(crate) fn imported(private: &[u8]) -> Vec<u8> {
    let mut members = members(private);
    members.insert(IMPORTED.to_owned(), true.into());
    Value::Object(members).to_string().into_bytes()
}

/// Whether nothing was written since the import.
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
        let instance = InstanceId::new();
        let bytes = with(br#"{"attached":["a.b"]}"#, &instance, Some("p1"));
        assert_eq!(
            (InstanceId::of(&bytes), plan_id(&bytes)),
            (Some(instance.clone()), Some("p1".to_owned()))
        );
        assert_eq!(members(&bytes)["attached"][0], "a.b");
        assert_eq!(plan_id(&with(&bytes, &instance, None)), None);
    }

    #[test]
    fn an_import_is_one_until_the_next_write() {
        let bytes = imported(br#"{"attached":["a.b"]}"#);
        assert!(is_imported(&bytes) && !is_imported(b"") && !is_imported(br#"{"imported":1}"#));
        assert_eq!(members(&bytes)["attached"][0], "a.b");
        assert!(!is_imported(&with(&bytes, &InstanceId::new(), None)));
    }

    #[test]
    fn other_private_states_have_no_instance_id() {
        for bytes in ["", "{", "[]", r#"{"instance":7}"#, r#"{"instance":""}"#] {
            assert_eq!(InstanceId::of(bytes.as_bytes()), None, "{bytes}");
        }
    }
}
