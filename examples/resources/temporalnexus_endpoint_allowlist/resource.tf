data "temporalnexus_endpoint" "payments" {
  name = "payments"
}

resource "temporalnexus_endpoint_allowlist" "payments" {
  endpoint_id               = data.temporalnexus_endpoint.payments.id
  allowed_caller_namespaces = ["orders-prod.a2dd6", "support-prod.a2dd6"]
}
