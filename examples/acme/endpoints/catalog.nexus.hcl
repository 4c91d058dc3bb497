endpoint "catalog-staging" {
  description               = "Prices and stock of the staging shop, refreshed from production every night."
  worker_target             = { namespace = namespace.catalog-staging, task_queue = "catalog-nexus" }
  allowed_caller_namespaces = [namespace.storefront-staging, namespace.orders-staging]
  managed_by                = group.storefront
}

endpoint "catalog" {
  description               = "Reserves stock and quotes prices. A quote holds for fifteen minutes."
  worker_target             = { namespace = namespace.catalog-prod, task_queue = "catalog-nexus" }
  allowed_caller_namespaces = [namespace.storefront-prod, namespace.orders-prod]
  managed_by                = group.storefront
}
