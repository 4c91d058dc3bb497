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

removed "endpoint" "report-01" {}

removed "endpoint" "report-02" {}

removed "endpoint" "report-03" {}

removed "endpoint" "report-04" {}

removed "endpoint" "report-05" {}

removed "endpoint" "report-06" {}

removed "endpoint" "report-07" {}

removed "endpoint" "report-08" {}

removed "endpoint" "report-09" {}

removed "endpoint" "report-10" {}

removed "endpoint" "report-11" {}

removed "endpoint" "report-12" {}

removed "endpoint" "report-13" {}

removed "endpoint" "report-14" {}
