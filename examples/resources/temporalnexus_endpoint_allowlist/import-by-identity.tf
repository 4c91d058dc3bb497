import {
  to = temporalnexus_endpoint_allowlist.payments
  identity = {
    endpoint_id = "0123456789abcdef0123456789abcdef"
  }
}
