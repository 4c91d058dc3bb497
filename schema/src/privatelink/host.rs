//! The names under which a Namespace is reached, and what private DNS must say for them.

use crate::account::{AuthMethod, Namespace};
use crate::name::NamespaceId;
use crate::region::{Region, region};

/// The host of a Namespace: `<namespace>.<account>.tmprl.cloud`.
#[must_use]
pub fn namespace_host(namespace: &NamespaceId) -> String {
    format!("{namespace}.tmprl.cloud")
}

/// The host of a region, by which a Namespace with replicas is reached where it is active.
#[must_use]
pub fn region_host(region: &Region) -> String {
    format!("{}.region.tmprl.cloud", region.id)
}

/// The TLS server name that a client must set when it connects to the address of a private connection itself; `None`
/// where the Namespace's region or way to authenticate is not known. With both ways, that of certificates serves.
#[must_use]
pub fn tls_server_name(namespace: &Namespace) -> Option<String> {
    let active = region(namespace.regions.first()?)?;
    if namespace.regions.len() > 1 {
        return Some(region_host(active));
    }
    if namespace.auth.contains(&AuthMethod::Mtls) {
        return Some(namespace_host(&namespace.id));
    }
    let api_key = namespace.auth.contains(&AuthMethod::ApiKey);
    api_key.then(|| format!("{}.{}.api.temporal.io", active.cloud_region(), active.cloud()))
}

/// How a record leads to a private connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// To the DNS name of an AWS VPC endpoint.
    Cname,
    /// To the address of a GCP Private Service Connect endpoint.
    A,
}

/// What a private zone must hold for clients to reach a Namespace without setting a server name. The zone has the
/// record's own name: an empty one that is attached to a network makes the name vanish there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// The name of the zone and of the record.
    pub name: String,
    /// Its kind.
    pub kind: RecordKind,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
}

/// The record by which a Namespace is reached through a private connection in `at`: by the Namespace's own host, or by
/// the region's where it has replicas.
#[must_use]
pub fn dns_record(namespace: &Namespace, at: &Region) -> DnsRecord {
    let kind = if at.cloud() == "gcp" { RecordKind::A } else { RecordKind::Cname };
    if namespace.regions.len() > 1 {
        DnsRecord { name: region_host(at), kind, ttl: 15 }
    } else {
        DnsRecord { name: namespace_host(&namespace.id), kind, ttl: 60 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn namespace(regions: &[&str], auth: &[AuthMethod]) -> Namespace {
        Namespace {
            id: "orders-prod.a2dd6".parse().unwrap(),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            auth: auth.iter().copied().collect(),
            tags: Default::default(),
        }
    }

    #[test]
    fn the_server_name_depends_on_regions_and_authentication() {
        let name = |regions: &[&str], auth: &[AuthMethod]| tls_server_name(&namespace(regions, auth));
        let both = [AuthMethod::Mtls, AuthMethod::ApiKey];
        assert_eq!(name(&["aws-us-east-1"], &both).as_deref(), Some("orders-prod.a2dd6.tmprl.cloud"));
        let key = name(&["aws-us-east-1"], &[AuthMethod::ApiKey]);
        assert_eq!(key.as_deref(), Some("us-east-1.aws.api.temporal.io"));
        let replicated = name(&["aws-us-east-1", "gcp-us-east4"], &[]);
        assert_eq!(replicated.as_deref(), Some("aws-us-east-1.region.tmprl.cloud"));
        assert_eq!([name(&["aws-us-east-1"], &[]), name(&[], &both)], [None, None]);
    }

    #[test]
    fn records_are_of_the_namespace_or_of_the_region() {
        let (aws, gcp) = (region("aws-us-east-1").unwrap(), region("gcp-us-east4").unwrap());
        let single = dns_record(&namespace(&["aws-us-east-1"], &[]), aws);
        let expected = ("orders-prod.a2dd6.tmprl.cloud", RecordKind::Cname, 60);
        assert_eq!((single.name.as_str(), single.kind, single.ttl), expected);
        let replica = dns_record(&namespace(&["aws-us-east-1", "gcp-us-east4"], &[]), gcp);
        let expected = ("gcp-us-east4.region.tmprl.cloud", RecordKind::A, 15);
        assert_eq!((replica.name.as_str(), replica.kind, replica.ttl), expected);
        assert!(BTreeSet::from([single.name]).is_disjoint(&BTreeSet::from([replica.name])));
    }
}
