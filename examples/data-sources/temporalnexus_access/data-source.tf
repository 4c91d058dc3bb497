# The Endpoints that Workflows of one Namespace may call.
data "temporalnexus_access" "orders" {
  caller_namespace_id = "orders-prod.a2dd6"
}

check "orders_calls_no_sandbox" {
  assert {
    condition     = alltrue([for call in data.temporalnexus_access.orders.calls : !startswith(call.target_namespace_id, "sandbox-")])
    error_message = "orders-prod may call a sandbox."
  }
}
