# `terraform test` on the account of ../acme: what is planned, what is applied, and what others are told about it.

run "plans_the_service_of_the_region" {
  command = plan

  assert {
    condition     = temporalnexus_privatelink_mapping.vpc.service_name == output.service_name
    error_message = "The mapping and the function must name the same service."
  }

  assert {
    condition     = output.port == 7233
    error_message = "Every private service has port 7233."
  }
}

run "attaches_and_tells_how_to_connect" {
  assert {
    condition     = toset(keys(output.tls_server_names)) == var.namespaces
    error_message = "Every Namespace must be reached."
  }

  assert {
    condition     = output.tls_server_names["orders-prod.a2dd6"] == "orders-prod.a2dd6.tmprl.cloud"
    error_message = "A Namespace in one region that authenticates with certificates is reached by its own host."
  }

  assert {
    condition     = contains(output.dns_records[*].name, "aws-us-east-1.region.tmprl.cloud")
    error_message = "A Namespace with a replica is reached by the host of the region."
  }

  assert {
    condition     = alltrue([for record in output.dns_records : record.value == var.vpc_endpoint_dns_name])
    error_message = "Every record must point to the VPC endpoint."
  }
}

run "detaches_one" {
  variables {
    namespaces = ["orders-prod.a2dd6"]
  }

  assert {
    condition     = keys(output.tls_server_names) == ["orders-prod.a2dd6"]
    error_message = "Only what is listed must stay."
  }
}
