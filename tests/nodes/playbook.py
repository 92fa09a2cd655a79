"""The playbook, run on machines in containers as it would be over ssh."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.nodes.machine import REPOSITORY

FOLDER = REPOSITORY / "deploy/ansible"
ENTER = REPOSITORY / "tests/nodes/enter.sh"
RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run."""

    status: int
    said: str
    changed: dict[str, int]
    """Tasks that changed something, by machine."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """An environment with ansible, and the inventory that it is given."""

    environment: Path
    inventory: Path

    def tell(self, groups: dict[str, dict[str, dict[str, object]]]) -> None:
        """Write the inventory: the variables of each machine of each group."""
        own = {"ansible_ssh_executable": str(ENTER), "ansible_ssh_transfer_method": "piped", "ansible_ssh_args": "",
               "ansible_user": "root"}  # fmt: skip
        children = {group: {"hosts": hosts} for group, hosts in groups.items()}
        self.inventory.write_text(json.dumps({"all": {"vars": own, "children": children}}))

    def run(self, *arguments: str, without: Sequence[str] = ()) -> Run:
        """Run it. What it says goes into the result, whether it succeeds or not."""
        skipped = ["--skip-tags", ",".join(without)] if without else []
        ran = subprocess.run(
            [self.environment / "bin/ansible-playbook", "-i", self.inventory, *skipped, *arguments, "site.yml"],
            cwd=FOLDER, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = ran.stdout + ran.stderr
        return Run(ran.returncode, said, {name: int(changed) for name, _, changed, *_ in RECAP.findall(said)})

    def refusal(self, **variables: object) -> str:
        """What it says to these variables, which it must refuse. Raises AssertionError where it does not."""
        ran = self.run("--check", "--tags", "refusals", "--extra-vars", json.dumps(variables))
        assert ran.status != 0, f"the playbook took {variables}:\n{ran.said[-2000:]}"
        return ran.said

    def _environment(self) -> dict[str, str]:
        bin_folder = str((self.environment / "bin").resolve())
        return {
            **os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "ANSIBLE_CONFIG": str(FOLDER / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_HOME": str(self.inventory.parent / "ansible-home"),
        }  # fmt: skip
