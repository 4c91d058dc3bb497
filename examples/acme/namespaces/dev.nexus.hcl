# Shared development. One region, API keys only, no customer impact.

namespace "payments-dev" {
  regions = ["aws-us-east-1"]
  auth    = ["api_key"]
  tags    = { team = "payments", env = "dev" }
}

namespace "orders-dev" {
  regions = ["aws-us-east-1"]
  auth    = ["api_key"]
  tags    = { team = "orders", env = "dev" }
}

namespace "shipping-dev" {
  regions = ["aws-eu-central-1"]
  auth    = ["api_key"]
  tags    = { team = "shipping", env = "dev" }
}
