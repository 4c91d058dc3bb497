package acceptance

import (
	"fmt"
	"testing"
)

// An Endpoint with more attributes in its block.
func endpoint(name, more string) string {
	return fmt.Sprintf(`
resource "temporalnexus_endpoint" "it" {
  name          = %q
  worker_target = { namespace_id = "payments-prod.a2dd6", task_queue = "q" }
  %s
}
`, name, more)
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	life{
		address: "temporalnexus_endpoint.it",
		created: endpoint("whole", `allowed_caller_namespaces = ["orders-prod.a2dd6"]`),
		updated: endpoint("whole", `allowed_caller_namespaces = ["orders-prod.a2dd6", "support-prod.a2dd6"]`),
		key:     []string{"id"},
	}.run(t)
}

func TestEndpointThatLeavesItsAllowlistToOthers(t *testing.T) {
	t.Parallel()
	caller := func(namespace string) string {
		return fmt.Sprintf(`
resource "temporalnexus_endpoint_allowed_caller" "one" {
  endpoint_id  = temporalnexus_endpoint.it.id
  namespace_id = %q
}
`, namespace)
	}
	life{
		address: "temporalnexus_endpoint.it",
		created: endpoint("left", "") + caller("orders-prod.a2dd6"),
		updated: endpoint("left", `description = "Pays."`) + caller("orders-prod.a2dd6"),
		key:     []string{"id"},
		left:    []string{"allowed_caller_namespaces"},
	}.run(t)
}

func TestEndpointAllowlist(t *testing.T) {
	t.Parallel()
	list := func(callers string) string {
		return endpoint("listed", "") + fmt.Sprintf(`
resource "temporalnexus_endpoint_allowlist" "it" {
  endpoint_id               = temporalnexus_endpoint.it.id
  allowed_caller_namespaces = [%s]
}
`, callers)
	}
	life{
		address: "temporalnexus_endpoint_allowlist.it",
		created: list(`"orders-prod.a2dd6", "support-prod.a2dd6"`),
		updated: list(`"orders-prod.a2dd6"`),
		key:     []string{"endpoint_id"},
	}.run(t)
}

func TestEndpointAllowedCaller(t *testing.T) {
	t.Parallel()
	caller := func(namespace string) string {
		return endpoint("called", "") + fmt.Sprintf(`
resource "temporalnexus_endpoint_allowed_caller" "it" {
  endpoint_id  = temporalnexus_endpoint.it.id
  namespace_id = %q
}
`, namespace)
	}
	life{
		address: "temporalnexus_endpoint_allowed_caller.it",
		created: caller("orders-prod.a2dd6"),
		updated: caller("support-prod.a2dd6"),
		key:     []string{"endpoint_id", "namespace_id"},
	}.run(t)
}
