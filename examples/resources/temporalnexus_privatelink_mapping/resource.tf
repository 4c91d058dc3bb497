resource "temporalnexus_privatelink_mapping" "vpc" {
  region           = "aws-us-east-1"
  connection_id    = "vpce-0123456789abcdef0" # aws_vpc_endpoint.temporal.id
  endpoint_address = "vpce-0123456789abcdef0-k3x9q2ab.vpce-svc-0822256b6575ea37f.us-east-1.vpce.amazonaws.com"

  # If omitted, attachments are not managed; [] detaches the rule from all Namespaces.
  namespace_ids = ["orders-prod.a2dd6", "payments-prod.a2dd6"]

  # Without this or allow_public_lockout, attaching the first rule is rejected: it would close the Namespace to the internet.
  keep_public = true
}

output "dns_records" {
  value = [for reached in temporalnexus_privatelink_mapping.vpc.namespaces : reached.dns_record]
}

# A private rule of the temporalio/temporalcloud provider can be moved without a change. Omit namespace_ids at first, so that
# its attachments are kept:
#
# moved {
#   from = temporalcloud_connectivity_rule.vpc
#   to   = temporalnexus_privatelink_mapping.vpc
# }
