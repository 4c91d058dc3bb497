import {
  to = temporalnexus_endpoint_allowlist.payments
  id = "0123456789abcdef0123456789abcdef"
}
