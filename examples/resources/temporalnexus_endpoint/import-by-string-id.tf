# Import by the id or the name of the Endpoint. `terraform plan -generate-config-out=generated.tf` writes the resource block.
import {
  to = temporalnexus_endpoint.payments
  id = "payments"
}
