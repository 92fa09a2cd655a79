"""A real mosquitto for the bench grade: mutual TLS 1.3, one access list, loopback only."""

from __future__ import annotations

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

from edge.domain.errors import Misconfigured
from edge.wire.topics import ROOT, Topics

PLACES: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin")
PATIENCE: Final = 10.0
CONTROL_ROOM: Final = "control-room"
_SAYS: Final = (
    "state",
    "parcel/#",
    "health",
    "deployment",
    "hit",
    "checkpoint",
    "add-checkpoint/#",
    "public",
    "reply/#",
)
_HEARS: Final = ("cmd/#", "blob/#")
_WITNESSES: Final = "cosignature/#"


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
    """Who may read and write what, by the common name of the client's certificate.

    A witness is asked and answers on topics of its own key id, and hears nothing else: neither states nor hits.
    """
    lines = [f"user {CONTROL_ROOM}", f"topic read {ROOT}/#"]
    lines += [f"topic write {ROOT}/+/+/{part}" for part in _HEARS]
    for topics in devices:
        lines += ["", f"user {topics.site}.{topics.device}"]
        lines += [f"topic write {topics.base}/{part}" for part in _SAYS]
        lines += [f"topic read {topics.base}/{part}" for part in (*_HEARS, _WITNESSES)]
    for witness in witnesses:
        lines += ["", f"user {witness_name(witness)}"]
        lines += [f"topic read {ROOT}/+/+/add-checkpoint/{witness}", f"topic write {ROOT}/+/+/cosignature/{witness}"]
    return "\n".join(lines) + "\n"


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
        """Write its configuration. ``durable`` saves every change at once, so that a kill loses nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "acl").write_text(access_list(devices, witnesses))
        (self.folder / "acl").chmod(0o600)
        # Started by root, it would go on as a user that cannot read this folder.
        user = "user root\n" if os.geteuid() == 0 else ""
        saving = "autosave_on_changes true\nautosave_interval 1\n" if durable else ""
        (self.folder / "mosquitto.conf").write_text(
            f"{user}listener {self.port} 127.0.0.1\n"
            f"cafile {ca}\ncertfile {certificate}\nkeyfile {key}\n"
            "require_certificate true\nuse_identity_as_username true\ntls_version tlsv1.3\n"
            f"allow_anonymous false\nacl_file {self.folder / 'acl'}\n"
            f"persistence true\npersistence_location {self.folder}/\n{saving}"
            f"log_dest file {self.folder / 'mosquitto.log'}\nlog_type all\n"
            "max_packet_size 600000\nmax_queued_messages 1000\nset_tcp_nodelay true\n"
        )

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
        raise Misconfigured(f"mosquitto did not start: {self._log_end()}", f"See {self.folder / 'mosquitto.log'}.")

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
        self.process = None

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _log_end(self) -> str:
        log = self.folder / "mosquitto.log"
        return log.read_text()[-300:] if log.is_file() else "it wrote no log"


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
