//! Private connectivity: the services that Temporal Cloud offers in each region, what names a connection to one, and the
//! names under which a Namespace is reached through it. Source: Temporal's documentation of AWS PrivateLink and GCP
//! Private Service Connect.

mod catalog;
mod host;

pub use catalog::{CONTROL_PLANE_SERVICE, PrivateService, SERVICES, private_service};
pub use host::{DnsRecord, RecordKind, dns_record, namespace_host, region_host, tls_server_name};

use crate::region::Region;
use thiserror::Error;

/// The TCP port of every private service.
pub const PORT: u16 = 7233;

/// A customer's connection to a private service: what a private connectivity rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrivateConnection {
    /// The region as the registry names it, such as `aws-us-east-1`.
    pub region: String,
    /// AWS: the id of the VPC endpoint. GCP: the number of the Private Service Connect connection.
    pub connection_id: String,
    /// The project of the connection; on GCP only.
    pub gcp_project_id: Option<String>,
}

/// Why a connection cannot be one. The message is a sentence without its period.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConnectionError {
    /// The connection id has not the form of its cloud.
    #[error("a connection id in `{region}` must be {form}")]
    Id {
        /// The region.
        region: String,
        /// What is expected, in words.
        form: &'static str,
    },
    /// A connection in GCP without its project.
    #[error("a connection in `{0}` needs `gcp_project_id`")]
    NoProject(String),
    /// A connection outside of GCP with a project.
    #[error("`gcp_project_id` is allowed in GCP regions only, not in `{0}`")]
    Project(String),
    /// The project has not the form of one.
    #[error(
        "a project id of GCP is 6 to 30 lowercase letters, digits and hyphens, a letter first, no hyphen last"
    )]
    ProjectId,
}

impl PrivateConnection {
    /// What tells it from others: an account has one rule for each.
    #[must_use]
    pub fn key(&self) -> (&str, &str) {
        (&self.region, &self.connection_id)
    }

    /// A connection that follows the rules of its region's cloud.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub fn new(
        region: &Region,
        connection_id: &str,
        gcp_project_id: Option<&str>,
    ) -> Result<Self, ConnectionError> {
        check_connection_id(region, connection_id)?;
        check_project_id(region, gcp_project_id)?;
        Ok(Self {
            region: region.id.to_owned(),
            connection_id: connection_id.to_owned(),
            gcp_project_id: gcp_project_id.map(str::to_owned),
        })
    }
}

/// Whether an id has the form of those of a region's cloud.
///
/// # Errors
/// [`ConnectionError::Id`] when it has not.
pub fn check_connection_id(region: &Region, connection_id: &str) -> Result<(), ConnectionError> {
    let (is_well_formed, form) = match region.cloud() {
        "gcp" => (is_number(connection_id), "a number, such as `1234567890`"),
        _ => (is_vpc_endpoint(connection_id), "the id of a VPC endpoint, such as `vpce-0123456789abcdef0`"),
    };
    let wrong = || ConnectionError::Id { region: region.id.to_owned(), form };
    is_well_formed.then_some(()).ok_or_else(wrong)
}

/// Whether a connection in a region has a project exactly where it needs one.
///
/// # Errors
/// A project that is missing, malformed, or in another cloud than GCP.
pub fn check_project_id(region: &Region, gcp_project_id: Option<&str>) -> Result<(), ConnectionError> {
    match (region.cloud(), gcp_project_id) {
        ("gcp", None) => Err(ConnectionError::NoProject(region.id.to_owned())),
        ("gcp", Some(project)) if !is_project(project) => Err(ConnectionError::ProjectId),
        ("gcp", _) | (_, None) => Ok(()),
        (_, Some(_)) => Err(ConnectionError::Project(region.id.to_owned())),
    }
}

/// Ids of AWS are 8 or, since 2018, 17 hex digits.
fn is_vpc_endpoint(id: &str) -> bool {
    let digits = id.strip_prefix("vpce-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_number(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_digit())
}

fn is_project(id: &str) -> bool {
    let allowed = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (6..=30).contains(&id.len())
        && id.bytes().all(allowed)
        && id.starts_with(|it: char| it.is_ascii_lowercase())
        && !id.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::region;

    fn parse(at: &str, id: &str, project: Option<&str>) -> Result<PrivateConnection, ConnectionError> {
        PrivateConnection::new(region(at).unwrap(), id, project)
    }

    #[test]
    fn connections_have_the_form_of_their_cloud() {
        assert!(parse("aws-us-east-1", "vpce-0123456789abcdef0", None).is_ok());
        assert!(parse("aws-us-east-1", "vpce-01234567", None).is_ok());
        assert!(parse("gcp-us-central1", "31415926535", Some("acme-prod-1")).is_ok());
        for id in ["", "vpce-", "vpce-0123", "vpce-0123456789ABCDEF0", "vpc-0123456789abcdef0", "31415926535"]
        {
            let error = parse("aws-us-east-1", id, None);
            assert!(matches!(error, Err(ConnectionError::Id { .. })), "{id}");
        }
        for id in ["", "1a", "vpce-0123456789abcdef0", "123456789012345678901"] {
            assert!(parse("gcp-us-central1", id, Some("acme-prod-1")).is_err(), "{id}");
        }
    }

    #[test]
    fn a_project_belongs_to_gcp() {
        let at = "gcp-us-central1".to_owned();
        assert_eq!(parse(&at, "1", None), Err(ConnectionError::NoProject(at.clone())));
        assert_eq!(parse(&at, "1", Some("Acme")), Err(ConnectionError::ProjectId));
        let aws = parse("aws-us-east-1", "vpce-01234567", Some("acme-prod-1"));
        assert_eq!(aws, Err(ConnectionError::Project("aws-us-east-1".to_owned())));
    }
}
