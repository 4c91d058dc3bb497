# `terraform query -generate-config-out=generated.tf` writes import blocks and resource blocks for what is found.
list "temporalnexus_endpoint" "payments" {
  provider = temporalnexus

  config {
    target_namespace_id = "payments-prod.a2dd6"
  }
}
