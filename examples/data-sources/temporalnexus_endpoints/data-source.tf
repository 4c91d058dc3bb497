# The Endpoints that Workers of one Namespace handle.
data "temporalnexus_endpoints" "payments" {
  target_namespace_id = "payments-prod.a2dd6"
}

output "payments_endpoint_names" {
  value = data.temporalnexus_endpoints.payments.endpoints[*].name
}
