"""Runs in the virtual machine, as a service: says what it finds on the second serial line, one JSON line each."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from edge.adapters.provisioned import KEYS, Places, Provisioned
from edge.adapters.sealing import SystemdSeals
from edge.domain.authority import Signed
from edge.domain.errors import LamppostError
from edge.provision.asking import asked_for, opened
from edge.wire import enrolment
from edge.wire.signed import canonical, parse

SECRET = Path("/var/lib/systemd/credential.secret")
LEFT = Path("/opt/left.json")
"""What an earlier boot left: its disk, as far as it matters."""
ASK = "import os; from pathlib import Path; from edge.adapters.keys import FileSigner;" \
    "print(FileSigner(Path(os.environ['CREDENTIALS_DIRECTORY'], 'device-key')).public)"  # fmt: skip


def say(what: str, value: object) -> None:
    with Path("/dev/ttyS1").open("w") as line:
        line.write(json.dumps([what, value]) + "\n")


def provisions() -> None:
    """As a person would, and then as the unit does."""
    # The whole product takes an emulated processor minutes to import, and the other boots do not need it.
    from edge import cli
    from edge.provision.accepting import accept
    from hardware_sim.board import Custodians

    now, disk, seals = datetime.now(UTC).replace(microsecond=0), Provisioned(Places("cam0")), SystemdSeals()
    say("status", cli.main(["provision", "--site", "camden", "--device", "post-1", "--out", "/run/asked"]))
    signed = asked_for(disk)
    assert signed is not None
    say("sealing", enrolment.asked(signed).sealing.value)
    people = Custodians(Path(mkdtemp()))
    answer = people.answer(signed, now)
    with disk.alone():
        accept(disk, seals, canonical(answer), typed=people.read_out(), now=now)
    say("in force", disk.in_force())
    place = disk.places.credential("device-key")
    ran = subprocess.run(
        ["systemd-run", "--quiet", "--wait", "--pipe", f"-pLoadCredentialEncrypted=device-key:{place}",
         f"-pEnvironment=PYTHONPATH={':'.join(sys.path[1:3])}", sys.executable, "-c", ASK],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    say("the service's key", (ran.stdout.strip(), ran.stderr[-500:]))
    say("the device's key", enrolment.asked(signed).key)
    files = {str(path): path.resolve().read_bytes() for path in (SECRET, *map(disk.places.credential, KEYS))}
    left = {name: base64.b64encode(raw).decode() for name, raw in files.items()}
    say("left", {"files": left, "request": canonical(signed).decode()})


def opens() -> None:
    """What an earlier boot left, on this machine."""
    left = json.loads(LEFT.read_text())
    request = enrolment.asked(parse(left["request"].encode(), Signed))
    sealed = {}
    for name, text in left["files"].items():
        raw = base64.b64decode(text)
        if name == str(SECRET):
            SECRET.write_bytes(raw)
            SECRET.chmod(0o400)
        sealed[name.rpartition(".")[2]] = raw
    try:
        opened(SystemdSeals(), sealed, request)
    except LamppostError as error:
        say("opened", str(error))
    else:
        say("opened", True)


if __name__ == "__main__":
    try:
        opens() if LEFT.exists() else provisions()
    except BaseException as error:  # noqa: BLE001
        say("failed", repr(error))
    say("over", True)
