# Calls for fulfilment and returns of paid orders.

allowlist "shipping-reports-to-orders" {
  endpoint = endpoint.orders
  callers  = [namespace.shipping-prod]
  reason   = "Carriers' scans move the order on."
}

allowlist "orders-refunds-lost-parcels" {
  endpoint = endpoint.refunds
  callers  = [namespace.orders-prod]
  reason   = "A parcel that is lost for ten days is refunded without anyone asking."
}

allowlist "shipping-charges-duties" {
  endpoint = endpoint.payments
  callers  = [namespace.shipping-prod]
  reason   = "Customs duties are charged when the carrier reports them, long after the order. Ends with the new carrier contract."
  expires  = "2027-12-31"
}
