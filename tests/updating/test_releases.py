"""The release people's side: who must sign, and what is never published."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.update import roots
from deploy.update.__main__ import main
from deploy.update.releases import described
from edge.domain.errors import Misconfigured
from edge.updating.repository import Offer, Repository
from tests.updating.release import CHANNEL, MANIFEST, Release, a_package

OLD, NEW = "0.2.0+deb12", "0.3.0+deb12"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    made = Release.founded(tmp_path / "release")
    made.publish(a_package(tmp_path, OLD))
    return made


def test_wrong_keys__one_of_two_is_not_enough(release: Release, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="do not suffice"):
        release.publish(a_package(tmp_path, NEW), people=("targets-1",))
    with pytest.raises(Misconfigured, match="do not suffice"):
        release.publish(a_package(tmp_path / "again", NEW), people=("targets-1", "root-1"))


def test_root_keys_are_rotated_by_two_of_the_old_and_two_of_the_new(release: Release, tmp_path: Path) -> None:
    for one in ("root-4", "root-5"):
        roots.make_key(release.key(one))
    new = ("root-3", "root-4", "root-5")
    with pytest.raises(Misconfigured, match="1 signatures are missing"):
        release.rotate(new, signers=("root-3", "root-4"))
    with pytest.raises(Misconfigured, match="1 signatures are missing"):
        release.rotate(new, signers=("root-1", "root-2", "root-5"))
    assert release.rotate(new, signers=("root-1", "root-3", "root-4")) == 2
    release.publish(a_package(tmp_path, NEW))
    repository = Repository(release.repository, tmp_path / "known", release.first_root)
    assert isinstance(repository.offered(CHANNEL), Offer)


def test_a_release_is_never_published_twice_or_backwards(release: Release, tmp_path: Path) -> None:
    for version in (OLD, "0.1.9+deb12"):
        with pytest.raises(Misconfigured, match="does not follow"):
            release.publish(a_package(tmp_path / version, version))


def test_a_package_that_is_not_ours_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is no package lamppost"):
        described(a_package(tmp_path, OLD, name="sshd"))
    with pytest.raises(Misconfigured, match="for which Debian"):
        described(a_package(tmp_path, "0.2.0"))
    (tmp_path / "page.deb").write_text("not found")
    with pytest.raises(Misconfigured, match="is no package lamppost"):
        described(tmp_path / "page.deb")


def test_a_key_is_never_overwritten_and_has_one_role(release: Release, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be made"):
        roots.make_key(release.key("root-1"))
    assert release.key("root-1").stat().st_mode & 0o077 == 0
    with pytest.raises(Misconfigured, match="two roles"):
        release.next_root(("root-1", "root-2", "root-3"), ("root-3",))
    with pytest.raises(Misconfigured, match="two roles"):
        release.next_root(("root-1", "root-2", "online"), ("targets-1",))
    with pytest.raises(Misconfigured, match="fewer than three"):
        release.next_root(("root-1", "root-2", "root-2"), ("targets-1",))


def test_from_nothing_to_a_release_with_the_commands_of_the_page(tmp_path: Path) -> None:
    def done(*words: str | Path) -> None:
        assert main([str(word) for word in words]) == 0

    people = ("root-1", "root-2", "root-3", "targets-1", "online")
    for one in people:
        done("key", tmp_path / f"{one}.pem")
    pub = {one: tmp_path / f"{one}.pub" for one in people}
    place, root = tmp_path / "repository", tmp_path / "root.json"
    done("new-root", place, "--root", *(pub[one] for one in people[:3]), "--targets", pub["targets-1"],
         "--online", pub["online"], "--out", root)  # fmt: skip
    assert main(["accept-root", str(place), str(root)]) == 1
    for one in ("root-3", "root-1"):
        done("sign-root", root, "--key", tmp_path / f"{one}.pem")
    done("accept-root", place, root)
    (tmp_path / "manifest.json").write_bytes(MANIFEST)
    done("publish", place, "--deb", a_package(tmp_path, NEW), "--manifest", tmp_path / "manifest.json",
         "--targets-key", tmp_path / "targets-1.pem", "--online-key", tmp_path / "online.pem")  # fmt: skip
    done("freshen", place, "--online-key", tmp_path / "online.pem")
    offer = Repository(place, tmp_path / "known", root.read_bytes()).offered(CHANNEL)
    assert isinstance(offer, Offer)
    assert offer.package.version == NEW
