endpoint "orders-dev" {
  description               = "Orders that nobody will ever receive."
  worker_target             = { namespace = namespace.orders-dev, task_queue = "orders-nexus" }
  allowed_caller_namespaces = [namespace.shipping-dev, namespace.payments-dev]
}

endpoint "orders-staging" {
  description               = "Places, changes and cancels test orders."
  worker_target             = { namespace = namespace.orders-staging, task_queue = "orders-nexus" }
  allowed_caller_namespaces = [namespace.storefront-staging, namespace.shipping-staging]
}

# Callers are only in grants: each caller's team requests access in ../grants.
endpoint "orders" {
  description   = "Places, changes and cancels orders, and tells where one stands."
  worker_target = { namespace = namespace.orders-prod, task_queue = "orders-nexus" }
  managed_by    = [group.orders]
}
