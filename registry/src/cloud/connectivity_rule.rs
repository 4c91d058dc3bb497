//! A connectivity rule: who may reach a Namespace from where.

use crate::endpoint::ResourceState;
use crate::json;
use crate::operation::Operation;
use schema::privatelink::PrivateConnection;
use serde_json::{Value, json};

/// What a rule allows access from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// The public internet; an account has one such rule.
    Public {
        /// Whether from a predictable set of addresses.
        stable_ips: bool,
    },
    /// One private connection.
    Private(PrivateConnection),
    /// A kind that this version does not know.
    Unknown(Value),
}

impl RuleKind {
    /// Whether both are for the same connection: an account has one rule for each.
    #[must_use]
    pub fn is_same_connection(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Public { .. }, Self::Public { .. }) => true,
            (Self::Private(one), Self::Private(other)) => one.key() == other.key(),
            _ => false,
        }
    }

    fn read(spec: &Value) -> Self {
        if let Some(private) = spec.get("privateRule").filter(|rule| rule.is_object()) {
            let text = |pointer| json::text(private, pointer).to_owned();
            let gcp_project_id = Some(text("/gcpProjectId")).filter(|project| !project.is_empty());
            let (region, connection_id) = (text("/region"), text("/connectionId"));
            return Self::Private(PrivateConnection { region, connection_id, gcp_project_id });
        }
        match spec.get("publicRule").filter(|rule| rule.is_object()) {
            Some(public) => {
                let stable_ips = public.get("enableStableIps").and_then(Value::as_bool).unwrap_or(false);
                Self::Public { stable_ips }
            }
            None => Self::Unknown(spec.clone()),
        }
    }

    pub(crate) fn spec(&self) -> Value {
        match self {
            Self::Public { stable_ips } => json!({ "publicRule": { "enableStableIps": stable_ips } }),
            Self::Private(PrivateConnection { region, connection_id, gcp_project_id }) => {
                let mut rule = json!({ "connectionId": connection_id, "region": region });
                if let (Some(project), Some(rule)) = (gcp_project_id, rule.as_object_mut()) {
                    rule.insert("gcpProjectId".to_owned(), json!(project));
                }
                json!({ "privateRule": rule })
            }
            Self::Unknown(spec) => spec.clone(),
        }
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Public { .. } => "the public connectivity rule".to_owned(),
            Self::Private(connection) => format!("the connectivity rule of `{}`", connection.connection_id),
            Self::Unknown(_) => "a connectivity rule".to_owned(),
        }
    }
}

/// A rule in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRule {
    json: Value,
}

impl RegisteredRule {
    /// Reads the registry's JSON of a rule.
    ///
    /// # Errors
    /// When it has no id, or when its connection is invalid.
    pub fn from_json(json: Value) -> Result<Self, String> {
        json::id(&json, "/id").map_err(|reason| format!("a connectivity rule has no id: {reason}"))?;
        let read = Self { json };
        if let RuleKind::Private(connection) = read.kind() {
            let PrivateConnection { region, connection_id, gcp_project_id } = &connection;
            for text in [Some(region), Some(connection_id), gcp_project_id.as_ref()].into_iter().flatten() {
                json::checked_name(text).map_err(|reason| format!("a connectivity rule: {reason}"))?;
            }
        }
        Ok(read)
    }

    /// The JSON that was read.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Its id in the registry.
    #[must_use]
    pub fn id(&self) -> &str {
        json::text(&self.json, "/id")
    }

    /// What it allows access from.
    #[must_use]
    pub fn kind(&self) -> RuleKind {
        RuleKind::read(self.json.get("spec").unwrap_or(&Value::Null))
    }

    /// The version that its deletion must carry.
    #[must_use]
    pub fn resource_version(&self) -> &str {
        json::text(&self.json, "/resourceVersion")
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> ResourceState {
        ResourceState::read(self.json.get("state"))
    }

    /// The operation that is creating or deleting it.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        Some(json::text(&self.json, "/asyncOperationId")).filter(|id| !id.is_empty())
    }

    pub(crate) fn exists(&self) -> bool {
        !matches!(self.state(), ResourceState::Deleted | ResourceState::Deleting)
    }
}

/// A rule whose creation was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedRule {
    /// Its id.
    pub rule_id: String,
    /// The operation that creates it.
    pub operation: Operation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        let aws = PrivateConnection {
            region: "aws-us-east-1".to_owned(),
            connection_id: "vpce-01234567".to_owned(),
            gcp_project_id: None,
        };
        let gcp = PrivateConnection {
            region: "gcp-us-east4".to_owned(),
            connection_id: "31415".to_owned(),
            gcp_project_id: Some("acme-prod".to_owned()),
        };
        for kind in [RuleKind::Public { stable_ips: true }, RuleKind::Private(aws), RuleKind::Private(gcp)] {
            assert_eq!(RuleKind::read(&kind.spec()), kind);
            assert!(kind.is_same_connection(&kind));
        }
        let newer = json!({ "tunnelRule": {} });
        assert_eq!(RuleKind::read(&newer), RuleKind::Unknown(newer));
        assert!(!RuleKind::Unknown(Value::Null).is_same_connection(&RuleKind::Unknown(Value::Null)));
    }
}
