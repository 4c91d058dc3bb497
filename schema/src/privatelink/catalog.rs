//! The private services of Temporal Cloud, one a region.

use crate::region::{Region, region};

/// The service of Temporal Cloud's control plane, in `aws-us-west-2` alone. It can never be made private-only.
pub const CONTROL_PLANE_SERVICE: &str = "com.amazonaws.vpce.us-west-2.vpce-svc-0c57a5930b6f6be0e";

/// The private service of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateService {
    /// The region as the registry names it, such as `aws-us-east-1`.
    pub region: &'static str,
    service: Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Aws { id: &'static str },
    Gcp { project: &'static str, attachment: &'static str },
}

const fn aws(region: &'static str, id: &'static str) -> PrivateService {
    PrivateService { region, service: Service::Aws { id } }
}

const fn gcp(region: &'static str, project: &'static str, attachment: &'static str) -> PrivateService {
    PrivateService { region, service: Service::Gcp { project, attachment } }
}

/// Every private service, by region.
pub const SERVICES: &[PrivateService] = &[
    aws("aws-ap-northeast-1", "vpce-svc-08f34c33f9fb8a48a"),
    aws("aws-ap-northeast-2", "vpce-svc-08c4d5445a5aad308"),
    aws("aws-ap-south-1", "vpce-svc-0ad4f8ed56db15662"),
    aws("aws-ap-south-2", "vpce-svc-08bcf602b646c69c1"),
    aws("aws-ap-southeast-1", "vpce-svc-05c24096fa89b0ccd"),
    aws("aws-ap-southeast-2", "vpce-svc-0634f9628e3c15b08"),
    aws("aws-ca-central-1", "vpce-svc-080a781925d0b1d9d"),
    aws("aws-eu-central-1", "vpce-svc-073a419b36663a0f3"),
    aws("aws-eu-west-1", "vpce-svc-04388e89f3479b739"),
    aws("aws-eu-west-2", "vpce-svc-0ac7f9f07e7fb5695"),
    aws("aws-sa-east-1", "vpce-svc-0ca67a102f3ce525a"),
    aws("aws-us-east-1", "vpce-svc-0822256b6575ea37f"),
    aws("aws-us-east-2", "vpce-svc-01b8dccfc6660d9d4"),
    aws("aws-us-west-2", "vpce-svc-0f44b3d7302816b94"),
    gcp("gcp-asia-south1", "prod-d5spc2sfeshws33bg33vwdef7", "pl-7w7tw"),
    gcp("gcp-asia-southeast2", "prod-bsbyrfwqqq885qkcr3s43y524", "pl-c3ayi"),
    gcp("gcp-australia-southeast1", "prod-gy3tvq4cr4rh7sp5dh4472tyf", "pl-4pca7"),
    gcp("gcp-europe-west3", "prod-kwy7d4faxp6qgrgd9x94du36g", "pl-acgsh"),
    gcp("gcp-us-central1", "prod-d9ch6v2ybver8d2a8fyf7qru9", "pl-5xzng"),
    gcp("gcp-us-east4", "prod-y399cvr9c2b43es2w3q3e4gvw", "pl-8awsy"),
    gcp("gcp-us-west1", "prod-rbe76zxxzydz4cbdz2xt5b59q", "pl-94w0x"),
];

/// The private service of a region's id; `None` where Temporal documents none.
#[must_use]
pub fn private_service(region: &str) -> Option<&'static PrivateService> {
    SERVICES.iter().find(|service| service.region == region)
}

impl PrivateService {
    /// The name to connect to: AWS's name of the endpoint service, GCP's path of the service attachment.
    #[must_use]
    pub fn service_name(&self) -> String {
        let region = region(self.region).map_or(self.region, Region::cloud_region);
        match self.service {
            Service::Aws { id } => format!("com.amazonaws.vpce.{region}.{id}"),
            Service::Gcp { project, attachment } => {
                format!("projects/{project}/regions/{region}/serviceAttachments/{attachment}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn services_are_unique_sorted_and_in_known_regions() {
        assert!(SERVICES.windows(2).all(|pair| pair[0].region < pair[1].region));
        assert!(SERVICES.iter().all(|service| region(service.region).is_some()));
        let names: BTreeSet<_> = SERVICES.iter().map(PrivateService::service_name).collect();
        assert_eq!((names.len(), SERVICES.len()), (21, 21));
        let of = |cloud: &str| SERVICES.iter().filter(|service| service.region.starts_with(cloud)).count();
        assert_eq!((of("aws-"), of("gcp-")), (14, 7));
    }

    #[test]
    fn service_names_are_written_as_their_cloud_does() {
        let name = |region| private_service(region).map(PrivateService::service_name);
        let aws = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f";
        assert_eq!(name("aws-us-east-1").as_deref(), Some(aws));
        let gcp = "projects/prod-y399cvr9c2b43es2w3q3e4gvw/regions/us-east4/serviceAttachments/pl-8awsy";
        assert_eq!(name("gcp-us-east4").as_deref(), Some(gcp));
        assert_eq!(name("azure-centralus"), None);
    }
}
