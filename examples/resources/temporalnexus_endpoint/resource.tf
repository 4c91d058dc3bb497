resource "temporalnexus_endpoint" "payments" {
  name        = "payments"
  description = "Takes payments and gives them back."

  worker_target = {
    namespace_id = "payments-prod.a2dd6"
    task_queue   = "payments-nexus"
  }

  # If omitted, the allowlist is not managed; [] allows no callers.
  allowed_caller_namespaces = ["orders-prod.a2dd6", "support-prod.a2dd6"]
}

# An Endpoint of the temporalio/temporalcloud provider can be moved without a change:
#
# moved {
#   from = temporalcloud_nexus_endpoint.payments
#   to   = temporalnexus_endpoint.payments
# }
