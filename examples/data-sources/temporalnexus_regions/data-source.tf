data "temporalnexus_regions" "aws" {
  cloud = "aws"
}

output "private_services" {
  value = { for region in data.temporalnexus_regions.aws.regions : region.cloud_region => region.privatelink_service_name }
}
