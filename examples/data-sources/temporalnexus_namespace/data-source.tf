data "temporalnexus_namespace" "payments" {
  id = "payments-prod.a2dd6"
}

output "payments_is_open_to_the_internet" {
  value = length(data.temporalnexus_namespace.payments.connectivity_rule_ids) == 0
}
