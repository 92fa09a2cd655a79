"""The bill of materials of a package: CycloneDX 1.6, JSON. Runs in an environment of its own (see ``main``).

Reads what went in as JSON from standard input, writes the bill to standard output, and ends with 1 where OWASP's own
schema would refuse it. Nothing in it depends on when or where it was written.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from email.parser import Parser
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def bill(given: dict[str, Any]) -> str:
    """The document. ``given``: package, version, architecture, epoch, wheels (metadata, sha256), models."""
    made = datetime.fromtimestamp(given["epoch"], UTC)
    kind = {"arch": given["architecture"], "distro": given["suite"]}
    package = Component(
        name=given["package"],
        version=given["version"],
        type=ComponentType.APPLICATION,
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        bom_ref=given["package"],
        purl=PackageURL("deb", "debian", given["package"], given["version"], kind),
    )
    parts = [*(_wheel(one) for one in given["wheels"]), *(_model(one) for one in given["models"])]
    # Named by what is in it, and not by chance.
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(given, sort_keys=True))
    bom = Bom(components=parts, serial_number=name)
    bom.metadata.component, bom.metadata.timestamp = package, made
    bom.register_dependency(package, parts)
    return str(JsonV1Dot6(bom).output_as_string(indent=1))


def _wheel(given: dict[str, str]) -> Component:
    read = Parser().parsestr(given["metadata"], headersonly=True)
    name, version = str(read["Name"]), str(read["Version"])
    licence = read["License-Expression"] or (read["License"] or "").strip().partition("\n")[0]
    classed = [text.rpartition(":: ")[2] for text in read.get_all("Classifier") or () if text.startswith("License ::")]
    shown = licence or ", ".join(classed) or "see its dist-info"
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        description=given["file"],
        licenses=[DisjunctiveLicense(name=shown)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=given["sha256"])],
        bom_ref=f"pypi:{name}",
        purl=PackageURL("pypi", None, name.lower().replace("_", "-"), version),
    )


def _model(given: dict[str, Any]) -> Component:
    weights = given["weights"]
    return Component(
        name=given["file"],
        version=given["identity"],
        type=ComponentType.MACHINE_LEARNING_MODEL,
        description=f"converted from {weights['path']} of {weights['package']} {weights['version']}",
        licenses=[DisjunctiveLicense(name=weights["licence"])],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=given["sha256"])],
        bom_ref=f"model:{given['file']}",
    )


def main() -> int:
    """Read, write, check."""
    written = bill(json.load(sys.stdin))
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    if fault is not None:
        print(f"the bill of materials is not valid CycloneDX 1.6: {fault}", file=sys.stderr)
        return 1
    print(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
