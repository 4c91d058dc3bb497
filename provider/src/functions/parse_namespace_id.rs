//! `parse_namespace_id`: the two parts of a Namespace id.

use schema::name::AccountId;
use tfplugin::{Context, Function, FunctionError, Signature, Type, Value, async_trait};

/// The function.
pub(super) struct ParseNamespaceId;

#[async_trait]
impl Function for ParseNamespaceId {
    fn name(&self) -> &str {
        "parse_namespace_id"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The parts of a Namespace id".to_owned(),
            description: "Splits a Namespace id into `name`, the part before the dot, and `account_id`, the part after it. \
                          Returns an error if the value is not a valid Namespace id."
                .to_owned(),
            parameters: vec![super::namespace_id_parameter()],
            variadic: None,
            returns: Type::object([("name", Type::String), ("account_id", Type::String)]),
        }
    }

    async fn call(&self, _cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let id = super::namespace_id(&arguments)?;
        let account = id.account().map(AccountId::to_string);
        Ok(Value::object([("name", id.name().to_string().into()), ("account_id", account.into())]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::called;
    use super::*;

    #[test]
    fn splits_at_the_dot() {
        let parts = called(&ParseNamespaceId, "shipping-prod.a2dd6").unwrap();
        assert_eq!(parts, Value::object([("name", "shipping-prod".into()), ("account_id", "a2dd6".into())]));
    }

    #[test]
    fn a_reason_names_the_part_and_leaves_the_full_stop_to_terraform() {
        let said = |text| called(&ParseNamespaceId, text).unwrap_err().text;
        let short =
            "`orders.a2` is not a Namespace id: its account id `a2` is wrong: it has fewer than 5 characters";
        assert_eq!(said("orders.a2"), short);
        assert_eq!(said(".a2dd6"), "`.a2dd6` is not a Namespace id: its name is empty");
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in ["", "a2dd6", "shipping-prod.a2dd6.tmprl.cloud", "Shipping.a2dd6", "shipping."] {
            assert_eq!(called(&ParseNamespaceId, text).unwrap_err().argument, Some(0), "{text}");
        }
    }
}
