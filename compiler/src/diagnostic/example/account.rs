//! The accounts that examples are checked against, as `nexusc snapshot` writes them.

/// An account with two Namespaces, their Owner and a service account, and besides what is given.
macro_rules! account {
    (complete: $complete:literal, endpoints: $endpoints:literal, attached: $attached:literal, rules: $rules:literal) => {
        concat!(
            r#"{
  "version": 1,
  "account": "a2dd6",
  "as_of": "2026-06-15",
  "access_api_version": "v0.19.1",
  "namespaces": {
    "complete": "#,
            $complete,
            r#",
    "items": [
      { "id": "orders-prod.a2dd6", "regions": ["aws-us-east-1"] },
      { "id": "payments-prod.a2dd6", "regions": ["aws-us-east-1"], "connectivity_rules": ["#,
            $attached,
            r#"] }
    ]
  },
  "users": {
    "items": [{ "name": "owner@acme.example", "registry_id": "u1", "account_access": "owner" }]
  },
  "service_accounts": {
    "items": [
      {
        "name": "ci",
        "registry_id": "s1",
        "account_access": "developer",
        "namespace_access": { "payments-prod.a2dd6": "admin" }
      }
    ]
  },
  "groups": { "items": [] },
  "endpoints": ["#,
            $endpoints,
            r#"],
  "connectivity_rules": { "items": ["#,
            $rules,
            r#"] }
}
"#
        )
    };
}

/// With nothing that `nexusc` manages.
pub const BARE: &str = account!(complete: "true", endpoints: "", attached: "", rules: "");

/// As a key sees it that may not see everything.
pub const PARTIAL: &str = account!(complete: "false", endpoints: "", attached: "", rules: "");

/// With an Endpoint.
pub const WITH_ENDPOINT: &str = account!(
    complete: "true",
    endpoints: r#"
    {
      "id": "e1",
      "resourceVersion": "1",
      "spec": {
        "name": "payments",
        "targetSpec": {
          "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "nexus" }
        }
      }
    }
  "#,
    attached: "",
    rules: ""
);

/// With an Endpoint that both Namespaces may call.
pub const WITH_CALLER: &str = account!(
    complete: "true",
    endpoints: r#"
    {
      "id": "e1",
      "resourceVersion": "1",
      "spec": {
        "name": "payments",
        "targetSpec": {
          "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "nexus" }
        },
        "policySpecs": [
          { "allowedCloudNamespacePolicySpec": { "namespaceId": "orders-prod.a2dd6" } },
          { "allowedCloudNamespacePolicySpec": { "namespaceId": "payments-prod.a2dd6" } }
        ]
      }
    }
  "#,
    attached: "",
    rules: ""
);

/// With an Endpoint whose creation failed.
pub const WITH_FAILED_ENDPOINT: &str = account!(
    complete: "true",
    endpoints: r#"
    {
      "id": "e1",
      "resourceVersion": "1",
      "state": "RESOURCE_STATE_ACTIVATION_FAILED",
      "spec": {
        "name": "payments",
        "targetSpec": {
          "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "nexus" }
        }
      }
    }
  "#,
    attached: "",
    rules: ""
);

/// With an Endpoint that has a grant of a newer API.
pub const WITH_UNKNOWN_GRANT: &str = account!(
    complete: "true",
    endpoints: r#"
    {
      "id": "e1",
      "resourceVersion": "1",
      "spec": {
        "name": "payments",
        "targetSpec": {
          "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "nexus" }
        },
        "policySpecs": [
          { "allowedCloudNamespacePolicySpec": { "namespaceId": "payments-prod.a2dd6" } },
          { "allowedProjectPolicySpec": { "projectId": "p1" } }
        ]
      }
    }
  "#,
    attached: "",
    rules: ""
);

/// With a private connection to one of the Namespaces.
pub const WITH_RULE: &str = account!(
    complete: "true",
    endpoints: "",
    attached: r#""r1""#,
    rules: r#"
    {
      "id": "r1",
      "spec": {
        "privateRule": { "region": "aws-us-east-1", "connectionId": "vpce-0123456789abcdef0" }
      }
    }
  "#
);
