# By the Endpoint's id and the Namespace's.
terraform import temporalnexus_endpoint_allowed_caller.orders 0123456789abcdef0123456789abcdef/orders-prod.a2dd6
