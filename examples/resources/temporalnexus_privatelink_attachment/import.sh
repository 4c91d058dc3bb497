# Import by the ids of the connectivity rule and the Namespace.
terraform import temporalnexus_privatelink_attachment.orders 0123456789abcdef0123456789abcdef/orders-prod.a2dd6
