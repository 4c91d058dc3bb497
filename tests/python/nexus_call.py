"""Serves a Nexus operation in some Namespaces, and calls it from a Workflow of another through an Endpoint.

Arguments: the folder of packages, the server, the Endpoint, the caller's Namespace, and the Namespaces that serve. Prints who
answered.
"""

import asyncio
import os
import sys
import uuid
from datetime import timedelta

folder, address, endpoint, caller, *targets = sys.argv[1:]
sys.path.insert(0, folder)

import nexusrpc
import nexusrpc.handler
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@nexusrpc.service
class Payments:
    take: nexusrpc.Operation[str, str]


def serving(namespace):
    @nexusrpc.handler.service_handler(service=Payments)
    class Handler:
        @nexusrpc.handler.sync_operation
        async def take(self, _context: nexusrpc.handler.StartOperationContext, amount: str) -> str:
            return f"{namespace} took {amount}"

    return Handler()


@workflow.defn
class Order:
    @workflow.run
    async def run(self, through: str) -> str:
        client = workflow.create_nexus_client(service=Payments, endpoint=through)
        answer = await client.execute_operation(
            Payments.take, "5", schedule_to_close_timeout=timedelta(seconds=60)
        )
        return f"{answer} from {workflow.info().namespace}"


async def main():
    workers = []
    for namespace in targets:
        client = await Client.connect(address, namespace=namespace)
        workers.append(Worker(client, task_queue="nexus", nexus_service_handlers=[serving(namespace)]))
    client = await Client.connect(address, namespace=caller)
    runner = UnsandboxedWorkflowRunner()
    workers.append(Worker(client, task_queue="orders", workflows=[Order], workflow_runner=runner))
    running = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        answer = await client.execute_workflow(
            Order.run, endpoint, id=f"order-{uuid.uuid4()}", task_queue="orders", run_timeout=timedelta(seconds=90)
        )
    finally:
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(*running)
    print(answer, flush=True)


asyncio.run(main())
# The SDK's threads outlive the interpreter's end, and abort it.
os._exit(0)
