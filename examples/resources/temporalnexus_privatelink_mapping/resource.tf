resource "temporalnexus_privatelink_mapping" "vpc" {
  region           = "aws-us-east-1"
  connection_id    = "vpce-0123456789abcdef0" # aws_vpc_endpoint.temporal.id
  endpoint_address = "vpce-0123456789abcdef0-k3x9q2ab.vpce-svc-0822256b6575ea37f.us-east-1.vpce.amazonaws.com"

  # Left out, attachments belong to others and are not touched; [] means none.
  namespace_ids = ["orders-prod.a2dd6", "payments-prod.a2dd6"]

  # Without this, or allow_public_lockout, the first rule on a Namespace is refused: it would close it to the internet.
  keep_public = true
}

output "dns_records" {
  value = [for reached in temporalnexus_privatelink_mapping.vpc.namespaces : reached.dns_record]
}

# A private rule that Temporal's own provider managed until now stays as it is, and so does what is attached: the mapping
# leaves namespace_ids out at first.
#
# moved {
#   from = temporalcloud_connectivity_rule.vpc
#   to   = temporalnexus_privatelink_mapping.vpc
# }
