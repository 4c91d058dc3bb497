# The allowlist entries of one Namespace, one resource for each Endpoint.
list "temporalnexus_endpoint_allowed_caller" "orders" {
  provider = temporalnexus

  config {
    caller_namespace_id = "orders-prod.a2dd6"
  }
}
