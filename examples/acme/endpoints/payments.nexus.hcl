endpoint "payments-dev" {
  description               = "Payments against the sandbox of our card processor. Every card is declined on a Friday, on purpose."
  worker_target             = { namespace = namespace.payments-dev, task_queue = "payments-nexus" }
  allowed_caller_namespaces = [namespace.orders-dev]
  managed_by                = group.payments
}

endpoint "payments-staging" {
  description               = "Payments in test mode: real flows, test money."
  worker_target             = { namespace = namespace.payments-staging, task_queue = "payments-nexus" }
  allowed_caller_namespaces = [namespace.orders-staging]
  managed_by                = group.payments
}

# All callers other than Orders need a grant, see ../grants.
endpoint "payments" {
  description               = "Authorises, captures and voids card payments. Idempotent by order number; answers within two seconds or not at all."
  worker_target             = { namespace = namespace.payments-prod, task_queue = "payments-nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
  managed_by                = [group.payments, service_account.platform-ci]
}

# Separate from `payments`, so that access to charges does not include refunds.
endpoint "refunds" {
  description   = "Refunds, whole or in part, of payments captured in ${namespace.payments-prod.name}. Above 500 EUR a person approves."
  worker_target = { namespace = namespace.payments-prod, task_queue = "refunds-nexus" }
  managed_by    = group.payments
}
