account {
  id = "a2dd6"
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

namespace "support-prod" {
  regions = ["aws-us-east-1"]
}

namespace "shipping-prod" {
  regions = ["aws-us-east-1"]
}

namespace "billing-prod" {
  regions = ["aws-us-east-1"]
}
