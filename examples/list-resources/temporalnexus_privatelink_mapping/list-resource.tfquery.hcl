# Every private connection of the account, with the Namespaces that have it attached.
list "temporalnexus_privatelink_mapping" "all" {
  provider         = temporalnexus
  include_resource = true
}
