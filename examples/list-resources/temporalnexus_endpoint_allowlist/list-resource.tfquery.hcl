# The allowlists of the Endpoints of one team, for another team that manages who may call.
list "temporalnexus_endpoint_allowlist" "payments" {
  provider = temporalnexus

  config {
    target_namespace_id = "payments-prod.a2dd6"
  }
}
