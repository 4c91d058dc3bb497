# All private connections of the account, with the Namespaces that they are attached to.
list "temporalnexus_privatelink_mapping" "all" {
  provider         = temporalnexus
  include_resource = true
}
