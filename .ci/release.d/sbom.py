"""Writes what is in the binary as an SBOM of CycloneDX 1.6: ``sbom.py FILE``.

It is what ``cargo metadata`` says: the packages that ``wasm-host`` depends on when it is
built for a release's targets, with their licences and the checksums of ``Cargo.lock``.
What is only used to build or to test isn't in the binary, and isn't listed.
"""

import datetime
import json
import os
import subprocess
import sys
import tomllib
import uuid

TARGETS = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]


def metadata(target):
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", target]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def in_the_binary(found):
    """Return {package: [packages it depends on]} of what the binary is linked of."""
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    macros = {
        package["id"]
        for package in found["packages"]
        if any("proc-macro" in target["kind"] for target in package["targets"])
    }
    start = next(p["id"] for p in found["packages"] if p["name"] == "wasm-host")
    graph, waiting = {}, [start]
    while waiting:
        package = waiting.pop()
        if package in graph:
            continue
        graph[package] = sorted(
            dependency["pkg"]
            for dependency in nodes[package]["deps"]
            if dependency["pkg"] not in macros
            and any(kind["kind"] is None for kind in dependency["dep_kinds"])
        )
        waiting += graph[package]
    return start, graph


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, checksums):
    kind = "application" if package["name"] == "wasm-host" else "library"
    made = {
        "type": kind,
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
        "scope": "required",
    }
    if package["description"]:
        made["description"] = package["description"].strip()
    if package["license"]:
        # Of old, `/` stood for OR.
        made["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def main(path):
    with open("Cargo.lock", "rb") as file:
        locked = tomllib.load(file)["package"]
    checksums = {(p["name"], p["version"]): p["checksum"] for p in locked if "checksum" in p}
    packages, graph = {}, {}
    for target in TARGETS:
        found = metadata(target)
        packages |= {package["id"]: package for package in found["packages"]}
        start, of_target = in_the_binary(found)
        for package, needs in of_target.items():
            graph[package] = sorted(set(graph.get(package, [])) | set(needs))
    date = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    components = sorted((packages[p] for p in graph if p != start), key=reference)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": component(packages[start], checksums),
        },
        "components": [component(package, checksums) for package in components],
        "dependencies": [
            {"ref": reference(packages[p]), "dependsOn": [reference(packages[d]) for d in graph[p]]}
            for p in sorted(graph, key=lambda p: reference(packages[p]))
        ],
    }
    # The same contents have the same number.
    text = json.dumps(document, sort_keys=True)
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}"
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    print(f"{path}: {len(components)} packages")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
