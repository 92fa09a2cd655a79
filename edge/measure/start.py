"""Cold start: ``lamppost run`` in a process of its own, from its start to the READY that it sends the service manager.

That includes the interpreter, all imports, the kernel's locks on memory, both models verified and loaded, trust root,
calibration, keys and certificates read, a new journal on disk, and all threads started. It does not include a broker:
none listens, and the daemon does not wait for one. Nor a picture: without an authorisation no camera is opened. Where
picamera2 is not installed, empty modules stand in for it, and the answer says so. The page cache is as it is.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from edge.domain.authority import Role
from edge.domain.errors import Misconfigured
from edge.measure.people import MemoryKey, trust_root
from edge.steps.calibrate import Calibration
from edge.wire.signed import Kind, canonical, sign, to_base64url

PATIENCE: Final = 60.0
CAMERA: Final = ("picamera2", "libcamera")
"""What the camera's adapter imports."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds to READY, one for each time it was started."""

    seconds: tuple[float, ...]
    cpu_seconds: float
    """Processor time of one start and end, on average: other work on the machine disturbs it less."""
    camera_library: bool
    """Whether picamera2 is installed, and was imported too."""


def measure(models: Path, calibration: Calibration, times: int = 3) -> Start:
    """Start it so often, one after the other. Raises Misconfigured where it does not become ready."""
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-") as made:
        folder = Path(made)
        config = _configured(folder, models.resolve(), calibration)
        environment = dict(os.environ)
        installed = all(importlib.util.find_spec(name) is not None for name in CAMERA)
        if not installed:
            (folder / "absent").mkdir()
            for name in CAMERA:
                (folder / "absent" / f"{name}.py").touch()
            environment["PYTHONPATH"] = os.pathsep.join(
                filter(None, [str(folder / "absent"), environment.get("PYTHONPATH")])
            )
        before = _children()
        seconds = tuple(round(_started(folder, config, environment), 3) for _ in range(times))
        return Start(seconds, round((_children() - before) / times, 3), installed)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _started(folder: Path, config: Path, environment: Mapping[str, str]) -> float:
    ready = folder / "notify"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "edge", "run", "--config", str(config)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(ready))
        channel.settimeout(0.1)
        began = time.perf_counter()
        daemon = subprocess.Popen(  # noqa: S603
            command, env={**environment, "NOTIFY_SOCKET": str(ready)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            while time.perf_counter() - began < PATIENCE and daemon.poll() is None:
                try:
                    said = channel.recv(256)
                except TimeoutError:
                    continue
                if b"READY=1" in said:
                    return time.perf_counter() - began
        finally:
            daemon.terminate()
            _, said_last = daemon.communicate(timeout=PATIENCE)
    raise Misconfigured(f"The daemon did not become ready: {said_last.decode()[-400:]}", "Mend that first.")


def _configured(folder: Path, models: Path, calibration: Calibration) -> Path:
    """A device with keys that nobody has: nothing can be authorised on it."""
    key = Ed25519PrivateKey.generate()
    _write(folder / "device.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = to_base64url(key.public_key().public_bytes_raw())
    evaluator = MemoryKey()
    custodians = MemoryKey(), MemoryKey()
    keys = [(Role.DEVICE, public), (Role.EVALUATOR, evaluator.public)]
    keys += [(Role.CUSTODIAN, custodian.public) for custodian in custodians]
    root = sign(trust_root(keys, datetime.now(UTC), test=False), Kind.TRUST_ROOT, *custodians)
    (folder / "trust-root.json").write_bytes(canonical(root))
    (folder / "calibration.json").write_bytes(canonical(sign(calibration, Kind.CALIBRATION, evaluator)))
    _certificate(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "device.toml"
    config.write_text(
        f'[device]\nsite = "bench"\nname = "bench"\nepoch = "bench"\n\n'
        f'[paths]\nstate = "state"\ntrust_root = "trust-root.json"\nkey = "device.pem"\n'
        f'models = "{models}"\ncalibration = "calibration.json"\n\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {port}\nca = "tls.pem"\ncertificate = "tls.pem"\nkey = "tls.key"\n'
    )
    return config


def _certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    _write(folder / "tls.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _write(path: Path, private: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(private)
