# The owner of the rule omits namespace_ids.
resource "temporalnexus_privatelink_mapping" "vpc" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
}

# The owner of a Namespace attaches the rule to it.
resource "temporalnexus_privatelink_attachment" "orders" {
  connectivity_rule_id = temporalnexus_privatelink_mapping.vpc.connectivity_rule_id
  namespace_id         = "orders-prod.a2dd6"
  keep_public          = true
}
