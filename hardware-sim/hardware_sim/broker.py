"""A real mosquitto for the bench grade: the deployed configuration, on loopback."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from deploy.broker import Place, access, configuration
from edge.domain.errors import Misconfigured
from edge.wire.topics import Topics

PLACES: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin")
PATIENCE: Final = 10.0
CONTROL_ROOM: Final = "control-room"


def program() -> str:
    """Where mosquitto is. Raises Misconfigured with the remedy."""
    named = os.environ.get("MOSQUITTO")
    search = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    found = named or shutil.which("mosquitto", path=search)
    if not found:
        raise Misconfigured("mosquitto was not found.", "Run 'make mosquitto', or apt-get install mosquitto.")
    return found


def witness_name(witness: str) -> str:
    """The common name of a witness's certificate, by its key id."""
    return f"witness.{witness}"


def access_list(devices: Sequence[Topics], witnesses: Sequence[str] = ()) -> str:
    """Who may read and write what: the deployed access list, its patterns spelt out for the bench's names.

    On a bench a device is called ``<site>.<device>`` and a witness ``witness.<key id>``, which are names of files too.
    """
    deployed = access("site")
    patterns = [line.removeprefix("pattern ") for line in deployed.splitlines() if line.startswith("pattern ")]
    named = [(f"{topics.site}.{topics.device}", f"{topics.site}/{topics.device}") for topics in devices]
    named += [(witness_name(witness), witness) for witness in witnesses]
    blocks = ["\n".join([f"user {name}", *_spelt_out(patterns, subject)]) for name, subject in named]
    return "\n\n".join([deployed, *blocks]) + "\n"


def _spelt_out(patterns: Sequence[str], subject: str) -> list[str]:
    own = [one for one in patterns if one.endswith("/%u") is ("/" not in subject)]
    return [f"topic {one.replace('%u', subject)}" for one in own]


@dataclass(slots=True)
class Mosquitto:
    """One broker process and its folder."""

    listeners: ClassVar[list[Callable[[Mosquitto], None]]] = []
    """Told of every broker that has started."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def configure(
        self, devices: Sequence[Topics], ca: Path, certificate: Path, key: Path, *, durable: bool,
        witnesses: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Write its configuration: the deployed one. It is ``durable`` there; a bench may do with mosquitto's default.

        ``durable`` saves every change at once, so that a kill loses nothing.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.access.write_text(access_list(devices, witnesses))
        self.access.chmod(0o600)
        place = Place(
            access=self.access, certificate=certificate, key=key, devices_ca=ca, people_ca=ca, state=self.folder,
            # Everybody comes in by the people's door: a bench has one authority, and closes its links as it likes.
            address="127.0.0.1", devices_port=free_port(), people_port=self.port, log=f"file {self.log}",
            # Started by root, it would go on as a user that cannot read this folder.
            user="root" if os.geteuid() == 0 else getpass.getuser(),
        )  # fmt: skip
        text = configuration(place)
        if not durable:
            text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("autosave_"))
        (self.folder / "mosquitto.conf").write_text(text)

    def start(self) -> None:
        """Start it and wait until it listens. Raises Misconfigured with the end of its log."""
        command = [program(), "-c", str(self.folder / "mosquitto.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    for listener in self.listeners:
                        listener(self)
                    return
            time.sleep(0.02)
        self.stop()
        raise Misconfigured(f"mosquitto did not start: {self._log_end()}", f"See {self.log}.")

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder / "mosquitto.log"

    @property
    def access(self) -> Path:
        """Its access list."""
        return self.folder / "acl"

    def reload(self) -> None:
        """Have it read its configuration and access list again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _log_end(self) -> str:
        return self.log.read_text()[-300:] if self.log.is_file() else "it wrote no log"


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
