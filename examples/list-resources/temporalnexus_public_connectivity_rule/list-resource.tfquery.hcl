# Empty if the account has no public rule.
list "temporalnexus_public_connectivity_rule" "public" {
  provider = temporalnexus
}
