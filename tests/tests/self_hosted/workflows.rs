//! Real Workflows over Endpoints that Terraform made: a Worker serves an operation in one Namespace, a Workflow of another
//! calls it, and after a retarget the call reaches the new target.

use crate::scene::{on_every_terraform, pay};
use std::path::Path;
use std::process::Command;
use tests::python::{Packages, Python};
use tests::run::Run;

/// The SDK with what it needs, as `cloud_clients` has it.
const SDK: Packages = Packages {
    requirements: &[
        "temporalio==1.35.0",
        "nexus-rpc==1.4.0",
        "protobuf==7.36.2",
        "typing-extensions==4.16.0",
        "googleapis-common-protos==1.76.0",
    ],
    why: "the tests call a Nexus operation with Temporal's SDK, its package `temporalio`",
};

/// A Workflow in `orders` calls `pay`, which Workers serve in `payments` and in `vault`; who answered.
#[track_caller]
fn call(address: &str) -> String {
    let python = Python::find(SDK.why);
    let folder = SDK.installed(&python, |_| {});
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join("nexus_call.py");
    let mut command = Command::new(python.path());
    command.arg("-ISB").arg(script).arg(folder).args([address, "pay", "orders", "payments", "vault"]);
    Run::of("nexus_call.py", &mut command).succeeds().stdout.trim().to_owned()
}

#[test]
fn a_workflow_calls_through_an_endpoint_and_follows_it_to_another_target() {
    on_every_terraform(|scene| {
        let address = scene.server.address();
        scene.applied(&pay("payments", "nexus", ""));
        assert_eq!(call(&address), "payments took 5 from orders");
        scene.applied(&pay("vault", "nexus", ""));
        assert_eq!(call(&address), "vault took 5 from orders");
    });
}
