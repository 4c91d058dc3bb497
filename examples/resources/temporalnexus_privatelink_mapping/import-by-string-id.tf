# Import by the id of the connectivity rule or of the connection.
import {
  to = temporalnexus_privatelink_mapping.vpc
  id = "vpce-0123456789abcdef0"
}
