# One Nexus Endpoint, owned by a team that keeps its infrastructure in Terraform.

terraform {
  required_version = ">= 1.8"

  required_providers {
    temporalnexus = {
      source = "temporalnexus/temporalnexus"
    }
  }
}

# The API key and the address are read from the environment variables TEMPORAL_CLOUD_API_KEY and, for another registry than
# Temporal Cloud, TEMPORAL_CLOUD_ENDPOINT.
provider "temporalnexus" {}

variable "target_namespace" {
  description = "Id of the Namespace whose Workers handle the calls."
  type        = string
  default     = "shipping-prod.a2dd6"
}

variable "caller_namespaces" {
  description = "Ids of the Namespaces whose Workflows may call. No other Namespace may call, including the target itself."
  type        = set(string)
  default     = ["orders-prod.a2dd6", "support-prod.a2dd6"]
}

resource "temporalnexus_endpoint" "returns" {
  name        = "returns"
  description = "Takes back what the customer does not want: prints the label, books the pick-up, waits for the parcel."

  worker_target = {
    namespace_id = var.target_namespace
    task_queue   = "returns-nexus"
  }

  allowed_caller_namespaces = var.caller_namespaces

  timeouts {
    create = "5m"
    update = "5m"
    delete = "5m"
  }
}

output "returns_endpoint_id" {
  description = "For `terraform import` and for other configurations; Workflows use the name."
  value       = temporalnexus_endpoint.returns.id
}
