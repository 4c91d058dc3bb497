// Package acceptance leads every resource of the provider through its life with HashiCorp's terraform-plugin-testing.
//
// The provider is a program of its own, which Terraform finds in a mirror like one that is published. The Rust test
// `acceptance` builds it, starts a registry, and sets what these tests need in the environment.
package acceptance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// identityImports is set where Terraform imports by resource identity: 1.12 and later, and no OpenTofu.
const identityImports = "ACCEPTANCE_IDENTITY_IMPORTS"

// life is what one resource goes through: it is created, imported in every way, updated, replaced and destroyed.
type life struct {
	// The resource's address.
	address string
	// The configuration that creates it, and the one that then updates it.
	created, updated string
	// The attributes that its import id consists of, joined by slashes. The first one tells it from other instances.
	key []string
	// Attributes that belong to others: the state leaves out what an import brings.
	left []string
	// Whether it cannot be replaced by itself.
	stays bool
}

func (it life) run(t *testing.T) {
	steps := []resource.TestStep{
		it.applied(it.created, plancheck.ResourceActionCreate),
		{
			ResourceName:                         it.address,
			ImportState:                          true,
			ImportStateIdFunc:                    it.id,
			ImportStateVerify:                    true,
			ImportStateVerifyIdentifierAttribute: it.key[0],
			ImportStateVerifyIgnore:              it.left,
		},
		it.imported(resource.ImportBlockWithID),
	}
	if os.Getenv(identityImports) != "" {
		steps = append(steps, it.imported(resource.ImportBlockWithResourceIdentity))
	}
	steps = append(steps, it.applied(it.updated, plancheck.ResourceActionUpdate))
	if !it.stays {
		replaced := it.applied(it.updated, plancheck.ResourceActionDestroyBeforeCreate)
		replaced.Taint = []string{it.address}
		steps = append(steps, replaced)
	}
	resource.Test(t, resource.TestCase{
		ExternalProviders: map[string]resource.ExternalProvider{
			"temporalnexus": {Source: "temporalnexus/temporalnexus"},
		},
		Steps: steps,
	})
}

// applied is a step that does one thing to the resource, after which nothing is left to do.
func (it life) applied(config string, action plancheck.ResourceActionType) resource.TestStep {
	return resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(it.address, action)},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	}
}

// imported is a step whose import block plans nothing but the import.
func (it life) imported(kind resource.ImportStateKind) resource.TestStep {
	return resource.TestStep{
		ResourceName:      it.address,
		ImportState:       true,
		ImportStateKind:   kind,
		ImportStateIdFunc: it.id,
	}
}

func (it life) id(state *terraform.State) (string, error) {
	found, ok := state.RootModule().Resources[it.address]
	if !ok {
		return "", fmt.Errorf("the state holds no %s", it.address)
	}
	var parts []string
	for _, name := range it.key {
		parts = append(parts, found.Primary.Attributes[name])
	}
	return strings.Join(parts, "/"), nil
}
