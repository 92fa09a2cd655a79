"""The people of a scenario: those of the office, and colleagues of theirs whom no authorisation names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.desk import Reader
from edge.domain.authority import KeyId, PinnedKey, Role, TrustRoot
from edge.domain.errors import Misconfigured
from edge.wire.signed import key_id
from hardware_sim.office import MADE, MemoryKey, Office

COLLEAGUES = {
    "other-operator": Role.OPERATOR,
    "other-presence": Role.PRESENCE,
    "other-reviewer": Role.REVIEWER,
}


@dataclass(slots=True)
class Staff(Office):
    """Their keys. Everything that they sign is marked as a test."""

    colleagues: dict[str, MemoryKey] = field(default_factory=lambda: {name: MemoryKey() for name in COLLEAGUES})
    stranger: MemoryKey = field(default_factory=MemoryKey)
    """Whom nobody has pinned."""
    other_reader: Reader = field(default_factory=lambda: Reader(MemoryKey(), X25519PrivateKey.generate()))
    """A recipient of other deployments."""
    revoked: set[str] = field(default_factory=set)

    def trust_root(self, *, test: bool = True, now: datetime = MADE, version: int = 1) -> TrustRoot:
        """The keys that the device pins, those of the colleagues too, and in the place of a revoked one another."""
        root = Office.trust_root(self, test=test, now=now, version=version)
        more = tuple(PinnedKey(role=role, key=self.colleagues[name].public) for name, role in COLLEAGUES.items())
        gone = {self.key(name).public for name in self.revoked}
        keys = tuple(replace(one, key=MemoryKey().public) if one.key in gone else one for one in (*root.keys, *more))
        return replace(root, keys=keys)

    def people(self) -> dict[str, MemoryKey]:
        """Everybody, by the name that scenarios use."""
        return {
            "officer": self.officer,
            "second": self.second,
            "operator": self.operator,
            "presence": self.presence,
            "urgent": self.urgent,
            "independent": self.independent,
            "reviewer": self.reviewer,
            "evaluator": self.evaluator,
            "custodian": self.custodians[0],
            "device": self.device_key,
            "stranger": self.stranger,
            **self.colleagues,
        }

    def key(self, name: str) -> MemoryKey:
        """Somebody's key. Raises Misconfigured."""
        found = self.people().get(name)
        if found is None:
            raise Misconfigured(f"There is nobody called {name!r}.", f"Name one of: {', '.join(self.people())}.")
        return found

    def name_of(self, key: KeyId) -> str:
        """Who has a key, for the log."""
        known = {key_id(one.public): name for name, one in self.people().items()}
        reader = {key_id(self.reader.signer.public): "recipient"} if hasattr(self.reader.signer, "public") else {}
        return (known | reader).get(key, "somebody")
