resource "temporalnexus_endpoint" "payments" {
  name        = "payments"
  description = "Takes payments and gives them back."

  worker_target = {
    namespace_id = "payments-prod.a2dd6"
    task_queue   = "payments-nexus"
  }

  # Left out, the allowlist belongs to others and is not touched; [] means nobody.
  allowed_caller_namespaces = ["orders-prod.a2dd6", "support-prod.a2dd6"]
}

# An Endpoint that Temporal's own provider managed until now keeps its id and all its callers:
#
# moved {
#   from = temporalcloud_nexus_endpoint.payments
#   to   = temporalnexus_endpoint.payments
# }
