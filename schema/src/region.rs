//! The regions of Temporal Cloud, under the names that its registry uses.

/// A region of Temporal Cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The registry's name: cloud, hyphen, the cloud's own name of the region.
    pub id: &'static str,
    /// Where it is.
    pub location: &'static str,
}

/// Every region that Temporal documents for Namespaces or private connectivity, by id.
pub const REGIONS: &[Region] = &[
    Region { id: "aws-ap-northeast-1", location: "Asia Pacific (Tokyo)" },
    Region { id: "aws-ap-northeast-2", location: "Asia Pacific (Seoul)" },
    Region { id: "aws-ap-south-1", location: "Asia Pacific (Mumbai)" },
    Region { id: "aws-ap-south-2", location: "Asia Pacific (Hyderabad)" },
    Region { id: "aws-ap-southeast-1", location: "Asia Pacific (Singapore)" },
    Region { id: "aws-ap-southeast-2", location: "Asia Pacific (Sydney)" },
    Region { id: "aws-ca-central-1", location: "Canada (Central)" },
    Region { id: "aws-eu-central-1", location: "Europe (Frankfurt)" },
    Region { id: "aws-eu-west-1", location: "Europe (Ireland)" },
    Region { id: "aws-eu-west-2", location: "Europe (London)" },
    Region { id: "aws-sa-east-1", location: "South America (São Paulo)" },
    Region { id: "aws-us-east-1", location: "US East (N. Virginia)" },
    Region { id: "aws-us-east-2", location: "US East (Ohio)" },
    Region { id: "aws-us-west-2", location: "US West (Oregon)" },
    Region { id: "azure-centralus", location: "Central US (Iowa)" },
    Region { id: "gcp-asia-south1", location: "Mumbai" },
    Region { id: "gcp-asia-southeast2", location: "Jakarta" },
    Region { id: "gcp-australia-southeast1", location: "Sydney" },
    Region { id: "gcp-europe-west3", location: "Frankfurt" },
    Region { id: "gcp-us-central1", location: "Iowa" },
    Region { id: "gcp-us-east4", location: "N. Virginia" },
    Region { id: "gcp-us-west1", location: "Oregon" },
];

/// The region of an id such as `aws-us-east-1`.
#[must_use]
pub fn region(id: &str) -> Option<&'static Region> {
    let at = REGIONS.binary_search_by(|region| region.id.cmp(id)).ok()?;
    REGIONS.get(at)
}

/// The region of an id, or of a cloud's own name of it, such as `us-east-1`: no two clouds share one.
#[must_use]
pub fn region_named(text: &str) -> Option<&'static Region> {
    region(text).or_else(|| REGIONS.iter().find(|region| region.cloud_region() == text))
}

impl Region {
    /// The cloud, as in the first part of the id: `aws`, `azure` or `gcp`.
    #[must_use]
    pub fn cloud(&self) -> &'static str {
        self.id.split_once('-').map_or("", |(cloud, _)| cloud)
    }

    /// The cloud's own name of the region, such as `us-east-1`.
    #[must_use]
    pub fn cloud_region(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(_, region)| region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_sorted_and_split_at_their_cloud() {
        assert!(REGIONS.windows(2).all(|pair| pair.first().map(|r| r.id) < pair.last().map(|r| r.id)));
        let parts = region("gcp-us-central1").map(|region| (region.cloud(), region.cloud_region()));
        assert_eq!(parts, Some(("gcp", "us-central1")));
        assert_eq!(region("us-east-1"), None);
        assert!(REGIONS.iter().all(|region| region_named(region.cloud_region()) == Some(region)));
    }
}
