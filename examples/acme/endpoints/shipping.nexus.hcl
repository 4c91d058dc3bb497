endpoint "shipping-staging" {
  description               = "Books parcels with the carriers' test systems."
  worker_target             = { namespace = namespace.shipping-staging, task_queue = "shipping-nexus" }
  allowed_caller_namespaces = [namespace.orders-staging]
  managed_by                = group.shipping
}

endpoint "shipping" {
  description               = "Books, tracks and recalls parcels. A recall may take days: start it and keep the handle."
  worker_target             = { namespace = namespace.shipping-prod, task_queue = "shipping-nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
  managed_by                = group.shipping
}
