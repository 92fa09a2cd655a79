"""A Debian that systemd-nspawn boots, with the updater and a stand-in for the product in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60.0
DAY = timedelta(days=1)
STATE = "var/lib/lamppost-update/state.json"


class Machine:
    """Its processes run on this machine's kernel; everything else is its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0

    def unpack(self, suite: str) -> None:
        """A fresh root."""
        setup = CHECKOUT / "deploy" / "setup" / "root.sh"
        made = subprocess.run([setup, suite, "amd64"], stdout=subprocess.PIPE, text=True, check=True)
        command = ["tar", "-xf", made.stdout.split()[-1], "--exclude", "./dev/*", "-C", str(self.folder)]
        subprocess.run(command, check=True)

    def boot(self) -> None:
        """Switch it on, and wait until it is up."""
        command = ["systemd-nspawn", "-q", "-D", str(self.folder), "-b", "--console=pipe", "--register=no"]
        command += ["--private-network", "--keep-unit", "-E", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"]
        self._nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.until(self._is_up, "the machine comes up")

    def cut_power(self) -> None:
        """At once: every process of it is killed."""
        assert self._nspawn is not None
        os.kill(self._first, signal.SIGKILL)
        self._nspawn.wait(20)
        self._nspawn, self._first = None, 0

    def off(self) -> None:
        """However it is."""
        if self._nspawn is not None:
            self.cut_power()

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command inside, as root."""
        inside = ["nsenter", "-t", str(self._first), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--", *command]
        ran = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert ran.returncode == 0 or not check, f"{command}: {ran.stderr}{ran.stdout}"
        return ran

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for it."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + PATIENCE, f"{what}: not within {PATIENCE} s"
            time.sleep(0.02)

    def state(self) -> dict[str, object]:
        """What the updater remembers: read from the disk, as the next boot would."""
        found = json.loads((self.folder / STATE).read_text())
        assert isinstance(found, dict)
        return found

    def installed(self) -> str:
        """As dpkg says."""
        return self.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "lamppost").stdout

    def active(self) -> str:
        """How the instance is."""
        return self.run("systemctl", "is-active", "lamppost@cam0.service", check=False).stdout.strip()

    def runs(self) -> str:
        """Which version says so of itself, at this moment."""
        return self.run("cat", "/run/stand-in/version").stdout

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, "systemd-nspawn has ended"
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        self._first = int(children[0]) if children else 0
        said = bool(children) and self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return said in ("running", "degraded")


MIRROR = """
import functools, http.server, ssl
served = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/mirror")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), served)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/mirror.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def certificate(folder: Path, name: str) -> Path:
    """A certificate that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    own, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = x509.CertificateBuilder(own, own, key.public_key(), x509.random_serial_number(), now, now + DAY)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


DAEMON = '''#!/usr/bin/python3
"""Stands in for the product: it is ready, tests itself and keeps updates away as that does, or fails to."""
import fcntl, json, os, pathlib, signal, socket, sys, time

VERSION, FAULT = "@VERSION@", "@FAULT@"
own = pathlib.Path("/var/lib/lamppost/cam0")
if FAULT == "never-ready":
    sys.exit(1)
state = pathlib.Path("/var/lib/lamppost-update/state.json")
if state.exists() and json.loads(state.read_text())["stage"] == "trying":
    failed = ["clock", "embedder"] if FAULT == "self-test" else ["clock"]
    (own / "standing.json").write_text(json.dumps({"run": os.environ["INVOCATION_ID"], "failed": failed}))
said = pathlib.Path("/run/stand-in/version")
said.parent.mkdir(exist_ok=True)
said.write_text(VERSION)
if (own / "deploy").exists():
    lock = open(own / "undisturbed.lock", "a")
    fcntl.flock(lock, fcntl.LOCK_SH)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
    channel.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
if FAULT == "dies":
    time.sleep(1)
    sys.exit(1)
signal.pause()
'''
UNIT = """[Unit]
Description=A stand-in
StartLimitIntervalSec=0
[Service]
Type=notify
ExecStart=/usr/lib/lamppost/daemon
StateDirectory=lamppost/%i
Restart=always
RestartSec=1
TimeoutStartSec=5
"""
PREINST = """#!/bin/sh
set -e
# As the product's own package does it: versions never go back, but where the updater says so.
if [ -n "$2" ] && dpkg --compare-versions "$2" gt "@VERSION@"; then
    [ "$(cat /run/lamppost-update/roll-back 2>/dev/null)" = "$2 @VERSION@" ] || exit 1
fi
"""


def stand_in(folder: Path, version: str, fault: str = "") -> Path:
    """A real package ``lamppost`` with a unit and a daemon of thirty lines."""
    root = folder / f"stand-in-{version}"
    files = {
        "DEBIAN/control": f"Package: lamppost\nVersion: {version}\nArchitecture: amd64\nMaintainer: Nobody\n"
        "Depends: python3\nDescription: a stand-in\n",
        "DEBIAN/preinst": PREINST,
        "usr/lib/lamppost/daemon": DAEMON,
        "usr/lib/systemd/system/lamppost@.service": UNIT,
        "etc/lamppost/conffile": f"written by the package {version}\n",
        "DEBIAN/conffiles": "/etc/lamppost/conffile\n",
    }
    if fault == "broken-script":
        files["DEBIAN/postinst"] = "#!/bin/sh\nexit 1\n"
    if fault == "slow-script":
        files["DEBIAN/postinst"] = "#!/bin/sh\nsleep 300\n"
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("@VERSION@", version).replace("@FAULT@", fault))
        path.chmod(0o755 if name.endswith(("inst", "daemon")) else 0o644)
    out = folder / f"lamppost_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, out], check=True, capture_output=True)
    shutil.rmtree(root)
    return out
