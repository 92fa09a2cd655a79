"""Publishing: targets, snapshot and timestamp metadata, in that order, so that a reader in between sees one state."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from deploy.update.roots import newest_root
from edge.domain.errors import Misconfigured
from edge.updating.repository import LARGEST, NAME, target_of

TARGETS_LIFE: Final = timedelta(days=180)
FRESH: Final = timedelta(days=7)
"""So long a state counts as the present one, to a device that sees nothing newer."""
Kind = TypeVar("Kind", Targets, Snapshot, Timestamp)
_SUITE: Final = re.compile(r"\+deb([0-9]{1,3})\Z")


@dataclass(frozen=True, slots=True)
class Release:
    """A package that is to be published."""

    file: Path
    version: str
    channel: str


def described(file: Path) -> Release:
    """What a package's file says of itself. Raises Misconfigured where it is none of ours."""
    form = "--showformat=${Package} ${Version} ${Architecture}"
    done = subprocess.run(["dpkg-deb", "--show", form, str(file)], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if done.returncode or len(words) != 3 or words[0] != NAME:
        raise Misconfigured(f"{file} is no package {NAME}.", "Name one that `make deb` built.")
    suite = _SUITE.search(words[1])
    if suite is None:
        raise Misconfigured(
            f"{file}: {words[1]} does not say for which Debian.", "Its version ends in +deb12 or the like."
        )
    if file.stat().st_size > LARGEST:
        raise Misconfigured(f"{file} is larger than devices accept.", f"They accept {LARGEST} bytes.")
    return Release(file, words[1], f"deb{suite[1]}_{words[2]}")


class Repository:
    """A folder to publish in. Its root metadata was accepted before."""

    def __init__(self, folder: Path, now: datetime) -> None:
        """Raises Misconfigured where it has no root metadata."""
        root = newest_root(folder)
        if root is None:
            raise Misconfigured(f"{folder} has no root metadata.", "Make, sign and accept one first.")
        self._root = root.signed
        self._now = now.replace(microsecond=0)
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"

    def publish(
        self, releases: Sequence[Release], manifest: bytes, people: Sequence[CryptoSigner], online: CryptoSigner
    ) -> int:  # fmt: skip
        """Publish packages of one release. Returns the version of the new targets metadata. Raises Misconfigured.

        A channel's package takes the place of the one before, whose file stays: devices that are reading do not lose
        it.
        """
        targets = self._newest(Targets)
        for release in releases:
            name, former = target_of(release.channel), targets.targets.get(target_of(release.channel))
            if former is not None and not _is_later(release.version, str((former.custom or {}).get("version"))):
                raise Misconfigured(
                    f"{release.channel} has {former.custom['version']}; {release.version} does not follow it.",
                    "Give every release a higher version, also one that takes something back.",
                )
            made = TargetFile.from_file(name, str(release.file), ["sha256"])
            custom = {"version": release.version, "manifest": hashlib.sha256(manifest).hexdigest()}
            made.unrecognized_fields["custom"] = custom
            targets.targets[name] = made
            self._targets.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.file, self._targets / f"{made.hashes['sha256']}.{name}")
        targets.expires = self._now + TARGETS_LIFE
        self._write(targets, people)
        self._present(online)
        return targets.version

    def freshen(self, online: CryptoSigner) -> int:
        """Say again that this state is the present one. Returns the version of the timestamp. Raises Misconfigured."""
        return self._present(online)

    def _present(self, online: CryptoSigner) -> int:
        snapshot, timestamp, targets = self._newest(Snapshot), self._newest(Timestamp), self._newest(Targets)
        raw = (self._metadata / f"{targets.version}.targets.json").read_bytes()
        snapshot.meta["targets.json"] = MetaFile.from_data(targets.version, raw, ["sha256"])
        snapshot.expires = self._now + FRESH
        raw = self._write(snapshot, [online])
        timestamp.snapshot_meta = MetaFile.from_data(snapshot.version, raw, ["sha256"])
        timestamp.expires = self._now + FRESH
        self._write(timestamp, [online])
        return timestamp.version

    def _newest(self, kind: type[Kind]) -> Kind:
        """The newest metadata of a role, to be changed; a first one where there is none. Raises Misconfigured."""
        paths = list(self._metadata.glob("timestamp.json" if kind is Timestamp else f"[0-9]*.{kind.type}.json"))
        path = max(paths, key=_number, default=None)
        if path is None:
            first = kind(expires=self._now)
            first.version = 0
            return first
        try:
            found = Metadata[Kind].from_file(str(path))
            self._root.verify_delegate(kind.type, found.signed_bytes, found.signatures)
        except (DeserializationError, RepositoryError) as error:
            raise Misconfigured(f"{path} is not what was published: {error}.", "Put the copy back.") from error
        return found.signed

    def _write(self, signed: Kind, people: Sequence[CryptoSigner]) -> bytes:
        """Sign the next version, see that enough have, and put it in its place. Raises Misconfigured."""
        signed.version += 1
        made = Metadata[Kind](signed)
        for one in people:
            made.sign(one, append=True)
        try:
            self._root.verify_delegate(signed.type, made.signed_bytes, made.signatures)
        except RepositoryError as error:
            raise Misconfigured(
                f"The {signed.type} keys do not suffice: {error}.", "See new-root for whose do."
            ) from error
        name = "timestamp.json" if signed.type == Timestamp.type else f"{signed.version}.{signed.type}.json"
        raw, part = made.to_bytes(), self._metadata / ".new"
        part.write_bytes(raw)
        os.replace(part, self._metadata / name)
        return raw


def _number(path: Path) -> int:
    first = path.name.partition(".")[0]
    return int(first) if first.isdecimal() else 0


def _is_later(version: str, former: str) -> bool:
    return subprocess.run(["dpkg", "--compare-versions", version, "gt", former], check=False).returncode == 0
