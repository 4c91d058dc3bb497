# Whatever the Workflows of one Namespace may call, each as a resource of its own.
list "temporalnexus_endpoint_allowed_caller" "orders" {
  provider = temporalnexus

  config {
    caller_namespace_id = "orders-prod.a2dd6"
  }
}
