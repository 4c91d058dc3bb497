//! A state that does not say which object it is about: it was edited, or damaged.

use tfplugin::{Answer, Diagnostic, IdentitySchema, Value};

/// Refuses a state without what identifies its object. Nothing can be read, and nothing may be taken for gone.
pub(crate) fn refuse(type_name: &str, identity: Option<&IdentitySchema>, state: &Value) -> Answer<()> {
    let mut attributes = identity.iter().flat_map(|identity| &identity.attributes);
    let is_missing = |name: &str| state.get(name).as_str().is_none_or(str::is_empty);
    let Some(missing) = attributes.find(|attribute| is_missing(&attribute.name)) else { return Ok(()) };
    let detail = format!(
        "The state was edited or is damaged. Remove the object from the state with `terraform state rm ADDRESS`, which does not \
         delete it, and import it again by its id or identity, as described in the documentation of `{type_name}`."
    );
    Err(Diagnostic::error(format!("a `{type_name}` in the state has no `{}`", missing.name), detail).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::{IdentityAttribute, Type};

    #[test]
    fn a_null_id_and_an_empty_one_are_refused() {
        let schema = IdentitySchema::new(0, [IdentityAttribute::required("id", Type::String, "I.")]);
        let refused = |id: Value| refuse("acme_server", Some(&schema), &Value::object([("id", id)]));
        assert!(refused("e1".into()).is_ok());
        for id in [Value::Null, "".into()] {
            let error = refused(id).unwrap_err().into_iter().next().unwrap();
            assert_eq!(error.summary, "a `acme_server` in the state has no `id`");
            assert!(error.detail.contains("terraform state rm"), "{}", error.detail);
        }
    }
}
