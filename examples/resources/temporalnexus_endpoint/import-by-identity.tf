import {
  to = temporalnexus_endpoint.payments
  identity = {
    id = "0123456789abcdef0123456789abcdef"
  }
}
