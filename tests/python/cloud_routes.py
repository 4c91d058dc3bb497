"""Compares the embedded registry's routes with those that Temporal publishes.

    cloud_routes.py PACKAGES ROUTES [TABLE]

PACKAGES is the folder of the packages `temporalio` and `googleapis-common-protos`: Temporal's client carries the published
service with its HTTP rules. ROUTES is `devregistry/routes.tsv`. With TABLE, a Markdown table of RPC, verb, path and body, the
comparison is with that, in both directions. Says what differs, and then fails.
"""

import sys

sys.path.insert(0, sys.argv[1])


def ours():
    rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[2]) if not line.startswith("#")]
    return {rpc: (verb, path) for rpc, verb, path in rows}


def published():
    from google.api.annotations_pb2 import http
    from temporalio.api.cloud.cloudservice.v1.service_pb2 import DESCRIPTOR

    found = {}
    for method in DESCRIPTOR.services_by_name["CloudService"].methods:
        rule = method.GetOptions().Extensions[http]
        verb = rule.WhichOneof("pattern")
        assert not rule.additional_bindings, method.name
        assert rule.body == ("*" if verb == "post" else ""), method.name
        found[method.name] = (verb.upper(), getattr(rule, verb))
    return found


def table(path):
    found = {}
    for line in open(path):
        cells = [cell.strip().strip("`") for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[1] in ("GET", "POST", "DELETE", "PUT", "PATCH"):
            rpc, verb, path, body = cells
            assert body == ("*" if verb == "POST" else ""), rpc
            found[rpc] = (verb, path)
    return found


def main():
    own, wrong = ours(), []
    if len(sys.argv) > 3:
        theirs = table(sys.argv[3])
        wrong += [f"{rpc} is not in the table" for rpc in sorted(own.keys() - theirs.keys())]
    else:
        theirs = published()
    for rpc, route in sorted(theirs.items()):
        if own.get(rpc) != route:
            wrong.append(f"{rpc} is {route}, not {own.get(rpc)}")
    print(f"{len(theirs)} routes compared, {len(own)} of ours, {len(wrong)} differ")
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong or len(theirs) < 70 else 0)


main()
