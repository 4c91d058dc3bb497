# `terraform query -generate-config-out=generated.tf` writes import and resource blocks for the results.
list "temporalnexus_endpoint" "payments" {
  provider = temporalnexus

  config {
    target_namespace_id = "payments-prod.a2dd6"
  }
}
