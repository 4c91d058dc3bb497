import {
  to = temporalnexus_privatelink_attachment.orders
  identity = {
    connectivity_rule_id = "0123456789abcdef0123456789abcdef"
    namespace_id         = "orders-prod.a2dd6"
  }
}
