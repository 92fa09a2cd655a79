"""One instance of the service on a machine, its broker on this one, and its control room."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from edge import machine as product
from edge import settings
from edge.adapters.mqtt import MqttLink
from edge.adapters.store import SqliteStore
from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.wire.log import decode_leaf
from hardware_sim.bench import DEVICE, SITE, Bench
from hardware_sim.office import sealed_list
from hardware_sim.scripted import features_of
from tests.boot.machine import Machine
from tests.boot.root import HOME, TESTED

CAMERA: Final = "\n[camera]\nwidth = 640\nheight = 360\nframes_per_second = 5\n"
"""What the scripted street has."""
PROGRAM: Final = f"/{HOME}/venv/bin/python /{TESTED}/street.py run /etc/lamppost/%i.toml"
STREET: Final = f"""\
[Service]
Environment=PYTHONPATH=/{TESTED}
ExecStart=
ExecStart={PROGRAM}
"""
"""The drop-in that puts the scripted street before the camera."""


@dataclass
class Post:
    """What a person in the control room and one at the machine see of it."""

    machine: Machine
    name: str
    bench: Bench
    desk: Desk
    link: MqttLink
    hits: list[Opened] = field(default_factory=list)
    deployments: int = 0

    @classmethod
    def provisioned(
        cls, machine: Machine, name: str, folder: Path, share: Path, *, camera: str = CAMERA, test: bool = True
    ) -> Self:  # fmt: skip
        """Keys, documents, configuration and broker. The keys are sealed inside, to the machine's own host key.

        ``test``: with the scripted street before the camera, and a trust root that only simulators take.
        """
        bench = Bench.make(folder, models=share / "models", calibration=share / "calibration.json", test=test)
        bench.config.write_text(bench.config.read_text() + camera)
        documents = machine.folder / "etc/lamppost" / name
        documents.mkdir(parents=True)
        certificate = folder / "pki" / f"{SITE}.{DEVICE}.pem"
        for file, called in (
            (folder / "trust-root.json", "trust-root.json"),
            (bench.calibration, "calibration.json"),
            (folder / "pki/ca.pem", "ca.pem"),
            (certificate, "device.pem"),
        ):
            shutil.copy(file, documents / called)
            (documents / called).chmod(0o644)
        (machine.folder / f"etc/lamppost/{name}.toml").write_text(configuration(name, bench, camera))
        for key, file in (("device-key", bench.key(Role.DEVICE)), ("tls-key", certificate.with_suffix(".key"))):
            to = f"/etc/credstore.encrypted/lamppost.{name}.{key}"
            machine.run("mkdir", "-p", "-m", "0700", "/etc/credstore.encrypted")
            seal = ["systemd-creds", "encrypt", "--with-key=host", f"--name={key}", "-", to]
            machine.run(*seal, given=file.read_bytes())
        bench.broker.start()
        hits: list[Opened] = []
        desk, link = bench.desk(name, hits.append)
        link.connect()
        post = cls(machine, name, bench, desk, link, hits)
        if test:
            post.drop_in("street", STREET)
        return post

    def close(self) -> None:
        """The control room and the broker end."""
        self.link.close()
        self.bench.broker.stop()

    @property
    def unit(self) -> str:
        """What systemd calls it."""
        return f"lamppost@{self.name}.service"

    def drop_in(self, name: str, text: str | None) -> None:
        """Write a drop-in, or take it away."""
        folder = self.machine.folder / f"etc/systemd/system/{self.unit}.d"
        folder.mkdir(parents=True, exist_ok=True)
        if text is None:
            (folder / f"{name}.conf").unlink()
        else:
            (folder / f"{name}.conf").write_text(text)
        self.machine.run("systemctl", "daemon-reload")

    def systemctl(self, verb: str, *, check: bool = True) -> float:
        """Have systemd do something with it. Returns how many seconds it took."""
        began = time.monotonic()
        self.machine.run("systemctl", verb, self.unit, check=check)
        return time.monotonic() - began

    def kill(self, signal: str) -> None:
        """Send its process a signal."""
        self.machine.run("systemctl", "kill", f"--signal={signal}", "--kill-whom=main", self.unit)

    def shows(self, name: str) -> str:
        """A property of the unit."""
        return self.machine.shows(self.unit, name)

    def status(self) -> str:
        """The part of ``systemctl status`` that a person reads."""
        lines = self.machine.run("systemctl", "status", "--no-pager", "--lines=0", self.unit, check=False).splitlines()
        kept = ("Active:", "Main PID:", "Status:", "Process:")
        return "\n".join(line.rstrip() for line in lines if line.strip().startswith(kept))

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """Entries of this unit, with all their fields."""
        said = self.machine.run("journalctl", "-o", "json", "--no-pager", "-u", self.unit, *matches)
        return [json.loads(line) for line in said.splitlines()]

    def hang(self, what: str, *, over: bool = False) -> None:
        """Have a part stand still, or no more."""
        told = self.machine.folder / f"etc/lamppost/{self.name}/{what}-hangs"
        told.unlink(missing_ok=True) if over else told.touch()

    def state_folder(self) -> Path:
        """Its state, as root sees it from outside."""
        return self.machine.folder / "var/lib/private/lamppost" / self.name

    def deploy(self) -> None:
        """A signed authorisation, a sealed list, an officer on scene; until it looks. Nothing, where it does."""
        if self.shows("StatusText").startswith("Looking"):
            return
        facts = product.facts(settings.load(self.bench.config))
        built = datetime.now(UTC).replace(microsecond=0)
        sealed = sealed_list([("v-0007", features_of(7))], decoys=20, embedder=facts["embedder"], built=built)
        self.deploy_with(sealed, Decimal("0.01"))

    def deploy_with(self, sealed: SealedList, max_fpir: Decimal, *, test: bool = True) -> None:
        """The same with this list."""
        self.deployments += 1
        facts = product.facts(settings.load(self.bench.config))
        authorisation = self.bench.authorise(
            sealed,
            detector=facts["detector"],
            embedder=facts["embedder"],
            calibration=facts["calibration"],
            max_fpir=max_fpir,
            sequence=self.deployments,
        )
        signed = self.bench.sign(replace(authorisation, test=test))
        operator = self.bench.signer(Role.OPERATOR)
        said = deploy.start(self.desk, signed, operator)
        deploy.load(self.desk, said, sealed, self.bench.topics, operator)
        self.until(lambda: self.desk.seen.state is not None and self.desk.seen.state.authorisation is not None)
        deploy.confirm_presence(self.desk, self.bench.signer(Role.PRESENCE))
        self.until_it_is(Condition.ACTIVE)

    def until_it_is(self, condition: Condition, *, not_boot: str | None = None) -> str:
        """Wait until the device says so, in another life than ``not_boot``. Returns which."""

        def says() -> bool:
            state = self.desk.seen.state
            return state is not None and state.condition is condition and state.boot != not_boot

        self.until(says)
        assert self.desk.seen.state is not None
        return self.desk.seen.state.boot

    def until(self, condition: Callable[[], bool], patience: float = 90) -> None:
        """Let the control room listen until then."""
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"{self.desk.seen.state}\n{self.status()}\n{self.journal()[-8:]}"
            self.desk.step(timedelta(milliseconds=50))

    def kinds(self) -> list[str]:
        """What its own journal has recorded, oldest first."""
        store = SqliteStore(self.state_folder() / product.JOURNAL)
        kinds = [decode_leaf(raw).event.kind for raw in store.leaves(0, store.size())]
        store.close()
        return kinds


def configuration(name: str, bench: Bench, camera: str) -> str:
    """As provisioning writes it: no key has a path."""
    device = "\n".join(bench.config.read_text().splitlines()[:4])
    return f"""\
{device}

[paths]
state = "/var/lib/lamppost/{name}"
trust_root = "{name}/trust-root.json"
models = "/{HOME}/models"
calibration = "{name}/calibration.json"

[broker]
host = "localhost"
port = {bench.broker.port}
ca = "{name}/ca.pem"
certificate = "{name}/device.pem"
{camera}"""
