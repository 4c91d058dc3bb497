//! The access matrix of a policy: which Namespace may call which Endpoints, to be enforced on a self-hosted server. Other
//! programs read it, so the format has a version and is sorted.

use crate::access::endpoint::{EndpointAccess, access};
use crate::access::graph::{Graph, Standing};
use crate::json;
use crate::policy::Policy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;
use time::Date;

/// The version of the format that this compiler writes and reads.
pub const VERSION: u32 = 1;

/// Who may call what, on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an access matrix")]
pub struct Matrix {
    /// The version of the format: 1.
    #[schemars(schema_with = "json::version::<VERSION>")]
    pub version: u32,
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json::day")]
    pub as_of: String,
    /// The first day on which a grant in it has expired; left out where none expires. From then on the matrix is outdated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// The Endpoints that the policy governs. The matrix does not decide calls to others.
    pub endpoints: BTreeSet<String>,
    /// By calling Namespace, the Endpoints that its Workflows may call. A Namespace that is missing may call none of the
    /// governed.
    pub callers: BTreeMap<String, BTreeSet<String>>,
    /// What the account's facts show beside it; only in `nexusc access --account`, and nothing to enforce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountMatrix>,
}

/// How the account differs from the matrix; by calling Namespace, the Endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountMatrix {
    /// Calls that the account allows today and the next apply removes.
    pub today_only: BTreeMap<String, BTreeSet<String>>,
    /// Calls of the matrix that the account does not allow before the next apply.
    pub not_applied: BTreeMap<String, BTreeSet<String>>,
    /// Calls that others grant and the policy leaves, also to Endpoints that it does not declare.
    pub others: BTreeMap<String, BTreeSet<String>>,
}

impl AccountMatrix {
    /// How the calls of a graph that has the account's facts stand.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let mut account = Self::default();
        for call in &graph.calls {
            let of = match call.standing() {
                Standing::Granted => continue,
                Standing::TodayOnly => &mut account.today_only,
                Standing::NotApplied => &mut account.not_applied,
                Standing::Others => &mut account.others,
            };
            of.entry(call.caller.clone()).or_default().insert(call.endpoint.clone());
        }
        account
    }
}

/// The schema of an access matrix of this version.
#[must_use]
pub fn matrix_schema() -> serde_json::Value {
    json::schema_of_input::<Matrix>("An access matrix of nexusc")
}

/// Why a file is not an access matrix.
#[derive(Debug, Error)]
pub enum MatrixError {
    /// Not JSON of this format.
    #[error("not an access matrix: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version of the format.
    #[error("access matrix version {0}, expected {VERSION}")]
    Version(u32),
    /// A call to an Endpoint that it does not govern: the file was edited.
    #[error("`{caller}` may call `{endpoint}`, which is not in `endpoints`")]
    Stranger {
        /// The caller.
        caller: String,
        /// The Endpoint that is not governed.
        endpoint: String,
    },
}

impl Matrix {
    /// The matrix of a policy on a day. An Endpoint whose allowlist the policy does not manage is not governed.
    #[must_use]
    pub fn of(policy: &Policy, today: Date) -> Self {
        let mut endpoints = BTreeSet::new();
        let mut callers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for EndpointAccess { endpoint, callers: granted, .. } in access(policy, today) {
            let Some(granted) = granted else { continue };
            for caller in &granted {
                callers.entry(caller.to_string()).or_default().insert(endpoint.to_string());
            }
            endpoints.insert(endpoint.to_string());
        }
        let valid_until = first_end(policy, today).map(|day| day.to_string());
        Self { version: VERSION, as_of: today.to_string(), valid_until, endpoints, callers, account: None }
    }

    /// Parses a matrix.
    ///
    /// # Errors
    /// When the text is not a matrix, or contradicts itself.
    pub fn read(text: &str) -> Result<Self, MatrixError> {
        let version: serde_json::Value = serde_json::from_str(text)?;
        let version = version.get("version").and_then(serde_json::Value::as_u64);
        if let Some(other) = version.and_then(|it| u32::try_from(it).ok()).filter(|it| *it != VERSION) {
            return Err(MatrixError::Version(other));
        }
        let matrix: Self = serde_json::from_str(text)?;
        for (caller, endpoints) in &matrix.callers {
            if let Some(endpoint) = endpoints.difference(&matrix.endpoints).next() {
                let (caller, endpoint) = (caller.clone(), endpoint.clone());
                return Err(MatrixError::Stranger { caller, endpoint });
            }
        }
        Ok(matrix)
    }

    /// The callers by Endpoint.
    #[must_use]
    pub fn by_endpoint(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut table: BTreeMap<&str, BTreeSet<&str>> =
            self.endpoints.iter().map(|endpoint| (endpoint.as_str(), BTreeSet::new())).collect();
        for (caller, endpoints) in &self.callers {
            for endpoint in endpoints {
                table.entry(endpoint).or_default().insert(caller);
            }
        }
        table
    }
}

/// The day after the earliest expiry date of a grant on a declared Endpoint: a grant is valid through its expiry date.
fn first_end(policy: &Policy, today: Date) -> Option<Date> {
    let allowlists = policy.endpoints.keys().flat_map(|name| policy.allowlists_of(name));
    let granting = allowlists.filter(|allowlist| allowlist.grants_on(today));
    granting.filter_map(|allowlist| Some(allowlist.expires?.0)).min()?.next_day()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str =
        r#"{"version":1,"as_of":"2026-01-01","endpoints":["mail","pay"],"callers":{"orders":["pay"]}}"#;

    #[test]
    fn a_matrix_is_read_as_it_was_written() {
        let read = Matrix::read(WRITTEN).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), WRITTEN);
        let table: Vec<_> = read.by_endpoint().into_iter().collect();
        assert_eq!(table, [("mail", BTreeSet::new()), ("pay", BTreeSet::from(["orders"]))]);
    }

    #[test]
    fn anything_but_a_matrix_is_refused() {
        let refused = |text: &str| Matrix::read(text).unwrap_err().to_string();
        assert_eq!(refused(&WRITTEN.replace(":1,", ":2,")), "access matrix version 2, expected 1");
        let stranger = refused(&WRITTEN.replace("[\"pay\"]}", "[\"spy\"]}"));
        assert_eq!(stranger, "`orders` may call `spy`, which is not in `endpoints`");
        assert!(refused("[]").starts_with("not an access matrix: "));
        assert!(refused(&WRITTEN.replace("\"callers\"", "\"caller\"")).contains("caller"));
    }
}
