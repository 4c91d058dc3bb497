# Import by the ids of the Endpoint and the Namespace.
terraform import temporalnexus_endpoint_allowed_caller.orders 0123456789abcdef0123456789abcdef/orders-prod.a2dd6
