# A VPC endpoint that leads to Temporal Cloud, and the Namespaces that are reached through it.

terraform {
  required_version = ">= 1.8"

  required_providers {
    temporalnexus = {
      source = "temporalnexus/temporalnexus"
    }
  }
}

# Key and address come from the environment: TEMPORAL_CLOUD_API_KEY, and TEMPORAL_CLOUD_ENDPOINT where it is not Temporal
# Cloud itself. Creating connectivity rules takes a Global Admin.
provider "temporalnexus" {}

variable "region" {
  description = "Where the connection is, by Temporal's name."
  type        = string
  default     = "aws-us-east-1"
}

# With the AWS provider these two come from an aws_vpc_endpoint: its id, and the first of its dns_entry. It is made with
# service_name = provider::temporalnexus::privatelink_service_name(var.region).
variable "vpc_endpoint_id" {
  description = "Id of the VPC endpoint."
  type        = string
  default     = "vpce-0a1b2c3d4e5f60718"
}

variable "vpc_endpoint_dns_name" {
  description = "DNS name of the VPC endpoint."
  type        = string
  default     = "vpce-0a1b2c3d4e5f60718-k3x9q2ab.vpce-svc-0822256b6575ea37f.us-east-1.vpce.amazonaws.com"
}

variable "namespaces" {
  description = "Ids of the Namespaces that the VPC reaches, all in the region."
  type        = set(string)
  default     = ["orders-prod.a2dd6", "payments-prod.a2dd6"]
}

variable "keep_public" {
  description = "Whether the internet keeps its way in. Say true while clients move over."
  type        = bool
  default     = true
}

variable "allow_public_lockout" {
  description = "Whether Namespaces that are public today may be closed to the internet."
  type        = bool
  default     = false
}

resource "temporalnexus_privatelink_mapping" "vpc" {
  region               = var.region
  connection_id        = var.vpc_endpoint_id
  endpoint_address     = var.vpc_endpoint_dns_name
  keep_public          = var.keep_public
  allow_public_lockout = var.allow_public_lockout

  # Left out, Namespaces are attached by their owners, each with a temporalnexus_privatelink_attachment.
  namespace_ids = var.namespaces
}

output "service_name" {
  description = "What the VPC endpoint connects to."
  value       = provider::temporalnexus::privatelink_service_name(var.region)
}

output "port" {
  description = "What the security group of the VPC endpoint must admit."
  value       = temporalnexus_privatelink_mapping.vpc.port
}

output "dns_records" {
  description = "For private zones, one for each name; create a record before its zone is attached to the VPC."
  value       = distinct([for reached in temporalnexus_privatelink_mapping.vpc.namespaces : reached.dns_record])
}

output "tls_server_names" {
  description = "What clients without private DNS set, beside the address of the VPC endpoint."
  value       = { for id, reached in temporalnexus_privatelink_mapping.vpc.namespaces : id => reached.tls_server_name }
}
