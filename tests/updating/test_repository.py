"""Every attack on a repository that TUF names is refused, each by a reason of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from deploy.update import roots
from deploy.update.releases import Repository as Published
from edge.domain.errors import Misconfigured
from edge.updating.refusals import REMEDIES, No, Refusal
from edge.updating.repository import LARGEST, Offer, Repository
from tests.updating.release import CHANNEL, MANIFEST, Release, a_package

OLD, NEW = "0.2.0+deb12", "0.3.0+deb12"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    made = Release.founded(tmp_path / "release")
    made.publish(a_package(tmp_path, OLD))
    return made


@pytest.fixture
def look(release: Release, tmp_path: Path) -> Callable[[Path], Offer | Refusal]:
    """A device that looks at a folder, and remembers what it believed."""

    def looks(folder: Path) -> Offer | Refusal:
        return Repository(folder, tmp_path / "known", release.first_root).offered(CHANNEL)

    return looks


def refused(found: Offer | Refusal) -> No:
    assert isinstance(found, Refusal), found
    return found.reason


def metadata(folder: Path, name: str) -> Path:
    return folder / "metadata" / name


def test_what_was_published_is_offered_and_taken_byte_for_byte(release: Release, tmp_path: Path) -> None:
    repository = Repository(release.repository, tmp_path / "known", release.first_root)
    offer = repository.offered(CHANNEL)
    assert isinstance(offer, Offer)
    assert offer.package.version == OLD
    assert offer.package.manifest == hashlib.sha256(MANIFEST).hexdigest()
    assert repository.take(offer, tmp_path / "taken") is None
    assert hashlib.sha256((tmp_path / "taken").read_bytes()).hexdigest() == offer.package.digest


def test_another_debian_or_processor_is_offered_nothing(release: Release, tmp_path: Path) -> None:
    found = Repository(release.repository, tmp_path / "known", release.first_root).offered("deb13_arm64")
    assert refused(found) is No.MISSING


def test_rollback__an_older_state_than_was_seen_is_refused(
    release: Release, look: Callable[[Path], Offer | Refusal], tmp_path: Path
) -> None:
    old = release.copy("old")
    release.publish(a_package(tmp_path, NEW))
    assert isinstance(look(release.repository), Offer)
    assert refused(look(old)) is No.METADATA_WENT_BACK


def test_rollback__is_remembered_by_the_device_and_not_by_the_mirror(
    release: Release, tmp_path: Path, look: Callable[[Path], Offer | Refusal]
) -> None:
    old = release.copy("old")
    release.publish(a_package(tmp_path, NEW))
    assert isinstance(look(old), Offer)  # it has not seen better
    found = look(release.repository)
    assert isinstance(found, Offer)
    assert found.package.version == NEW
    assert refused(look(old)) is No.METADATA_WENT_BACK


def test_freeze__a_state_that_nobody_freshened_for_a_week_is_refused(tmp_path: Path) -> None:
    release = Release.founded(tmp_path / "release")
    release.publish(a_package(tmp_path, OLD), later=-timedelta(days=8))
    look = Repository(release.repository, tmp_path / "known", release.first_root)
    assert look.offered(CHANNEL) == Refusal(No.EXPIRED, "timestamp.json")
    release.freshen()
    assert isinstance(Repository(release.repository, tmp_path / "known", release.first_root).offered(CHANNEL), Offer)


@pytest.mark.parametrize("role", ["root", "snapshot", "targets"])
def test_expired__each_role_ends_for_itself(role: str, tmp_path: Path) -> None:
    release = Release.founded(tmp_path / "release")
    release.publish(a_package(tmp_path, OLD), later=-timedelta(days=181 if role == "targets" else 8))
    if role == "root":
        release.now -= timedelta(days=366)
        release.rotate(("root-1", "root-2", "root-3"), signers=("root-1", "root-2"))
    elif role == "targets":
        release.freshen()
    else:
        signed_anew_alone(release, "timestamp.json", timedelta(days=9))
    found = Repository(release.repository, tmp_path / "known", release.first_root).offered(CHANNEL)
    assert refused(found) is No.EXPIRED


def signed_anew_alone(release: Release, name: str, longer: timedelta) -> None:
    """By somebody who has the key that is online: no other role's end moves."""
    path = metadata(release.repository, name)
    found = Metadata.from_file(str(path))
    found.signed.expires += longer
    found.sign(roots.signer(release.key("online")))
    path.write_bytes(found.to_bytes())


@pytest.mark.parametrize("name", ["2.snapshot.json", "2.targets.json"])
def test_mix_and_match__files_of_another_state_are_refused(
    name: str, release: Release, look: Callable[[Path], Offer | Refusal], tmp_path: Path
) -> None:
    release.publish(a_package(tmp_path, NEW))
    mixed = release.copy("mixed")
    shutil.copyfile(metadata(mixed, name.replace("2", "1")), metadata(mixed, name))
    assert refused(look(mixed)) is No.MIXED


@pytest.mark.parametrize("file", ["timestamp.json", "1.targets.json"])
def test_wrong_keys__what_strangers_signed_is_refused(
    file: str, release: Release, look: Callable[[Path], Offer | Refusal], tmp_path: Path
) -> None:
    """A mirror that makes keys of its own, and signs everything with them in the form that is asked for."""
    strangers = Release.founded(tmp_path / "strangers")
    strangers.publish(a_package(tmp_path / "strange", NEW))
    mixed = release.copy("mixed")
    for path in (strangers.repository / "metadata").iterdir():
        if not path.name.endswith("root.json") and (file == "timestamp.json" or path.name != "timestamp.json"):
            shutil.copyfile(path, metadata(mixed, path.name))
    assert refused(look(mixed)) is (No.NOT_SIGNED if file == "timestamp.json" else No.MIXED)


def test_wrong_keys__a_signature_twice_is_one(release: Release, look: Callable[[Path], Offer | Refusal]) -> None:
    """Whoever has the online key and one of the two targets keys has not enough."""
    forged = release.copy("forged")
    path = metadata(forged, "1.targets.json")
    found = Metadata[Targets].from_file(str(path))
    one, other = list(found.signatures)
    found.signatures[other].signature = found.signatures[one].signature
    path.write_bytes(found.to_bytes())
    with pytest.raises(Misconfigured, match="not what was published"):
        Published(forged, release.now).freshen(roots.signer(release.key("online")))
    attested(forged, release)
    assert look(forged) == Refusal(No.NOT_SIGNED, "1.targets.json")


def attested(folder: Path, release: Release) -> None:
    """By whoever has the key that is online: this is the present state."""
    online, raw = roots.signer(release.key("online")), metadata(folder, "1.targets.json").read_bytes()
    snapshot = Metadata[Snapshot].from_file(str(metadata(folder, "1.snapshot.json")))
    snapshot.signed.meta["targets.json"] = MetaFile.from_data(1, raw, ["sha256"])
    snapshot.sign(online)
    metadata(folder, "1.snapshot.json").write_bytes(snapshot.to_bytes())
    timestamp = Metadata[Timestamp].from_file(str(metadata(folder, "timestamp.json")))
    timestamp.signed.snapshot_meta = MetaFile.from_data(1, snapshot.to_bytes(), ["sha256"])
    timestamp.sign(online)
    metadata(folder, "timestamp.json").write_bytes(timestamp.to_bytes())


def test_a_root_of_too_few_is_refused_by_the_device_too(
    release: Release, look: Callable[[Path], Offer | Refusal], tmp_path: Path
) -> None:
    forged = release.copy("forged")
    made = release.next_root(("root-1", "root-2", "root-3"), ("targets-1",))
    made.sign(roots.signer(release.key("root-2")))
    metadata(forged, "2.root.json").write_bytes(made.to_bytes())
    assert look(forged) == Refusal(No.NOT_SIGNED, "2.root.json")


@pytest.mark.parametrize("name", ["timestamp.json", "2.root.json"])
def test_endless__metadata_that_does_not_end_is_given_up(
    name: str, release: Release, look: Callable[[Path], Offer | Refusal]
) -> None:
    endless = release.copy("endless")
    with metadata(endless, name).open("wb") as file:
        file.truncate(1 << 40)
    assert refused(look(endless)) is No.TOO_LONG


def test_endless__a_package_that_does_not_end_is_given_up(release: Release, tmp_path: Path) -> None:
    endless = release.copy("endless")
    (package,) = (endless / "targets").iterdir()
    os.truncate(package, 1 << 40)
    repository = Repository(endless, tmp_path / "known", release.first_root)
    offer = repository.offered(CHANNEL)
    assert isinstance(offer, Offer)
    refusal = repository.take(offer, tmp_path / "taken")
    assert refusal is not None
    assert refusal.reason is No.TOO_LONG
    assert repository.fetcher.given < offer.target.length + (1 << 20)
    assert not (tmp_path / "taken").exists()


def test_truncated__a_package_without_its_end_is_refused(release: Release, tmp_path: Path) -> None:
    cut = release.copy("cut")
    (package,) = (cut / "targets").iterdir()
    os.truncate(package, package.stat().st_size - 1)
    assert taken(cut, release, tmp_path) is No.TRUNCATED


def test_a_changed_package_is_refused(release: Release, tmp_path: Path) -> None:
    changed = release.copy("changed")
    (package,) = (changed / "targets").iterdir()
    raw = bytearray(package.read_bytes())
    raw[-1] ^= 1
    package.write_bytes(raw)
    assert taken(changed, release, tmp_path) is No.NOT_WHAT_WAS_SIGNED


def taken(folder: Path, release: Release, tmp_path: Path) -> No:
    repository = Repository(folder, tmp_path / "known", release.first_root)
    offer = repository.offered(CHANNEL)
    assert isinstance(offer, Offer)
    refusal = repository.take(offer, tmp_path / "taken")
    assert refusal is not None
    assert not (tmp_path / "taken").exists()
    return refusal.reason


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json"])
def test_truncated__metadata_without_its_end_is_refused(
    name: str, release: Release, look: Callable[[Path], Offer | Refusal]
) -> None:
    cut = release.copy("cut")
    os.truncate(metadata(cut, name), 200)
    assert refused(look(cut)) is (No.UNREADABLE if name == "timestamp.json" else No.MIXED)


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json"])
def test_what_is_not_there_is_missing(name: str, release: Release, look: Callable[[Path], Offer | Refusal]) -> None:
    less = release.copy("less")
    metadata(less, name).unlink()
    assert look(less) == Refusal(No.MISSING, name)


def test_links_and_pipes_of_a_stick_are_not_opened(release: Release, look: Callable[[Path], Offer | Refusal]) -> None:
    for name in ("link", "endless", "pipe"):
        stick = release.copy(name)
        timestamp = metadata(stick, "timestamp.json")
        timestamp.unlink()
        if name == "link":
            timestamp.symlink_to(metadata(release.repository, "timestamp.json"))
        elif name == "endless":
            timestamp.symlink_to("/dev/zero")
        else:
            os.mkfifo(timestamp)
        assert look(stick) == Refusal(No.MISSING, "timestamp.json")


@pytest.mark.parametrize(
    ("custom", "length", "reason"),
    [
        (None, None, No.OTHER_PACKAGE),
        ({"version": 3, "manifest": "0" * 64}, None, No.OTHER_PACKAGE),
        ({"version": "0.3.0; reboot", "manifest": "0" * 64}, None, No.OTHER_PACKAGE),
        ({"version": NEW}, None, No.OTHER_PACKAGE),
        ({"version": NEW, "manifest": "0" * 64}, LARGEST + 1, No.TOO_LARGE),
    ],
)
def test_what_signers_must_not_sign_is_refused_all_the_same(
    custom: dict[str, object] | None, length: int | None, reason: No, release: Release,
    look: Callable[[Path], Offer | Refusal],
) -> None:  # fmt: skip
    place = Published(release.repository, release.now)
    targets = place._newest(Targets)
    (target,) = targets.targets.values()
    target.unrecognized_fields = {} if custom is None else {"custom": custom}
    target.length = length or target.length
    place._write(targets, [roots.signer(release.key(one)) for one in ("targets-1", "targets-2")])
    place.freshen(roots.signer(release.key("online")))
    assert refused(look(release.repository)) is reason


def test_a_root_that_is_none_is_a_fault_of_the_set_up(release: Release, tmp_path: Path) -> None:
    for raw in (
        b"",
        b"{}",
        json.dumps({"signed": {}}).encode(),
        metadata(release.repository, "timestamp.json").read_bytes(),
    ):
        with pytest.raises(Misconfigured, match="root metadata is not believed"):
            Repository(release.repository, tmp_path / "known", raw)


def test_every_no_has_a_remedy() -> None:
    assert REMEDIES.keys() == set(No)
