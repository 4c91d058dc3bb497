# By the Endpoint's id or by its name. `terraform plan -generate-config-out=generated.tf` writes the resource block.
import {
  to = temporalnexus_endpoint.payments
  id = "payments"
}
