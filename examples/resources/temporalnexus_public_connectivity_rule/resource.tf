resource "temporalnexus_public_connectivity_rule" "internet" {
  enable_stable_ips = true
}

# Refer to the rule where it is attached, so that Terraform detaches it before it deletes it.
resource "temporalnexus_privatelink_attachment" "orders" {
  connectivity_rule_id = temporalnexus_public_connectivity_rule.internet.id
  namespace_id         = "orders-prod.a2dd6"
  keep_public          = true
}
