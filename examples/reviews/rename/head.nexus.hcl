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

endpoint "charge" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "charge" }
  allowed_caller_namespaces = [
    namespace.orders-prod,
  ]
}

endpoint "risk-score" {
  renamed_from  = "score"
  worker_target = { namespace = namespace.risk-prod, task_queue = "score" }
  allowed_caller_namespaces = [
    namespace.orders-prod,
    namespace.payments-prod,
  ]
}
