"""Release people with keys, and a repository that they publish in: made with the tools that they are given."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tuf.api.metadata import Metadata, Root, Targets

from deploy.update import roots
from deploy.update.releases import Repository, described

PEOPLE = ("root-1", "root-2", "root-3", "targets-1", "targets-2", "online")
MANIFEST = b"the manifest of a release\n"
CHANNEL = "deb12_amd64"


def a_package(
    folder: Path, version: str, *, name: str = "lamppost", architecture: str = "amd64", size: int = 0
) -> Path:
    """A real Debian package with hardly anything in it."""
    root = folder / f"{name}-{version}"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "usr/share/doc" / name).mkdir(parents=True)
    (root / "usr/share/doc" / name / "version").write_bytes(version.encode())
    control = f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
    (root / "DEBIAN/control").write_text(f"{control}Maintainer: Nobody <nobody@example.invalid>\nDescription: a test\n")
    out = folder / f"{name}_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, out], check=True, capture_output=True)
    shutil.rmtree(root)
    return out


@dataclass
class Release:
    """The people, their keys and their repository."""

    folder: Path
    now: datetime

    @classmethod
    def founded(cls, folder: Path, now: datetime | None = None) -> Release:
        """Everybody made a key, two of three signed the first root."""
        made = cls(folder, now or datetime.now(UTC))
        (folder / "keys").mkdir(parents=True)
        for one in PEOPLE:
            roots.make_key(made.key(one))
        made.rotate(("root-1", "root-2", "root-3"), signers=("root-1", "root-3"))
        return made

    @property
    def repository(self) -> Path:
        """What a mirror serves."""
        return self.folder / "repository"

    @property
    def first_root(self) -> bytes:
        """What devices are provisioned with."""
        return (self.repository / "metadata/1.root.json").read_bytes()

    def key(self, who: str) -> Path:
        """Somebody's key."""
        return self.folder / "keys" / f"{who}.pem"

    def rotate(
        self, people: tuple[str, ...], signers: tuple[str, ...], targets: tuple[str, ...] = ("targets-1", "targets-2")
    ) -> int:
        """A next root, signed and accepted."""
        made = self.next_root(people, targets)
        path = self.folder / "root.json"
        path.write_bytes(made.to_bytes())
        for one in signers:
            roots.sign_root(path, roots.signer(self.key(one)))
        return roots.accept_root(self.repository, path)

    def next_root(self, people: tuple[str, ...], targets: tuple[str, ...]) -> Metadata[Root]:
        """Not signed by anybody yet."""
        named, signs = ([roots.public(self.key(one).with_suffix(".pub")) for one in some] for some in (people, targets))
        online = roots.public(self.key("online").with_suffix(".pub"))
        return roots.new_root(roots.newest_root(self.repository), named, signs, online, self.now)

    def publish(
        self, *packages: Path, people: tuple[str, ...] = ("targets-1", "targets-2"), later: timedelta = timedelta(0)
    ) -> int:
        """Publish packages."""
        signers = [roots.signer(self.key(one)) for one in people]
        releases = [described(one) for one in packages]
        place = Repository(self.repository, self.now + later)
        return place.publish(releases, MANIFEST, signers, roots.signer(self.key("online")))

    def withdraw(self) -> None:
        """Sign that there is no package: after it any version may be published, also a lower one."""
        place = Repository(self.repository, self.now)
        targets = place._newest(Targets)
        targets.targets.clear()
        place._write(targets, [roots.signer(self.key(one)) for one in ("targets-1", "targets-2")])

    def freshen(self, later: timedelta = timedelta(0)) -> int:
        """A new timestamp."""
        return Repository(self.repository, self.now + later).freshen(roots.signer(self.key("online")))

    def copy(self, name: str) -> Path:
        """What a mirror, or a stick, holds that was copied now."""
        return Path(shutil.copytree(self.repository, self.folder / name))
