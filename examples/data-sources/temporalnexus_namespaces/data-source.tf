data "temporalnexus_namespaces" "frankfurt" {
  region = "aws-eu-central-1"
}

output "namespace_ids" {
  value = data.temporalnexus_namespaces.frankfurt.namespaces[*].id
}
