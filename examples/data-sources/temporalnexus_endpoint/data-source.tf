data "temporalnexus_endpoint" "payments" {
  name = "payments"
}

output "payments_callers" {
  value = data.temporalnexus_endpoint.payments.allowed_caller_namespaces
}
