"""What is true of a device, against which an authorisation is held: by the device, and before that by whoever signs."""

from __future__ import annotations

from dataclasses import dataclass

from edge.domain.authority import Digest, Key, Name
from edge.domain.leaves.device import Booted


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of this device, against which an authorisation is held."""

    site: Name
    device: Name
    simulated: bool
    detector: Digest
    embedder: Digest
    calibration: Digest
    zone: Digest
    configuration: Digest

    def booted(self, version: str, trust_root: Digest, device_key: Key) -> Booted:
        """The leaf of the start, which says all this."""
        return Booted(
            version=version,
            uncounted=0,
            detector=self.detector,
            embedder=self.embedder,
            calibration=self.calibration,
            zone=self.zone,
            configuration=self.configuration,
            trust_root=trust_root,
            device_key=device_key,
        )
