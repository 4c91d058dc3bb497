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

endpoint "report-01" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-01" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-02" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-02" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-03" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-03" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-04" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-04" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-05" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-05" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-06" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-06" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-07" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-07" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-08" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-08" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-09" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-09" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-10" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-10" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-11" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-11" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-12" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-12" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-13" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-13" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

endpoint "report-14" {
  worker_target             = { namespace = namespace.risk-prod, task_queue = "report-14" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}
