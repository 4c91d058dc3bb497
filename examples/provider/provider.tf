terraform {
  required_providers {
    temporalnexus = {
      source = "temporalnexus/temporalnexus"
    }
  }
}

# The key comes from the variable TEMPORAL_CLOUD_API_KEY.
provider "temporalnexus" {
  # With a key of any other account nothing is read or written.
  allowed_account_id = "a2dd6"
}
