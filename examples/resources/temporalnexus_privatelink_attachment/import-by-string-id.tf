import {
  to = temporalnexus_privatelink_attachment.orders
  id = "0123456789abcdef0123456789abcdef/orders-prod.a2dd6"
}
