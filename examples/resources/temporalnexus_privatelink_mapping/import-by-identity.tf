import {
  to = temporalnexus_privatelink_mapping.vpc
  identity = {
    connectivity_rule_id = "0123456789abcdef0123456789abcdef"
  }
}
