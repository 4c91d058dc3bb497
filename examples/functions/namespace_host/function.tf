output "host" {
  value = provider::temporalnexus::namespace_host("payments-prod.a2dd6")
}
