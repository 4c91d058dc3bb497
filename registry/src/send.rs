//! Checks that the futures of all calls are `Send`, so that they can be spawned.

use crate::client::Registry;
use crate::cloud::identity::Identity;
use crate::endpoint::change::{EndpointChange, Expectation, NewEndpoint};
use crate::operation::Operation;
use schema::name::NamespaceId;
use std::future::ready;
use std::time::Duration;

fn send<T: Send>(_: T) {}

#[expect(dead_code, reason = "that it compiles is the test")]
fn futures_are_send(
    registry: &Registry,
    id: &NamespaceId,
    who: &Identity,
    new: &NewEndpoint,
    operation: Operation,
) {
    let (expected, change) = (Expectation::default(), EndpointChange::default());
    send(registry.identity());
    send(registry.rights(who));
    send(registry.principals());
    send(registry.namespace(id));
    send(registry.endpoints());
    send(registry.endpoint_named(&new.name));
    send(registry.create_endpoint(new, "o"));
    send(registry.await_operation(operation, Duration::ZERO, ready(())));
    send(registry.update_endpoint_guarded("e", &expected, &change, "o"));
    send(registry.delete_endpoint_guarded("e", &expected, "o"));
}
