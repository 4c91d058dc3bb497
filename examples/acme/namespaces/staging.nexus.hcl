# Staging mirrors production, with test payments and test shipments.

namespace "payments-staging" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls", "api_key"]
  tags    = { team = "payments", env = "staging" }
}

namespace "orders-staging" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls", "api_key"]
  tags    = { team = "orders", env = "staging" }
}

namespace "shipping-staging" {
  regions = ["aws-eu-central-1"]
  auth    = ["mtls", "api_key"]
  tags    = { team = "shipping", env = "staging" }
}

namespace "catalog-staging" {
  regions = ["gcp-us-central1"]
  auth    = ["api_key"]
  tags    = { team = "catalog", env = "staging" }
}

namespace "identity-staging" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls"]
  tags    = { team = "identity", env = "staging" }
}

namespace "risk-staging" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls"]
  tags    = { team = "risk", env = "staging" }
}

namespace "storefront-staging" {
  regions = ["aws-us-east-1"]
  auth    = ["api_key"]
  tags    = { team = "storefront", env = "staging" }
}
