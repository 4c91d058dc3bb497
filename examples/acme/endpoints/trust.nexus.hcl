endpoint "identity-staging" {
  description               = "Checks invented customers."
  worker_target             = { namespace = namespace.identity-staging, task_queue = "identity-nexus" }
  allowed_caller_namespaces = [namespace.storefront-staging, namespace.risk-staging]
  managed_by                = group.trust
}

endpoint "identity" {
  description = <<-EOT
    Verifies a customer's identity and address.

    Callers get a verdict and its reasons, never the documents. The documents stay in
    ${namespace.identity-prod.id} and are deleted after thirty days.
  EOT

  worker_target             = { namespace = namespace.identity-prod, task_queue = "identity-nexus" }
  allowed_caller_namespaces = [namespace.risk-prod]
  managed_by                = [group.trust, group.platform]
}

endpoint "risk-staging" {
  description               = "Scores test payments with last week's model."
  worker_target             = { namespace = namespace.risk-staging, task_queue = "risk-nexus" }
  allowed_caller_namespaces = [namespace.payments-staging]
  managed_by                = group.trust
}

endpoint "risk" {
  description               = "Scores a payment before it is authorised. No answer within 300 ms counts as a yes."
  worker_target             = { namespace = namespace.risk-prod, task_queue = "risk-nexus" }
  allowed_caller_namespaces = [namespace.payments-prod]
  managed_by                = group.trust
}
