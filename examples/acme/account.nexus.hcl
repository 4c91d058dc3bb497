# Acme's Temporal Cloud account. Everything that decides who may call what is in this folder and is reviewed;
# the pipeline applies it as `platform-ci` and nobody edits Endpoints by hand.
account {
  id       = "a2dd6"
  apply_as = service_account.platform-ci

  # Temporal raised our Endpoint limit. Callers are deliberately limited far below the documented thousand: an
  # Endpoint with more than forty callers is a platform and needs its own review.
  limits = {
    endpoints            = 200
    callers_per_endpoint = 40
  }
}
