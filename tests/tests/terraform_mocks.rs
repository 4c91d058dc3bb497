//! The mocks of `terraform test`: what the provider computes can be given, elements of lists and maps included, and nothing
//! is asked.

use tests::terraform::on_every_terraform;
use tests::workspace::{PROVIDER, Workspace};

const CONFIGURATION: &str = r#"
resource "temporalnexus_privatelink_mapping" "it" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespace_ids = ["ledger.tiny1"]
}

data "temporalnexus_endpoints" "all" {}

output "servers" {
  value = { for id, it in temporalnexus_privatelink_mapping.it.namespaces : id => it.tls_server_name }
}

output "names" {
  value = data.temporalnexus_endpoints.all.endpoints[*].name
}
"#;

const TESTS: &str = r#"
mock_provider "temporalnexus" {
  mock_resource "temporalnexus_privatelink_mapping" {
    defaults = {
      namespaces = { "ledger.tiny1" = { tls_server_name = "mocked" } }
    }
  }
  mock_data "temporalnexus_endpoints" {
    defaults = { endpoints = [{ name = "pay" }] }
  }
}

run "mocked" {
  assert {
    condition     = output.servers == { "ledger.tiny1" = "mocked" }
    error_message = jsonencode(output.servers)
  }
  assert {
    condition     = output.names == tolist(["pay"])
    error_message = jsonencode(output.names)
  }
}

run "overridden" {
  override_data {
    target = data.temporalnexus_endpoints.all
    values = { endpoints = [{ name = "one" }, { name = "two" }] }
  }
  assert {
    condition     = output.names == tolist(["one", "two"])
    error_message = jsonencode(output.names)
  }
}
"#;

#[test]
fn what_is_computed_can_be_given_with_its_elements() {
    on_every_terraform(|terraform| {
        let workspace = Workspace::new(terraform);
        workspace.write("main.tf", &format!("{PROVIDER}{CONFIGURATION}"));
        workspace.write("it.tftest.hcl", TESTS);
        workspace.run(&["test", "-no-color"]).succeeds().says("2 passed, 0 failed");
    });
}
