data "temporalnexus_current_identity" "me" {}

output "applied_by" {
  value = data.temporalnexus_current_identity.me.id
}
