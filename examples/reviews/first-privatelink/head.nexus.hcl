account {
  id       = "a2dd6"
  apply_as = service_account.nexus-ci
}

service_account "nexus-ci" {
  account_access = "admin"
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

endpoint "score" {
  worker_target = { namespace = namespace.risk-prod, task_queue = "score" }
  allowed_caller_namespaces = [
    namespace.orders-prod,
    namespace.payments-prod,
  ]
}

privatelink "hub" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0a1b2c3d4e5f60718"
  namespaces           = [namespace.payments-prod]
  allow_public_lockout = true
}
