# By the Endpoint's id or by its name.
terraform import temporalnexus_endpoint.payments payments
