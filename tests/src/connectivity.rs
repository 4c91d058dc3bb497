//! Connectivity rules and what is attached to Namespaces, as someone else sees and changes them.

use crate::account::{Account, id};
use serde_json::{Value, json};

const RULES: &str = "/cloud/connectivity-rules";

impl Account {
    /// Every connectivity rule, as the API's JSON.
    ///
    /// # Panics
    /// When the registry refuses.
    #[must_use]
    #[track_caller]
    pub fn rules(&self) -> Vec<Value> {
        let page = self.call("GET", &format!("{RULES}?pageSize=1000"), None);
        page.get("connectivityRules").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// Creates a rule from its specification, waits, and gives its id.
    ///
    /// # Panics
    /// When the registry refuses.
    #[track_caller]
    pub fn create_rule(&self, spec: &Value) -> String {
        let answer = self.call("POST", RULES, Some(&json!({ "spec": spec })));
        self.wait(&answer);
        let id = answer.get("connectivityRuleId").and_then(Value::as_str);
        id.expect("a new rule has an id").to_owned()
    }

    /// Deletes a rule, and waits.
    ///
    /// # Panics
    /// When there is none, or the registry refuses.
    #[track_caller]
    pub fn delete_rule(&self, rule: &str) {
        let read = self.rules().into_iter().find(|read| id(read) == rule).expect("the account has the rule");
        let version = read.get("resourceVersion").and_then(Value::as_str).expect("a version");
        let answer = self.call("DELETE", &format!("{RULES}/{rule}?resourceVersion={version}"), None);
        self.wait(&answer);
    }

    /// Makes these the connectivity rules of a Namespace, and waits.
    ///
    /// # Panics
    /// When the registry refuses.
    #[track_caller]
    pub fn attach(&self, namespace_id: &str, rules: &[&str]) {
        let path = format!("/cloud/namespaces/{namespace_id}");
        let mut namespace = self.call("GET", &path, None).get("namespace").cloned().unwrap_or_default();
        let mut spec = namespace.get_mut("spec").map(Value::take).expect("a Namespace has a specification");
        spec.as_object_mut().expect("an object").insert("connectivityRuleIds".to_owned(), json!(rules));
        let body = json!({ "spec": spec, "resourceVersion": namespace.get("resourceVersion") });
        let answer = self.call("POST", &path, Some(&body));
        self.wait(&answer);
    }
}

/// The specification of a rule for one AWS VPC endpoint.
#[must_use]
pub fn private(region: &str, connection_id: &str) -> Value {
    json!({ "privateRule": { "connectionId": connection_id, "region": region } })
}

/// The specification of the public rule.
#[must_use]
pub fn public() -> Value {
    json!({ "publicRule": {} })
}
