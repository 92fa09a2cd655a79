"""What is known of a device where its authorisation is written: its facts, its trust root, its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.control_room import deploy, evidence
from edge.domain.authority import Digest, Name
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.facts import Facts
from edge.steps.calibrate import Calibration
from edge.wire.custodians import first
from edge.wire.health import Health
from edge.wire.signed import canonical, digest
from edge.wire.signers import Keys


class FactsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``lamppost facts`` prints on the device, and ``lamppost authority device`` asks it for."""

    site: Name
    device: Name
    zone: Digest
    configuration: Digest
    detector: Digest
    embedder: Digest
    calibration: Digest

    def facts(self, *, simulated: bool) -> Facts:
        """The same, of a device or of a simulated one."""
        return Facts(
            site=self.site, device=self.device, simulated=simulated, detector=self.detector, embedder=self.embedder,
            calibration=self.calibration, zone=self.zone, configuration=self.configuration,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A calibration, and its digest."""

    table: Calibration
    digest: Digest


def read_facts(path: Path) -> FactsFile:
    """Raises Misconfigured."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=FactsFile)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(
            f"The device's facts {path} cannot be used: {error}.", "Ask the device: lamppost authority device."
        ) from error


def told(health: Health) -> FactsFile:
    """The facts that a device states of itself, signed, in its health."""
    software = health.software
    return FactsFile(
        site=health.site, device=health.device, zone=health.zone, configuration=health.configuration,
        detector=software.detector, embedder=software.embedder, calibration=software.calibration,
    )  # fmt: skip


def as_toml(found: FactsFile) -> str:
    """A facts file."""
    return "".join(f'{name} = "{getattr(found, name)}"\n' for name in found.__struct_fields__)


def read_keys(path: Path) -> Keys:
    """The keys that a trust root pins, once its custodians' signatures hold. Raises Misconfigured."""
    root = first(deploy.read_signed(path))
    if isinstance(root, Refusal):
        raise Misconfigured(f"The trust root {path} is not believed: {root}", "Name the device's.")
    return Keys(root)


def read_evidence(path: Path) -> Evidence:
    """A calibration, signed or not. Raises Misconfigured."""
    table = evidence.read(path)
    return Evidence(table, digest(canonical(table)))
