# By the id of the connectivity rule and the Namespace's.
terraform import temporalnexus_privatelink_attachment.orders 0123456789abcdef0123456789abcdef/orders-prod.a2dd6
