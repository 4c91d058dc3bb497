package acceptance

import (
	"fmt"
	"testing"
)

// A mapping with more attributes in its block.
func mapping(connection, more string) string {
	return fmt.Sprintf(`
resource "temporalnexus_privatelink_mapping" "it" {
  region        = "aws-us-east-1"
  connection_id = %q
  %s
}
`, connection, more)
}

func TestPrivatelinkMapping(t *testing.T) {
	t.Parallel()
	life{
		address: "temporalnexus_privatelink_mapping.it",
		created: mapping("vpce-0123456789abcda01", `
  namespace_ids = ["orders-prod.a2dd6"]
  keep_public   = true
`),
		updated: mapping("vpce-0123456789abcda01", `
  namespace_ids    = ["orders-prod.a2dd6", "payments-prod.a2dd6"]
  endpoint_address = "vpce-0123456789abcda01.example.com"
  keep_public      = true
`),
		key: []string{"connectivity_rule_id"},
	}.run(t)
}

func TestPrivatelinkMappingThatLeavesAttachmentsToOthers(t *testing.T) {
	t.Parallel()
	attachment := `
resource "temporalnexus_privatelink_attachment" "one" {
  connectivity_rule_id = temporalnexus_privatelink_mapping.it.connectivity_rule_id
  namespace_id         = "support-prod.a2dd6"
  keep_public          = true
}
`
	address := `endpoint_address = "vpce-0123456789abcda02.example.com"`
	life{
		address: "temporalnexus_privatelink_mapping.it",
		created: mapping("vpce-0123456789abcda02", "") + attachment,
		updated: mapping("vpce-0123456789abcda02", address) + attachment,
		key:     []string{"connectivity_rule_id"},
		left:    []string{"namespace_ids", "namespaces", "keep_public"},
		// The registry deletes no rule that a Namespace has attached.
		stays: true,
	}.run(t)
}

func TestPrivatelinkAttachment(t *testing.T) {
	t.Parallel()
	attachment := func(namespace string) string {
		return mapping("vpce-0123456789abcda03", "") + fmt.Sprintf(`
resource "temporalnexus_privatelink_attachment" "it" {
  connectivity_rule_id = temporalnexus_privatelink_mapping.it.connectivity_rule_id
  namespace_id         = %q
  keep_public          = true
}
`, namespace)
	}
	life{
		address: "temporalnexus_privatelink_attachment.it",
		created: attachment("shipping-prod.a2dd6"),
		updated: attachment("billing-prod.a2dd6"),
		key:     []string{"connectivity_rule_id", "namespace_id"},
	}.run(t)
}

// The account has one public rule, which the mappings above need too: this test runs by itself.
func TestPublicConnectivityRule(t *testing.T) {
	rule := func(more string) string {
		return fmt.Sprintf(`
resource "temporalnexus_public_connectivity_rule" "it" {
  enable_stable_ips = true
  %s
}
`, more)
	}
	life{
		address: "temporalnexus_public_connectivity_rule.it",
		created: rule(""),
		updated: rule(`timeouts { delete = "2m" }`),
		key:     []string{"id"},
	}.run(t)
}
