# The allowlists of the Endpoints of one team, to be managed by another team.
list "temporalnexus_endpoint_allowlist" "payments" {
  provider = temporalnexus

  config {
    target_namespace_id = "payments-prod.a2dd6"
  }
}
