//! Connectivity rules: the checks of a specification, and the message of a rule. A rule never changes.

use crate::api::connectivityrule::{
    ConnectivityRule, ConnectivityRuleSpec, PrivateConnectivityRule, PublicConnectivityRule,
    connectivity_rule_spec::ConnectionType,
};
use crate::entities::resource::Resource;
use crate::status::bad_request;
use crate::storage::table::Record;
use prost::Message;
use schema::region::region;
use tonic::Status;

/// A valid rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Access from the public internet.
    Public(PublicConnectivityRule),
    /// Access from one private connection.
    Private(PrivateConnectivityRule),
}

impl Rule {
    /// Reads a specification.
    pub(crate) fn parse(spec: Option<ConnectivityRuleSpec>) -> Result<Self, Status> {
        match spec.and_then(|spec| spec.connection_type) {
            Some(ConnectionType::PublicRule(rule)) => Ok(Self::Public(rule)),
            Some(ConnectionType::PrivateRule(rule)) => private(rule).map(Self::Private),
            None => Err(bad_request("one of `spec.public_rule` and `spec.private_rule` is required")),
        }
    }

    /// Whether both are for the same connection.
    pub(crate) fn duplicates(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Public(_), Self::Public(_)) => true,
            (Self::Private(one), Self::Private(other)) => {
                one.connection_id == other.connection_id && one.region == other.region
            }
            _ => false,
        }
    }

    /// Whether it counts towards the limits.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self, Self::Private(_))
    }

    /// The region of a private rule.
    pub(crate) fn region(&self) -> Option<&str> {
        match self {
            Self::Public(_) => None,
            Self::Private(rule) => Some(&rule.region),
        }
    }

    fn spec(&self) -> ConnectivityRuleSpec {
        let connection_type = match self {
            Self::Public(rule) => ConnectionType::PublicRule(*rule),
            Self::Private(rule) => ConnectionType::PrivateRule(rule.clone()),
        };
        ConnectivityRuleSpec { connection_type: Some(connection_type) }
    }
}

/// The message of a rule.
pub(crate) fn message(id: &str, rule: &Resource<Rule>) -> ConnectivityRule {
    ConnectivityRule {
        id: id.to_owned(),
        spec: Some(rule.content.spec()),
        resource_version: rule.version.clone(),
        state: rule.state.into(),
        async_operation_id: rule.operation.clone(),
        created_time: Some(rule.created),
    }
}

fn private(rule: PrivateConnectivityRule) -> Result<PrivateConnectivityRule, Status> {
    let known = region(&rule.region);
    let known =
        known.ok_or_else(|| bad_request(format!("unknown region `{}`", rule.region.escape_debug())))?;
    let id = rule.connection_id.escape_debug();
    match known.cloud() {
        "aws" if !is_vpc_endpoint(&rule.connection_id) => Err(bad_request(format!(
            "invalid connection_id `{id}`: in AWS it is the id of a VPC endpoint, `vpce-…`"
        ))),
        "aws" if !rule.gcp_project_id.is_empty() => {
            Err(bad_request("`gcp_project_id` is for regions of Google Cloud only"))
        }
        "gcp" if !is_number(&rule.connection_id) => {
            Err(bad_request(format!("invalid connection_id `{id}`: in Google Cloud it is a number")))
        }
        "gcp" if rule.gcp_project_id.is_empty() => Err(bad_request("`gcp_project_id` is required")),
        "aws" | "gcp" => Ok(rule),
        _ => Err(bad_request(format!("region `{}` has no private connectivity", rule.region))),
    }
}

fn is_vpc_endpoint(id: &str) -> bool {
    let rest = id.strip_prefix("vpce-");
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

impl Record for Rule {
    fn to_bytes(&self) -> Vec<u8> {
        self.spec().encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(ConnectivityRuleSpec::decode(bytes).ok()).ok()
    }
}
