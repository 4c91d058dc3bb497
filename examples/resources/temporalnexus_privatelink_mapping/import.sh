# By the id of the connectivity rule or by that of the connection.
terraform import temporalnexus_privatelink_mapping.vpc vpce-0123456789abcdef0
