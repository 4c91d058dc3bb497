data "temporalnexus_privatelink_service" "frankfurt" {
  region = "eu-central-1"
}

output "service" {
  value = "${data.temporalnexus_privatelink_service.frankfurt.service_name}, TCP ${data.temporalnexus_privatelink_service.frankfurt.port}"
}
