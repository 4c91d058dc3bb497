# Calls by support agents on behalf of customers.

allowlist "support-refunds" {
  endpoint = endpoint.refunds
  callers  = [namespace.support-prod]
  reason   = "Agents refund what the customer returned."
  expires  = "2027-12-31"
}

allowlist "support-looks-up-orders" {
  endpoint = endpoint.orders
  callers  = [namespace.support-prod]
  reason   = "Agents see where an order stands and cancel it while they can."
}
