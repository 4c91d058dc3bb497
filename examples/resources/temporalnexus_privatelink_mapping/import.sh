# Import by the id of the connectivity rule or of the connection.
terraform import temporalnexus_privatelink_mapping.vpc vpce-0123456789abcdef0
