data "temporalnexus_connectivity_rules" "payments" {
  namespace_id = "payments-prod.a2dd6"
}

output "payments_connections" {
  value = [for rule in data.temporalnexus_connectivity_rules.payments.rules : rule.connection_id if rule.kind == "private"]
}
