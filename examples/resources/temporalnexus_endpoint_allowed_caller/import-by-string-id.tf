import {
  to = temporalnexus_endpoint_allowed_caller.orders
  id = "0123456789abcdef0123456789abcdef/orders-prod.a2dd6"
}
