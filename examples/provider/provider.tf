terraform {
  required_providers {
    temporalnexus = {
      source = "temporalnexus/temporalnexus"
    }
  }
}

# The API key is read from the environment variable TEMPORAL_CLOUD_API_KEY.
provider "temporalnexus" {
  # With an API key of another account, nothing is read or written.
  allowed_account_id = "a2dd6"
}
