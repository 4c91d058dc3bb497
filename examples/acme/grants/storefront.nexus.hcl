# Calls by the storefront, requested by its team and approved by the Endpoint's team.

allowlist "storefront-places-orders" {
  endpoint = endpoint.orders
  callers  = [namespace.storefront-prod]
  reason   = "The checkout places the order."
}

allowlist "storefront-verifies-customers" {
  endpoint = endpoint.identity
  callers  = [namespace.storefront-prod]
  reason   = "Age checks for wine and knives, agreed with Trust in ACME-4102."
  expires  = "2027-12-31"
}
