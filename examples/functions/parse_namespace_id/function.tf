output "account" {
  value = provider::temporalnexus::parse_namespace_id("payments-prod.a2dd6").account_id
}
