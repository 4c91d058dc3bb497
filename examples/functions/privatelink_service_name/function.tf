output "service_name" {
  value = provider::temporalnexus::privatelink_service_name("eu-central-1")
}
