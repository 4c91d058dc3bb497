account {
  id       = "a2dd6"
  apply_as = service_account.nexus-ci
}

service_account "nexus-ci" {
  account_access = "developer"
  namespace_access = {
    orders-prod   = "admin"
    payments-prod = "admin"
    payments-dev  = "admin"
    risk-prod     = "admin"
  }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { team = "orders", stage = "prod" }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
  tags    = { team = "payments", stage = "prod" }
}

namespace "payments-dev" {
  regions = ["aws-us-east-1"]
  tags    = { team = "payments", stage = "dev" }
}

namespace "risk-prod" {
  regions = ["aws-us-east-1"]
  tags    = { team = "risk", stage = "prod" }
}

locals {
  endpoints = {
    charge = { namespace = "payments-prod", callers = ["orders-prod"] }
    score  = { namespace = "risk-prod", callers = ["orders-prod", "payments-prod"] }
  }
}

endpoint "served" {
  for_each                  = local.endpoints
  name                      = each.key
  worker_target             = { namespace = each.value.namespace, task_queue = each.key }
  allowed_caller_namespaces = each.value.callers
}
