# A private connection to Temporal Cloud through a VPC endpoint, and the Namespaces that it reaches.

terraform {
  required_version = ">= 1.8"

  required_providers {
    temporalnexus = {
      source = "temporalnexus/temporalnexus"
    }
  }
}

# The API key and the address are read from the environment variables TEMPORAL_CLOUD_API_KEY and, for another registry than
# Temporal Cloud, TEMPORAL_CLOUD_ENDPOINT. Creating connectivity rules requires Global Admin.
provider "temporalnexus" {}

variable "region" {
  description = "Region of the connection, as Temporal names it."
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
  description = "Ids of the Namespaces to attach, all in the region."
  type        = set(string)
  default     = ["orders-prod.a2dd6", "payments-prod.a2dd6"]
}

variable "keep_public" {
  description = "Keep the Namespaces open to the internet, for example while clients migrate."
  type        = bool
  default     = true
}

variable "allow_public_lockout" {
  description = "Allow closing Namespaces that are open to the internet."
  type        = bool
  default     = false
}

resource "temporalnexus_privatelink_mapping" "vpc" {
  region               = var.region
  connection_id        = var.vpc_endpoint_id
  endpoint_address     = var.vpc_endpoint_dns_name
  keep_public          = var.keep_public
  allow_public_lockout = var.allow_public_lockout

  # If omitted, the owners of Namespaces attach the rule, each with a temporalnexus_privatelink_attachment.
  namespace_ids = var.namespaces
}

output "service_name" {
  description = "Service that the VPC endpoint connects to."
  value       = provider::temporalnexus::privatelink_service_name(var.region)
}

output "port" {
  description = "Port that the security group of the VPC endpoint must allow."
  value       = temporalnexus_privatelink_mapping.vpc.port
}

output "dns_records" {
  description = "DNS records for private zones, one for each name. Create a record before you attach its zone to the VPC."
  value       = distinct([for reached in temporalnexus_privatelink_mapping.vpc.namespaces : reached.dns_record])
}

output "tls_server_names" {
  description = "TLS server names for clients without private DNS, which connect to the address of the VPC endpoint."
  value       = { for id, reached in temporalnexus_privatelink_mapping.vpc.namespaces : id => reached.tls_server_name }
}
