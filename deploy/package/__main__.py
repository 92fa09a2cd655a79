"""``python -m deploy.package``: build the packages from the locks, the program and the models in the cache."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from deploy.models import manifest as built
from deploy.models import recipe as models_recipe
from deploy.models.__main__ import cache
from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from deploy.package import archive, manifest, materials, tree, wheels
from deploy.package.recipe import CHECKOUT, MACHINES, PACKAGES, SUITES, Package, Suite
from edge.adapters.keys import FileSigner
from edge.domain.errors import Misconfigured, Undecodable
from edge.wire.notes import Algorithm, Verifier, read_verifier
from edge.wire.signed import canonical


def main(arguments: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.package", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/packages"), help="folder for the packages")
    parser.add_argument("--package", action="append", choices=[one.name for one in PACKAGES], help="only this one")
    parser.add_argument("--suite", action="append", choices=[one.name for one in SUITES], help="only for this Debian")
    parser.add_argument("--architecture", action="append", choices=list(MACHINES), help="only for this processor")
    parser.add_argument("--models", type=Path, help="folder of built models (default: the cache's)")
    parser.add_argument("--key", type=Path, help="the release key (Ed25519, PEM): signs the manifest of everything")
    parser.add_argument("--name", default="lamppost-release", help="the release key's name")
    parser.add_argument("--check", metavar="KEY LINE", help="only hold --out against its manifest, and whose it is")
    parser.add_argument("--as-version", help="for tests of upgrades: as though the program's version were another")
    chosen = parser.parse_args(arguments)
    if chosen.check is not None:
        return check(chosen.out, chosen.check)
    root = cache(None)
    version = chosen.as_version or tree.release()
    models = chosen.models or root / "models" / models_recipe.key()
    try:
        if not built.verified(models):
            raise BuildFailed(f"There are no built models in {models}.", "Run: make models")
        for package in PACKAGES:
            for suite in SUITES:
                for architecture in MACHINES:
                    if (
                        package.name in (chosen.package or [package.name])
                        and suite.name in (chosen.suite or [suite.name])
                        and architecture in (chosen.architecture or [architecture])
                    ):
                        print(build(root, chosen.out, package, suite, architecture, models, version), flush=True)
        finish(chosen.out, version, chosen.name, chosen.key)
    except (BuildFailed, Misconfigured) as error:
        say(str(error))
        return 1
    return 0


def build(root: Path, out: Path, package: Package, suite: Suite, architecture: str, models: Path, version: str) -> Path:
    """One package. Returns its path. Raises BuildFailed."""
    epoch = commit_time()
    found = wheels.fetch(root, package.locks[suite.name], architecture, suite)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lamppost-package-") as temporary:
        folder = Path(temporary) / package.name
        folder.mkdir()
        tree.lay(folder, package, suite, found, models, version=version, made=datetime.fromtimestamp(epoch, UTC))
        bill = materials.bill(
            root, package, suite, architecture, version=version, epoch=epoch, wheels=found, models=models
        )  # fmt: skip
        (folder / "usr" / "share" / "doc" / package.name / "sbom.cdx.json").write_bytes(bill)
        if package.is_pole:
            (out / "release.json").write_bytes(canonical(tree.installed(folder, package, suite, version)))
        raw = archive.close(folder, package, suite, architecture, version=version, epoch=epoch)
    path = out / f"{package.name}_{version}+deb{suite.number}_{architecture}.deb"
    path.write_bytes(raw)
    path.with_suffix(".cdx.json").write_bytes(bill)
    return path


def finish(out: Path, version: str, name: str, key: Path | None) -> None:
    """The manifest of everything in the folder, signed where there is a key. Raises Misconfigured."""
    path = out / manifest.NAME
    if key is None:
        path.write_text(manifest.text(out, version))
        print(f"{path} (not signed: no --key)")
        return
    signer = FileSigner(key)
    path.write_bytes(manifest.signed(out, version, name, signer))
    print(f"{path}\nsigned by {Verifier(name, signer.public, Algorithm.NOTE).line}")


def check(out: Path, line: str) -> int:
    """Say what does not hold of a folder and its manifest. Returns the exit status."""
    try:
        faults = manifest.faults(out, read_verifier(line))
    except Undecodable as error:
        faults = [str(error)]
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def commit_time() -> int:
    """SOURCE_DATE_EPOCH, else when the last commit was made. Raises BuildFailed where neither is known."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        asked = subprocess.run(
            ["git", "-C", str(CHECKOUT), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False
        )
        given = asked.stdout.strip()
    if not given.isdigit():
        raise BuildFailed("No time to give the files.", "Build in a git checkout, or set SOURCE_DATE_EPOCH.")
    return int(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
