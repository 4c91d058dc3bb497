# Production. Money and identity run in two regions and authenticate with certificates; the rest moves to
# certificates as it moves off API keys.

namespace "payments-prod" {
  regions = ["aws-us-east-1", "aws-us-west-2"]
  auth    = ["mtls"]
  tags    = { team = "payments", env = "prod", pci = "in-scope" }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls", "api_key"]
  tags    = { team = "orders", env = "prod" }
}

namespace "shipping-prod" {
  regions = ["aws-eu-central-1"]
  auth    = ["mtls"]
  tags    = { team = "shipping", env = "prod" }
}

namespace "catalog-prod" {
  regions = ["gcp-us-central1"]
  auth    = ["api_key"]
  tags    = { team = "catalog", env = "prod" }
}

namespace "identity-prod" {
  regions = ["aws-us-east-1", "aws-us-west-2"]
  auth    = ["mtls"]
  tags    = { team = "identity", env = "prod" }
}

namespace "risk-prod" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls"]
  tags    = { team = "risk", env = "prod" }
}

namespace "storefront-prod" {
  regions = ["aws-us-east-1"]
  auth    = ["mtls", "api_key"]
  tags    = { team = "storefront", env = "prod" }
}

namespace "support-prod" {
  regions = ["aws-eu-west-1"]
  auth    = ["api_key"]
  tags    = { team = "support", env = "prod" }
}
