# By its id, or as `public`: an account has one.
terraform import temporalnexus_public_connectivity_rule.internet public
