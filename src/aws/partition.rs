//! The partitions of AWS, and the regions that belong to each.

/// A part of AWS with identities of its own.
struct Partition {
    id: &'static str,
    /// The start of the names of its regions.
    prefix: &'static str,
    /// The region that is asked if no setting names one of this partition.
    default_region: &'static str,
}

/// All partitions but `aws`, which has the regions that no other has. From the SDKs' own table:
/// <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>
const PARTITIONS: [Partition; 7] = [
    Partition::new("aws-cn", "cn-", "cn-north-1"),
    Partition::new("aws-us-gov", "us-gov-", "us-gov-west-1"),
    Partition::new("aws-eusc", "eusc-", "eusc-de-east-1"),
    Partition::new("aws-iso", "us-iso-", "us-iso-east-1"),
    Partition::new("aws-iso-b", "us-isob-", "us-isob-east-1"),
    Partition::new("aws-iso-e", "eu-isoe-", "eu-isoe-west-1"),
    Partition::new("aws-iso-f", "us-isof-", "us-isof-south-1"),
];

impl Partition {
    const fn new(id: &'static str, prefix: &'static str, default_region: &'static str) -> Self {
        Self {
            id,
            prefix,
            default_region,
        }
    }
}

/// Returns the region that is asked if no setting names one of this partition.
pub(super) fn default_region(partition: &str) -> &'static str {
    let known = PARTITIONS.iter().find(|known| known.id == partition);
    known.map_or("us-east-1", |known| known.default_region)
}

/// Returns the partition that a region is part of, by the start of its name.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    let known = PARTITIONS
        .iter()
        .find(|known| region.starts_with(known.prefix));
    known.map_or("aws", |known| known.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_default_region() {
        for Partition {
            id, default_region, ..
        } in PARTITIONS
        {
            assert_eq!(partition_of(default_region), id);
        }
    }
}
