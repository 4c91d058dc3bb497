# `terraform test` creates the Endpoint, changes it in place and removes it again.

run "creates_the_endpoint" {
  assert {
    condition     = temporalnexus_endpoint.returns.worker_target.namespace_id == var.target_namespace
    error_message = "The calls go elsewhere."
  }

  assert {
    condition     = temporalnexus_endpoint.returns.allowed_caller_namespaces == var.caller_namespaces
    error_message = "Others may call than those that are listed."
  }
}

run "closes_it_to_one_caller_in_place" {
  variables {
    caller_namespaces = ["orders-prod.a2dd6"]
    id_before         = run.creates_the_endpoint.returns_endpoint_id
  }

  assert {
    condition     = output.returns_endpoint_id == var.id_before
    error_message = "The Endpoint was replaced."
  }

  assert {
    condition     = length(temporalnexus_endpoint.returns.allowed_caller_namespaces) == 1
    error_message = "The other caller still may call."
  }
}

run "opens_it_to_nobody" {
  variables {
    caller_namespaces = []
  }

  assert {
    condition     = length(temporalnexus_endpoint.returns.allowed_caller_namespaces) == 0
    error_message = "Somebody still may call."
  }
}
