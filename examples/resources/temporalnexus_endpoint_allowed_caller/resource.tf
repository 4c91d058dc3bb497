data "temporalnexus_endpoint" "payments" {
  name = "payments"
}

resource "temporalnexus_endpoint_allowed_caller" "orders" {
  endpoint_id  = data.temporalnexus_endpoint.payments.id
  namespace_id = "orders-prod.a2dd6"
}
