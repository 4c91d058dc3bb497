import {
  to = temporalnexus_public_connectivity_rule.internet
  identity = {
    id = "0123456789abcdef0123456789abcdef"
  }
}
