//! The account as someone else sees and changes it: the registry's own HTTP API with the key of any principal.

use crate::dev::Dev;
use crate::http;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;

/// A principal's hand on an account.
#[derive(Clone)]
pub struct Account {
    address: String,
    key: String,
}

impl Account {
    /// The account of `dev`, acted on as `principal`.
    ///
    /// # Panics
    /// When the account has no such principal.
    #[must_use]
    #[track_caller]
    pub fn of(dev: &Dev, principal: &str) -> Self {
        let address = dev.http().trim_start_matches("http://").to_owned();
        Self { address, key: dev.key(principal).to_owned() }
    }

    /// Every Endpoint, as the API's JSON.
    ///
    /// # Panics
    /// When the registry refuses.
    #[must_use]
    #[track_caller]
    pub fn endpoints(&self) -> Vec<Value> {
        let page = self.call("GET", "/cloud/nexus/endpoints?pageSize=1000", None);
        page.get("endpoints").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// The Endpoint of that name, if there is one.
    ///
    /// # Panics
    /// When the registry refuses.
    #[must_use]
    #[track_caller]
    pub fn find(&self, name: &str) -> Option<Value> {
        self.endpoints().into_iter().find(|endpoint| endpoint.pointer("/spec/name") == Some(&json!(name)))
    }

    /// The Endpoint of that name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn endpoint(&self, name: &str) -> Value {
        self.find(name).unwrap_or_else(|| panic!("the account has no Endpoint named `{name}`"))
    }

    /// The ids of the connectivity rules that are attached to a Namespace.
    ///
    /// # Panics
    /// When the registry refuses.
    #[must_use]
    #[track_caller]
    pub fn attached(&self, namespace_id: &str) -> Vec<Value> {
        let namespace = self.call("GET", &format!("/cloud/namespaces/{namespace_id}"), None);
        let ids = namespace.pointer("/namespace/spec/connectivityRuleIds").and_then(Value::as_array);
        ids.cloned().unwrap_or_default()
    }

    /// Creates an Endpoint from its specification, and waits.
    ///
    /// # Panics
    /// When the registry refuses.
    #[track_caller]
    pub fn create(&self, spec: &Value) {
        let answer = self.call("POST", "/cloud/nexus/endpoints", Some(&json!({ "spec": spec })));
        self.wait(&answer);
    }

    /// Changes the specification of the Endpoint of that name, and waits.
    ///
    /// # Panics
    /// When there is none, or the registry refuses.
    #[track_caller]
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut endpoint = self.endpoint(name);
        let mut spec = endpoint.get_mut("spec").map(Value::take).expect("an Endpoint has a specification");
        change(&mut spec);
        let path = format!("/cloud/nexus/endpoints/{}", id(&endpoint));
        let body = json!({ "spec": spec, "resourceVersion": endpoint.get("resourceVersion") });
        let answer = self.call("POST", &path, Some(&body));
        self.wait(&answer);
    }

    /// Deletes the Endpoint of that name, and waits.
    ///
    /// # Panics
    /// When there is none, or the registry refuses.
    #[track_caller]
    pub fn delete(&self, name: &str) {
        let endpoint = self.endpoint(name);
        let version = endpoint.get("resourceVersion").and_then(Value::as_str).expect("a version");
        let path = format!("/cloud/nexus/endpoints/{}?resourceVersion={version}", id(&endpoint));
        let answer = self.call("DELETE", &path, None);
        self.wait(&answer);
    }

    /// Makes a service account, by its name, Namespace Admin of a Namespace, and waits.
    ///
    /// # Panics
    /// When there is none of this name, or the registry refuses.
    #[track_caller]
    pub fn make_admin(&self, service_account: &str, namespace_id: &str) {
        let page = self.call("GET", "/cloud/service-accounts?pageSize=1000", None);
        let accounts = page.get("serviceAccount").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_it = |it: &&Value| it.pointer("/spec/name") == Some(&json!(service_account));
        let account = accounts.iter().find(is_it).expect("the service account");
        let path = format!("/cloud/namespaces/{namespace_id}/service-accounts/{}/access", id(account));
        let access = json!({ "permission": "PERMISSION_ADMIN" });
        let body = json!({ "access": access, "resourceVersion": account.get("resourceVersion") });
        let answer = self.call("POST", &path, Some(&body));
        self.wait(&answer);
    }

    /// Lets a registry that was started with `--control` fail in this way from now on.
    ///
    /// # Panics
    /// When it knows no such fault.
    #[track_caller]
    pub fn strike(&self, fault: &str) {
        let _ = self.call("POST", "/control/faults", Some(&json!({ "fault": fault })));
    }

    /// Takes all faults back.
    ///
    /// # Panics
    /// When the registry was not started with `--control`.
    #[track_caller]
    pub fn clear_faults(&self) {
        let _ = self.call("DELETE", "/control/faults", None);
    }

    /// What a GET answers; `None` where the registry refuses.
    ///
    /// # Panics
    /// When the registry cannot be reached.
    #[must_use]
    #[track_caller]
    pub fn get(&self, path: &str) -> Option<Value> {
        let (status, answer) = http::request(&self.address, &self.key, "GET", path, None);
        (status == 200).then_some(answer)
    }

    /// Grants a service account a permission on a Namespace, such as `PERMISSION_ADMIN`, and waits.
    ///
    /// # Panics
    /// When there is none of this name, or the registry refuses.
    #[track_caller]
    pub fn grant(&self, service_account: &str, namespace_id: &str, permission: &str) {
        let all = self.call("GET", "/cloud/service-accounts?pageSize=1000", None);
        let all = all.get("serviceAccount").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_it = |it: &&Value| it.pointer("/spec/name") == Some(&json!(service_account));
        let it = all.iter().find(is_it).unwrap_or_else(|| panic!("no service account `{service_account}`"));
        let path = format!("/cloud/namespaces/{namespace_id}/service-accounts/{}/access", id(it));
        let body =
            json!({ "access": { "permission": permission }, "resourceVersion": it.get("resourceVersion") });
        let answer = self.call("POST", &path, Some(&body));
        self.wait(&answer);
    }

    /// Sends a write and does not wait for its operation.
    ///
    /// # Panics
    /// When the registry refuses.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: &Value) {
        let _ = self.call(method, path, Some(body).filter(|body| !body.is_null()));
    }

    #[track_caller]
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = http::request(&self.address, &self.key, method, path, body);
        assert_eq!(status, 200, "{method} {path} was refused: {answer}");
        answer
    }

    /// Waits for the operation in a write's answer, at the pace that an operation asks for at most.
    #[track_caller]
    pub(crate) fn wait(&self, answer: &Value) {
        let mut operation = answer.get("asyncOperation").cloned().expect("a write answers with an operation");
        let state = |operation: &Value| operation.get("state").and_then(Value::as_str).map(str::to_owned);
        let path = format!("/cloud/operations/{}", id(&operation));
        while matches!(state(&operation).as_deref(), None | Some("STATE_PENDING" | "STATE_IN_PROGRESS")) {
            sleep(Duration::from_millis(20));
            operation = self.call("GET", &path, None).get("asyncOperation").cloned().expect("an operation");
        }
        assert_eq!(
            state(&operation).as_deref(),
            Some("STATE_FULFILLED"),
            "the operation ended as {operation}"
        );
    }
}

/// The `id` of an object of the API.
///
/// # Panics
/// When it has none.
#[must_use]
#[track_caller]
pub fn id(object: &Value) -> &str {
    object.get("id").and_then(Value::as_str).unwrap_or_else(|| panic!("no id in {object}"))
}

/// An Endpoint's specification in the API's JSON.
#[must_use]
pub fn spec(name: &str, namespace_id: &str, task_queue: &str, callers: &[&str]) -> Value {
    json!({
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": namespace_id, "taskQueue": task_queue } },
        "policySpecs": policies(callers),
    })
}

/// An allowlist in the API's JSON.
#[must_use]
pub fn policies(callers: &[&str]) -> Value {
    let policy = |caller: &&str| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": caller } });
    callers.iter().map(policy).collect()
}

/// The allowlist of an Endpoint, sorted.
#[must_use]
pub fn callers(endpoint: &Value) -> Vec<String> {
    let policies =
        endpoint.pointer("/spec/policySpecs").and_then(Value::as_array).cloned().unwrap_or_default();
    let caller = |policy: &Value| {
        policy.pointer("/allowedCloudNamespacePolicySpec/namespaceId")?.as_str().map(str::to_owned)
    };
    let mut callers: Vec<_> = policies.iter().filter_map(caller).collect();
    callers.sort();
    callers
}

/// A description as clients write it: a JSON string in a payload.
#[must_use]
pub fn description(text: &str) -> Value {
    payload("json/plain", json!(text).to_string().as_bytes())
}

/// A payload of any encoding.
#[must_use]
pub fn payload(encoding: &str, data: &[u8]) -> Value {
    json!({ "metadata": { "encoding": STANDARD.encode(encoding) }, "data": STANDARD.encode(data) })
}
