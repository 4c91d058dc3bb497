import {
  to = temporalnexus_endpoint_allowed_caller.orders
  identity = {
    endpoint_id  = "0123456789abcdef0123456789abcdef"
    namespace_id = "orders-prod.a2dd6"
  }
}
