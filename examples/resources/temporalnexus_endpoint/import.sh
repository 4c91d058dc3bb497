# Import by the id or the name of the Endpoint.
terraform import temporalnexus_endpoint.payments payments
