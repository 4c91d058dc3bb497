"""Leads the things of an account through their lives with Temporal's own client.

    cloud_life.py PACKAGES TARGET [CA]

PACKAGES is the folder of the package `temporalio`, TARGET the registry's HOST:PORT, CA a file with the certificate that
vouches for it, without which the connection is in plaintext. The Owner's key is in TEMPORAL_CLOUD_API_KEY. Prints the
names of the RPCs that it called, sorted, one a line.
"""

import asyncio
import os
import sys

sys.path.insert(0, sys.argv[1])

import temporalio.api.cloud.cloudservice.v1 as cloudservice  # noqa: E402
from google.protobuf.timestamp_pb2 import Timestamp  # noqa: E402
from temporalio.api.cloud.connectivityrule.v1 import ConnectivityRuleSpec  # noqa: E402
from temporalio.api.cloud.identity.v1 import (  # noqa: E402
    Access,
    AccountAccess,
    ApiKeySpec,
    CloudGroupSpec,
    CustomRoleSpec,
    NamespaceAccess,
    NamespaceScopedAccess,
    OwnerType,
    ServiceAccountSpec,
    UserGroupMemberId,
    UserGroupSpec,
    UserSpec,
)
from temporalio.api.cloud.namespace.v1 import NamespaceSpec, ReplicaSpec  # noqa: E402
from temporalio.api.cloud.nexus.v1 import (  # noqa: E402
    AllowedCloudNamespacePolicySpec,
    EndpointPolicySpec,
    EndpointSpec,
    EndpointTargetSpec,
    WorkerTargetSpec,
)
from temporalio.api.cloud.operation.v1 import AsyncOperation  # noqa: E402
from temporalio.api.cloud.resource.v1 import ResourceState  # noqa: E402
from temporalio.client import CloudOperationsClient  # noqa: E402
from temporalio.service import RPCError, RPCStatusCode, TLSConfig  # noqa: E402

TARGET = sys.argv[2]
CA = sys.argv[3] if len(sys.argv) > 3 else None
EAST, WEST = "aws-us-east-1", "aws-us-west-2"
READ, DEVELOPER = AccountAccess.ROLE_READ, AccountAccess.ROLE_DEVELOPER
CALLED = set()


async def connect(key):
    tls = TLSConfig(server_root_ca_cert=open(CA, "rb").read()) if CA else False
    client = await CloudOperationsClient.connect(
        target_host=TARGET, tls=tls, api_key=key, version="2025-05-31"
    )
    return Account(client)


class Account:
    """An account as the holder of one key sees it: each RPC is a method, and writes are waited for."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        rpc = "".join(word.capitalize() for word in name.split("_"))
        request = getattr(cloudservice, rpc + "Request")

        async def call(**fields):
            CALLED.add(rpc)
            answer = await getattr(self.client.cloud_service, name)(request(**fields))
            if "async_operation" in answer.DESCRIPTOR.fields_by_name:
                await self.wait(rpc, answer.async_operation)
            return answer

        return call

    async def wait(self, rpc, operation):
        """As the Go SDK does: looks at least once, at the pace that the operation asks for."""
        assert operation.operation_type == rpc, operation
        assert operation.operation_input.type_url.endswith(rpc + "Request"), operation
        while True:
            CALLED.add("GetAsyncOperation")
            request = cloudservice.GetAsyncOperationRequest(async_operation_id=operation.id)
            answer = await self.client.cloud_service.get_async_operation(request)
            state = answer.async_operation.state
            if state == AsyncOperation.STATE_FULFILLED:
                return
            assert state in (AsyncOperation.STATE_PENDING, AsyncOperation.STATE_IN_PROGRESS), answer
            await asyncio.sleep(answer.async_operation.check_duration.ToMilliseconds() / 1000)


async def refused(code, words, call):
    """Asserts that a call is refused with a code, for a reason that has these words in it."""
    try:
        answer = await call
    except RPCError as error:
        assert error.status == code, error
        assert words in error.message, error
        return
    raise AssertionError(f"not refused: {answer}")


async def pages(call, field, **fields):
    """Every item of a list, two a page."""
    items, token = [], ""
    while True:
        answer = await call(page_size=2, page_token=token, **fields)
        page = getattr(answer, field)
        assert len(page) <= 2
        items += page
        token = answer.next_page_token
        if not token:
            return items


def access(role, **namespaces):
    held = {f"{name}.tiny1": NamespaceAccess(permission=held) for name, held in namespaces.items()}
    return Access(account_access=AccountAccess(role=role), namespace_accesses=held)


async def account_and_regions(it):
    identity = await it.get_current_identity()
    assert identity.user.spec.access.account_access.role == AccountAccess.ROLE_OWNER
    account = (await it.get_account()).account
    assert account.id == "tiny1"
    spec = account.spec
    spec.metrics.accepted_client_ca = b"a certificate"
    await it.update_account(spec=spec, resource_version=account.resource_version)
    account = (await it.get_account()).account
    assert account.spec == spec and account.metrics.uri
    regions = {region.id for region in (await it.get_regions()).regions}
    assert {"aws-ca-central-1", WEST, "gcp-us-central1", "azure-centralus"} <= regions
    assert (await it.get_region(region=WEST)).region.cloud_provider_region == "us-west-2"


async def namespaces(it):
    spec = NamespaceSpec(name="made", retention_days=7, replicas=[ReplicaSpec(region=EAST)])
    spec.search_attributes["Customer"] = NamespaceSpec.SEARCH_ATTRIBUTE_TYPE_KEYWORD
    made = (await it.create_namespace(spec=spec, tags={"team": "red"})).namespace
    assert made == "made.tiny1"

    async def read():
        return (await it.get_namespace(namespace=made)).namespace

    held = await read()
    assert held.spec.HasField("api_key_auth") and not held.spec.HasField("capacity_spec")
    assert list(held.spec.regions) == [EAST] and held.active_region == EAST
    assert held.endpoints.web_address and dict(held.tags) == {"team": "red"}
    assert held.state == ResourceState.RESOURCE_STATE_ACTIVE and not held.HasField("last_modified_time")

    spec = held.spec
    spec.api_key_auth.enabled = True
    spec.lifecycle.enable_delete_protection = True
    del spec.search_attributes["Customer"]
    await it.update_namespace(namespace=made, spec=spec, resource_version=held.resource_version)
    stale = it.update_namespace(namespace=made, spec=held.spec, resource_version=held.resource_version)
    await refused(RPCStatusCode.FAILED_PRECONDITION, "version", stale)
    held = await read()
    assert "Customer" in held.spec.search_attributes
    assert held.endpoints.grpc_address == "us-east-1.aws.api.temporal.io:7233"
    same = it.update_namespace(namespace=made, spec=held.spec, resource_version=held.resource_version)
    await refused(RPCStatusCode.INVALID_ARGUMENT, "nothing to change", same)

    await it.rename_custom_search_attribute(
        namespace=made,
        existing_custom_search_attribute_name="Customer",
        new_custom_search_attribute_name="Client",
        resource_version=held.resource_version,
    )
    await it.add_namespace_region(namespace=made, region=WEST, resource_version=held.resource_version)
    await it.failover_namespace_region(namespace=made, region=WEST)
    held = await read()
    assert held.active_region == WEST and "Client" in held.spec.search_attributes
    assert [replica.is_primary for replica in held.replicas] == [False, True]
    await it.delete_namespace_region(namespace=made, region=EAST, resource_version=held.resource_version)
    await it.update_namespace_tags(namespace=made, tags_to_upsert={"env": "prod"}, tags_to_remove=["team"])
    await refused(RPCStatusCode.INVALID_ARGUMENT, "nothing", it.update_namespace_tags(namespace=made))
    held = await read()
    assert [replica.region for replica in held.spec.replicas] == [WEST]
    assert dict(held.tags) == {"env": "prod"}

    names = [namespace.spec.name for namespace in await pages(it.get_namespaces, "namespaces")]
    assert names == sorted(names) and "made" in names
    delete = it.delete_namespace(namespace=made, resource_version=held.resource_version)
    await refused(RPCStatusCode.FAILED_PRECONDITION, "protection", delete)
    spec = held.spec
    spec.lifecycle.enable_delete_protection = False
    await it.update_namespace(namespace=made, spec=spec, resource_version=held.resource_version)
    await it.delete_namespace(namespace=made, resource_version=(await read()).resource_version)
    await refused(RPCStatusCode.NOT_FOUND, made, read())


async def endpoints(it):
    def spec(target, *callers):
        worker = WorkerTargetSpec(namespace_id=f"{target}.tiny1", task_queue="work")
        allow = [AllowedCloudNamespacePolicySpec(namespace_id=f"{caller}.tiny1") for caller in callers]
        return EndpointSpec(
            name="made-here",
            target_spec=EndpointTargetSpec(worker_target_spec=worker),
            policy_specs=[EndpointPolicySpec(allowed_cloud_namespace_policy_spec=one) for one in allow],
        )

    made = await it.create_nexus_endpoint(spec=spec("ledger", "shop"), async_operation_id="made-once")
    again = await it.create_nexus_endpoint(spec=spec("ledger", "shop"), async_operation_id="made-once")
    assert made.endpoint_id == again.endpoint_id
    taken = it.create_nexus_endpoint(spec=spec("vault"))
    await refused(RPCStatusCode.ALREADY_EXISTS, "made-here", taken)
    lost = it.create_nexus_endpoint(spec=spec("nowhere"))
    await refused(RPCStatusCode.INVALID_ARGUMENT, "retryable: false", lost)
    held = (await it.get_nexus_endpoint(endpoint_id=made.endpoint_id)).endpoint
    assert held.spec == spec("ledger", "shop")
    await it.update_nexus_endpoint(
        endpoint_id=held.id, spec=spec("vault", "shop", "cart"), resource_version=held.resource_version
    )
    found = (await it.get_nexus_endpoints(name="made-here", target_namespace_id="vault.tiny1")).endpoints
    assert [len(endpoint.spec.policy_specs) for endpoint in found] == [2]
    await it.delete_nexus_endpoint(endpoint_id=held.id, resource_version=found[0].resource_version)
    await refused(RPCStatusCode.NOT_FOUND, held.id, it.get_nexus_endpoint(endpoint_id=held.id))


async def connectivity_rules(it):
    def private(region):
        spec = ConnectivityRuleSpec()
        spec.private_rule.connection_id = "vpce-0123456789abcdef0"
        spec.private_rule.region = region
        return spec

    public = ConnectivityRuleSpec()
    public.public_rule.SetInParent()
    near = (await it.create_connectivity_rule(spec=private(EAST))).connectivity_rule_id
    far = (await it.create_connectivity_rule(spec=private(WEST))).connectivity_rule_id
    everyone = (await it.create_connectivity_rule(spec=public)).connectivity_rule_id
    second = it.create_connectivity_rule(spec=public)
    await refused(RPCStatusCode.ALREADY_EXISTS, everyone, second)
    rules = await pages(it.get_connectivity_rules, "connectivity_rules")
    assert [rule.id for rule in rules] == sorted([near, far, everyone])

    async def attach(*ids):
        held = (await it.get_namespace(namespace="shop.tiny1")).namespace
        del held.spec.connectivity_rule_ids[:]
        held.spec.connectivity_rule_ids.extend(ids)
        return await it.update_namespace(
            namespace="shop.tiny1", spec=held.spec, resource_version=held.resource_version
        )

    await refused(RPCStatusCode.INVALID_ARGUMENT, WEST, attach(far))
    await attach(near, everyone)
    held = (await it.get_namespace(namespace="shop.tiny1")).namespace
    assert [rule.id for rule in held.connectivity_rules] == [near, everyone]
    found = await pages(it.get_connectivity_rules, "connectivity_rules", namespace="shop.tiny1")
    assert {rule.id for rule in found} == {near, everyone}

    async def delete(id):
        rule = (await it.get_connectivity_rule(connectivity_rule_id=id)).connectivity_rule
        return await it.delete_connectivity_rule(connectivity_rule_id=id, resource_version=rule.resource_version)

    await refused(RPCStatusCode.FAILED_PRECONDITION, "shop.tiny1", delete(near))
    await attach()
    for id in (near, far, everyone):
        await delete(id)
    assert not await pages(it.get_connectivity_rules, "connectivity_rules")


async def users_and_groups(it):
    invited = await it.create_user(spec=UserSpec(email="Bo@Tiny.Example", access=access(READ)))

    async def bo():
        return (await it.get_user(user_id=invited.user_id)).user

    held = await bo()
    assert held.spec.email == "bo@tiny.example" and held.HasField("invitation")
    again = it.create_user(spec=UserSpec(email="bo@tiny.example", access=access(READ)))
    await refused(RPCStatusCode.ALREADY_EXISTS, "bo@tiny.example", again)
    await it.update_user(
        user_id=held.id,
        spec=UserSpec(email="bo@tiny.example", access=access(DEVELOPER)),
        resource_version=held.resource_version,
    )
    await it.set_user_namespace_access(
        namespace="shop.tiny1",
        user_id=held.id,
        access=NamespaceAccess(permission=NamespaceAccess.PERMISSION_WRITE),
        resource_version=(await bo()).resource_version,
    )
    assert (await bo()).spec.access == access(DEVELOPER, shop=NamespaceAccess.PERMISSION_WRITE)
    found = (await it.get_users(email="BO@tiny.example")).users
    assert [user.id for user in found] == [held.id]
    assigned = await pages(it.get_user_namespace_assignments, "users", namespace="shop.tiny1")
    by_email = {user.email: user for user in assigned}
    assert not by_email["bo@tiny.example"].inherited_access and by_email["ada@tiny.example"].inherited_access

    spec = UserGroupSpec(display_name="builders", access=access(READ), cloud_group=CloudGroupSpec())
    builders = (await it.create_user_group(spec=spec)).group_id

    async def group():
        return (await it.get_user_group(group_id=builders)).group

    member = UserGroupMemberId(user_id=held.id)
    await it.add_user_group_member(group_id=builders, member_id=member)
    members = await pages(it.get_user_group_members, "members", group_id=builders)
    assert [one.member_id for one in members] == [member]
    await it.set_user_group_namespace_access(
        namespace="cart.tiny1",
        group_id=builders,
        access=NamespaceAccess(permission=NamespaceAccess.PERMISSION_READ),
        resource_version=(await group()).resource_version,
    )
    assigned = await pages(it.get_user_group_namespace_assignments, "groups", namespace="cart.tiny1")
    assert [one.display_name for one in assigned] == ["builders"]
    spec.ClearField("access")
    await it.update_user_group(group_id=builders, spec=spec, resource_version=(await group()).resource_version)
    assert not (await group()).spec.HasField("access")
    await it.remove_user_group_member(group_id=builders, member_id=member)
    assert [one.id for one in await pages(it.get_user_groups, "groups", display_name="builders")] == [builders]
    await it.delete_user_group(group_id=builders, resource_version=(await group()).resource_version)
    await it.delete_user(user_id=held.id, resource_version=(await bo()).resource_version)
    await refused(RPCStatusCode.NOT_FOUND, held.id, bo())


async def service_accounts_and_keys(it):
    scoped = NamespaceScopedAccess(
        namespace="ledger.tiny1", access=NamespaceAccess(permission=NamespaceAccess.PERMISSION_READ)
    )
    worker = ServiceAccountSpec(name="worker", namespace_scoped_access=scoped)
    worker_id = (await it.create_service_account(spec=worker)).service_account_id
    deploy = ServiceAccountSpec(name="deploy", access=access(DEVELOPER), description="deploys")
    deploy_id = (await it.create_service_account(spec=deploy)).service_account_id

    async def read(id):
        return (await it.get_service_account(service_account_id=id)).service_account

    assert not (await read(worker_id)).spec.HasField("access")
    accounts = (await it.get_service_accounts()).service_account
    assert {worker_id, deploy_id} <= {account.id for account in accounts}
    deploy.access.CopyFrom(access(READ))
    await it.update_service_account(
        service_account_id=deploy_id, spec=deploy, resource_version=(await read(deploy_id)).resource_version
    )
    await it.set_service_account_namespace_access(
        namespace="ledger.tiny1",
        service_account_id=worker_id,
        access=NamespaceAccess(permission=NamespaceAccess.PERMISSION_ADMIN),
        resource_version=(await read(worker_id)).resource_version,
    )
    assigned = await pages(
        it.get_service_account_namespace_assignments, "service_accounts", namespace="ledger.tiny1"
    )
    assert "worker" in {account.name for account in assigned}

    expiry = Timestamp()
    expiry.FromJsonString("2099-01-01T00:00:00Z")
    spec = ApiKeySpec(
        owner_id=deploy_id,
        owner_type=OwnerType.OWNER_TYPE_SERVICE_ACCOUNT,
        display_name="deploys",
        expiry_time=expiry,
    )
    made = await it.create_api_key(spec=spec)
    theirs = await connect(made.token)
    identity = await theirs.get_current_identity()
    assert identity.service_account.id == deploy_id and identity.principal_api_key.id == made.key_id
    denied = theirs.delete_nexus_endpoint(endpoint_id="none", resource_version="1")
    await refused(RPCStatusCode.PERMISSION_DENIED, "request unauthorized", denied)
    await custom_roles(it, theirs, deploy, deploy_id, read)

    async def key():
        return (await it.get_api_key(key_id=made.key_id)).api_key

    spec.disabled = True
    await it.update_api_key(key_id=made.key_id, spec=spec, resource_version=(await key()).resource_version)
    stranger = theirs.get_account()
    await refused(RPCStatusCode.UNAUTHENTICATED, "request not authenticated", stranger)
    keys = await pages(it.get_api_keys, "api_keys", owner_id=deploy_id)
    assert [one.spec.disabled for one in keys] == [True]
    await it.delete_api_key(key_id=made.key_id, resource_version=(await key()).resource_version)
    for id in (worker_id, deploy_id):
        await it.delete_service_account(
            service_account_id=id, resource_version=(await read(id)).resource_version
        )
        await refused(RPCStatusCode.NOT_FOUND, id, read(id))


async def custom_roles(it, theirs, deploy, deploy_id, read):
    permission = CustomRoleSpec.Permission(
        resources=CustomRoleSpec.Resources(resource_type="namespaces", resource_ids=["vault.tiny1"]),
        actions=["cloud.namespace.get"],
    )
    spec = CustomRoleSpec(name="looks", permissions=[permission])
    role = (await it.create_custom_role(spec=spec)).role_id

    async def held():
        return (await it.get_custom_role(role_id=role)).custom_role

    spec.description = "looks into the vault"
    await it.update_custom_role(role_id=role, spec=spec, resource_version=(await held()).resource_version)
    assert [one.spec for one in await pages(it.get_custom_roles, "custom_roles")] == [spec]
    vault = {"namespace": "vault.tiny1"}
    await refused(RPCStatusCode.PERMISSION_DENIED, "unauthorized", theirs.get_namespace(**vault))

    async def assign(*roles):
        del deploy.access.account_access.custom_roles[:]
        deploy.access.account_access.custom_roles.extend(roles)
        await it.update_service_account(
            service_account_id=deploy_id,
            spec=deploy,
            resource_version=(await read(deploy_id)).resource_version,
        )

    await assign(role)
    assert (await theirs.get_namespace(**vault)).namespace.namespace == "vault.tiny1"
    delete = it.delete_custom_role(role_id=role, resource_version=(await held()).resource_version)
    await refused(RPCStatusCode.FAILED_PRECONDITION, "deploy", delete)
    await assign()
    await it.delete_custom_role(role_id=role, resource_version=(await held()).resource_version)


async def refusals(it):
    await refused(RPCStatusCode.UNIMPLEMENTED, "GetUsage", it.get_usage())
    CALLED.discard("GetUsage")
    await refused(RPCStatusCode.INVALID_ARGUMENT, "page_token", it.get_users(page_token="?"))
    stranger = (await connect("dev_nobody")).get_account()
    await refused(RPCStatusCode.UNAUTHENTICATED, "request not authenticated", stranger)


async def main():
    it = await connect(os.environ["TEMPORAL_CLOUD_API_KEY"])
    for life in (
        account_and_regions,
        namespaces,
        endpoints,
        connectivity_rules,
        users_and_groups,
        service_accounts_and_keys,
        refusals,
    ):
        await life(it)
    print("\n".join(sorted(CALLED)))


asyncio.run(main())
# The SDK's own threads may still run: ending the interpreter under them aborts it now and then.
sys.stdout.flush()
os._exit(0)
