# By the Endpoint's id.
terraform import temporalnexus_endpoint_allowlist.payments 0123456789abcdef0123456789abcdef
