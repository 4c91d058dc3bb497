# Acme's Temporal Cloud account. Everything that decides who may call whom lives in this folder and goes through review;
# the pipeline applies it as `platform-ci` and nobody edits Endpoints by hand.
account {
  id       = "a2dd6"
  apply_as = service_account.platform-ci

  # Temporal raised the number of Endpoints for us. Callers stay far below the documented thousand on purpose: an
  # Endpoint with more than forty callers is a platform, and should be discussed as one.
  limits = {
    endpoints            = 200
    callers_per_endpoint = 40
  }
}
