# Import by the id of the Endpoint.
terraform import temporalnexus_endpoint_allowlist.payments 0123456789abcdef0123456789abcdef
